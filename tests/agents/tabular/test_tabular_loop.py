"""LOOP over tables: its losses by definition, the truth in its sets, hope that is kept, few switches, and regret."""

import math

import numpy as np
import pytest
from tables_that_tell import garnet, river, slope, telling

from rewardlab.agents import TabularLOOP
from rewardlab.core.errors import BadOption
from rewardlab.core.mdp import TabularMDP


def made(mdp, rows=1, seed=0, **options):
    return TabularLOOP(telling(mdp, rows), seed=seed, independent=True, **options)


def test_excess_is_the_difference_of_the_losses_of_the_definition():
    steps, agent = [], made(garnet(1), prior=1e-9)

    def see(told):
        s = told["step"]
        steps.append((s.obs[0], s.action[0], s.reward[0], s.next_obs()[0]))

    agent.learn(300, see)
    rng = np.random.default_rng(0)
    backup, V = rng.random((4, 2)), rng.random(4)

    def loss(g):
        return sum((g[s, a] - r - V[after]) ** 2 for s, a, r, after in steps)

    means = np.array(
        [[np.mean([r + V[y] for s, a, r, y in steps if (s, a) == (i, k)]) for k in range(2)] for i in range(4)]
    )
    found = agent.excess(np.zeros(1, dtype=int), backup.reshape(1, -1), V[None])[0]
    assert found == pytest.approx(loss(backup) - loss(means), rel=1e-6)
    np.testing.assert_allclose(agent.fit(np.zeros(1, dtype=int), V[None])[0], means.ravel(), rtol=1e-6)


def test_the_truth_stays_in_its_set_and_what_is_followed_promises_no_less():
    mdp, runs = river(), 40
    exact = mdp.solve()
    agent = made(mdp, runs, span=float(np.ptp(exact.V)), total_steps=1200)
    every, true = np.arange(runs), np.broadcast_to((exact.Q + exact.value).ravel(), (runs, 12))
    V = np.broadcast_to(exact.V, (runs, 6))
    out, low, chosen = np.zeros((3, runs), dtype=bool)
    before = agent.switches.copy()
    for _ in range(1200):
        agent.learn(runs)
        out |= agent.excess(every, true, V) > agent.beta
        now = agent.switches > before
        low |= now & (agent.gain < exact.value - 1e-9)
        # A hypothesis is of the set when it is chosen, at its edge, and has gone when its excess is four times that.
        excess = agent.excess(every, agent.backup, agent.V)
        np.testing.assert_allclose(excess[now], agent.beta, rtol=1e-6)
        assert (excess < 4 * agent.beta).all()
        np.testing.assert_allclose(agent.Q.max(2), agent.V, atol=1e-7)
        chosen, before = chosen | now, agent.switches.copy()
    assert out.mean() <= 0.05 and low.mean() <= 0.05 and chosen.all()
    assert (agent.switches < 12 * math.log2(1200)).all()


def test_regret_flattens_and_switches_come_as_a_logarithm():
    agent = made(river(), 10, span=6.4, total_steps=4000, scale=0.003)
    agent.learn(10 * 500)
    early = agent.switches.mean()
    agent.learn(10 * 3500)
    p, error = slope(agent.regret_log, 500)
    assert p + 2 * error < 0.65
    assert agent.switches.mean() - early < 12 * math.log(8) / math.log(3)  # each pair's count must have grown threefold
    mdp = river()
    assert all(mdp.evaluate(q.argmax(1)).value > 0.95 * mdp.solve().value for q in agent.Q)


def test_pairs_that_are_known_to_be_alike_are_learned_together():
    P, R = garnet(2).dense()[0], garnet(2).R
    mdp = TabularMDP(np.tile(P, (1, 4, 1)), np.tile(R, (1, 4)), gamma=None)  # each action four times
    alike = np.tile(np.arange(8).reshape(4, 2), (1, 4))
    lost = {}
    for groups in (None, alike):
        agent = made(mdp, 8, groups=groups, total_steps=800)
        lost[groups is None] = agent.learn(8 * 800).regret
    error = math.hypot(*(x.std(ddof=1) / math.sqrt(8) for x in lost.values()))
    assert lost[True].mean() - lost[False].mean() > 5 * error


def test_a_file_keeps_hypotheses_and_counts(tmp_path):
    agent = made(river(), 2, groups=np.arange(12).reshape(6, 2)[::-1].copy()).learn(400)
    agent.save(tmp_path / "a")
    back = TabularLOOP.load(tmp_path / "a", env=telling(river(), 2))
    for name in ("group", "counts", "totals", "backup", "V", "gain", "Q"):
        np.testing.assert_array_equal(getattr(back, name), getattr(agent, name))
    assert back.beta == agent.beta and back.learn(100).counts.sum() == 500


@pytest.mark.parametrize(
    "options",
    [{"span": 0.0}, {"scale": 0.0}, {"delta": 1.0}, {"total_steps": 0}, {"prior": 0.0}, {"groups": np.zeros((2, 2))},
     {"groups": np.full((6, 2), 1)}],
)  # fmt: skip
def test_mistakes_are_named(options):
    with pytest.raises(BadOption, match=next(iter(options))):
        made(river(), **options)
