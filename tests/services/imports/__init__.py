"""Tables given to a clinic: read, planned, taken over."""
