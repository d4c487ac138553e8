"""Who is given which query, and what an answer, its repetition and its undo leave."""

import itertools

import numpy as np
import pytest
from label_server import film, pairs

from rewardlab.core.errors import BadOption
from rewardlab.rewards.preference.labelling.store import LabelStore, NotHeld

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
