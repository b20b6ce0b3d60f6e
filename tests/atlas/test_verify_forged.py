"""verify against forgers: what a file says and can be worked out again is, sealed anew or with its seal torn off."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import shapely
from shapely.geometry import mapping

from atlas.assessment_file import SEAL, read_assessment, sealed
from atlas.journeys.verify import set_beside, verify
from atlas.texts import text
from atlas.wording import layer_name
from atlas.wording_history import verification_lines
from atlas.workspace import open_store
from layers.errors import DataError
from tests.atlas.shell import run

RED_LINE = shapely.box(120.22, 36.325, 120.28, 36.375)
SITES = "id,name,lon,lat\nA,甲地,120.25,36.35\nB,乙地,120.42,36.40\n"

#: What only the file itself can say, by its keys: named by verify as not looked at.
OWN_WORD = (
    ("computed_at",),
    ("version",),
    ("inputs",),
    ("rejected",),
    ("rulebook_sha256",),  # the embedded book of then, which another version of the atlas may have had
    ("holds",),  # what is brought along is its own premise; its checksums are looked at
    *(("proposals", part) for part in ("id", "name", "use", "quantities", "geometry", "accuracy_m")),
    ("on",),
    ("region",),
    ("layers", "sha256"),
    ("proposals", "alternative", "within"),
    ("proposals", "alternative", "looked_at"),
    ("proposals", "alternative", "asked"),
)


@pytest.fixture(scope="module")
def checked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A check of one site in a red line and one outside it, which says why not here and where instead."""
    folder = tmp_path_factory.mktemp("forged")
    (folder / "sites.csv").write_text(SITES)
    feature = {"type": "Feature", "properties": {"id": "F0"}, "geometry": mapping(RED_LINE)}
    (folder / "red.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    asked = ("--use", "factory", "--crs", "EPSG:4326", "--accuracy-m", "5", "--within", "5000")
    layer = ("--layer", f"ecological_red_line={folder / 'red.geojson'}")
    accuracy = ("--layer-accuracy-m", "ecological_red_line=10")
    assert run("check", folder / "sites.csv", *asked, *layer, *accuracy, "--out", folder / "a.json").code == 1
    return folder / "a.json"


@pytest.fixture(scope="module")
def example(checked: Path) -> dict[str, Any]:
    return dict(json.loads(checked.read_text("utf-8")))


@pytest.fixture
def content(example: dict[str, Any]) -> dict[str, Any]:
    return copy.deepcopy(example)


def _conflict(content: dict[str, Any]) -> dict[str, Any]:
    return next(one for one in content["proposals"][0]["findings"] if one["outcome"] == "conflict")


def no_sites(content: dict[str, Any]) -> None:
    content.update(proposals=[], verdict="clear")


def no_sites_but_a_refused_row(content: dict[str, Any]) -> None:
    refused = {"row": 2, "field": "lon", "reason": "not_a_number", "values": {}}
    content.update(proposals=[], rejected=[refused], verdict="not_assessed")


def clear_on_the_whole(content: dict[str, Any]) -> None:
    content["verdict"] = "clear"


def another_document(content: dict[str, Any]) -> None:
    _conflict(content)["citation"].update(document="伪造办法", number="青伪〔2020〕1号")


def another_title(content: dict[str, Any]) -> None:
    _conflict(content)["title"]["zh"] = "伪造"


def another_note(content: dict[str, Any]) -> None:
    _conflict(content)["note"]["zh"] = "已获批准"


def another_line(content: dict[str, Any]) -> None:
    measured = (one for one in content["proposals"][1]["findings"] if one["witness"])
    next(measured)["witness"]["coordinates"][0][0] += 0.01


def another_layer_source(content: dict[str, Any]) -> None:
    layer = next(one for one in content["layers"] if one["id"] == "districts")
    layer["source"] = "自然资源部"


def better_accuracy(content: dict[str, Any]) -> None:
    layer = next(one for one in content["layers"] if one["id"] == "districts")
    layer["accuracy_m"] = 1.0


def no_notices(content: dict[str, Any]) -> None:
    content["proposals"][0]["notices"] = ["forged"]


def other_counts(content: dict[str, Any]) -> None:
    content["proposals"][0]["counts"]["conflict"] = 0


def another_district(content: dict[str, Any]) -> None:
    content["proposals"][1]["context"]["district"] = "乌有区"


def a_finding_twice(content: dict[str, Any]) -> None:
    conflict = _conflict(content)
    content["proposals"][0]["findings"].insert(0, {**conflict, "outcome": "clear", "why": None})


def fewer_layers(content: dict[str, Any]) -> None:
    content["layers"] = content["layers"][1:]


FORGED = (
    no_sites, no_sites_but_a_refused_row, clear_on_the_whole, another_document, another_title, another_note,
    another_line, another_layer_source, better_accuracy, no_notices, other_counts, another_district, a_finding_twice,
    fewer_layers,
)  # fmt: skip


@pytest.mark.parametrize("forge", FORGED, ids=lambda forge: forge.__name__)
@pytest.mark.parametrize("with_seal", [True, False], ids=["sealed", "unsealed"])
def test_a_forged_file_is_never_called_the_same(
    content: dict[str, Any], forge: Callable[[dict[str, Any]], None], with_seal: bool, tmp_path: Path
) -> None:
    forge(content)
    content.pop(SEAL)
    file = tmp_path / "forged.json"
    file.write_text(json.dumps(sealed(content) if with_seal else content, ensure_ascii=False))
    told = run("verify", file)
    assert told.code == 1, told.out
    assert text("cli.verify_same", "zh") not in told.out
    assert len(told.out.strip().splitlines()) >= (2 if with_seal else 3)


def test_a_missing_seal_alone_is_told(content: dict[str, Any], tmp_path: Path) -> None:
    content.pop(SEAL)
    file = tmp_path / "unsealed.json"
    file.write_text(json.dumps(content, ensure_ascii=False))
    told = run("verify", file)
    assert told.code == 1
    assert text("history.cause.seal_missing", "zh") in told.out


def test_an_untouched_file_is_the_same_and_says_what_nobody_can_look_at(checked: Path) -> None:
    told = run("verify", checked)
    assert told.code == 0, told.out
    first, last = told.out.strip().splitlines()
    assert first == text("cli.verify_same", "zh")
    assert "生态保护红线" in last


def test_what_the_file_brings_along_is_said_to_be_its_own(checked: Path) -> None:
    answer = verify(read_assessment(checked.read_bytes(), "a.json"), open_store(None))
    assert answer.differences == ()
    assert ("own_layer", "ecological_red_line") in answer.unchecked
    assert {"time", "sites"} <= {code for code, _ in answer.unchecked}
    same, unchecked = verification_lines(answer, "en")
    assert same == text("cli.verify_same", "en")
    assert layer_name("ecological_red_line", "en") in unchecked


def _leaves(part: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if isinstance(part, dict):
        for key in part:
            yield from _leaves(part[key], (*at, key))
    elif isinstance(part, list):
        for place, one in enumerate(part):
            yield from _leaves(one, (*at, place))
    else:
        yield at


def _altered(value: Any) -> Any:
    if isinstance(value, bool):
        return not value
    if isinstance(value, (int, float)):
        return value * 1.5 + 50.0
    return "forged" if value is None else f"{value} forged"


def _with(content: dict[str, Any], at: tuple[Any, ...]) -> dict[str, Any]:
    changed = copy.deepcopy(content)
    part: Any = changed
    for key in at[:-1]:
        part = part[key]
    part[at[-1]] = _altered(part[at[-1]])
    return changed


def _names(at: tuple[Any, ...]) -> tuple[str, ...]:
    return tuple(key for key in at if isinstance(key, str))


def _leaf_of_each_kind(content: dict[str, Any]) -> list[tuple[Any, ...]]:
    """A place for every path of keys, wherever in the lists it first stands."""
    kinds: dict[tuple[str, ...], tuple[Any, ...]] = {}
    for at in _leaves(content):
        kinds.setdefault(_names(at), at)
    return list(kinds.values())


def test_every_other_leaf_is_looked_at(example: dict[str, Any]) -> None:
    """Altered, it is told; or refused, for no reader takes it."""
    unseen = []
    own = [at for at in _leaf_of_each_kind(example) if not any(_names(at)[: len(kind)] == kind for kind in OWN_WORD)]
    assert len(own) > 100
    for at in own:
        if at == (SEAL,):
            continue
        changed = _with(example, at)
        try:
            read = read_assessment(json.dumps(changed).encode(), "a.json")
        except DataError:
            continue
        if not set_beside(read, example):
            unseen.append(".".join(map(str, at)))
    assert unseen == []
