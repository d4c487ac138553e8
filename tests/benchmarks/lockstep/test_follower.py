"""The reference's side: what counts as a change, and what is said about a difference."""

import numpy as np
from lockstep_twin import Twin, reference, text

from rewardlab.benchmarks.lockstep.follower import Follower
from rewardlab.benchmarks.lockstep.report import Report

TASK = "MiniGrid-Empty-5x5-v0"


def follow(actions, *, change=lambda step: step, seed=0):
    """Follow a twin through one episode; `change` may alter what it says."""
    ours, report = Twin(TASK), Report()
    follower = Follower(reference(TASK), lambda env, rng: iter(actions), report, read=text, row=4)
    obs, info = ours.reset(seed=seed)
    follower.begin(info["level_seed"], obs, info["mission"], np.random.default_rng(0))
    while (action := follower.action()) is not None:
        obs, reward, terminated, truncated, info = change(ours.step(action))
        follower.step(action, obs, info["mission"], (reward, terminated, truncated))
    return report


def test_only_what_changes_something_counts_as_change():
    # forward, forward to the wall, against it; nothing to take, to drop or to toggle; a turn and the way down
    report = follow([2, 2, 2, 3, 4, 5, 6, 1, 2, 2])
    changed = {k: v for k, v in report.changed.items() if v}
    assert changed == {"forward": 4, "right": 1}
    assert (report.steps, report.successes, report.difference) == (10, 1, None)


def test_a_wrong_pixel_is_named_with_both_values():
    def change(step):
        obs = step[0] | {"image": step[0]["image"].copy()}
        obs["image"][3, 5] = (7, 1, 2)
        return obs, *step[1:]

    found = follow([0], change=change).difference
    assert (found.what, found.row, found.actions) == ("image", 4, (0,))
    assert found.ours == "{(3, 5): [7, 1, 2]}" and found.theirs.startswith("{(3, 5): [")


def test_flags_and_pay_are_named():
    def altered(at, value):
        return lambda step: (*step[:at], value, *step[at + 1 :])

    for at, what, value in ((1, "reward", 1e-16), (2, "terminated", True), (3, "truncated", True)):
        found = follow([0], change=altered(at, value)).difference
        assert found is not None and found.what == what and found.ours == repr(value)
    assert follow([0], change=altered(1, float("nan"))).difference.what == "reward"


def test_the_first_difference_stays():
    def change(step):
        return (*step[:1], 5.0, *step[2:])

    found = follow([0, 1, 2], change=change).difference
    assert found.actions == (0,)
