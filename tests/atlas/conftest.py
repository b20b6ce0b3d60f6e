"""Hypothesis without a stopwatch: a busy machine is not a fault of the geometry."""

from hypothesis import settings

settings.register_profile("geometry", deadline=None)
settings.load_profile("geometry")
