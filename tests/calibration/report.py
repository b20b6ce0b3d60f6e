"""Measures everything once with many drawings: ``python tests/calibration/report.py`` takes half an hour.

Writes docs/calibration.csv and docs/calibration.png, and the tables between the marks in docs/uncertainty.md.
"""

from __future__ import annotations

import csv
import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

import matplotlib  # noqa: E402

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402
from simulator import Errors, Tally, tally, tally_combined  # noqa: E402
from worlds import POINT, Family, World, families, ring  # noqa: E402

from geo.types import AllOf, AnyOf, Condition, Relation  # noqa: E402

DOCS = ROOT / "docs"
BAND_M = 30.0
DRAWS = 4000
CURVE_DRAWS = 1000
CURVE_BANDS = (0.0167, 0.1, 0.25, 0.5, 0.75, 1.0, 1.5)
CURVES = (
    "min_distance: point, point",
    "min_distance: point in a round hole",
    "max_distance: point in a round hole",
    "no_overlap: point, round hole or dot",
    "no_overlap: comb in its mould",
    "inside: disc in a disc of its size",
    "max_overlap_share: half of a square",
    "value_at_least: grid",
)


@dataclass(frozen=True)
class Row:
    """A family at a clearance, and what was said of it."""

    family: Family
    clearance_m: float
    found: Tally


def at_the_limit(kinds: Iterable[Family]) -> list[Row]:
    """Every family just on either side of its limit."""
    rows = []
    for number, family in enumerate(kinds):
        for clearance in (family.just, -family.just):
            rows.append(Row(family, clearance, tally(family.make(clearance), DRAWS, number)))
            print(family.title, clearance, rows[-1].found.wrong_share, file=sys.stderr)
    return rows


def along(family: Family) -> list[Row]:
    """A family on its way from the limit, on both sides."""
    clearances = [side * bands * BAND_M for side in (1, -1) for bands in CURVE_BANDS]
    worlds = [(clearance, family.make(clearance)) for clearance in clearances]
    told = [(clearance, world) for clearance, world in worlds if world.complies is (clearance > 0)]
    return [Row(family, clearance, tally(world, CURVE_DRAWS, 77)) for clearance, world in told]


def write_csv(rows: list[Row]) -> None:
    """One line a world."""
    with (DOCS / "calibration.csv").open("w", encoding="utf-8", newline="") as stream:
        table = csv.writer(stream, lineterminator="\n")
        table.writerow(
            ["relation", "configuration", "clearance_m", "truth", "draws", "conflict", "clear", "wrong_share"]
        )
        for row in rows:
            truth = "complies" if row.found.complies else "violates"
            numbers = (row.found.draws, row.found.conflict, row.found.clear, f"{row.found.wrong_share:.4f}")
            table.writerow([row.family.relation.value, row.family.name, row.clearance_m, truth, *numbers])


def draw(rows: list[Row], curves: list[list[Row]]) -> None:
    """Left the share of wrong answers of every world at its limit, right how it falls away from the limit."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4.6), sharey=True, layout="constrained")
    relations = list(dict.fromkeys(row.family.relation for row in rows))
    for complies, marker, name in ((True, "o", "conflict | complies"), (False, "^", "clear | violates")):
        shown = [row for row in rows if row.found.complies is complies]
        places = [relations.index(row.family.relation) + (-0.15 if complies else 0.15) for row in shown]
        left.scatter(
            places, [100 * row.found.wrong_share for row in shown], marker=marker, alpha=0.6, label=f"P({name})"
        )
    left.set_xticks(range(len(relations)), [relation.value for relation in relations], rotation=25, ha="right")
    left.set_title(f"{len(rows)} true worlds at the limit, {DRAWS} drawings each", fontsize=10)
    for curve in curves:
        ordered = sorted(curve, key=lambda row: row.clearance_m)
        bands = [row.clearance_m / BAND_M for row in ordered]
        right.plot(bands, [100 * row.found.wrong_share for row in ordered], ".-", label=curve[0].family.title)
    right.set_title("away from the limit", fontsize=10)
    right.set_xlabel("true clearance in bands: left of 0 violates, right complies")
    for axes in (left, right):
        axes.axhline(5.0, color="#b03030", linewidth=1, linestyle="--")
        axes.legend(fontsize=7, frameon=False)
        axes.set_ylim(0, 8)
    left.set_ylabel("wrong answers, %")
    figure.savefig(DOCS / "calibration.png", dpi=130, metadata={"Software": None})


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def table_of_relations(rows: list[Row]) -> str:
    """The worst of each relation, either way."""
    lines = [
        "| relation | worlds | worst P(conflict given complies) | worst P(clear given violates) |",
        "|---|---|---|---|",
    ]
    for relation in dict.fromkeys(row.family.relation for row in rows):
        own = [row for row in rows if row.family.relation is relation]
        cells = []
        for complies in (True, False):
            worst = max((row for row in own if row.found.complies is complies), key=lambda row: row.found.wrong_share)
            cells.append(f"{_percent(worst.found.wrong_share)} ({worst.family.name})")
        lines.append(f"| {relation.value} | {len(own)} | {cells[0]} | {cells[1]} |")
    return "\n".join(lines)


def table_of_separate_errors() -> str:
    """Points all round a point that complies with nothing to spare, 100 bands away, so that none curves away."""
    lines = [
        "| features at exactly the limit | one shift for all | each its own, layer states `rigid` | each its own |",
        "|---|---|---|---|",
    ]
    far = Condition(Relation.MIN_DISTANCE, "layer", distance_m=3000.0)
    cases = (
        Errors(0.0, BAND_M, stated_rigid=True),
        Errors(0.0, BAND_M, separate=True, stated_rigid=True),
        Errors(0.0, BAND_M, separate=True),
    )
    for count in (1, 5, 20, 100):
        world = World(POINT, tuple(ring(count, 3000.001)), far)
        shares = [_percent(tally(world, DRAWS, 5, errors).wrong_share) for errors in cases]
        lines.append(f"| {count} | {' | '.join(shares)} |")
    return "\n".join(lines)


def table_of_combinations() -> str:
    """Rules over several layers."""
    lines = ["| layers, each at its limit | `all_of`: false conflict | `any_of`: false clear |", "|---|---|---|"]
    for parts in (1, 2, 4, 8):
        shares = [_percent(tally_combined(joined, parts, DRAWS, 9).wrong_share) for joined in (AllOf, AnyOf)]
        lines.append(f"| {parts} | {' | '.join(shares)} |")
    return "\n".join(lines)


def write_tables(tables: dict[str, str]) -> None:
    """Put each table between its marks in the page."""
    page = DOCS / "uncertainty.md"
    text = page.read_text(encoding="utf-8")
    for name, table in tables.items():
        marks = re.compile(rf"(<!-- {name} -->\n).*?(<!-- end -->)", re.DOTALL)
        text, found = marks.subn(lambda match, table=table: f"{match[1]}{table}\n{match[2]}", text)
        if not found:
            raise SystemExit(f"docs/uncertainty.md has no mark {name}")
    page.write_text(text, encoding="utf-8")


def main() -> None:
    """Measure and write."""
    kinds = families()
    tables = {"separate": table_of_separate_errors(), "combined": table_of_combinations()}
    rows = at_the_limit(kinds)
    curves = [along(family) for family in kinds if family.title in CURVES]
    write_csv([*rows, *(row for curve in curves for row in curve)])
    draw(rows, curves)
    write_tables({**tables, "worst": table_of_relations(rows)})


if __name__ == "__main__":
    main()
