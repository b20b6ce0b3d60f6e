"""What the benchmark of the conflict engine is made of: its layers and sites, and its peers."""
