"""The slate page: all 95,040 pages gone through, clicks by their law, regret by the best page."""

import itertools

import numpy as np
import pytest

from rewardlab.core.errors import BadOption
from rewardlab.envs import WorldVectorEnv
from rewardlab.envs.bandits import SlatePage

PAGES = np.array(list(itertools.permutations(range(12), 5)))


def chances(rules, user, page):
    """P(click) of one page, by the definition."""
    out, shown = [], []
    for k, item in enumerate(page):
        same = sum(rules.category[j] == rules.category[item] for j in shown)
        relevance = 1 / (1 + np.exp(-rules.sharpness * rules.taste[user] @ rules.item_taste[item]))
        out.append(0.0 if item in shown else relevance / np.log2(k + 2) * rules.penalty**same)
        shown = [*shown, item] if item not in shown else shown
    return out


@pytest.mark.parametrize("penalty,instance", [(0.5, 0), (0.5, 3), (0.0, 1), (1.0, 0)])
def test_the_best_page_is_the_best_of_all_pages(penalty, instance):
    rules = SlatePage(penalty=penalty, instance=instance, users=2)
    assert len(PAGES) == 95_040
    for user in range(2):
        value = rules.page_value(user, PAGES)
        best = rules.best_page(user)
        assert value.max() == pytest.approx(rules.pages.values[0][user, 0], abs=1e-12)
        assert rules.page_value(user, best[None])[0] == pytest.approx(value.max(), abs=1e-12)
        by_relevance = rules.page_value(user, rules.sorted_page(user)[None])[0]
        assert by_relevance <= value.max() + 1e-12
        if penalty == 1.0:  # an additive page is sorted by relevance
            assert by_relevance == pytest.approx(value.max(), abs=1e-12)


def test_sorting_by_relevance_is_not_best_where_the_penalty_binds():
    rules = SlatePage()
    pages = np.stack([rules.sorted_page(u) for u in range(8)])
    value = rules.page_value(np.arange(8), pages)
    best = rules.pages.values[0][:, 0]
    assert (value < best - 0.01).all() and value.mean() < 0.95 * rules.optimal_value


def test_click_chances_follow_the_model_with_repeated_items_too():
    rules = SlatePage(penalty=0.6, instance=2)
    rng = np.random.default_rng(0)
    users, pages = rng.integers(0, 8, 300), rng.integers(0, 12, (300, 5))
    expected = [chances(rules, u, p) for u, p in zip(users, pages, strict=True)]
    np.testing.assert_allclose(rules.click_chances(users, pages), expected, atol=1e-12)
    # in an additive page items of equal relevance may change places, and nothing is gained or lost
    flat = SlatePage(penalty=1.0, sharpness=0.0)
    np.testing.assert_allclose(flat.page_value(0, PAGES[:500]), 0.5 * flat.discount.sum())


@pytest.mark.parametrize("fields", [{}, {"late": True}, {"random_clicks": 0.4}, {"random_clicks": 0.4, "late": True}])
def test_play_pays_clicks_and_tells_what_was_lost(fields):
    rules = SlatePage(**fields)
    n, share = 20_000, rules.random_clicks
    envs = WorldVectorEnv(rules, n)
    envs.reset(seed=0)
    users = envs.get_state()["state"]["user"]
    page = [3, 7, 3, 0, 9]  # item 7 is of the same category as item 3, which comes twice
    expected = np.array([chances(rules, u, page) for u in range(8)])[users]
    paid, true, lost = (np.zeros((5, n)) for _ in range(3))
    for k, item in enumerate(page):
        _, paid[k], terminated, *_, info = envs.step(np.full(n, item))
        assert (terminated == (k == 4)).all()
        info = info.get("final_info", info)
        np.testing.assert_allclose(info["click_chance"], expected[:, k], atol=1e-12)
        true[k], lost[k] = info["true_reward"], info["pseudo_regret"]
    if rules.late:
        assert (paid[:4] == 0).all() and (true[:4] == 0).all() and set(np.unique(paid[4])) <= set(range(6))
    law = (1 - share) * expected + share / 2
    for clicks, mean in ((paid, law.sum(1)), (true, expected.sum(1))):
        gap = clicks.sum(0) - mean
        assert abs(gap.mean()) < 4 * gap.std() / np.sqrt(n)  # four standard errors
    best = rules.pages.values[0][users, 0]
    np.testing.assert_allclose(lost.sum(0), best - expected.sum(1), atol=1e-12)
    assert (lost >= 0).all()


def test_known_returns_are_those_of_the_table():
    for fields in ({}, {"penalty": 0.2, "places": 3, "items": 6}, {"random_clicks": 0.5}):
        rules = SlatePage(users=3, **fields)
        mdp, card = rules.to_mdp(), rules.card()
        share = rules.random_clicks
        uniform = mdp.evaluate(np.full((mdp.num_states, rules.items), 1 / rules.items)).value
        coins = share / 2 * rules.places
        assert (1 - share) * mdp.solve().value + coins == pytest.approx(card.optimal_return, abs=1e-12)
        assert (1 - share) * uniform + coins == pytest.approx(card.random_return, abs=1e-12)
        assert mdp.solve().value == pytest.approx(rules.optimal_value, abs=1e-12)


def test_observations_show_the_user_and_the_page():
    rules = SlatePage(users=3)
    envs = WorldVectorEnv(rules, 4)
    obs, _ = envs.reset(seed=1)
    user = envs.get_state()["state"]["user"]
    np.testing.assert_allclose(obs[:, :2], rules.taste[user], atol=1e-6)
    assert (obs[:, 2:] == 0).all()
    envs.step(np.array([0, 1, 2, 3]))
    obs = envs.step(np.array([5, 1, 4, 11]))[0]
    np.testing.assert_array_equal(
        obs[:, 2:14], [[int(i in p) for i in range(12)] for p in ([0, 5], [1], [2, 4], [3, 11])]
    )
    np.testing.assert_allclose(obs[:, 14], 0.4)


def test_logs_have_no_repetition_and_clicks_by_the_model():
    rules = SlatePage(random_clicks=0.3)
    log = rules.logs(np.random.default_rng(0), 40_000)
    assert (np.sort(log["pages"], axis=1)[:, 1:] != np.sort(log["pages"], axis=1)[:, :-1]).all()
    law = 0.7 * rules.click_chances(log["users"], log["pages"]) + 0.15
    gap = (log["clicks"] - law).mean(0)
    assert (np.abs(gap) < 4 * np.sqrt(law * (1 - law)).mean(0) / np.sqrt(40_000)).all()  # four standard errors
    first = rules.relevance[log["users"], log["pages"][:, 0]].mean()
    assert first > rules.relevance.mean() + 0.05  # relevant items come up more often
    hot = rules.logs(np.random.default_rng(0), 40_000, temperature=1e9)
    counts = np.bincount(hot["pages"][:, 0], minlength=12)
    assert ((counts - 40_000 / 12) ** 2 / (40_000 / 12)).sum() < 31.3  # chi-square with 11 degrees, 0.1 %


@pytest.mark.parametrize(
    "fields,words",
    [
        ({"items": 1}, "items=1"),
        ({"places": 13}, "places=13"),
        ({"categories": 0}, "categories=0"),
        ({"penalty": 1.5}, "penalty=1.5"),
        ({"random_clicks": -0.1}, "random_clicks=-0.1"),
        ({"sharpness": -1.0}, "sharpness=-1.0"),
        ({"items": 40, "places": 10}, "10 of 40 items"),
    ],
)
def test_mistakes_are_named(fields, words):
    with pytest.raises(BadOption, match=words):
        SlatePage(**fields)
    with pytest.raises(BadOption, match="temperature=0"):
        SlatePage().logs(np.random.default_rng(0), 3, temperature=0)
