"""How a part of a layer looks in QGIS: the style of its entry, the statements of the plan in two classes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from atlas.dataset.parts import Part
from atlas.gis.qml import Look, LookClass
from atlas.texts import has_text, text
from layers.style import UNKNOWN, WITHIN, designation_style
from layers.types import Style

#: The layer whose rows say whether something *is* a place or lies somewhere within it, and the column that does.
DESIGNATIONS, WITHIN_COLUMN = "plan_designations", "within"


def look_of(part: Part, language: str) -> Look:
    """The look of a part, its words in a language."""
    spec = part.layer.spec
    attribute, classes = _classes(part, language)
    titles: Mapping[str, Any] = spec.columns
    return Look(
        title=spec.titled(language),
        kind=part.kind,
        style=spec.style,
        attribute=attribute,
        classes=classes,
        label=_label_column(part, language),
        columns=part.columns,
        aliases={name: titles[name].get(language) or titles[name]["zh"] for name in part.columns if name in titles},
    )


def _classes(part: Part, language: str) -> tuple[str, tuple[LookClass, ...]]:
    """The column that chooses the class, and the classes; none where all rows look alike."""
    spec = part.layer.spec
    if spec.id == DESIGNATIONS:
        return WITHIN_COLUMN, tuple(_statements(spec.style, language))
    if not (spec.style.category and spec.style.palette and spec.style.category in part.columns):
        return "", ()
    found = [
        LookClass(value, _class_words(spec.id, value, language), _coloured(part, colour))
        for value, colour in spec.style.palette.items()
    ]
    # what no class names is drawn as unknown, never left out
    return spec.style.category, (*found, LookClass("", text("dataset.other_class", language), _coloured(part, UNKNOWN)))


def _statements(style: Style, language: str) -> Iterator[LookClass]:
    yield LookClass(WITHIN, text("designations.within", language), designation_style(style, within=True))
    yield LookClass("", text("designations.whole", language), designation_style(style, within=False))


def _coloured(part: Part, colour: str) -> Style:
    style = part.layer.spec.style
    return replace(style, fill=colour, stroke=colour if part.kind == "line" else style.stroke)


def _class_words(layer_id: str, value: str, language: str) -> str:
    key = f"category.{layer_id}.{value}"
    return text(key, language) if has_text(key, language) else value


def _label_column(part: Part, language: str) -> str:
    """The column written beside a feature; its twin in the language where there is one."""
    label = part.layer.spec.style.label
    twin = label.replace("_zh", f"_{language}")
    return next((name for name in (twin, label) if name and name in part.columns), "")
