"""LOOP over mixtures: its discrepancy by definition, the truth in its sets, hope that is kept, few switches, regret."""

import math

import numpy as np
import pytest
from tables_that_tell import telling

from rewardlab.agents import TSDE, UCRL2, MixtureLOOP, QLearning
from rewardlab.agents.loops.mixture_sets import fit, seen_of
from rewardlab.core.errors import BadOption
from rewardlab.core.mdp import TabularMDP
from rewardlab.envs.mdps import LinearMixtureMDP
from rewardlab.envs.world import WorldVectorEnv


def mixture(seed, d=3, states=4, actions=2):
    """Kernels [d, S, A, S], rewards [S, A], weights, and their process."""
    rng = np.random.default_rng(seed)
    kernels, R = rng.dirichlet(np.full(states, 0.3), (d, states, actions)), rng.random((states, actions))
    theta = rng.dirichlet(np.ones(d))
    return kernels, R, theta, TabularMDP(np.tensordot(theta, kernels, 1), R, gamma=None)


def made(seed=0, rows=1, d=3, kind=MixtureLOOP, **options):
    kernels, R, _, mdp = mixture(seed, d)
    return kind(telling(mdp, rows), seed=0, independent=True, kernels=kernels, rewards=R, **options)


def test_discrepancy_is_the_likelihood_of_the_definition():
    steps, agent = [], made(rows=2)

    def see(told):
        s = told["step"]
        steps.append((s.obs.copy(), s.action.copy(), s.next_obs().copy()))

    agent.learn(2 * 150, see)
    kernels = mixture(0)[0]
    weights = np.array([[0.2, 0.5, 0.3], [0.6, 0.1, 0.3]])
    for m, found in enumerate(agent.excess(weights)):

        def score(theta, m=m):
            return sum(math.log(theta @ kernels[:, s[m], a[m], y[m]]) for s, a, y in steps)

        assert found == pytest.approx(score(fit(seen_of(kernels, agent.counts[m]))) - score(weights[m]), abs=1e-6)
    assert agent.beta == pytest.approx(math.log(100_001) + math.log(40))


class Eager(MixtureLOOP):
    """Computes every deficit after every step."""

    def take(self, moves):
        super().take(moves)
        late = self.excess(self.theta) >= 4 * self.beta
        assert not late.any()  # none had been overlooked


def test_the_bound_by_which_fits_are_saved_overlooks_nothing():
    eager, lazy = (made(5, 2, kind=kind, scale=0.05).learn(2 * 200) for kind in (Eager, MixtureLOOP))
    assert (lazy.switches > 2).all()
    np.testing.assert_array_equal(eager.theta, lazy.theta)


class Noted(MixtureLOOP):
    """Notes what each choice promised, and how much the fit was better than it."""

    def prepare(self):
        self.noted = []
        super().prepare()

    def choose_anew(self, m):
        super().choose_anew(m)
        self.noted.append((m, self.gain[m], self.excess(self.theta)[m]))


@pytest.mark.parametrize(
    ("scale", "seeds", "low", "high"), [(1.0, [2], 0.0, 0.0), (0.5, [1, 2], 0.0, 0.05), (0.03, [2], 0.4, 1.0)]
)
def test_the_truth_stays_in_its_set_and_what_is_followed_promises_no_less(scale, seeds, low, high):
    left, promises, runs = [], [], 10 if scale > 0.1 else 5
    for seed in seeds:
        _, _, theta, mdp = mixture(seed)
        agent, best = made(seed, runs, kind=Noted, scale=scale, total_steps=400), mdp.solve().value
        out, truth = np.zeros(runs, dtype=bool), np.tile(theta, (runs, 1))
        for _ in range(20):
            agent.learn(runs * 20)
            out |= agent.excess(truth) > agent.beta
        left.extend(out)
        promises.extend(gain >= best - 1e-6 for _, gain, _ in agent.noted)
        assert max(excess for _, _, excess in agent.noted) <= agent.beta + 2e-6
    assert low <= np.mean(left) <= high
    assert scale < 0.5 or np.mean(promises) >= 0.95
    assert scale > 0.5 or len(promises) > 2 * len(left)  # there was something to change


def test_switches_come_as_a_logarithm_and_regret_flattens():
    agent, at = made(2, 5, d=4, scale=0.1, total_steps=4000), []
    for steps in (60, 190, 750, 3000):  # each time four times as many in all
        agent.learn(5 * steps)
        at.append((agent.switches.mean(), agent.regret.mean()))
    switches, regret = np.array(at).T
    # A deficit grows with the steps: where it was β, it is 4 β after three times as many again.
    assert (np.diff(switches) <= 4).all() and switches[-1] >= 4
    assert regret[-1] < 64**0.65 * regret[0]


def test_knowing_the_kernels_saves_most_of_the_regret():
    rules, rows, steps = LinearMixtureMDP(horizon=None, reward="uniform", instance=2), 2, 1200
    lost = {}
    known = {"kernels": rules.kernel_tables, "rewards": rules.to_mdp().R, "total_steps": steps}
    for kind, options in ((MixtureLOOP, {"scale": 0.1, **known}), (UCRL2, {"scale": 0.03}), (TSDE, {})):
        agent = kind(WorldVectorEnv(rules, rows), seed=0, independent=True, **options).learn(rows * steps)
        lost[kind] = agent.regret.mean()
    paid = []
    QLearning(WorldVectorEnv(rules, 1), seed=0).learn(
        steps, lambda told: paid.append(told["step"].column("pseudo_regret"))
    )
    lost[QLearning] = np.sum(paid)
    assert 4 * lost[MixtureLOOP] < min(lost[UCRL2], lost[TSDE], lost[QLearning])


def test_a_file_keeps_weights_counts_and_the_next_bits(tmp_path):
    agent = made(1, 2, scale=0.1).learn(300)
    agent.save(tmp_path / "a")
    back = MixtureLOOP.load(tmp_path / "a", env=telling(mixture(1)[3], 2))
    for name in ("phi", "pay", "counts", "theta", "best", "gain", "Q", "lead", "slope", "steps", "switches"):
        np.testing.assert_array_equal(getattr(back, name), getattr(agent, name))
    assert back.beta == agent.beta and back.learn(100).counts.sum() == 400


def test_ends_of_episodes_and_impossible_steps_teach_nothing():
    kernels, R, _, mdp = mixture(3)
    agent = MixtureLOOP(telling(mdp, 1, 5), seed=0, kernels=kernels, rewards=R).learn(50)
    assert agent.counts.sum() == 40 == agent.steps[0]
    stay = np.tile(np.eye(4)[:, None], (2, 1, 2, 1))  # both kernels stay where they are
    agent = MixtureLOOP(telling(mdp, 1), seed=0, kernels=stay, rewards=R).learn(50)
    assert agent.counts.sum() == 50 > agent.steps[0] and np.isfinite(agent.Q).all()


@pytest.mark.parametrize(
    "options",
    [{"scale": 0.0}, {"delta": 1.0}, {"total_steps": 0}, {"kernels": None}, {"kernels": np.ones((1, 4, 2, 4))},
     {"kernels": np.full((1, 3, 2, 3), 1 / 3)}, {"rewards": None}, {"rewards": np.full((4, 2), np.nan)}],
)  # fmt: skip
def test_mistakes_are_named(options):
    kernels, R, _, mdp = mixture(0)
    with pytest.raises(BadOption, match=next(iter(options))):
        MixtureLOOP(telling(mdp, 1), **{"kernels": kernels, "rewards": R, **options})
