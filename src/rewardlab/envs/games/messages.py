"""Messages: tables of what each player last heard of each entity, told on to neighbours, round by round.

    after h rounds on links L:   time(a, e) = max { time₀(b, e) : b within h links of a }

In a round everybody tells its whole table to its neighbours at once, and of two entries the newer one stays: after h
rounds a player knows what was known anywhere within h links. Old news never replaces newer news.

Source: Li, Zhao, Pajarinen, "Cooperative Multi-Agent Planning with Adaptive Skill Synthesis", 2025 (entities told on
over several hops; the synchronous rounds are ours).
"""

from dataclasses import dataclass

from rewardlab.core.arrays import Array, namespace
from rewardlab.core.errors import BadOption
from rewardlab.envs.lookup import device_of


@dataclass(frozen=True)
class News:
    """What players know of entities.

    Attributes:
        time: [n, A, U] when what A knows of U was seen, -1 for never.
        facts: [n, A, U, D] integers: what was seen then.
    """

    time: Array
    facts: Array


def nothing(n: int, players: int, entities: int, facts: int, *, like: Array | None = None) -> News:
    """Empty tables where `like` is; in NumPy for None."""
    xp, device = namespace(like), device_of(like)
    time = xp.full((n, players, entities), -1, dtype=xp.int64, device=device)
    return News(time, xp.zeros((n, players, entities, facts), dtype=xp.int64, device=device))


def witnessed(news: News, seen: Array, truth: Array, now: Array) -> News:
    """The tables after everybody has looked around.

    Args:
        news: what they knew.
        seen: [n, A, U] bool, who sees what.
        truth: [n, U, D] how things are.
        now: [n] the time.
    """
    xp = namespace(news.time)
    time = xp.where(seen, now[:, None, None], news.time)
    return News(time, xp.where(seen[..., None], truth[:, None], news.facts))


def told(news: News, links: Array, *, hops: int = 1) -> News:
    """The tables after `hops` rounds over links [n, A, A] bool: `links[:, a, b]`, whether a hears b.

    Of entries of the same time the player keeps its own.

    Raises:
        BadOption: for links of another shape, or fewer than 0 hops.
    """
    n, players, entities = news.time.shape
    if tuple(links.shape) != (n, players, players):
        raise BadOption(f"links of shape {tuple(links.shape)}", where="told", expected=f"[{n}, {players}, {players}]")
    if hops < 0:
        raise BadOption(f"hops={hops!r}", where="told", expected="at least 0")
    xp, device = namespace(news.time), device_of(news.time)
    player, entity = xp.arange(players, device=device), xp.arange(entities, device=device)
    own = player[:, None] == player
    hears = (links | own)[..., None]  # [n, A, A, 1]
    row = xp.arange(n, device=device)[:, None, None]
    for _ in range(hops):
        worth = xp.where(hears, 2 * news.time[:, None] + own[..., None], -3)  # [n, A, A, U]
        source = xp.argmax(worth, axis=2)  # [n, A, U] whose entry is the newest
        news = News(news.time[row, source, entity], news.facts[row, source, entity])
    return news
