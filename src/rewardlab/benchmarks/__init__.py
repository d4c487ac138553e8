"""Benchmarks: cases, suites, a crash-safe runner, statistics, reports."""
