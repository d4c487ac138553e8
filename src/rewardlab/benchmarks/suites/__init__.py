"""Suites: one question each, as three constants CASES, METRIC, TAGS."""
