"""Rounds count optimiser steps, and move what moves at their ends."""

import numpy as np
import pytest

from rewardlab.agents.parts.rounds import Rounds
from rewardlab.core.batch import Group
from rewardlab.core.errors import BadBatch, BadCheckpoint, BadOption
from rewardlab.core.objective import as_objective

ONE = np.ones((2, 2, 3))
GROUP = Group(ONE, ONE, ONE, ONE, ONE[..., 0])


def test_moves_come_in_their_order_at_the_end_of_each_round():
    seen = []
    rounds = Rounds(lambda group: group.logp.sum((1, 2)), 2, [lambda: seen.append("a"), lambda: seen.append("b")])
    assert as_objective(rounds) is rounds
    when = []
    for _ in range(5):
        np.testing.assert_array_equal(rounds(GROUP), [6, 6])
        rounds.update(GROUP)
        when.append((rounds.round, "".join(seen)))
    assert when == [(0, ""), (1, "ab"), (1, "ab"), (2, "abab"), (2, "abab")]


def test_a_state_is_the_steps_taken():
    rounds, other = Rounds(len, 3), Rounds(len, 3)
    for _ in range(4):
        rounds.update(GROUP)
    other.load_state_dict(rounds.state_dict())
    assert other.taken == 4 and other.round == 1
    with pytest.raises(BadCheckpoint):
        other.load_state_dict({})


@pytest.mark.parametrize("steps", [0, -1, 1.5])
def test_a_round_has_whole_steps(steps):
    with pytest.raises(BadOption, match="steps"):
        Rounds(len, steps)


def test_groups_are_checked():
    with pytest.raises(BadBatch, match="Rounds"):
        Rounds(len, 1)(Group(ONE, ONE, ONE, ONE, ONE))
