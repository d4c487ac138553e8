"""The loop of tabular models: how often each transition was seen and what it paid, for M memories."""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from rewardlab.agents.loops.tabular_runs import Moves, RunsAgent
from rewardlab.core.errors import BadOption

_LIMIT = 2**29  # numbers in the table of transitions: 4 GiB


@dataclass(eq=False)
class ModelAgent(RunsAgent):
    """An agent that counts transitions, and plans with what it has counted.

    An end of an episode leads to no state; the frequencies of the successors of a pair sum to its chance of going on.
    With a horizon an end at the last step, beyond which nothing counts, is not held against the pair: what followed is
    not known. With `endless` the process is taken for one that never ends: the successor of a last step is the first
    state of the next episode.

    Methods write `prepare`, which begins with `count()`, and `plan`; and `due` to say when.

    Attributes:
        counts: [M, S, A, S] transitions seen.
        ends: [M, S, A] how often the episode ended there.
        visits: [M, S, A] steps taken.
        totals: [M, S, A] rewards summed.
        squares: [M, S, A] squared rewards summed.
        plans: [M] how often each memory has planned.
    """

    endless: ClassVar[bool] = False

    def count(self) -> None:
        """Make the tables of counts, all zero.

        Raises:
            BadOption: if they would not fit into 4 GiB.
        """
        M, S, A = self.memories, self.num_states, self.num_actions
        if M * S * A * S > _LIMIT:
            raise BadOption(
                f"{M} runs of {S} states and {A} actions",
                where=self._name,
                expected="at most 4 GiB of counts",
                mend="fewer runs, or a method without a model such as QLearning",
            )
        self.counts = np.zeros((M, S, A, S))
        self.ends = np.zeros((M, S, A))
        self.visits = np.zeros((M, S, A), dtype=np.int64)
        self.totals, self.squares = np.zeros((M, S, A)), np.zeros((M, S, A))
        self.plans = np.zeros(M, dtype=np.int64)
        # [N] the pair from which an endless process has yet to show where it went, -1 for none
        self._open = np.zeros(0, dtype=np.int64)

    def plan(self, memory: np.ndarray) -> None:
        """Make `Q` anew for memories [n], all different."""
        raise NotImplementedError

    def due(self, moves: Moves) -> np.ndarray:
        """[B] bool: whether each memory should plan now; asked when the moves are counted. Default: at each end."""
        return moves.over

    @property
    def chance(self) -> np.ndarray:
        """[M, S, A, S] frequencies of the successors, all 0 before one is known."""
        return self.counts / np.maximum(self.known_steps, 1)[..., None]

    @property
    def known_steps(self) -> np.ndarray:
        """[M, S, A] of which it is known what followed."""
        return self.counts.sum(3) + self.ends

    @property
    def means(self) -> np.ndarray:
        """[M, S, A] mean rewards, 0 before the first visit."""
        return self.totals / np.maximum(self.visits, 1)

    def take(self, moves: Moves) -> None:
        memory, state, action = moves.memory, moves.state, moves.action
        if self.endless:
            self._follow(moves)
        pair = (memory, state, action)
        ended = moves.over if self.endless else moves.terminated
        np.add.at(self.visits, pair, 1)
        np.add.at(self.totals, pair, moves.reward)
        np.add.at(self.squares, pair, moves.reward**2)
        np.add.at(self.counts, (*pair, moves.after), ~ended)
        if not self.endless:
            np.add.at(self.ends, pair, ended & (moves.when + 1 < self.horizon) if self.horizon else ended)
        due = np.unique(memory[self.due(moves)])
        if len(due):
            self.plan(due)
            self.plans[due] += 1

    def _follow(self, moves: Moves) -> None:
        """Count where the last steps of episodes have led: to the states that their rows are in now."""
        if len(self._open) != self.n_envs:
            self._open = np.full(self.n_envs, -1)
        left = self._open[moves.row]
        known = left >= 0
        if known.any():
            state, action = np.divmod(left[known], self.num_actions)
            np.add.at(self.counts, (moves.memory[known], state, action, moves.state[known]), 1)
        self._open[moves.row] = np.where(moves.over, moves.state * self.num_actions + moves.action, -1)

    def set_env(self, env: Any) -> None:
        super().set_env(env)
        self._open = np.zeros(0, dtype=np.int64)

    def tables(self) -> dict[str, Any]:
        held = {name: getattr(self, name) for name in ("counts", "ends", "visits", "totals", "squares", "plans")}
        return {**super().tables(), **held}
