"""The recommender bandit in words: a user with tastes comes, and one names a film to show.

    history    each round: the user's tastes, film, rating
    summary    each film: n_k times shown, mean pay
    guide      each film, for this user: x_k' θ̂ and the bonus α √(x_k' V⁻¹ x_k),  V = I + Σ x x',  θ̂ = V⁻¹ Σ x r

What each user likes is told, and what each film offers; how much of the one is worth in the other must be found out.
The largest sum of a guide is the choice of LinUCB.

Source: Nie, Su, Chang, Lee, Chi, Le, Chen, "EVOLvE: Evaluating and Optimizing LLMs For In-Context Exploration", ICML
2025, Sections 3 and 5; Li, Chu, Langford, Schapire, "A Contextual-Bandit Approach to Personalized News Article
Recommendation", WWW 2010, Algorithm 1 (with one θ for all arms).
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from rewardlab.core.arrays import Array
from rewardlab.core.errors import BadOption
from rewardlab.core.rng import Streams
from rewardlab.envs.bandits.recommender import RecommenderBandit
from rewardlab.envs.bandits.words import Tokens, Told, check_digits, shown
from rewardlab.envs.rules import Card, Columns, State

FILMS = (
    "Amber Harbour", "Blue Lantern", "Cold Orchard", "Dust Parade", "Early Thunder", "Fox Ballet", "Granite Sea",
    "Hollow Piano", "Iron Meadow", "Jade Winter", "Kite Season", "Lemon Street", "Moth Opera", "Night Ferry",
    "Old Compass", "Paper Moonrise", "Quiet Engine", "Red Umbrella", "Salt Cathedral", "Tin Astronaut",
    "Under Birches", "Velvet Storm", "West Of Rain", "Yellow Tram", "Zero Gardens", "Autumn Radio", "Broken Violin",
    "Copper Dawn", "Distant Bakery", "Empty Carousel",
)  # fmt: skip


@dataclass
class RecommenderText(Told):
    """One reads who comes and what was seen, and answers with the name of a film.

    Args:
        form: "history", "summary" or "guide".
        alpha: α >= 0 of the guide.
        digits: significant digits of numbers, 1..17; tastes are always told with two decimals.
        items: n, 2..30.
        users: as in `RecommenderBandit`; so are the others.
        rank: as there.
        instance: as there.
        pulls: as there.

    Attributes:
        bandit: the bandit in numbers.
        names: [n] the films.

    Raises:
        BadOption: for a form, digits or α that does not exist, more films than names, and as `RecommenderBandit`.
    """

    form: str = "history"
    alpha: float = 1.0
    digits: int = 9
    items: int = 10
    users: int = 100
    rank: int = 3
    instance: int = 0
    pulls: int = 200

    def __post_init__(self) -> None:
        where = "RecommenderText"
        check_digits(self.digits, where)
        if not 0.0 <= self.alpha < math.inf:
            raise BadOption(f"alpha={self.alpha!r}", where=where, expected="a finite number >= 0")
        self.bandit: RecommenderBandit = RecommenderBandit(self.items, self.users, self.rank, self.instance, self.pulls)
        if self.items > len(FILMS):
            raise BadOption(f"{self.items} items", where=where, expected=f"at most {len(FILMS)}")
        self.names = FILMS[: self.items]
        self._tastes, self._offers = (
            [" ".join(f"{v:+.2f}" for v in row) for row in table]
            for table in (self.bandit.user_factors, self.bandit.item_factors)
        )
        self._tell()

    exact = False  # type: ignore[assignment]

    def start(self, n: int, rng: Streams) -> State:
        d, t = self.rank + 1, self.pulls
        own = {"V": np.tile(np.eye(d), (n, 1, 1)), "b": np.zeros((n, d)), "who": np.full((n, t), -1)}
        return {**super().start(n, rng), **own}

    def pull(self, state: State, arm: Array, rng: Streams) -> tuple[State, Array, Array, Columns]:
        after, reward, over, columns = super().pull(state, arm, rng)
        row, who = np.arange(len(arm)), state["who"].copy()
        who[row, state["pulled"] % self.pulls] = state["user"]
        x = self.bandit.shown[state["user"], arm].astype(np.float64)  # [N, d]
        own = {"V": state["V"] + x[:, :, None] * x[:, None, :], "b": state["b"] + x * reward[:, None], "who": who}
        return {**after, **own}, reward, over, columns

    def guide(self, state: State, i: int) -> tuple[np.ndarray, np.ndarray]:
        """Value and bonus [n] of each film for the user who comes in row i."""
        x = self.bandit.shown[state["user"][i]].astype(np.float64)  # [n, d]
        inverse = np.linalg.inv(state["V"][i])
        return x @ (inverse @ state["b"][i]), self.alpha * np.sqrt(np.einsum("kd,de,ke->k", x, inverse, x))

    def prompt(self) -> str:
        films = "; ".join(f"{name} ({offer})" for name, offer in zip(self.names, self._offers, strict=True))
        told = {
            "history": "Below stands each user so far, the film shown and the rating.",
            "summary": "Below stands how often each film was shown, and its mean pay over all users.",
            "guide": "Below stands for each film what it should pay with this user, as a mean, and a bonus for what is "
            "still unknown; the largest sum of mean and bonus is a good choice.",
        }
        return (
            f"Show one of {self.items} films to each user who comes, {self.pulls} in all. Films, with what they offer "
            f"in {self.rank} respects: {films}. A user rates a film from 1 to 5, which pays 0 to 1; what counts is how "
            "well tastes and offers agree, in some respects more than in others. Earn as much as you can. "
            f"{told[self.form]} Answer with the name of one film."
        )

    def body(self, state: State, i: int) -> str:
        t = int(state["pulled"][i])
        lines = [f"{t} of {self.pulls} shown"]
        if self.form == "history":
            rounds = zip(*(state[key][i][:t].tolist() for key in ("who", "arms", "pays")), strict=True)
            lines += [f"{self._tastes[u]}: {self.names[k]}, rated {round(4 * pay) + 1}" for u, k, pay in rounds]
        elif self.form == "summary":
            counts = np.bincount(state["arms"][i][:t], minlength=self.items)
            totals = np.bincount(state["arms"][i][:t], state["pays"][i][:t], minlength=self.items)
            for name, n, total in zip(self.names, counts.tolist(), totals.tolist(), strict=True):
                lines.append(f"{name}: shown {n}" + (f", mean {shown(total / n, self.digits)}" if n else ""))
        else:
            values, bonus = self.guide(state, i)
            for name, value, extra in zip(self.names, values.tolist(), bonus.tolist(), strict=True):
                lines.append(f"{name}: mean {shown(value, self.digits)}, bonus {shown(extra, self.digits)}")
        return "\n".join([*lines, f"now comes {self._tastes[int(state['user'][i])]}"])

    def longest(self) -> int:
        name, taste = max(map(len, self.names)), 6 * self.rank - 1
        each = {
            "history": self.pulls * (taste + name + len(": , rated 5\n")),
            "summary": self.items * (name + len(": shown , mean \n") + len(str(self.pulls)) + self.digits + 7),
            "guide": self.items * (name + len(": mean , bonus \n") + 2 * (self.digits + 7)),
        }
        return len(f"{self.pulls} of {self.pulls} shown\n") + each[self.form] + len("now comes ") + taste

    def to_mdp(self) -> Any:
        """That of the bandit in numbers."""
        return self.bandit.to_mdp()

    def card(self) -> Card:
        return _card(self, {"text": f"the task, a {self.form} of what was seen, and who comes now"}, _ANSWERED)


@dataclass
class RecommenderTokens(Tokens):
    """The same for small policies: what was seen and who comes as characters by number, films by number.

    What films offer stays the same and is not told: a small policy learns it.

    Args:
        form: "history", "summary" or "guide".
        alpha: α >= 0 of the guide.
        digits: significant digits of numbers, 1..17.
        items: n, 2..30.
        users: as in `RecommenderBandit`; so are the others.
        rank: as there.
        instance: as there.
        pulls: as there.

    Attributes:
        view: the text view.

    Raises:
        BadOption: as `RecommenderText`.
    """

    form: str = "history"
    alpha: float = 1.0
    digits: int = 4
    items: int = 10
    users: int = 100
    rank: int = 3
    instance: int = 0
    pulls: int = 100

    def __post_init__(self) -> None:
        told = (self.form, self.alpha, self.digits)
        self._number(RecommenderText(*told, self.items, self.users, self.rank, self.instance, self.pulls))

    exact = False  # type: ignore[assignment]

    def card(self) -> Card:
        view: Any = self.view
        seen = {"tokens": f"[{view.longest()}] a {self.form} and who comes now: characters by number, 0 for none"}
        return _card(view, seen, {})


_ANSWERED = {
    "arm": "the film that was shown",
    "said": "the answer",
    "understood": "True if the answer named one film; else chance chose one",
}


def _card(view: RecommenderText, observation: dict[str, str], info: dict[str, str]) -> Card:
    numeric = view.bandit.card()
    return Card(
        summary=f"{view.users} users come at random, {view.pulls} an episode; each is shown one of {view.items} films.",
        observation=observation,
        action={"name": "the name of a film"} if info else dict(numeric.action),
        reward=numeric.reward,
        info={**numeric.info, **info},
        random_return=numeric.random_return,
        optimal_return=numeric.optimal_return,
        source="Nie et al., EVOLvE: Evaluating and Optimizing LLMs For In-Context Exploration, ICML 2025",
    )
