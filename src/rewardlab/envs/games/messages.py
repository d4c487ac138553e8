"""Messages: tables of what each player last heard of each entity, told on to neighbours, round by round.

    after h rounds on links L:   time(a, e) = max { time₀(b, e) : b within h links of a }

In a round everybody tells its whole table to its neighbours at once, and of two entries the newer one stays: after h
rounds a player knows what was known anywhere within h links. Old news never replaces newer news.

Source: Li, Zhao, Pajarinen, "Cooperative Multi-Agent Planning with Adaptive Skill Synthesis", 2025 (entities told on
over several hops; the synchronous rounds are ours).
"""

from dataclasses import dataclass

import numpy as np

from rewardlab.core.errors import BadOption


@dataclass(frozen=True)
class News:
    """What players know of entities.

    Attributes:
        time: [n, A, U] when what A knows of U was seen, -1 for never.
        facts: [n, A, U, D] integers: what was seen then.
    """

    time: np.ndarray
    facts: np.ndarray


def nothing(n: int, players: int, entities: int, facts: int) -> News:
    """Empty tables."""
    return News(np.full((n, players, entities), -1), np.zeros((n, players, entities, facts), dtype=np.int64))


def witnessed(news: News, seen: np.ndarray, truth: np.ndarray, now: np.ndarray) -> News:
    """The tables after everybody has looked around.

    Args:
        news: what they knew.
        seen: [n, A, U] bool, who sees what.
        truth: [n, U, D] how things are.
        now: [n] the time.
    """
    time = np.where(seen, now[:, None, None], news.time)
    return News(time, np.where(seen[..., None], truth[:, None], news.facts))


def told(news: News, links: np.ndarray, *, hops: int = 1) -> News:
    """The tables after `hops` rounds over links [n, A, A] bool: `links[:, a, b]`, whether a hears b.

    Of entries of the same time the player keeps its own.

    Raises:
        BadOption: for links of another shape, or fewer than 0 hops.
    """
    n, players, entities = news.time.shape
    if links.shape != (n, players, players):
        raise BadOption(f"links of shape {links.shape}", where="told", expected=f"[{n}, {players}, {players}]")
    if hops < 0:
        raise BadOption(f"hops={hops!r}", where="told", expected="at least 0")
    own = np.eye(players, dtype=bool)
    hears = (links | own)[..., None]  # [n, A, A, 1]
    row, entity = np.arange(n)[:, None, None], np.arange(entities)
    for _ in range(hops):
        worth = np.where(hears, 2 * news.time[:, None] + own[..., None], -3)  # [n, A, A, U]
        source = worth.argmax(2)  # [n, A, U] whose entry is the newest
        news = News(news.time[row, source, entity], news.facts[row, source, entity])
    return news
