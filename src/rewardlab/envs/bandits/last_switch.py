"""Last-switch bandit: an arm pays less the longer it is played, and recovers while it rests.

    τ_i in {−N..−1, 1..N}:    played τ ← max(τ − 1, −N) if τ < 0 else −1,    idle τ ← min(τ + 1, N) if τ > 0 else 1
    E[r] = μ_a(τ_a),    μ_i(τ) non-decreasing in τ;    no arm pays 0
    LP = max Σ y_i(τ, play) μ_i(τ) over occupations y_i of each arm that play at most one arm a round on average

A negative state is the number of plays in a row, a positive one of rounds at rest. The best plan is that of a joint
process of all arms, and is known here; the LP, which looks at each arm alone, is an upper bound of it.

Source: Laforgue, Clerici, Cesa-Bianchi, Gilad-Bachrach, "A Last Switch Dependent Analysis of Satiation and Seasonality
in Bandits", AISTATS 2022 (the states); Foussoul, Goyal, Papadigenopoulos, Zeevi, "Last Switch Dependent Bandits with
Monotone Payoff Functions", ICML 2023 (the linear programme).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
from gymnasium import spaces

from rewardlab.core.arrays import Array, Tree, namespace
from rewardlab.core.errors import BadOption, nearest
from rewardlab.core.rng import Streams
from rewardlab.envs.bandits.ground import Tables, bars, demand, numbers_of, spread_of, whole
from rewardlab.envs.world import Card, Columns, Rules, State

_WHERE = "LastSwitchBandit"
_MOST = 20_000  # joint states that are solved


@dataclass
class LastSwitchBandit(Rules):
    """k arms, one or none of them a round; it goes on for ever, and begins with all arms rested.

    Regret is against the gain g*, the most that any plan earns per round in the long run: `pseudo_regret` is g* minus
    the mean pay of this round, so that it is negative in a round that lives on rest. `shortfall` is what the choice
    itself loses, g* − μ + bias before − bias after: never negative, 0 for each choice that a best plan may make.

    Args:
        arms: k >= 1, where `payoffs` does not say it.
        reach: N >= 1, after so many rounds the state of an arm stays.
        law: of the drawn payoffs. "random": 2 N sorted numbers from [0, 1); "recharging": an arm that was just played
            pays one number, and more the longer it has rested; "tiring": a rested arm pays one number, and less the
            longer it is played; "constant": one number for all states.
        payoffs: [k, 2 N] means for τ = −N..−1, 1..N, non-decreasing; None to draw them.
        deviation: standard deviation >= 0 of the pay of a played arm.
        instance: seed of the drawn payoffs.

    Raises:
        BadOption: for numbers outside these ranges, a law that there is not, payoffs that fall somewhere along τ, or
            more than 20,000 joint states.
    """

    arms: int = 3
    reach: int = 3
    law: str = "random"
    payoffs: Sequence[Sequence[float]] | None = None
    deviation: float = 0.1
    instance: int = 0

    torch: ClassVar[bool] = True
    exact: ClassVar[bool] = False

    def __post_init__(self) -> None:
        whole(_WHERE, arms=self.arms, reach=self.reach)
        spread_of(_WHERE, deviation=self.deviation)
        if self.payoffs is not None:
            mean = numbers_of(self.payoffs, (None, None), name="payoffs", where=_WHERE)
            self.arms, states = mean.shape
            demand(
                self.arms and states and states % 2 == 0, f"payoffs of shape {list(mean.shape)}",
                where=_WHERE, expected="[k, 2 N]",
            )  # fmt: skip
            self.reach = states // 2
        else:
            mean = self._drawn()
        falls = np.argwhere(np.diff(mean, axis=1) < 0)
        demand(
            not len(falls), f"the payoffs of arm {falls[0][0] if len(falls) else 0} fall along tau",
            where=_WHERE, expected="payoffs [k, 2 N] that never fall: rest does no harm, and play no good",
        )  # fmt: skip
        states = (2 * self.reach) ** self.arms
        demand(
            states <= _MOST, f"{self.arms} arms with 2 x {self.reach} states", where=_WHERE,
            expected=f"at most {_MOST} joint states (2 N)^k; these are {states}",
        )  # fmt: skip
        self.means = mean  # [k, 2 N]
        n = self.reach
        place = np.arange(2 * n)  # of τ = −N..−1, 1..N
        self.tau = np.where(place < n, place - n, place - n + 1)
        self.played = np.where(place < n, np.maximum(place - 1, 0), n - 1)
        self.idle = np.where(place < n, n, np.minimum(place + 1, 2 * n - 1))
        self.observation_space = spaces.Box(-1.0, 1.0, (self.arms,), np.float32)
        self.action_space = spaces.Discrete(self.arms + 1)

    def _drawn(self) -> np.ndarray:
        rng, k, n = np.random.default_rng(self.instance), self.arms, self.reach
        laws = ("random", "recharging", "tiring", "constant")
        if self.law not in laws:
            raise BadOption(
                f"law={self.law!r}", where=_WHERE, expected=f"one of {', '.join(laws)}", mend=nearest(self.law, laws)
            )
        mean = np.sort(rng.random((k, 2 * n)), axis=1)
        if self.law == "recharging":
            mean[:, :n] = mean[:, :1]
        elif self.law == "tiring":
            mean[:, n:] = mean[:, -1:]
        elif self.law == "constant":
            mean[:] = mean[:, :1]
        return mean

    # -- the process ---------------------------------------------------------------------------------------------------

    def start(self, n: int, rng: Streams) -> State:
        xp = rng.xp
        zero = xp.zeros_like(rng.seed[:n])
        rested = xp.stack([zero + 2 * self.reach - 1] * self.arms, axis=1)
        return {"place": rested, "last": zero - 1, "round": zero}

    def move(self, state: State, action: Tree, rng: Streams) -> tuple[State, Array, Array, Columns]:
        xp, k, size = rng.xp, self.arms, 2 * self.reach
        own, place = self._tables(rng.device), state["place"]
        joint = place[:, 0]
        for i in range(1, k):
            joint = joint * size + place[:, i]
        mean = own["pay"][joint, action]
        reward = mean + self.deviation * rng.normal() * xp.astype(action < k, xp.float64)
        lost = own["shortfall"][joint, action]
        columns = {
            "pseudo_regret": self.optimal_value - mean,
            "shortfall": lost,
            "success": lost <= 1e-9,
        }
        is_played = action[:, None] == own["arms"]
        after = {
            "place": xp.where(is_played, own["played"][place], own["idle"][place]),
            "last": action + 0,
            "round": state["round"] + 1,
        }
        return after, reward, xp.zeros_like(joint, dtype=xp.bool), columns

    def look(self, state: State) -> Tree:
        place = state["place"]
        xp = namespace(place)
        tau = place - self.reach + xp.astype(place >= self.reach, place.dtype)
        return xp.astype(tau, xp.float32) / self.reach

    # -- the best plan -------------------------------------------------------------------------------------------------

    @cached_property
    def _joint(self) -> tuple[np.ndarray, np.ndarray]:
        """Mean pay and next state [S, k + 1] of the joint process; state Σ place_i (2 N)^(k − 1 − i)."""
        k, size = self.arms, 2 * self.reach
        place = np.indices((size,) * k).reshape(k, -1)  # [k, S]
        weight = size ** np.arange(k - 1, -1, -1)
        idle, played = self.idle[place], self.played[place]
        rest = weight @ idle
        after = np.stack([rest + weight[i] * (played[i] - idle[i]) for i in range(k)] + [rest], axis=1)
        pay = np.stack([self.means[i][place[i]] for i in range(k)] + [np.zeros(place.shape[1])], axis=1)
        return pay, after

    @cached_property
    def _solved(self) -> tuple[float, np.ndarray, np.ndarray]:
        """Gain, bias [S], and shortfall [S, k + 1] by relative value iteration with half steps."""
        pay, after = self._joint
        bias = np.zeros(len(pay))
        for _ in range(200_000):
            # A whole step would go round for ever: the best plans are cycles.
            step = 0.5 * ((pay + bias[after]).max(1) - bias)
            bias = bias + step
            bias = bias - bias[-1]
            if np.ptp(step) < 1e-13:
                break
        worth = pay + bias[after]
        gain = float((worth.max(1) - bias).mean())
        return gain, bias, worth.max(1, keepdims=True) - worth

    @cached_property
    def _tables(self) -> Tables:
        pay, _ = self._joint
        return Tables(
            pay=pay, shortfall=self._solved[2], played=self.played, idle=self.idle, arms=np.arange(self.arms)
        )  # fmt: skip

    @property
    def optimal_value(self) -> float:
        """g*, the largest mean pay per round in the long run."""
        return self._solved[0]

    @property
    def plan(self) -> np.ndarray:
        """A best action, 0..k, in each joint state, [2 N] * k by the places of τ = −N..−1, 1..N."""
        return self._solved[2].argmin(1).reshape((2 * self.reach,) * self.arms)

    def occupation(self) -> tuple[float, np.ndarray]:
        """The bound of the linear programme, and its occupations y [k, 2 N, 2] (idle, played).

        Each arm has a stationary law of its own; together they are played at most once a round on average.
        """
        from scipy.optimize import linprog

        k, size = self.arms, 2 * self.reach
        value = np.zeros((k, size, 2))
        value[:, :, 1] = self.means
        flow = np.zeros((size, size, 2))
        for place in range(size):
            flow[place, place] += 1
            flow[self.idle[place], place, 0] -= 1
            flow[self.played[place], place, 1] -= 1
        alone = np.concatenate([flow.reshape(size, -1), np.ones((1, 2 * size))])  # one arm: balance, and sum 1
        found = linprog(
            -value.ravel(),
            A_eq=np.kron(np.eye(k), alone),
            b_eq=np.tile(np.append(np.zeros(size), 1.0), k),
            A_ub=np.tile([0.0, 1.0], k * size)[None],
            b_ub=[1.0],
            method="highs",
        )
        return -float(found.fun), np.maximum(found.x, 0.0).reshape(k, size, 2)

    @property
    def occupation_bound(self) -> float:
        """The bound of `occupation`, at least `optimal_value`."""
        return self.occupation()[0]

    def to_mdp(self) -> Any:
        """The joint process as an exact `TabularMDP` of average reward; it begins with all arms rested."""
        from scipy import sparse

        from rewardlab.core.mdp import TabularMDP

        pay, after = self._joint
        rows = np.arange(after.size + 1)
        P = sparse.csr_array((np.ones(after.size), after.ravel(), rows), shape=(after.size, len(pay)))
        return TabularMDP(P, pay, gamma=None, initial=len(pay) - 1)

    # -- pictures ------------------------------------------------------------------------------------------------------

    def draw(self, state: State, i: int) -> np.ndarray:
        place, last = np.asarray(state["place"][i]), int(state["last"][i])
        now, rested = self.means[np.arange(self.arms), place], self.means[:, -1]
        names = [f"{self.tau[p]:+d}" for p in place]
        title = f"round {int(state['round'][i])}"
        return bars(title, now, rested, chosen=last, names=names, words=("pays now", "pays when rested"))

    def text(self, state: State, i: int) -> str:
        lines = [f"round {int(state['round'][i])}"]
        for arm, p in enumerate(np.asarray(state["place"][i])):
            tau = int(self.tau[p])
            cut = " or more" if abs(tau) == self.reach else ""
            told = f"rested for {tau}{cut}" if tau > 0 else f"plays in a row: {-tau}{cut}"
            lines.append(f"arm {arm}: {told}")
        return "\n".join(lines)

    def card(self) -> Card:
        k, n = self.arms, self.reach
        return Card(
            summary=f"{k} arms that pay less the longer they are played and recover at rest; play one or none.",
            observation={f"tau[{k}]": f"of each arm, / {n}: rounds at rest (positive) or plays in a row, up to {n}"},
            action={"action": f"the arm to play, 0..{k - 1}, or {k} for none"},
            reward=f"The true reward: a normal number around the mean of the arm in its state, deviation "
            f"{self.deviation:g}; none pays 0.",
            info={
                "pseudo_regret": "the best gain per round minus the mean pay of this round; may be negative",
                "shortfall": "what this choice loses against the best plan from here, >= 0",
                "success": "True if a best plan may choose so",
            },
            source="Foussoul and others, Last Switch Dependent Bandits with Monotone Payoff Functions, ICML 2023",
        )
