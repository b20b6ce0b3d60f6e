"""One module a file format. Each takes bytes that are hostile until shown otherwise and returns a ``RawTable``.

Only two formats ever reach GDAL's vector drivers (GeoPackage and Shapefile), and both under a file name
of our own after their first bytes were checked: pyogrio cannot be told which drivers to try, and GDAL would
otherwise choose by content, VRT included.
"""
