"""Slate tables: the chances of clicks of whole pages, and the exact value of every page that is being filled.

    V(k, S) = max_i P(click on i at place k | S) + V(k + 1, S ∪ {i}),    S the set of items above place k

Which items stand above matters, their order does not: so the states are sets, far fewer than pages.

Source: Järvelin, Kekäläinen, "Cumulated Gain-Based Evaluation of IR Techniques", ACM Transactions on Information
Systems 2002 (the discount of places); Bellman, "Dynamic Programming", 1957, Chapter III (the recursion).
"""

from dataclasses import dataclass
from functools import cached_property
from math import comb
from typing import Any

import numpy as np

from rewardlab.envs.bandits.ground import demand
from rewardlab.envs.lookup import Tables

_MOST = 20_000  # sets of items that are solved


def check_sets(items: int, places: int, *, where: str) -> None:
    """Raises BadOption for more sets of at most `places` of `items` items than are solved."""
    sets = sum(comb(items, j) for j in range(places + 1))
    demand(
        sets <= _MOST, f"{places} of {items} items", where=where,
        expected=f"at most {_MOST} sets of items that fit on a page; these are {sets}",
    )  # fmt: skip


@dataclass(frozen=True, eq=False)
class Pages:
    """All pages of L places that can be made of n items, for U users.

    Args:
        relevance: [U, n] chances that a user clicks on an item at the first place.
        category: [n] of each item, 0..C-1.
        places: L in 1..n.
        categories: C.
        penalty: factor in [0, 1] for each item of the same category above.
    """

    relevance: np.ndarray
    category: np.ndarray
    places: int
    categories: int
    penalty: float

    @cached_property
    def discount(self) -> np.ndarray:
        """[L] the share of users who look at each place."""
        return 1.0 / np.log2(np.arange(self.places) + 2.0)

    def click_chances(self, user: Any, pages: Any) -> np.ndarray:
        """P(click) [N, L] at each place of pages [N, L] of items, shown to users [N]; 0 where an item is repeated."""
        pages = np.asarray(pages)
        user = np.broadcast_to(np.asarray(user), pages.shape[:1])
        chance = np.zeros(pages.shape)
        for k in range(pages.shape[1]):
            item, above = pages[:, k], pages[:, :k]
            fresh = np.ones((len(pages), k), dtype=bool)
            for j in range(1, k):
                fresh[:, j] = (above[:, :j] != above[:, j : j + 1]).all(1)
            same = ((self.category[above] == self.category[item][:, None]) & fresh).sum(1)
            seen = (above == item[:, None]).any(1)
            shown = self.relevance[user, item] * self.discount[k] * self.penalty**same
            chance[:, k] = np.where(seen, 0.0, shown)
        return chance

    # -- places that are filled one by one -----------------------------------------------------------------------------

    @cached_property
    def graph(self) -> dict[str, np.ndarray]:
        """States (place, set of items), S of them in order of place, and the end.

        `after` [S, n] the next state, `chance` [U, S, n] of a click, `held` [S + 1, n] 1 for the items of the set.
        """
        n, last = len(self.category), self.places
        layers: list[list[int]] = [[0]]
        for _ in range(last - 1):
            layers.append(sorted({s | 1 << i for s in layers[-1] for i in range(n)} | (set(layers[-1]) - {0})))
        states = [(k, s) for k, layer in enumerate(layers) for s in layer]
        number = {state: j for j, state in enumerate(states)}
        end = len(states)
        place = np.array([k for k, _ in states])
        held = np.array([[s >> i & 1 for i in range(n)] for _, s in states])  # [S, n]
        kinds = np.stack([held[:, self.category == c].sum(1) for c in range(self.categories)], axis=1)  # [S, C]
        shown = self.discount[place][:, None] * self.penalty ** kinds[:, self.category] * (1 - held)  # [S, n]
        after = [[number.get((k + 1, s | 1 << i), end) for i in range(n)] for k, s in states]
        chance = self.relevance[:, None, :] * shown
        return {"after": np.array(after), "chance": chance, "held": np.append(held, np.zeros((1, n)), axis=0)}

    @cached_property
    def values(self) -> tuple[np.ndarray, np.ndarray]:
        """V* [U, S + 1] and Q* [U, S, n] in expected clicks."""
        after, chance = self.graph["after"], self.graph["chance"]
        V, Q = np.zeros((len(chance), len(after) + 1)), np.zeros(chance.shape)
        for s in range(len(after) - 1, -1, -1):  # a state leads to later ones only
            Q[:, s] = chance[:, s] + V[:, after[s]]
            V[:, s] = Q[:, s].max(1)
        return V, Q

    def best(self, user: int) -> np.ndarray:
        """[L] a page with the most expected clicks."""
        s, page = 0, []
        for _ in range(self.places):
            page.append(int(self.values[1][user, s].argmax()))
            s = int(self.graph["after"][s, page[-1]])
        return np.array(page)

    def random_value(self) -> float:
        """Expected clicks of a page of items drawn at random, repetitions included, averaged over users."""
        after, chance = self.graph["after"], self.graph["chance"].mean(0)
        V = np.zeros(len(after) + 1)
        for s in range(len(after) - 1, -1, -1):
            V[s] = (chance[s] + V[after[s]]).mean()
        return float(V[0])

    def tables(self, taste: np.ndarray) -> Tables:
        """What a step looks up, on any device; rows of `chance` and `gap` are user * S + state.

        Args:
            taste: [U, d] what is shown of a user.
        """
        V, Q = self.values
        return Tables(
            after=self.graph["after"],
            chance=self.graph["chance"].reshape(-1, len(self.category)),
            gap=(V[:, :-1, None] - Q).reshape(-1, len(self.category)),
            held=self.graph["held"],
            taste=taste,
            best=V[:, 0],
        )

    def mdp(self) -> Any:
        """The exact `TabularMDP` of expected clicks: user and (place, set of items), then the end; gamma = 1."""
        from scipy import sparse

        from rewardlab.core.mdp import TabularMDP

        after, chance = self.graph["after"], self.graph["chance"]
        users, size, n = chance.shape
        end = users * size
        onward = np.concatenate([np.where(after == size, end, after + u * size).ravel() for u in range(users)])
        onward = np.append(onward, np.full(n, end))
        P = sparse.csr_array((np.ones(len(onward)), onward, np.arange(len(onward) + 1)), shape=(len(onward), end + 1))
        R = np.concatenate([chance.reshape(-1, n), np.zeros((1, n))])
        initial = np.zeros(end + 1)
        initial[np.arange(users) * size] = 1.0 / users
        return TabularMDP(P, R, gamma=1.0, initial=initial, terminal=np.arange(end + 1) == end)
