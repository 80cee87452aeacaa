"""What every other room stands on: errors, files, configuration, provenance, resources and progress."""
