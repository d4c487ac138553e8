"""A watched batch: how many rows ended, copies that go on alike, threads that change nothing."""

import pickle

import numpy as np

from rewardlab.core.rng import Streams
from rewardlab.envs.gridworlds.subgoals import Subgoals
from rewardlab.envs.gridworlds.tasks.watched_batch import WatchedBatch


def begun(rules, n, threads=None):
    batch, rng = WatchedBatch(rules, n, threads=threads), Streams(range(n))
    rng.begin(slice(None))
    batch.begin(np.arange(n), *rules.deal(rng))
    return batch


def test_it_counts_what_ended_and_copies_go_on_alike():
    rules, rng = Subgoals(room=3, least=1, longest=1, steps=20), np.random.default_rng(0)
    batch = begun(rules, 50)
    total = 0
    for t in range(30):
        if t == 10:
            twin = pickle.loads(pickle.dumps(batch))
        action = rng.integers(0, 7, 50)
        running = ~batch.ended if t else np.ones(50, dtype=bool)
        count = batch.step(action, running)
        assert count == (batch.ended | batch.cut).sum()
        batch.ended |= ~running
        total += count
        if t >= 10:
            twin.ended[...] = ~running
            twin.step(action, running)
            for key, value in batch.get_state().items():
                np.testing.assert_array_equal(twin.get_state()[key], value)
    assert total > 10


def test_threads_change_nothing():
    rules, rng = Subgoals(), np.random.default_rng(1)
    one, two = begun(rules, 101, threads=1), begun(rules, 101, threads=2)
    for _ in range(40):
        action = rng.integers(0, 7, 101)
        one.step(action)
        two.step(action)
        for key, value in one.get_state().items():
            np.testing.assert_array_equal(two.get_state()[key], value)
        np.testing.assert_array_equal(one.reward, two.reward)
