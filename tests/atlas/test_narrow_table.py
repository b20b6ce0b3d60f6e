"""A table beside the map: whole words, and nothing of the data is obeyed."""

from __future__ import annotations

import re

import pytest
from streamlit.testing.v1 import AppTest

from atlas.journeys.explore import named_features, shown_columns, source_line
from atlas.printable import printable
from atlas.wording_cells import cell_words
from atlas.workspace import open_store
from tests.atlas.hostile import PAYLOADS


def _page(cell: str) -> None:
    import pandas as pd

    from atlas.pages.parts.narrow_table import narrow_table

    narrow_table(pd.DataFrame({"a": [cell, 1], "b": ["44.9 %", None]}))


@pytest.mark.parametrize("payload", PAYLOADS)
def test_cells_are_shown_and_not_obeyed(payload: str) -> None:
    app = AppTest.from_function(_page, args=(payload,)).run()
    assert not app.exception
    (table,) = app.table
    written = table.value.iloc[0, 0]
    assert not re.search(r"[`*_{}\[\]()#+\-.!|<>$~:&]", re.sub(r"\\.", "", written))
    assert re.sub(r"\\(.)", r"\1", written) == printable(payload)
    assert table.value.iloc[0, 1] == "44\\.9\u00a0%"


def test_a_feature_shows_its_own_accuracy_and_a_layer_its_worst() -> None:
    spec = open_store(None).spec("plan_designations")
    assert "最差 6,000 米" in source_line(spec, "zh")
    assert "精度 800 米" in source_line(spec, "zh", 800.0)
    assert "最差" not in source_line(spec, "zh", 800.0)


def test_keys_of_our_own_tables_are_no_columns_and_whole_numbers_have_no_point() -> None:
    layer = open_store(None).layer("plan_designations")
    assert {"place_key", "ref"} <= set(layer.frame.columns)
    assert not {"place_key", "ref"} & {key for key, _ in shown_columns(layer, "zh")}
    assert cell_words(layer.spec, "accuracy_m", 800.0, "zh") == "800"
    assert cell_words(layer.spec, "accuracy_m", 13.5, "zh") == "13.5"


def test_a_name_is_found_once_a_layer_and_places_on_the_map_come_first() -> None:
    store = open_store(None)
    hits = named_features(store, tuple(spec.id for spec in store.specs()), "即墨", "zh")
    drawn = [hit["bounds"] is not None for hit in hits]
    assert True in drawn
    assert False in drawn
    assert drawn == sorted(drawn, reverse=True)
    named = [(hit["layer"], hit["name"], hit["bounds"]) for hit in hits]
    assert len(named) == len(set(named))
