"""Messages against breadth-first search: after h rounds, what was known within h links, in its newest form."""

import numpy as np
import pytest

from rewardlab.core.errors import BadOption
from rewardlab.envs.games.messages import News, nothing, told, witnessed


def ball(links, a, hops):
    """The players within `hops` links of a, a itself included, by breadth-first search."""
    seen, front = {a}, {a}
    for _ in range(hops):
        front = {b for x in front for b in np.flatnonzero(links[x])} - seen
        seen |= front
    return seen


def network(players, rng, *, directed=False):
    links = rng.random((players, players)) < 1.5 / players
    links = links if directed else links | links.T
    return links & ~np.eye(players, dtype=bool)


@pytest.mark.parametrize("hops", [0, 1, 2, 3, 7])
@pytest.mark.parametrize("directed", [False, True])
def test_after_h_rounds_one_knows_what_was_seen_within_h_links(hops, directed):
    rng = np.random.default_rng(hops)
    n, players, entities = 60, 8, 12
    links = np.stack([network(players, rng, directed=directed) for _ in range(n)])
    seen = rng.random((n, players, entities)) < 0.15
    truth = rng.integers(0, 100, (n, entities, 2))
    news = witnessed(nothing(n, players, entities, 2), seen, truth, np.full(n, 5))
    known = told(news, links, hops=hops)
    for i in range(n):
        for a in range(players):
            expected = set().union(*(set(np.flatnonzero(seen[i, b])) for b in ball(links[i], a, hops)))
            assert set(np.flatnonzero(known.time[i, a] >= 0)) == expected
            for e in expected:
                assert known.time[i, a, e] == 5 and (known.facts[i, a, e] == truth[i, e]).all()


def test_the_newest_news_within_h_links_stays_and_no_older_one_replaces_it():
    rng = np.random.default_rng(0)
    n, players, entities = 40, 6, 5
    links = np.stack([network(players, rng) for _ in range(n)])
    time = rng.integers(-1, 30, (n, players, entities))
    facts = 1000 * time[..., None] + rng.integers(0, 5, (n, players, entities, 1))  # tells its time
    before = News(time.copy(), facts.copy())
    for hops in (1, 2, 4):
        after = told(before, links, hops=hops)
        for i, a, e in np.ndindex(n, players, entities):
            assert after.time[i, a, e] == max(time[i, b, e] for b in ball(links[i], a, hops))
        heard = after.time >= 0
        np.testing.assert_array_equal((after.facts[..., 0] // 1000)[heard], after.time[heard])
        assert (after.time >= time).all()
    np.testing.assert_array_equal(before.time, time)


def test_of_equal_times_ones_own_entry_stays():
    news = News(np.full((1, 3, 1), 4), np.arange(3).reshape(1, 3, 1, 1))
    after = told(news, np.ones((1, 3, 3), dtype=bool), hops=3)
    assert after.facts.ravel().tolist() == [0, 1, 2]


def test_rounds_add_up_and_silence_changes_nothing():
    rng = np.random.default_rng(3)
    links = network(7, rng)[None]
    news = News(rng.integers(-1, 9, (1, 7, 4)), rng.integers(0, 9, (1, 7, 4, 2)))
    twice = told(told(news, links), links)
    np.testing.assert_array_equal(twice.time, told(news, links, hops=2).time)
    np.testing.assert_array_equal(twice.facts, told(news, links, hops=2).facts)
    silent = told(news, np.zeros((1, 7, 7), dtype=bool), hops=5)
    np.testing.assert_array_equal(silent.facts, news.facts)


def test_mistakes_are_named():
    news = nothing(2, 3, 4, 1)
    with pytest.raises(BadOption, match="links of shape"):
        told(news, np.zeros((2, 3, 4), dtype=bool))
    with pytest.raises(BadOption, match="hops=-1"):
        told(news, np.zeros((2, 3, 3), dtype=bool), hops=-1)
