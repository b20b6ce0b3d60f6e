"""Published totals and statistics: curated tables with their numbers typed."""

from __future__ import annotations

from typing import Any

from layers.build.content import Content, content
from layers.build.tables import number
from layers.build.workshop import Builder, Workshop


def network_totals(workshop: Workshop) -> Content:
    """5G, private networks, edge nodes: what is published, and what was looked for and not found."""
    return content(_with_value(workshop.table("network/source/totals.csv")))


def charging_totals(workshop: Workshop) -> Content:
    """Charging, swapping, hydrogen: city, province and single stations told apart."""
    return content(_with_value(workshop.table("charging/source/totals.csv")))


def district_economy(workshop: Workshop) -> Content:
    """The few figures that are published by district, each with its source."""
    rows = _with_value(workshop.table("statistics/source/economy.csv"))
    return content([{"id": f"economy-{index:02d}", **row} for index, row in enumerate(rows, 1)])


def district_areas(workshop: Workshop) -> Content:
    """The 2019 areas and, as separate facts, the city's own: they do not add up and are not made to."""
    rows = workshop.table("statistics/source/areas.csv")
    return content([{**row, "area_km2": number(row["area_km2"])} for row in rows])


def _with_value(rows: list[dict[str, str]]) -> list[dict[str, Any]]:
    return [{**row, "value": number(row["value"])} for row in rows]


BUILDERS: dict[str, Builder] = {
    "network_totals": network_totals,
    "charging_totals": charging_totals,
    "district_economy": district_economy,
    "district_areas": district_areas,
}
