"""The house keeps its own rules: directions of imports, where libraries may be named, how long a page may be."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("geo", "layers", "atlas")

#: Libraries and the only files that may import them.
ONLY_IN = {
    "streamlit": ("app.py", "atlas/pages/", "atlas/state.py", "atlas/cache.py", "atlas/mapview.py"),
    "folium": ("atlas/webmap.py",),
    "branca": ("atlas/webmap.py",),
    "streamlit_folium": ("atlas/mapview.py",),
}


def sources() -> list[Path]:
    return [ROOT / "app.py", *(path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py")))]


def imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module)
    return names


def test_imports_run_downwards() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as run; run()"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("library", sorted(ONLY_IN))
def test_a_library_is_named_only_where_it_belongs(library: str) -> None:
    places = ONLY_IN[library]
    strays = [
        relative
        for path in sources()
        if any(name.split(".")[0] == library for name in imported(path))
        and not (relative := path.relative_to(ROOT).as_posix()).startswith(places)
    ]
    assert strays == []


def test_app_is_short() -> None:
    assert len((ROOT / "app.py").read_text(encoding="utf-8").splitlines()) < 60


def test_help_is_quick_and_imports_nothing_heavy() -> None:
    code = (
        "import sys; from click.testing import CliRunner; from atlas.cli import atlas;"
        "assert CliRunner().invoke(atlas, ['--help']).exit_code == 0;"
        "heavy = {'geopandas', 'shapely', 'pandas', 'streamlit', 'folium', 'matplotlib', 'pyproj'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_no_sentence_stands_in_the_code() -> None:
    """Chinese words outside the texts escape translation; names of columns and of the world's own zones may stay."""
    allowed = {"atlas/texts/__init__.py"}
    strays = []
    for path in sources():
        relative = path.relative_to(ROOT).as_posix()
        if relative in allowed or not relative.startswith("atlas/"):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and not _is_docstring(node, path):
                han = [sign for sign in node.value if "\u4e00" <= sign <= "\u9fff"]
                if len(han) > 4 and "青岛产业布局图谱" not in node.value:
                    strays.append(f"{relative}:{node.lineno} {node.value[:40]}")
    assert strays == []


def _is_docstring(node: ast.Constant, path: Path) -> bool:
    return path.read_text(encoding="utf-8").splitlines()[node.lineno - 1].strip().startswith(('"""', "#"))


def test_what_went_wrong_is_said_literally() -> None:
    """An error names the user's file, row and value, and a page would obey the Markdown in them."""
    strays = [
        f"{path.name}:{number}"
        for path in sorted((ROOT / "atlas" / "pages").rglob("*.py"))
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if re.search(r"st\.\w+\((error_text|rejected_line|step_line)\(", line)
    ]
    assert strays == []


def test_no_two_modules_of_the_tests_share_a_name() -> None:
    """The tests' folders are no packages: of two modules of one name the second would not be collected."""
    names = [path.name for path in (ROOT / "tests").rglob("*.py") if path.name != "conftest.py"]
    assert sorted(names) == sorted(set(names))
