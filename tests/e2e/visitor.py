"""A reader at the page: what they click and see, and everything that the page asked for or complained of."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
from playwright.sync_api import Download, Frame, Locator, Page, Route, TimeoutError, WebSocket
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

#: Notes that are none of ours: Streamlit lists permissions that this Chromium does not know, and looks for
#: its own health address below a page's path before it looks at the root; it tells when a map that is just being
#: replaced says how high it is; Chromium minds that a test reads pixels.
EXPECTED = re.compile(
    r"Unrecognized feature|allow-scripts and allow-same-origin|/_stcore/|willReadFrequently"
    r"|unregistered ComponentInstance! .*setFrameHeight"
)

LOCAL = {"127.0.0.1", "localhost"}

#: The pixels of our canvas between two corners, after their width.
PIXELS = """([w, s, e, n]) => {
    const a = map.latLngToLayerPoint([n, w]), b = map.latLngToLayerPoint([s, e]);
    const canvas = map.atlas.renderer._container;
    const origin = map.atlas.renderer._bounds.min, ratio = window.devicePixelRatio;
    const at = [a.x - origin.x, a.y - origin.y, b.x - a.x, b.y - a.y].map((v) => Math.round(v * ratio));
    return [at[2], ...canvas.getContext("2d").getImageData(...at).data];
}"""

#: Nothing is running, no widget is still a grey bar, and every table that can be seen has its head.
RESTING = """() => {
    const all = (name) => [...document.querySelectorAll(`[data-testid=${name}]`)];
    const grey = '[data-testid=stStatusWidget], [data-testid=stSkeleton], [data-stale=true]';
    const unfinished = document.querySelector(grey);
    const headless = all('stDataFrame').some((frame) => frame.checkVisibility() && !frame.querySelector('th'));
    return !unfinished && !headless && all('stApp')[0].dataset.testScriptState === 'notRunning';
}"""

#: How long an action may take to reach the server and come back as a run, seconds.
REACTION = 45.0
#: How long a choice may take to make the page run, seconds.
START = 4.0
#: How long a run may take, seconds.
RUN = 60.0
#: How often messages of the server are looked for, milliseconds.
GLANCE = 20


class Visitor:
    """An opened page of the atlas; requests that leave the machine are refused and remembered."""

    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        self.address = address
        self.refused: list[str] = []
        self.read_from_disk: list[str] = []
        self.complaints: list[str] = []
        self.begun = 0
        self.running = False
        page.on("websocket", self._connected)
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("dialog", lambda dialog: (self.complaints.append(f"dialog {dialog.message}"), dialog.dismiss()))
        page.route("**/*", self._answer)

    def _connected(self, connection: WebSocket) -> None:
        self.begun, self.running = 0, False
        connection.on("framereceived", self._told)

    def _told(self, message: str | bytes) -> None:
        """Count the runs in what the server says: the page draws a quick run's begin and end at once, unseen.

        A run that another one overtakes has no end of its own.
        """
        kind = ForwardMsg.FromString(message).WhichOneof("type") if isinstance(message, bytes) else ""
        if kind in ("new_session", "script_finished"):
            self.running = kind == "new_session"
            self.begun += self.running

    def _wait_until(self, told: Callable[[], bool], seconds: float, what: str) -> None:
        end = time.monotonic() + seconds
        while not told():
            if time.monotonic() > end:
                raise TimeoutError(f"{what} after {self.begun} runs")
            self.page.wait_for_timeout(GLANCE)

    def _heard(self, message: Any) -> None:
        complaint = f"{message.type}: {message.text} {message.location['url']}"
        if message.type in ("error", "warning") and not EXPECTED.search(complaint):
            self.complaints.append(complaint)

    def _answer(self, route: Route) -> None:
        address = urlsplit(route.request.url)
        if address.scheme == "file":
            self.read_from_disk.append(route.request.url)
            route.continue_()
        elif address.hostname in LOCAL:
            route.continue_()
        else:
            self.refused.append(route.request.url)
            route.abort()

    def open(self, path: str = "") -> None:
        """Open a page and wait until it rests."""
        self.page.goto(f"{self.address}/{path}")
        self.page.locator("[data-testid=stSidebar] h4").wait_for(timeout=60_000)
        self.rest()

    def rest(self) -> None:
        """Wait until the server has answered and nothing is running: a run may end only to begin another."""
        settled = -1
        while settled != self.begun:
            settled = self.begun
            self.page.wait_for_timeout(150)
            self._wait_until(lambda: not self.running, RUN, "a run did not end")
            self.page.wait_for_function(RESTING, timeout=60_000)
            self.page.wait_for_timeout(100)

    def answered(self, action: Callable[[], object]) -> None:
        """Do something that makes the page run, and wait until it has run and rests."""
        before = self.begun
        action()
        self._wait_until(lambda: self.begun > before, REACTION, "nothing ran")
        self.rest()

    def sees(self, words: str) -> None:
        """The words come to be on the page."""
        self.page.wait_for_function(
            "(words) => document.querySelector('[data-testid=stApp]').innerText.includes(words)", arg=words
        )

    def go(self, title: str) -> None:
        """Follow a link of the navigation."""
        self.page.get_by_role("link", name=title, exact=True).click()
        self.rest()

    def choose(self, label: str, option: str) -> None:
        """Choose an option of a box by the words of both."""
        self.choose_in(self.page.locator("[data-testid=stApp]"), label, option)

    def choose_in(self, place: Locator, label: str, option: str) -> None:
        """Choose an option of a box in one part of the page."""
        before = self.begun
        box = place.get_by_role("combobox", name=label).filter(visible=True)
        earlier, now = None, box.bounding_box()
        while earlier != now:  # a list that opens while the page still scrolls or unfolds closes at once
            box.scroll_into_view_if_needed()
            self.page.wait_for_timeout(300)
            earlier, now = now, box.bounding_box()
        box.click()
        self.page.get_by_role("option", name=option, exact=True).click()
        with suppress(TimeoutError):  # a box of a form, or one whose option was chosen already, makes nothing run
            self._wait_until(lambda: self.begun > before, START, "nothing ran")
        self.rest()

    def press(self, name: str, within: Locator | None = None) -> None:
        """Press a button and wait for the answer."""
        button = (within or self.page).get_by_role("button", name=name, exact=True).first
        self.answered(button.click)

    def tick(self, name: str) -> float:
        """Switch a layer; the seconds until the server had answered."""
        began = time.monotonic()
        label = self.page.locator("[data-testid=stCheckbox] label").filter(has_text=re.compile(f"^{re.escape(name)}$"))
        self.answered(label.click)
        return time.monotonic() - began

    def upload(self, field: Locator, name: str, content: bytes) -> None:
        """Give a file to an uploader and wait until the server has it."""
        field.locator("input[type=file]").set_input_files(
            {"name": name, "mimeType": "application/octet-stream", "buffer": content}
        )
        self.rest()

    def language(self, name: str) -> None:
        """Switch the language."""
        self.answered(self.page.locator("[data-testid=stSidebar]").get_by_role("radio", name=name).click)

    def downloaded(self, press: Callable[[], None], folder: Path) -> Path:
        """The file that a press on a button brings."""
        with self.page.expect_download() as coming:
            press()
        download: Download = coming.value
        target = folder / download.suggested_filename
        download.save_as(target)
        return target

    def finding(self, rule: str) -> Locator:
        """The box of a rule among the findings that can be seen."""
        name = re.sub("[^A-Za-z0-9_-]", "-", rule)
        return self.page.locator(f".st-key-finding-{name}").filter(visible=True)

    def settled(self, script: str) -> Any:
        """What a script gives once it gives the same twice: the page fetches some of its widgets late."""
        before, now = None, self.page.evaluate(script)
        while now != before:
            self.page.wait_for_timeout(400)
            before, now = now, self.page.evaluate(script)
        return now

    def text(self) -> str:
        """All the words of the page."""
        return self.page.locator("[data-testid=stApp]").inner_text()

    def map(self) -> Frame:
        """The frame of the map, once its layers are drawn."""
        handle = self.page.locator("iframe[title*=folium]").element_handle(timeout=60_000)
        frame = handle.content_frame()
        assert frame is not None
        frame.wait_for_function("() => window.map && map.atlas && map.atlas.groups.size > 0", timeout=60_000)
        return frame

    def layers(self) -> dict[str, dict[str, Any]]:
        """What the browser draws: the specification of each layer by id."""
        return self.map().evaluate(
            "() => Object.fromEntries([...map.atlas.groups].map((g) => [g.atlas.spec.id, g.atlas.spec]))"
        )

    def view(self) -> tuple[float, float, float]:
        """Longitude and latitude of the centre, and the zoom."""
        longitude, latitude, zoom = self.map().evaluate(
            "() => [map.getCenter().lng, map.getCenter().lat, map.getZoom()]"
        )
        return round(longitude, 5), round(latitude, 5), zoom

    def look_at(self, longitude: float, latitude: float, zoom: float) -> None:
        """Move the map without a pause."""
        self.map().evaluate("([x, y, z]) => { map.setView([y, x], z, {animate: false}); }", [longitude, latitude, zoom])
        self.page.wait_for_timeout(400)

    def point(self, longitude: float, latitude: float) -> tuple[float, float]:
        """Where a place is on the screen."""
        box = self.page.locator("iframe[title*=folium]").bounding_box()
        assert box
        x, y = self.map().evaluate(
            "([x, y]) => { const p = map.latLngToContainerPoint([y, x]); return [p.x, p.y]; }", [longitude, latitude]
        )
        return box["x"] + x, box["y"] + y

    def click_at(self, longitude: float, latitude: float) -> None:
        """Move the mouse to a place and click."""
        x, y = self.point(longitude, latitude)
        self.page.mouse.move(x, y)
        self.page.wait_for_timeout(120)
        self.page.mouse.click(x, y)
        self.page.wait_for_timeout(150)

    def pixels(self, west: float, south: float, east: float, north: float) -> np.ndarray:
        """Red, green, blue and alpha of what the layers paint between two corners."""
        values = self.map().evaluate(PIXELS, [west, south, east, north])
        return np.array(values[1:]).reshape(-1, values[0], 4)
