"""What one condition answers for one site: the numbers it measured and what they prove."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geo import measuring, uncertainty
from geo.errors import RuleError
from geo.matching import as_number
from geo.measuring import Distances, PreparedLayer, Site, ValueRange
from geo.types import Condition, ConditionResult, Grid, Outcome, Relation, Why

#: The number that a relation cannot do without.
NUMBER_OF = {
    Relation.MIN_DISTANCE: "distance_m",
    Relation.MAX_DISTANCE: "distance_m",
    Relation.MAX_OVERLAP_SHARE: "share_max",
    Relation.VALUE_AT_LEAST: "value",
    Relation.VALUE_AT_MOST: "value",
}
VALUE_RELATIONS = frozenset({Relation.VALUE_AT_LEAST, Relation.VALUE_AT_MOST})
#: Answers for which any one of many features suffices: the more of them, the likelier that one errs far enough.
ANY_SUFFICES = frozenset(
    {
        (Relation.MIN_DISTANCE, Outcome.CONFLICT),
        (Relation.MAX_DISTANCE, Outcome.CLEAR),
        (Relation.NO_OVERLAP, Outcome.CONFLICT),
        (Relation.MAX_OVERLAP_SHARE, Outcome.CONFLICT),
        (Relation.MAX_OVERLAP_SHARE, Outcome.CLEAR),
        (Relation.INSIDE, Outcome.CONFLICT),
        (Relation.VALUE_AT_LEAST, Outcome.CONFLICT),
        (Relation.VALUE_AT_MOST, Outcome.CONFLICT),
    }
)
#: Relations whose result names exactly the features that suffice.
NAMES_WHAT_SUFFICES = frozenset({Relation.MIN_DISTANCE, Relation.MAX_DISTANCE})


def check_condition(condition: Condition) -> None:
    """Refuses a condition that cannot be answered: RuleError ``rule_without_number`` or ``rule_without_layer``."""
    name = NUMBER_OF.get(condition.relation)
    if name is not None and as_number(getattr(condition, name)) is None:
        raise RuleError("rule_without_number", relation=condition.relation.value, number=name)
    of_site = condition.relation in VALUE_RELATIONS and condition.quantity
    if condition.layer is None and not of_site and condition.relation is not Relation.STUDY:
        raise RuleError("rule_without_layer", relation=condition.relation.value)


def not_assessed(condition: Condition, why: Why) -> ConditionResult:
    """A condition that could not be looked at."""
    return ConditionResult(condition, Outcome.NOT_ASSESSED, why, limit_m=condition.distance_m)


def of_quantity(condition: Condition, quantities: Mapping[str, Any]) -> ConditionResult:
    """A bound on a number of the site itself, such as area_ha."""
    value = as_number(quantities.get(condition.quantity or ""))
    if value is None:
        return not_assessed(condition, Why.VALUE_UNKNOWN)
    exact = ValueRange(value, value, value, value, complete=True)
    return _valued(condition, exact, value, 0.0)


def of_grid(condition: Condition, site: Site, grid: Grid) -> ConditionResult:
    """A bound on a raster's values under the site; no other relation can be asked of a raster."""
    units_part = bool(condition.unit and grid.unit and condition.unit != grid.unit)
    if condition.relation not in VALUE_RELATIONS or units_part:
        return not_assessed(condition, Why.VALUE_UNKNOWN)
    values = measuring.grid_values(site, grid)
    if values is None:
        return not_assessed(condition, Why.NOT_COVERED)
    tolerance = float(uncertainty.band_m(site.accuracy_m, grid.accuracy_m))
    return _valued(condition, values, _shown_value(condition, values, grid.value_error or 0.0), tolerance)


def of_layer(condition: Condition, site: Site, layer: PreparedLayer, sliver_m2: float) -> ConditionResult:
    """Any relation to features, those whose attribute is not known taken once as picked and once as not."""
    picked = layer.picked(condition.where)
    if picked is None:
        return not_assessed(condition, Why.VALUE_UNKNOWN)
    if picked[0] is picked[1]:
        return _guarded(condition, site, picked[0], sliver_m2)
    sure, possible = (_guarded(condition, site, part, sliver_m2) for part in picked)
    if sure.outcome is possible.outcome:
        return sure
    return replace(possible, outcome=Outcome.UNCERTAIN, why=Why.VALUE_UNKNOWN)


def _guarded(condition: Condition, site: Site, layer: PreparedLayer, sliver_m2: float) -> ConditionResult:
    """An answer for which any feature suffices must also hold if each of them errs on its own.

    It does if it holds with bands widened for their number, or if every one of them suffices: by Simes' inequality
    either happens wrongly in at most 5 % of cases.
    """
    answer = _RELATIONS[condition.relation]
    result = answer(condition, site, layer, sliver_m2)
    if (condition.relation, result.outcome) not in ANY_SUFFICES:
        return result
    shifts = measuring.separate_shifts(site, layer, condition.distance_m or 0.0)
    all_suffice = condition.relation in NAMES_WHAT_SUFFICES and len(result.features) >= shifts
    if shifts == 1 or all_suffice:
        return result
    wide = answer(condition, replace(site, widening=float(uncertainty.widening(shifts))), layer, sliver_m2)
    return result if wide.outcome is result.outcome else wide


def _min_distance(condition: Condition, site: Site, layer: PreparedLayer, sliver_m2: float) -> ConditionResult:
    limit = float(condition.distance_m or 0.0)
    near = measuring.distances(site, layer, limit)
    bands = layer.bands(site)[near.index]
    conflict, clear = uncertainty.decide_min_distance(near.distance_m, bands, limit)
    outcome = _outcome(bool(conflict.any()), bool(clear.all()))
    involved = conflict if outcome is Outcome.CONFLICT else ~clear
    result = _measured(condition, outcome, layer, near, bands, near.distance_m - bands, involved)
    margin = None if result.distance_m is None else result.distance_m - limit
    return _if_seen(replace(result, limit_m=limit, margin_m=margin), Outcome.CLEAR, site, layer, limit)


def _max_distance(condition: Condition, site: Site, layer: PreparedLayer, sliver_m2: float) -> ConditionResult:
    limit = float(condition.distance_m or 0.0)
    near = measuring.distances(site, layer, limit)
    bands = layer.bands(site)[near.index]
    conflict, clear = uncertainty.decide_max_distance(near.distance_m, bands, limit)
    outcome = _outcome(bool(conflict.all()), bool(clear.any()))
    involved = clear if outcome is Outcome.CLEAR else ~conflict
    result = _measured(condition, outcome, layer, near, bands, near.distance_m + bands, involved)
    margin = None if result.distance_m is None else limit - result.distance_m
    return _if_seen(replace(result, limit_m=limit, margin_m=margin), Outcome.CONFLICT, site, layer, limit)


def _no_overlap(condition: Condition, site: Site, layer: PreparedLayer, sliver_m2: float) -> ConditionResult:
    near, bands, touched = _touched(site, layer)
    shared = measuring.overlap(site, layer, touched)
    thin = site.dimension < 2
    meets = measuring.surely_meets(site, layer, touched)
    may_meet = len(touched) > 0 if thin else bool((layer.dimensions[touched] < 2).any())
    decision = uncertainty.decide_overlap_area(shared.low, shared.high, sliver_m2, shared.total)
    conflict = meets or bool(decision.conflict) and not thin
    clear = not may_meet and (thin or bool(decision.clear))
    outcome = _outcome(conflict, clear)
    result = _measured(condition, outcome, layer, near, bands, near.distance_m, near.distance_m <= bands)
    if not thin:
        result = replace(result, overlap_m2=(shared.low, shared.high), overlap_share=_shares(shared))
        trace = shared.high <= sliver_m2 or 0.0 < shared.drawn <= sliver_m2
        if result.outcome is Outcome.UNCERTAIN and trace and not may_meet:
            result = replace(result, why=Why.SLIVER)
    result = _with_patch(result, site, layer, shared, touched)
    return _if_seen(result, Outcome.CLEAR, site, layer, 0.0)


def _max_overlap_share(condition: Condition, site: Site, layer: PreparedLayer, sliver_m2: float) -> ConditionResult:
    if _has_no_area(layer):
        return not_assessed(condition, Why.VALUE_UNKNOWN)
    near, bands, touched = _touched(site, layer)
    shared = measuring.overlap(site, layer, touched)
    allowed = float(condition.share_max or 0.0)
    decision = uncertainty.decide_overlap_share(shared.low, shared.high, shared.total, allowed)
    outcome = _outcome(bool(decision.conflict), bool(decision.clear))
    result = _measured(condition, outcome, layer, near, bands, near.distance_m, near.distance_m <= bands)
    result = replace(result, overlap_share=_shares(shared))
    if site.dimension == 2:
        result = replace(result, overlap_m2=(shared.low, shared.high))
    return _if_seen(_with_patch(result, site, layer, shared, touched), Outcome.CLEAR, site, layer, 0.0)


def _inside(condition: Condition, site: Site, layer: PreparedLayer, sliver_m2: float) -> ConditionResult:
    if _has_no_area(layer):
        return not_assessed(condition, Why.VALUE_UNKNOWN)
    near, bands, touched = _touched(site, layer)
    areal = touched[layer.dimensions[touched] == 2]
    polygons, plane_bands = layer.plane[areal], layer.bands(site)[areal] * site.scale
    clear = uncertainty.surely_inside(site.plane, polygons, plane_bands)
    conflict = not clear and not uncertainty.possibly_inside(site.plane, polygons, plane_bands)
    outcome = _outcome(conflict, clear)
    result = _measured(condition, outcome, layer, near, bands, near.distance_m, near.distance_m <= bands)
    shared = measuring.overlap(site, layer, touched)
    return _if_seen(replace(result, overlap_share=_shares(shared)), Outcome.CONFLICT, site, layer, 0.0)


def _value(condition: Condition, site: Site, layer: PreparedLayer, sliver_m2: float) -> ConditionResult:
    """The value of features stands in the column that the condition names, else in ``value``, else in the unit's."""
    columns = (condition.quantity, "value", condition.unit)
    column = next((name for name in columns if name and name in layer.source.attributes), None)
    if column is None:
        return not_assessed(condition, Why.VALUE_UNKNOWN if len(layer) else Why.NOT_COVERED)
    values = measuring.feature_values(site, layer, column)
    if values is None:
        return not_assessed(condition, Why.NOT_COVERED)
    near, bands, _ = _touched(site, layer)
    tolerance = float(bands[0])
    result = _valued(condition, values, _shown_value(condition, values, 0.0), tolerance)
    result = replace(result, features=_names(layer, near.index[near.distance_m <= bands]))
    return _if_seen(result, Outcome.CLEAR, site, layer, 0.0)


_Answer = Callable[[Condition, Site, PreparedLayer, float], ConditionResult]
_RELATIONS: Mapping[Relation, _Answer] = {
    Relation.MIN_DISTANCE: _min_distance,
    Relation.MAX_DISTANCE: _max_distance,
    Relation.NO_OVERLAP: _no_overlap,
    Relation.MAX_OVERLAP_SHARE: _max_overlap_share,
    Relation.INSIDE: _inside,
    Relation.VALUE_AT_LEAST: _value,
    Relation.VALUE_AT_MOST: _value,
}


def _outcome(conflict: bool, clear: bool) -> Outcome:
    if conflict:
        return Outcome.CONFLICT
    return Outcome.CLEAR if clear else Outcome.UNCERTAIN


def _touched(site: Site, layer: PreparedLayer) -> tuple[Distances, NDArray[np.float64], NDArray[np.int_]]:
    """Distances near a site, the bands of those features, and which of them some shift lets it touch."""
    near = measuring.distances(site, layer, 0.0)
    bands = layer.bands(site)[near.index]
    return near, bands, np.sort(near.index[near.distance_m <= bands])


def _has_no_area(layer: PreparedLayer) -> bool:
    return len(layer) > 0 and bool((layer.dimensions < 2).all())


def _measured(
    condition: Condition,
    outcome: Outcome,
    layer: PreparedLayer,
    near: Distances,
    bands: NDArray[np.float64],
    figure: NDArray[np.float64],
    involved: NDArray[np.bool_],
) -> ConditionResult:
    """A result that shows the involved feature with the least figure, or the nearest where none is involved."""
    why = Why.WITHIN_TOLERANCE if outcome is Outcome.UNCERTAIN else None
    if len(near.index) == 0:
        return ConditionResult(condition, outcome, why)
    rows = np.flatnonzero(involved)
    shown = rows if len(rows) else np.array([int(np.argmin(near.distance_m))])
    first = int(shown[np.argmin(figure[shown])])
    return ConditionResult(
        condition,
        outcome,
        why,
        features=_names(layer, near.index[[first, *(row for row in shown if row != first)]]),
        distance_m=float(near.distance_m[first]),
        tolerance_m=float(bands[first]),
        witness=near.witness(first),
    )


def _names(layer: PreparedLayer, index: NDArray[np.int_]) -> tuple[str, ...]:
    return tuple(str(name) for name in layer.source.ids[index])


def _shares(shared: uncertainty.Overlap) -> tuple[float, float]:
    return shared.low / shared.total, min(shared.high / shared.total, 1.0)


def _with_patch(
    result: ConditionResult, site: Site, layer: PreparedLayer, shared: uncertainty.Overlap, touched: NDArray[np.int_]
) -> ConditionResult:
    """The shared area as witness, where there is one as drawn."""
    if result.outcome is Outcome.CLEAR or site.dimension < 2 or shared.drawn <= uncertainty.AREA_NOISE_M2:
        return result
    return replace(result, witness=measuring.shared_patch(site, layer, touched))


def _if_seen(
    result: ConditionResult, outcome: Outcome, site: Site, layer: PreparedLayer, limit_m: float
) -> ConditionResult:
    """The outcome that rests on nothing else being there needs a layer complete within the limit and its band."""
    if result.outcome is not outcome or measuring.is_covered(
        site, layer.source.covers, limit_m + layer.widest_band(site)
    ):
        return result
    return replace(result, outcome=Outcome.NOT_ASSESSED, why=Why.NOT_COVERED)


def _shown_value(condition: Condition, values: ValueRange, error: float) -> float | None:
    """The least or greatest value that was read, without its error."""
    at_least = condition.relation is Relation.VALUE_AT_LEAST
    return as_number(values.least + error if at_least else values.greatest - error)


def _valued(condition: Condition, values: ValueRange, shown: float | None, tolerance_m: float) -> ConditionResult:
    """Decides on a range; without a conflict, a value that is missing somewhere leaves the answer open."""
    limit = float(condition.value or 0.0)
    if condition.relation is Relation.VALUE_AT_LEAST:
        decision = uncertainty.decide_at_least(values.least, values.sure_least, limit)
    else:
        decision = uncertainty.decide_at_most(values.greatest, values.sure_greatest, limit)
    outcome = _outcome(bool(decision.conflict), bool(decision.clear))
    why = Why.WITHIN_TOLERANCE if outcome is Outcome.UNCERTAIN else None
    if outcome is not Outcome.CONFLICT and not values.complete:
        outcome, why = Outcome.NOT_ASSESSED, Why.VALUE_UNKNOWN
    return ConditionResult(condition, outcome, why, value=shown, tolerance_m=tolerance_m)
