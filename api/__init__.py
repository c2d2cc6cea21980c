"""The application as a whole, put together."""
