"""The command line: names, options and exit codes. What a command does stands in ``atlas.commands``.

Nothing heavy is imported before a command needs it, so that ``--help`` answers at once.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import click

from atlas import VERSION
from atlas.commands.keeping import KeepingCommand, KeepingGroup
from atlas.texts import error_text, languages, text

EXIT_BAD_USAGE = 64
EXIT_INTERNAL = 70
EXIT_INTERRUPTED = 130


def stated_language(arguments: list[str]) -> str:
    """The language that ``--lang`` asks for, Chinese otherwise; read early because help texts depend on it."""
    for position, argument in enumerate(arguments):
        if argument.startswith("--lang="):
            wanted = argument.split("=", 1)[1]
        elif argument == "--lang" and position + 1 < len(arguments):
            wanted = arguments[position + 1]
        else:
            continue
        return wanted if wanted in STATED_LANGUAGES else "zh"
    return "zh"


#: ``both`` is for reports; the shell then speaks Chinese.
BOTH = "both"
STATED_LANGUAGES = (*languages(), BOTH)
REPORT_LANGUAGE = stated_language(sys.argv[1:])
LANGUAGE = "zh" if REPORT_LANGUAGE == BOTH else REPORT_LANGUAGE
KeepingCommand.language = LANGUAGE


def say(key: str, **values: Any) -> str:
    """A sentence of the command line in the chosen language."""
    return text(f"cli.{key}", LANGUAGE, **values)


EXISTING_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


def existing_file(name: str) -> Any:
    """A decorator for an argument that names a file to read."""
    return click.argument(name, type=EXISTING_FILE)


DATA_OPTION = click.option("--data", "workspace", type=click.Path(file_okay=False, path_type=Path), help=say("data"))


@click.group(
    cls=KeepingGroup,
    help=say("about"),
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)
@click.option("--lang", type=click.Choice(STATED_LANGUAGES), default="zh", help=say("lang"))
@click.version_option(VERSION, prog_name="atlas")
def atlas(lang: str) -> None:
    """The group; its help text comes from the text tables."""


def language_option(command: Any) -> Any:
    """``--lang`` is taken after the command's name as well."""
    return click.option("--lang", "_language", type=click.Choice(STATED_LANGUAGES), expose_value=False, hidden=True)(
        command
    )


@atlas.command(help=say("layers"))
@click.option("--json", "as_json", is_flag=True, help=say("json"))
@DATA_OPTION
@language_option
def layers(as_json: bool, workspace: Path | None) -> None:
    from atlas.commands import listing as command

    command.list_layers(as_json, workspace, LANGUAGE)


@atlas.command(help=say("plan"))
@click.option("--json", "as_json", is_flag=True, help=say("json"))
@click.option("--unmatched", is_flag=True, help=say("unmatched"))
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help=say("plan_out"))
@language_option
def plan(as_json: bool, unmatched: bool, out: Path | None) -> None:
    from atlas.commands import listing as command

    if out:
        command.write_plan(out, REPORT_LANGUAGE, LANGUAGE)
        return
    command.list_plan(as_json, unmatched, LANGUAGE)


@atlas.command(help=say("check"))
@existing_file("sites")
@click.option("--use", required=True, help=say("use"))
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help=say("out"))
@click.option("--template", type=click.Path(exists=True, dir_okay=False, path_type=Path), help=say("template"))
@click.option("--form", type=click.Choice(["auto", "full", "batch"]), default="auto", help=say("form"))
@click.option("--crs", help=say("crs"))
@click.option("--north-first", is_flag=True, help=say("north_first"))
@click.option("--accuracy-m", type=click.FloatRange(min=0), help=say("accuracy"))
@click.option("--set", "quantities", multiple=True, metavar="NAME=VALUE", help=say("set"))
@click.option("--layer", "layer_files", multiple=True, metavar="ID=FILE", help=say("layer"))
@click.option("--layer-accuracy-m", "layer_accuracies", multiple=True, metavar="ID=M", help=say("layer_accuracy"))
@click.option("--rules", type=click.Path(exists=True, dir_okay=False, path_type=Path), help=say("rules"))
@click.option("--on", type=click.DateTime(["%Y-%m-%d"]), help=say("on"))
@click.option("--by", default="", metavar="NAME", help=say("by"))
@click.option("--alternatives", is_flag=True, help=say("alternatives"))
@click.option("--within", metavar="M|district|park|district:ID|park:ID", help=say("within"))
@DATA_OPTION
@language_option
@click.pass_context
def check(context: click.Context, **options: Any) -> None:
    from atlas.commands import check as command

    context.exit(command.check_sites(command.CheckOptions(**options, report_language=REPORT_LANGUAGE), LANGUAGE))


@atlas.command(help=say("verify"))
@existing_file("assessment")
@click.option("--sites", type=EXISTING_FILE, help=say("verify_sites"))
@DATA_OPTION
@language_option
@click.pass_context
def verify(context: click.Context, assessment: Path, sites: Path | None, workspace: Path | None) -> None:
    from atlas.commands import record as command

    context.exit(command.verify_assessment(assessment, sites, workspace, LANGUAGE))


@atlas.command(help=say("history"))
@click.option("--json", "as_json", is_flag=True, help=say("json"))
@click.option("--find", "words", default="", metavar="WORDS", help=say("history_find"))
@click.option("--compare", nargs=2, type=click.IntRange(min=1), metavar="N N", help=say("history_compare"))
@click.option("--take", type=click.IntRange(min=1), metavar="N", help=say("history_take"))
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help=say("out"))
@DATA_OPTION
@language_option
@click.pass_context
def history(context: click.Context, **options: Any) -> None:
    from atlas.commands import record as command

    context.exit(command.show_history(**options, language=LANGUAGE))


@atlas.command("map", help=say("map"))
@click.option("--layers", "layer_ids", required=True, metavar="ID,ID", help=say("map_layers"))
@click.option("--bbox", metavar="W,S,E,N", help=say("bbox"))
@click.option("--title", default="", help=say("title"))
@click.option("--size", type=click.Choice(["A4", "A3", "16:9"]), default="A4", help=say("size"))
@click.option("--orientation", type=click.Choice(["landscape", "portrait"]), default="landscape", help=say("turn"))
@click.option("--scale", default="fit", metavar="N|round|fit", help=say("scale"))
@click.option("--series", type=click.Choice(["districts", "designations"]), help=say("series"))
@click.option("--approval", default="", help=say("approval"))
@click.option("--compiler", default="", help=say("compiler"))
@click.option(
    "--out", required=True, multiple=True, type=click.Path(dir_okay=False, path_type=Path), help=say("map_out")
)
@DATA_OPTION
@language_option
def draw_map(**options: Any) -> None:
    from atlas.commands import map as command

    command.write_map(command.MapOptions(**options), LANGUAGE)


@atlas.command(help=say("template_example"))
@click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help=say("template_out"))
@language_option
def template(out: Path) -> None:
    from atlas.commands import export as command

    command.write_template(out, LANGUAGE)


@atlas.command(help=say("export"))
@click.argument("layer_ids", metavar="LAYERS")
@click.option("--internal", is_flag=True, help=say("internal"))
@click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help=say("export_out"))
@DATA_OPTION
@language_option
def export(layer_ids: str, internal: bool, out: Path, workspace: Path | None) -> None:
    from atlas.commands import export as command

    command.export_layers(layer_ids, out, internal, workspace, LANGUAGE)


@atlas.command("import", help=say("import"))
@existing_file("file")
@click.option("--as", "layer_id", required=True, metavar="ID", help=say("as"))
@click.option("--crs", help=say("crs"))
@click.option("--title", help=say("layer_title"))
@click.option("--accuracy-m", type=click.FloatRange(min=0), help=say("accuracy"))
@click.option("--as-of", help=say("as_of"))
@click.option("--source", help=say("source"))
@DATA_OPTION
@language_option
def import_file(**options: Any) -> None:
    from atlas.commands import importing as command

    command.import_file(command.ImportOptions(**options), LANGUAGE)


@atlas.command(help=say("basemap"))
@click.argument("source", type=click.Path(exists=True, path_type=Path))
@click.option("--as", "tiles_id", required=True, metavar="ID", help=say("as"))
@language_option
def basemap(source: Path, tiles_id: str) -> None:
    from atlas.commands import importing as command

    command.add_tiles(source, tiles_id, LANGUAGE)


SCHEMES = ("auto", "sector", "subsector", "sei1", "sei2")


@atlas.group(help=say("measure"))
def measure() -> None:
    """What firms say: the group of both measures."""


def measure_options(command: Any) -> Any:
    """The options that both measures share."""
    for option in (
        click.argument("firms"),
        click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help=say("measure_out")),
        click.option("--year", type=int, help=say("measure_year")),
        click.option("--crs", help=say("crs")),
        click.option("--accuracy-m", type=click.FloatRange(min=0), help=say("accuracy")),
        click.option("--crosswalk", type=EXISTING_FILE, help=say("crosswalk")),
        click.option("--seed", type=click.IntRange(min=0), help=say("seed")),
        click.option("--show-small-numbers", is_flag=True, help=say("show_small_numbers")),
        click.option("--size", type=click.Choice(["A4", "A3", "16:9"]), default="A4", help=say("size")),
        click.option("--report", is_flag=True, help=say("measure_report")),
        DATA_OPTION,
        language_option,
    ):
        command = option(command)
    return command


@measure.command(help=say("measure_concentration"))
@click.option("--by", default="district", metavar="district|park|grid:METRES|h3:RES", help=say("measure_by"))
@click.option("--scheme", type=click.Choice(SCHEMES), default="auto", help=say("scheme"))
@click.option("--category", default="", metavar="CODE", help=say("category"))
@click.option("--permutations", type=click.IntRange(99, 99_999), help=say("permutations"))
@click.option("--bandwidth-m", type=click.FloatRange(min=100), help=say("bandwidth"))
@measure_options
@click.pass_context
def concentration(context: click.Context, **options: Any) -> None:
    from atlas.commands import measure as command

    context.exit(command.concentration(command.MeasureOptions(**options), LANGUAGE))


@measure.command(help=say("measure_alignment"))
@click.option("--category", default="", metavar="CODE", help=say("category"))
@measure_options
@click.pass_context
def alignment(context: click.Context, **options: Any) -> None:
    from atlas.commands import measure as command

    context.exit(command.alignment(command.MeasureOptions(**options), LANGUAGE))


@atlas.command(help=say("matrix"))
@click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help=say("matrix_out"))
@click.option("--layers", "subjects", default="", metavar="ID,ID", help=say("matrix_layers"))
@click.option("--use", help=say("matrix_use"))
@click.option("--sliver-m2", type=click.FloatRange(min=0), help=say("matrix_sliver"))
@click.option("--layer", "layer_files", multiple=True, metavar="ID=FILE", help=say("layer"))
@click.option("--layer-accuracy-m", "layer_accuracies", multiple=True, metavar="ID=M", help=say("layer_accuracy"))
@click.option("--rules", type=EXISTING_FILE, help=say("rules"))
@click.option("--on", type=click.DateTime(["%Y-%m-%d"]), help=say("on"))
@DATA_OPTION
@language_option
def matrix(**options: Any) -> None:
    from atlas.commands import matrix as command

    command.write_matrix(command.MatrixOptions(**options), LANGUAGE)


@atlas.command(help=say("serve"))
@click.option("--port", type=click.IntRange(1, 65535), default=8501, help=say("port"))
@click.option("--host", default="127.0.0.1", help=say("host"))
@DATA_OPTION
@language_option
def serve(port: int, host: str, workspace: Path | None) -> None:
    from atlas.commands import serve as command

    command.serve(port, host, workspace, LANGUAGE)


def main(arguments: list[str] | None = None) -> None:
    """Run a command and leave with the exit code that the contract states."""
    try:
        code = atlas.main(args=arguments, prog_name="python -m atlas", standalone_mode=False)
        sys.exit(code if isinstance(code, int) else 0)
    except (KeyboardInterrupt, click.Abort):
        sys.exit(EXIT_INTERRUPTED)
    except click.ClickException as error:
        _complain(error.format_message())
        sys.exit(EXIT_BAD_USAGE)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except (ValueError, OSError) as error:
        if not (hasattr(error, "code") or isinstance(error, OSError)):
            _crash(error)
        _complain(error_text(error, LANGUAGE))
        sys.exit(EXIT_BAD_USAGE)
    except Exception as error:
        _crash(error)


def _complain(sentence: str) -> None:
    click.echo(" ".join(sentence.split()), err=True)


def _crash(error: Exception) -> None:
    """An error of ours: the trace goes where a developer asks for it, the user gets one line."""
    if os.environ.get("ATLAS_TRACE"):
        raise error
    _complain(say("internal_error", kind=type(error).__name__, detail=str(error)))
    sys.exit(EXIT_INTERNAL)
