"""Sample data for `make demo`."""
