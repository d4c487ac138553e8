import math

import numpy as np
import pytest
from scipy.optimize import linprog
from steps import as_torch, random_steps, steps

from rewardlab.core.errors import BadBatch, BadCheckpoint, BadOption
from rewardlab.core.reward import Task
from rewardlab.rewards import AdversarialMixture, CountBonus, Milestones


class Head(Task):
    def __init__(self, i):
        self.i = i

    def __call__(self, batch):
        return batch.column("heads")[..., self.i]


def heads(values):
    values = np.asarray(values, dtype=float)
    return steps(values.shape[:-1], heads=values)


def mixture(k, **options):
    return AdversarialMixture(tuple(map(Head, range(k))), **options)


def test_the_weights_by_hand():
    reward = mixture(3, rate=0.5)
    batch = heads([[1.0, 0.0, 2.0], [3.0, 0.0, 0.0]])
    np.testing.assert_allclose(reward(batch), [1.0, 1.0], rtol=1e-15)  # even weights at first
    logs = reward.update(batch)
    raw = np.exp(-0.5 * np.array([2.0, 0.0, 1.0]))
    np.testing.assert_allclose(reward.weights, raw / raw.sum(), rtol=1e-14)
    assert logs["adversarial_mixture/weight_1"] == pytest.approx(raw[1] / raw.sum())
    np.testing.assert_allclose(reward(batch), batch.info["heads"] @ reward.weights, rtol=1e-14)
    reward.update(batch)
    np.testing.assert_allclose(reward.weights, raw**2 / (raw**2).sum(), rtol=1e-14)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_playing_against_best_responses_finds_the_saddle_point(seed):
    """Exact value by a linear programme; the averages of both players lie within the bound of their regret."""
    table = np.random.default_rng(seed).uniform(-1, 1, size=(8, 4))  # [responses, heads]
    solved = linprog(
        np.append(np.zeros(8), -1.0),
        A_ub=np.hstack([-table.T, np.ones((4, 1))]),
        b_ub=np.zeros(4),
        A_eq=np.append(np.ones(8), 0.0)[None],
        b_eq=[1.0],
        bounds=[(0, None)] * 8 + [(None, None)],
    )
    value, rounds = -solved.fun, 1500
    reward = mixture(4, rate=math.sqrt(8 * math.log(4) / rounds) / 2)
    policy, weights, every = np.zeros(8), np.zeros(4), heads(table)
    for _ in range(rounds):
        chosen = reward(every).argmax()
        weights += reward.weights / rounds
        policy[chosen] += 1 / rounds
        reward.update(every.rows(slice(chosen, chosen + 1)))
    below, above = (policy @ table).min(), (table @ weights).max()
    assert below - 1e-12 <= value <= above + 1e-12
    assert above - below <= 2 * math.sqrt(math.log(4) / (2 * rounds))  # 0.043
    assert below > table.min(-1).max()  # better than what the worst case of single responses would choose


def test_any_axes_and_both_libraries_teach_the_same():
    values = np.random.default_rng(3).normal(size=(6, 5, 3))
    one, two, three = mixture(3, rate=1.0), mixture(3, rate=1.0), mixture(3, rate=1.0)
    one.update(heads(values))
    two.update(heads(values.reshape(30, 3)))
    three.update(as_torch(heads(values)))
    np.testing.assert_allclose(two.weights, one.weights, rtol=1e-12)
    np.testing.assert_allclose(three.weights, one.weights, rtol=1e-12)


def test_many_rounds_stay_finite_and_state_goes_on():
    reward = mixture(2, rate=1.0)
    for _ in range(50):
        reward.update(heads([[1e6, -1e6]]))
    assert reward.weights.tolist() == [0.0, 1.0]
    other = mixture(2, rate=1.0)
    other.load_state_dict(reward.state_dict())
    assert other(heads([[3.0, 4.0]])).tolist() == [4.0]
    with pytest.raises(BadCheckpoint, match="log_weights"):
        other.load_state_dict({**reward.state_dict(), "log_weights": np.zeros(3)})


def test_one_member_is_the_single_model_and_members_learn():
    batch = random_steps(6, np.random.default_rng(5))
    single = AdversarialMixture((Task(),))
    single.update(batch)
    np.testing.assert_array_equal(single(batch), batch.reward)
    counting = AdversarialMixture((CountBonus(), Task()))
    assert counting.update(batch)["count_bonus/states"] == 6.0


def test_nan_shows_and_mistakes_are_named():
    batch = heads([[1.0, np.nan]])
    reward = mixture(2)
    assert np.isnan(reward(batch)).all()
    with pytest.raises(BadBatch, match="member 1"):
        reward.update(batch)
    assert reward.weights.tolist() == [0.5, 0.5]  # nothing was learned from it
    for rate in (0.0, -1.0, math.inf):
        with pytest.raises(BadOption, match="rate"):
            mixture(2, rate=rate)
    with pytest.raises(BadOption, match="milestones remembers"):
        AdversarialMixture((Milestones({"stage": 1.0}),))
