"""Pages for signing in, joining and the own account."""
