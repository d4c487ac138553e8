"""Explore, then plan with virtual states: for arms that pay less the longer they are played and recover at rest.

    visit each state of each arm m times, m = ⌈c T^(2/3) / (2 k N)⌉
    μ̂ + s √(2 ln T / m), made non-decreasing in τ by its running maximum
    solve the programme of `virtual_states`, rest for N rounds, follow its requests for ever

The plan is at least 1 − 1/e of the best one; exploring costs T^(2/3), and so does what is not known of the payoffs.

Source: Foussoul, Goyal, Papadigenopoulos, Zeevi, "Last Switch Dependent Bandits with Monotone Payoff Functions", ICML
2023 (exploring before planning; the rounding, the schedule of visits and the constants are ours).
"""

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from gymnasium import spaces
from numpy.typing import ArrayLike

from rewardlab.agents.loops.memories import MemoryAgent
from rewardlab.agents.loops.rollout import Step
from rewardlab.agents.loops.virtual_states import advantages, check_payoffs, moves, plan
from rewardlab.core.errors import BadOption, BadSpace


@dataclass(eq=False, kw_only=True)
class LastSwitchPlanner(MemoryAgent):
    """For k arms and "none", action k, where the observation shows the state τ / N of each arm.

    Predictions that ask for no chance play the arm whose play gains most over a rest at the programme's price of a
    play, and none if nothing gains.

    Args:
        reach: N >= 1, after so many rounds the state of an arm stays.
        horizon: T >= 2, rounds that are planned for.
        exploration: c > 0, how many visits.
        noise: s >= 0, the pay's deviation; 0 leaves the estimates as they are.
        payoffs: [k, 2 N] means for τ = −N..−1, 1..N if they are known: then nothing is explored.

    Attributes:
        counts: [M, k, 2 N] plays in each state.
        totals: [M, k, 2 N] what they paid.
        y: [M, k, 2 N, 2] the plan; 0 while exploring.
        virtual: [N rows, k] places of the virtual states.
        requests: [N rows, k] bool, of the round that comes.
        wait: [N rows] rounds of rest before the plan begins; −1 while exploring.

    Raises:
        BadSpace: if observations do not show the arms' states.
        BadOption: for a number outside its range, or payoffs that fall along τ.
    """

    reach: int = 3
    horizon: int = 40_000
    exploration: float = 1.0
    noise: float = 0.1
    payoffs: ArrayLike | None = None

    observations: ClassVar[tuple[type[spaces.Space], ...]] = (spaces.Box,)
    keeps_rows: ClassVar[bool] = True

    def prepare(self) -> None:
        self.arms = k = self.num_actions - 1
        if self.observation_space.shape != (k,) or k < 1:
            raise BadSpace(
                f"observations of shape {self.observation_space.shape} for {k} arms and none",
                where="LastSwitchPlanner",
                expected="the state of each arm",
            )
        for name, least in (("reach", 1), ("horizon", 2)):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int) or value < least:
                raise BadOption(f"{name}={value!r}", where="LastSwitchPlanner", expected=f"an integer >= {least}")
        if not 0 < self.exploration < math.inf:
            raise BadOption(f"exploration={self.exploration!r}", where="LastSwitchPlanner", expected="above 0")
        if not 0 <= self.noise < math.inf:
            raise BadOption(f"noise={self.noise!r}", where="LastSwitchPlanner", expected="a number >= 0")
        self.how = moves(self.reach)
        shape = (self.memories, k, 2 * self.reach)
        self.counts, self.totals = np.zeros(shape, dtype=np.int64), np.zeros(shape)
        self.y = np.zeros((*shape, 2))
        self._ahead: list[Any] = [None] * self.memories  # advantages of each memory's plan, made when asked for
        self._begin()
        if self.payoffs is not None:
            known = check_payoffs(self.payoffs, "LastSwitchPlanner")
            if known.shape != shape[1:]:
                raise BadOption(
                    f"payoffs of shape {list(known.shape)}", where="LastSwitchPlanner", expected=f"{list(shape[1:])}"
                )
            self.payoffs = known.tolist()
            self.y[:] = plan(known).y
            self.wait[:] = self.reach

    @property
    def visits(self) -> int:
        """m, how often each state is visited."""
        return max(1, math.ceil(self.exploration * self.horizon ** (2 / 3) / (2 * self.arms * self.reach)))

    def estimates(self) -> np.ndarray:
        """[M, k, 2 N] upper bounds of the payoffs, non-decreasing in τ; what was never seen counts as 0."""
        if self.payoffs is not None:
            return np.broadcast_to(np.array(self.payoffs), self.counts.shape)
        seen = np.maximum(self.counts, 1)
        bonus = self.noise * np.sqrt(2 * math.log(self.horizon) / seen)
        upper = np.where(self.counts > 0, self.totals / seen + bonus, -np.inf)
        upper = np.maximum.accumulate(upper, axis=2)
        return np.where(np.isfinite(upper), upper, 0.0)

    # -- acting --------------------------------------------------------------------------------------------------

    def choose(self, obs: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        self.check_rows(len(obs))
        if len(obs) != len(self.wait):  # not the rows that are learned from
            return self.greedy(obs)
        memory = np.arange(len(obs)) if self.memories > 1 else np.zeros(len(obs), dtype=np.int64)
        arm = self._explored(self.places(obs), memory)
        worth = np.take_along_axis(self.estimates()[memory], self.virtual[..., None], 2)[..., 0]  # [rows, k]
        worth = np.where(self.requests, worth, -np.inf)
        asked = np.where(np.isfinite(worth).any(1), worth.argmax(1), self.arms)
        return np.where(self.wait < 0, arm, np.where(self.wait > 0, self.arms, asked))

    def greedy(self, obs: np.ndarray) -> np.ndarray:
        self.check_rows(len(obs))
        for m in range(self.memories):
            if self._ahead[m] is None:
                means = self.estimates()[m]
                self._ahead[m] = advantages(means, plan(means).price)
        memory = np.arange(len(obs)) if self.memories > 1 else np.zeros(len(obs), dtype=np.int64)
        gain = np.take_along_axis(np.array(self._ahead)[memory], self.places(obs)[..., None], 2)[..., 0]
        return np.where(gain.max(1) > -1e-9, gain.argmax(1), self.arms)

    def places(self, obs: np.ndarray) -> np.ndarray:
        """[n, k] places of the states that observations [n, k] show, the nearest if they show none."""
        tau = np.asarray(obs, dtype=np.float64) * self.reach
        whole = np.clip(np.rint(tau).astype(np.int64), -self.reach, self.reach)
        whole = np.where(whole == 0, np.where(tau < 0, -1, 1), whole)
        return whole + self.reach - (whole > 0)

    def _explored(self, place: np.ndarray, memory: np.ndarray) -> np.ndarray:
        """The next arm [n] towards states that want visits, from places [n, k]: the first arm that can do something."""
        n, size = self.reach, 2 * self.reach
        wants = self.counts[memory] < self.visits  # [n, k, 2N]
        here = np.take_along_axis(wants, place[..., None], 2)[..., 0]
        beyond = np.arange(size) > place[..., None]
        rested = place >= n
        above = (wants & beyond & (np.arange(size) >= n)).any(2)  # more rest would bring it to one
        lower = (wants & ~beyond & (np.arange(size) < n)).any(2)  # more plays would
        some = wants.any(2)
        play = here | np.where(rested, ~above & some, lower)
        waiting = np.where(here, 2, np.where(play, 1, 0))  # who is where it should be comes first
        best = waiting.argmax(1)
        return np.where(waiting.max(1) > 0, best, self.arms)

    # -- learning ------------------------------------------------------------------------------------------------

    def gather(self, step: Step, live: Any, memory: np.ndarray) -> None:
        arm, pay = step.action[live] - self.first_action, step.reward[live]
        place, played = self.places(step.obs[live]), np.flatnonzero(arm < self.arms)
        if (np.abs(self.how.tau[place] - step.obs[live] * self.reach) > 1e-3).any():
            raise BadSpace(
                "observations that are no states of arms",
                where="LastSwitchPlanner",
                expected=f"multiples of 1/{self.reach} in [-1, 1] without 0",
                mend="reach=N of the environment",
            )
        at = (memory[played], arm[played], place[played, arm[played]])
        np.add.at(self.counts, at, 1)
        np.add.at(self.totals, at, pay[played])
        self._ahead = [None] * self.memories
        self._follow(live, memory)
        open_ = self.y.sum((1, 2, 3)) == 0
        for m in np.flatnonzero(open_ & (self.counts >= self.visits).all((1, 2))):
            self.y[m] = plan(self.estimates()[m]).y
            rows = np.arange(len(self.wait)) if self.memories == 1 else np.array([m])
            self.wait[rows] = self.reach

    def _follow(self, live: Any, memory: np.ndarray) -> None:
        """Move the virtual states by the requests of the round, and draw those of the next."""
        rows = np.arange(len(self.wait))[live]
        planned = self.wait[rows] >= 0
        rows, memory = rows[planned], memory[planned]
        if not len(rows):
            return
        y = self.y[memory]  # [n, k, 2N, 2]
        virtual = self.virtual[rows]
        virtual = np.where(self.requests[rows], self.how.played[virtual], self.how.idle[virtual])
        begins = self.wait[rows] == 1
        if begins.any():  # from the stationary law, while the arms are rested
            mass = np.cumsum(y.sum(3), axis=2)
            mass = mass / mass[..., -1:]
            drawn = (self._rng.random((len(rows), self.arms, 1)) >= mass).sum(2)
            virtual = np.where(begins[:, None], drawn, virtual)
        self.wait[rows] = np.maximum(self.wait[rows] - 1, 0)
        at = np.take_along_axis(y, virtual[..., None, None], 2)[:, :, 0]  # [n, k, 2]
        chance = at[..., 1] / np.maximum(at.sum(2), 1e-300)
        asks = self._rng.random(chance.shape) < chance
        self.virtual[rows] = virtual
        self.requests[rows] = asks & (self.wait[rows] == 0)[:, None]

    def _begin(self) -> None:
        rows = self.n_envs
        self.virtual = np.full((rows, self.arms), 2 * self.reach - 1)
        self.requests = np.zeros((rows, self.arms), dtype=bool)
        self.wait = np.full(rows, -1)

    def set_env(self, env: Any) -> None:
        super().set_env(env)
        planned = self.y.sum((1, 2, 3)) > 0
        self._begin()
        self.wait[:] = np.where(planned, self.reach, -1)

    def tables(self) -> dict[str, Any]:
        held = {"counts": self.counts, "totals": self.totals, "y": self.y}
        rows = {"virtual": self.virtual, "requests": self.requests, "wait": self.wait}
        return {**super().tables(), **held, **rows}
