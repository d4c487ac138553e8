import numpy as np
import pytest
import torch
from steps import as_torch, online, steps, without

from rewardlab.core.errors import BadBatch, BadOption
from rewardlab.core.testing.processes import random_mdp
from rewardlab.rewards import Advice, look_ahead

PHI = np.random.default_rng(0).normal(size=(5, 3))


def phi(obs, action):
    return PHI[obs, action]


def mean(obs):
    return PHI.mean(-1)[obs]


def recorded(rng, T=12, N=3):
    ends = rng.random((T, N))
    s = rng.integers(0, 5, (T + 1, N))
    return steps(
        (T, N),
        obs=s[:-1],
        next_obs=s[1:],
        action=rng.integers(0, 3, (T, N)),
        terminated=ends < 0.15,
        truncated=(ends > 0.85),
    )


def test_every_step_against_the_definition():
    gamma, batch = 0.9, recorded(np.random.default_rng(3))
    paid = look_ahead(phi, batch, gamma, beyond=mean)
    T, N = batch.shape
    kinds = set()
    for t in range(T):
        for n in range(N):
            if batch.terminated[t, n]:
                after, kind = 0.0, "end"
            elif batch.truncated[t, n] or t == T - 1:
                after, kind = mean(batch.next_obs[t, n]), "beyond"
            else:
                after, kind = phi(batch.obs[t + 1, n], batch.action[t + 1, n]), "on"
            kinds.add(kind)
            assert paid[t, n] == pytest.approx(gamma * after - phi(batch.obs[t, n], batch.action[t, n]), abs=1e-12)
    assert kinds == {"end", "beyond", "on"}


def test_look_back_pays_the_same_a_step_later():
    rng, gamma = np.random.default_rng(4), 0.8
    s, ends = rng.integers(0, 5, (9, 1)), np.arange(8)[:, None] == 7
    batch = steps((8, 1), obs=s[:-1], next_obs=s[1:], action=rng.integers(0, 3, (8, 1)), terminated=ends)
    ahead, back = look_ahead(phi, batch, gamma).ravel(), online(Advice(phi, gamma), batch)["advice"].ravel()
    np.testing.assert_allclose(gamma * back[1:-1], ahead[:-2], atol=1e-12)
    discounts = gamma ** np.arange(8)
    first = phi(batch.obs, batch.action)[0, 0]
    assert (discounts * ahead).sum() == pytest.approx(-first, abs=1e-12)  # what the first action costs, and
    assert (discounts * back).sum() == pytest.approx(0.0, abs=1e-12)  # what look-back gave for it before


def learned(mdp, potential, *, biased):
    """The fixed point Q' of Q-learning on look-ahead advice whose greedy actions do, or do not, add Φ back."""
    Q = np.zeros_like(potential)
    kept = np.where(mdp.terminal[:, None], 0.0, potential)
    for _ in range(600):
        score = Q + kept if biased else Q
        a = score.argmax(-1)
        rows = np.arange(len(Q))
        value = np.where(mdp.terminal, 0.0, kept[rows, a] + Q[rows, a])
        Q = mdp.R - kept + mdp.gamma * mdp.expect(value)
        Q[mdp.terminal] = 0.0
    return Q


def test_values_shift_by_the_potential_and_only_an_agent_that_adds_it_back_is_optimal():
    wrong = 0
    for seed in range(20):
        rng = np.random.default_rng(seed)
        mdp = random_mdp(rng, terminal=2)
        potential, live = 2 * rng.normal(size=(10, 3)), ~mdp.terminal
        Q, best = mdp.solve().Q, mdp.optimal_actions()
        biased = learned(mdp, potential, biased=True)
        np.testing.assert_allclose(biased[live], (Q - potential)[live], atol=1e-8)
        assert best[live][np.arange(live.sum()), (biased + potential)[live].argmax(-1)].all()
        plain = learned(mdp, potential, biased=False)
        wrong += not best[live][np.arange(live.sum()), plain[live].argmax(-1)].all()
    assert wrong >= 15


def test_torch_one_row_and_nothing_at_all():
    whole = recorded(np.random.default_rng(5))
    batch = without(whole, obs=whole.obs * 1.0, next_obs=whole.next_obs * 1.0)

    def weighed(obs, action):
        return obs * 0.5 + action * 0.25

    def half(obs):
        return obs * 0.5

    ours = look_ahead(weighed, batch, beyond=half)
    theirs = look_ahead(weighed, as_torch(batch), beyond=half)
    assert isinstance(theirs, torch.Tensor)
    np.testing.assert_array_equal(ours, theirs.numpy())
    np.testing.assert_array_equal(look_ahead(weighed, batch.rows((slice(None), 1)), beyond=half), ours[:, 1])
    assert look_ahead(weighed, batch.rows(slice(0, 0))).shape == (0, 3)


def test_an_action_that_was_not_recorded_is_asked_for():
    with pytest.raises(BadBatch, match=r"(?s)3 steps whose next action.*beyond="):
        look_ahead(phi, steps((2, 3), obs=np.zeros((2, 3), dtype=int)))
    with pytest.raises(BadOption, match="gamma"):
        look_ahead(phi, steps((2, 3)), 1.5)
