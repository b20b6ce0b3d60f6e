"""Layers at hand: what the engine sees of them, what a workspace keeps, and that nothing is ever half-written."""

from __future__ import annotations

import hashlib
import json
import math
import os
import subprocess
import sys
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Any

import hostile_files as hostile
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as some

from geo.crs import geodesic_distance_m
from geo.types import FeatureSet, Grid
from layers.catalogue import Catalogue, load_catalogue
from layers.errors import DataError, UnknownLayer
from layers.importing import import_layer
from layers.record import append_record, read_records
from layers.store import Store
from layers.types import Basis, Distribution, GeometryKind, Layer, LayerSpec

ROOT = Path(__file__).resolve().parents[2]
NOTHING = Catalogue(MappingProxyType({}))
SQUARE = hostile.polygon((120.1, 36.1), (120.2, 36.1), (120.2, 36.2), (120.1, 36.2))


def user_layer(layer_id: str = "zones", **options: Any) -> Layer:
    features = [
        hostile.feature(SQUARE, id="a", zone="core", accuracy_m=5),
        hostile.feature(hostile.point(120.5, 36.5), id="b", zone="control"),
        hostile.feature(None, id="c", zone="control"),
    ]
    return import_layer(hostile.geojson(*features), "zones.geojson", layer_id=layer_id, **options).layer


def embedded(folder: Path, name: str, content: bytes, **changes: Any) -> LayerSpec:
    """An entry whose content is in a folder, as the catalogue would give it."""
    (folder / name).write_bytes(content)
    values: dict[str, Any] = {
        "id": "places",
        "title": {"zh": "地点", "en": "Places"},
        "theme": "parks",
        "geometry": GeometryKind.POINT,
        "uri": name,
        "crs": "EPSG:4326",
        "publisher": "p",
        "source": "s",
        "licence": "l",
        "attribution": "a",
        "as_of": "2020",
        "sha256": hashlib.sha256(content).hexdigest(),
        "basis": Basis.COMPILED,
        "distribution": Distribution.PUBLIC,
        "accuracy_m": 300.0,
        "folder": folder,
    }
    return LayerSpec(**{**values, **changes})


def store_of(*specs: LayerSpec, workspace: Path | None = None) -> Store:
    return Store(Catalogue(MappingProxyType({spec.id: spec for spec in specs})), workspace)


def features_of(store: Store, layer_id: str) -> FeatureSet:
    features = store.feature_set(layer_id)
    assert isinstance(features, FeatureSet)
    return features


# What the engine sees


def test_features_have_their_own_accuracy_else_the_layers() -> None:
    features = features_of(Store(NOTHING).with_layer(user_layer(accuracy_m=20.0)), "zones")
    assert list(features.ids) == ["a", "b"]  # the row without a place is not there
    assert list(features.accuracy_m) == [5.0, 20.0]
    assert list(features.attributes["zone"]) == ["core", "control"]


def test_an_accuracy_that_nobody_knows_is_not_a_number(tmp_path: Path) -> None:
    spec = embedded(tmp_path, "a.geojson", hostile.geojson(hostile.feature(SQUARE)), accuracy_m=None)
    assert math.isnan(features_of(store_of(spec), "places").accuracy_m[0])


@pytest.mark.parametrize(("as_of", "day"), [("2020", date(2020, 1, 1)), ("2020-05", date(2020, 5, 1)), ("", None)])
def test_a_vague_date_never_claims_to_be_later_than_it_may_be(as_of: str, day: date | None) -> None:
    assert features_of(Store(NOTHING).with_layer(user_layer(as_of=as_of)), "zones").as_of == day


def test_where_a_layer_is_complete() -> None:
    def covers(**options: Any) -> shapely.Geometry | None:
        return features_of(Store(NOTHING).with_layer(user_layer(**options)), "zones").covers

    assert covers(covers="region") is None
    assert covers(covers="none").is_empty
    assert covers(covers="bbox:120,36,121,37").equals(shapely.box(120, 36, 121, 37))
    assert covers(covers=shapely.box(120, 36, 120.5, 36.5)).equals(shapely.box(120, 36, 120.5, 36.5))
    assert covers().is_empty  # a row has no place and nobody vouched for the layer


def test_rows_without_any_place_are_complete_nowhere(tmp_path: Path) -> None:
    spec = embedded(tmp_path, "a.csv", b"id,total\na,5\n", geometry=GeometryKind.NONE)
    features = features_of(store_of(spec), "places")
    assert len(features.geometries) == 0
    assert features.covers is not None and features.covers.is_empty


def test_a_layer_that_is_not_there_was_not_looked_at() -> None:
    store = Store(NOTHING)
    assert store.feature_set("zones") is None
    assert store.near("zones", shapely.Point(120, 36), 100) is None
    with pytest.raises(UnknownLayer):
        store.layer("zones")
    with pytest.raises(UnknownLayer):
        store.spec("zones")


def test_with_layer_leaves_the_first_store_alone_and_replaces_by_id() -> None:
    first = Store(NOTHING)
    second = first.with_layer(user_layer(title="one")).with_layer(user_layer(title="two"))
    assert first.specs() == ()
    assert [spec.title["zh"] for spec in second.specs()] == ["two"]


@settings(max_examples=40, deadline=None)
@given(
    some.lists(some.tuples(some.floats(119.4, 121.7), some.floats(35.3, 37.2)), min_size=1, max_size=30),
    some.floats(0, 50_000),
)
def test_near_never_loses_a_feature_that_is_near(places: list[tuple[float, float]], distance_m: float) -> None:
    content = hostile.geojson(*[hostile.feature(hostile.point(*place), id=str(n)) for n, place in enumerate(places)])
    store = Store(NOTHING).with_layer(import_layer(content, "a.geojson", layer_id="zones").layer)
    site = np.array([120.4, 36.4])
    found = store.near("zones", shapely.Point(site), distance_m)
    assert isinstance(found, FeatureSet)
    gaps = geodesic_distance_m(site, np.array(places))
    assert {str(n) for n in np.flatnonzero(gaps <= distance_m)} <= set(found.ids)


# Embedded content


def test_embedded_csv_keeps_codes_and_reads_numbers(tmp_path: Path) -> None:
    content = b"id,lon,lat,code,n,day\na,120.1,36.1,007,5,2024-05-01\nb,120.2,36.2,008,,2024\n"
    store = store_of(embedded(tmp_path, "a.csv", content))
    frame = store.layer("places").frame
    assert list(frame["code"]) == ["007", "008"]
    assert (frame["n"][0], frame["day"][0]) == (5, "2024-05-01")
    assert frame.geometry[1].equals(shapely.Point(120.2, 36.2))
    assert store.layer("places").frame is frame  # kept in memory


def test_content_that_was_changed_or_lost_is_not_used(tmp_path: Path) -> None:
    spec = embedded(tmp_path, "a.geojson", hostile.geojson(hostile.feature(SQUARE)))
    (tmp_path / "a.geojson").write_bytes(hostile.geojson())
    with pytest.raises(DataError) as changed:
        store_of(spec).layer("places")
    assert changed.value.code == "content_changed"
    (tmp_path / "a.geojson").unlink()
    with pytest.raises(DataError) as missing:
        store_of(spec).layer("places")
    assert missing.value.code == "content_missing"


def test_every_embedded_layer_can_be_read_and_measured() -> None:
    store = Store(load_catalogue())
    for spec in store.specs():
        layer, features = store.layer(spec.id), store.feature_set(spec.id)
        assert layer.provenance.sha256 == spec.sha256
        if isinstance(features, FeatureSet):
            assert shapely.is_valid(features.geometries).all(), spec.id
            assert len(set(features.ids)) == len(features.ids), spec.id


# The workspace


def test_a_saved_layer_comes_back_as_it_was(tmp_path: Path) -> None:
    workspace = tmp_path / "ours"
    shape = shapely.box(120, 36, 120.5, 36.5)
    layer = user_layer(title='引"号\\ \x7f 🏭', covers=shape, as_of="2024-05", source="水务局", crs="gcj02")
    Store(NOTHING, workspace).save_layer(layer)
    store = Store(NOTHING, workspace)
    again = store.layer("zones")
    assert [spec.id for spec in store.specs()] == ["zones"]
    assert dict(again.spec.title) == dict(layer.spec.title)
    assert again.provenance == layer.provenance
    assert (again.spec.as_of, again.spec.basis, again.spec.covers) == ("2024-05", Basis.USER, "file")
    assert again.covers is not None and again.covers.equals(shape)
    one, other = features_of(store, "zones"), features_of(Store(NOTHING).with_layer(layer), "zones")
    assert shapely.equals_exact(one.geometries, other.geometries, 0).all()
    assert list(one.accuracy_m) == list(other.accuracy_m)
    assert list(one.ids) == list(other.ids)


def test_a_saved_grid_comes_back_as_it_was(tmp_path: Path) -> None:
    values = np.array([[1.5, -9999.0], [3.0, 4.0]])
    content = hostile.geotiff(values, (120, 36, 121, 37), "EPSG:4326")
    layer = import_layer(content, "d.tif", layer_id="sea_depth", sidecar='unit = "m"\nvalue_error = 2').layer
    store = Store(NOTHING, tmp_path)
    store.save_layer(layer)
    grid = store.feature_set("sea_depth")
    assert isinstance(grid, Grid)
    assert np.array_equal(grid.values, [[1.5, np.nan], [3.0, 4.0]], equal_nan=True)
    assert (grid.unit, grid.value_error, grid.bounds) == ("m", 2.0, pytest.approx((120, 36, 121, 37)))


def test_saving_again_replaces_and_leaves_nothing_behind(tmp_path: Path) -> None:
    store = Store(NOTHING, tmp_path)
    store.save_layer(user_layer(accuracy_m=1.0))
    other = import_layer(hostile.geojson(hostile.feature(SQUARE)), "a.geojson", layer_id="zones").layer
    store.save_layer(other)
    assert len(store.layer("zones").frame) == 1
    assert len(list((tmp_path / "layers" / "zones").iterdir())) == 2


def test_an_interrupted_save_leaves_the_earlier_layer_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store(NOTHING, tmp_path)
    store.save_layer(user_layer())
    whole = Path.replace

    def fails_for_the_entry(self: Path, target: Path) -> Path:
        if Path(target).name == "layer.toml":
            raise OSError("disk full")
        return whole(self, target)

    monkeypatch.setattr(Path, "replace", fails_for_the_entry)
    other = import_layer(hostile.geojson(hostile.feature(SQUARE)), "a.geojson", layer_id="zones").layer
    with pytest.raises(DataError) as error:
        store.save_layer(other)
    assert error.value.code == "workspace_unwritable"
    assert len(store.layer("zones").frame) == 3
    assert not list((tmp_path / "layers" / "zones").glob(".new-*"))


def test_session_before_workspace_before_catalogue(tmp_path: Path) -> None:
    spec = embedded(tmp_path, "a.geojson", hostile.geojson(hostile.feature(SQUARE)), id="zones")
    store = store_of(spec, workspace=tmp_path / "ours")
    store.workspace.mkdir()  # type: ignore[union-attr]
    assert store.layer("zones").spec.basis is Basis.COMPILED
    store.save_layer(user_layer(title="saved"))
    assert store.layer("zones").spec.title["zh"] == "saved"
    assert store.with_layer(user_layer(title="session")).layer("zones").spec.title["zh"] == "session"
    store.remove_layer("zones")
    assert store.layer("zones").spec.basis is Basis.COMPILED
    with pytest.raises(UnknownLayer):
        store.remove_layer("zones")


def test_a_workspace_that_cannot_be_used_says_so(tmp_path: Path) -> None:
    def code(action: Any) -> str:
        with pytest.raises(DataError) as error:
            action()
        return error.value.code

    (tmp_path / "file").write_text("not a folder")
    assert code(lambda: Store(NOTHING, tmp_path / "missing").specs()) == "workspace_missing"
    assert code(lambda: Store(NOTHING, tmp_path / "file" / "a").save_layer(user_layer())) == "workspace_unwritable"
    assert code(lambda: Store(NOTHING, tmp_path / "file" / "a").append_record({})) == "workspace_unwritable"
    assert code(lambda: Store(NOTHING).save_layer(user_layer())) == "no_workspace"
    store = Store(NOTHING, tmp_path / "ours")
    store.save_layer(user_layer())
    (tmp_path / "ours" / "layers" / "zones" / "layer.toml").write_text("broken =")
    assert code(store.specs) == "saved_layer_broken"


def test_an_edited_entry_cannot_lead_out_of_its_folder(tmp_path: Path) -> None:
    store = Store(NOTHING, tmp_path)
    uri = store.save_layer(user_layer()).uri
    entry = tmp_path / "layers" / "zones" / "layer.toml"
    entry.write_text(entry.read_text().replace(uri, "../../secret.geojson"))
    with pytest.raises(DataError) as error:
        store.layer("zones")
    assert error.value.code == "saved_layer_broken"


# The record


def test_the_record_keeps_what_was_written_in_order(tmp_path: Path) -> None:
    store = Store(NOTHING, tmp_path)
    for number in range(3):
        store.append_record({"n": number, "text": "核查\n结果"})
    assert [entry["n"] for entry in store.records()] == [0, 1, 2]
    assert store.records()[0]["text"] == "核查\n结果"
    assert len((tmp_path / "record.jsonl").read_text(encoding="utf-8").splitlines()) == 3


def test_a_line_torn_by_a_crash_is_passed_over_and_spoils_no_other(tmp_path: Path) -> None:
    append_record(tmp_path, {"n": 1})
    with (tmp_path / "record.jsonl").open("ab") as stream:
        stream.write(b'{"n": 2, "te')
    append_record(tmp_path, {"n": 3})
    assert [entry["n"] for entry in read_records(tmp_path)] == [1, 3]


def test_a_full_disk_leaves_the_record_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    append_record(tmp_path, {"n": 1})
    before = (tmp_path / "record.jsonl").read_bytes()
    written = os.write

    def half_then_full(handle: int, content: Any) -> int:
        if len(content) < 10:
            raise OSError(28, "No space left on device")
        return written(handle, bytes(content)[: len(content) - 5])

    monkeypatch.setattr(os, "write", half_then_full)
    with pytest.raises(DataError) as error:
        append_record(tmp_path, {"n": 2, "long": "x" * 100})
    monkeypatch.undo()
    assert error.value.code == "workspace_unwritable"
    assert (tmp_path / "record.jsonl").read_bytes() == before


@pytest.mark.parametrize("entry", [{"a": math.nan}, {"a": object()}])
def test_an_entry_that_is_no_json_is_refused(tmp_path: Path, entry: dict[str, Any]) -> None:
    with pytest.raises(DataError) as error:
        append_record(tmp_path, entry)
    assert error.value.code == "record_not_json"
    assert not (tmp_path / "record.jsonl").exists()


WRITER = """
import sys
from pathlib import Path
from layers.record import append_record
for number in range(40):
    append_record(Path(sys.argv[1]), {"writer": int(sys.argv[2]), "n": number, "text": "x" * 5000})
"""


def test_writers_at_once_lose_and_mix_nothing(tmp_path: Path) -> None:
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path), str(writer)], cwd=ROOT) for writer in range(3)
    ]
    assert [writer.wait(timeout=60) for writer in writers] == [0, 0, 0]
    entries = [json.loads(line) for line in (tmp_path / "record.jsonl").read_text().splitlines()]
    for writer in range(3):
        assert [entry["n"] for entry in entries if entry["writer"] == writer] == list(range(40))


# Start-up


def test_the_store_is_imported_without_the_heavy_libraries() -> None:
    heavy = {"geopandas", "pandas", "shapely", "pyogrio", "pyproj", "rasterio"}
    code = f"import sys, layers.store; print(sorted({heavy} & set(sys.modules)))"
    shown = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"
