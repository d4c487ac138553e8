"""The label file: what the learner reads, what is refused, full disks, transactions and two processes."""

import itertools
import subprocess
import sys

import numpy as np
import pytest
from label_server import film, pairs

from rewardlab.core.errors import BadOption, BadStore, UnknownName
from rewardlab.rewards.preference.kernel import check_comparisons
from rewardlab.rewards.preference.labelling.store import FILE, LabelStore, NotHeld, file_of

KEYS = (f"key-{i:06}" for i in itertools.count())


class Clock:
    def __init__(self):
        self.now = 1e9

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def store(tmp_path, clock):
    with LabelStore(tmp_path, repeats=0, lease=60, clock=clock) as made:
        yield made


def fill(store, p=6, **more):
    return store.add(pairs(p), frames=film(p), **more)


def say(store, name, label, **more):
    query = store.next(name)
    store.answer(query.number, name, label, key=next(KEYS), **more)
    return query.number


def said(store):
    batch, _ = store.labelled()
    names = store.annotators()
    return [
        (int(q), names[int(a)], float(y))
        for q, a, y in zip(*(batch.info[k] for k in ("query", "annotator", "label")), strict=True)
    ]


def test_the_learner_reads_what_was_recorded_and_goes_on_from_there(store):
    batch = pairs(6)
    store.add(batch, frames=film(6))
    for label in (1, 0, 0.5, 1):
        say(store, "ann", label)
    part, since = store.labelled(most=3)
    rest, end = store.labelled(since)
    assert part.info["label"].tolist() == [1, 0, 0.5] and rest.info["label"].tolist() == [1]
    assert (part.obs == batch.obs[:3]).all() and (rest.info["stage"] == batch.info["stage"][3:4]).all()
    assert part.obs.dtype == np.float32 and part.info["stage"].dtype == np.int16 and part.info["mask"].all()
    none, same = store.labelled(end)
    assert len(none) == 0 and same == end and none.obs.shape == (0, 2, 0, 3)
    assert len(check_comparisons(part, where="test")) == 3


def test_no_labels_and_no_pairs_are_an_empty_batch(store):
    batch, since = store.labelled()
    assert batch.shape == (0, 2, 0) and since == 0 and store.progress() == (0, 0) and store.statistics() == {}
    with pytest.warns(UserWarning, match="nothing to learn"):
        check_comparisons(batch, where="test")


def test_segments_of_different_lengths_are_padded_and_masked(store):
    size = [[4, 2], [1, 3]]
    batch = pairs(2, size=size)
    store.add(batch, frames=film(2))
    longer = pairs(1, 7, seed=1)
    store.add(longer, frames=film(1, 7))
    query = store.next("ann")
    assert (query.first.frames, query.second.frames) == (4, 2)
    for _ in range(3):
        say(store, "ann", 1)
    found, _ = store.labelled()
    assert found.shape == (3, 2, 7)
    assert found.info["mask"].sum(-1).tolist() == [*size, [7, 7]]
    assert (found.obs[0, 1, :2] == batch.obs[0, 1, :2]).all() and (found.obs[0, 1, 2:] == batch.obs[0, 1, 1]).all()
    assert store.segments(1).shape == (2, 4) and (store.segments(3).reward == longer.reward[0]).all()
    with pytest.raises(UnknownName, match="query 9"):
        store.segments(9)


@pytest.mark.parametrize("label", [2, -1, 0.7, float("nan"), "1", True, [1]])
def test_what_is_no_label_is_refused(store, label):
    fill(store, 1)
    query = store.next("ann").number
    with pytest.raises(BadOption, match="label"):
        store.answer(query, "ann", label, key=next(KEYS))
    assert store.next("ann").number == query and store.progress() == (0, 1)


@pytest.mark.parametrize(
    "call",
    [
        lambda s: s.answer(1, "ann", 1, key="short"),
        lambda s: s.answer(1, "ann", 1, key="spaces in it"),
        lambda s: s.answer(1, "ann", 1, key="ключ-ключ"),
        lambda s: s.answer(1, "ann", 1, key="x" * 65),
        lambda s: s.answer(1, "ann", 1, key=next(KEYS), seconds=float("nan")),
        lambda s: s.answer(1, "ann", 1, key=next(KEYS), seconds=-1),
        lambda s: s.undo("ann", key="?"),
        lambda s: s.next(""),
        lambda s: s.next(" ann"),
        lambda s: s.next("a\nb"),
        lambda s: s.next("x" * 65),
        lambda s: s.next("\ud800"),
    ],
)
def test_bad_keys_names_and_times_are_refused(store, call):
    fill(store, 1)
    store.next("ann")
    with pytest.raises(BadOption):
        call(store)
    assert store.progress() == (0, 1) and list(store.annotators().values()) == ["ann"]


def test_options_and_missing_files_are_refused(tmp_path):
    for bad in ({"lease": 0}, {"lease": float("nan")}, {"repeats": -0.1}, {"repeats": 0.6}):
        with pytest.raises(BadOption, match="lease"):
            LabelStore(tmp_path, **bad)
    with pytest.raises(BadStore, match="no labels here") as e:
        LabelStore(tmp_path / "none", create=False)
    assert e.value.mend and not (tmp_path / "none").exists()
    assert file_of(tmp_path) == tmp_path / FILE and file_of("x.sqlite").name == "x.sqlite"


def test_a_full_disk_loses_nothing_and_says_what_is_free(store):
    fill(store, 40)
    for _ in range(5):
        say(store, "ann", 1)
    before = said(store)
    pages = store._database.read("PRAGMA page_count")[0][0]
    store._database.read(f"PRAGMA max_page_count={pages}")  # SQLite's own full disk
    with pytest.raises(BadStore, match=r"cannot write[\s\S]*bytes of room, \d+ are free") as e:
        fill(store, 40)
    assert str(store.path) in str(e.value) and e.value.mend
    assert said(store) == before and store.progress() == (5, 40)
    store._database.read("PRAGMA max_page_count=1000000")
    say(store, "ann", 0)
    assert len(fill(store, 2)) == 2 and store.progress() == (6, 42) and len(said(store)) == 6


def test_calls_together_are_one_transaction_and_a_bad_one_undoes_itself_alone(store):
    fill(store, 3)
    with pytest.raises(KeyboardInterrupt), store.together():
        say(store, "ann", 1)
        raise KeyboardInterrupt
    assert said(store) == []
    with store.together(durable=False):
        kept = say(store, "ann", 1)
        with pytest.raises(BadOption):
            store.next("a\nb")
        with pytest.raises(NotHeld):
            store.answer(kept, "ann", 0, key=next(KEYS))
    assert said(store) == [(kept, "ann", 1)]


def test_an_answer_is_synchronised_and_a_lease_alone_is_not(store):
    """SQLite's levels: 2 is FULL, on the disk at the commit; 1 is NORMAL. Power cannot be cut in a test."""
    assert store._database.read("PRAGMA journal_mode") == [("wal",)]
    for durable, level in ((True, 2), (False, 1), (True, 2)):
        with store.together(durable=durable) as db:
            assert db.execute("PRAGMA synchronous").fetchone()[0] == level


WORKER = """
import sys
from rewardlab.rewards.preference.labelling.store import LabelStore
path, name = sys.argv[1:]
with LabelStore(path, repeats=0) as store:
    turn = 0
    while query := store.next(name):
        store.answer(query.number, name, 1, key=f"{name}-{turn:06}")
        turn += 1
print(turn)
"""


def test_two_processes_share_the_queries_without_a_conflict(store):
    ids = fill(store, 120)
    children = [
        subprocess.Popen([sys.executable, "-c", WORKER, str(store.path), name], stdout=subprocess.PIPE, text=True)
        for name in ("process-1", "process-2")
    ]
    turns = [int(c.communicate(timeout=60)[0]) for c in children]
    assert sum(turns) == 120 and [c.returncode for c in children] == [0, 0]
    assert sorted(q for q, *_ in said(store)) == ids and store.progress() == (120, 120)
