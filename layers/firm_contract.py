"""The contract of a table of firms, declared once and checked over all rows and columns before any is refused."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from geo.types import REGION_BOUNDS
from layers.types import Rejected

YEARS = (1949, 2100)


@cache
def _schema() -> Any:
    """Column by column what must hold; the name of a check is the reason that a user reads."""
    import pandera.pandas as contract

    west, south, east, north = REGION_BOUNDS
    not_negative = contract.Check(lambda values: values >= 0, error="amount_negative")
    year = contract.Check(lambda values: values.between(*YEARS), error="year_out_of_range")
    whole = contract.Check(lambda values: values == np.floor(values), error="not_whole")
    in_region = [
        contract.Check(lambda frame: ~_swapped(frame), error="axes_swapped"),
        contract.Check(
            lambda frame: (
                frame["lon"].isna()
                | _swapped(frame)
                | (frame["lon"].between(west, east) & frame["lat"].between(south, north))
            ),
            error="outside_region",
        ),
    ]
    return contract.DataFrameSchema(
        {
            "employees": contract.Column(float, [not_negative, whole], nullable=True),
            "revenue_wan": contract.Column(float, not_negative, nullable=True),
            "year": contract.Column(float, year, nullable=True),
        },
        checks=[
            *in_region,
            contract.Check(lambda frame: frame["lon"].notna() | (frame["district"] != ""), error="place_missing"),
            contract.Check(lambda frame: (frame["sector"] != "") | (frame["gbt4754"] != ""), error="sector_missing"),
            contract.Check(lambda frame: ~_repeated_id(frame), error="duplicate_id"),
            contract.Check(lambda frame: ~_repeated_firm(frame), error="duplicate_firm"),
        ],
    )


def _swapped(frame: pd.DataFrame) -> pd.Series:
    west, south, east, north = REGION_BOUNDS
    return frame["lat"].between(west, east) & frame["lon"].between(south, north)


def _repeated_id(frame: pd.DataFrame) -> pd.Series:
    """A second row of the same id and year."""
    return (frame["id"] != "") & frame.duplicated(["id", "year"])


def _repeated_firm(frame: pd.DataFrame) -> pd.Series:
    """A second row of the same name, place, sector and year under another id."""
    same = frame.duplicated(["name", "lon", "lat", "district", "sector", "subsector", "gbt4754", "year"])
    return (frame["name"] != "") & same & ~_repeated_id(frame)


#: The field that a fault of the whole row is shown at.
FIELDS = {
    "axes_swapped": "lon, lat",
    "outside_region": "lon, lat",
    "place_missing": "lon, lat, district",
    "sector_missing": "plan_sector, gbt4754",
    "duplicate_id": "id",
    "duplicate_firm": "name",
}


def contract_faults(frame: pd.DataFrame) -> Iterable[Rejected]:
    """Every row that breaks the contract, once a reason."""
    import pandera.pandas as contract

    try:
        _schema().validate(frame, lazy=True)
    except contract.errors.SchemaErrors as broken:
        return _rejected(frame, broken.failure_cases)
    return ()


def _rejected(frame: pd.DataFrame, cases: pd.DataFrame) -> list[Rejected]:
    """The failure cases of the contract; a check of a whole row fails once a column and is told once."""
    told = cases.dropna(subset=["index"]).drop_duplicates(["check", "index"])
    found = []
    for reason, case, index, own in zip(*(told[c] for c in ("check", "failure_case", "index", "column")), strict=True):
        row, name = int(frame["row"].iloc[int(index)]), FIELDS.get(reason)
        column = name or str(own)
        values = {} if name else {"given": str(case)[:40]}
        found.append(Rejected(row, column, str(reason), values))
    return found
