"""Pages behind an invitation link."""
