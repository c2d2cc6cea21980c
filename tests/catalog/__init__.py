"""Tests of the catalog: counts, digests, wording."""
