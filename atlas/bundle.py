"""``make bundle``: one archive, wheels included, from which the atlas installs and starts without a network."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

import click

from atlas import VERSION
from atlas.texts import text

ROOT = Path(__file__).resolve().parent.parent

#: What a user needs; tests, benchmarks and the commands' own caches stay behind.
CONTENT = (
    "app.py", "atlas", "geo", "layers", "data", "static", ".streamlit",
    "requirements.txt", "constraints.txt", "README.md", "LICENSE",
)  # fmt: skip

INSTALL_SH = """#!/bin/sh
# Installs the atlas beside this file; asks nothing of any network.
set -e
cd "$(dirname "$0")"
"${PYTHON:-python3}" -m venv .venv
.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-index --find-links wheels -r requirements.txt
.venv/bin/python -c 'import pathlib, sysconfig
pathlib.Path(sysconfig.get_path("purelib"), "atlas.pth").write_text(str(pathlib.Path.cwd()) + "\\n", encoding="utf-8")'
echo "OK: ./start.sh"
"""
START_SH = """#!/bin/sh
cd "$(dirname "$0")"
exec .venv/bin/python -m atlas serve "$@"
"""
INSTALL_BAT = """@echo off\r
cd /d "%~dp0"\r
py -3 -m venv .venv || python -m venv .venv\r
.venv\\Scripts\\python -m pip install --quiet --disable-pip-version-check --no-index --find-links wheels ^\r
    -r requirements.txt\r
echo OK: start.bat\r
"""
START_BAT = """@echo off\r
cd /d "%~dp0"\r
.venv\\Scripts\\python -m atlas serve %*\r
"""


def download_wheels(folder: Path, platform: str | None, python_version: str | None) -> None:
    """Every package that the atlas needs, as wheels, for this machine or for a stated platform."""
    command = [
        sys.executable,
        "-m",
        "pip",
        "download",
        "--quiet",
        "--dest",
        str(folder),
        "-r",
        str(ROOT / "requirements.txt"),
    ]
    if platform:
        command += ["--platform", platform, "--python-version", python_version or "3.11", "--only-binary=:all:"]
    subprocess.run(command, check=True)  # noqa: S603


def write_scripts(folder: Path) -> None:
    """How to install and start, for a shell and for Windows."""
    for name, content in {"install.sh": INSTALL_SH, "start.sh": START_SH}.items():
        (folder / name).write_text(content, encoding="utf-8", newline="\n")
        (folder / name).chmod(0o755)
    for name, content in {"install.bat": INSTALL_BAT, "start.bat": START_BAT}.items():
        (folder / name).write_text(content, encoding="utf-8", newline="")


def copy_content(folder: Path) -> None:
    """The program and its data."""
    for name in CONTENT:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__", "*.pyc"))
        else:
            shutil.copy2(source, folder / name)


def make_bundle(target: Path, platform: str | None = None, python_version: str | None = None) -> Path:
    """Write the archive into a folder and return its path."""
    name = f"qingdao-atlas-{VERSION}-{platform or sys.platform}"
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / name
        folder.mkdir()
        copy_content(folder)
        write_scripts(folder)
        download_wheels(folder / "wheels", platform, python_version)
        partial = target / f".{name}.partial"
        with tarfile.open(partial, "w:gz", compresslevel=1) as archive:
            archive.add(folder, arcname=name)
        return partial.replace(target / f"{name}.tar.gz")


@click.command()
@click.option("--platform", help=text("bundle.platform", "zh"))
@click.option("--python-version", help=text("bundle.python_version", "zh"))
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), default=ROOT / "dist")
def main(platform: str | None, python_version: str | None, out: Path) -> None:
    """Make the archive and say where it is."""
    path = make_bundle(out, platform, python_version)
    click.echo(text("bundle.made", "zh", path=path, size=f"{path.stat().st_size / 1e6:.0f}"))


if __name__ == "__main__":
    main()
