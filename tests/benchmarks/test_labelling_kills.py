"""Three kills under load lose nothing; and each kind of loss would be seen."""

import copy

import pytest

from rewardlab.benchmarks.labelling_kills import Kills, compare, fill, good, measure
from rewardlab.rewards.preference.labelling.store import LabelStore


def test_three_kills_under_load_lose_nothing():
    found = measure(Kills(kills=3, clients=4, pairs=1500, apart=0.3))
    assert found["kills"] == 3 and found["acknowledged"] > 20 and found["retries"] >= 3
    assert good(found), found


@pytest.fixture
def labelled(tmp_path):
    """A file of ten labels, and what its client knows."""
    with LabelStore(tmp_path, repeats=0.1) as store:
        fill(store, 12)
        said = []
        for turn in range(11):
            query = store.next("ann")
            said.append([query.number, "ann", turn % 2, f"key-{turn:06}"])
            store.answer(query.number, "ann", turn % 2, key=f"key-{turn:06}")
    return tmp_path, {"acknowledged": said, "unknown": [], "refused_answers": []}


def test_a_whole_file_is_good_and_each_fault_is_seen(labelled):
    path, seen = labelled
    whole = compare(path, seen)
    assert good(whole) and whole["acknowledged"] == 11

    def faulty(change):
        other = copy.deepcopy(seen)
        change(other)
        found = compare(path, other)
        assert not good(found)
        return found

    assert faulty(lambda s: s["acknowledged"].append([12, "ann", 1, "key-lost0"]))["lost"] == 1
    assert faulty(lambda s: s["acknowledged"][0].__setitem__(2, 0.5))["lost"] == 1
    assert faulty(lambda s: s["acknowledged"].pop())["from_nowhere"] == 1
    assert faulty(lambda s: s["refused_answers"].append([1, "ann", 1, "key"]))["refused"] == 1
    unsure = copy.deepcopy(seen)
    unsure["unknown"].append(unsure["acknowledged"].pop())
    assert good(compare(path, unsure))  # written, but the answer was lost: neither lost nor from nowhere


def test_a_second_answer_and_a_wrong_sum_are_seen(labelled):
    path, seen = labelled
    with LabelStore(path) as store, store.together() as db:
        db.execute("UPDATE tally SET done = done + 1")
    assert compare(path, seen)["miscounted"] == 1
    with LabelStore(path) as store, store.together() as db:
        db.execute("INSERT INTO answer (key, query, annotator, label, time) VALUES ('key-000000x', 1, 1, 1, '')")
    assert compare(path, seen)["duplicates"] == 1 and compare(path, seen)["from_nowhere"] == 1
