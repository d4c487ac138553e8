"""The contextual loop: arms are vectors, and what they pay is learned from these.

V = λ I + Σ x xᵀ,    b = Σ x r,    θ̂ = V⁻¹ b,    ‖x‖²_{V⁻¹} = xᵀ V⁻¹ x
(V + x xᵀ)⁻¹ = V⁻¹ − V⁻¹ x xᵀ V⁻¹ / (1 + ‖x‖²_{V⁻¹}),    det (V + x xᵀ) = det V · (1 + ‖x‖²_{V⁻¹})
"""

from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
from gymnasium import spaces
from numpy.typing import ArrayLike

from rewardlab.agents.loops.bandit import any_best
from rewardlab.agents.loops.memories import MemoryAgent
from rewardlab.agents.loops.rollout import Step
from rewardlab.core.errors import BadOption, BadSpace, MissingColumn
from rewardlab.core.shown import shown_space

FRESH = 512  # steps of a memory after which its inverses are computed anew: rank-one updates lose digits


@dataclass(eq=False)
class ContextualAgent(MemoryAgent):
    """An agent that chooses among vectors, in T tasks at once.

    Observations [n, d] hold the n vectors of this round, [T, n, d] those of T tasks, whose actions are MultiDiscrete
    and whose pay stands in the info column `rewards` [T]. Any other observation is ignored: the arms are `points`.

    Methods write `prepare` (after the loop's own), `pick`, `value` and `feed`, and `tables` of what they hold.

    Args:
        points: [n, d] the vectors of the arms where observations do not show them; None for unit vectors, d = n,
            which makes an ordinary bandit of it.

    Attributes:
        tasks: T.
        arms: n.
        dimension: d.

    Raises:
        BadSpace: for tables of vectors of the wrong number of arms, or tasks of different numbers of arms.
        BadOption: for points that are not finite or not of shape [n, d].
    """

    points: ArrayLike | None = field(default=None, kw_only=True, repr=False)

    actions: ClassVar[tuple[type[spaces.Space], ...]] = (spaces.Discrete, spaces.MultiDiscrete)

    def prepare(self) -> None:
        space, shape = self.action_space, self.observation_space.shape or ()
        if isinstance(space, spaces.MultiDiscrete):
            numbers = np.unique(space.nvec)
            if space.nvec.ndim != 1 or len(numbers) != 1:
                raise BadSpace(
                    f"actions in {shown_space(space)}", where=self._name, expected="tasks of equally many arms"
                )
            self.tasks, self.arms = len(space.nvec), int(numbers[0])
        else:
            self.tasks, self.arms = 1, self.num_actions
        table = isinstance(self.observation_space, spaces.Box) and len(shape) in (2, 3)
        self._points: np.ndarray | None = None  # [n, d]
        if self.points is not None:
            given = np.array(self.points, dtype=np.float64)
            if given.ndim != 2 or len(given) != self.arms or not np.isfinite(given).all():
                raise BadOption(
                    f"points of shape {list(given.shape)}", where=self._name, expected=f"finite, [{self.arms}, d]"
                )
            self._points, self.points = given, given.tolist()
        elif not table:
            self._points = np.eye(self.arms)
        elif shape[-2] != self.arms or (shape[:-2] or (1,)) != (self.tasks,):
            raise BadSpace(
                f"observations of shape {list(shape)} for {self.tasks} x {self.arms} arms",
                where=self._name,
                expected="a vector for each arm, [n, d] or [T, n, d]",
                mend="points=[[...], ...] says what the arms are",
            )
        self.dimension = int(shape[-1] if self._points is None else self._points.shape[1])

    # -- what a method writes ------------------------------------------------------------------------------------

    def pick(self, x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Arms [N, T] to try for vectors [N, T, n, d]; with N memories row i asks memory i."""
        raise NotImplementedError

    def value(self, x: np.ndarray) -> np.ndarray:
        """What arms [N, T, n, d] are believed to pay, [N, T, n]."""
        raise NotImplementedError

    def feed(self, memory: np.ndarray, x: np.ndarray, pay: np.ndarray) -> None:
        """Learn from vectors [B, T, d] that paid [B, T], of memories [B]."""
        raise NotImplementedError

    # -- the loop ------------------------------------------------------------------------------------------------

    def vectors(self, obs: np.ndarray) -> np.ndarray:
        """[N, T, n, d] of observations [N, *obs]."""
        if self._points is not None:
            return np.broadcast_to(self._points, (len(obs), self.tasks, *self._points.shape))
        return obs.astype(np.float64).reshape(len(obs), self.tasks, self.arms, self.dimension)

    def choose(self, obs: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        self.check_rows(len(obs))
        return self.shaped(self.pick(self.vectors(obs), rng))

    def greedy(self, obs: np.ndarray) -> np.ndarray:
        self.check_rows(len(obs))
        return self.shaped(self.value(self.vectors(obs)).argmax(-1))

    def shaped(self, arms: np.ndarray) -> np.ndarray:
        """Arms [N, T] as the action space has them."""
        return arms if isinstance(self.action_space, spaces.MultiDiscrete) else arms[:, 0]

    def gather(self, step: Step, live: Any, memory: np.ndarray) -> None:
        arm = (step.action[live] - self.first_action).reshape(len(memory), self.tasks)
        x = np.take_along_axis(self.vectors(step.obs[live]), arm[:, :, None, None], 2)[:, :, 0]
        self.feed(memory, x, self.paid(step)[live])

    def paid(self, step: Step) -> np.ndarray:
        """[N, T] what each task paid.

        Raises:
            MissingColumn: for several tasks of an environment that tells only their sum.
        """
        if self.tasks == 1:
            return step.reward[:, None]
        each = step.column("rewards")
        if each is None or each.shape != (len(step.reward), self.tasks):
            raise MissingColumn(
                "no column 'rewards'", where=self._name, expected=f"what each of {self.tasks} tasks paid, [N, T]"
            )
        return np.asarray(each, dtype=np.float64)


@dataclass(eq=False)
class RidgeAgent(ContextualAgent):
    """A contextual agent with a ridge regression for each memory and task.

    Methods write `prepare` (after the loop's own) and `pick`, and `tables` of what more they hold.

    Args:
        lam: λ > 0, the ridge.

    Attributes:
        V: [M, T, d, d].
        inverse: [M, T, d, d] V⁻¹.
        b: [M, T, d].
        growth: [M, T] ln (det V / det λ I).
        fed: pulls learned from, over all memories.

    Raises:
        BadOption: for a ridge that is not above 0.
    """

    lam: float = 1.0

    def prepare(self) -> None:
        super().prepare()
        if not 0 < self.lam < np.inf:
            raise BadOption(f"lam={self.lam!r}", where=self._name, expected="a number above 0")
        head = (self.memories, self.tasks)
        self.V = np.zeros((*head, self.dimension, self.dimension)) + self.lam * np.eye(self.dimension)
        self.inverse = np.zeros_like(self.V) + np.eye(self.dimension) / self.lam
        self.b, self.growth, self.fed = np.zeros((*head, self.dimension)), np.zeros(head), 0

    @property
    def theta(self) -> np.ndarray:
        """[M, T, d] θ̂."""
        return (self.inverse @ self.b[..., None])[..., 0]

    def value(self, x: np.ndarray) -> np.ndarray:
        return (x @ self.theta[..., None])[..., 0]

    def feed(self, memory: np.ndarray, x: np.ndarray, pay: np.ndarray) -> None:
        if self.memories > 1:
            self._feed(memory, x, pay)
        else:
            for i in range(len(x)):
                self._feed(memory[:1], x[i : i + 1], pay[i : i + 1])
        self.fed += len(x)
        if self.fed // (FRESH * self.memories) != (self.fed - len(x)) // (FRESH * self.memories):
            self.inverse[:] = np.linalg.inv(self.V)

    def _feed(self, memory: np.ndarray, x: np.ndarray, pay: np.ndarray) -> None:
        every = len(memory) == self.memories
        inverse = self.inverse if every else self.inverse[memory]
        after, grown = shrunk(inverse, x)
        if every:
            self.inverse = after
        else:
            self.inverse[memory] = after
        self.V[memory] += x[..., :, None] * x[..., None, :]
        self.b[memory] += x * pay[..., None]
        self.growth[memory] += np.log(grown)

    def tables(self) -> dict[str, Any]:
        held = {"V": self.V, "inverse": self.inverse, "b": self.b, "growth": self.growth, "fed": self.fed}
        return {**super().tables(), **held}


def shrunk(inverse: np.ndarray, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(V + x xᵀ)⁻¹ [..., d, d] and 1 + ‖x‖²_{V⁻¹} [...] for V⁻¹ [..., d, d] and x [..., d]."""
    seen = (inverse @ x[..., None])[..., 0]
    grown = 1.0 + (seen * x).sum(-1)
    return inverse - seen[..., :, None] * seen[..., None, :] / grown[..., None, None], grown


def width(inverse: np.ndarray, x: np.ndarray) -> np.ndarray:
    """‖x‖_{V⁻¹} [..., n] for V⁻¹ [..., d, d] and x [..., n, d]."""
    return np.sqrt(np.maximum(((x @ inverse) * x).sum(-1), 0.0))


def best(values: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The position [...] of the largest of values [..., n], each of equals alike."""
    return any_best(values.reshape(-1, values.shape[-1]), rng).reshape(values.shape[:-1])
