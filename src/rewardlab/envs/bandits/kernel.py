"""One step at a table of responses: what the bandits over such tables share.

A row is asked one prompt and gives one response; all that is known of the response stands in its `info` columns.
"""

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
from gymnasium import spaces

from rewardlab.core.arrays import Array, Tree, tensor
from rewardlab.core.errors import BadOption
from rewardlab.core.rng import Streams
from rewardlab.envs.bandits.picture import answers
from rewardlab.envs.bandits.response_tables import Responses, check_sizes
from rewardlab.envs.world import Columns, Rules, State


class Answers(Rules):
    """The rules of one response to one prompt; `_open` gives them their table."""

    torch: ClassVar[bool] = True
    exact: ClassVar[bool] = False  # the tables hold exponentials

    def _open(self, table: Responses, weights: Sequence[float] | None, draws: int) -> None:
        """Take a table; pay `weights` [m] of its rewards, or the table's own; score `draws` responses by the way."""
        where = type(self).__name__
        check_sizes(where, draws=draws)
        worth = table.weights if weights is None else np.array(weights, dtype=np.float64)
        p, k, m = table.rewards.shape
        if worth.shape != (m,) or not np.isfinite(worth).all():
            raise BadOption(f"weights={weights!r}", where=where, expected=f"{m} finite numbers, one per reward")
        self.responses_table = table
        self._worth, self._draws = worth, int(draws)
        self.observation_space, self.action_space = spaces.Discrete(p), spaces.Discrete(k)
        self.scores = table.rewards @ worth  # [P, K]
        target = self.scores if table.gold is None else table.gold
        # All reference policies on one line: that of prompt p has its cumulative probabilities in (p, p + 1].
        line = np.clip(np.cumsum(table.reference, axis=1), 0.0, 1.0)
        last = k - 1 - np.argmax(table.reference[:, ::-1] > 0, axis=1)  # [P]
        line[np.arange(k) >= last[:, None]] = 1.0
        begin = np.cumsum(table.prompts)
        begin[np.flatnonzero(table.prompts)[-1] :] = 1.0
        best = target.max(1)
        host = {
            "begin": begin,
            "line": (line + np.arange(p)[:, None]).reshape(-1),
            "last": last + np.arange(p) * k,
            "pay": self.scores.reshape(-1),
            "best": best,
            "regret": (best[:, None] - target).reshape(-1),
        }
        columns = {"reference_probability": table.reference, "correct": table.correct, **table.columns}
        columns |= {} if table.costs is None else {"cost": table.costs}
        columns |= {} if table.gold is None else {"true_reward": table.gold}
        flat = {name: x.reshape(p * k, *x.shape[2:]) for name, x in columns.items()}
        self._known: dict[Any, tuple[dict[str, Array], dict[str, Array]]] = {None: (host, flat)}

    def _on(self, device: Any) -> tuple[dict[str, Array], dict[str, Array]]:
        if device not in self._known:
            host, flat = ({name: tensor(x, device=device) for name, x in part.items()} for part in self._known[None])
            self._known[device] = host, flat
        return self._known[device]

    def start(self, n: int, rng: Streams) -> State:
        host, _ = self._on(rng.device)
        prompt = rng.xp.searchsorted(host["begin"], rng.uniform(), side="right")
        return {"prompt": prompt, "response": rng.xp.full_like(prompt, -1)}

    def move(self, state: State, action: Tree, rng: Streams) -> tuple[State, Array, Array, Columns]:
        xp, k = rng.xp, self.scores.shape[1]
        host, flat = self._on(rng.device)
        prompt = state["prompt"]
        cell = prompt * k + action
        aside = xp.searchsorted(host["line"], prompt[:, None] + rng.uniform((self._draws,)), side="right")
        aside = xp.minimum(aside, host["last"][prompt][:, None])  # prompt + u may round up to the next prompt
        columns = {name: x[cell] for name, x in flat.items()}
        columns |= {"best": host["best"][prompt], "regret": host["regret"][cell], "references": host["pay"][aside]}
        columns["success"] = columns["correct"]
        over = xp.ones_like(prompt, dtype=xp.bool)
        return {"prompt": prompt, "response": action + 0}, host["pay"][cell], over, columns

    def look(self, state: State) -> Tree:
        return state["prompt"] + 0

    # -- the table -----------------------------------------------------------------------------------------------------

    @property
    def reference(self) -> np.ndarray:
        """[P, K] the reference policy."""
        return self.responses_table.reference

    @property
    def features(self) -> np.ndarray | None:
        """[P, K, d] what a model may see of each response, where the law has features."""
        return self.responses_table.features

    @property
    def optimal_value(self) -> float:
        """The largest expected pay."""
        return float(self.responses_table.prompts @ self.scores.max(1))

    def sample(
        self, rng: np.random.Generator, prompts: np.ndarray, n: int, *, policy: np.ndarray | None = None
    ) -> np.ndarray:
        """n independent responses [B, n] to each prompt [B], by `policy` [P, K] or by the reference."""
        law = self.reference if policy is None else np.asarray(policy, dtype=np.float64)
        total = np.cumsum(law, axis=1)[np.asarray(prompts)]  # [B, K]
        u = rng.random((len(total), n)) * total[:, -1:]
        return (total[:, None, :] <= u[:, :, None]).sum(-1)

    def to_mdp(self) -> Any:
        """The exact `TabularMDP` of what is paid: one state per prompt, then the end; gamma = 1."""
        return self._mdp(self.scores)

    def _mdp(self, pay: np.ndarray) -> Any:
        from scipy import sparse

        from rewardlab.core.mdp import TabularMDP

        p, k = pay.shape
        after = np.full((p + 1) * k, p)
        P = sparse.csr_array((np.ones(len(after)), after, np.arange(len(after) + 1)), shape=(len(after), p + 1))
        asked = np.append(self.responses_table.prompts, 0.0)
        R = np.concatenate([pay, np.zeros((1, k))])
        return TabularMDP(P, R, gamma=1.0, initial=asked, terminal=np.arange(p + 1) == p)

    def _random_return(self) -> float:
        return float(self.responses_table.prompts @ self.scores.mean(1))

    # -- pictures ------------------------------------------------------------------------------------------------------

    def draw(self, state: State, i: int) -> np.ndarray:
        prompt, given = int(state["prompt"][i]), int(state["response"][i])
        title = f"prompt {prompt}    " + ("no response yet" if given < 0 else f"response {given}")
        return answers(title, self.scores[prompt], self.reference[prompt], given)

    def text(self, state: State, i: int) -> str:
        prompt, given = int(state["prompt"][i]), int(state["response"][i])
        asked = f"prompt {prompt} of 0..{self.scores.shape[0] - 1}"
        if given < 0:
            return f"{asked}\nresponses 0..{self.scores.shape[1] - 1}"
        return f"{asked}\nresponse {given} pays {self.scores[prompt, given]:.4g}"
