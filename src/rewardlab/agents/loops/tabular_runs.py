"""The loop of tabular runs: M memories of numbered states and actions, with the clocks of episodes and the regret."""

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from rewardlab.agents.loops.bandit import any_best
from rewardlab.agents.loops.regret import record
from rewardlab.agents.loops.rollout import Step
from rewardlab.agents.loops.tabular import TabularAgent
from rewardlab.core.errors import BadCheckpoint, BadOption, BadSpace


@dataclass(frozen=True)
class Moves:
    """Transitions of B rows, counted from 0.

    Attributes:
        row: [B] of the environment.
        memory: [B] which of the M learns from it.
        when: [B] steps taken in the episode before.
        state, action, reward: [B].
        after: [B] the true successor.
        terminated: [B] bool, nothing has value beyond.
        over: [B] bool, the episode ended, or H steps are taken.
    """

    row: np.ndarray
    memory: np.ndarray
    when: np.ndarray
    state: np.ndarray
    action: np.ndarray
    reward: np.ndarray
    after: np.ndarray
    terminated: np.ndarray
    over: np.ndarray


@dataclass(eq=False)
class RunsAgent(TabularAgent):
    """An agent with M memories: one that all N rows feed, or with `independent` one for each, so that N runs are one.

    A method with a field `horizon` plans H steps ahead: it counts the steps of each episode itself, and one that goes
    on after H steps begins anew. Asked by `predict`, which knows no step, it answers for the step at which the state
    was met most often.

    Methods write `prepare` and `take`, and where the best action is not the largest `Q` also `act`.

    Args:
        independent: every row is a run of its own.

    Attributes:
        Q: [M, S, A] action values, with a horizon [M, H, S, A].
        met: [M, H, S] how often each state was met at each step, H = 1 without a horizon.
        regret: [M] sums of the info column `pseudo_regret`; NaN where the environment does not tell it.
        regret_log: [steps of a memory, regret of each of the M] after the first step and then at each twentieth more.
    """

    independent: bool = field(default=False, kw_only=True)

    horizon = 0
    """H, 0 for none."""

    def __post_init__(self) -> None:
        self.regret = np.zeros(0)  # [M]
        self.regret_log: list[list[float]] = []
        self._clock = np.zeros(0, dtype=np.int64)  # [N] steps of the running episodes
        super().__post_init__()
        self.regret = np.zeros(self.memories)
        self.met = np.zeros((self.memories, max(self.horizon, 1), self.num_states), dtype=np.int64)

    def take(self, moves: Moves) -> None:
        """Learn from transitions."""
        raise NotImplementedError

    def act(self, memory: np.ndarray, when: np.ndarray, state: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Actions [n] while learning, for states [n] of memories [n] at steps [n] of their episodes."""
        return any_best(self.values(memory, when, state), rng)

    def values(self, memory: np.ndarray, when: np.ndarray, state: np.ndarray) -> np.ndarray:
        """The numbers [n, A] by which the greedy action is chosen."""
        return self.Q[memory, when, state] if self.horizon else self.Q[memory, state]

    @property
    def memories(self) -> int:
        """M."""
        return len(self.regret) or (self.n_envs if self.independent and self.n_envs else 1)

    def choose(self, obs: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        state = self.states(obs)
        if rng is self._predicting:
            memory = self._asked(len(obs))
            return self.act(memory, self._usual(memory, state), state, rng)
        assert self._rollout is not None
        rows = np.flatnonzero(self._rollout.live)
        return self.act(self._memory(rows), self._clocks()[rows], state, rng)

    def greedy(self, obs: np.ndarray) -> np.ndarray:
        state, memory = self.states(obs), self._asked(len(obs))
        return self.values(memory, self._usual(memory, state), state).argmax(1)

    def absorb(self, step: Step) -> None:
        rows = np.flatnonzero(step.live)
        memory, when = self._memory(rows), self._clocks()[rows]
        over = step.done[rows]
        if self.horizon:
            over = over | (when + 1 >= self.horizon)
        state = self.states(step.obs[rows])
        index = (memory, when if self.horizon else np.zeros_like(when), state)
        if self.memories > 1:  # one of each: no entry comes twice
            self.met[index] += 1
        else:
            np.add.at(self.met, index, 1)
        after = self.states(step.next_obs()[rows])
        action = step.action[rows] - self.first_action
        self.take(Moves(rows, memory, when, state, action, step.reward[rows], after, step.terminated[rows], over))
        self._clock[rows] = np.where(over, 0, when + 1)
        record(self.regret, self.regret_log, step, memory, (self.num_timesteps + len(rows)) // self.memories)

    def tables(self) -> dict[str, Any]:
        return {"Q": self.Q, "met": self.met, "regret": self.regret, "regret_log": self.regret_log}

    def set_env(self, env: Any) -> None:
        before = self.env, self._rollout
        super().set_env(env)
        if self.independent and self.n_envs != self.memories:
            rows = self.n_envs
            self.env, self._rollout = before
            raise BadCheckpoint(f"{rows} rows", where=self._name, expected=f"{self.memories}, one for each run")
        self._clock = np.zeros(0, dtype=np.int64)

    def check(self, **options: tuple[float, float, str]) -> None:
        """Refuse fields that lie outside a range: name=(low, high, expected), ends allowed.

        Raises:
            BadOption: naming the field.
        """
        for name, (low, high, expected) in options.items():
            value = getattr(self, name)
            number = isinstance(value, (int, float)) and not isinstance(value, bool)
            if not number or not low <= value <= high or not math.isfinite(value):
                raise BadOption(f"{name}={value!r}", where=self._name, expected=expected)
        if self.horizon and not isinstance(self.horizon, int):
            raise BadOption(f"horizon={self.horizon!r}", where=self._name, expected="an integer of at least 1")

    def _memory(self, rows: np.ndarray) -> np.ndarray:
        return rows if self.memories > 1 else np.zeros(len(rows), dtype=np.int64)

    def _asked(self, n: int) -> np.ndarray:
        if self.memories not in (1, n):
            raise BadSpace(f"{n} observations", where=self._name, expected=f"{self.memories}, one for each run")
        return self._memory(np.arange(n))

    def _clocks(self) -> np.ndarray:
        if len(self._clock) != self.n_envs:
            self._clock = np.zeros(self.n_envs, dtype=np.int64)
        return self._clock

    def _usual(self, memory: np.ndarray, state: np.ndarray) -> np.ndarray:
        """The step [n] at which each state was met most often, the first where it never was."""
        return self.met[memory, :, state].argmax(1)
