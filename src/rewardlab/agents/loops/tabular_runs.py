"""The loop of tabular runs: M memories of numbered states and actions, with the clocks of episodes and the regret."""

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from gymnasium import spaces

from rewardlab.agents.loops.bandit import any_best
from rewardlab.agents.loops.memories import MemoryAgent
from rewardlab.agents.loops.rollout import Step
from rewardlab.agents.loops.tabular import TabularAgent
from rewardlab.core.errors import BadOption

Range = tuple[float, float, str]
"""The least and the largest value of an option, both allowed, and how a message calls what lies between."""
ABOVE_ZERO: Range = (1e-12, 1e12, "a number above 0")
CHANCE: Range = (1e-300, 1 - 1e-12, "a number in (0, 1)")
COUNT: Range = (1, 10**6, "an integer of at least 1")
FINITE: Range = (-1e300, 1e300, "a finite number")
ROUNDS: Range = (1, 10**15, "at least 1")


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
class RunsAgent(MemoryAgent, TabularAgent):
    """An agent with M memories: one that all N rows feed, or with `independent` one for each, so that N runs are one.

    A method with a field `horizon` plans H steps ahead: it counts the steps of each episode itself, and one that goes
    on after H steps begins anew. Asked by `predict`, which knows no step, it answers for the step at which the state
    was met most often.

    Methods write `prepare` and `take`, and where the best action is not the largest `Q` also `act`.

    Attributes:
        Q: [M, S, A] action values, with a horizon [M, H, S, A].
        met: [M, H, S] how often each state was met at each step, H = 1 without a horizon.
    """

    observations: ClassVar[tuple[type[spaces.Space], ...]] = (spaces.Discrete,)

    horizon = 0
    """H, 0 for none."""

    def __post_init__(self) -> None:
        self._clock = np.zeros(0, dtype=np.int64)  # [N] steps of the running episodes
        super().__post_init__()
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

    def choose(self, obs: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        state = self.states(obs)
        if rng is self._predicting:
            memory = self._asked(len(obs))
            return self.act(memory, self._usual(memory, state), state, rng)
        assert self._rollout is not None
        rows = np.arange(self.n_envs) if len(obs) == self.n_envs else np.flatnonzero(self._rollout.live)
        return self.act(self._memory(rows), self._clocks()[rows], state, rng)

    def greedy(self, obs: np.ndarray) -> np.ndarray:
        state, memory = self.states(obs), self._asked(len(obs))
        return self.values(memory, self._usual(memory, state), state).argmax(1)

    def gather(self, step: Step, live: Any, memory: np.ndarray) -> None:
        rows = np.arange(len(step.live))[live]
        when, over = self._clocks()[rows], step.done[rows]
        if self.horizon:
            over = over | (when + 1 >= self.horizon)
        state, after = self.states(step.obs[rows]), self.states(step.next_obs()[rows])
        index = (memory, when if self.horizon else np.zeros_like(when), state)
        if self.memories > 1:  # one of each: no entry comes twice
            self.met[index] += 1
        else:
            np.add.at(self.met, index, 1)
        action = step.action[rows] - self.first_action
        self.take(Moves(rows, memory, when, state, action, step.reward[rows], after, step.terminated[rows], over))
        self._clock[rows] = np.where(over, 0, when + 1)

    def tables(self) -> dict[str, Any]:
        return {**super().tables(), "Q": self.Q, "met": self.met}

    def set_env(self, env: Any) -> None:
        super().set_env(env)
        self._clock = np.zeros(0, dtype=np.int64)

    def check(self, **options: Range) -> None:
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
        self.check_rows(n)
        return self._memory(np.arange(n))

    def _clocks(self) -> np.ndarray:
        if len(self._clock) != self.n_envs:
            self._clock = np.zeros(self.n_envs, dtype=np.int64)
        return self._clock

    def _usual(self, memory: np.ndarray, state: np.ndarray) -> np.ndarray:
        """The step [n] at which each state was met most often, the first where it never was."""
        return self.met[memory, :, state].argmax(1)
