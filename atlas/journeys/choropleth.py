"""A number of each feature as classes of colour, with the classes as the legend."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from layers.style import UNKNOWN, class_labels, class_numbers, classed_style
from layers.types import Layer, Style

#: The column that the drawing takes its colour from.
CLASS_COLUMN = "_class"


def classed(layer: Layer, indicator: str, no_value: str) -> tuple[pd.Series, Style]:
    """The class of each row as a label, and the style that colours by it. Rows without a number are marked so."""
    numbers = pd.to_numeric(layer.frame[indicator], errors="coerce")
    classes = classed_style(numbers.to_numpy())
    labels = (*class_labels(classes.breaks), no_value)
    found = pd.Series([labels[n] for n in class_numbers(numbers.to_numpy(), classes.breaks)], index=layer.frame.index)
    palette = dict(zip(labels, (*classes.colours, UNKNOWN), strict=True))
    used = {label: colour for label, colour in palette.items() if label in set(found)}
    return found, replace(layer.spec.style, category=CLASS_COLUMN, palette=used, fill_opacity=0.7)
