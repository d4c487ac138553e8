"""Reading in parts gives what reading at once gives, and statistics are those of the answers."""

import statistics

import numpy as np
import pytest
from label_server import pairs

from rewardlab.rewards.preference.labelling import reading
from rewardlab.rewards.preference.labelling.store import LabelStore


@pytest.fixture
def store(tmp_path):
    with LabelStore(tmp_path, repeats=0) as made:
        made.add(pairs(30, size=np.random.default_rng(0).integers(1, 5, (30, 2))), frames=None)
        with made.together() as db:
            db.execute("UPDATE query SET first_clip = 0")  # no pictures are needed here
        yield made


@pytest.mark.parametrize("most", [1, 7, 29, 100])
def test_parts_make_the_whole(store, most):
    times = []
    for turn in range(30):
        name = f"rater {turn % 3}"
        times.append((name, float(turn * 7 % 11)))
        store.answer(store.next(name).number, name, turn % 2, key=f"key-{turn:06}", seconds=times[-1][1])
        if turn % 10 == 9:
            store.undo(name)
    whole, end = store.labelled()
    assert len(whole) == 27
    since, read = 0, []
    while len(part := store.labelled(since, most=most)[0]):
        since = store.labelled(since, most=most)[1]
        read.append(part)
    for name in ("label", "query", "annotator", "answer"):
        assert np.concatenate([p.info[name] for p in read]).tolist() == whole.info[name].tolist()
    assert since == end or most < 27
    for p in read:
        rows = np.isin(whole.info["answer"], p.info["answer"])
        t = p.shape[2]
        assert (whole.obs[rows][:, :, :t][p.info["mask"]] == p.obs[p.info["mask"]]).all()
    told = store.statistics()
    for name in told:
        mine = [s for i, (n, s) in enumerate(times) if n == name and i % 10 != 9]
        assert told[name]["labels"] == len(mine) and told[name]["median_seconds"] == statistics.median(mine)


def test_more_pairs_than_one_statement_takes_are_found(store):
    ids = store.add(pairs(1100, 1))
    found = reading.pairs(store._database, ids)
    assert list(found) == ids
