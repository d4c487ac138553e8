"""Copies of environments: of an id, of a function, of one."""

import gymnasium as gym
import pytest
from token_worlds import Echo

from rewardlab.agents.loops.tokens.copies import copies
from rewardlab.core.errors import BadOption, UnknownName


def test_copies_are_apart_and_alike():
    gym.register("tests/TokenEcho-v0", entry_point=Echo, kwargs={"most": 9})
    try:
        for env, most in (("tests/TokenEcho-v0", 9), (lambda: Echo(7), 7), (Echo(5), 5)):
            made = copies(env, 3)
            assert len({id(e.unwrapped) for e in made}) == 3 and {e.unwrapped.most for e in made} == {most}
    finally:
        del gym.registry["tests/TokenEcho-v0"]


def test_mistakes_are_named():
    with pytest.raises(UnknownName, match="NoSuchWorld"):
        copies("NoSuchWorld-v0", 1)
    with pytest.raises(BadOption, match="int"):
        copies(3, 1)
