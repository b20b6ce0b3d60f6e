"""What a user waits for: start of the command line, cold start of the page, first map, a layer toggled, one check."""

from __future__ import annotations

import json
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
RUNS = 5
BROWSER = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
]


def _timed(action: Callable[[], Any]) -> float:
    began = time.perf_counter()
    action()
    return time.perf_counter() - began


def _line(name: str, seconds: list[float]) -> str:
    return f"{name:<58} median {statistics.median(seconds):6.2f} s   min {min(seconds):6.2f}   max {max(seconds):6.2f}"


def _command(*arguments: str) -> None:
    subprocess.run([sys.executable, "-m", "atlas", *arguments], cwd=ROOT, capture_output=True, check=False)


def _shell_lines() -> list[str]:
    site = {"type": "Feature", "properties": {"id": "1"}, "geometry": {"type": "Point", "coordinates": [120.2, 36.0]}}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "site.geojson"
        path.write_text(json.dumps({"type": "FeatureCollection", "features": [site]}), encoding="utf-8")
        check = ("check", str(path), "--use", "factory", "--accuracy-m", "10", "--out", str(Path(folder) / "a.json"))
        return [
            _line("python -m atlas --help", [_timed(lambda: _command("--help")) for _ in range(RUNS)]),
            _line("python -m atlas check, one site, to JSON", [_timed(lambda: _command(*check)) for _ in range(RUNS)]),
        ]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(address: str) -> None:
    while True:
        try:
            urllib.request.urlopen(address, timeout=1)  # noqa: S310 - our own address on this machine
            return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.05)


def _start(port: int) -> subprocess.Popen[bytes]:
    arguments = [sys.executable, "-m", "atlas", "serve", "--port", str(port)]
    return subprocess.Popen(arguments, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def _page_lines() -> list[str]:
    from playwright.sync_api import sync_playwright

    port = _free_port()
    address = f"http://127.0.0.1:{port}"
    began = time.perf_counter()
    server = _start(port)
    try:
        _wait_for(f"{address}/_stcore/health")
        lines = [_line("cold start: command to server ready", [time.perf_counter() - began])]
        with sync_playwright() as play:
            browser = play.chromium.launch(executable_path="/usr/bin/chromium", args=BROWSER)
            lines += _browser_lines(browser, address)
            browser.close()
        return lines
    finally:
        server.terminate()
        server.wait()


def _browser_lines(browser: Any, address: str) -> list[str]:
    first = [_timed(lambda: _open(browser, address).close()) for _ in range(RUNS)]
    page = _open(browser, address)
    toggles = [_timed(lambda shown=n % 2 == 0: _toggle(page, shown)) for n in range(2 * RUNS)]
    _go_to_check(page)
    checks = [_timed(lambda: _check(page)) for _ in range(RUNS)]
    return [
        _line("first map: address entered to districts drawn (first of all)", first[:1]),
        _line("first map: the next readers", first[1:]),
        _line("a layer toggled: click to drawn or gone", toggles),
        _line("one check on the page: click to verdict", checks),
    ]


#: True once the map's frame holds a layer of this title.
_HOLDS = "id => { const m = Object.values(window).find(v => v && v.atlas && v.atlas.groups); return !!m && [...m.atlas.groups].some(g => g.atlas.spec.id === id) }"  # noqa: E501


def _map_frame(page: Any) -> Any:
    return next(frame for frame in page.frames if "streamlit_folium" in frame.url)


def _wait_layer(page: Any, layer: str, shown: bool) -> None:
    page.wait_for_function("() => document.querySelectorAll('iframe').length > 0")
    for _ in range(600):
        frames = [frame for frame in page.frames if "streamlit_folium" in frame.url]
        if frames and bool(frames[0].evaluate(_HOLDS, layer)) == shown:
            return
        page.wait_for_timeout(25)
    raise TimeoutError(layer)


def _open(browser: Any, address: str) -> Any:
    page = browser.new_page(viewport={"width": 1280, "height": 720})
    page.goto(address)
    _wait_layer(page, "districts", True)
    return page


def _toggle(page: Any, shown: bool) -> None:
    page.get_by_test_id("stSidebarUserContent").get_by_text("胶东国际机场基准点", exact=True).click()
    _wait_layer(page, "airport_point", shown)


def _go_to_check(page: Any) -> None:
    page.get_by_role("link", name="选址核查").click()
    page.get_by_role("textbox", name="坐标或界址点").fill("120.20, 36.00")
    page.get_by_role("button", name="使用这些坐标").click()
    page.get_by_text("中心 120.20000°E", exact=False).wait_for()


def _check(page: Any) -> None:
    page.get_by_role("button", name="核查", exact=True).click()
    page.wait_for_timeout(50)
    page.locator('[data-testid="stAppViewContainer"] [data-testid="stAlert"]').filter(has_text="条").last.wait_for()
    page.wait_for_function("() => !document.querySelector('[data-testid=\"stStatusWidget\"]')")


def run() -> list[str]:
    """The lines of the report."""
    return [*_shell_lines(), *_page_lines()]
