"""What the tests of evolution share: sheets of environments, and programs run plainly, step by step."""

import math

import numpy as np

from rewardlab.core.batch import Transitions
from rewardlab.core.sandbox import Signature
from rewardlab.rewards.language.evolution.sheet import read_sheet

REACH = """An arm reaches a target.
Observation:
  speed: [0] of the tip, m/s, -2..2
  difference: [1:3] x, y of tip - target, m, -2..2
Action:
  push: [0:2] N, -1..1
Reward: 1 at the target, else 0
Info:
  tip_pos: [2] x, y, m, -1..1
  cup_pos: [2] x, y, m, -1..1; -1, -1 without one
  success: True at the target
  fell: True after a fall
  progress: 0..1, share of the milestones
  level_seed: what the level is drawn from
"""
GRID = """A grid of 4 x 5 cells.
Observation:
  state: (row * 5 + column) * 3 + load, 0..59; load 0 nothing, 1 ore, 2 gold
Action:
  0: up
Reward: 1 for gold
Info:
  success: True with gold
"""


def reach(rows=64, seed=0):
    """Random steps of the arm."""
    rng = np.random.default_rng(seed)
    u = lambda *shape: rng.uniform(-1, 1, (rows, *shape))  # noqa: E731
    info = {
        "tip_pos": u(2), "cup_pos": np.where(rng.random((rows, 1)) < 0.3, -1.0, u(2)),
        "success": rng.random(rows) < 0.3, "fell": rng.random(rows) < 0.3, "progress": rng.random(rows),
        "level_seed": rng.integers(9, size=rows),
    }  # fmt: skip
    flags = rng.random(rows) < 0.2
    return Transitions(u(3), u(2), np.zeros(rows), u(3), flags, ~flags, info)


def grid(rows=64, seed=0):
    """Random steps of the grid."""
    rng = np.random.default_rng(seed)
    obs, after = rng.integers(60, size=(2, rows))
    flags = rng.random(rows) < 0.2
    return Transitions(obs, rng.integers(4, size=rows), np.zeros(rows), after, flags, ~flags, {"success": flags})


def sheet_of(text, batch, **options):
    """The sheet of recorded steps."""
    return read_sheet(text, Signature.of_batch(batch), **options)


def plainly(source, batch):
    """(pay [B], parts) of a program of the grammar, run as the Python that it is, one step after another."""
    space = {"np": np, "math": math}
    exec(source, space)  # our own grammar's text
    rows = []
    for i in range(len(batch)):
        step = batch.rows(i)
        rows.append(space["reward"](step.obs, step.action, step.next_obs, step.info))
    return np.array([float(r) for r, _ in rows]), {k: np.array([float(p[k]) for _, p in rows]) for k in rows[0][1]}
