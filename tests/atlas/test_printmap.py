"""A printed map tells the truth about scale, north and place, and carries everything that it must say."""

import dataclasses
import math
import re
import shutil
import subprocess
from io import BytesIO

import geopandas
import numpy as np
import pyproj
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from PIL import Image
from shapely.geometry import LineString, MultiPoint, MultiPolygon, Point, box

from atlas.printmap import (
    MapSheet,
    Overview,
    PrintLayer,
    _numbered,
    corners,
    framing,
    furniture,
    hatching,
    labels,
    legend,
    lettering,
    page,
    placing,
    print_map,
    print_series,
)
from geo.crs import to_plane
from layers.errors import DataError
from layers.style import HATCHINGS, LegendRow
from layers.types import Style

GEOD = pyproj.Geod(ellps="GRS80")
CITY = (120.2, 36.0, 120.5, 36.2)
HOSTILE = "$x^2$ {{7*7}} <b> \\alpha_{1} %d 😀 𠮷 \x07"

small_bounds = st.tuples(
    st.floats(119.3, 121.7), st.floats(35.2, 37.2), st.floats(0.001, 1.0), st.floats(0.001, 1.0)
).map(lambda part: (part[0], part[1], min(part[0] + part[2], 121.8), min(part[1] + part[3], 37.3)))
papers = st.tuples(st.floats(80, 400), st.floats(80, 280))


def layer(geometries, **style):
    """A layer of geometries that are named A, B, C …"""
    names = [chr(65 + number) for number in range(len(geometries))]
    frame = geopandas.GeoDataFrame({"name": names, "kind": names}, geometry=list(geometries), crs=4326)
    row = LegendRow("图例 $a$", "#0072b2", "#0072b2", geometry="polygon")
    return PrintLayer("sites", "地址", frame, Style(**style), [row])


def sheet_of(layers=(), **changed):
    """A sheet with all of its words."""
    words = {
        "bounds": CITY,
        "title": "青岛产业布局图谱",
        "language": "zh",
        "sources": ["行政区：天地图；日期 2024", "GSHHG 2.3.7"],
        "compiler": "某某规划院",
        "date": "2026-11-24",
    }
    return MapSheet(list(layers), **{**words, **changed})


def drawn(layers=(), fmt="pdf", **changed):
    """The sheet as a file."""
    return print_map(sheet_of(layers, **changed), fmt)


def words_of(content, tmp_path):
    """The text of a PDF without blanks."""
    if not shutil.which("pdftotext"):
        pytest.skip("pdftotext (poppler-utils) is not installed")
    path = tmp_path / "map.pdf"
    path.write_bytes(content)
    printed = subprocess.run(["pdftotext", "-raw", str(path), "-"], capture_output=True, check=True).stdout.decode()
    return "".join(printed.split())


# --- what a frame shows ---


@given(small_bounds, papers)
def test_frame_shows_all_that_was_asked_for_in_one_scale(bounds, paper):
    frame = framing.frame_of(bounds, *paper)
    corners = np.array([(x, y) for x in (bounds[0], bounds[2]) for y in (bounds[1], bounds[3])])
    placed = frame.on_paper(to_plane(corners))
    assert (placed >= 0).all()
    assert (placed <= np.array(paper)).all()
    assert (frame.east - frame.west) / paper[0] == pytest.approx((frame.north - frame.south) / paper[1])


@given(small_bounds, papers)
def test_scale_bar_is_as_long_on_the_ground_as_it_says(bounds, paper):
    frame = framing.frame_of(bounds, *paper)
    bar = framing.scale_bar(frame, 60.0)
    x, y = frame.centre
    half = bar.paper_mm * frame.metres_a_mm / 2
    back = pyproj.Transformer.from_crs(4549, 4490, always_xy=True)
    start, end = back.transform(x - half, y), back.transform(x + half, y)
    assert GEOD.inv(*start, *end)[2] == pytest.approx(bar.length_m, rel=2e-5)
    assert 60.0 / 2.5 - 1e-6 <= bar.paper_mm <= 60.0 + 1e-9
    # 1:n says that a millimetre of paper is n millimetres of ground
    assert bar.length_m * 1000 / bar.paper_mm == pytest.approx(bar.ratio)


@pytest.mark.parametrize(
    ("longest", "expected"), [(1.0, 1), (1.99, 1), (2.0, 2), (4999, 2000), (5000, 5000), (0.6, 0.5)]
)
def test_round_length(longest, expected):
    assert framing.round_length_m(longest) == pytest.approx(expected)


@pytest.mark.parametrize("longitude", [119.4, 120.0, 120.38, 121.7])
def test_north_leans_towards_the_central_meridian(longitude):
    """The convergence of a transverse Mercator grid is (λ - 120°) sin φ to the first order; east of 120E it is west."""
    frame = framing.frame_of((longitude - 0.01, 36.0, longitude + 0.01, 36.02), 200, 150)
    expected = -(longitude - 120.0) * math.sin(math.radians(36.01))
    assert framing.convergence_deg(frame) == pytest.approx(expected, abs=1e-3)


@pytest.mark.parametrize(
    ("degrees", "is_meridian", "words"),
    [
        (120.0, True, "120°E"),
        (120.5, True, "120°30′E"),
        (36.0 + 5 / 60 + 10 / 3600, False, "36°05′10″N"),
        (-0.25, False, "0°15′S"),
    ],
)
def test_degrees_in_words(degrees, is_meridian, words):
    assert framing.degrees_words(degrees, is_meridian) == words


@given(small_bounds, papers)
def test_graticule_is_round_and_meets_the_edge_where_it_says(bounds, paper):
    frame = framing.frame_of(bounds, *paper)
    lines = framing.graticule(frame)
    assert lines
    back = pyproj.Transformer.from_crs(4549, 4490, always_xy=True)
    for line in lines:
        seconds = line.degrees * 3600
        assert seconds == pytest.approx(round(seconds), abs=1e-6)
        sides = (frame.south, frame.north) if line.is_meridian else (frame.west, frame.east)
        for edge, side in zip(line.edges, sides, strict=True):
            if edge is None:
                continue
            found = back.transform(edge, side)[0] if line.is_meridian else back.transform(side, edge)[1]
            # a tenth of a millimetre of paper, in degrees
            assert found == pytest.approx(line.degrees, abs=0.1 * frame.metres_a_mm / 85_000)


# --- type ---


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=200), st.floats(20, 200), st.integers(1, 4))
def test_lines_are_never_wider_than_their_box(text, width, lines):
    found = lettering.wrapped(text, width, 9.0, lines)
    assert len(found.lines) <= lines
    for line in found.lines:
        assert len(line) == 1 or lettering.width_mm(line, 9.0) <= width + 1e-6
    if found.complete:
        assert "".join("".join(found.lines).split()) == "".join(lettering.drawable(text).split())


def test_a_long_title_ends_in_an_ellipsis():
    found = lettering.wrapped("青" * 500, 180.0, 16.0, 2, bold=True)
    assert len(found.lines) == 2
    assert not found.complete
    assert found.lines[-1].endswith("…")


def test_signs_without_a_glyph_become_squares():
    assert lettering.drawable("青岛\U000f0000\x07") == "青岛□□"


def test_no_line_begins_with_a_full_stop():
    assert not [line for line in lettering.wrapped("青岛，" * 60, 33.0, 9.0, 9).lines if line.startswith("，")]


# --- labels ---


def _frame():
    return framing.frame_of(CITY, 200.0, 150.0)


named_places = st.tuples(st.floats(0, 200), st.floats(0, 150), st.text(alphabet="青岛ab", min_size=1, max_size=9))


def _box_of(placed):
    (x, y), (width, height) = placed.middle, placed.wish.size
    return x - width / 2, y - height / 2, x + width / 2, y + height / 2


@given(st.lists(named_places, max_size=40))
def test_no_label_touches_another_or_leaves_the_map(places):
    wishes = [placing.Wish(words, (x, y), 1.0, False) for x, y, words in places]
    stamp = (0.0, 130.0, 60.0, 150.0)
    placed = placing.place_labels(wishes, _frame().paper_mm, [stamp])
    boxes = [_box_of(label) for label in placed]
    for number, first in enumerate(boxes):
        assert first[0] >= 0 and first[1] >= 0 and first[2] <= 200 and first[3] <= 150
        for second in [*boxes[number + 1 :], stamp]:
            apart = first[2] <= second[0] or second[2] <= first[0] or first[3] <= second[1] or second[3] <= first[1]
            assert apart
    for label, own in zip(placed, boxes, strict=True):
        if label.leader:
            course = LineString(label.leader)
            others = [box(*other) for other in [*boxes, stamp] if other is not own]
            assert not any(course.crosses(other) for other in others), "a leader runs through another name"
            assert course.distance(box(*own)) <= placing.CLEARANCE_MM + 1e-6


def test_a_name_without_room_beside_its_point_is_led_to_it_from_a_little_away():
    around = [
        (102.0, 74.4, 103.0, 75.6),
        (97.0, 74.4, 98.0, 75.6),
        (99.5, 76.5, 100.5, 77.0),
        (99.5, 73.0, 100.5, 73.5),
    ]
    wish = placing.Wish("姜山", (100.0, 75.0), 1.0, False)
    (free,) = placing.place_labels([wish], _frame().paper_mm, around[1:2])
    assert free.leader is None
    (led,) = placing.place_labels([wish], _frame().paper_mm, symbols=around)
    assert not placing.place_labels([wish], _frame().paper_mm, [(98.0, 73.0, 102.0, 77.0)]), "its symbol is covered"
    assert math.dist(led.leader[0], wish.place) == pytest.approx(1.0), "from where the symbol ends"
    assert math.dist(*led.leader) == pytest.approx(placing.LEADERS_MM[0])
    shut_in = [
        (80.0, 76.0, 120.0, 95.0),
        (80.0, 55.0, 120.0, 74.0),
        (80.0, 55.0, 99.0, 95.0),
        (101.0, 55.0, 120.0, 95.0),
    ]
    assert not placing.place_labels([wish], _frame().paper_mm, shut_in)


def test_a_map_too_full_of_names_is_not_full_of_leaders():
    places = [(10.0 + 1.8 * column, 10.0 + 1.3 * row) for column in range(100) for row in range(100)]
    wishes = [placing.Wish(f"企业{number}", place, 1.0, False) for number, place in enumerate(places)]
    symbols = [(x - 0.4, y - 0.4, x + 0.4, y + 0.4) for x, y in places]
    placed = placing.place_labels(wishes, _frame().paper_mm, symbols=symbols)
    assert placed, "at the edge there is room"
    assert sum(label.leader is not None for label in placed) <= placing.MOST_LED


def test_a_name_that_leaves_its_area_is_led_into_it():
    small = placing.Wish("市南区", (100.0, 75.0), 1.0, True, room_mm=2.0)
    symbol, beside = (99.5, 74.5, 100.5, 75.5), [(93.0, 74.0, 97.0, 79.0), (103.0, 74.0, 107.0, 79.0)]
    (led,) = placing.place_labels([small], _frame().paper_mm, [symbol, *beside])
    (start, end) = led.leader
    assert math.dist(start, small.place) < small.room_mm, "it begins inside the area"
    assert abs(led.middle[1] - end[1]) < small.size[1], "and ends at the name"
    wide = dataclasses.replace(small, room_mm=20.0)
    (inside,) = placing.place_labels([wide], _frame().paper_mm, [symbol, *beside])
    assert inside.middle == led.middle
    assert inside.leader is None


def test_a_label_with_room_is_placed_to_the_right_of_its_point():
    (placed,) = placing.place_labels([placing.Wish("青岛", (100.0, 75.0), 1.0, False)], _frame().paper_mm)
    assert placed.middle[1] == 75.0
    assert placed.middle[0] - placed.wish.size[0] / 2 == pytest.approx(101.0)


def test_the_largest_places_are_named_first_and_unknown_ones_last():
    towns = layer([Point(120.3 + 0.01 * number, 36.1) for number in range(4)], label="name", label_rank="population")
    towns.frame["population"] = [2_000.0, None, 500_000.0, 30_000.0]
    named = [wish.words for wish in labels.wishes_of(towns, sheet_of([towns]).frame)]
    assert named == ["C", "D", "A", "B"]


def test_one_name_for_many_statements_about_one_place():
    wish = placing.Wish("远海", (100.0, 75.0), 1.0, True)
    assert len(placing.place_labels([wish] * 9, _frame().paper_mm)) == 1


# --- the sheet ---


def test_a_scale_that_asks_too_much_of_the_outlines_is_stamped(tmp_path):
    """800 m are 16 mm at 1:50,000, and 0.8 mm at 1:1,000,000."""
    near = sheet_of(bounds=(120.3, 36.05, 120.32, 36.06), scale=50_000, accuracy_m=800.0)
    assert "界线精度 800 m，合图上 16 mm：只作示意" in near.all_stamps
    assert "界线精度800m" in words_of(print_map(near, "pdf"), tmp_path)
    assert len(sheet_of(scale=1_000_000, accuracy_m=800.0).all_stamps) == 1
    assert len(sheet_of(bounds=(120.3, 36.05, 120.32, 36.06)).all_stamps) == 1


def test_everything_that_must_be_said_stands_on_the_map(tmp_path):
    content = drawn([layer([box(*CITY)], label="name")], stamps=["示例数据（虚构）", "内部资料"])
    words = words_of(content, tmp_path)
    for said in (
        "青岛产业布局图谱",
        "图例$a$",
        "行政区：天地图；日期2024",
        "GSHHG2.3.7",
        "EPSG:4549",
        "CGCS2000",
        "某某规划院",
        "2026-11-24",
        "示例数据（虚构）",
        "内部资料",
        "未经审图，不得公开",
        "北",
        "km",
        "120°30′E",
        "36°N",
    ):
        assert said in words, said


def test_an_approval_number_of_this_export_takes_the_place_of_the_warning(tmp_path):
    words = words_of(drawn(approval_number="鲁SG(2026)001号"), tmp_path)
    assert "鲁SG(2026)001号" in words
    assert "未经审图" not in words


@pytest.mark.parametrize("size", ["A4", "A3", "16:9", "report"])
@pytest.mark.parametrize(("orientation", "language"), [("landscape", "zh"), ("portrait", "en")])
def test_every_sheet_has_room_for_its_parts(size, orientation, language, tmp_path):
    content = drawn([layer([Point(120.3, 36.1)])], size=size, orientation=orientation, language=language)
    assert "某某规划院" in words_of(content, tmp_path)
    sheet = page.page_of(size, orientation, page.Heights(10.0, 20.0, 30.0), has_inset=True)
    for part in (sheet.title, sheet.map, sheet.legend, sheet.notes, sheet.inset):
        assert part.width > 0 and part.height > 0
        assert part.x >= 0 and part.y >= 0 and part.right <= sheet.width and part.top <= sheet.height
    below_title = max(part.top for part in (sheet.map, sheet.legend, sheet.notes, sheet.inset))
    assert below_title <= sheet.title.y


def test_hostile_words_are_literal(tmp_path):
    hostile = layer([Point(120.3, 36.1), box(120.35, 36.05, 120.45, 36.15)], label="name")
    hostile.frame["name"] = HOSTILE
    words = words_of(drawn([hostile], title=HOSTILE, sources=[HOSTILE], compiler=HOSTILE), tmp_path)
    assert words.count("$x^2${{7*7}}<b>\\alpha_{1}%d") >= 4


@pytest.mark.parametrize("fmt", ["png", "svg", "pdf"])
def test_a_title_of_500_signs_and_60_sources_still_make_a_map(fmt):
    assert drawn(title="布局" * 250, sources=[f"来源 {number} " + "甲" * 80 for number in range(60)], fmt=fmt)


def test_small_print_shrinks_before_anything_is_cut():
    few = furniture.note_of(["来源"] * 3, 200.0, 40.0)
    many = furniture.note_of(["来源"] * 16, 200.0, 40.0)
    assert few.points == furniture.NOTE_POINTS
    assert furniture.SMALLEST_NOTE_POINTS <= many.points < few.points
    assert len(many.lines) == 16
    assert many.height <= 40.0


def test_a_legend_that_is_too_long_says_how_much_is_left_out():
    rows = [LegendRow(f"类别 {number}", "#0072b2", "#000000") for number in range(200)]
    full = PrintLayer("a", "甲", layer([]).frame, Style(), rows)
    placed, left = legend.shelve(legend.legend_entries([full]), page.Box(0, 0, 60, 100))
    shown = sum(shelved.entry.row is not None for shelved in placed)
    assert 0 < shown < 200
    assert shown + left == 200


def test_a_heading_stays_with_its_first_row():
    rows = [LegendRow(f"类别 {number}", "#0072b2", "#000000") for number in range(2)]
    several = [PrintLayer(str(number), f"图层 {number}", layer([]).frame, Style(), rows) for number in range(12)]
    placed, _ = legend.shelve(legend.legend_entries(several), page.Box(0, 0, 180, 60))
    for heading, row in zip(placed, placed[1:], strict=False):
        if heading.entry.row is None:
            assert row.x == heading.x


@pytest.mark.parametrize(("size", "pixels"), [("A4", (3508, 2480)), ("16:9", (4000, 2250))])
def test_png_is_as_large_as_its_sheet(size, pixels):
    image = Image.open(BytesIO(drawn(fmt="png", size=size)))
    # 297 mm at 300 dots an inch are 3507.9 dots
    assert abs(image.size[0] - pixels[0]) <= 1
    assert abs(image.size[1] - pixels[1]) <= 1


def _centre_of_colour(content, colour, tolerance=12):
    pixels = np.asarray(Image.open(BytesIO(content)).convert("RGB")).astype(int)
    rows, columns = np.nonzero(np.abs(pixels - colour).sum(axis=2) < tolerance)
    return columns.mean(), pixels.shape[0] - rows.mean(), len(rows)


def test_a_point_stands_on_the_meridian_and_parallel_of_its_coordinates():
    """Two maps of one extent: the distance between two symbols on paper is that of their places in the plane."""
    style = {"fill": "#ff00ff", "stroke": "#ff00ff", "fill_opacity": 1.0, "radius": 6.0}
    first, second = (120.25, 36.05), (120.45, 36.15)
    places = []
    for point in (first, second):
        content = drawn([layer([Point(point)], **style)], fmt="png", size="report")
        x, y, count = _centre_of_colour(content, (255, 0, 255))
        assert count > 50
        places.append((x, y))
    shift = np.subtract(*places[::-1])
    expected = to_plane(np.array([second]))[0] - to_plane(np.array([first]))[0]
    assert shift[0] / shift[1] == pytest.approx(expected[0] / expected[1], rel=5e-3)
    assert shift[0] > 0 and shift[1] > 0


def test_the_scale_bar_stands_where_it_hides_least():
    west, east = box(120.2, 36.0, 120.3, 36.1), box(120.4, 36.0, 120.5, 36.1)

    def side(areas, **changed):
        sheet = sheet_of(areas, **changed)
        left, right = furniture.scale_boxes(sheet.frame, sheet.page.map, "zh")
        found = corners.emptiest((left, right), sheet.page.map, sheet.frame, sheet.layers, sheet.focus)
        return "left" if found == left else "right"

    assert side([]) == "left"
    assert side([layer([west])]) == "right"
    assert side([layer([east])]) == "left"
    assert side([layer([Point(120.21, 36.005)])]) == "right"
    assert side([dataclasses.replace(layer([west]), id="land")]) == "left", "the ground hides nothing"
    assert side([layer([east])], focus=west) == "right", "a page of a series shows what it is about"


def test_hatching_leaves_the_ground_visible_and_a_fill_does_not():
    ink = {"fill": "#ff0000", "stroke": "#ff0000", "fill_opacity": 1.0}
    shares = {}
    for pattern in ("solid", "hatch", "none"):
        content = drawn([layer([box(*CITY)], pattern=pattern, **ink)], fmt="png", size="report")
        shares[pattern] = _centre_of_colour(content, (255, 0, 0), 150)[2]
    assert shares["solid"] > 4 * shares["hatch"] > 0
    assert shares["hatch"] > 2 * shares["none"]


def test_categories_choose_colours_and_an_unknown_value_has_its_own():
    style = {"category": "kind", "palette": {"A": "#ff0000"}, "fill_opacity": 1.0, "stroke_width": 0.1}
    halves = [box(120.2, 36.0, 120.35, 36.2), box(120.35, 36.0, 120.5, 36.2)]
    content = drawn([layer(halves, **style)], fmt="png", size="report")
    assert _centre_of_colour(content, (255, 0, 0))[2] > 10_000
    assert _centre_of_colour(content, (0xC9, 0xD0, 0xD4))[2] > 10_000


def test_sea_is_drawn_no_further_than_the_land_layer_reaches():
    land = dataclasses.replace(layer([box(120.2, 36.0, 120.25, 36.2), box(120.3, 36.0, 120.35, 36.2)]), id="land")
    content = drawn([land], fmt="png", size="report")
    known, unknown = ((0xD8, 0xE7, 0xEE), (0xF7, 0xF7, 0xF4))
    sea, _, extent = _centre_of_colour(content, known, 1)
    nothing, _, beyond = _centre_of_colour(content, unknown, 1)
    assert 0 < extent < beyond
    assert sea < nothing, "the east, of which nothing is known, is not sea"


def test_holes_lines_parts_and_missing_places_are_drawn():
    ring = box(120.25, 36.05, 120.45, 36.15).difference(box(120.3, 36.08, 120.4, 36.12))
    course = LineString([(120.2, 36.0), (120.5, 36.2)])
    many = layer([ring, course, MultiPolygon([box(*CITY)]), None, Point(120.3, 36.1)])
    assert drawn([many], fmt="png", size="report")


def test_shared_edges_cut_at_the_frame_lose_nothing():
    assert drawn([layer([box(100, 20, 140, 50)], pattern="hatch")], bounds=(120.3, 36.1, 120.3001, 36.1001), fmt="svg")


@pytest.mark.parametrize("fmt", ["png", "svg", "pdf"])
def test_same_bytes_twice(fmt, monkeypatch):
    content = [layer([box(120.25, 36.05, 120.45, 36.15)], pattern="hatch", label="name", dash="6 4")]
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    first = drawn(content, fmt=fmt)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1000000000")
    assert drawn(content, fmt=fmt) == first


def test_pdf_embeds_chinese_type_as_truetype(tmp_path):
    if not shutil.which("pdffonts"):
        pytest.skip("pdffonts (poppler-utils) is not installed")
    path = tmp_path / "map.pdf"
    many_signs = "".join(chr(0x4E00 + number) for number in range(400))
    path.write_bytes(drawn(sources=[many_signs, "2021年 EPSG:4549"]))
    listed = subprocess.run(["pdffonts", str(path)], capture_output=True, check=True).stdout.decode()
    assert "NotoSansSC" in listed
    assert "TrueType" in listed
    assert "Type 3" not in listed
    assert listed.count("NotoSansSC-Regular") == 1, "embedded once, however many signs of it are used"


def test_svg_asks_for_nothing():
    content = drawn([layer([box(*CITY)])], fmt="svg").decode()
    assert "<script" not in content
    assert 'href="http' not in content


# --- scale, small map, signs ---


@given(small_bounds, papers, st.floats(500, 5e6))
def test_a_stated_scale_is_true_at_the_middle(bounds, paper, ratio):
    """1:n on the ground: the geodesic across the frame's middle is n times its width on paper, to 0.5 %."""
    frame = framing.at_scale(framing.frame_of(bounds, *paper), ratio)
    back = pyproj.Transformer.from_crs(4549, 4490, always_xy=True)
    x, y = frame.centre
    half = min((frame.east - frame.west) / 2, 20_000)
    start, end = back.transform(x - half, y), back.transform(x + half, y)
    millimetres = 2 * half / frame.metres_a_mm
    assert GEOD.inv(*start, *end)[2] * 1000 / millimetres == pytest.approx(ratio, rel=5e-3)
    assert framing.ratio_of(frame) == pytest.approx(ratio)


@pytest.mark.parametrize(
    ("ratio", "expected"), [(1000, 1000), (1001, 1500), (2400, 2500), (50_000, 50_000), (81_000, 100_000)]
)
def test_a_round_scale_is_never_larger_than_what_fits(ratio, expected):
    assert framing.round_ratio(ratio) == pytest.approx(expected)


def test_a_round_scale_shows_all_and_is_written_without_about(tmp_path):
    sheet = sheet_of([layer([box(*CITY)])], round_scale=True)
    corners = to_plane(np.array([(x, y) for x in (CITY[0], CITY[2]) for y in (CITY[1], CITY[3])]))
    placed = sheet.frame.on_paper(corners)
    assert (placed >= 0).all()
    assert (placed <= (sheet.page.map.width, sheet.page.map.height)).all()
    words = words_of(print_map(sheet), tmp_path)
    assert "1:150,000" in words
    assert "约" not in words


def test_a_scale_that_cannot_show_all_is_refused_with_one_that_can():
    with pytest.raises(DataError) as refused:
        drawn(scale=10_000.0)
    assert refused.value.code == "scale_too_large"
    smallest = float(refused.value.values["smallest"].removeprefix("1:").replace(",", ""))
    assert sheet_of(scale=smallest).frame
    with pytest.raises(DataError):
        drawn(scale=smallest / 2)


def test_an_extent_without_size_is_shown_with_what_lies_around_it(tmp_path):
    sheet = sheet_of([layer([Point(120.3, 36.1)])], bounds=(120.3, 36.1, 120.3, 36.1))
    assert min(sheet.frame.east - sheet.frame.west, sheet.frame.north - sheet.frame.south) >= framing.SMALLEST_SIDE_M
    assert "青岛产业布局图谱" in words_of(print_map(sheet), tmp_path)


@pytest.mark.parametrize(("degrees", "words"), [(0.2333, "+0°14′"), (-1.0, "−1°00′"), (0.001, "0°00′")])
def test_convergence_in_words(degrees, words):
    assert furniture.convergence_words(degrees) == words


def _overview():
    districts = [box(119.5, 35.5, 120.3, 37.1), box(120.3, 36.0, 120.45, 36.2), box(120.45, 35.5, 121.0, 37.1)]
    return Overview(layer(districts).frame, (120.3, 36.0, 120.45, 36.2))


def test_the_small_map_shows_where_a_part_lies_and_enlarges_the_middle_of_the_whole(tmp_path):
    part = words_of(drawn(overview=_overview()), tmp_path)
    whole = words_of(drawn(overview=_overview(), bounds=(119.5, 35.5, 121.0, 37.1)), tmp_path)
    assert "本图位置" in part and "中心城区放大" not in part
    assert "中心城区放大" in whole and "本图位置" not in whole


def test_signs_that_no_typeface_has_are_told_by_their_codes(tmp_path):
    named = layer([Point(120.3, 36.1)], label="name")
    named.frame["name"] = "𠮷家庄"
    words = words_of(drawn([named]), tmp_path)
    assert "□家庄" in words
    assert "共1个：U+20BB7" in words
    assert "U+" not in words_of(drawn([layer([Point(120.3, 36.1)], label="name")]), tmp_path)


def test_200_layers_leave_a_map_and_the_legend_says_what_it_leaves_out(tmp_path):
    row = LegendRow("图例", "#0072b2", "#0072b2")
    many = [PrintLayer(f"a{n}", f"图层{n}", layer([]).frame, Style(), [row]) for n in range(200)]
    sheet = sheet_of(many, overview=_overview())
    assert sheet.page.map.width > 150 and sheet.page.map.height > 100
    words = words_of(print_map(sheet), tmp_path)
    assert sheet.shelves.points == legend.SMALLEST_LEGEND_POINTS
    assert f"另有{200 - words.count('图例') + 1}项" in words


@given(
    st.lists(st.tuples(st.floats(0, 100), st.floats(0, 100)), min_size=3, max_size=8),
    st.sampled_from(sorted(HATCHINGS)),
    st.floats(0.5, 5),
)
def test_hatching_fills_an_area_and_nothing_else(corners, pattern, spacing):
    """Lines s apart over an area A are A / s long together, but for what the first and the last line miss."""
    area = MultiPoint(corners).convex_hull
    assume(area.geom_type == "Polygon" and area.area > 100)
    courses = hatching.hatch_lines(area, pattern, spacing)
    lines = [LineString(course) for course in courses]
    assert all(area.buffer(1e-6).covers(line) for line in lines)
    assert sum(line.length for line in lines) * spacing == pytest.approx(area.area, abs=2 * spacing * area.length)
    turns = {round(math.degrees(math.atan2(*(c[-1] - c[0])[::-1])) % 180, 3) % 180 for c in courses if len(c) > 1}
    assert all(abs((turn - HATCHINGS[pattern] + 90) % 180 - 90) < 0.1 for turn in turns)


# --- a series ---


def _series(names=("甲区", "乙区", "丙区"), **changed):
    areas = [box(120.2 + 0.1 * n, 36.0, 120.3 + 0.1 * n, 36.2) for n in range(len(names))]
    shown = layer(areas, label="name")
    shown.frame["name"] = list(names)
    cover = sheet_of([shown], overview=_overview(), **changed)
    pages = [
        (name, dataclasses.replace(cover, title=f"图册 · {name}", focus=area, bounds=area.bounds))
        for name, area in zip(names, areas, strict=True)
    ]
    seen = []
    return print_series(dataclasses.replace(cover, overview=None), pages, lambda *done: seen.append(done)), seen


def _pages(content, tmp_path):
    path = tmp_path / "series.pdf"
    path.write_bytes(content)
    printed = subprocess.run(["pdftotext", "-layout", str(path), "-"], capture_output=True, check=True).stdout.decode()
    return printed.split("\f")[:-1]


@pytest.mark.skipif(not shutil.which("pdftotext"), reason="pdftotext (poppler-utils) is not installed")
def test_a_series_has_contents_and_a_numbered_page_for_each_name(tmp_path):
    content, seen = _series()
    pages = _pages(content, tmp_path)
    assert len(pages) == 4
    assert seen == [(0, 4), (1, 4), (2, 4), (3, 4), (4, 4)]
    for number, name in enumerate(("甲区", "乙区", "丙区"), start=2):
        assert re.search(rf"{name}\s+{number}\b", pages[0]), name
        assert f"{number} {name}" in pages[0], "the number on the map"
        assert f"图册 · {name}" in pages[number - 1]
        assert f"第 {number} 页，共 4 页" in pages[number - 1]
        assert "未经审图，不得公开" in pages[number - 1]
    assert _series()[0] == content


@pytest.mark.skipif(not shutil.which("pdftotext"), reason="pdftotext (poppler-utils) is not installed")
def test_contents_that_are_too_long_go_on_on_a_further_page():
    names = [f"{number}区" for number in range(80)]
    areas = [box(120.2, 36.0, 120.3, 36.2)] * len(names)
    cover = sheet_of([])
    sheets = [(name, dataclasses.replace(cover, focus=area)) for name, area in zip(names, areas, strict=True)]
    fronts, pages = _numbered(cover, sheets)
    listed = [line for front in fronts for line in front.contents]
    assert len(fronts) > 1
    assert [line.name for line in listed] == names
    assert [line.page for line in listed] == [len(fronts) + 1 + number for number in range(80)]
    assert len(pages) == 80


@pytest.mark.skipif(not shutil.which("pdftohtml"), reason="pdftohtml (poppler-utils) is not installed")
def test_a_viewer_lists_the_pages_of_a_series(tmp_path):
    path = tmp_path / "series.pdf"
    path.write_bytes(_series(("甲区", "B <district> & (c)", "丙区"))[0])
    ran = subprocess.run(["pdftohtml", "-xml", "-i", "-stdout", str(path)], capture_output=True, check=True)
    listed = re.findall(r'<item page="(\d+)">(.*)</item>', ran.stdout.decode())
    assert listed == [("1", "目录"), ("2", "甲区"), ("3", "B &lt;district&gt; &amp; (c)"), ("4", "丙区")]
    assert not ran.stderr


def test_what_a_page_is_not_about_is_dimmed():
    west, east = box(120.2, 36.0, 120.35, 36.2), box(120.35, 36.0, 120.5, 36.2)
    both = layer([west, east], fill="#ff0000", fill_opacity=1.0, stroke="#ff0000")
    everywhere = _centre_of_colour(drawn([both], fmt="png", size="report"), (255, 0, 0))[2]
    clear = _centre_of_colour(drawn([both], fmt="png", size="report", focus=west), (255, 0, 0))[2]
    assert clear == pytest.approx(everywhere / 2, rel=0.1)


def test_unknown_size_and_format_are_refused():
    with pytest.raises(ValueError, match="A5"):
        drawn(size="A5")
    with pytest.raises(ValueError, match="exe"):
        drawn(fmt="exe")
