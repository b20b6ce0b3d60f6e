"""The plan as other programs read it: designations, targets, and the two unmatched lists."""

from __future__ import annotations

from typing import Any

from atlas.assessment import stated_time
from atlas.journeys.export import known_format
from layers.plan import Designation, Target, load_plan
from layers.store import Store

#: The layers that the plan's tables are catalogued as: what a report of it cites.
PLAN_LAYERS = ("plan_designations", "plan_targets", "parks")
PLAN_FORMATS = {".pdf": "pdf", ".docx": "docx", ".xlsx": "xlsx", ".csv": "csv"}

_DESIGNATION_FIELDS = (
    "clause", "sector", "subsector", "place", "kind", "strength", "open_ended", "quote", "geometry", "ref",
)  # fmt: skip
_TARGET_FIELDS = ("clause", "indicator", "type", "bound", "value", "value_max", "unit", "year")


def designation_entry(designation: Designation) -> dict[str, Any]:
    """A designation as the contract has it."""
    return {name: getattr(designation, name) for name in _DESIGNATION_FIELDS}


def target_entry(target: Target) -> dict[str, Any]:
    """A number of the plan as the contract has it."""
    return {name: getattr(target, name) for name in _TARGET_FIELDS}


def plan_dict() -> dict[str, Any]:
    """``plan --json``."""
    plan = load_plan()
    return {
        "designations": [designation_entry(designation) for designation in plan.designations],
        "targets": [target_entry(target) for target in plan.targets],
    }


def unmatched_dict() -> dict[str, Any]:
    """``plan --unmatched --json``: statements without a shape, zones without a statement."""
    plan = load_plan()
    zones = [
        {"id": zone.id, "name_zh": zone.name_zh, "name_en": zone.name_en, "extent": zone.extent}
        for zone in plan.zones_without_clause()
    ]
    return {
        "clauses_without_geometry": [designation_entry(designation) for designation in plan.undrawn()],
        "zones_without_clause": zones,
    }


def export_plan(suffix: str, language: str, store: Store) -> bytes:
    """The plan's designations, targets and unmatched lists as one file. Raises DataError ``unknown_format``."""
    from atlas.report.plan import render_plan

    chosen = known_format(suffix, PLAN_FORMATS)
    specs = [store.catalogue[layer_id] for layer_id in PLAN_LAYERS]
    return render_plan(load_plan(), specs, chosen, language, stated_time())
