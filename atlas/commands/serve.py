"""What ``serve`` does."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import click

from atlas.commands.files import made_workspace
from atlas.texts import text
from atlas.workspace import WORKSPACE_VARIABLE


def serve(port: int, host: str, workspace: Path | None, language: str) -> None:
    """Start the web page on this machine; another address only where the user names one."""
    app = Path(__file__).resolve().parents[2] / "app.py"
    environment = dict(os.environ)
    if made := made_workspace(workspace, language):
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
