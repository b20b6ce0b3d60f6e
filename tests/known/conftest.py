"""The world of metres that the tests of the geometry draw in serves here too."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "geo"))
