"""The plan's targets beside what the loaded data count for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from atlas.journeys.aligning_subject import Subject
from layers.plan import DATA, Target, rows


@dataclass(frozen=True)
class LayerCount:
    """How many sites a loaded layer holds, and of when."""

    layer: str
    sites: int
    as_of: str


def target_rows(
    subject: Subject, layer_counts: Mapping[str, LayerCount], year: int | None = None
) -> list[dict[str, Any]]:
    """Every target of the plan with what the loaded data counts for it, None where they count nothing of the kind.

    ``layer_counts`` maps a kind of site (edge_nodes) to what was loaded of it, ``year`` is that of the firms.
    """
    wanted = {row["target"]: row for row in rows(DATA / "statistics" / "classification" / "target_counts.csv")}
    return [
        _target_row(subject, target, wanted.get(target.id), layer_counts, year)
        for target in subject.plan.targets
        if target.type == "target"
    ]


def _target_row(
    subject: Subject,
    target: Target,
    how: Mapping[str, str] | None,
    layer_counts: Mapping[str, LayerCount],
    year: int | None,
) -> dict[str, Any]:
    row: dict[str, Any] = {
        "id": target.id,
        "clause": target.clause,
        "indicator": target.indicator,
        "bound": target.bound,
        "value": target.value,
        "value_max": target.value_max,
        "unit": target.unit,
        "year": target.year,
        "counted_low": None,
        "counted_high": None,
        "counted_from": "",
        "counted_as_of": "",
        "caveat": "",
    }
    if how is None:
        return row
    if how["counts"] == "layer" and how["key"] in layer_counts:
        found = layer_counts[how["key"]]
        row |= {"counted_low": found.sites, "counted_high": found.sites, "caveat": how["caveat"]}
        row |= {"counted_from": found.layer, "counted_as_of": found.as_of}
    if how["counts"] == "firms" and (subject.has_subsectors or "." not in how["key"]):
        member = subject.membership(how["key"])
        low, high = int(member.surely.sum()), int(member.possibly.sum())
        if subject.settings.rule and 0 < high < subject.settings.rule.firms_min:
            return row | {"caveat": "hidden_small"}
        row |= {
            "counted_low": low,
            "counted_high": high,
            "counted_from": subject.table.name,
            "counted_as_of": "" if year is None else str(year),
            "caveat": how["caveat"],
        }
    return row
