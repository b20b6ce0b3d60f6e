"""The commands that make ``data/`` from the named packages and the curated tables: ``python -m layers.build``."""

from layers.build.workshop import Outcome, build_all

__all__ = ["Outcome", "build_all"]
