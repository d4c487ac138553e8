"""Goal-conditioned reward model: what the contrast finds in a table, and what it adds to comparisons."""

import numpy as np
import pytest
import torch
from gymnasium import spaces
from steps import as_torch, online, steps, without

from rewardlab.core import nets
from rewardlab.core.errors import BadBatch, BadCheckpoint, BadOption, MissingColumn
from rewardlab.core.testing.reward import check_reward
from rewardlab.rewards import GoalContrast
from rewardlab.rewards.preference.goal_contrast import contrast
from rewardlab.rewards.preference.kernel import preference_loss
from rewardlab.rewards.preference.prefix_network import PrefixNetwork, last, lengths


def chains(p=64, t=6, *, seed=0, error=0.25, padded=False):
    """Pairs of chains of symbols 0..2 and 3: a 3 is an error, from which the chain goes on in 4..5; fewer win."""
    rng = np.random.default_rng(seed)
    wrong = np.maximum.accumulate(rng.random((p, 2, t)) < error, axis=-1)
    first = wrong & ~np.concatenate([np.zeros((p, 2, 1), bool), wrong[..., :-1]], -1)
    obs = np.where(first, 3, np.where(wrong, rng.integers(4, 6, (p, 2, t)), rng.integers(0, 3, (p, 2, t))))
    bad = wrong[..., -1]
    label = np.where(bad[:, 0] == bad[:, 1], 0.5, bad[:, 1] * 1.0)
    columns = {"label": label, "wrong": wrong}
    if padded:
        columns["mask"] = np.arange(t) < rng.integers(1, t + 1, (p, 2, 1))
    return steps((p, 2, t), obs=obs).paying(np.zeros((p, 2, t)), **columns)


def model(**options):
    given = {"observation_space": spaces.Discrete(6), "action": False, "hidden": 16, "projection": 8, "lr": 3e-3}
    return GoalContrast(**{**given, **options})


def test_the_best_bilinear_form_over_a_table_is_the_log_ratio_of_densities():
    """States of preferred chains and their later states against states of the others: exact populations."""
    rng = np.random.default_rng(0)
    S, T = 4, 5
    good, bad = (rng.dirichlet(np.full(S, 2.0), S) for _ in range(2))
    start = np.full(S, 1 / S)
    at = {k: [start @ np.linalg.matrix_power(P, t) for t in range(T)] for k, P in (("good", good), ("bad", bad))}
    pairs = [(t, u) for t in range(T - 1) for u in range(t + 1, T)]
    weight = {(t, u): 1 / (T - 1) / (T - 1 - t) for t, u in pairs}
    ahead = sum(
        weight[t, u] * at["good"][t][:, None] * np.linalg.matrix_power(good, u - t) for t, u in pairs
    )  # [S, S] of (h, g+)
    source = ahead.sum(1)
    away = source[:, None] * np.mean(at["bad"], axis=0)[None]
    plus, minus = torch.as_tensor(ahead), torch.as_tensor(away)
    f = torch.zeros(S, S, dtype=torch.float64, requires_grad=True)
    zero = torch.zeros_like(f)
    optimiser = torch.optim.LBFGS([f], max_iter=200, tolerance_grad=1e-12)

    def closure():
        optimiser.zero_grad()
        half = contrast(zero, zero) / 2  # −log σ(0), what the side that is not asked adds
        loss = (plus * (contrast(f, zero) - half) + minus * (contrast(zero, f) - half)).sum()
        loss.backward()
        return loss

    optimiser.step(closure)
    np.testing.assert_allclose(f.detach().numpy(), np.log(ahead / away), atol=0.05)


def test_without_the_contrast_it_is_bradley_terry_to_the_bit():
    """The same network, taught by a loop that knows of no contrast."""
    data = chains(padded=True)
    plain = model(lam=0.0, batch_size=16, seed=3)
    logs = plain.fit(data, epochs=4)
    network = PrefixNetwork(6, 16, 8, seed=nets.child_seed(3, 0))
    fit, norm = nets.Fit(network, 3e-3, clip=10.0), nets.RunningNorm(6)
    x, length = nets.encoder(spaces.Discrete(6))(data.obs, data.shape), lengths(data)
    norm.update(x[torch.as_tensor(data.info["mask"])])
    label, rng = torch.as_tensor(data.info["label"], dtype=torch.float32), np.random.default_rng([3, 0, 0])
    for epoch in range(4):
        total = 0.0
        for index in torch.from_numpy(rng.permutation(64)).split(16):
            scores = last(network.scores(network(norm(x[index]))), length[index])
            loss = preference_loss(scores[:, 0] - scores[:, 1], label[index]).mean()
            total += fit(loss)["loss"] * 16 / 64
        assert logs[epoch]["loss"] == pytest.approx(total, rel=1e-12) and logs[epoch]["contrast"] == 0
    for a, b in zip(network.parameters(), plain._network.parameters(), strict=True):
        assert (a == b).all()
    with_it = model(lam=0.5, batch_size=16, seed=3)
    with_it.fit(data, epochs=1)
    assert any((a != b).any() for a, b in zip(with_it._network.parameters(), network.parameters(), strict=True))


def test_positions_are_uniform_and_goals_lie_ahead():
    """States that say what and when they are: the drawn triples can be read off."""
    seen = []

    class Told(GoalContrast):
        def goals(self, other, length, places):
            found = super().goals(other, length, places)
            seen.append(found)
            return found

    told = Told(hidden=2, projection=2, temperature=1.0)
    t, n = 4, 20_000
    when = torch.arange(1.0, t + 1).expand(n, 2, t)
    side = torch.tensor([0.0, 1.0])[:, None].expand(n, 2, t)
    states = torch.stack([when, side], -1)
    read = []
    told._network = PrefixNetwork(1, 2, 2, seed=0)
    told._network.project = lambda h: read.append(h) or h
    told._contrast(states, torch.zeros(n), torch.full((n, 2), t), np.random.default_rng(0))
    here, ahead, away = read
    assert (here[:, 1] == 1).all() and (ahead[:, 1] == 1).all() and (away[:, 1] == 0).all() and (away == seen[0]).all()
    counts = np.zeros((t, t))
    np.add.at(counts, (here[:, 0].int().numpy() - 1, ahead[:, 0].int().numpy() - 1), 1)
    expected = np.array([[1 / 3 / (3 - a) if b > a else 0 for b in range(t)] for a in range(t)]) * n
    assert np.abs(counts - expected).max() < 4 * np.sqrt(n / 3)  # 4 standard errors
    assert np.bincount(away[:, 0].int().numpy(), minlength=5)[1:] == pytest.approx(n / 4, abs=4 * np.sqrt(n / 4))


def test_prefixes_that_can_still_succeed_lie_nearer_to_the_goal():
    data, test = chains(300), chains(200, seed=9)
    taught = model()
    logs = taught.fit(data, epochs=15)
    assert logs[-1]["contrast"] < logs[0]["contrast"] and logs[-1]["accuracy"] > 0.4  # a part are ties
    q, wrong = taught.prefix_values(test), torch.as_tensor(test.info["wrong"])
    assert q.abs().max() <= 1 + 1e-6
    right = (q[~wrong][:, None] > q[wrong][None]).float().mean()
    assert right > 0.95
    sided = test.info["label"] != 0.5
    found = taught.probabilities(test)[0] > 0.5
    assert (found == (test.info["label"] > 0.5))[sided].mean() > 0.95


def test_another_goal_turns_the_values_round():
    data = chains(300)
    taught = model()
    taught.fit(data, epochs=10)
    before, ends = taught.prefix_values(data), taught.ends(data)
    bad = torch.as_tensor(data.info["wrong"][..., -1])
    wrong = torch.as_tensor(data.info["wrong"])
    taught.goal = ends[bad].mean(0)
    after = taught.prefix_values(data)
    assert before[~wrong].mean() > before[wrong].mean() and after[~wrong].mean() < after[wrong].mean()


def test_what_is_paid_step_by_step_is_the_value_of_the_prefix():
    data = chains(20)
    taught = model()
    taught.fit(data, epochs=3)
    recorded = without(data, info={}).map(lambda x: np.moveaxis(x.reshape(40, 6), 1, 0))
    paid = online(taught, recorded)["goal_contrast"]
    np.testing.assert_allclose(paid, taught.prefix_values(data).reshape(40, 6).T.numpy(), atol=1e-5)


def test_padding_and_ties_teach_nothing():
    data = chains(40, padded=True)
    poisoned = np.where(data.info["mask"], data.obs, 5)
    one, two = model(), model()
    assert one.fit(data, epochs=2) == two.fit(without(data, obs=poisoned), epochs=2)
    assert (one.goal == two.goal).all()
    tied = model()
    with pytest.warns(UserWarning, match="ties"):
        logs = tied.fit(data.paying(data.reward, label=np.full(40, 0.5)), epochs=2)
    assert logs[-1]["contrast"] == 0 and (tied.goal == 0).all()
    short = model()
    single = data.map(lambda x: x[:, :, :1] if x.ndim > 2 else x)
    assert short.fit(without(single, info={"label": data.info["label"]}), epochs=1)[0]["contrast"] == 0


def test_laws_torch_memory_and_one_epoch_of_update():
    data, batch = chains(30), steps(8, obs=np.arange(8) % 6)
    a, b, c = model(), model(), model()
    logs = a.update(data)
    assert logs == {f"goal_contrast/{k}": v for k, v in b.fit(as_torch(data), epochs=1)[0].items()}
    check_reward(a, batch, skip=["finite_at_extremes"])  # a million is no symbol of the space
    a.reset(np.ones(8, bool))
    a(batch)
    c.load_state_dict(a.state_dict())
    np.testing.assert_array_equal(c(batch), a(batch))
    assert a.fit(data, epochs=2) == c.fit(data, epochs=2)
    np.testing.assert_array_equal(c(batch), a(batch))
    assert a.update(batch) == {} and model().state_dict() == {}
    with pytest.raises(BadCheckpoint):
        c.load_state_dict({"goal": np.zeros(8)})


def test_mistakes_are_named():
    for options in ({"hidden": 0}, {"projection": 0}, {"batch_size": 0}, {"lam": -0.1}, {"temperature": 0.0}):
        with pytest.raises(BadOption, match="GoalContrast"):
            GoalContrast(**options)
    data = chains(5)
    with pytest.raises(MissingColumn, match="label"):
        model().fit(without(data, info={}))
    with pytest.raises(BadBatch, match="NaN"):
        GoalContrast(action=False).fit(without(data, obs=data.obs * np.nan))
