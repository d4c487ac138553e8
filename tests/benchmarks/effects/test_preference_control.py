"""Ranked factors on a pendulum: sums against the task's own pay, units that change no bit, and short runs."""

import gymnasium as gym
import numpy as np
import pytest

from rewardlab.benchmarks.effects import preference_control as control
from rewardlab.core.batch import Transitions
from rewardlab.rewards.preference import Heron


def swings(steps=200):
    """Random play of Gymnasium's pendulum, [T] steps with its own reward."""
    env, rng = gym.make("Pendulum-v1"), np.random.default_rng(0)
    obs, _ = env.reset(seed=0)
    rows = []
    for _ in range(steps):
        action = rng.uniform(-3, 3, 1).astype(np.float32)  # beyond what acts
        after, reward, *_ = env.step(action)
        rows.append((obs, action, reward, after))
        obs = after
    obs, action, reward, after = (np.array(x) for x in zip(*rows, strict=True))
    no = np.zeros(steps, dtype=bool)
    return Transitions(obs, action, reward, after, no, no)


def test_the_sum_with_the_tasks_own_weights_is_the_tasks_reward():
    steps = swings()
    weights = tuple(np.array(control.TRUE) / control.UNITS)
    paid = control.WeightedSum(weights)(steps)
    np.testing.assert_allclose(paid, steps.reward, atol=1e-4)
    other = control.WeightedSum(weights, control.OTHER)(steps)
    speed = steps.obs[:, 2].astype(float) ** 2
    np.testing.assert_allclose(paid - other, 0.1 * (control.OTHER - 1) * speed, rtol=1e-6)


def test_ranked_labels_do_not_see_units_and_ask_for_the_angle_first():
    steps = swings(400)
    segments = steps.map(lambda x: x.reshape(20, 2, 10, *x.shape[1:]))
    teachers = [Heron(control.factors(other)) for other in (1.0, control.OTHER)]
    plain, other = (teacher(segments) for teacher in teachers)
    np.testing.assert_array_equal(plain, other)
    z = teachers[0].values(segments)
    np.testing.assert_array_equal(z[..., 1] * control.OTHER, teachers[1].values(segments)[..., 1])
    np.testing.assert_allclose(
        z[..., 0], -(np.arctan2(segments.obs[..., 1], segments.obs[..., 0]) ** 2).sum(2), rtol=1e-5
    )
    clear = np.abs(z[:, 0, 0] - z[:, 1, 0]) > 0.5 * z[..., 0].std()
    assert clear.any() and not clear.all()
    np.testing.assert_array_equal(plain[clear] == 1, (z[:, 0, 0] > z[:, 1, 0])[clear])


def test_a_short_training_has_the_same_bits_in_other_units_where_that_of_a_sum_has_not(monkeypatch):
    for name, value in (("EPOCHS", 2), ("ROUNDS", 2), ("FIRST", 160), ("EPISODES", 2)):
        monkeypatch.setattr(control, name, value)
    short = {"steps": 200, "labels": 32}
    (one, bits), (two, again) = control.by_rank(0, **short), control.by_rank(0, control.OTHER, **short)
    assert bits == again and one == two
    assert control.by_rank(1, **short)[1] != bits
    plain, other = (control.by_sum(0, 0.1, unit, steps=200) for unit in (1.0, control.OTHER))
    assert plain[1] != other[1]


def test_a_score_is_a_share_of_the_way_from_chance_to_the_best():
    class Still:
        policy = type("Policy", (), {"state_dict": staticmethod(dict)})()

        def predict(self, obs, state=None, episode_start=None, deterministic=True):
            return np.zeros((len(obs), 1), dtype=np.float32), state

    assert -0.5 < control.judged(Still(), 0)[0] < 0.5


@pytest.mark.parametrize("run", [control.ranked, control.rescaled])
def test_measures_come_of_both_trainings(run, monkeypatch):
    found = {1.0: (0.9, "a"), control.OTHER: (0.2, "b")}
    monkeypatch.setattr(control, "by_rank", lambda seed, other=1.0: found[other])
    monkeypatch.setattr(control, "by_sum", lambda seed, charge, other=1.0: found[other])
    measured = run(0)
    assert (measured["score"], measured["in other units"]) == (0.9, 0.2)
    assert measured.get("same bits", 0.0) == 0.0 and measured.get("lost", 0.7) == pytest.approx(0.7)


def test_the_claims_name_sides_that_there_are():
    (effect,) = control.effects()
    sides = {arm.side for arm in effect.arms}
    assert all({c.side, c.against} <= sides for c in effect.claims) and control.TRUE[1] in control.GRID
