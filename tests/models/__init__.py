"""Tests of tables and connections."""
