"""Rewards by type of task."""

from dataclasses import replace

import numpy as np
import pytest

from rewardlab.core.errors import BadBatch, BadCheckpoint, BadOption, MissingColumn
from rewardlab.core.reward import Task
from rewardlab.rewards import (
    CountBonus,
    FormatReward,
    Progress,
    Routed,
    Scored,
    Standardise,
    box_overlap,
    exact_match,
    rollouts,
    score,
    within_tolerance,
)

RULES = {
    "choice": Scored(exact_match, ("truth",), title="choice"),
    "chart": Scored(within_tolerance, ("truth",), title="chart"),
    "box": Scored(box_overlap, ("truth",), title="box"),
}


def mixed():
    answers = np.empty(4, dtype=object)
    answers[:] = ["A", "104", [0, 0, 1, 2.0], "B"]
    columns = {"truth": ["a", 100, [0, 0, 1, 1.0], "a"], "type": ["choice", "chart", "box", "choice"]}
    return replace(rollouts([""] * 4, [""] * 4, columns), action=answers)


def test_each_item_is_paid_by_the_rule_of_its_type():
    np.testing.assert_allclose(score(mixed(), Routed(RULES)), [1, 1, 0.5, 0])
    parts = Routed(RULES).parts(mixed())
    assert set(parts) == set(RULES)
    np.testing.assert_allclose(parts["box"], [0, 0, 0.5, 0])


def test_a_format_term_stands_beside_it():
    whole = Routed(RULES) + 0.5 * FormatReward(lambda a: np.array([x is not None for x in a]), pay=1.0)
    np.testing.assert_allclose(score(mixed(), whole), [1.5, 1.5, 1.0, 0.5])


def test_one_route_is_the_reward_itself_and_types_may_be_numbers():
    batch = rollouts(["q"] * 3, ["a"] * 3, {"type": [7, 7, 7]}).paying(np.array([1.0, 2.0, 3.0]))
    np.testing.assert_array_equal(Routed({7: Task()})(batch), batch.reward)


def test_a_type_without_a_route_is_named():
    with pytest.raises(BadBatch, match="'chart'"):
        Routed({"choice": Task(), "box": Task()})(mixed())
    with pytest.raises(MissingColumn, match="kind"):
        Routed(RULES, "kind")(mixed())
    for routes in ({}, {"a": 3}):
        with pytest.raises(BadOption, match="routes"):
            Routed(routes)


def test_a_route_sees_the_steps_of_its_type_alone():
    batch = rollouts(["q"] * 4, ["a"] * 4, {"type": [0, 1, 1, 0]}).paying(np.array([2.0, 5.0, 7.0, 4.0]))
    reward = Routed({0: Standardise(), 1: Task(), 2: CountBonus()})
    assert reward.update(batch)["standardise/mean"] == 3
    np.testing.assert_allclose(reward(batch), [-1, 5, 7, 1])


def test_a_route_with_memory_sees_all_steps():
    batch = rollouts(["q"] * 3, ["a"] * 3, {"type": [0, 1, 0], "distance": [1.0, 2.0, 3.0]})
    reward = Routed({0: Progress("distance"), 1: Task()})
    reward.reset(np.ones(3, bool))
    reward(batch)
    later = batch.paying(batch.reward, distance=np.array([0.5, 2.0, 1.0]), type=np.array([1, 0, 0]))
    alone = Progress("distance")
    alone.reset(np.ones(3, bool))
    alone(batch)
    np.testing.assert_allclose(reward(later), alone(later) * [0, 1, 1])


def test_routes_keep_their_state():
    batch = rollouts(["q"] * 2, ["a"] * 2, {"type": [0, 1]})
    batch = replace(batch, obs=np.arange(2.0)[:, None], next_obs=np.arange(2.0)[:, None])
    taught, fresh = (Routed({0: Task(), 1: CountBonus()}) for _ in range(2))
    taught.update(batch)
    fresh.load_state_dict(taught.state_dict())
    np.testing.assert_array_equal(fresh(batch), taught(batch))
    with pytest.raises(BadCheckpoint):
        fresh.load_state_dict({"9_task": {}})
