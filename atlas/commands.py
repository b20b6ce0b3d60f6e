"""What each command of the command line does; imported only when a command runs."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import click

from atlas.texts import text
from atlas.workspace import WORKSPACE_VARIABLE, open_store
from geo.types import Use
from layers.errors import DataError, UnreadableFile
from layers.store import Store

if TYPE_CHECKING:
    from atlas.journeys.batch import Unfinished
    from atlas.journeys.check import CheckRequest
    from atlas.journeys.export import Template
    from layers.proposing import SitesResult

EXIT_CODES = {"clear": 0, "conflict": 1, "uncertain": 2, "not_assessed": 2}

#: A run that takes no longer shows no bar.
BAR_AFTER_S = 2.0

#: A file of sites or an assessment larger than this is not read.
INPUT_LIMIT_BYTES = 200_000_000


class LayerOptions(Protocol):
    """Options of a command that takes layers for one run."""

    @property
    def layer_files(self) -> tuple[str, ...]:
        """``ID=FILE`` each."""

    @property
    def layer_accuracies(self) -> tuple[str, ...]:
        """``ID=METRES`` each."""


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


@dataclass(frozen=True)
class MapOptions:
    """The options of ``map`` as the shell gives them."""

    layer_ids: str
    bbox: str | None
    title: str
    size: str
    orientation: str
    scale: str
    series: str | None
    approval: str
    compiler: str
    out: Path
    workspace: Path | None


@dataclass(frozen=True)
class ImportOptions:
    """The options of ``import`` as the shell gives them."""

    file: Path
    layer_id: str
    crs: str | None
    title: str | None
    accuracy_m: float | None
    as_of: str | None
    source: str | None
    workspace: Path | None


class Bar:
    """Progress on stderr, once a run has taken longer than two seconds."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._shown = False

    def __call__(self, done: int, total: int) -> None:
        if not self._shown and time.monotonic() - self._began < BAR_AFTER_S:
            return
        self._shown = True
        filled = 40 * done // max(total, 1)
        end = "\n" if done >= total else ""
        sys.stderr.write(f"\r[{'#' * filled}{'.' * (40 - filled)}] {done}/{total}{end}")
        sys.stderr.flush()


def read_input(path: Path) -> bytes:
    """The bytes of a file that the user named, refused before reading where it is too large."""
    if path.stat().st_size > INPUT_LIMIT_BYTES:
        raise UnreadableFile("file_too_large", file=path.name, limit_mb=INPUT_LIMIT_BYTES // 1_000_000)
    return path.read_bytes()


def write_whole(path: Path, content: bytes) -> None:
    """Write a result so that a reader sees the old file or the new one, never half of one.

    Raises DataError ``cannot_write``.
    """
    partial = path.with_name(f".{path.name}.partial")
    try:
        partial.write_bytes(content)
        partial.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            partial.unlink(missing_ok=True)
        raise DataError("cannot_write", file=str(path), detail=error.strerror) from error


def need_folder(path: Path) -> None:
    """Refuse a place that cannot be written before the work is done, not after. Raises DataError ``cannot_write``."""
    folder = path.resolve().parent
    if not folder.is_dir() or not os.access(folder, os.W_OK):
        reason = errno.EACCES if folder.is_dir() else errno.ENOTDIR if folder.exists() else errno.ENOENT
        raise DataError("cannot_write", file=str(path), detail=os.strerror(reason))


def list_layers(as_json: bool, workspace: Path | None, language: str) -> None:
    """Print the catalogue."""
    from atlas.journeys.explore import catalogue_rows

    rows = catalogue_rows(open_store(workspace))
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    for row in rows:
        title = row["title"].get(language) or row["title"]["zh"]
        count = text("cli.layer_counts", language, features=row["features"], without=row["without_geometry"])
        click.echo(f"{row['id']:<28} {title}\n{'':<28} {count} · {row['as_of']} · {row['basis']} · {row['source']}")


def write_plan(out: Path, report_language: str, language: str) -> None:
    """Write the plan as a report."""
    from atlas.journeys.plan import export_plan

    write_whole(out, export_plan(out.suffix, report_language, open_store()))
    click.echo(text("cli.written", language, file=out.name))


def list_plan(as_json: bool, unmatched: bool, language: str) -> None:
    """Print the plan's designations and targets, or what has no shape and what no clause names."""
    from atlas.journeys.plan import plan_dict, unmatched_dict

    content = unmatched_dict() if unmatched else plan_dict()
    if as_json:
        click.echo(json.dumps(content, ensure_ascii=False, indent=2))
        return
    click.echo(text("plan.ended", language))
    for heading, entries in content.items():
        click.echo(f"\n{text('cli.' + heading, language)} ({len(entries)})")
        for entry in entries:
            click.echo("  " + " · ".join(str(value) for value in entry.values() if value not in (None, "", [])))


def _assignments(pairs: tuple[str, ...], option: str) -> dict[str, str]:
    """``NAME=VALUE`` pairs as a dictionary."""
    found = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name.strip() or not value.strip():
            raise DataError("not_name_value", option=option, given=pair)
        found[name.strip()] = value.strip()
    return found


def _quantities(pairs: tuple[str, ...]) -> dict[str, float | str]:
    """Numbers where they read as numbers, classes otherwise."""
    quantities: dict[str, float | str] = {}
    for name, value in _assignments(pairs, "--set").items():
        try:
            quantities[name] = float(value)
        except ValueError:
            quantities[name] = value
    return quantities


def with_layers(store: Store, options: LayerOptions) -> Store:
    """The store with the layers that ``--layer`` adds or replaces for this run."""
    from layers.importing import import_layer

    accuracies = _layer_accuracies(options)
    for layer_id, name in _assignments(options.layer_files, "--layer").items():
        path = Path(name)
        if not path.is_file():
            raise UnreadableFile("file_missing", file=name)
        sidecar = path.with_name(path.name.split(".")[0] + ".layer.toml")
        result = import_layer(
            read_input(path),
            path.name,
            layer_id=layer_id,
            accuracy_m=accuracies.get(layer_id),
            sidecar=sidecar.read_text(encoding="utf-8") if sidecar.is_file() else None,
            may_be_empty=True,
        )
        store = store.with_layer(result.layer)
    return store


def _layer_accuracies(options: LayerOptions) -> dict[str, float]:
    """Metres for each layer of ``--layer``; for no other, because an accuracy that changes nothing misleads."""
    option = "--layer-accuracy-m"
    supplied = _assignments(options.layer_files, "--layer")
    accuracies = {}
    for name, value in _assignments(options.layer_accuracies, option).items():
        if name not in supplied:
            raise DataError("accuracy_without_layer", layer=name)
        try:
            accuracies[name] = float(value)
        except ValueError:
            raise DataError("not_a_number", option=option, given=value) from None
    return accuracies


def _some_usable(sites: SitesResult, file: str) -> SitesResult:
    """The sites of a file, of which at least one can be used. Raises DataError ``nothing_usable``."""
    if not sites.proposals and sites.rejected:
        first = sites.rejected[0]
        raise DataError("nothing_usable", **{**first.values, "file": file, "row": first.row, "reason": first.reason})
    return sites


def _chosen_use(use: str) -> Use | str:
    if use.startswith("column:"):
        return use
    if use not in set(Use):
        raise DataError("unknown_use", given=use, known=", ".join(Use))
    return Use(use)


def check_sites(options: CheckOptions, language: str) -> int:
    """Assess the sites of a file; write or print the assessment; the exit code is the verdict's."""
    from atlas.assessment import InputRecord
    from atlas.commands_table import check_as_table, is_table
    from atlas.journeys.check import CheckRequest
    from atlas.journeys.export import export_assessment, known_format
    from layers.importing import import_sites
    from layers.rulebook import load_rulebook, rule_file_text, rulebook_of_text

    explained = bool(options.alternatives or options.within)
    if options.out and (explained or options.out.suffix.lower() != ".parquet"):
        known_format(options.out.suffix)
    template = _template(options)
    store = with_layers(open_store(_made_workspace(options.workspace, language)), options)
    rulebook_text, rulebook = None, load_rulebook()
    if options.rules:
        rulebook_text = rule_file_text(options.rules)
        rulebook = rulebook_of_text(rulebook_text, options.rules.name)
    sites = _some_usable(
        import_sites(
            read_input(options.sites),
            options.sites.name,
            crs=options.crs,
            accuracy_m=options.accuracy_m,
            use=_chosen_use(options.use),
            quantities=_quantities(options.quantities),
        ),
        options.sites.name,
    )
    request = CheckRequest(
        proposals=sites.proposals,
        store=store,
        on=options.on.date() if options.on else date.today(),
        inputs=(InputRecord(**asdict(sites.record)),),
        rejected=sites.rejected,
        rulebook=rulebook,
        rulebook_text=rulebook_text,
    )
    if options.out and is_table(options.out, len(request.proposals)) and not explained:
        return check_as_table(request, options.out, options.by, language)
    assessment, unfinished = _answered(request, options.out, language)
    if explained:
        from atlas.commands_alternatives import explain_sites

        explain_sites(assessment, request, options.within, Bar(), language)
    if options.out:
        spoken = options.report_language or language
        content = export_assessment(assessment, options.out.suffix, spoken, store, template, options.form)
        write_whole(options.out, content)
    else:
        click.echo(_summary(assessment, language))
    if store.workspace is not None:
        from atlas.commands_record import remember_check

        remember_check(store, assessment, options.by, language)
    if unfinished:
        unfinished.remove()
    code = EXIT_CODES[assessment["verdict"]]
    return 2 if code == 0 and assessment["rejected"] else code


def _template(options: CheckOptions) -> Template | None:
    """The user's template, looked through before anything is assessed."""
    if options.template is None:
        return None
    from atlas.journeys.export import Template, checked

    suffix = options.out.suffix if options.out else ""
    return checked(Template(options.template.name, read_input(options.template)), suffix)


def _answered(request: CheckRequest, out: Path | None, language: str) -> tuple[dict[str, Any], Unfinished | None]:
    """The assessment, and the parts beside ``out`` that are to be removed when it is written."""
    from atlas.journeys.batch import run_batch, unfinished_beside

    unfinished, total = (unfinished_beside(out, request) if out else None), len(request.proposals)
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


def _made_workspace(folder: Path | None, language: str) -> Path | None:
    """The workspace of a check, which records it; a new folder is made, and said, for it may be a slip of the pen."""
    if folder is not None and not folder.exists():
        folder.mkdir(parents=True)
        click.echo(text("history.new_workspace", language, folder=folder.name), err=True)
    return folder


def _summary(assessment: Mapping[str, Any], language: str) -> str:
    """A few plain lines for a shell: each site, its verdict, what decides it."""
    from atlas.wording import finding_line, rejected_line, unchecked_line, verdict_sentence
    from atlas.wording_alternatives import explanation_lines

    lines = []
    for entry in assessment["proposals"]:
        lines.append(f"{entry['id']} {entry['name']}: {verdict_sentence(entry, language)}".replace("  ", " "))
        unchecked = [finding for finding in entry["findings"] if finding["outcome"] == "not_assessed"]
        answered = [finding for finding in entry["findings"] if finding["outcome"] != "not_assessed"]
        lines += [f"  {finding_line(finding, language)}" for finding in answered]
        lines += [f"  {line}" for line in explanation_lines(entry, language)]
        if unchecked:
            lines.append(f"  {unchecked_line(unchecked, language)}")
    lines += [rejected_line(rejected, language) for rejected in assessment["rejected"]]
    return "\n".join(lines)


def _bounds(given: str | None) -> tuple[float, float, float, float] | None:
    if not given:
        return None
    try:
        west, south, east, north = (float(part) for part in given.split(","))
    except ValueError as error:
        raise DataError("bad_bbox", given=given) from error
    if not (west < east and south < north):
        raise DataError("bad_bbox", given=given)
    return west, south, east, north


def _scale(given: str) -> tuple[float | None, bool]:
    """``--scale`` as the n of 1:n, or whether a round scale is to be found."""
    if given in ("", "fit"):
        return None, False
    if given == "round":
        return None, True
    try:
        ratio = float(given.replace(",", "").removeprefix("1:"))
    except ValueError as error:
        raise DataError("bad_scale", given=given) from error
    if not 1 <= ratio <= 100_000_000:
        raise DataError("bad_scale", given=given)
    return ratio, False


def write_map(options: MapOptions, language: str) -> None:
    """Draw layers into an HTML, PNG, SVG or PDF file, or into a PDF of a page a district or designation."""
    from atlas.journeys.export import MapRequest, export_map
    from atlas.journeys.series import export_series

    need_folder(options.out)
    scale, round_scale = _scale(options.scale)
    request = MapRequest(
        layer_ids=tuple(part.strip() for part in options.layer_ids.split(",") if part.strip()),
        bounds=_bounds(options.bbox),
        title=options.title,
        size=options.size,
        orientation=options.orientation,
        language=language,
        approval_number=options.approval,
        compiler=options.compiler,
        scale=scale,
        round_scale=round_scale,
    )
    store, suffix = open_store(options.workspace), options.out.suffix
    if options.series:
        content = export_series(request, options.series, suffix, store, on_progress=Bar())
    else:
        content = export_map(request, suffix, store)
    write_whole(options.out, content)


def import_file(options: ImportOptions, language: str) -> None:
    """Read a user's file into the workspace, and say what was guessed, repaired and left out."""
    from atlas.wording import rejected_line, step_line
    from layers.importing import import_layer

    store = open_store(options.workspace)
    result = import_layer(
        read_input(options.file),
        options.file.name,
        layer_id=options.layer_id,
        crs=options.crs,
        title=options.title,
        accuracy_m=options.accuracy_m,
        as_of=options.as_of,
        source=options.source,
    )
    store.save_layer(result.layer)
    for step in result.report:
        click.echo(step_line(step, language))
    for rejected in result.rejected:
        click.echo(rejected_line({"row": rejected.row, "field": rejected.field, "reason": rejected.reason}, language))
    click.echo(text("cli.imported", language, layer=options.layer_id, features=len(result.layer.frame)))


def add_tiles(source: Path, tiles_id: str, language: str) -> None:
    """Copy the tiles of a file or folder to where the page finds them."""
    from atlas.basemaps import unpack_tiles

    count, highest = unpack_tiles(source, tiles_id)
    click.echo(text("cli.tiles_copied", language, count=count, tiles=tiles_id, zoom=highest))


def serve(port: int, host: str, workspace: Path | None, language: str) -> None:
    """Start the web page on this machine; another address only where the user names one."""
    app = Path(__file__).resolve().parent.parent / "app.py"
    environment = dict(os.environ)
    if made := _made_workspace(workspace, language):
        environment[WORKSPACE_VARIABLE] = str(made.resolve())
    click.echo(text("cli.serving", language, address=f"http://{host}:{port}"))
    if host not in ("127.0.0.1", "localhost", "::1"):
        click.echo(text("cli.serving_open", language, host=host), err=True)
    arguments = [sys.executable, "-m", "atlas.page_process", str(app), str(port), host]
    os.chdir(app.parent)
    if os.name == "posix":  # the page takes this process's place, so that a signal to it reaches the page
        sys.stdout.flush()
        os.execve(sys.executable, arguments, environment)  # noqa: S606
    raise SystemExit(subprocess.run(arguments, env=environment, check=False).returncode)  # noqa: S603
