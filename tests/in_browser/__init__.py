"""The main way in Chromium."""
