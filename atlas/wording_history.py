"""How the record and a comparison are said, on the page and in a shell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, timezone
from typing import Any

from atlas.journeys.comparing import Difference, tally
from atlas.journeys.history import Earlier
from atlas.journeys.table_result import TableResult
from atlas.journeys.verify import Verification
from atlas.texts import code_text, has_text, text
from atlas.wording import known_or_code, layer_name
from atlas.wording_alternatives import bearing_words, within_words

CITY_TIME = timezone(timedelta(hours=8))
#: Differences that a page shows.
SHOWN = 20

#: Numbers of a difference are said with their unit's field, so that a reader sees metres and square metres apart.
_CODES = {
    **dict.fromkeys(("outcome", "verdict", "site", "verdict_without"), "outcome"),
    **dict.fromkeys(("blocking_verdict", "blocking_verdict_without"), "outcome"),
    "why": "history.why",
    "severity": "severity",
    "plausibility": "history.plausible",
}


def tones_words(tones: Mapping[str, int], language: str) -> str:
    """How many sites have which verdict."""
    said = (f"{text(f'report.verdict_short.{tone}', language)} {count}" for tone, count in tones.items())
    return text("report.list_separator", language).join(said)


def verdict_words(entry: Earlier, language: str) -> str:
    """How many sites have which verdict; the worst alone where the sites were not counted."""
    return tones_words(entry.tones, language) or known_or_code("outcome", entry.verdict, language)


def who_words(entry: Earlier, language: str) -> str:
    """The account, and a typed name as what it is."""
    account = entry.account or text("report.unknown", language)
    if not entry.typed_name:
        return account
    return text("history.typed", language, account=account, name=entry.typed_name)


def at_words(entry: Earlier, language: str) -> str:
    """When it was made, as the clocks of the city say; as it is written where that is no time."""
    try:
        moment = datetime.fromisoformat(entry.at).astimezone(CITY_TIME)
    except ValueError:
        return entry.at
    return text("history.moment", language, moment=moment.strftime("%Y-%m-%d %H:%M:%S"))


def sites_words(entry: Earlier, language: str) -> str:
    """The first names of the sites, and how many there are."""
    named = text("report.list_separator", language).join(entry.sites[:3])
    if entry.sites_count <= 3:
        return named
    return text("history.more_sites", language, named=named, count=entry.sites_count)


def uses_words(entry: Earlier, language: str) -> str:
    """The uses that were asked for."""
    return text("report.list_separator", language).join(known_or_code("use", use, language) for use in entry.uses)


def file_words(entry: Earlier) -> str:
    """The file of a check by the first signs of its sha256; that of a large table by its name as well."""
    return f"{entry.table.name} {entry.sha256[:12]}" if entry.table else entry.sha256[:12]


def table_words(number: int, table: TableResult, state: str, language: str) -> str:
    """Where the result of a large table stands, and that it cannot be opened here."""
    return code_text(f"table_{state}", language, {"number": number, "file": table.place})


def entry_line(entry: Earlier, language: str) -> str:
    """An entry of the record in one line for a shell."""
    parts = (
        f"#{entry.number}",
        at_words(entry, language),
        who_words(entry, language),
        uses_words(entry, language),
        sites_words(entry, language),
        verdict_words(entry, language),
        file_words(entry),
    )
    return " | ".join(part for part in parts if part) + (
        "" if entry.chained else f" | {text('history.broken', language)}"
    )


def cause_words(difference: Difference, language: str) -> str:
    """Why it differs, with the rule or layer by its name."""
    subject = difference.subject
    if difference.cause.startswith("layer_"):
        subject = layer_name(subject, language)
    return text(f"history.cause.{difference.cause}", language, subject=subject)


def value_words(field: str, value: Any, language: str) -> str:
    """A compared value in words."""
    if value is None or value == []:
        return text("history.nothing", language)
    if isinstance(value, Mapping):
        return within_words(value, language) if field == "within" else bearing_words(value, language)
    table = _CODES.get(field)
    if isinstance(value, list):
        is_interval = not any(isinstance(part, str) for part in value)
        said = (known_or_code(table, part, language) if table else str(part) for part in value)
        return (" – " if is_interval else text("report.list_separator", language)).join(said)
    return known_or_code(table, value, language) if table else str(value)


def difference_line(difference: Difference, language: str) -> str:
    """A difference in one line: where, what, from what to what, and why."""
    key = f"history.field.{difference.field}"
    field = text(key, language) if has_text(key, language) else difference.field
    where = " ".join(part for part in (difference.proposal, difference.rule, field) if part)
    if difference.was is None and difference.now is None:
        return text("history.noted", language, where=where, why=cause_words(difference, language))
    was, now = (value_words(difference.field, value, language) for value in (difference.was, difference.now))
    return text("history.difference", language, where=where, was=was, now=now, why=cause_words(difference, language))


def compared_line(was: Mapping[str, Any], now: Mapping[str, Any], found: Sequence[Difference], language: str) -> str:
    """Two assessments in one line: the verdicts of both, and how many of their findings are alike."""
    both, alike = tally(was, now, found)
    verdicts = (known_or_code("outcome", one["verdict"], language) for one in (was, now))
    counts = {"both": both, "alike": alike, "changed": both - alike}
    return text("history.compared", language, **dict(zip(("before", "after"), verdicts, strict=True)), **counts)


def unchecked_line(unchecked: Sequence[tuple[str, str]], language: str) -> str:
    """What a verification could not look at, in one line."""
    said: dict[str, list[str]] = {}
    for code, layer in unchecked:
        said.setdefault(code, []).extend([layer_name(layer, language)] if layer else [])
    separator = text("report.list_separator", language)
    parts = (
        text(f"history.unchecked.{code}", language, layers=separator.join(layers)) for code, layers in said.items()
    )
    return text("history.not_looked_at", language, what=text("history.part_separator", language).join(parts))


def verification_lines(answer: Verification, language: str) -> list[str]:
    """A line a difference as far as a page has room, or that there is none; last what could not be looked at."""
    lines = [difference_line(one, language) for one in answer.differences[:SHOWN]]
    more = len(answer.differences) - len(lines)
    lines += [text("history.more_differences", language, count=more)] if more else []
    return [*(lines or [text("cli.verify_same", language)]), unchecked_line(answer.unchecked, language)]
