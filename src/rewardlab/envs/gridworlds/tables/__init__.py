"""The ground of small grid worlds that are tables: layouts, moves, exact processes, boards."""
