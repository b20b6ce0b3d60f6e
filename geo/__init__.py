"""What is true in space: values in, values out. Opens nothing, prints nothing, speaks no language."""
