"""Where names stand on a map: none upon another, in the order of their importance.

First every name is given a place beside or in its feature; those that find none are then set a little away, with a
line that leads to the feature. A name that still finds no room is left out.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product

from atlas.printmap.lettering import POINTS_A_MM, width_mm

LABEL_POINTS = 6.6
AREA_LABEL_POINTS = 7.6
MOST_LABELS = 400
CLEARANCE_MM = 0.5
#: The same name is not written twice so near.
SAME_NAME_MM = 30.0
#: How far a name stands from its feature at the end of a leader, and in which directions: slanted ones read best.
LEADERS_MM = (3.0, 5.5, 8.0)
LEADER_DEGREES = (35, -35, 145, -145, 0, 180, 90, -90)
#: A leader begins so far from the middle of an area to its rim, for in the middle stands what took the name's place.
IN_AREA_SHARE = 0.6
#: A map with more names without a place is too full for leaders: the first of them are tried.
MOST_LED = 60
#: A leader keeps this much room to both sides.
LEADER_RIM_MM = 0.35
#: The side of a square of the map by which what is taken is found.
SQUARE_MM = 8.0

Place = tuple[float, float]
Rectangle = tuple[float, float, float, float]


@dataclass(frozen=True)
class Wish:
    """A name that wants a place: where its feature is (millimetres on the map), and how near it may come.

    ``room_mm`` is the radius of the circle around the place that an area fills.
    """

    words: str
    place: Place
    away_mm: float
    is_area: bool
    is_dimmed: bool = False
    room_mm: float = 0.0

    @property
    def points(self) -> float:
        """The size of its type."""
        return AREA_LABEL_POINTS if self.is_area else LABEL_POINTS

    @property
    def size(self) -> tuple[float, float]:
        """Width and height on paper."""
        return width_mm(self.words, self.points), self.points / POINTS_A_MM


@dataclass(frozen=True)
class Placed:
    """A name with its place, millimetres of its middle on the map, and the ends of the line that leads there."""

    wish: Wish
    middle: Place
    leader: tuple[Place, Place] | None = None


class _Room:
    """What is taken of a map, kept by squares of it, so that a question looks at its neighbourhood alone."""

    def __init__(self, frame_mm: tuple[float, float], taken: Iterable[Rectangle]) -> None:
        self.width, self.height = frame_mm
        self.taken: defaultdict[tuple[int, int], list[Rectangle]] = defaultdict(list)
        self.take(taken)

    def fits(self, rectangle: Rectangle) -> bool:
        """Whether the rectangle touches nothing that is taken, and does not leave the map."""
        left, below, right, above = rectangle
        if left <= 0 or below <= 0 or right >= self.width or above >= self.height:
            return False
        return not any(
            left < other[2] and other[0] < right and below < other[3] and other[1] < above
            for square in _squares(rectangle)
            for other in self.taken.get(square, ())
        )

    def take(self, rectangles: Iterable[Rectangle]) -> None:
        """Nothing else may stand there."""
        for rectangle in rectangles:
            for square in _squares(rectangle):
                self.taken[square].append(rectangle)


def _squares(rectangle: Rectangle) -> Iterator[tuple[int, int]]:
    left, below, right, above = (int(side // SQUARE_MM) for side in rectangle)
    return product(range(left, right + 1), range(below, above + 1))


def place_labels(
    wishes: Iterable[Wish],
    frame_mm: tuple[float, float],
    covered: Sequence[Rectangle] = (),
    symbols: Sequence[Rectangle] = (),
) -> list[Placed]:
    """Placement in the order of ``wishes`` on a map of this width and height.

    No name enters what is ``covered`` by a stamp or a scale bar, or stands on one of the ``symbols``; a symbol that is
    covered is not named.
    """
    room = _Room(frame_mm, [*covered, *symbols])
    placed: list[Placed] = []
    waiting: list[Wish] = []
    for wish in dict.fromkeys(wishes):
        if not wish.is_area and _is_within(wish.place, covered):
            continue
        if len(placed) < MOST_LABELS and not _is_repeated(wish, placed) and not _set(wish, _near(wish), room, placed):
            waiting.append(wish)
    for wish in [wish for wish in waiting if not wish.is_dimmed][:MOST_LED]:
        if len(placed) < MOST_LABELS and not _is_repeated(wish, placed):
            _set(wish, _led(wish), room, placed)
    return placed


def _set(wish: Wish, choices: Iterable[Placed], room: _Room, placed: list[Placed]) -> bool:
    """Take the first choice that fits; whether there is one."""
    for choice in choices:
        name = _rectangle(choice.middle, wish.size)
        if room.fits(name) and all(map(room.fits, leader := _along(choice))):
            room.take([name, *leader])
            placed.append(choice)
            return True
    return False


def _is_within(place: Place, rectangles: Iterable[Rectangle]) -> bool:
    x, y = place
    return any(left <= x <= right and below <= y <= above for left, below, right, above in rectangles)


def _rectangle(middle: Place, size: tuple[float, float]) -> Rectangle:
    half_x, half_y = size[0] / 2 + CLEARANCE_MM, size[1] / 2 + CLEARANCE_MM
    return middle[0] - half_x, middle[1] - half_y, middle[0] + half_x, middle[1] + half_y


def _along(choice: Placed) -> list[Rectangle]:
    """A leader as small squares, from where its symbol ends."""
    if choice.leader is None:
        return []
    (x, y), end = choice.leader
    length = math.dist((x, y), end)
    right, up = ((end[0] - x) / length, (end[1] - y) / length) if length else (0.0, 0.0)
    begins = 0.0 if choice.wish.is_area else 0.5 * choice.wish.away_mm
    rim = LEADER_RIM_MM
    steps = (begins + 2 * rim * number for number in range(max(math.ceil((length - begins) / (2 * rim)), 0)))
    middles = ((x + right * step, y + up * step) for step in steps)
    return [(east - rim, north - rim, east + rim, north + rim) for east, north in middles]


def _near(wish: Wish) -> Iterator[Placed]:
    """Places for a name, the best first: an area's in its middle, a point's to the right, left, above, below."""
    x, y = wish.place
    width, height = wish.size
    if wish.is_area:
        for rows in (0.0, 1.0, -1.0, 1.8, -1.8):
            yield from _in_or_beside(wish, rows * height)
        for side in (0.6, -0.6):
            yield Placed(wish, (x + side * width / 2, y))
        return
    aside, above = wish.away_mm + width / 2, wish.away_mm + height / 2
    sides = [(aside, 0.0), (-aside, 0.0), (0.0, above), (0.0, -above)]
    corners = [(aside, above), (aside, -above), (-aside, above), (-aside, -above)]
    for right, up in (*sides, *corners):
        yield Placed(wish, (x + right, y + up))


def _in_or_beside(wish: Wish, up: float) -> Iterator[Placed]:
    """A name that had to leave its area's roomy middle is led back to it where a line finds its way."""
    (x, y), height = wish.place, wish.size[1]
    middle = (x, y + up)
    if abs(up) > max(wish.room_mm, height):
        start = y + math.copysign(IN_AREA_SHARE * wish.room_mm, up)
        yield Placed(wish, middle, ((x, start), (x, middle[1] - math.copysign(height / 2 + CLEARANCE_MM, up))))
    yield Placed(wish, middle)


def _led(wish: Wish) -> Iterator[Placed]:
    """Places a little away, at the end of a leader."""
    x, y = wish.place
    width, height = wish.size
    start = 0.0 if wish.is_area else wish.away_mm
    for length in LEADERS_MM:
        for degrees in LEADER_DEGREES:
            right, up = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
            end = (x + right * (start + length), y + up * (start + length))
            aside = 0.0 if abs(right) < 0.1 else math.copysign(width / 2 + CLEARANCE_MM, right)
            above = math.copysign(height / 2 + CLEARANCE_MM, up) if not aside else 0.0
            yield Placed(wish, (end[0] + aside, end[1] + above), ((x + right * start, y + up * start), end))


def _is_repeated(wish: Wish, placed: Sequence[Placed]) -> bool:
    """Whether the same name stands already where this one would: a district, and what the plan says of all of it."""
    return any(
        other.wish.words == wish.words and math.dist(other.wish.place, wish.place) < SAME_NAME_MM for other in placed
    )
