"""Token trees: soft values against the tilted law of all sequences, merged trees against whole ones, partners."""

import numpy as np
import pytest
from scipy.stats import chisquare

from rewardlab.core.errors import BadOption
from rewardlab.core.responses import best_of, tilted
from rewardlab.envs import WorldEnv, WorldVectorEnv
from rewardlab.envs.mdps import TokenTree

SMALL = [
    {"tokens": 6, "length": 4},
    {"tokens": 3, "length": 5, "law": "grams", "gram": 3},
    {"tokens": 3, "length": 5, "law": "grams", "gram": 3, "merge": True},
    {"tokens": 2, "length": 10, "law": "planted", "planted": 3},
    {"tokens": 2, "length": 10, "law": "planted", "planted": 3, "merge": True, "skew": 0.0},
    {"tokens": 4, "length": 1},
    {"tokens": 2, "length": 6, "law": "prefix"},
]


def along(rules, tokens, values):
    """Products of values [S, V] along sequences [N, L]."""
    state, out = np.zeros(len(tokens), dtype=int), np.ones(len(tokens))
    for t in range(tokens.shape[1]):
        out = out * values[state, tokens[:, t]]
        state = rules.process.P.indices[state * rules.tokens + tokens[:, t]]
    return out


@pytest.mark.parametrize("options", SMALL)
@pytest.mark.parametrize("beta", [0.05, 1.0])
def test_soft_values_are_those_of_the_tilted_law(options, beta):
    rules = TokenTree(**options)
    tokens, pay, chance = rules.sequences()
    assert chance.sum() == pytest.approx(1.0) and len(pay) == rules.tokens**rules.length
    V, _, policy = rules.soft(beta)
    star = tilted(chance[None], pay[None], beta)[0]
    written = along(rules, tokens, policy)
    np.testing.assert_allclose(written, star, atol=1e-12)
    normaliser = beta * np.log((chance * np.exp((pay - pay.max()) / beta)).sum()) + pay.max()
    assert V[0] == pytest.approx(normaliser, abs=1e-10)
    ratio = beta * np.log(written / chance)  # what the paper calls the reward of the tokens
    np.testing.assert_allclose(ratio, pay - V[0], atol=1e-8)
    np.testing.assert_allclose(policy.sum(1), 1.0, atol=1e-12)
    assert pay.max() == pytest.approx(rules.to_mdp().solve(horizon=rules.length).value, abs=1e-12)
    assert rules.card().optimal_return == pytest.approx(pay.max())
    assert rules.card().random_return == pytest.approx(pay.mean(), abs=1e-12)
    assert ((best_of(chance[None], pay[None], 4)[0] * pay).sum() > (chance * pay).sum()) == (len(np.unique(pay)) > 1)


def test_potentials_leave_the_soft_optimum():
    """Adding F(s') − F(s) to what tokens pay, F = 0 at the root and the ends, changes no probability."""
    rules = TokenTree(tokens=3, length=4)
    _, _, before = rules.soft(0.5)
    F = np.random.default_rng(0).normal(size=rules.process.num_states)
    F[0], F[rules.process.terminal] = 0.0, 0.0
    shaped = rules.process.R + rules.process.expect(F) - F[:, None]
    rules.process = rules.process.with_reward(shaped)
    _, _, after = rules.soft(0.5)
    np.testing.assert_allclose(after, before, atol=1e-12)


@pytest.mark.parametrize(("law", "gram"), [("grams", 1), ("grams", 2), ("grams", 4), ("planted", 2)])
def test_merged_trees_pay_as_whole_ones(law, gram):
    options = {"tokens": 3, "length": 5, "law": law, "gram": gram, "skew": 0.0, "instance": 2}
    whole, merged = TokenTree(**options), TokenTree(**options, merge=True)
    assert merged.process.num_states < whole.process.num_states or gram == 4
    for a, b in zip(whole.sequences(), merged.sequences(), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-12)
    assert whole.soft(0.3)[0][0] == pytest.approx(merged.soft(0.3)[0][0], abs=1e-12)
    if law == "grams":  # and the pay is the sum over runs, counted by hand
        tokens, pay, _ = merged.sequences()
        code = sum(
            np.lib.stride_tricks.sliding_window_view(tokens, gram, axis=1)[..., k] * 3 ** (gram - 1 - k)
            for k in range(gram)
        )
        np.testing.assert_allclose(pay, merged.gram_table[code].sum(1), atol=1e-12)
    else:
        tokens, pay, _ = merged.sequences()
        assert set(np.unique(pay)) == {-2.0, -1.0, 0.0, 1.0, 2.0}
        others = np.delete(np.arange(5), merged.places)
        swapped = tokens.copy()
        swapped[:, others] = (swapped[:, others] + 1) % 3
        back = (swapped * 3 ** np.arange(4, -1, -1)).sum(1)
        np.testing.assert_array_equal(pay[back], pay)  # other places do not matter


def test_long_sequences_of_single_letters_in_closed_form():
    """Letters that pay by themselves: a place is a choice of its own, a thousand of them as easy as one."""
    rules = TokenTree(tokens=3, length=1000, law="grams", gram=1, merge=True)
    assert rules.process.num_states == 1001
    V, _, policy = rules.soft(0.5)
    each = 0.5 * np.log((rules.reference[:-1] * np.exp(rules.gram_table / 0.5)).sum(1))
    assert V[0] == pytest.approx(each.sum(), rel=1e-10)
    assert rules.card().optimal_return == pytest.approx(1000 * rules.gram_table.max(), rel=1e-10)
    odds = rules.reference[:-1] * np.exp(rules.gram_table / 0.5)
    np.testing.assert_allclose(policy[:-1], odds / odds.sum(1, keepdims=True), atol=1e-9)


def test_states_are_numbered_as_documented():
    rules = TokenTree(tokens=3, length=3)
    env = WorldEnv(rules, render_mode="ansi")
    state, _ = env.reset(seed=0)
    assert "tokens (none)" in env.render()
    written = []
    for token in (2, 0, 1):
        state, _, over, _, info = env.step(token)
        written.append(token)
        assert state == rules.of(written)
        assert f"tokens {' '.join(map(str, written))};" in env.render()
        parent = rules.of(written[:-1])
        assert info["reference_probability"] == rules.reference[parent, token]
        assert info["pseudo_regret"] == pytest.approx(
            rules.process.solve(horizon=3).Q[len(written) - 1, parent].max()
            - rules.process.solve(horizon=3).Q[len(written) - 1, parent, token], abs=1e-9,
        )  # fmt: skip
    assert over
    merged = TokenTree(tokens=3, length=6, law="grams", gram=3, merge=True)
    assert merged._name(merged.of([0, 1, 2, 2])) == "tokens ... 2 2; state " + str(merged.of([2, 0, 2, 2]))


def test_a_partner_answers_by_his_table():
    options = {"tokens": 2, "length": 2, "law": "grams", "gram": 2, "partner": True, "instance": 1}
    rules, merged = TokenTree(**options), TokenTree(**options, merge=True)
    P, R = rules.process.dense()
    for a in range(2):  # after our token two states may follow, and which one is up to him
        after = np.flatnonzero(P[0, a])
        assert after.tolist() == [rules.of([a, b]) for b in range(2)]
        g = rules.gram_table
        np.testing.assert_allclose(R[0, a, after], [g[a * 2 + b] for b in range(2)])
    n = 6000
    envs = WorldVectorEnv(rules, n, autoreset_mode="Disabled")
    envs.reset(seed=0)
    obs, reward, *_ = envs.step(np.zeros(n, dtype=int))
    np.testing.assert_allclose(reward, R[0, 0, obs])
    after = np.flatnonzero(P[0, 0])
    counts = [(obs == s).sum() for s in after]
    assert chisquare(counts, P[0, 0, after] * n).pvalue > 1e-3
    over = envs.step(np.ones(n, dtype=int))[2]
    assert over.all()
    assert merged.process.num_states < rules.process.num_states
    single = TokenTree(tokens=2, length=2, law="grams", gram=1, partner=True, merge=True)
    answers = single.process.R[0] - single.gram_table  # all of them lead to one state, and are paid their mean
    assert single.process.num_states == 3 and np.ptp(answers) == pytest.approx(0.0, abs=1e-12)
    assert single.gram_table.min() < answers[0] < single.gram_table.max()
    with pytest.raises(BadOption, match="sequences"):
        rules.sequences()
    # soft values with a speaker who is not ours: one step by hand, at the last turn
    V, Q, policy = rules.soft(0.7)
    s = rules.of([1, 0])
    by_hand = 0.7 * np.log((rules.reference[s] * np.exp(rules.process.R[s] / 0.7)).sum())
    assert V[s] == pytest.approx(by_hand, abs=1e-12)
    np.testing.assert_allclose(policy[s], rules.reference[s] * np.exp((Q[s] - V[s]) / 0.7), atol=1e-12)


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"tokens": 1}, "tokens=1"),
        ({"law": "leaves"}, "leaf"),
        ({"merge": True}, "merge"),
        ({"length": 12}, "states"),
        ({"law": "planted", "planted": 9}, "planted=9"),
        ({"skew": -1.0}, "skew"),
    ],
)
def test_mistakes_are_named(options, word):
    with pytest.raises(BadOption, match=word):
        TokenTree(**options)
    with pytest.raises(BadOption, match="beta=0"):
        TokenTree().soft(0)
