"""The command line: parsing, log output and exit status."""
