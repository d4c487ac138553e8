"""What a row of the laws of rewards is: how to make a reward, what to teach it, and the world that it is tried on."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from gymnasium import spaces

from rewardlab.core.arrays import Array
from rewardlab.core.batch import Transitions
from rewardlab.core.reward import Reward
from rewardlab.envs.world import Rules


@dataclass
class Walk(Rules):
    """A walk in the plane with all info columns that rewards ask for; ends on a far point, with a random last word."""

    def __post_init__(self):
        self.observation_space = spaces.Box(-50.0, 50.0, (3,), np.float64)
        self.action_space = spaces.Discrete(4)

    def start(self, n, rng):
        return {"x": rng.uniform((2,)) * 2 - 1, "goal": rng.uniform() * 4 - 2, "stage": rng.integers(1)}

    def move(self, state, action, rng):
        way = np.array([[1.0, 0], [-1, 0], [0, 1], [0, -1]])[action]
        x = state["x"] + way * (0.5 + 0.5 * rng.uniform())[:, None]
        stage = np.maximum(state["stage"], (np.abs(x).sum(-1) > 2).astype(np.int64) + (np.abs(x).sum(-1) > 3))
        far = np.abs(x).max(-1) > 2.5
        reward = np.where(far, 1.0, -0.1) + 0.01 * x[:, 0]
        columns = {
            "distance": np.abs(x[:, 0] - state["goal"]),
            "stage": stage,
            "success": far & (x[:, 1] < 0),
            "cost": np.minimum(np.abs(x[:, 1]) / 3, 1.0),
            "objectives": np.stack([x[:, 0] / 3, x[:, 1] * x[:, 0] / 9], axis=-1),
            "references": np.stack([x[:, 0], x[:, 1], x[:, 0] * x[:, 1], 0.5 * x[:, 1]], axis=-1),
        }
        return {**state, "x": x, "stage": stage}, reward, far, columns

    def look(self, state):
        return np.concatenate([state["x"], state["goal"][:, None]], axis=-1)


def sample(rows: int, *, seed: int = 0) -> Transitions:
    """[rows] unrelated steps that differ in every column."""
    rng = np.random.default_rng(seed)
    obs = rng.normal(size=(rows, 3))
    return Transitions(
        obs=obs,
        action=rng.integers(0, 4, rows),
        reward=rng.normal(size=rows),
        next_obs=obs + rng.normal(size=(rows, 3)),
        terminated=rng.random(rows) < 0.3,
        truncated=rng.random(rows) < 0.2,
        info={
            "distance": rng.random(rows) * 3,
            "stage": rng.integers(0, 3, rows),
            "success": rng.random(rows) < 0.5,
            "cost": rng.random(rows),  # of a step, in [0, 1]
            "objectives": rng.normal(size=(rows, 2)),  # a vector of rewards
            "references": rng.normal(size=(rows, 4)),  # what four reference responses score
        },
    )


def comparisons(pairs: int, length: int, *, seed: int = 0) -> Transitions:
    """[pairs, 2, length] steps, the first segment better where it goes further to the right."""
    flat = sample(pairs * 2 * length, seed=seed)
    steps = flat.map(lambda x: x.reshape((pairs, 2, length, *x.shape[1:])))
    score = steps.obs[..., 0].sum(-1)
    return steps.paying(steps.reward, label=(score[:, 0] > score[:, 1]).astype(np.float64))


def height(obs: Array) -> Array:
    """A potential for the laws: half the sum of squares."""
    return 0.5 * (obs * obs).sum(-1)


@dataclass(frozen=True)
class Row:
    """A reward for the laws.

    Attributes:
        make: a new one, untaught.
        teach: the batches that it learns from before the laws are tried.
        skip: laws of `check_reward` that it need not keep -> why.
        digits: relative tolerance between NumPy and torch; 0 where both must give the same bits.
        in_place: False if recorded episodes are paid at other steps than online ones, with the same sum.
        world: the environment that the drivers are tried on.
        sample: (rows, seed=) -> unrelated steps [rows] that differ in every column that the reward reads.
    """

    make: Callable[[], Reward]
    teach: Callable[[], list[Transitions]] = list
    skip: tuple[str, ...] = ()
    digits: float = 0.0
    in_place: bool = True
    world: Callable[[], Rules] = Walk
    sample: Callable[..., Transitions] = sample

    def taught(self) -> Reward:
        """A new one that has learned."""
        reward = self.make()
        for batch in self.teach():
            reward.update(batch)
        return reward


def steps() -> list[Transitions]:
    """Lessons for what learns from steps."""
    return [sample(8, seed=0), sample(8, seed=1), sample(12, seed=9)]
