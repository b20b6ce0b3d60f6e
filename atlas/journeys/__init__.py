"""The use cases: explore, check, measure, export. No widget and no map library in here."""
