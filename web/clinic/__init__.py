"""Pages for members of a clinic."""
