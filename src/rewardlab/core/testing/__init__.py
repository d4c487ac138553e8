"""Checkers that users may call on their own environments and rewards."""
