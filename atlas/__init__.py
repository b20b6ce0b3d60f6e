"""What a person or a shell meets: pages, reports, maps, the command line."""

VERSION = "0.1.0"
