"""Figures: what the portal needs for its most frequent pages."""
