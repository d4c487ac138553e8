"""Regret over many runs at once: play, rates, pictures, report."""
