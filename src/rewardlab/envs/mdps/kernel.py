"""What tabular environments share: a base class that plays a table, and tells the loss of every step."""

import dataclasses
from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
from gymnasium import spaces

from rewardlab.core.arrays import Array, Tree
from rewardlab.core.errors import BadOption
from rewardlab.core.mdp import TabularMDP
from rewardlab.core.rng import Streams
from rewardlab.envs.mdps.dice import Dice, Tables
from rewardlab.envs.mdps.layers import layered, losses, per_entry, returns
from rewardlab.envs.mdps.picture import shown
from rewardlab.envs.world import Card, Columns, Rules, State


class Tabular(Rules):
    """An environment that is a table, with the loss of every step in its info.

    A world is a dataclass below this one, which calls `_open` when it has made its process, and defines `card`.
    Without a horizon the observation is the state; with one it is t · S + s, so that what is seen is all that matters;
    or, where asked for, the state alone, for agents that count the steps themselves. `to_mdp` is the exact process of
    t · S + s.
    """

    torch: ClassVar[bool] = True
    exact: ClassVar[bool] = False  # losses come from linear solves
    process: TabularMDP

    def _open(
        self,
        process: TabularMDP,
        *,
        horizon: int | None = None,
        observation: str = "index",
        truth: Any = None,
        goal: np.ndarray | None = None,
        regret: bool | np.ndarray = True,
        steps: int = 1000,
    ) -> None:
        """Keep a process.

        Args:
            process: what is played; with a horizon, its discount is not used.
            horizon: H >= 1, None for a process without one.
            observation: "index", "one_hot", or "state", which does not tell the step.
            truth: the true reward, in any form that `with_reward` takes, where what is paid is a proxy of it.
            goal: [S] bool, states whose first sight is a success.
            regret: whether `pseudo_regret` is told; or the losses [S, A] themselves, where they are known without a
                solution.
            steps: the steps that the returns of the card count where there is no horizon; the time limit of the id.
        """
        where = type(self).__name__
        if horizon is not None and (isinstance(horizon, bool) or not isinstance(horizon, int) or horizon < 1):
            raise BadOption(f"horizon={horizon!r}", where=where, expected="an integer of at least 1, or None")
        if observation not in ("index", "one_hot", "state"):
            raise BadOption(f"observation={observation!r}", where=where, expected='"index", "one_hot" or "state"')
        self.process, self._horizon, self._steps = process, horizon, horizon or steps
        self._hot, self._dice = observation == "one_hot", Dice(process)
        self._clock = horizon is not None and observation != "state"
        S = process.num_states
        self.action_space: spaces.Space = spaces.Discrete(process.num_actions)
        if self._hot:
            self.observation_space: spaces.Space = spaces.Box(0.0, 1.0, (S + self._clock,), np.float32)
        else:
            self.observation_space = spaces.Discrete((horizon + 1) * S if self._clock and horizon else S)
        kept = {"paid": per_entry(process), "terminal": process.terminal}
        self._true = None if truth is None else process.with_reward(truth)
        if self._true is not None:
            kept["true"] = per_entry(self._true)
        if goal is not None:
            kept["goal"] = goal
        if isinstance(regret, np.ndarray):
            kept["loss"] = regret.ravel()
        elif regret:
            kept["loss"] = losses(process, horizon).ravel()
        self._tables = Tables(**kept)

    def _joint(self, action: Tree) -> Array:
        """The action of the table for an action of the space."""
        return action

    def start(self, n: int, rng: Streams) -> State:
        state = self._dice.first(rng)
        return {"state": state} if self._horizon is None else {"state": state, "step": rng.xp.zeros_like(state)}

    def move(self, state: State, action: Tree, rng: Streams) -> tuple[State, Array, Array, Columns]:
        t, s, m = self._tables(rng.device), state["state"], self.process
        joint = self._joint(action)
        entry, after = self._dice.next(s, joint, rng)
        row = s * m.num_actions + joint
        new, over = {"state": after}, t["terminal"][after]
        if self._horizon is not None:
            last = rng.xp.zeros_like(row) + (self._horizon - 1)  # a row whose episode is over may be moved for nothing
            row = row + rng.xp.minimum(state["step"], last) * (m.num_states * m.num_actions)
            new["step"] = state["step"] + 1
            over = over | (new["step"] == self._horizon)
        columns: dict[str, Array] = {}
        if "true" in t:
            columns["true_reward"] = t["true"][entry]
        if "loss" in t:
            columns["pseudo_regret"] = t["loss"][row]
        if "goal" in t:
            columns["success"] = t["goal"][after]
        return new, t["paid"][entry], over, columns

    def look(self, state: State) -> Tree:
        s = state["state"]
        if not self._hot:
            return s + 0 if not self._clock else state["step"] * self.process.num_states + s
        size = self.process.num_states
        if isinstance(s, np.ndarray):
            hot: Any = np.zeros((len(s), size + (self._horizon is not None)), dtype=np.float32)
            hot[np.arange(len(s)), s] = 1.0
            if self._horizon is not None:
                hot[:, -1] = state["step"] / self._horizon
            return hot
        import torch

        hot = torch.nn.functional.one_hot(s, size).to(torch.float32)
        if self._horizon is None:
            return hot
        share = (state["step"].to(torch.float64) / self._horizon).to(torch.float32)
        return torch.cat([hot, share[:, None]], dim=1)

    def draw(self, state: State, i: int) -> np.ndarray:
        return shown(self.process, int(state["state"][i]), self.text(state, i))

    def text(self, state: State, i: int) -> str:
        line = f"{self._name(int(state['state'][i]))} of {self.process.num_states}"
        return line if self._horizon is None else f"{line}, step {int(state['step'][i])} of {self._horizon}"

    def _name(self, state: int) -> str:
        """What a state is called in text."""
        return f"state {state}"

    def to_mdp(self, reward: Any = None) -> TabularMDP:
        """The exact `TabularMDP` of what is observed; with a horizon its states are t · S + s, and gamma = 1.

        Args:
            reward: other rewards to pay, of the process [S, A] or [S, A, S], or with a horizon also [H, S, A].
        """
        m, timed = self.process, None
        # A table [S, A, S] can only be taken for one by steps if it has the shape of both.
        if self._horizon is not None and np.shape(reward) == (self._horizon, m.num_states, m.num_actions):
            timed = np.asarray(reward, dtype=float).reshape(-1, m.num_actions)
        if reward is not None and timed is None:
            m = m.with_reward(reward)
        if self._horizon is None:
            return m
        whole = layered(m, self._horizon)
        if timed is None:
            return whole
        return whole.with_reward(np.concatenate([timed, np.zeros((m.num_states, m.num_actions))]))

    def true_mdp(self) -> TabularMDP:
        """As `to_mdp`, paid by the true reward."""
        m = self.process if self._true is None else self._true
        return m if self._horizon is None else layered(m, self._horizon)

    def log(self, policy: np.ndarray, rows: int, steps: int, seed: int = 0) -> dict[str, np.ndarray]:
        """Recorded play: `rows` times `steps` of a policy, each row going on with a fresh episode where one ends.

        Args:
            policy: probabilities [S, A] or actions [S] over the states of `to_mdp`.
            rows: how many play side by side.
            steps: how many steps each takes.
            seed: of everything that is drawn; row i has the stream of seed + i.

        Returns:
            `obs`, `action`, `reward`, `next_obs`, `terminated`, each [steps, rows]; states as in `to_mdp`.
        """
        m = self.to_mdp()
        chance = np.asarray(policy)
        if chance.shape == (m.num_states,):
            chance = np.eye(m.num_actions)[chance]
        if chance.shape != (m.num_states, m.num_actions):
            raise BadOption(
                f"a policy of shape {chance.shape}",
                where=f"{type(self).__name__}.log",
                expected=f"[{m.num_states}] or [{m.num_states}, {m.num_actions}]",
            )
        line, dice, rng = np.cumsum(chance, axis=1), Dice(m), Streams([seed + i for i in range(rows)])
        line[:, -1] = 1.0
        paid = per_entry(m)
        rng.begin(slice(None))
        s, kept = dice.first(rng), []
        for _ in range(steps):
            action = (rng.uniform()[:, None] >= line[s]).sum(1)
            entry, after = dice.next(s, action, rng)
            over = m.terminal[after]
            kept.append((s, action, paid[entry], after, over))
            s = np.where(over, dice.first(rng), after)
        names = ("obs", "action", "reward", "next_obs", "terminated")
        return {name: np.stack(column) for name, column in zip(names, zip(*kept, strict=True), strict=True)}

    def _card(
        self,
        *,
        summary: str,
        state: str,
        actions: Mapping[str, str],
        reward: str,
        source: str,
        info: Mapping[str, str] | None = None,
    ) -> Card:
        """The card: what is special, and what all tables have in common."""
        m, H = self.process, self._horizon
        random, best = returns(m, self._steps)
        last = m.num_states - 1
        timed = "" if not self._clock else f"; seen is step * {m.num_states} + state, steps 0..{H}"
        seen = {"state": f"{state}, 0..{last}{timed}"}
        if self._hot:
            share = "" if H is None else f", then the step / {H}"
            seen = {"state": f"[{m.num_states}] float32, 1 for the state, 0 else{share}; state: {state}, 0..{last}"}
        told = dict(info or {})
        if self._true is not None:
            told.setdefault("true_reward", "the true reward of the step")
        if "loss" in self._tables():
            told["pseudo_regret"] = f"{self._criterion()}, >= 0"
        if "goal" in self._tables():
            told.setdefault("success", "True on the step that reaches the goal")
        return Card(
            summary=summary,
            observation=seen,
            action=actions,
            reward=reward,
            info=told,
            random_return=random,
            optimal_return=best,
            source=source,
        )

    def _criterion(self) -> str:
        gamma = self.process.gamma
        if self._horizon is not None:
            return f"V*(s) - Q*(s, a) of the undiscounted sum over the rest of {self._horizon} steps"
        if gamma is None:
            return "gain + h(s) - R(s, a) - E h(s'), h the bias of the average-reward criterion"
        return f"V*(s) - Q*(s, a) at discount {gamma:g}"


def check_numbers(rules: Rules, **ranges: tuple[float, float]) -> None:
    """Raises BadOption for a field that is no number in its range [low, high], or no integer where it has to be one."""
    whole = {f.name for f in dataclasses.fields(rules) if f.type is int}  # type: ignore[arg-type]
    for name, (low, high) in ranges.items():
        value = getattr(rules, name)
        kinds = (int, np.integer) if name in whole else (int, float, np.integer, np.floating)
        if isinstance(value, bool) or not isinstance(value, kinds) or not low <= value <= high:
            what = "an integer" if name in whole else "a number"
            raise BadOption(
                f"{name}={value!r}", where=type(rules).__name__, expected=f"{what} from {low:g} to {high:g}"
            )
