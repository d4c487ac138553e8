"""PR-LSVI: the values it draws, the questions it asks, and the river."""

import numpy as np
import pytest
from tables_that_tell import garnet, river, slope, telling

from rewardlab.agents import PRLSVI
from rewardlab.core.errors import BadOption
from rewardlab.core.logistic import expected_gap, fit_logistic, gram
from rewardlab.rewards import Task, Teacher


def test_without_noise_it_plans_for_the_regressions():
    """All by hand from its counts: a logistic fit of rewards, ridge regressions of values, backward in time."""
    agent = PRLSVI(telling(garnet(2, 3, 2), 2, 4), seed=0, horizon=4, sigma_r=0.0, sigma_p=0.0, lam=0.7, known_at=2)
    agent.asks = lambda memory, score: np.ones(len(memory), bool)
    agent.learn(2 * 4 * 40)
    k = int(agent.asked[0])
    assert 20 < k <= 40 == agent.pairs[0]
    theta = fit_logistic(agent.compared[0, :k], agent.labels[0, :k], lam=0.7)
    np.testing.assert_allclose(agent.theta[0], theta, atol=1e-7)
    np.testing.assert_allclose(agent.precision[0], gram(agent.compared[0, :k], lam=0.7))
    assert agent.visits.sum() == 320 and (agent.visits.sum((0, 2, 3)) == 80).all()
    V = np.zeros(3)
    for h in reversed(range(4)):
        n, Q = agent.visits[0, h], np.zeros((3, 2))
        for s in range(3):
            for a in range(2):
                after = sum(agent.counts[0, h, s, a, z] * V[z] for z in range(3)) / (n[s, a] + 0.7)
                Q[s, a] = 4 - h if n[s, a] < 2 else np.clip(theta[2 * s + a] + after, h - 4, 4 - h)
        np.testing.assert_allclose(agent.Q[0, h], Q, atol=1e-6)
        V = Q.max(1)


def test_draws_have_the_deviations_of_both_regressions():
    agent = PRLSVI(telling(garnet(1, 2, 2), 3000, 2), seed=1, horizon=2, independent=True, known_at=0, bound=1e6)
    values = agent.Q[:, 1]  # before any step: N(0, 1 / λ) of the reward alone
    assert values.var() == pytest.approx(1.0, abs=4 * np.sqrt(2 / 12_000))  # 4 standard errors
    first = agent.Q[:, 0]  # the same reward, and a noise of the value of its own
    assert first.var() == pytest.approx(2.0, abs=4 * 2 * np.sqrt(2 / 12_000))
    assert np.cov(first.ravel(), values.ravel())[0, 1] == pytest.approx(1.0, abs=0.06)


def test_questions_are_those_whose_draws_differ_and_paths_are_counted():
    agent = PRLSVI(telling(garnet(0, 3, 2), 4, 5), seed=0, horizon=5, epsilon=0.8, independent=True)
    told = []

    def asks(memory, score):
        told.append((memory.copy(), score.copy(), agent.precision.copy()))
        return PRLSVI.asks(agent, memory, score)

    agent.asks = asks
    agent.learn(4 * 5 * 60)
    assert agent.pairs.tolist() == [30] * 4
    for m in range(4):
        gaps = iter(agent.compared[m])
        for k, (memory, score, precision) in enumerate(told):
            place = memory.tolist().index(m)
            if score[place] > 0.8:
                gap = next(gaps)
                assert gap.sum() == 0 and np.abs(gap).sum() <= 10
                assert score[place] == pytest.approx(expected_gap(gap[None], precision[m])[0])
                assert k in agent.when[m, : agent.asked[m]]
    assert agent.asked.min() > 0 and agent.asked.max() < 30
    filled = np.arange(agent.when.shape[1]) < agent.asked[:, None]
    assert ((agent.when >= 0) == filled).all()


def test_the_rival_is_the_policy_of_the_last_question():
    agent = PRLSVI(telling(garnet(0, 3, 2), 1, 5), seed=0, horizon=5, epsilon=1.5)
    played, asked = agent.Q.copy(), 0
    for _ in range(60):
        rival = agent.rival.copy()
        agent.learn(10)  # one pair
        expected = played if agent.asked[0] > asked else rival
        np.testing.assert_array_equal(agent.rival, expected)
        played, asked = agent.Q.copy(), int(agent.asked[0])
    assert 0 < asked < 60


def test_a_teacher_is_shown_both_trajectories():
    shown = []

    def prefer(pairs):
        shown.append(pairs)
        return Teacher(Task())(pairs)

    agent = PRLSVI(telling(garnet(4, 3, 2), 2, 4), seed=0, horizon=4, epsilon=0.0, prefer=prefer)
    agent.learn(2 * 4 * 20)
    assert sum(p.shape[0] for p in shown) == agent.asked[0] > 10
    for pairs in shown:
        assert pairs.shape[1:] == (2, 4) and pairs.info["mask"].all()
        np.testing.assert_array_equal(pairs.obs[..., 1:], pairs.next_obs[..., :-1])
    total = np.concatenate([p.reward.sum(-1) for p in shown])
    np.testing.assert_array_equal(agent.labels[0, : len(total)], total[:, 0] > total[:, 1])
    path = np.zeros(6)
    first = shown[0]
    for side, sign in ((0, 1), (1, -1)):
        np.add.at(path, first.obs[0, side] * 2 + first.action[0, side], sign)
    np.testing.assert_array_equal(agent.compared[0, 0], path)


def test_its_own_teacher_is_the_logistic_of_returns():
    """One state and step, one action pays 1: wins of the paying side against σ(1)."""
    mdp = garnet(0, 1, 2).with_reward([[1.0, 0.0]])
    agent = PRLSVI(telling(mdp, 40, 1), seed=0, horizon=1, epsilon=0.0, sigma_r=20.0, independent=True)
    agent.learn(40 * 400)
    filled = np.arange(agent.when.shape[1]) < agent.asked[:, None]
    won = np.where(agent.compared[..., 0] > 0, agent.labels, 1 - agent.labels)[filled]
    assert len(won) > 1000
    assert won.mean() == pytest.approx(1 / (1 + np.exp(-1)), abs=4 * 0.5 / np.sqrt(len(won)))  # 4 standard errors


def test_regret_in_the_river_grows_slower_than_a_root_and_questions_end():
    agent = PRLSVI(telling(river(4), 8, 10), seed=0, horizon=10, epsilon=0.5, sigma_p=0.5, independent=True)
    agent.learn(8 * 10 * 800)
    p, error = slope(agent.regret_log, 10 * 250)
    assert p + 2 * error < 0.65
    late = (agent.when >= 200).sum()
    assert late < 0.2 * (agent.asked.sum() - late)


@pytest.mark.parametrize(
    "options",
    [
        {"horizon": 0},
        {"sigma_r": -1.0},
        {"sigma_p": -1.0},
        {"lam": 0.0},
        {"epsilon": -0.1},
        {"bound": 0.0},
        {"known_at": -1},
    ],
)
def test_mistakes_are_named(options):
    with pytest.raises(BadOption, match=next(iter(options))):
        PRLSVI(telling(garnet(0), 2), **options)


def test_labels_that_are_none_are_refused():
    for wrong in (lambda p: np.full(len(p), np.nan), lambda p: np.zeros(len(p) + 1)):
        agent = PRLSVI(telling(garnet(0), 2, 4), seed=0, horizon=4, epsilon=0.0, prefer=wrong)
        with pytest.raises(BadOption, match="labels"):
            agent.learn(200)
