"""Tests of rules, called directly."""
