"""verify, and the record of a workspace: same, or what changed and why; a hostile file is refused in one line."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from atlas.assessment_file import is_whole, read_assessment, sealed
from atlas.journeys import verify as verify_journey
from atlas.journeys.comparing import differences
from atlas.wording_history import compared_line
from layers.errors import UnreadableFile
from tests.atlas.shell import Ran, run

SITES = "id,name,lon,lat\nA,甲地,120.20,36.30\nB,乙地,120.42,36.40\n"
RULE = """
[[rule]]
id = "{id}"
title = {{ zh = "{id} 规则", en = "Rule {id}" }}
applies_to = ["factory"]
severity = "{severity}"
citation = {{ document = "试验", evidence = "V", confidence = "high" }}
layer = "{layer}"
relation = "min_distance"
distance_m = {distance}
"""


def rules(distance: int = 500, severity: str = "prohibit", own: bool = True) -> str:
    """A rule on the embedded coast, and one on a layer of the user's."""
    coast = RULE.format(id="COAST", layer="mainland_coast", distance=distance, severity=severity)
    return coast + (RULE.format(id="OWN", layer="wells", distance=300, severity="prohibit") if own else "")


def wells(lon: float) -> str:
    feature = {"type": "Feature", "properties": {"id": "w"}, "geometry": {"type": "Point", "coordinates": [lon, 36.30]}}
    return json.dumps({"type": "FeatureCollection", "features": [feature]})


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Ran]:
    """The command line in a folder with sites, rules and a layer."""
    monkeypatch.delenv("ATLAS_DATA", raising=False)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1790000000")
    monkeypatch.chdir(tmp_path)
    Path("sites.csv").write_text(SITES)
    Path("rules.toml").write_text(rules())
    Path("wells.geojson").write_text(wells(120.21))
    Path("wells.layer.toml").write_text('accuracy_m = 5.0\nas_of = "2026-01-01"\ncovers = "region"\n')
    return run


def checked(shell: Callable[..., Ran], *more: object, out: str = "a.json") -> dict[str, Any]:
    """A check of the two sites, as its file says it."""
    common = ("--use", "factory", "--crs", "EPSG:4326", "--on", "2026-11-01", "--accuracy-m", "5")
    given = ("--layer", "wells=wells.geojson", "--rules", "rules.toml")
    ran = shell("check", "sites.csv", *common, *given, "--out", out, *more)
    assert ran.code in (0, 1, 2), ran.err
    return json.loads(Path(out).read_text())


def edited(content: dict[str, Any], name: str = "edited.json") -> str:
    Path(name).write_text(json.dumps(sealed(content), ensure_ascii=False))
    return name


def test_an_untouched_file_is_the_same_and_its_sites_are_known(shell: Callable[..., Ran]) -> None:
    content = checked(shell)
    assert is_whole(content)
    assert shell("verify", "a.json", "--sites", "sites.csv").code == 0
    Path("other.csv").write_text(SITES.replace("120.20", "120.21"))
    told = shell("verify", "a.json", "--sites", "other.csv")
    assert told.code == 1
    assert "给出的输入文件不是当时核查的那一份" in told.out


def test_verify_needs_none_of_the_files_that_it_names(shell: Callable[..., Ran]) -> None:
    checked(shell)
    for name in ("sites.csv", "rules.toml", "wells.geojson", "wells.layer.toml"):
        Path(name).unlink()
    assert shell("verify", "a.json").code == 0


def test_a_path_in_a_file_is_never_opened(shell: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch) -> None:
    content = checked(shell)
    for place in ("/etc/hostname", "../../etc/passwd", "file:///etc/passwd", "\\\\server\\share"):
        content["inputs"][0]["name"] = place
        content["holds"]["layers"][0] |= {"source": place, "id": "wells"}
        for layer in content["layers"]:
            layer["source"] = place
    opened: list[str] = []
    real = Path.open

    def spied(path: Path, *args: Any, **more: Any) -> Any:
        opened.append(str(path))
        return real(path, *args, **more)

    monkeypatch.setattr(Path, "open", spied)
    shell("verify", edited(content))
    assert not [path for path in opened if "etc" in path or "server" in path]


def tampered_outcome(content: dict[str, Any]) -> None:
    content["proposals"][0]["findings"][0]["outcome"] = "uncertain"


def tampered_layer(content: dict[str, Any]) -> None:
    content["holds"]["layers"][0]["content"]["features"][0]["geometry"]["coordinates"] = [120.3, 36.4]


def tampered_rule(content: dict[str, Any]) -> None:
    content["holds"]["rulebook"] = rules(400)


def tampered_place(content: dict[str, Any]) -> None:
    content["proposals"][0]["geometry"]["coordinates"] = [120.2001, 36.3]


@pytest.mark.parametrize(
    ("tamper", "named"),
    [
        (tampered_outcome, "A COAST 结论"),
        (tampered_layer, "图层"),
        (tampered_rule, "规则 COAST 已修改"),
        (tampered_place, "A COAST 距离"),
    ],
)
@pytest.mark.parametrize("seal", [True, False])
def test_a_tampered_file_is_told(
    shell: Callable[..., Ran], tamper: Callable[[dict[str, Any]], None], named: str, seal: bool
) -> None:
    content = checked(shell)
    tamper(content)
    name = edited(content) if seal else "careless.json"
    if not seal:
        Path(name).write_text(json.dumps(content))
    told = shell("verify", name)
    assert told.code == 1
    assert named in told.out
    assert seal or "文件：文件内容被改动" in told.out


def test_another_version_of_the_program_is_the_cause_where_nothing_else_is(shell: Callable[..., Ran]) -> None:
    content = checked(shell)
    content["version"] = "0.0.1"
    assert shell("verify", edited(content)).code == 0
    tampered_outcome(content)
    assert "程序版本不同" in shell("verify", edited(content)).out


def test_a_rule_that_the_embedded_book_changed_is_named(
    shell: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An assessment by the embedded rulebook holds no rules: what changed since shows by what each finding says."""
    from layers.rulebook import rulebook_of_text

    content = checked(shell)
    content["holds"]["rulebook"] = None
    for text, line in (
        (rules(25_000), "A COAST 结论：未发现冲突 → 冲突（规则 COAST 已修改）"),
        (rules(500, "restrict"), "A COAST 性质"),
        (rules(own=False), "A OWN 结论：未发现冲突 → 无（规则 OWN 已删去）"),
        (
            rules() + RULE.format(id="NEW", layer="wells", distance=9, severity="advise"),
            "A NEW 结论：无 → 未发现冲突（规则 NEW 是新增的）",
        ),
    ):
        monkeypatch.setattr(verify_journey, "load_rulebook", lambda text=text: rulebook_of_text(text, "now.toml"))
        told = shell("verify", edited(content))
        assert told.code == 1
        assert line in told.out, told.out


def test_a_layer_that_is_newer_changed_or_gone_is_named(shell: Callable[..., Ran]) -> None:
    content = checked(shell)
    shell("import", "wells.geojson", "--as", "wells", "--as-of", "2026-01-01", "--accuracy-m", "5", "--data", "ws")
    Path("moved.geojson").write_text(wells(120.2001))  # 9 m from site A: it conflicts now
    shell("import", "moved.geojson", "--as", "wells", "--as-of", "2026-06-01", "--accuracy-m", "5", "--data", "ws")
    told = shell("verify", "a.json", "--data", "ws")
    assert told.code == 1
    assert "A OWN 结论：未发现冲突 → 冲突（图层“wells”已更新）" in told.out
    content["holds"]["layers"][0]["content"] = None
    told = shell("verify", edited(content))
    assert told.code == 1
    assert "未附内容，无法重算" in told.out
    assert "A OWN 结论：未发现冲突 → 未核查（图层“wells”已不在）" in told.out


# Files that are none


HOSTILE: dict[str, Callable[[dict[str, Any]], Any]] = {
    "a list": lambda _: [],
    "empty": lambda _: {},
    "no sites": lambda content: {key: part for key, part in content.items() if key != "proposals"},
    "sites that are a text": lambda content: content | {"proposals": "abc"},
    "a site that is a number": lambda content: content | {"proposals": [7]},
    "the same id twice": lambda content: content | {"proposals": content["proposals"][:1] * 2},
    "no layers": lambda content: content | {"layers": None},
    "a layer without sha256": lambda content: content | {"layers": [{"id": "x"}]},
    "a day that is none": lambda content: content | {"on": "2026-13-01"},
    "a rulebook that is none": lambda content: content | {"holds": {"rulebook": "[[rule]]\nid = 1", "layers": []}},
    "holds that are a text": lambda content: content | {"holds": "../../etc/passwd"},
    "a verdict of another kind": lambda content: content | {"verdict": ["clear"]},
    "a huge whole number": lambda content: with_site(content, accuracy_m=10**400),
    "accuracy below nothing": lambda content: with_site(content, accuracy_m=-1),
    "an unknown use": lambda content: with_site(content, use="castle"),
    "another geometry": lambda content: with_site(content, geometry={"type": "GeometryCollection", "geometries": []}),
    "no coordinates": lambda content: with_site(content, geometry={"type": "Polygon", "coordinates": []}),
    "coordinates in text": lambda content: with_site(content, geometry={"type": "Point", "coordinates": ["1", "2"]}),
    "a ring of two": lambda content: with_site(
        content, geometry={"type": "Polygon", "coordinates": [[[120, 36], [121, 36]]]}
    ),
    "out of the region": lambda content: with_site(content, geometry={"type": "Point", "coordinates": [1e300, 36]}),
    "a site of metres": lambda content: with_site(content, geometry={"type": "Point", "coordinates": [534467.0, 3e6]}),
    "findings that are a number": lambda content: with_site(content, findings=3),
    "a held layer with a path": lambda content: with_held(content, id="../../x"),
    "a held layer of nothing": lambda content: with_held(content, content={"type": "Topology"}),
    "a held layer too deep": lambda content: with_held(content, content={"a": nested(300)}),
}


def with_site(content: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return content | {"proposals": [content["proposals"][0] | fields]}


def with_held(assessment: dict[str, Any], **fields: Any) -> dict[str, Any]:
    held = assessment["holds"]["layers"][0] | fields
    return assessment | {"holds": assessment["holds"] | {"layers": [held]}}


def nested(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = [value]
    return value


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """One assessment for all hostile changes, made once."""
    from atlas.assessment import as_dict
    from atlas.journeys.check import CheckRequest, run_check
    from atlas.report.as_json import write
    from atlas.workspace import open_store
    from layers.importing import import_layer, import_sites
    from layers.rulebook import rulebook_of_text

    layer = import_layer(wells(120.21).encode(), "wells.geojson", layer_id="wells", accuracy_m=5).layer
    sites = import_sites(SITES.encode(), "s.csv", use="factory", crs="EPSG:4326")
    book = rulebook_of_text(rules(), "r.toml")
    asked = CheckRequest(
        sites.proposals, open_store().with_layer(layer), date(2026, 11, 1), rulebook=book, rulebook_text=rules()
    )
    return json.loads(write(as_dict(run_check(asked)), ""))


@pytest.mark.parametrize("hostile", HOSTILE, ids=str)
def test_a_hostile_file_is_refused_in_one_line(hostile: str, example: dict[str, Any], tmp_path: Path) -> None:
    file = tmp_path / "hostile.json"
    changed = HOSTILE[hostile](json.loads(json.dumps(example)))
    file.write_text(json.dumps(sealed(changed) if isinstance(changed, dict) else changed))
    left = run("verify", file)
    assert left.code == 64, left
    assert left.out == ""
    assert len(left.err.strip().splitlines()) == 1
    assert "Traceback" not in left.err


@pytest.mark.parametrize(
    "content",
    [b"", b"null", b"[" * 100_000, b'{"a":' * 50_000, b"\xff\xfe\x00", b'{"on": NaN}', b'{"on": 1e999', b"9" * 10_000],
    ids=["empty", "null", "deep list", "deep dict", "not utf-8", "nan", "cut off", "huge number"],
)
def test_bytes_that_are_no_assessment(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "hostile.json").write_bytes(content)
    left = run("verify", tmp_path / "hostile.json")
    assert left.code == 64
    assert "hostile.json" in left.err
    assert len(left.err.strip().splitlines()) == 1


def test_a_file_of_200_megabytes_is_refused_unread(tmp_path: Path) -> None:
    with (tmp_path / "big.json").open("wb") as file:
        file.truncate(200_000_001)
    left = run("verify", tmp_path / "big.json")
    assert left.code == 64
    assert "big.json" in left.err


def test_a_fault_is_named_by_its_place(example: dict[str, Any]) -> None:
    example = json.loads(json.dumps(example))
    del example["proposals"][1]["findings"][0]["citation"]["document"]
    with pytest.raises(UnreadableFile) as refused:
        read_assessment(json.dumps(example).encode(), "x.json")
    assert refused.value.values["field"] == "proposals[1].findings[0].citation.document"


# The record


def test_the_record_says_who_when_what_and_how_it_ended(shell: Callable[..., Ran]) -> None:
    content = checked(shell, "--data", "ws", "--by", "张三")
    assert Path("ws").is_dir()
    (entry,) = json.loads(shell("history", "--data", "ws", "--json").out)
    assert (entry["typed_name"], entry["via"], entry["number"]) == ("张三", "command", 1)
    assert entry["account"]
    assert entry["at"] == "2026-09-21T14:13:20Z"  # 1 790 000 000 s after 1970: 20 717 days and 51 200 s
    assert entry["inputs"] == [{"name": "sites.csv", "sha256": content["inputs"][0]["sha256"]}]
    assert entry["rulebook_sha256"] == content["rulebook_sha256"]
    assert (entry["uses"], entry["verdict"], entry["sites"]) == (["factory"], content["verdict"], ["甲地", "乙地"])
    line = shell("history", "--data", "ws").out
    assert "自填，未验证" in line
    assert "北京时间" in line


def test_what_was_recorded_comes_back_and_two_are_compared(shell: Callable[..., Ran]) -> None:
    checked(shell, "--data", "ws")
    Path("wells.geojson").write_text(wells(120.2001))
    checked(shell, "--data", "ws", out="b.json")
    assert shell("history", "--data", "ws", "--take", 1, "--out", "c.json").code == 0
    assert Path("c.json").read_bytes() == Path("a.json").read_bytes()
    told = shell("history", "--data", "ws", "--compare", 1, 2)
    assert told.code == 1
    assert "A OWN 结论：未发现冲突 → 冲突（图层“wells”的内容或说明已改）" in told.out
    assert "B OWN 结论" not in told.out
    assert shell("history", "--data", "ws", "--compare", 2, 2).code == 0
    assert shell("history", "--data", "ws", "--compare", 2, 9).code == 64
    found = json.loads(shell("history", "--data", "ws", "--json", "--find", "乙地 sites").out)
    assert [entry["number"] for entry in found] == [2, 1]
    assert json.loads(shell("history", "--data", "ws", "--json", "--find", "nobody").out) == []


def test_the_record_tells_whether_a_file_is_the_one_that_was_made(shell: Callable[..., Ran]) -> None:
    content = checked(shell, "--data", "ws")
    assert "#1" in shell("verify", "a.json", "--data", "ws").err
    content["proposals"][0]["name"] = "别的名字"
    assert "没有这份文件" in shell("verify", edited(content), "--data", "ws").err


def test_a_changed_record_and_a_changed_kept_file_are_told(shell: Callable[..., Ran]) -> None:
    for _ in range(3):
        checked(shell, "--data", "ws")
    lines = Path("ws/record.jsonl").read_text().splitlines(keepends=True)
    Path("ws/record.jsonl").write_text(lines[0].replace('"factory"', '"building"') + "".join(lines[1:]))
    entries = json.loads(shell("history", "--data", "ws", "--json").out)
    assert [entry["chained"] for entry in entries] == [True, False, True]
    (kept,) = Path("ws/assessments").iterdir()
    kept.write_bytes(gzip.compress(b"{}"))
    refused = shell("history", "--data", "ws", "--take", 1, "--out", "c.json")
    assert refused.code == 64
    assert "已损坏或被改动" in refused.err


def test_an_empty_workspace_says_what_to_do(shell: Callable[..., Ran]) -> None:
    Path("ws").mkdir()
    told = shell("history", "--data", "ws")
    assert told.code == 0
    assert "选址核查" in told.out
    assert shell("history").code == 64
    assert shell("history", "--data", "nowhere").code == 64
    assert shell("history", "--data", "ws", "--take", 1).code == 64


@pytest.mark.parametrize("name", ["t.parquet", "t.csv"])
def test_a_large_table_is_recorded_with_its_verdicts_and_where_it_stands(
    shell: Callable[..., Ran], name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its answers stay in the user's file: the record has the place and the sha256 of that, and how it came out."""
    monkeypatch.setattr("atlas.commands.check_table.TABLE_SITES", 1)
    Path("wells.geojson").write_text(wells(120.2001))  # 9 m from site A: a prohibition; no rule but that speaks of B
    Path("rules.toml").write_text(rules(25_000, severity="restrict"))  # within 25 km of the coast: both, restricted
    common = ("--use", "factory", "--crs", "EPSG:4326", "--accuracy-m", "5")
    given = ("--rules", "rules.toml", "--layer", "wells=wells.geojson")
    ran = shell("check", "sites.csv", *common, *given, "--data", "ws", "--by", "张三", "--out", name)
    assert ran.code == 1, ran.err
    (entry,) = json.loads(shell("history", "--data", "ws", "--json").out)
    assert entry["sha256"] == hashlib.sha256(Path(name).read_bytes()).hexdigest()
    assert entry["table"] == {"name": name, "folder": str(Path.cwd()), "sha256": entry["sha256"]}
    assert (entry["typed_name"], entry["sites_count"], entry["uses"]) == ("张三", 2, ["factory"])
    assert (entry["tones"], entry["tone"]) == ({"prohibit": 1, "restrict": 1}, "prohibit")
    line = shell("history", "--data", "ws", "--find", name).out
    assert f"| 冲突 1、须征求意见或须论证 1 | {name} " in line, line
    for state in ("与记录一致", "已不是当时写成的内容", "已不在原处"):
        refused = shell("history", "--data", "ws", "--take", 1, "--out", "c.json")
        assert refused.code == 64
        assert state in refused.err
        assert str(Path.cwd() / name) in refused.err
        if Path(name).exists():
            Path(name).write_bytes(b"another") if state == "与记录一致" else Path(name).unlink()
    assert shell("history", "--data", "ws", "--compare", 1, 1).code == 64


def test_an_earlier_record_of_a_table_names_no_folder(shell: Callable[..., Ran]) -> None:
    from atlas.journeys.history import earlier
    from atlas.workspace import open_store

    shell("check", "sites.csv", "--use", "factory", "--crs", "EPSG:4326", "--data", "ws", "--out", "t.parquet")
    line = json.loads(Path("ws/record.jsonl").read_text())
    del line["result_folder"]
    Path("ws/record.jsonl").write_text(json.dumps(line) + "\n")
    (entry,) = earlier(open_store(Path("ws")))
    assert entry.table is not None
    assert (entry.table.path, entry.table.state) == (None, "unknown")
    assert "没有所在的文件夹" in shell("history", "--data", "ws", "--take", 1, "--out", "c.json").err


def test_two_checks_are_compared_in_one_line_first_and_millimetres_are_no_difference(shell: Callable[..., Ran]) -> None:
    content = checked(shell)
    moved = json.loads(json.dumps(content))
    finding = moved["proposals"][0]["findings"][0]
    finding["distance_m"] += 0.004
    assert differences(content, moved) == []
    finding["distance_m"] += 0.02
    (found,) = differences(content, moved)
    assert found.field == "distance_m"
    line = compared_line(content, moved, [found], "zh")
    both = sum(len(entry["findings"]) for entry in content["proposals"])
    assert f"{both} 条中，{both - 1} 条相同，1 条不同" in line
