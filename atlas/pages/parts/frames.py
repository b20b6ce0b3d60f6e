"""The frames that a user may state; the first leaves it to the file."""

FRAMES = ("", "EPSG:4326", "EPSG:4490", "EPSG:4549", "EPSG:4528", "EPSG:4550", "gcj02", "bd09")
