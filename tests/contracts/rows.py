"""All rows of the laws of rewards: name in the catalogue -> how to make it, in each form that behaves differently.

Each file of `rows_of` holds the rows of one group of rewards.
"""

import importlib
from pathlib import Path

from contracts.row import Row

FILES = sorted(p.stem for p in (Path(__file__).parent / "rows_of").glob("[!_]*.py"))
TABLES = {name: importlib.import_module(f"contracts.rows_of.{name}").ROWS for name in FILES}
ROWS: dict[str, tuple[Row, ...]] = {k: v for table in TABLES.values() for k, v in table.items()}
