"""Notes and a store: what is set is what is got, within bounds."""

import numpy as np
import pytest

from rewardlab.envs.text.tools.answer import answer
from rewardlab.envs.text.tools.key_value import LISTED, KeyValue, Lookup
from rewardlab.envs.text.tools.tool import Session


@pytest.fixture
def session():
    return Session({"Orn": "a river", "Ort": 7, "Vell": "a town"}, None, np.random.default_rng(0))


def test_notes_behave_as_a_dict(session):
    rng, truth, notes = np.random.default_rng(1), {}, KeyValue(keys=5)
    for _ in range(300):
        action, key = ["get", "set", "delete", "list"][rng.integers(4)], f"k{rng.integers(8)}"
        before = session.memory
        copy = None if before is None else dict(before)
        value = str(rng.integers(100))
        given = {"action": action, "key": key} | ({"value": value} if action == "set" else {})
        said = answer(notes, session, given)
        if action == "get":
            assert said == truth[key] if key in truth else said.startswith(f"error: no key '{key}'")
        elif action == "delete":
            assert (said == "done") == (truth.pop(key, None) is not None)
        elif action == "list":
            assert said == ("\n".join(sorted(k for k in truth if k.startswith(key))) or "no keys")
        elif key in truth or len(truth) < 5:
            truth[key] = value
            assert said == "done"
        else:
            assert "no room" in said
        assert (session.memory or {}) == truth and before == copy  # replaced, never changed in place


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"action": "set", "key": "a"}, "set needs a value"),
        ({"action": "set", "value": "a"}, "needs a key"),
        ({"action": "get"}, "needs a key"),
        ({"action": "set", "key": "k" * 101, "value": ""}, "needs a key of 1 to 100"),
        ({"action": "set", "key": "k", "value": "x" * 2001}, "2001 characters"),
        ({"action": "drop"}, "must be one of get, set, delete, list"),
        ({"action": "get", "key": "a"}, "no key 'a'; there are none yet"),
    ],
)
def test_what_is_refused(arguments, said, session):
    got = answer(KeyValue(), session, arguments)
    assert got.startswith("error: ") and said in got and session.memory is None


@pytest.mark.parametrize(
    ("key", "said"),
    [("Orn", "a river"), ("Ort", "7"), ("Or*", "Orn\nOrt"), ("*", "Orn\nOrt\nVell"), ("z*", "no keys")],
)
def test_a_store_is_read(key, said, session):
    assert answer(Lookup(), session, {"key": key}) == said


def test_a_miss_names_the_nearest(session):
    assert answer(Lookup(), session, {"key": "Vel"}) == "error: no key 'Vel'; did you mean 'Vell'?"
    inner = Lookup(store=lambda data: {f"k{i:03}": i for i in range(LISTED + 3)})
    assert answer(inner, session, {"key": "k*"}).endswith("k049\n... and 3 more")
