"""verify compares why not here and where instead as well: one site in a red line of our own making."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import shapely
from shapely import affinity
from shapely.geometry import mapping, shape

from atlas.assessment_file import read_assessment, sealed
from atlas.journeys.comparing import differences
from atlas.texts import text
from atlas.wording_history import difference_line
from layers.errors import UnreadableFile
from tests.atlas.shell import run

SITE = shapely.box(120.27, 36.36, 120.275, 36.365)
RED_LINE = shapely.box(120.22, 36.325, 120.28, 36.375)
#: Here a degree of longitude has about so many metres.
DEGREE_M = 89_700.0


def collection(*shapes: Any) -> dict[str, Any]:
    features = [
        {"type": "Feature", "properties": {"id": f"F{number}"}, "geometry": mapping(one)}
        for number, one in enumerate(shapes)
    ]
    return {"type": "FeatureCollection", "features": features}


@pytest.fixture(scope="module")
def checked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An assessment that says where instead within five kilometres."""
    folder = tmp_path_factory.mktemp("explained")
    (folder / "site.geojson").write_text(json.dumps(collection(SITE)))
    (folder / "red.geojson").write_text(json.dumps(collection(RED_LINE)))
    asked = ("--use", "factory", "--accuracy-m", "5", "--within", "5000", "--out", folder / "a.json")
    layer = ("--layer", f"ecological_red_line={folder / 'red.geojson'}")
    accuracy = ("--layer-accuracy-m", "ecological_red_line=10")
    assert run("check", folder / "site.geojson", *asked, *layer, *accuracy).code == 1
    return folder / "a.json"


@pytest.fixture
def content(checked: Path) -> dict[str, Any]:
    return dict(json.loads(checked.read_text("utf-8")))


def verified(content: dict[str, Any], folder: Path, *more: object) -> tuple[int, str]:
    file = folder / "edited.json"
    file.write_text(json.dumps(sealed(content), ensure_ascii=False))
    left = run("verify", file, *more)
    return left.code, left.out


def shifted(place: dict[str, Any], east_m: float) -> None:
    """Another footprint, and a line and a way that fit it: only the search can tell."""
    moved = affinity.translate(shape(place["geometry"]), east_m / DEGREE_M)
    place["geometry"] = mapping(moved)
    start = place["line"]["coordinates"][0]
    place["line"]["coordinates"] = [start, list(moved.centroid.coords[0])]
    place["distance_m"] += east_m  # the nearest place is due east: so far apart are the two


def test_untouched_it_agrees(checked: Path) -> None:
    left = run("verify", checked)
    assert (left.code, left.out.splitlines()[0]) == (0, text("cli.verify_same", "zh"))


def test_an_altered_place_is_told_in_both_languages(content: dict[str, Any], checked: Path, tmp_path: Path) -> None:
    place = content["proposals"][0]["alternative"]["place"]
    assert place["azimuth_deg"] == pytest.approx(90.0, abs=2.0)
    shifted(place, 500.0)
    code, told = verified(content, tmp_path)
    assert code == 1
    line, _unchecked = told.strip().splitlines()
    assert "备选位置：东" in line
    assert "文件内容被改动" in line
    untouched = json.loads(checked.read_text("utf-8"))
    (told_in_english,) = (difference_line(one, "en") for one in differences(content, untouched))
    assert told_in_english.startswith("F0 place instead: 1,4")
    assert "the file was edited" in told_in_english


def test_a_place_within_a_cell_of_the_search_is_the_same(content: dict[str, Any], tmp_path: Path) -> None:
    place = content["proposals"][0]["alternative"]["place"]
    shifted(place, 20.0)
    assert verified(content, tmp_path)[0] == 0


def alternative(content: dict[str, Any]) -> dict[str, Any]:
    return dict(content)["proposals"][0]["alternative"]


def blocker(content: dict[str, Any]) -> dict[str, Any]:
    return dict(content)["proposals"][0]["blocking"]["conflicts"][0]


ALTERED: dict[str, tuple[Callable[[dict[str, Any]], Any], str]] = {
    "no place": (lambda content: alternative(content).update(place=None), "备选位置：无 → 东"),
    "another way": (lambda content: alternative(content)["place"].update(azimuth_deg=270.0), "备选位置：西"),
    "another district": (
        lambda content: alternative(content)["place"]["districts"][0].update(name_zh="市南区"),
        "备选位置所在区市：市南区 → ",
    ),
    "less unassessed": (lambda content: alternative(content)["place"]["unassessed"].pop(), "备选位置未核查的规则"),
    "a condition less": (lambda content: alternative(content).update(plausibility=[]), "合理性条件：无 → 整个"),
    "a finer cell": (lambda content: alternative(content).update(cell_m=1.0), "查找网格（米）：1.0 → 31.25"),
    "less to cut": (lambda content: blocker(content)["ways"][0][0].update(cut_m2=12.0), "E3.1 须去掉的面积"),
    "a nearer move": (lambda content: blocker(content)["move"].update(distance_m=3.0), "E3.1 只看这一条的移动"),
    "no way": (lambda content: blocker(content).update(ways=[]), "E3.1 满足办法"),
    "nothing in the way": (
        lambda content: content["proposals"][0]["blocking"].update(conflicts=[]),
        "最小阻碍集：无 → E3.1",
    ),
    "a milder verdict": (
        lambda content: content["proposals"][0]["blocking"].update(verdict="clear"),
        "阻碍说明中的结论：未发现冲突 → 冲突",
    ),
}  # fmt: skip


@pytest.mark.parametrize("altered", ALTERED)
def test_each_part_that_was_altered_is_named(content: dict[str, Any], altered: str, checked: Path) -> None:
    """The search itself is made once: what is compared is a file with one part of its answer altered."""
    alter, told = ALTERED[altered]
    was = copy.deepcopy(content)
    alter(was)
    found = differences(was, content)
    lines = [difference_line(one, "zh") for one in found]
    assert any(told in line for line in lines), lines
    assert {one.cause for one in found} == {"file_changed"}
    assert all(difference_line(one, "en") for one in found)


def test_a_layer_that_moves_the_place_is_the_cause(content: dict[str, Any], tmp_path: Path) -> None:
    """The red line now reaches 0.01 degrees, about 900 m, farther east: so much farther is the nearest place."""
    wider = shapely.box(120.22, 36.325, 120.29, 36.375)
    (tmp_path / "red.geojson").write_text(json.dumps(collection(wider)))
    imported = ("--as", "ecological_red_line", "--accuracy-m", "10", "--data", tmp_path / "ws")
    assert run("import", tmp_path / "red.geojson", *imported).code == 0
    code, told = verified(content, tmp_path, "--data", tmp_path / "ws")
    assert code == 1
    (line,) = [line for line in told.splitlines() if "备选位置：" in line]
    was, now = (float(metres.replace(",", "")) for metres in re.findall(r"([\d,]+) m", line))
    assert was == round(alternative(content)["place"]["distance_m"])
    assert now - was == pytest.approx(0.01 * DEGREE_M, abs=45.0)  # a cell of the search, corner to corner
    assert "图层“生态保护红线”的内容或说明已改" in line


def test_an_outline_that_is_gone_is_told(content: dict[str, Any], tmp_path: Path) -> None:
    within = {"kind": "district", "radius_m": None, "id": "370299", "name_zh": "某区", "name_en": "Some"}
    alternative(content)["within"] = within
    code, told = verified(content, tmp_path)
    assert code == 1
    assert "查找范围：某区范围内 → 无" in told


HOSTILE: dict[str, Callable[[dict[str, Any]], Any]] = {
    "no blockers": lambda content: content["proposals"][0]["blocking"].pop("conflicts"),
    "a text for a place": lambda content: alternative(content).update(place="here"),
    "a cell below nothing": lambda content: alternative(content).update(cell_m=-1),
    "a radius of nothing": lambda content: alternative(content)["within"].update(radius_m=0),
    "a kind of its own": lambda content: alternative(content)["within"].update(kind="../.."),
    "a need that is a text": lambda content: blocker(content)["ways"][0][0].update(cut_m2="much"),
    "a relation of its own": lambda content: blocker(content)["ways"][0][0]["condition"].update(relation="eats"),
    "a bound that is a text": lambda content: blocker(content)["ways"][0][0]["condition"].update(
        where={"level": {"above": "x"}}
    ),
    "a condition of its own": lambda content: alternative(content).update(plausibility=["on_mars"]),
}


@pytest.mark.parametrize("hostile", HOSTILE)
def test_an_explanation_that_is_none_is_refused(content: dict[str, Any], hostile: str) -> None:
    HOSTILE[hostile](content)
    with pytest.raises(UnreadableFile) as refused:
        read_assessment(json.dumps(content).encode(), "x.json")
    assert refused.value.values["field"].startswith("proposals[0].")
