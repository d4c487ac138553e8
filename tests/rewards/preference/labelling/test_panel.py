import gymnasium as gym
import numpy as np
import pytest
from steps import steps

from rewardlab.agents.tabular import QLearning
from rewardlab.core.errors import BadOption
from rewardlab.envs import Filmed
from rewardlab.rewards import BradleyTerry, PreferenceLearning
from rewardlab.rewards.preference import Queries, Uniform
from rewardlab.rewards.preference.labelling import LabelStore, Panel


def pairs(count=6):
    rng = np.random.default_rng(0)
    film = rng.integers(0, 256, (count, 2, 3, 4, 4, 3), dtype=np.uint8)
    return steps((count, 2, 3), obs=rng.normal(size=(count, 2, 3, 2)), frame=film)


class Person:
    """Answers when the loop sleeps: the larger first number wins; every fifth pair is skipped."""

    def __init__(self, store, name="ann", skips=5):
        self.store, self.name, self.skips, self.count, self.pictures = store, name, skips, 0, []

    def __call__(self, seconds):
        query = self.store.next(self.name)
        if query is None:
            return
        self.count += 1
        segments = self.store.segments(query.number)
        self.pictures.append(query.first)
        gap = segments.obs.reshape(*segments.shape, -1)[..., 0].sum(-1)
        label = float(gap[0] > gap[1])
        label = 1 - label if query.mirrored else label
        skip = self.skips and self.count % self.skips == 0
        self.store.answer(query.number, self.name, None if skip else label, key=f"key-{self.name}-{self.count:05d}")


def test_the_loop_waits_for_the_answers_of_people(tmp_path):
    with LabelStore(tmp_path / "labels.sqlite", repeats=0.0) as store:
        person = Person(store)
        labels = Panel(store, progress_bar=False, sleep=person)(pairs())
        want = (pairs().obs[:, 0, :, 0].sum(-1) > pairs().obs[:, 1, :, 0].sum(-1)).astype(float)
        assert np.isnan(labels[4]) and (np.delete(labels, 4) == np.delete(want, 4)).all()
        again = Panel(store, progress_bar=False, sleep=person)(pairs(3))  # answers of before do not count
        assert np.isfinite(again).sum() >= 2 and len(again) == 3


def test_patience_ends(tmp_path):
    slept = []
    with LabelStore(tmp_path / "labels.sqlite") as store:
        labels = Panel(store, patience=3.0, poll=1.0, progress_bar=False, sleep=slept.append)(pairs())
    assert np.isnan(labels).all() and 3 <= len(slept) <= 5
    with pytest.raises(BadOption, match="pairs without pictures"):
        Panel(None)(steps((2, 2, 3)))
    for bad in ({"patience": 0.0}, {"poll": 0.0}):
        with pytest.raises(BadOption, match="seconds above 0"):
            Panel(None, **bad)


def test_people_teach_an_agent(tmp_path):
    envs = Filmed(
        gym.make_vec("rewardlab/Chain-v0", num_envs=4, states=6, ends=(), render_mode="rgb_array"), largest=32
    )
    agent = QLearning(envs, seed=0, epsilon=0.3, learning_rate=0.3)
    model = BradleyTerry(observation_space=envs.single_observation_space, action_space=envs.single_action_space, seed=0)
    with LabelStore(tmp_path / "labels.sqlite", repeats=0.0) as store:
        person = Person(store, skips=0)
        panel = Panel(store, progress_bar=False, sleep=person)
        run = PreferenceLearning(
            agent, model, panel, Queries(Uniform(), length=4), labels=40, rounds=2, epochs=30, capacity=400
        ).learn(800)
        assert person.count == 40 and all(p is not None for p in person.pictures)
        assert len(store.clip(person.pictures[0].number, person.pictures[0].tag)) > 50
    assert "frame" not in run.comparisons.info and [r["answered"] for r in run.history] == [10, 30]
    assert run.history[-1]["accuracy"] > 0.8
