"""The cache of live things: bounded, found by history, never copied, never shared with a fork."""

import copy
import os
import pickle

import pytest

from rewardlab.core.errors import BadOption
from rewardlab.envs.text.tools.live import Live


class Thing:
    """Counts how often it was closed."""

    def __init__(self):
        self.closed = 0

    def close(self):
        self.closed += 1


def test_it_gives_what_has_the_history_and_only_once():
    live, a, b, c = Live(4), Thing(), Thing(), Thing()
    live.put(("x",), a)
    live.put(("x",), b)  # two conversations that went the same way
    live.put(("x", "y"), c)
    assert live.take(("z",)) is None
    assert {id(live.take(("x",))), id(live.take(("x",)))} == {id(a), id(b)}
    assert live.take(("x",)) is None and live.take(("x", "y")) is c and len(live) == 0


def test_the_one_used_longest_ago_is_closed():
    live, things = Live(2), [Thing() for _ in range(4)]
    live.put(0, things[0])
    live.put(1, things[1])
    assert live.take(0) is things[0]
    live.put(0, things[0])  # used again
    live.put(2, things[2])
    assert [t.closed for t in things] == [0, 1, 0, 0] and len(live) == 2
    live.close()
    live.close()
    assert [t.closed for t in things] == [1, 1, 1, 0] and live.take(0) is None


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))])
def test_copies_are_empty_and_equal(copied):
    live, thing = Live(3), Thing()
    live.put(0, thing)
    other = copied(live)
    assert len(other) == 0 and other == live and other != Live(4) and live.take(0) is thing


def test_a_fork_closes_nothing_of_its_parent():
    live, thing = Live(3), Thing()
    live.put(0, thing)
    child = os.fork()
    if child == 0:
        code = 1
        try:
            taken = live.take(0)
            live.close()
            code = 0 if taken is None and thing.closed == 0 and len(live) == 0 else 2
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0 and len(live) == 1


def test_there_is_room_for_one():
    with pytest.raises(BadOption, match="live=0"):
        Live(0)
