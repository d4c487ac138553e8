"""Queue: the law of the line by balance, and a proxy whose optimum lets it grow."""

import numpy as np
import pytest

from rewardlab.core.errors import BadOption
from rewardlab.envs import WorldVectorEnv
from rewardlab.envs.mdps import Queue
from rewardlab.envs.mdps.birth_death import balance


@pytest.mark.parametrize("rate", [0, 1, 2])
def test_the_line_of_one_rate_has_the_law_of_balance(rate):
    rules = Queue()
    mu, lam, level = rules.rates[rate], rules.arrival, np.arange(13)
    law = balance(np.where(level, lam * (1 - mu), lam), np.where(level, (1 - lam) * mu, 0.0))
    policy = np.full(13, rate)
    true, paid = rules.true_mdp(), rules.to_mdp()
    assert true.evaluate(policy).value == pytest.approx(-law @ (0.1 * level + rules.effort[rate]), abs=1e-12)
    seen = np.minimum(level, rules.seen)
    assert paid.evaluate(policy).value == pytest.approx(-law @ (0.1 * seen + rules.effort[rate]), abs=1e-12)


def test_the_proxy_is_hacked():
    """The best policy of the pay never works; in truth it is worse than random play, which is worse than the best."""
    rules = Queue()
    paid, true = rules.to_mdp().solve(), rules.true_mdp()
    assert (paid.policy == 0).all()
    best = true.solve()
    assert (best.policy[2:] == 2).all()
    random = true.evaluate(np.full((13, 3), 1 / 3)).value
    assert true.evaluate(paid.policy).value < random - 0.1 < best.value - 0.4
    honest = Queue(seen=12)  # a pay that sees all of the line is the truth
    np.testing.assert_array_equal(honest.to_mdp().R, honest.true_mdp().R)
    # where it pays more to serve, a longer line is never served more slowly
    assert (np.diff(best.policy) >= 0).all()


def test_play_tells_both():
    rules = Queue(size=5, seen=2)
    envs = WorldVectorEnv(rules, 50)
    level, _ = envs.reset(seed=0)
    rng = np.random.default_rng(0)
    for _ in range(30):
        action = rng.integers(0, 3, 50)
        after, reward, _, _, info = envs.step(action)
        effort = np.array(rules.effort)[action]
        np.testing.assert_allclose(reward, -(0.1 * np.minimum(level, 2) + effort), atol=1e-15)
        np.testing.assert_allclose(info["true_reward"], -(0.1 * level + effort), atol=1e-15)
        assert (np.abs(after - level) <= 1).all()
        level = after
    assert level.max() > 2
    frames = [rules.draw({"state": np.array([s])}, 0) for s in (1, 4)]
    assert (frames[0] != frames[1]).any()
    assert rules.text({"state": np.array([4])}, 0).startswith("4 waiting, the pay sees 2")


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"size": 1}, "size=1"),
        ({"arrival": 0.0}, "arrival"),
        ({"rates": (1.0, 0.5, 0.2)}, "rates"),
        ({"effort": (0.0, 1.0)}, "effort"),
        ({"rates": (0.0,), "effort": (0.0,)}, "no rate"),
        ({"seen": 13}, "seen"),
    ],
)
def test_mistakes_are_named(options, word):
    with pytest.raises(BadOption, match=word):
        Queue(**options)
