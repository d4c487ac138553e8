"""Tables of pages against all sequences of items gone through one by one, repetitions included."""

import itertools

import numpy as np
import pytest

from rewardlab.core.errors import BadOption
from rewardlab.envs.bandits.slate_tables import Pages, check_sets

SIZES = [(4, 3, 2, 0.5), (5, 2, 1, 0.0), (4, 4, 4, 1.0), (3, 1, 2, 0.3)]  # items, places, categories, penalty


def made(items, places, categories, penalty, users=2):
    relevance = np.random.default_rng(items).random((users, items))
    return Pages(relevance, np.arange(items) % categories, places, categories, penalty)


def clicks(pages, user, items):
    """Expected clicks at each place, place by place, by the model in words."""
    out, above = [], []
    for k, item in enumerate(items):
        same = sum(pages.category[j] == pages.category[item] for j in above)
        out.append(0.0 if item in above else pages.relevance[user, item] / np.log2(k + 2) * pages.penalty**same)
        above = [*above, item] if item not in above else above
    return out


@pytest.mark.parametrize("sizes", SIZES)
def test_values_are_the_best_and_the_mean_over_all_sequences(sizes):
    pages, (n, places, *_) = made(*sizes), sizes
    every = list(itertools.product(range(n), repeat=places))
    for user in range(2):
        told = pages.click_chances(user, every)
        np.testing.assert_allclose(told, [clicks(pages, user, one) for one in every], atol=1e-12)
        best = told.sum(1).max()
        assert pages.values[0][user, 0] == pytest.approx(best, abs=1e-12)
        assert sum(clicks(pages, user, pages.best(user))) == pytest.approx(best, abs=1e-12)
    mean = np.mean([pages.click_chances(user, every).sum(1).mean() for user in range(2)])
    assert pages.random_value() == pytest.approx(mean, abs=1e-12)


@pytest.mark.parametrize("sizes", SIZES)
def test_states_are_the_sets_that_can_stand_above_a_place(sizes):
    pages, (n, places, *_) = made(*sizes), sizes
    found = {
        (k, frozenset(one)) for k in range(places) for one in itertools.product(range(n), repeat=k)
    }  # all that may stand above place k
    assert len(pages.graph["after"]) == len(found)
    for one in itertools.product(range(n), repeat=places):
        s = 0
        for k, item in enumerate(one):
            assert set(np.flatnonzero(pages.graph["held"][s])) == set(one[:k])
            assert pages.graph["chance"][1, s, item] == pytest.approx(clicks(pages, 1, one[: k + 1])[-1], abs=1e-12)
            s = pages.graph["after"][s, item]
        assert s == len(found)


@pytest.mark.parametrize("sizes", SIZES)
def test_gaps_and_the_process_say_what_the_values_say(sizes):
    pages = made(*sizes)
    tables, mdp = pages.tables(np.zeros((2, 2)))(), pages.mdp()
    assert (tables["gap"] >= 0).all() and (tables["gap"].min(1) == 0).all()
    solved = mdp.solve()
    np.testing.assert_allclose(solved.V[:-1], pages.values[0][:, :-1].ravel(), atol=1e-12)
    assert solved.value == pytest.approx(tables["best"].mean(), abs=1e-12)
    uniform = np.full((mdp.num_states, sizes[0]), 1 / sizes[0])
    assert mdp.evaluate(uniform).value == pytest.approx(pages.random_value(), abs=1e-12)


def test_too_many_sets_are_named_with_their_number():
    check_sets(12, 5, where="t")
    with pytest.raises(BadOption, match=r"(?s)6 of 20 items.*these are 60460"):
        check_sets(20, 6, where="t")
