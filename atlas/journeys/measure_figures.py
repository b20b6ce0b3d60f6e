"""Charts for taking away, as PNG or SVG: a ranking with intervals, a Lorenz curve, the table of places and sectors."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from io import BytesIO
from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from atlas.journeys.measure_classes import HEAT_STOPS
from atlas.journeys.measure_series import LorenzPoint, Ranked
from atlas.printmap import SETTINGS
from atlas.printmap.lettering import drawable, face
from atlas.texts import text
from layers.style import ACCENT

INK, PALE, STAMP = "#22303a", "#9aa7b0", "#a8321a"
DOTS_AN_INCH = 180
WIDTH, ROW_HEIGHT, RIM = 8.0, 0.3, 1.5
#: The table's colours end at 1/8 and at 8 times the mix of the base.
HEAT_LOG2_MAX = float(np.log2(HEAT_STOPS[-1][0]))


def ranking_figure(entries: Sequence[Ranked], title: str, note: str, language: str, fmt: str) -> bytes:
    """Quotients with their intervals on a log axis, the largest on top."""

    def draw(axes: Axes) -> None:
        rows = np.arange(len(entries))[::-1]
        least = min([entry.low for entry in entries if entry.low > 0] + [0.1]) * 0.8
        for row, entry in zip(rows, entries, strict=True):
            axes.plot([max(entry.low, least), entry.high], [row, row], color=PALE, linewidth=2.4, zorder=1)
            axes.plot([entry.value], [row], "o", color=ACCENT, markersize=6, zorder=2)
        axes.set_xscale("log")
        axes.axvline(1.0, color=INK, linewidth=0.8, linestyle=(0, (4, 3)), zorder=0)
        ticks = [tick for tick in (0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20) if least <= tick]
        axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
        axes.minorticks_off()
        axes.set_yticks(rows, [drawable(entry.name) for entry in entries])
        axes.set_xlabel(text("measurepage.axis_quotient_log", language))

    return _figure(draw, title, note, max(2.6, RIM + ROW_HEIGHT * len(entries)), fmt)


def lorenz_figure(points: Sequence[LorenzPoint], title: str, note: str, language: str, fmt: str) -> bytes:
    """The curve against the diagonal."""

    def draw(axes: Axes) -> None:
        x, y = [point.base for point in points], [point.sector for point in points]
        axes.plot([0, 1], [0, 1], color=PALE, linewidth=1.0, linestyle=(0, (4, 3)))
        axes.fill_between(x, x, y, color=ACCENT, alpha=0.12, linewidth=0)
        axes.plot(x, y, color=ACCENT, linewidth=1.8, marker="o", markersize=3.5)
        axes.set(xlim=(0, 1), ylim=(0, 1), aspect="equal")
        axes.set_xlabel(text("measurepage.axis_base", language))
        axes.set_ylabel(text("measurepage.axis_sector", language))

    return _figure(draw, title, note, 6.2, fmt)


def heat_figure(fields: Sequence[Mapping[str, Any]], title: str, note: str, language: str, fmt: str) -> bytes:
    """Categories down, places across; a dot where the plan names the category."""
    categories = list(dict.fromkeys(field["category"] for field in fields))
    places = list(dict.fromkeys(field["name"] for field in fields))

    def draw(axes: Axes) -> None:
        values = np.full((len(categories), len(places)), np.nan)
        for field in fields:
            if field["quotient"] is not None:
                row, column = categories.index(field["category"]), places.index(field["name"])
                values[row, column] = np.log2(max(field["quotient"], 2**-HEAT_LOG2_MAX))
        colours = LinearSegmentedColormap.from_list("quotients", _stops())
        image = axes.pcolormesh(values, cmap=colours, vmin=-HEAT_LOG2_MAX, vmax=HEAT_LOG2_MAX, edgecolor="white")
        for field in fields:
            if field["named"]:
                at = places.index(field["name"]) + 0.5, categories.index(field["category"]) + 0.5
                axes.plot(*at, "o", color=INK, markersize=4, markeredgecolor="white", markeredgewidth=0.6)
        axes.set_xticks(np.arange(len(places)) + 0.5, [drawable(place) for place in places], rotation=35, ha="right")
        axes.set_yticks(np.arange(len(categories)) + 0.5, [drawable(category) for category in categories])
        axes.invert_yaxis()
        axes.tick_params(length=0)
        bar = axes.figure.colorbar(image, ax=axes, shrink=0.8, pad=0.02)
        ticks = [-3, -2, -1, 0, 1, 2, 3]
        bar.set_ticks(ticks, labels=[f"{2.0**tick:g}" for tick in ticks])
        bar.outline.set_visible(False)
        for label in bar.ax.get_yticklabels():
            label.set_fontproperties(face(8.5))

    return _figure(draw, title, note, max(3.2, 2.0 + ROW_HEIGHT * len(categories)), fmt)


def _stops() -> list[tuple[float, str]]:
    """The table's colours along the log axis, from 0 to 1."""
    return [(float(np.log2(value)) / (2 * HEAT_LOG2_MAX) + 0.5, colour) for value, colour in HEAT_STOPS]


def _figure(draw: Callable[[Axes], None], title: str, note: str, height: float, fmt: str) -> bytes:
    """A sheet with title, chart and what must be said; the same input gives the same bytes."""
    with rc_context(SETTINGS):
        figure = Figure(figsize=(WIDTH, height), dpi=DOTS_AN_INCH, facecolor="white", layout="constrained")
        FigureCanvasAgg(figure)
        axes = figure.add_subplot()
        for side in ("top", "right", "left"):
            axes.spines[side].set_visible(False)
        axes.spines["bottom"].set_color(PALE)
        axes.tick_params(colors=INK, length=3)
        draw(axes)
        for label in (*axes.get_xticklabels(), *axes.get_yticklabels(), axes.xaxis.label, axes.yaxis.label):
            label.set_fontproperties(face(9.0))
        axes.set_title(drawable(title), fontproperties=face(12.0, bold=True), loc="left", color=INK, pad=12)
        figure.supxlabel(drawable(note), fontproperties=face(8.0), color=STAMP, x=0.01, ha="left")
        target = BytesIO()
        about: dict[str, Any] = {"Software": None} if fmt == "png" else {"Date": None, "Creator": None}
        figure.savefig(target, format=fmt, dpi=DOTS_AN_INCH, metadata=about)
    return target.getvalue()
