"""What every GeoPackage of the atlas shares: the clock that it is dated by, and the look that QGIS opens it with."""
