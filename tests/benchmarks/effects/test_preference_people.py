"""The grid, its people and its policies; questions that divide types."""

import numpy as np
import pytest

from rewardlab.benchmarks.effects import preference_people as people


def test_moves_stay_on_the_grid_and_the_true_reward_leads_to_its_corner():
    cells = people.CELLS[people.NEXT]
    assert (np.abs(cells - people.CELLS[:, None]).sum(-1) <= 1).all()
    for goal in range(4):
        reward = -np.abs(people.CELLS - people.CORNERS[goal]).sum(-1) * 1.0
        q = people.best_values(reward)
        assert people.success(q, goal) == 1 and people.success(q, (goal + 1) % 4) == 0
        value = q.max(-1)
        np.testing.assert_allclose(q, (reward + people.GAMMA * value)[people.NEXT], atol=1e-5)


def test_walkers_err_as_often_as_they_are_unsure():
    items = people.walkers(40, 200, np.random.default_rng(0))
    at = np.round((items.obs[:, :, 0] + 1) / 2 * (people.SIZE - 1))
    far = np.abs(at - people.CORNERS[items.info["annotator"] % 4][:, None]).sum(-1)
    apart = far[:, 0] != far[:, 1]
    right = (far[:, 0] < far[:, 1]) == (items.info["label"] > 0.5)
    rates = [right[apart & (items.info["annotator"] % 4 == k)].mean() for k in range(4)]
    assert rates == sorted(rates) and rates[0] < 0.92 and rates[-1] > 0.99


def test_one_network_learns_the_values_of_all():
    rng = np.random.default_rng(0)
    z, rewards = rng.normal(size=(3, 2)), rng.normal(size=(3, 25))
    values = people.learned_values(z, rewards, 0, steps=400)(z)
    best = np.stack([people.best_values(r) for r in rewards])
    assert np.corrcoef(values.ravel(), best.ravel())[0, 1] > 0.98


def test_samples_are_of_one_person_each():
    items = people.walkers(5, 20, np.random.default_rng(0))
    found = people.samples(items, np.random.default_rng(1))
    assert len(found) == 20
    assert all(len(rows) == 8 and len(set(items.info["annotator"][rows])) == 1 for rows in found)


@pytest.mark.parametrize("side", people.SIDES)
def test_every_side_walks(side):
    found = people.navigate(0, side=side, people=8, pairs=10, new=4, epochs=1)
    assert set(found) == {"success", "unsure"} and 0 <= found["success"] <= 1


def test_divided_pairs_divide_the_types():
    items = [people.divided(30, k, np.random.default_rng(3)) for k in (0, 1)]
    np.testing.assert_array_equal(items[0].obs, items[1].obs)
    np.testing.assert_array_equal(items[0].info["label"], 1 - items[1].info["label"])


@pytest.mark.parametrize("chosen", [True, False])
def test_questions_are_asked(chosen):
    found = people.ask(0, chosen=chosen, people=4, epochs=1, new=2)
    assert set(found) == {"eight", "one", "two", "four"} and min(found.values()) >= 0


def test_claims_name_sides_that_there_are():
    for effect in people.effects():
        sides = {a.side for a in effect.arms}
        assert {s for c in effect.claims for s in (c.side, c.against)} <= sides
        assert effect.name.startswith("preference_people_")


def test_the_exact_posterior_finds_who_is_sure_and_guesses_without_answers():
    items = people.walkers(40, 12, np.random.default_rng(0))
    found = np.array([people.most_likely(items, k) for k in range(40)])
    assert (found[3::4] == 3).mean() > 0.9 and (found == np.arange(40) % 4).mean() > 0.85
