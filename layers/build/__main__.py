"""``python -m layers.build [LAYER ...]``: make the embedded data again, or check that it is what the commands make."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from layers.build.workshop import GSHHG, BuildError, Outcome, build_all
from layers.errors import DataError

UNUSABLE_INPUT = 64


@click.command()
@click.argument("layers", nargs=-1, metavar="[LAYER]...")
@click.option("--check", is_flag=True, help="Compare with what is there; write nothing, exit 1 where it differs.")
@click.option(
    "--gshhg",
    type=click.Path(path_type=Path),
    default=GSHHG,
    show_default=True,
    help="binned_GSHHS_f.nc of GSHHG 2.3.7, from the Debian package gmt-gshhg-full.",
)
def main(layers: tuple[str, ...], check: bool, gshhg: Path) -> None:
    """Make the embedded layers (default: all) from the named packages and the tables in data/*/source."""
    try:
        outcomes = build_all(layers, check=check, gshhg=gshhg)
    except BuildError as error:
        click.echo(f"{error}; requirements-build.txt and data/SOURCES.md name what is needed", err=True)
        sys.exit(UNUSABLE_INPUT)
    except DataError as error:
        click.echo(str(error), err=True)
        sys.exit(UNUSABLE_INPUT)
    for layer_id, outcome in outcomes.items():
        click.echo(f"{outcome:<10} {layer_id}")
    sys.exit(int(Outcome.DIFFERS in outcomes.values()))


if __name__ == "__main__":
    main()
