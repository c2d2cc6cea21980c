"""Importing vendors, contacts and systems from tables: read, matched, planned, and taken over as one deed."""
