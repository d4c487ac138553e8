"""Rows of the laws of objectives: Nash learning from preferences."""

from functools import partial

from contracts.objective_row import Row

from rewardlab.agents import nash

ROWS: dict[str, tuple[Row, ...]] = {
    "dno": (Row(lambda: nash.dno, responses=2), Row(lambda: nash.dno)),
    "dno_practical": (Row(lambda: nash.dno_practical),),
    "inpo": (Row(lambda: nash.inpo, responses=2), Row(lambda: partial(nash.inpo, eta=0.5, tau=0.2))),
    "nash_md": (Row(lambda: partial(nash.nash_md, tau=0.1)), Row(lambda: nash.nash_md, responses=1)),
    "nash_mp": (Row(lambda: nash.nash_mp), Row(lambda: nash.nash_mp, responses=1)),
}
OTHERS = ("dno_policies", "inpo_policies", "nash_md_policies", "nash_mp_policies")
"""What the family's table names beside objectives: tabular solvers."""
