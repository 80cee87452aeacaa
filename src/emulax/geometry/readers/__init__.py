"""One reader per file format; each returns numpy arrays in the file's own units."""
