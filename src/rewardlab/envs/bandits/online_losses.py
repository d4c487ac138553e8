"""Online losses: play a point, then see the loss of the round and its gradient there.

    f_t(x) = v_t · x,    or  f_t(x) = μ/2 |x − v_t|²;    regret after t rounds = Σ_{s≤t} f_s(x_s) − min_x Σ_{s≤t} f_s(x)

The best fixed point is known in closed form for every t: a vertex or a point of the rim for linear losses, the
projected mean of the v_s for quadratic ones. Sequences are fixed, turning, switching, random, or answer the play.

Source: Zinkevich, "Online Convex Programming and Generalized Infinitesimal Gradient Ascent", ICML 2003, Section 2
(the game, and regret against the best fixed point).
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from gymnasium import spaces

from rewardlab.core.arrays import Array, Tree, namespace
from rewardlab.core.errors import BadOption
from rewardlab.core.rng import Streams
from rewardlab.envs.bandits.domains import check_domain, least, least_point, one_hot, project
from rewardlab.envs.bandits.ground import FARTHEST, Tables, bars, demand, dot, spread_of, whole
from rewardlab.envs.bandits.loss_sequences import ADAPTIVE, check_law, measures, sequences
from rewardlab.envs.world import Card, Columns, Rules, State

_WHERE = "OnlineLosses"


@dataclass
class OnlineLosses(Rules):
    """T rounds of a convex game with full information.

    An action of [−1, 1]^d times the radius is played as its projection on the domain, so that points of the domain are
    played as they are (to single precision). `pseudo_regret` is by how much the regret against the best fixed point so
    far grew in this round: it may be negative, and its sum over the episode is the regret against the best fixed point
    of the whole episode in hindsight. Nothing of the future is needed for it, so that it is exact for sequences that
    answer the play as well.

    Args:
        domain: "simplex", "ball" or "box".
        dimension: d >= 1, of a simplex >= 2.
        losses: "linear" with v_t of length at most 1 (of a simplex: numbers in [0, 1]), or "quadratic" with v_t within
            the radius.
        curvature: μ > 0 of quadratic losses.
        radius: of the ball or the box, above 0.
        sequence: a law of `rewardlab.envs.bandits.loss_sequences`, or "adaptive": the loss is largest where the play
            is, a linear one along the play (of a simplex: 1 where most is put, else 0), a quadratic one with its centre
            on the far side (of a simplex: at the vertex that least is put on).
        options: of the law.
        spread: share of chance in the sequence, 0..1.
        rounds: T >= 1.
        sequences: M >= 1; each episode has one of M sequences, which are the same for all rows and episodes.
        gradient_noise: standard deviation >= 0 of each number of the gradient that is shown.
        instance: seed of the sequences.

    Raises:
        BadOption: for numbers outside these ranges, or for a domain, kind of losses or law that there is not.
    """

    domain: str = "ball"
    dimension: int = 5
    losses: str = "linear"
    curvature: float = 1.0
    radius: float = 1.0
    sequence: str = "rotating"
    options: Mapping[str, Any] | None = None
    spread: float = 0.0
    rounds: int = 1000
    sequences: int = 1
    gradient_noise: float = 0.0
    instance: int = 0

    torch: ClassVar[bool] = True
    exact: ClassVar[bool] = False

    def __post_init__(self) -> None:
        check_domain(self.domain, _WHERE)
        experts = self.domain == "simplex"
        whole(_WHERE, rounds=self.rounds, sequences=self.sequences)
        whole(_WHERE, least=2 if experts else 1, dimension=self.dimension)
        spread_of(_WHERE, gradient_noise=self.gradient_noise)
        demand(
            self.losses in ("linear", "quadratic"), f"losses={self.losses!r}",
            where=_WHERE, expected='"linear" or "quadratic"',
        )  # fmt: skip
        for name in ("curvature", "radius"):
            value = getattr(self, name)
            demand(0 < value < math.inf, f"{name}={value!r}", where=_WHERE, expected="a finite number above 0")
        if experts and self.radius != 1.0:
            raise BadOption(f"radius={self.radius!r} of a simplex", where=_WHERE, expected="1.0")
        check_law(self.sequence, self.options, where=_WHERE, adaptive=True)
        d = self.dimension
        self._quadratic = self.losses == "quadratic"
        if self.sequence == ADAPTIVE:
            demand(self.spread == 0, f"spread={self.spread!r}", where=_WHERE, expected="0: it answers the play alone")
            self.vectors = None
        else:
            s, mean = sequences(
                self.sequence, self.options, count=self.sequences, rounds=self.rounds, dimension=d,
                experts=experts, spread=self.spread, instance=self.instance, where=_WHERE,
            )  # fmt: skip
            self._means = mean
            self.vectors = (1.0 + s) / 2.0 if experts else s * (self.radius if self._quadratic else 1.0)  # [M, T, d]
        steep = self.curvature * 2.0 * max(self.radius, 1.0) if self._quadratic else 1.0
        bound = float(math.ceil(steep + FARTHEST * self.gradient_noise))
        low = np.append(np.full(d, -bound), 0.0).astype(np.float32)
        high = np.append(np.full(d, bound), 1.0).astype(np.float32)
        self.observation_space = spaces.Box(low, high, dtype=np.float32)
        self.action_space = spaces.Box(-1.0, 1.0, (d,), np.float32)
        self._tables = Tables(v=np.zeros((1, d)) if self.vectors is None else self.vectors.reshape(-1, d))

    # -- the game ------------------------------------------------------------------------------------------------------

    def start(self, n: int, rng: Streams) -> State:
        xp = rng.xp
        zero = xp.zeros_like(rng.seed[:n])
        number = xp.astype(zero, xp.float64)
        vector = xp.stack([number] * self.dimension, axis=1)
        which = rng.integers(self.sequences) if self.sequences > 1 else zero
        names = ("gradient", "played", "sum")
        return dict.fromkeys(names, vector) | {
            "which": which, "round": zero, "squares": number, "lost": number, "regret": number,
        }  # fmt: skip

    def move(self, state: State, action: Tree, rng: Streams) -> tuple[State, Array, Array, Columns]:
        xp = rng.xp
        x = project(xp.astype(action, xp.float64) * self.radius, self.domain, self.radius)
        v = self._answer(x) if self.vectors is None else self._shown(state, rng)
        if self._quadratic:
            away = x - v
            gradient, loss = self.curvature * away, 0.5 * self.curvature * dot(away, away)
            rest = project(v, self.domain, self.radius) - v
            now = 0.5 * self.curvature * dot(rest, rest)
        else:
            gradient, loss = v, dot(v, x)
            now = least(v, self.domain, self.radius)
        total, squares, lost = state["sum"] + v, state["squares"] + dot(v, v), state["lost"] + loss
        best = self._least_total(total, squares, state["round"] + 1)
        regret = lost - best
        if self.gradient_noise > 0:
            gradient = gradient + self.gradient_noise * rng.normal((self.dimension,))
        after = {
            "gradient": gradient + 0.0, "played": x, "sum": total, "squares": squares, "lost": lost, "regret": regret,
            "which": state["which"], "round": state["round"] + 1,
        }  # fmt: skip
        columns = {
            "gradient": gradient + 0.0,
            "loss": loss,
            "played": x + 0.0,
            "comparator_loss": best,
            "pseudo_regret": regret - state["regret"],
            "dynamic_regret": loss - now,
        }
        return after, -loss, after["round"] >= self.rounds, columns

    def _shown(self, state: State, rng: Streams) -> Array:
        """[n, d] the vectors of this round."""
        t = rng.xp.minimum(state["round"], rng.xp.full_like(state["round"], self.rounds - 1))
        return self._tables(rng.device)["v"][state["which"] * self.rounds + t]

    def _answer(self, x: Array) -> Array:
        """[n, d] the vectors that are worst for the plays."""
        xp = namespace(x)
        if self.domain == "simplex":
            return one_hot(xp.argmin(x, axis=1) if self._quadratic else xp.argmax(x, axis=1), x)
        first = one_hot(xp.zeros_like(x[:, 0], dtype=xp.int64), x)
        size = xp.sqrt(dot(x, x))[:, None]
        along = xp.where(size > 0, x / xp.where(size > 0, size, xp.ones_like(size)), first)
        return -self.radius * along if self._quadratic else along

    def _least_total(self, total: Array, squares: Array, t: Array) -> Array:
        """min over the domain of the sum of all losses so far [n], from Σ v [n, d], Σ |v|² [n] and the rounds [n]."""
        if not self._quadratic:
            return least(total, self.domain, self.radius)
        xp = namespace(total)
        t = xp.astype(t, xp.float64)
        x = project(total / t[:, None], self.domain, self.radius)
        return 0.5 * self.curvature * (t * dot(x, x) - 2.0 * dot(x, total) + squares)

    def look(self, state: State) -> Tree:
        xp = namespace(state["gradient"])
        share = xp.astype(state["round"], xp.float64) / self.rounds
        return xp.astype(xp.concat([state["gradient"], share[:, None]], axis=1), xp.float32)

    # -- what is known of it -------------------------------------------------------------------------------------------

    def best_fixed(self) -> tuple[np.ndarray, np.ndarray]:
        """The best fixed point of each whole sequence [M, d], and its loss [M].

        Raises:
            BadOption: for an adaptive sequence, which depends on the play.
        """
        v = self._known()
        total, squares = v.sum(1), (v**2).sum((1, 2))
        t = np.full(len(v), self.rounds)
        if self._quadratic:
            x = project(total / self.rounds, self.domain, self.radius)
        else:
            x = least_point(total, self.domain, self.radius)
        return x, self._least_total(total, squares, t)

    def measures(self) -> tuple[float, np.ndarray]:
        """σ², and Σ² [M], of the gradients: how much chance, and how much change, there is in a sequence.

        Raises:
            BadOption: for an adaptive sequence.
        """
        self._known()
        experts = self.domain == "simplex"
        sigma, change = measures(self._means, experts=experts, spread=self.spread)
        scale = (0.5 if experts else self.radius if self._quadratic else 1.0) * (
            self.curvature if self._quadratic else 1
        )
        return sigma * scale**2, change * scale**2

    def _known(self) -> np.ndarray:
        if self.vectors is None:
            raise BadOption("an adaptive sequence", where=_WHERE, expected="one that does not depend on the play")
        return self.vectors

    def draw(self, state: State, i: int) -> np.ndarray:
        title = f"round {int(state['round'][i])} of {self.rounds}    regret {float(state['regret'][i]):.4g}"
        return bars(title, np.asarray(state["played"][i]), np.asarray(state["gradient"][i]), words=("play", "gradient"))

    def text(self, state: State, i: int) -> str:
        def row(name: str) -> str:
            return ", ".join(f"{float(x):.4f}" for x in state[name][i])

        t = int(state["round"][i])
        if not t:
            return f"round 0 of {self.rounds}: nothing played yet"
        return f"round {t} of {self.rounds}\nplay ({row('played')})\ngradient ({row('gradient')})"

    def card(self) -> Card:
        d = self.dimension
        best = None
        if self.vectors is not None and self.sequences == 1:
            v = self.vectors[0]
            rest = project(v, self.domain, self.radius) - v
            now = 0.5 * self.curvature * dot(rest, rest) if self._quadratic else least(v, self.domain, self.radius)
            best = -float(now.sum())
        return Card(
            summary=f"Play a point of the {self.domain} in each of {self.rounds} rounds, against {self.losses} losses.",
            observation={
                f"gradient[{d}]": "gradient of the last loss where it was played, 0 before the first",
                "time": "share of the rounds that are over, 0..1",
            },
            action={f"x[{d}]": f"the point to play / {self.radius:g}, each number -1..1; moved to the nearest point"},
            reward="The true reward is minus the loss of the round.",
            info={
                "gradient": f"[{d}] what is shown of the gradient",
                "loss": "the loss of this round",
                "played": f"[{d}] the point that was played",
                "comparator_loss": "loss of the best fixed point in all rounds so far",
                "pseudo_regret": "growth of the regret against the best fixed point so far; may be negative",
                "dynamic_regret": "loss minus that of the best point of this round, >= 0",
            },
            optimal_return=best,
            source="Zinkevich, Online Convex Programming and Generalized Infinitesimal Gradient Ascent, ICML 2003",
        )
