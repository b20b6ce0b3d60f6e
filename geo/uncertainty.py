"""Positional accuracy: an answer only if no shift of site against layer changes it.

Accuracy is CE95, the radius of the circle that holds 95 % of true positions. The band of a site and
a feature is b = sqrt(CE95_site² + CE95_feature²) + bias. If the true position differs from the drawn
one by a rigid, isotropic shift, that shift is longer than b in at most 5 % of cases; an answer that
holds for every shift up to b is therefore wrong in at most 5 % of cases. Every approximation here
errs to the side of no answer. All geometry is EPSG:4549, and a band passed with it is in plane metres.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from shapely.geometry.base import BaseGeometry

#: Shared area up to this is a trace of drawing, not a conflict.
SLIVER_M2 = 1.0
#: Shared area up to this is the noise of floating point along a shared edge: a square centimetre.
AREA_NOISE_M2 = 1e-4
#: Share up to which two shares are one.
SHARE_NOISE = 1e-9
#: Distance up to which a plane coordinate may be off by floating point.
POSITION_NOISE_M = 1e-6

#: A disc is drawn as a polygon of 4 x this many sides. Its corners lie on the circle, so that its sides run inside it;
#: GEOS rounds the number of sides of a partial arc, so that a side may span half as much again as one of the full disc.
#: Dividing the radius by the cosine of half that span puts every side outside the circle (by up to 0.02 %).
DISC_QUARTER_SIDES = 64
DISC_MARGIN = 1.0 / math.cos(1.5 * math.pi / (4.0 * DISC_QUARTER_SIDES))

#: Accuracies told apart when one layer mixes many; fewer only makes the lower bound more careful.
BANDS_TOLD_APART = 8

Flag = NDArray[np.bool_]


class Decision(NamedTuple):
    """What numbers prove: conflict, clear, or neither; never both. One entry a site or feature."""

    conflict: Flag
    clear: Flag


@dataclass(frozen=True)
class Overlap:
    """How much a site and the union of features share: bounds over all shifts, and as drawn.

    Square metres for an area, metres for a line, a count for points; ``total`` is the site's own.
    """

    low: float
    drawn: float
    high: float
    total: float


def band_m(site_accuracy_m: float, feature_accuracy_m: ArrayLike, bias_m: float = 0.0) -> NDArray[np.float64]:
    """The shift up to which an answer must hold, metres on the ground.

    Unknown (NaN) accuracy gives infinity; less than the noise of coordinates is exact.
    """
    accuracy = np.asarray(feature_accuracy_m, dtype=np.float64)
    band = np.nan_to_num(np.hypot(site_accuracy_m, accuracy) + bias_m, nan=np.inf, posinf=np.inf)
    return np.where(band < POSITION_NOISE_M, 0.0, band)


def widening(shifts: ArrayLike) -> NDArray[np.float64]:
    """How many times longer bands must be so that of several shifts, each on its own, all keep within theirs in 95 %.

    A normal shift is longer than w bands in 0.05^(w²) of cases; Bonferroni's bound allows each 0.05 / shifts.
    """
    return np.asarray(np.sqrt(1.0 + np.log(shifts) / -math.log(0.05)))


def decide_min_distance(distance_m: ArrayLike, band: ArrayLike, limit_m: ArrayLike) -> Decision:
    """Nearer than the limit is a conflict; a site conflicts if any feature does and is clear if all are."""
    distance, tolerance = np.asarray(distance_m), np.asarray(band)
    return Decision(distance + tolerance < limit_m, distance - tolerance >= limit_m)


def decide_max_distance(distance_m: ArrayLike, band: ArrayLike, limit_m: ArrayLike) -> Decision:
    """Farther than the limit is a conflict; a site conflicts if all features do and is clear if any is."""
    distance, tolerance = np.asarray(distance_m), np.asarray(band)
    return Decision(distance - tolerance > limit_m, distance + tolerance <= limit_m)


def decide_overlap_area(
    low_m2: ArrayLike, high_m2: ArrayLike, sliver_m2: float = SLIVER_M2, total_m2: ArrayLike = np.inf
) -> Decision:
    """Shared area above the sliver threshold is a conflict, none at all is clear.

    ``total_m2`` is the site's own: of one that is itself no larger than noise no more is noise than along its outline.
    """
    noise = np.minimum(AREA_NOISE_M2, 4.0 * POSITION_NOISE_M * np.sqrt(total_m2))
    return Decision(np.asarray(low_m2) > max(sliver_m2, AREA_NOISE_M2), np.asarray(high_m2) <= noise)


def decide_overlap_share(low: ArrayLike, high: ArrayLike, total: ArrayLike, share_max: float) -> Decision:
    """A larger share of the site than allowed is a conflict."""
    allowed = share_max + SHARE_NOISE
    return Decision(np.asarray(low) / total > allowed, np.asarray(high) / total <= allowed)


def decide_at_least(low: ArrayLike, sure_low: ArrayLike, limit: float) -> Decision:
    """Of the least value on a site: ``low`` bounds it from below, ``sure_low`` from above."""
    return Decision(np.asarray(sure_low) < limit, np.asarray(low) >= limit)


def decide_at_most(high: ArrayLike, sure_high: ArrayLike, limit: float) -> Decision:
    """Of the greatest value on a site: ``high`` bounds it from above, ``sure_high`` from below."""
    return Decision(np.asarray(sure_high) > limit, np.asarray(high) <= limit)


def grow(geometry: Any, band: ArrayLike) -> Any:
    """All places within a band of a geometry, and at most 0.02 % of the band more; arrays broadcast."""
    return shapely.buffer(geometry, np.asarray(band) * DISC_MARGIN, quad_segs=DISC_QUARTER_SIDES)


def shrink(geometry: BaseGeometry, band: float) -> BaseGeometry:
    """Only places deeper than a band inside a geometry; a point or line has none unless the band is 0."""
    if band == 0.0:
        return geometry
    return shapely.buffer(geometry, -band * DISC_MARGIN, quad_segs=DISC_QUARTER_SIDES)


def size(geometry: BaseGeometry, dimension: int) -> float:
    """Area of a geometry's polygons, length of its lines, or count of its points."""
    if dimension == 2:
        return float(shapely.area(geometry))
    if dimension == 1:
        return float(shapely.length(geometry))
    return float(len(np.unique(shapely.get_coordinates(geometry), axis=0)))


def overlap(site: BaseGeometry, features: NDArray[np.object_], bands: NDArray[np.float64]) -> Overlap:
    """Bounds of what a site shares with polygons over every rigid shift of the layer up to each one's band.

    low is the larger of size(A ∩ shrink(F, b)) and size(shrink(A, b) ∩ F), high is size(A ∩ grow(F, b)).
    """
    dimension = shapely.get_dimensions(site)
    total = size(site, dimension)
    if len(features) == 0:
        return Overlap(0.0, 0.0, 0.0, total)
    drawn = size(shapely.intersection(site, _cover(site, features, 0.0)), dimension)
    low = max((size(shapely.intersection(*pair), dimension) for pair in _cores(site, features, bands)), default=0.0)
    high = size(shapely.intersection(site, _grown_cover(site, features, bands)), dimension)
    return Overlap(min(low, drawn), drawn, max(high, drawn), total)


def surely_meets(site: BaseGeometry, features: NDArray[np.object_], bands: NDArray[np.float64]) -> bool:
    """Whether a site meets the features, boundary counted, under every shift up to each one's band."""
    return any(shapely.intersects(*pair) for pair in _cores(site, features, bands))


def surely_inside(site: BaseGeometry, features: NDArray[np.object_], bands: NDArray[np.float64]) -> bool:
    """Whether polygons together cover a site under every shift: they cover it grown by the band."""
    for band in _bands_apart(bands):
        grown = grow(site, band) if band > 0.0 else site
        if _covers(_cover(site, features[bands <= band], band), grown):
            return True
    return False


def possibly_inside(site: BaseGeometry, features: NDArray[np.object_], bands: NDArray[np.float64]) -> bool:
    """Whether polygons grown by their bands cover a site: if not, no shift puts the site inside them."""
    return len(features) > 0 and _covers(_grown_cover(site, features, bands), site)


def _cores(
    site: BaseGeometry, features: NDArray[np.object_], bands: NDArray[np.float64]
) -> Iterator[tuple[BaseGeometry, BaseGeometry]]:
    """Pairs whose shared part stays shared under every shift up to a band, by the features at least that accurate."""
    for band in _bands_apart(bands):
        cover = _cover(site, features[bands <= band], band)
        yield site, shrink(cover, band)
        if band > 0.0:
            yield shrink(site, band), cover


def _bands_apart(bands: NDArray[np.float64]) -> list[float]:
    known = np.unique(bands[np.isfinite(bands)])
    if len(known) > BANDS_TOLD_APART:
        known = known[np.linspace(0, len(known) - 1, BANDS_TOLD_APART).astype(int)]
    return [float(band) for band in known]


def _cover(site: BaseGeometry, features: NDArray[np.object_], band: float) -> BaseGeometry:
    """The union of features near a site, cut far enough away that the cut is not felt within a band of it."""
    return shapely.union_all(_cut(site, features, band)[0])


def _grown_cover(site: BaseGeometry, features: NDArray[np.object_], bands: NDArray[np.float64]) -> BaseGeometry:
    """The union of features each grown by its own band; everywhere, where one of them may be anywhere."""
    if np.isinf(bands).any():
        return grow(site, 1.0)
    parts, owner = _cut(site, features, float(bands.max()))
    reach = bands[owner]
    return shapely.union_all(np.where(reach > 0.0, grow(parts, reach), parts))


def _cut(
    site: BaseGeometry, features: NDArray[np.object_], band: float
) -> tuple[NDArray[np.object_], NDArray[np.int_]]:
    """The parts of features within two bands of a site, and the feature of each; of areas only their areas."""
    window = _window(site, 2.0 * band)
    parts, owner = shapely.get_parts(shapely.intersection(features, window), return_index=True)
    whole = shapely.get_dimensions(parts) >= np.minimum(shapely.get_dimensions(features)[owner], 2)
    return parts[whole], owner[whole]


def _window(site: BaseGeometry, reach_m: float) -> BaseGeometry:
    west, south, east, north = shapely.bounds(site)
    margin = 1.01 * reach_m + 1.0
    return shapely.box(west - margin, south - margin, east + margin, north + margin)


def _covers(cover: BaseGeometry, body: BaseGeometry) -> bool:
    """Covers, a shared edge counted as covered though floating point puts it off by a hair."""
    return bool(shapely.covers(cover, body) or shapely.covers(shapely.buffer(cover, POSITION_NOISE_M), body))
