"""Pages said at once: several names from above, one for each place.

    x_i · θ̂_i + α ‖x_i‖ in V_i⁻¹,    V_i = I + Σ d_k² x xᵀ,    θ̂_i = V_i⁻¹ Σ d_k x click,    x = (1, taste)

A click at place k counts for an item as seen through the discount d_k of that place; the names with the largest sums
make a page.

Source: Qin, Chen, Zhu, "Contextual Combinatorial Bandit and its Application on Diversified Online Recommendation", SDM
2014, Algorithm 1 (a linear model and a bonus for each item, of which the best make the set).
"""

from collections.abc import Mapping
from typing import ClassVar

import numpy as np
from gymnasium import spaces

from rewardlab.core.arrays import Array
from rewardlab.core.rng import Streams
from rewardlab.envs.bandits.wording.speech import COUNT, Wording, vector
from rewardlab.envs.rules import Columns, State


class Pages(Wording):
    """A page an answer, which is an episode of the bandit; where all clicks are paid at the end no guide is known."""

    options: ClassVar[Mapping[str, float]] = {"alpha": 0.5}
    keeps: ClassVar[bool] = True
    guided: ClassVar[str] = "the names with the largest sums of mean and bonus, from above, make a good page"

    def prepare(self) -> None:
        bandit = self.bandit
        self.names, self.many, self.rounds = self.called(bandit.items), bandit.places, 1
        self.action_space = spaces.MultiDiscrete([bandit.items] * bandit.places)
        self.width = bandit.places + 2 + (1 if bandit.late else bandit.places)
        self.unclear = f"The last answer did not hold {self.many} names, so that chance chose."  # type: ignore[misc]
        if bandit.late:
            self.guided = ""  # type: ignore[misc]

    def play(self, before: State, action: Array, rng: Streams) -> tuple[State, Array, Array, Columns]:
        state, total, seen = before, np.zeros(len(action)), []
        for k in range(self.bandit.places):
            state, reward, over, columns = self.bandit.move(state, action.reshape(len(action), -1)[:, k], rng)
            total = total + reward
            seen.append(columns)
        told = {key: np.stack([c[key] for c in seen], axis=1) for key in seen[0]}
        added = {key: told[key].sum(1) for key in ("pseudo_regret", "true_reward")}
        clicks = {key: told[key] for key in ("click", "click_chance")}
        return state, total, over, {**clicks, **added, "best": told["best"][:, 0], "success": told["success"].all(1)}

    def parse(self, said: str) -> tuple[Array | None, bool]:
        action, moved = super().parse(said)
        return (None if action is None else action.reshape(self.many)), moved

    def chance(self, rng: Streams) -> Array:
        return rng.integers(len(self.names), (self.many,))

    def task(self) -> str:
        kinds = "; ".join(f"{name} ({self.bandit.category[k] + 1})" for k, name in enumerate(self.names))
        return (
            f"Fill a page of {self.many} places from above with some of {len(self.names)} items, told with their "
            f"kinds: {kinds}. A user looks less at lower places and tires of a kind; tastes are two numbers. Each "
            "click pays 1."
        )

    def reply(self) -> str:
        return f"Answer with {self.many} names, from above."

    def note(self, before: State, action: Array, reward: Array, columns: Columns) -> Array:
        clicks = reward[:, None] if self.bandit.late else columns["click"]
        return np.concatenate([action.reshape(len(action), -1), clicks, self.bandit.taste[before["user"]]], axis=1)

    def line(self, note: np.ndarray) -> str:
        page = " ".join(self.names[int(k)] for k in note[: self.many])
        clicks = " ".join(f"{x:.0f}" for x in note[self.many : -2])
        return f"{vector(note[-2:])}: {page}, clicks {clicks}"

    def begin(self, n: int) -> State:
        k = len(self.names)
        tables = {"counts": np.zeros((n, k), dtype=np.int64), "clicks": np.zeros((n, k)), "pages": np.zeros((n, 2))}
        return {**tables, "V": np.tile(np.eye(3), (n, k, 1, 1)), "b": np.zeros((n, k, 3))}

    def learn(self, memory: State, before: State, action: Array, reward: Array, columns: Columns) -> State:
        n, row = len(action), np.arange(len(action))
        own = {key: value.copy() for key, value in memory.items()}
        own["pages"] += np.stack([np.ones(n), reward], axis=1)
        x = np.concatenate([np.ones((n, 1)), self.bandit.taste[before["user"]]], axis=1)  # [n, 3]
        page = action.reshape(n, -1)
        for k in range(self.many):
            item = page[:, k]
            fresh = (page[:, :k] != item[:, None]).all(1)  # a repeated item is not looked at
            seen = self.bandit.discount[k] * x * fresh[:, None]
            own["counts"][row, item] += fresh
            if not self.bandit.late:
                click = columns["click"][:, k] * fresh
                own["clicks"][row, item] += click
                own["V"][row, item] += seen[:, :, None] * seen[:, None, :]
                own["b"][row, item] += seen * click[:, None]
        return own

    def summary(self, memory: State, before: State, i: int) -> list[str]:
        pages, paid = memory["pages"][i].tolist()
        lines = [f"pages {pages:.0f}" + (f", mean clicks {self.number(paid / pages)}" if pages else "")]
        rows = zip(self.names, memory["counts"][i].tolist(), memory["clicks"][i].tolist(), strict=True)
        late = self.bandit.late
        return lines + [f"{x}: shown {n}" + (f", clicked {c:.0f}" if n and not late else "") for x, n, c in rows]

    def guide(self, memory: State, before: State, i: int) -> list[str]:
        x = np.append(1.0, self.bandit.taste[before["user"][i]])
        inverse = np.linalg.inv(memory["V"][i])  # [items, 3, 3]
        value = np.einsum("d,kde,ke->k", x, inverse, memory["b"][i])
        bonus = self.option["alpha"] * np.sqrt(np.einsum("d,kde,e->k", x, inverse, x))
        return self.table([f"shown {n}, " for n in memory["counts"][i].tolist()], value, bonus)

    def now(self, before: State, i: int) -> list[str]:
        return [f"now comes {vector(self.bandit.taste[before['user'][i]])}"]

    def room(self, form: str, window: int) -> int:
        if form == "history":
            return window * (self.many * (self.longest_name + 1) + len(": , clicks \n") + 16 + 2 * self.many + COUNT)
        each = self.longest_name + len(": shown , clicked , mean , bonus \n") + 2 * COUNT + 2 * self.wide
        return len("pages , mean clicks \n") + COUNT + self.wide + len(self.names) * each

    def room_now(self) -> int:
        return len("now comes \n") + 16
