"""The steps of a trial: what was played, spread, and what lies at the edge."""

import numpy as np
from core.sandbox.test_vetting import STEPS, played

from rewardlab.core.sandbox import Limits
from rewardlab.core.sandbox.jail import steps
from rewardlab.core.sandbox.trial_rows import SINGLES, extreme_rows, trial_rows


def test_recorded_rows_come_first_and_travel_whole():
    rows = trial_rows(played(5000), Limits(rows=100))
    assert rows.recorded == 100 and len(rows.steps) == 120 and len(rows.extremes) == 20
    assert rows.single == (*range(SINGLES), *range(100, 120))
    tree = steps.from_bytes(rows.layout, 120, bytearray(rows.block))
    assert np.array_equal(tree["obs"], rows.steps.obs) and "words" not in tree["info"]
    none = trial_rows(STEPS, Limits(extreme=0))
    assert none.extremes == () and len(none.steps) == none.recorded == 300


def test_extreme_rows():
    names, rows = extreme_rows(STEPS, 1e6)
    assert len(names) == len(rows) == 20 and len(set(names)) == 20
    flags = {(bool(a), bool(b)) for a, b in zip(rows.terminated, rows.truncated, strict=True)}
    assert flags == {(False, False), (False, True), (True, False), (True, True)}
    at = dict(zip(names, range(20), strict=True))
    zero, high, low = at["all numbers 0"], at["all numbers 1e+06"], at["all numbers -1e+06"]
    assert not rows.obs[zero].any() and (rows.obs[high] == 1e6).all() and (rows.obs[low] == -1e6).all()
    moves = at["numbers going from -1e+06 to 1e+06"]
    assert (rows.obs[moves] == -1e6).all() and (rows.next_obs[moves] == 1e6).all()
    stages = set(rows.info["stage"].tolist())
    assert stages <= {1, 2, 3}  # codes stay those that were seen
    assert np.array_equal(rows.obs[at["a recorded step"]], STEPS.obs[0])
    half = STEPS.map(lambda x: x.astype(np.float16) if x.dtype.kind == "f" else x)
    assert np.isfinite(extreme_rows(half, 1e6)[1].obs).all()
