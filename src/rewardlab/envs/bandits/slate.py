"""Slate page: fill the places of a page one by one, for a user who looks less at lower places and tires of repetition.

    P(click at place k) = relevance(user, item) / log2(k + 1) · ρ^(items of the same category above)
    relevance = 1 / (1 + exp(−s taste_user · taste_item)),    k = 1..L

Items cannot be judged one by one: the best page mixes categories, and sorting by relevance is not best wherever the
repetition penalty ρ < 1 binds. Its value is known exactly.

Source: Wang, Wu, Fu, "Enhanced Whole Page Optimization via Mixed-Grained Reward Mechanism-Adapted Language Models",
2025 (page-level and item-level rewards); Järvelin, Kekäläinen, "Cumulated Gain-Based Evaluation of IR
Techniques", ACM Transactions on Information Systems 2002 (the discount of places).
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
from gymnasium import spaces

from rewardlab.core.arrays import Array, Tree, namespace
from rewardlab.core.rng import Streams
from rewardlab.envs.bandits.domains import one_hot
from rewardlab.envs.bandits.ground import Tables, bars, demand, whole
from rewardlab.envs.bandits.slate_tables import Pages, check_sets
from rewardlab.envs.world import Card, Columns, Rules, State

_WHERE = "SlatePage"


@dataclass
class SlatePage(Rules):
    """One page for one of U users; L steps, each an item for the next place from above.

    An item that stands on the page already wastes its place: it is not clicked, and changes nothing else.
    `pseudo_regret` is V*(page so far) − Q*(page so far, item), never negative: what this choice loses of the expected
    clicks of the best page that was still possible. Over a page it sums to what the page is short of the best one.

    Args:
        items: n >= 2.
        places: L in 1..n.
        categories: of the items, >= 1; item i is of category i mod categories.
        users: U >= 1; each episode has one of them, all equally often.
        penalty: ρ in [0, 1]; 1 makes the page additive.
        sharpness: s >= 0 of the relevance.
        random_clicks: share of clicks 0..1 that are a fair coin instead; they are what is paid, and `true_reward` has
            the user's own click.
        late: pay all clicks of the page in the last step, instead of each in its own.
        instance: seed of all tastes, two numbers from N(0, 1) each; those of items of one category have correlation
            0.64.

    Raises:
        BadOption: for numbers outside these ranges, or more than 20,000 sets of items.
    """

    items: int = 12
    places: int = 5
    categories: int = 4
    users: int = 8
    penalty: float = 0.5
    sharpness: float = 2.0
    random_clicks: float = 0.0
    late: bool = False
    instance: int = 0

    torch: ClassVar[bool] = True
    exact: ClassVar[bool] = False

    def __post_init__(self) -> None:
        whole(_WHERE, places=self.places, categories=self.categories, users=self.users)
        whole(_WHERE, least=2, items=self.items)
        demand(
            self.places <= self.items, f"places={self.places!r}", where=_WHERE, expected=f"1..{self.items}, the items"
        )
        for name in ("penalty", "random_clicks"):
            value = getattr(self, name)
            demand(0 <= value <= 1, f"{name}={value!r}", where=_WHERE, expected="a number in [0, 1]")
        demand(0 <= self.sharpness < np.inf, f"sharpness={self.sharpness!r}", where=_WHERE, expected="a number >= 0")
        check_sets(self.items, self.places, where=_WHERE)
        rng = np.random.default_rng(self.instance)
        self.taste = rng.normal(size=(self.users, 2))  # [U, 2]
        self.category = np.arange(self.items) % self.categories  # [n]
        centre = rng.normal(size=(self.categories, 2))
        # Items of one category are alike, so that the most relevant ones repeat it; each has variance 1.
        self.item_taste = 0.8 * centre[self.category] + 0.6 * rng.normal(size=(self.items, 2))  # [n, 2]
        self.relevance = 1.0 / (1.0 + np.exp(-self.sharpness * self.taste @ self.item_taste.T))  # [U, n]
        self.pages = Pages(self.relevance, self.category, self.places, self.categories, float(self.penalty))
        bound = float(np.ceil(np.abs(self.taste).max()))
        n = self.items
        low, high = np.full(2 + n + 1, 0.0, np.float32), np.full(2 + n + 1, 1.0, np.float32)
        low[:2], high[:2] = -bound, bound
        self.observation_space = spaces.Box(low, high, dtype=np.float32)
        self.action_space = spaces.Discrete(n)

    # -- the click model -----------------------------------------------------------------------------------------------

    @property
    def discount(self) -> np.ndarray:
        """[L] the share of users who look at each place."""
        return self.pages.discount

    def click_chances(self, user: Any, pages: Any) -> np.ndarray:
        """P(click) [N, L] at each place of pages [N, L] of items, shown to users [N]; 0 where an item is repeated."""
        return self.pages.click_chances(user, pages)

    def page_value(self, user: Any, pages: Any) -> np.ndarray:
        """Expected clicks [N] of pages [N, L]."""
        return self.click_chances(user, pages).sum(1)

    def best_page(self, user: int) -> np.ndarray:
        """[L] a page with the most expected clicks."""
        return self.pages.best(user)

    def sorted_page(self, user: int) -> np.ndarray:
        """[L] the most relevant items of a user, the most relevant one first."""
        return np.argsort(-self.relevance[user], kind="stable")[: self.places]

    def logs(self, rng: np.random.Generator, count: int, *, temperature: float = 0.5) -> dict[str, np.ndarray]:
        """Pages of a policy that is half random: each place is drawn from softmax(relevance / temperature) of the rest.

        Args:
            rng: where the log comes from.
            count: N pages.
            temperature: above 0; the larger, the more random.

        Returns:
            `users` [N], `pages` [N, L] without repetition, `clicks` [N, L] of 0 and 1 with their random share.
        """
        demand(temperature > 0, f"temperature={temperature!r}", where="logs", expected="a number above 0")
        users = rng.integers(self.users, size=count)
        gumbel = rng.gumbel(size=(count, self.items))
        pages = np.argsort(-(self.relevance[users] / temperature + gumbel), axis=1)[:, : self.places]
        own = rng.random(pages.shape) < self.click_chances(users, pages)
        coin = rng.random(pages.shape) < 0.5
        clicks = np.where(rng.random(pages.shape) < self.random_clicks, coin, own)
        return {"users": users, "pages": pages, "clicks": clicks.astype(np.float64)}

    @property
    def optimal_value(self) -> float:
        """Expected clicks of the best page, averaged over users."""
        return float(self.pages.values[0][:, 0].mean())

    @cached_property
    def _tables(self) -> Tables:
        return self.pages.tables(self.taste)

    # -- the steps -----------------------------------------------------------------------------------------------------

    def start(self, n: int, rng: Streams) -> State:
        xp = rng.xp
        user = rng.integers(self.users)
        zero = xp.zeros_like(user)
        number = xp.astype(zero, xp.float64)
        return {
            "user": user, "node": zero, "place": zero, "page": xp.stack([zero - 1] * self.places, axis=1),
            "paid": number, "own": number,
        }  # fmt: skip

    def move(self, state: State, action: Tree, rng: Streams) -> tuple[State, Array, Array, Columns]:
        xp, own = rng.xp, self._tables(rng.device)
        size = len(self.pages.graph["after"])
        node = xp.minimum(state["node"], xp.full_like(action, size - 1))
        row = state["user"] * size + node
        chance, lost = own["chance"][row, action], own["gap"][row, action]
        u = rng.uniform((3,))
        click = xp.astype(u[:, 0] < chance, xp.float64)
        paid = xp.where(u[:, 1] < self.random_clicks, xp.astype(u[:, 2] < 0.5, xp.float64), click)
        place = state["place"] + 1
        over = place >= self.places
        columns = {
            "click": paid,
            "click_chance": chance,
            "pseudo_regret": lost,
            "best": own["best"][state["user"]],
            "success": lost <= 1e-12,
        }
        total, clean = state["paid"] + paid, state["own"] + click
        if self.late:
            reward, true = (xp.where(over, x, xp.zeros_like(x)) for x in (total, clean))
        else:
            reward, true = paid, click
        columns["true_reward"] = true
        here = one_hot(xp.minimum(state["place"], xp.full_like(place, self.places - 1)), state["page"])
        after = {
            "user": state["user"],
            "node": own["after"][node, action],
            "place": place,
            "page": xp.where(here == 1, action[:, None], state["page"]),
            "paid": total,
            "own": clean,
        }
        return after, reward, over, columns

    def look(self, state: State) -> Tree:
        user = state["user"]
        xp, own = namespace(user), self._tables(None if isinstance(user, np.ndarray) else user.device)
        share = xp.astype(state["place"], xp.float64) / self.places
        held = xp.astype(own["held"][state["node"]], xp.float64)
        return xp.astype(xp.concat([own["taste"][user], held, share[:, None]], axis=1), xp.float32)

    def to_mdp(self) -> Any:
        """The exact `TabularMDP` of expected clicks: user and (place, set of items), then the end; gamma = 1."""
        return self.pages.mdp()

    # -- pictures ------------------------------------------------------------------------------------------------------

    def draw(self, state: State, i: int) -> np.ndarray:
        user, page = int(state["user"][i]), np.asarray(state["page"][i])
        shown = page[page >= 0]
        value = np.zeros(self.places)
        value[: len(shown)] = self.click_chances(user, shown[None])[0] if len(shown) else 0.0
        marks = np.zeros(self.places)
        marks[: len(shown)] = self.relevance[user, shown]
        names = [f"{p}" if p >= 0 else "-" for p in page]
        title = f"user {user}    clicks {float(state['paid'][i]):.4g}"
        return bars(title, value, marks, names=names, words=("chance of a click", "relevance"))

    def text(self, state: State, i: int) -> str:
        page = [
            f"place {k + 1}: item {int(p)}, category {int(self.category[p])}"
            for k, p in enumerate(np.asarray(state["page"][i]))
            if p >= 0
        ]
        return "\n".join([f"user {int(state['user'][i])}, {self.places} places, {self.items} items", *page])

    def card(self) -> Card:
        n, mixed, share = self.items, 1 - self.random_clicks, self.random_clicks / 2 * self.places
        return Card(
            summary=f"Fill a page of {self.places} places from {n} items for a user; repetition of a category tires.",
            observation={
                "taste[2]": "what the user likes",
                f"shown[{n}]": "1 for each item that is on the page",
                "place": f"places that are filled / {self.places}, 0..1",
            },
            action={"action": f"the item for the next place, 0..{n - 1}; one that is on the page wastes it"},
            reward=f"Paid is a click, 1 or 0, {'all at the end' if self.late else 'at each place'}; a share "
            f"{self.random_clicks:g} of clicks is a coin. The true reward is the user's own click.",
            info={
                "click": "the click at this place, 0 or 1",
                "click_chance": "chance of the user's own click at this place, 0..1",
                "pseudo_regret": "expected clicks lost against the best page still possible, >= 0",
                "best": "expected clicks of the best page of this user",
                "success": "True if the best page is still possible after this choice as before it",
                "true_reward": "the user's own clicks",
            },
            random_return=mixed * self.pages.random_value() + share,
            optimal_return=mixed * self.optimal_value + share,
            source="Wang, Wu, Fu, Enhanced Whole Page Optimization via Mixed-Grained Reward Mechanism, 2025",
        )
