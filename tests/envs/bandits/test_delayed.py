"""Pay that comes later: nothing is lost on the way, delays follow their laws, feedback says its part."""

import itertools

import numpy as np
import pytest
import torch
from scipy import stats

from rewardlab.core.errors import BadOption
from rewardlab.envs import WorldVectorEnv
from rewardlab.envs.bandits import DelayedBandit

T = 30
LAWS = [("fixed", 4.0), ("fixed", 0.0), ("uniform", 3.0), ("uniform", 2.5), ("geometric", 5.0), ("geometric", 0.0)]
every = pytest.mark.parametrize(
    ("feedback", "law", "delay", "deviation"),
    [(f, *law, d) for f, law, d in itertools.product(("labelled", "anonymous"), LAWS, (None, 0.7))]
    + [("end", "fixed", 1.0, None), ("end", "fixed", 1.0, 0.7)],
)


def played(n=50, **fields):
    """The rules, actions [T, n], rewards [T, n] and info columns [T, n, ...] of one episode of n rows."""
    rules = DelayedBandit(pulls=T, longest=8, **fields)
    envs = WorldVectorEnv(rules, n, autoreset_mode="Disabled")
    envs.reset(seed=5)
    actions = np.random.default_rng(0).integers(0, rules.arms, (T, n))
    shown = [envs.step(action) for action in actions]
    assert all((s[2] == (t == T - 1)).all() for t, s in enumerate(shown))
    columns = {key: np.stack([s[4][key] for s in shown]) for key in shown[0][4] if not key.startswith("_")}
    return rules, actions, np.stack([s[1] for s in shown]), columns, [s[0] for s in shown]


@every
def test_what_arrives_and_what_is_outstanding_is_all_that_was_drawn(feedback, law, delay, deviation):
    _, _, reward, info, _ = played(feedback=feedback, law=law, delay=delay, deviation=deviation)
    drawn, paid = np.cumsum(info["drawn"], axis=0), np.cumsum(reward, axis=0)
    np.testing.assert_allclose(paid + info["outstanding_pay"], drawn, atol=1e-9)  # at each step, not the last alone
    if feedback == "end":
        assert (reward[:-1] == 0).all() and (info["outstanding"][-1] == 0).all()
        np.testing.assert_allclose(reward[-1], info["drawn"].sum(0), atol=1e-9)
    if delay == 0.0:
        np.testing.assert_array_equal(reward, info["drawn"])


@pytest.mark.parametrize(("law", "delay"), LAWS)
def test_each_label_fits_a_pull_of_that_arm_and_pay(law, delay):
    _, actions, reward, info, obs = played(n=20, law=law, delay=delay, deviation=0.7)
    arm, pay = info["arrived_arm"], info["arrived_pay"]
    assert (pay[arm < 0] == 0).all()
    np.testing.assert_allclose(pay.sum(-1), reward, atol=1e-12)
    for i in range(20):
        came = sorted((a, p) for t in range(T) for a, p in zip(arm[t, i], pay[t, i], strict=True) if a >= 0)
        pulls = [(a, p) for a, p in zip(actions[:, i], info["drawn"][:, i], strict=True)]
        assert len(came) == len(set(came)) and set(came) <= set(pulls)
        assert len(pulls) - len(came) == info["outstanding"][-1, i]
        for k in range(5):
            own = [p for a, p in came if a == k]
            np.testing.assert_allclose(obs[-1][i, [k, 5 + k]], [(actions[:, i] == k).mean(), len(own) / T], atol=1e-6)
            assert obs[-1][i, 10 + k] == pytest.approx(np.mean(own) if own else 0.0, abs=1e-5)


@pytest.mark.parametrize(("law", "delay"), LAWS)
def test_delays_follow_their_law(law, delay):
    # with Gaussian pay each pull can be told by its pay
    rules, _, _, info, _ = played(n=400, law=law, delay=delay, deviation=1.0)
    steps = len(rules.delays)
    assert rules.delays.sum() == pytest.approx(1.0) and (rules.delays >= 0).all()
    if law != "geometric":
        assert rules.delays @ np.arange(steps) == pytest.approx(delay)
    else:
        p = 1 / (1 + delay)
        expected = [p * (1 - p) ** d for d in range(steps - 1)]
        np.testing.assert_allclose(rules.delays, [*expected, 1 - sum(expected)] if delay else [1.0], atol=1e-12)
    took = []
    for i in range(400):
        at = {p: t for t in range(T) for p in info["arrived_pay"][t, i] if p}
        took += [at[p] - t for t, p in enumerate(info["drawn"][: T - steps, i])]  # these have all arrived
    counts = np.bincount(took, minlength=steps)
    assert len(counts) == steps
    certain = rules.delays == 0
    assert (counts[certain] == 0).all()
    if steps - certain.sum() > 1:
        assert stats.chisquare(counts[~certain], rules.delays[~certain] * len(took)).pvalue > 0.001


@pytest.mark.parametrize("feedback", ["labelled", "anonymous", "end"])
def test_known_returns_are_those_of_the_table_and_of_play(feedback):
    rules = DelayedBandit(feedback, "geometric", 5.0, longest=8, pulls=T)
    mdp, card, n = rules.to_mdp(), rules.card(), 4000
    assert mdp.solve().value == pytest.approx(card.optimal_return, abs=1e-9)
    assert mdp.evaluate(np.full((T + 1, 5), 0.2)).value == pytest.approx(card.random_return, abs=1e-9)
    p = np.cumsum([(1 / 6) * (5 / 6) ** d for d in range(8)])
    arriving = sum(1.0 if feedback == "end" or left >= 8 else p[left] for left in range(T))
    best = np.random.default_rng(0).random(5).max()  # instance 0
    assert rules.optimal_value == pytest.approx(arriving * best)
    envs, dice = WorldVectorEnv(rules, n), np.random.default_rng(0)
    envs.reset(seed=1)
    for best, known in ((True, card.optimal_return), (False, card.random_return)):
        total = sum(envs.step(np.full(n, rules.best_arm) if best else dice.integers(0, 5, n))[1] for _ in range(T))
        assert abs(total.mean() - known) < 3.5 * total.std() / np.sqrt(n)


def test_anonymous_feedback_shows_only_sums():
    rules, actions, reward, info, obs = played(n=6, feedback="anonymous", law="uniform", delay=3.0)
    assert "arrived_arm" not in info and "arrived_pay" not in info
    for t in range(T):
        shares = [(actions[: t + 1] == k).sum(0) / T for k in range(5)]
        np.testing.assert_allclose(obs[t], np.stack([*shares, reward[t], reward[: t + 1].sum(0)], axis=1), atol=1e-5)
    np.testing.assert_array_equal(info["pseudo_regret"], rules._means.max() - rules._means[actions])
    np.testing.assert_array_equal(info["success"], actions == rules.best_arm)


@every
def test_torch_steps_as_numpy_does(feedback, law, delay, deviation):
    rules = DelayedBandit(feedback, law, delay, pulls=12, deviation=deviation)
    a, b = WorldVectorEnv(rules, 3), WorldVectorEnv(rules, 3, device="cpu")
    a.reset(seed=1), b.reset(seed=1)
    dice = np.random.default_rng(2)
    for _ in range(15):
        action = dice.integers(0, 5, 3)
        (x, *left, first), (y, *right, second) = a.step(action), b.step(torch.as_tensor(action))
        np.testing.assert_allclose(x, y.numpy(), rtol=1e-6)
        for p, q in zip(left, right, strict=True):
            np.testing.assert_allclose(p, q.numpy(), rtol=1e-12)
        for key in set(rules.card().info) & first.keys():
            np.testing.assert_allclose(first[key], second[key].numpy(), rtol=1e-12)


@pytest.mark.parametrize("feedback", ["labelled", "anonymous"])
def test_pictures_and_words_show_what_has_arrived(feedback):
    envs = WorldVectorEnv(DelayedBandit(feedback, "fixed", 1.0, means=(1.0, 0.0)), 1, render_mode="rgb_array")
    envs.reset(seed=0)
    empty = envs.render()[0]
    envs.step([0])
    words = envs.rules.text(envs.get_state()["state"], 0).splitlines()
    assert words[0] == "pull 1 of 500, 0.000 arrived last"
    assert words[1] == "arm 0: 1 pull" + (", none paid yet" if feedback == "labelled" else "")
    envs.step([1])
    words = envs.rules.text(envs.get_state()["state"], 0).splitlines()
    assert words[0] == "pull 2 of 500, 1.000 arrived last"
    assert words[1] == "arm 0: 1 pull" + (", 1 paid 1.000 each" if feedback == "labelled" else "")
    assert (envs.render()[0] != empty).any()


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"feedback": "labeled"}, "did you mean 'labelled'"),
        ({"law": "poisson"}, "law='poisson'"),
        ({"law": "fixed", "delay": 1.5}, "delay=1.5"),
        ({"law": "uniform", "delay": 1.3}, "delay=1.3"),
        ({"delay": -1.0}, "delay=-1.0"),
        ({"delay": float("nan")}, "delay=nan"),
        ({"longest": 0}, "longest=0"),
        ({"means": (0.5, 2.0)}, "Bernoulli"),
        ({"arms": 1}, "1 arms"),
        ({"pulls": 0}, "pulls=0"),
    ],
)
def test_mistakes_are_named(fields, words):
    with pytest.raises(BadOption, match=words):
        DelayedBandit(**fields)
