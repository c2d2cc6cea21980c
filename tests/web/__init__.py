"""Tests of pages, through HTTP."""
