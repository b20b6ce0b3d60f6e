"""The outline of a PDF that a viewer lists beside the pages, in the terms of matplotlib's writer of PDF."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from matplotlib.backends.backend_pdf import Name, PdfFile


def add_bookmarks(file: PdfFile, names: Sequence[str]) -> None:
    """A bookmark a page, in the order of the pages, to be called before the file is closed."""
    outline = file.reserveObject("outline")
    entries = [file.reserveObject("bookmark") for _ in names]
    for number, (entry, name, page) in enumerate(zip(entries, names, file.pageList, strict=True)):
        content: dict[str, Any] = {"Title": name, "Parent": outline, "Dest": [page, Name("Fit")]}
        if number:
            content["Prev"] = entries[number - 1]
        if number + 1 < len(entries):
            content["Next"] = entries[number + 1]
        file.writeObject(entry, content)
    file.writeObject(
        outline, {"Type": Name("Outlines"), "First": entries[0], "Last": entries[-1], "Count": len(entries)}
    )
    # written again: the last one counts
    catalogue = {"Type": Name("Catalog"), "Pages": file.pagesObject}
    file.writeObject(file.rootObject, {**catalogue, "Outlines": outline, "PageMode": Name("UseOutlines")})
