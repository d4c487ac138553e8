"""The label file: who is given what, what an answer, its repetition and its undo leave, and what the learner reads."""

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


def test_a_query_says_what_is_to_be_shown(store):
    clips = film(2)
    ids = store.add(pairs(2), frames=clips, environment="Walk-v0", task="Which walks?")
    query = store.next("ann")
    assert (query.number, query.task, query.environment) == (ids[0], "Which walks?", "Walk-v0")
    assert not query.repeat and not query.mirrored and (query.first.frames, query.first.width) == (4, 6)
    from rewardlab.rewards.preference.labelling.clips import frames_of

    for side, clip in enumerate((query.first, query.second)):
        assert (frames_of(store.clip(clip.number, clip.tag), clip) == clips[0, side]).all()
    assert store.clip(query.first.number, "000000000000") is None and store.latest() == ("Which walks?", "Walk-v0")


def test_people_at_once_get_different_queries_and_all_are_given(store):
    ids = fill(store, 5)
    given = [store.next(f"rater {i}").number for i in range(5)]
    assert sorted(given) == ids and store.next("rater 5") is None
    assert store.next("rater 2").number == given[2]  # the page was loaded again
    assert store.next("rater 2", besides=[given[2]]) is None


def test_one_person_holds_several_for_a_page_that_loads_ahead(store):
    ids = fill(store, 3)
    first = store.next("ann")
    second = store.next("ann", besides=[first.number])
    assert [first.number, second.number] == ids[:2] and store.next("ann", fresh=True).number == ids[2]
    store.answer(second.number, "ann", 1, key=next(KEYS))
    assert store.next("ann").number == first.number


def test_many_that_are_held_do_not_hide_the_free_ones(store, clock):
    ids = store.add(pairs(600), frames=[film(1)[0]] * 600)
    with store.together():
        held = [store.next(f"rater {i}", fresh=True).number for i in range(590)]
    assert held == ids[:590] and store.next("ann").number == ids[590]
    clock.now += 61  # the others never came back
    assert store.next("bob").number == ids[0] and store.next("bob", fresh=True).number == ids[1]


def test_a_lease_runs_out_and_a_late_answer_is_kept_beside_the_other(store, clock):
    fill(store, 1)
    query = store.next("slow").number
    assert store.next("quick") is None
    clock.now += 61
    assert store.next("quick").number == query
    store.answer(query, "quick", 1, key=next(KEYS))
    store.answer(query, "slow", 0, key=next(KEYS))
    assert said(store) == [(query, "quick", 1), (query, "slow", 0)] and store.progress() == (1, 1)


def test_a_clock_set_back_blocks_nobody(store, clock):
    query = fill(store, 1)[0]
    assert store.next("ann").number == query
    clock.now -= 1e6
    assert store.next("bob").number == query


def test_several_raters_judge_each_pair_once(store):
    ids = fill(store, 4, raters=3)
    for name, label in (("ann", 1), ("bob", 0), ("cat", 0.5)):
        assert [say(store, name, label) for _ in ids] == ids and store.next(name) is None
    assert store.progress() == (4, 4) and store.next("dan") is None
    assert sorted(said(store)) == [(q, n, y) for q in ids for n, y in (("ann", 1), ("bob", 0), ("cat", 0.5))]


def test_an_answer_counts_once_whatever_is_sent_again(store):
    ids = fill(store, 2)
    query = store.next("ann").number
    for _ in range(3):
        store.answer(query, "ann", 1, key="the-same-key")
    with pytest.raises(NotHeld, match=f"query {query}"):  # a second tab, or a double click with a new key
        store.answer(query, "ann", 0, key=next(KEYS))
    with pytest.raises(NotHeld):
        store.answer(ids[1], "ann", 0, key=next(KEYS))
    with pytest.raises(NotHeld):
        store.answer(99, "ann", 0, key=next(KEYS))
    with pytest.raises(BadOption, match="another answer"):
        store.answer(ids[1], "ann", 0, key="the-same-key")
    assert said(store) == [(query, "ann", 1)]


def test_undo_opens_the_query_again_and_leaves_history(store):
    ids = fill(store, 3)
    say(store, "ann", 1), say(store, "ann", 1), say(store, "bob", 0)
    read = store.labelled()[1]
    query = store.undo("ann", key="undo-key-1")
    assert query.number == ids[1] and store.progress() == (2, 3)
    assert store.undo("ann", key="undo-key-1").number == ids[1] and store.progress() == (2, 3)  # sent again
    assert store.next("bob") is None and store.next("ann").number == ids[1]
    withdrawn = store.withdrawn(read)
    assert len(withdrawn) == 1 and store.withdrawn() == []
    store.answer(ids[1], "ann", 0, key=next(KEYS))
    assert sorted(said(store)) == [(ids[0], "ann", 1), (ids[1], "ann", 0), (ids[2], "bob", 0)]
    assert store.labelled(read)[0].info["query"].tolist() == [ids[1]]
    rows = store._database.read(
        "SELECT label, undone IS NULL FROM answer WHERE query = ? AND undoes IS NULL", (ids[1],)
    )
    assert rows == [(1.0, 0), (0.0, 1)]
    assert store.undo("nobody") is None and store.undo("bob").number == ids[2] and store.undo("bob") is None


def test_a_late_retry_of_an_undone_answer_changes_nothing(store):
    fill(store, 1)
    query = store.next("ann").number
    store.answer(query, "ann", 1, key="first-key")
    store.undo("ann")
    store.answer(query, "ann", 1, key="first-key")
    assert said(store) == [] and store.progress() == (0, 1)


def test_skips_end_a_query_and_teach_nothing(store):
    fill(store, 2)
    say(store, "ann", None), say(store, "ann", 0.5)
    assert store.progress() == (2, 2) and [y for *_, y in said(store)] == [0.5]
    assert store.statistics()["ann"] == {
        "labels": 1, "skips": 1, "repeats": 0, "agreement": None, "median_seconds": None,
    }  # fmt: skip


@pytest.mark.parametrize("consistent", [True, False])
def test_repeats_come_mirrored_and_measure_agreement(tmp_path, consistent):
    with LabelStore(tmp_path, repeats=0.25) as store:
        fill(store, 40)
        seen, repeats = {}, 0
        for turn in range(50):
            query = store.next("ann")
            if query is None:
                break
            assert query.repeat == (query.number in seen) == query.mirrored
            if query.repeat:
                before = seen[query.number]
                assert (query.first, query.second) == (before.second, before.first)
                repeats += 1
            # the left when fresh; when mirrored the right is the same segment
            label = 1 if query.repeat != consistent else 0
            label = label if query.repeat else 1
            store.answer(query.number, "ann", label, key=next(KEYS), seconds=turn)
            seen.setdefault(query.number, query)
        told = store.statistics()["ann"]
        assert repeats == told["repeats"] == 10 and told["labels"] == 50
        assert told["agreement"] == (1.0 if consistent else 0.0)
        assert told["median_seconds"] == np.median(range(50))
        batch, _ = store.labelled()
        assert batch.info["repeat"].sum() == 10
        assert set(batch.info["label"][batch.info["repeat"]]) == {1.0 if consistent else 0.0}
        last = store.undo("ann")
        assert last.number in seen and store.statistics()["ann"]["labels"] == 49


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
