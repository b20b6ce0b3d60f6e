"""A district cell by cell: each square cell is taken as the site, and gets the worst that the rules say of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from geo import conflict, crs
from geo.blocking import binding, settled
from geo.errors import GeometryError
from geo.screening import ASK, CLEAR, CODE_OF, CONFLICT, NOT_ASSESSED, UNCERTAIN, Content, screen_of
from geo.types import REGION_BOUNDS, Finding, Proposal, Rule, Severity
from geo.uncertainty import SLIVER_M2

#: More cells than this are not screened in one go.
MOST_CELLS = 20_000


class Standing(StrEnum):
    """What a cell is, from the worst. ``partly``: every rule that was looked at holds, others were not looked at."""

    PROHIBITED = "prohibited"
    RESTRICTED = "restricted"
    UNCERTAIN = "uncertain"
    NOT_ASSESSED = "not_assessed"
    PARTLY = "partly"
    CLEAR = "clear"


@dataclass(frozen=True)
class CellMap:
    """Square cells, lon-lat, with the standing of each and the ids of the rules that make it so.

    ``here`` are the findings at the first cell, which tell what a rule is and which rules no cell can answer: the
    ``unassessed`` ones. ``asked``: how many answers the screen left to the engine. ``checked``: how many of the
    ``rules`` that bind were looked at in each cell; one of an unverified source is not, as where a site is checked.
    """

    cells: NDArray[np.object_]
    standing: tuple[Standing, ...]
    deciding: tuple[tuple[str, ...], ...]
    cell_m: float
    here: tuple[Finding, ...]
    unassessed: tuple[Finding, ...]
    asked: int
    checked: tuple[int, ...]
    rules: int


def cells_in(outline: BaseGeometry, cell_m: float) -> NDArray[np.object_]:
    """Squares of the plane on a grid of even metres whose middle lies in a lon-lat outline and which the region holds.

    Raises GeometryError ``too_many_cells`` (cells, most), ``no_cell_fits``.
    """
    plane = crs.to_plane(outline)
    west, south, east, north = np.asarray(shapely.bounds(plane)) / cell_m
    columns, rows = np.arange(np.floor(west), np.ceil(east)), np.arange(np.floor(south), np.ceil(north))
    if len(columns) * len(rows) > 20 * MOST_CELLS:
        raise GeometryError("too_many_cells", cells=len(columns) * len(rows), most=MOST_CELLS)
    left, bottom = (corner.ravel() * cell_m for corner in np.meshgrid(columns, rows))
    shapely.prepare(plane)
    held = shapely.intersects_xy(plane, left + cell_m / 2.0, bottom + cell_m / 2.0)
    cells = shapely.box(left[held], bottom[held], left[held] + cell_m, bottom[held] + cell_m)
    region = shapely.box(*REGION_BOUNDS)
    cells = cells[shapely.covers(region, crs.from_plane(cells))] if len(cells) else cells
    if len(cells) > MOST_CELLS:
        raise GeometryError("too_many_cells", cells=len(cells), most=MOST_CELLS)
    if len(cells) == 0:
        raise GeometryError("no_cell_fits", cell_m=cell_m)
    return np.asarray(cells, dtype=object)


def screening_map(
    template: Proposal,
    rules: Iterable[Rule],
    content_of: Callable[[str], Content],
    on: date,
    outline: BaseGeometry,
    cell_m: float,
    sliver_m2: float = SLIVER_M2,
    progress: Callable[[int, int], None] | None = None,
) -> CellMap:
    """Every cell of an outline as a site of the template's use, accuracy and quantities.

    Raises GeometryError as ``cells_in``, RuleError for a rule that cannot be asked.
    """
    squares = cells_in(outline, cell_m)
    placed = crs.from_plane(squares)
    first = replace(template, footprint=placed[0])
    findings = conflict.assess(first, rules, content_of, on, sliver_m2)
    decisive = binding(findings)
    screen = screen_of(first, decisive, content_of, tuple(shapely.total_bounds(squares)), sliver_m2)
    corners = np.array([square.bounds[:2] for square in squares])
    places = screen.places(corners - corners[0])
    codes: list[NDArray[np.int8]] = []
    asked = 0
    for done, finding in enumerate(decisive, start=1):
        code = screen.answer(finding.rule, places).code.copy()
        rows = np.flatnonzero(code == ASK)
        for row in rows:
            code[row] = _asked(replace(first, footprint=placed[row]), finding.rule, content_of, on, sliver_m2)
        asked += len(rows)
        codes.append(code)
        if progress:
            progress(done, len(decisive))
    table = np.array(codes).reshape(len(decisive), len(squares))
    standing, deciding = _standings(decisive, table)
    weak = np.array([finding.rule.citation.is_weak for finding in decisive], dtype=bool)[:, None]
    checked = tuple(((table != NOT_ASSESSED) & ~weak).sum(axis=0).tolist())
    unseen = tuple(f for f, row in zip(decisive, table, strict=True) if (row == NOT_ASSESSED).all())
    return CellMap(placed, standing, deciding, cell_m, findings, unseen, asked, checked, len(decisive))


def _asked(proposal: Proposal, rule: Rule, content_of: Callable[[str], Content], on: date, sliver_m2: float) -> int:
    (finding,) = conflict.assess(proposal, [rule], content_of, on, sliver_m2)
    return CODE_OF[settled(finding)]


def _standings(
    findings: Sequence[Finding], table: NDArray[np.int8]
) -> tuple[tuple[Standing, ...], tuple[tuple[str, ...], ...]]:
    """The worst of each column. A rule of an unverified source never prohibits and never makes a cell clear."""
    ids = np.array([finding.rule.id for finding in findings], dtype=object)
    weak = np.array([finding.rule.citation.is_weak for finding in findings], dtype=bool)[:, None]
    prohibits = np.array([f.rule.severity is Severity.PROHIBIT for f in findings], dtype=bool)[:, None]
    against = table == CONFLICT
    kinds = {
        Standing.PROHIBITED: against & prohibits & ~weak,
        Standing.RESTRICTED: against & ~prohibits & ~weak,
        Standing.UNCERTAIN: (table == UNCERTAIN) | (against & weak),
    }
    seen = (table == CLEAR).any(axis=0)
    whole = ((table == CLEAR) & ~weak).all(axis=0) & (len(findings) > 0)
    standing, deciding = [], []
    for column in range(table.shape[1]):
        kind = next((kind for kind, where in kinds.items() if where[:, column].any()), None)
        if kind is not None:
            deciding.append(tuple(ids[kinds[kind][:, column]]))
        else:
            kind = Standing.CLEAR if whole[column] else Standing.PARTLY if seen[column] else Standing.NOT_ASSESSED
            deciding.append(())
        standing.append(kind)
    return tuple(standing), tuple(deciding)
