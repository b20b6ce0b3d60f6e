"""What data exists, whence, how it is fetched, checked, kept."""
