"""The source of a rule in words: documents in their title marks, numbers beside them, how well they were read."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from atlas.texts import text
from atlas.wording_values import known_or_code

#: A document's number of fewer characters may stand in another number by chance.
SHORTEST_NUMBER = 4


@cache
def _title_of(language: str) -> re.Pattern[str]:
    """The title of a law, a rule or a standard, and a bracket behind it such as the year of its revision."""
    endings = "|".join(text("report.title_endings", language).split())
    return re.compile(rf"(?P<title>[^《》0-9；]+(?:{endings}))(?P<rest>[（(].*[）)])?")


def citation_words(citation: Mapping[str, Any], language: str) -> str:
    """Document, number, clause and date of a rule; number and date not twice where what stands before holds them.

    Several documents are parted by ``；``, each with its own number where there are as many.
    """
    parts = {name: str(citation.get(name) or "") for name in ("document", "number", "clause", "date")}
    if len(parts["number"]) >= SHORTEST_NUMBER and parts["number"] in parts["document"]:
        parts["number"] = ""
    if parts["date"] in f"{parts['document']} {parts['number']}":
        parts["date"] = ""
    documents, numbers = ([one for one in parts[name].split("；") if one] for name in ("document", "number"))
    documents = [_in_title_marks(document, language) for document in documents]
    if len(documents) == len(numbers):
        named = "；".join(" ".join(pair) for pair in zip(documents, numbers, strict=True))
    else:
        named = " ".join(filter(None, ("；".join(documents), parts["number"])))
    return " ".join(
        part for part in (named, parts["clause"] or _clause_unstated(parts, language), parts["date"]) if part
    )


def _in_title_marks(document: str, language: str) -> str:
    """A title in its marks; a number, or a description of what was said somewhere, has none."""
    found = _title_of(language).fullmatch(document)
    return f"《{found['title']}》{found['rest'] or ''}" if found else document


def _clause_unstated(parts: Mapping[str, str], language: str) -> str:
    """That nobody recorded the clause, where a law or a standard is cited that has some."""
    return (
        text("report.clause_unstated", language)
        if "《" in _in_title_marks(parts["document"].split("；")[0], language)
        else ""
    )


def citation_quality(citation: Mapping[str, Any], language: str) -> str:
    """How well the rule was read, and how sure number and clause are: not said of what nobody looked up."""
    evidence = str(citation.get("evidence") or "")
    read = known_or_code("evidence", evidence, language)
    if evidence == "M":
        return read
    confidence = known_or_code("confidence", citation.get("confidence", ""), language)
    return text("report.citation_quality", language, evidence=read, confidence=confidence)
