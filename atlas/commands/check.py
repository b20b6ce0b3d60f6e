"""What ``check`` does; what only some checks need is imported by those."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from atlas.commands.check_table import check_as_table, is_table
from atlas.commands.codes import exit_code
from atlas.commands.files import made_workspace, need_folder, need_utf8, read_input, write_result
from atlas.commands.options import assignments, chosen_rules, day, named_use, with_layers
from atlas.commands.progress import Bar
from atlas.journeys.check import CheckRequest
from atlas.journeys.export import Template, checked, export_assessment, known_format
from atlas.journeys.stating import known_classes, names_read, stated, unread
from atlas.texts import text
from atlas.wording_values import quantity_words
from atlas.workspace import open_store
from geo.conflict import layers_of
from geo.types import Use
from layers.columns import QUANTITIES
from layers.errors import DataError
from layers.importing import import_sites

if TYPE_CHECKING:
    from atlas.journeys.batch import Unfinished
    from layers.proposing import SitesResult
    from layers.rulebook import Rulebook


@dataclass(frozen=True)
class CheckOptions:
    """The options of ``check`` as the shell gives them."""

    sites: Path
    use: str
    out: Path | None
    crs: str | None
    accuracy_m: float | None
    quantities: tuple[str, ...]
    layer_files: tuple[str, ...]
    layer_accuracies: tuple[str, ...]
    rules: Path | None
    on: datetime | None
    by: str
    workspace: Path | None
    alternatives: bool = False
    within: str | None = None
    template: Path | None = None
    report_language: str = ""
    form: str = "auto"
    north_first: bool = False


def check_sites(options: CheckOptions, language: str) -> int:
    """Assess the sites of a file; write or print the assessment; the exit code is the verdict's."""
    explained = bool(options.alternatives or options.within)
    if options.out and (explained or options.out.suffix.lower() != ".parquet"):
        known_format(options.out.suffix)
    if options.out:
        need_folder(options.out)
    template = _template(options)
    request = _request(options, language)
    if options.out and is_table(options.out, len(request.proposals)) and not explained:
        need_utf8(options.out)
        return check_as_table(request, options.out, options.by, language)
    assessment, unfinished = _answered(request, options.out, language)
    if explained:
        from atlas.commands.alternatives import explain_sites

        explain_sites(assessment, request, options.within, Bar(), language)
    if options.out:
        spoken = options.report_language or language
        content = export_assessment(assessment, options.out.suffix, spoken, request.store, template, options.form)
        write_result(options.out, content)
        click.echo(_written(assessment, options.out, language), err=True)
    else:
        click.echo(_summary(assessment, language))
    if request.store.workspace is not None:
        from atlas.commands.record import remember_check

        remember_check(request.store, assessment, options.by, language)
    if unfinished:
        unfinished.remove()
    return exit_code(assessment["verdict"], bool(assessment["rejected"]))


def _request(options: CheckOptions, language: str) -> CheckRequest:
    """What is asked: the sites of the file, the day, the rules; no workspace is made for sites that cannot be used.

    Raises DataError for an input that cannot be used.
    """
    rulebook, rulebook_text = chosen_rules(options.rules)
    use = options.use if options.use.startswith("column:") else named_use(options.use)
    uses = (use,) if isinstance(use, Use) else tuple(Use)
    quantities = stated(assignments(options.quantities, "--set"), rulebook, uses)
    sites = _some_usable(
        import_sites(
            read_input(options.sites),
            options.sites.name,
            crs=options.crs,
            north_first=options.north_first,
            accuracy_m=options.accuracy_m,
            use=use,
            quantities=quantities,
            quantity_columns=QUANTITIES | names_read(rulebook.rules),
            classes=known_classes(rulebook),
        ),
        options.sites.name,
    )
    _tell_unread(quantities, rulebook, {site.use for site in sites.proposals}, language)
    store = with_layers(open_store(made_workspace(options.workspace, language)), options, language)
    _tell_unread_layers(options, rulebook, language)
    return CheckRequest(
        proposals=sites.proposals,
        store=store,
        on=day(options.on),
        inputs=(sites.record,),
        rejected=sites.rejected,
        rulebook=rulebook,
        rulebook_text=rulebook_text,
    )


def _tell_unread(names: Iterable[str], rulebook: Rulebook, uses: Collection[Use], language: str) -> None:
    """Say which of the names of ``--set`` change nothing, because no rule for the uses of the sites asks for them."""
    for name in unread(names, rulebook, uses):
        said = quantity_words(name, language)
        click.echo(text("check.unread", language, name=name, said=said), err=True)


def _tell_unread_layers(options: CheckOptions, rulebook: Rulebook, language: str) -> None:
    """Say which layers of ``--layer`` no rule reads and the atlas does not have: a misspelt id changes no answer."""
    embedded = open_store()
    read = sorted({layer for rule in rulebook.rules for layer in layers_of(rule.requirement)})
    for layer, file in assignments(options.layer_files, "--layer").items():
        if layer not in read and layer not in embedded:
            near = get_close_matches(layer, read, n=1)
            key = "check.layer_unread_near" if near else "check.layer_unread"
            known = text("report.list_separator", language).join(near or read)
            click.echo(text(key, language, layer=layer, file=Path(file).name, known=known), err=True)


def _some_usable(sites: SitesResult, file: str) -> SitesResult:
    """The sites of a file, of which at least one can be used. Raises DataError ``nothing_usable``."""
    if not sites.proposals and sites.rejected:
        first = sites.rejected[0]
        raise DataError("nothing_usable", **{**first.values, "file": file, "row": first.row, "reason": first.reason})
    return sites


def _template(options: CheckOptions) -> Template | None:
    """The user's template, looked through before anything is assessed."""
    if options.template is None:
        return None
    suffix = options.out.suffix if options.out else ""
    return checked(Template(options.template.name, read_input(options.template)), suffix)


def _answered(request: CheckRequest, out: Path | None, language: str) -> tuple[dict[str, Any], Unfinished | None]:
    """The assessment, and the parts beside ``out`` that are to be removed when it is written."""
    from atlas.journeys.batch import run_batch, unfinished_beside

    unfinished, total = (unfinished_beside(out, request) if out else None), len(request.proposals)
    damaged = unfinished.discard_damaged() if unfinished else 0
    if damaged:
        click.echo(text("batch.damaged", language, count=damaged), err=True)
    done = unfinished.done() if unfinished else 0
    if done:
        click.echo(text("batch.resumed", language, done=done, total=total), err=True)
    try:
        return run_batch(request, unfinished, Bar()), unfinished
    except KeyboardInterrupt:
        if unfinished:
            kept = {"done": unfinished.done(), "total": total, "folder": unfinished.name}
            click.echo("\n" + text("batch.kept", language, **kept), err=True)
        raise


def _written(assessment: Mapping[str, Any], out: Path, language: str) -> str:
    """Where the result stands and how many sites have which verdict."""
    from atlas.wording import verdict_tone
    from atlas.wording_history import tones_words

    said = tones_words(Counter(map(verdict_tone, assessment["proposals"])), language)
    if assessment["rejected"]:
        said = text("check.and_refused", language, said=said, count=len(assessment["rejected"]))
    return text("check.written", language, file=out.name, said=said)


def _summary(assessment: Mapping[str, Any], language: str) -> str:
    """A few plain lines for a shell: each site, its verdict, what decides it."""
    from atlas.wording import rejected_line

    layers = {layer["id"]: layer for layer in assessment["layers"]}
    lines = [line for entry in assessment["proposals"] for line in _site_lines(entry, layers, language)]
    lines += [rejected_line(rejected, language) for rejected in assessment["rejected"]]
    return "\n".join(lines)


def _site_lines(entry: Mapping[str, Any], layers: Mapping[str, Any], language: str) -> list[str]:
    """The verdict; beneath it what looks odd, what is taken for granted, what decides it, what nobody looked at."""
    from atlas import wording
    from atlas.wording_alternatives import explanation_lines

    findings = entry["findings"]
    unchecked = [finding for finding in findings if finding["outcome"] == "not_assessed"]
    answered = [finding for finding in findings if finding["outcome"] != "not_assessed"]
    lines = [
        *wording.notice_lines(entry, language),
        *wording.assumption_lines(wording.assumed_of(findings, layers), language),
        *wording.partly_failed_lines(entry, language),
        *(wording.finding_line(finding, language, layers) for finding in answered),
        *explanation_lines(entry, language),
        *([wording.unchecked_line(unchecked, language)] if unchecked else []),
    ]
    verdict = f"{entry['id']} {entry['name']}: {wording.verdict_sentence(entry, language)}".replace("  ", " ")
    return [verdict, *(f"  {line}" for line in lines)]
