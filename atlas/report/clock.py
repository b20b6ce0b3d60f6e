"""The one time that a report knows: when the assessment was computed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

#: The oldest time that a ZIP archive can state; used where an assessment states none that can be read.
OLDEST = datetime(1980, 1, 1, tzinfo=UTC)


def stated_moment(assessment: Mapping[str, Any]) -> datetime:
    """The assessment's time in UTC, never the machine's."""
    try:
        moment = datetime.fromisoformat(str(assessment.get("computed_at")))
    except ValueError:
        return OLDEST
    return max(moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC), OLDEST)
