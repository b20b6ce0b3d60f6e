"""GeoParquet: one layer, with the manifest in the file's own metadata under ``atlas``."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from io import BytesIO
from typing import Any

import pandas as pd
import pyarrow.parquet

from atlas.dataset.manifest import manifest_bytes
from atlas.dataset.parts import TABLE, Part, plain_columns


def write(
    parts: Sequence[Part], manifest: dict[str, Any], _moment: datetime, _language: str
) -> tuple[bytes, list[dict[str, Any]]]:
    """The layer as the atlas holds it; a table without any place becomes plain Parquet."""
    whole = Part(parts[0].layer.spec.id, parts[0].kind, parts[0].layer, parts[0].layer.frame)
    frame = plain_columns(whole)
    first, target = BytesIO(), BytesIO()
    if all(part.kind == TABLE for part in parts):
        pd.DataFrame(frame.drop(columns="geometry")).to_parquet(first, index=False)
    else:
        frame.to_parquet(first, index=False)
    table = pyarrow.parquet.read_table(first)
    known = table.schema.metadata or {}
    table = table.replace_schema_metadata({**known, b"atlas": manifest_bytes(manifest)})
    pyarrow.parquet.write_table(table, target)
    return target.getvalue(), []
