"""The reward language: programs for one step, read as text and compiled to array operations over a batch.

No line of a program is ever run as Python. `source` reads and measures the text, `trace` follows it with symbols in
place of numbers, `graph` collects the array operations, `emit` writes them down, `program` calls them.
"""
