"""One function per command; the command line only parses and calls these."""
