"""A restriction that is touched reads as what it is wherever it is said: nobody may take it for a prohibition."""

from __future__ import annotations

import json
from typing import Any

import pytest
import report_example

from atlas.drawing import OUTCOME_COLOURS
from atlas.journeys.sitemap import witness_features
from atlas.report import render
from atlas.texts import text
from atlas.wording import finding_line, outcome_word, verdict_sentence, verdict_tone

WORDS = {"zh": ("须征求意见", "须论证"), "en": ("consult", "justif")}
PROHIBITION = {"zh": "不满足", "en": "prohibit"}


def restricted() -> dict[str, Any]:
    """A site that touches one restriction and breaks nothing."""
    touched = report_example.finding(
        "A1", "机场净空", "conflict", "restrict", layer="airport_runways", limit_m=13000.0, distance_m=9000.0,
        margin_m=-4000.0, tolerance_m=10.0, witness=report_example.WITNESS,
    )  # fmt: skip
    entry = report_example.clear_site()
    met = [finding for finding in entry["findings"] if finding["outcome"] == "clear"]
    counts = {"conflict": 1, "uncertain": 0, "not_assessed": 0, "clear": len(met)}
    return entry | {"verdict": "conflict", "findings": [touched, *met], "counts": counts}


def says(words: str, language: str) -> bool:
    return any(word in words.lower() for word in WORDS[language])


@pytest.mark.parametrize("language", ["zh", "en"])
def test_in_words_of_every_place(language: str) -> None:
    entry = restricted()
    touched = entry["findings"][0]
    assert verdict_tone(entry) == "restrict"
    places = [
        verdict_sentence(entry, language),
        outcome_word(touched, language),
        finding_line(touched, language),
        text("report.verdict_short.restrict", language),
        text("check.tab_conflict_restrict", language, count=1),
    ]
    for place in places:
        assert says(place, language), place
    assert text("outcome.conflict", language) not in outcome_word(touched, language)


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("form", ["html", "csv"])
def test_in_reports(form: str, language: str) -> None:
    page = render(report_example.assessment(restricted()), form, language).decode("utf-8-sig")
    assert says(page, language)
    if form == "html":
        assert "tone-restrict" in page
        assert 'tone-conflict_prohibit"' not in page.split("</style>")[-1]
        assert 'tone-prohibit"' not in page.split("</style>")[-1]


def test_on_the_map_it_has_its_own_colour() -> None:
    (line,) = witness_features(report_example.assessment(restricted()), "zh")
    assert line["properties"]["outcome"] == "restrict"
    assert OUTCOME_COLOURS["restrict"] != OUTCOME_COLOURS["conflict"]
    assert "须" in json.dumps(line, ensure_ascii=False)
