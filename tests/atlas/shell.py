"""Commands as a shell runs them, in this process: what they print and the code they leave with."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import NamedTuple

from atlas.cli import main

ROOT = Path(__file__).resolve().parents[2]


class Ran(NamedTuple):
    """What a command left behind."""

    code: int
    out: str
    err: str


def run(*arguments: object) -> Ran:
    """Run ``python -m atlas`` with these arguments."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        try:
            main([str(argument) for argument in arguments])
        except SystemExit as left:
            code = left.code
    assert isinstance(code, int)
    return Ran(code, out.getvalue(), err.getvalue())


def run_elsewhere(*arguments: object) -> None:
    """Run a command in another process, of another time zone and another order of sets; it must end well.

    It ends seconds after a run before it: ZIP notes times to two seconds, SQLite and PDF to one.
    """
    environment = {**os.environ, "PYTHONHASHSEED": "7", "TZ": "Asia/Shanghai"}
    command = [sys.executable, "-m", "atlas", *map(str, arguments)]
    subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, check=True)
