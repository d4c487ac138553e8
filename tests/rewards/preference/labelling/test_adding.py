"""What may be added: refused with the place of the fault, and whole pairs only."""

import dataclasses

import numpy as np
import pytest
from label_server import film, pairs

from rewardlab.core.errors import BadBatch, BadOption
from rewardlab.rewards.preference.labelling import adding
from rewardlab.rewards.preference.labelling.store import LabelStore


@pytest.fixture
def store(tmp_path):
    with LabelStore(tmp_path) as made:
        yield made


def spoilt(column, value, at=(1, 0, 2)):
    batch = pairs(3)
    x = getattr(batch, column).copy()
    x[at] = value
    return dataclasses.replace(batch, **{column: x})


@pytest.mark.parametrize("column", ["obs", "next_obs", "reward"])
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_nan_is_refused_with_its_place(store, column, value):
    with pytest.raises(BadBatch, match=f"{column} is NaN or infinite in pair 1, segment 0, step 2"):
        store.add(spoilt(column, value))
    assert store.progress() == (0, 0)


def test_nan_that_does_not_count_is_no_fault(store):
    batch = spoilt("obs", np.nan, at=(1, 0, 3))
    masked = batch.paying(batch.reward, mask=np.arange(4) < np.array([[4, 4], [3, 4], [4, 4]])[..., None])
    assert len(store.add(masked)) == 3


GAPS = np.ones((3, 2, 4), dtype=bool)
GAPS[0, 0, 1] = False


@pytest.mark.parametrize(
    ("batch", "words"),
    [
        (pairs(3).rows(0), r"steps \(2, 4\)"),
        (pairs(3).map(lambda x: x[:, :1]), r"steps \(3, 1, 4\)"),
        (pairs(3, 0), r"steps \(3, 2, 0\)"),
        (pairs(3).paying(pairs(3).reward, mask=GAPS), "gaps"),
        (pairs(3).paying(pairs(3).reward, mask=np.zeros((3, 2, 4), dtype=bool)), "of no step"),
        (pairs(3).paying(pairs(3).reward, stage=np.zeros(5)), "info.stage has shape"),
    ],
)
def test_what_is_no_pair_of_segments_is_refused(store, batch, words):
    with pytest.raises(BadBatch, match=words):
        store.add(batch)


def test_other_steps_than_those_in_the_file_are_refused(store):
    store.add(pairs(2))
    other = pairs(2)
    for batch in (
        dataclasses.replace(other, obs=other.obs.astype(np.float64)),
        dataclasses.replace(other, obs=other.obs[..., :2]),
        dataclasses.replace(other, info={}),
        other.paying(other.reward, more=other.reward),
    ):
        with pytest.raises(BadBatch, match="already have it"):
            store.add(batch)
    assert store.progress() == (0, 2)


@pytest.mark.parametrize(
    "options",
    [
        {"raters": 0},
        {"raters": True},
        {"raters": 1.5},
        {"states": [[1, 2]] * 3},
        {"frames": film(3), "states": [[1, 2]] * 3, "render": lambda s: s},
        {"frames": film(3).astype(float)},
        {"frames": film(2)},
        {"frames": film(4)},
        {"frames": film(3)[:, :1]},
    ],
)
def test_options_and_pictures_are_checked(store, options):
    with pytest.raises(BadOption):
        store.add(pairs(3), **options)


def test_states_are_rendered_and_only_what_counts_is_shown(store):
    drawn = []

    def render(states):
        drawn.append(list(states))
        return np.zeros((len(states), 4, 4, 3), dtype=np.uint8) + np.uint8(states[0])

    size = [[4, 2], [3, 4]]
    store.add(pairs(2, size=size), states=[[[1, 2, 3, 4], [5, 6, 6, 6]], [[7, 8, 9, 9], [1, 1, 1, 1]]], render=render)
    query = store.next("ann")
    assert drawn[:2] == [[1, 2, 3, 4], [5, 6, 6, 6]] and (query.first.frames, query.second.frames) == (4, 2)


def test_columns_of_segments_and_pairs_come_back_as_such(store, tmp_path):
    """Also where a start [P, 2, 2] could be taken for steps: T is 2."""
    batch = pairs(3, 2)
    start, gap = np.arange(12).reshape(3, 2, 2), np.array([[1.0, np.nan], [2, 3], [4, 5]])
    note = np.array(["a", "b", "c"], dtype=object)
    more = batch.paying(
        batch.reward, start=start, gap=gap, weight=np.array([1.5, 2.5, 3.5]), note=note, label=np.ones(3)
    )
    store.add(more, frames=film(3, 2))
    store.add(
        pairs(1, 5).paying(pairs(1, 5).reward, **{k: more.info[k][:1] for k in ("start", "gap", "weight", "note")})
    )
    for turn, label in enumerate((0, 0.5, 0)):
        store.answer(store.next("ann").number, "ann", label, key=f"key-{turn:06}")
    store.export(tmp_path / "x.jsonl")
    with LabelStore(tmp_path / "two") as other:
        other.import_(tmp_path / "x.jsonl")
        for info in (store.labelled()[0].info, other.labelled()[0].info):
            assert info["label"].tolist() == [0, 0.5, 0] and info["note"].tolist() == ["a", "b", "c"]
            assert (info["start"] == start).all() and np.array_equal(info["gap"], gap, equal_nan=True)
            assert info["weight"].tolist() == [1.5, 2.5, 3.5]


def test_a_renderer_that_fails_leaves_whole_pairs(store, monkeypatch):
    monkeypatch.setattr(adding, "CHUNK", 2)

    def frames():
        yield from film(5)
        raise OSError("no more")

    with pytest.raises(OSError, match="no more"):
        store.add(pairs(8), frames=frames())
    assert store.progress() == (0, 4)
    assert [store.segments(q).shape for q in (1, 4)] == [(2, 4)] * 2


def test_digests_tell_pairs_and_their_sides_apart():
    assert len({adding.digest(a, b) for a in (b"", b"x", b"xy") for b in (b"", b"x", b"yx")}) == 9
