"""Seats: several learners in one game, each with a policy and a memory of its own.

    all seats choose, the game pays, and each learner is told what is its own:
    reward_vector[p], and of what all of its actions would have paid, u: losses (high − u) / (high − low), gradient −u

Bandit learners see their pay, learners with full information every action's; what they learn from each other is what
the game does.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from gymnasium import spaces
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space

from rewardlab.agents.loops.memories import MemoryAgent
from rewardlab.agents.loops.rollout import Rollout, Step
from rewardlab.core.errors import BadOption

Maker = Callable[[VectorEnv, int], MemoryAgent]
"""(one seat of all rows, a seed) -> a learner with a memory for each row."""


class Seat(VectorEnv):
    """What one player sees of a game: spaces and rows. The game is stepped by `Seats`."""

    metadata = {"autoreset_mode": AutoresetMode.SAME_STEP}

    def __init__(self, rows: int, observation: spaces.Space, action: spaces.Space) -> None:
        self.num_envs = rows
        self.single_observation_space, self.single_action_space = observation, action
        self.observation_space = batch_space(observation, rows)
        self.action_space = batch_space(action, rows)

    def reset(self, **options: Any) -> Any:
        """Refused.

        Raises:
            BadOption: always.
        """
        raise BadOption("a seat alone", where="Seat", expected="a game with all its players", mend="Seats.learn")

    def step(self, actions: Any) -> Any:
        """Refused, as `reset`."""
        return self.reset()


class Seats:
    """Learners that play a game against each other.

    Args:
        game: a vector environment of joint actions, MultiDiscrete [n₀, n₁, ...] or with mixtures a Box [P * A]; its
            info has `reward_vector` [N, P] and `payoff_vector` [N, P, A].
        players: makes the learner of each seat.
        low, high: the least and the largest payoff, for losses in [0, 1].
        seed: of the game's first reset; seat p is made with seed + p.

    Attributes:
        agents: the learners, in the order of the seats.

    Raises:
        BadOption: for another number of players than seats, a learner that shares one memory, or a range that is none.
    """

    def __init__(
        self, game: Any, players: Sequence[Maker], *, low: float = 0.0, high: float = 1.0, seed: int = 0
    ) -> None:
        if not low < high:
            raise BadOption(f"low={low!r}, high={high!r}", where="Seats", expected="low < high")
        self.rollout, self.low, self.high, self.seed = Rollout(game, where="Seats"), low, high, seed
        joint, rows = self.rollout.spaces.action, self.rollout.envs.num_envs
        self.mixed = isinstance(joint, spaces.Box)
        if isinstance(joint, spaces.MultiDiscrete) and joint.nvec.ndim == 1:
            own: list[spaces.Space] = [spaces.Discrete(int(n)) for n in joint.nvec]
        elif isinstance(joint, spaces.Box) and players and joint.shape[0] % len(players) == 0:
            own = [spaces.Box(0.0, 1.0, (joint.shape[0] // len(players),), joint.dtype) for _ in players]  # type: ignore[arg-type]
        else:
            own = []
        if len(own) != len(players) or not own:
            raise BadOption(
                f"{len(players)} players for actions {joint}", where="Seats", expected="one player for each seat"
            )
        look = self.rollout.spaces.observation
        self.agents = [
            make(Seat(rows, look, a), seed + p) for p, (make, a) in enumerate(zip(players, own, strict=True))
        ]
        for p, agent in enumerate(self.agents):
            if agent.memories != rows:
                raise BadOption(f"player {p} has {agent.memories} memories", where="Seats", mend="independent=True")

    def learn(self, rounds: int, told: Callable[[Step], Any] | None = None) -> "Seats":
        """Play so many rounds more in all rows.

        Args:
            rounds: >= 0.
            told: called with each round as it was, info columns of the game included.
        """
        roll = self.rollout
        if not roll.running:
            roll.start(self.seed)
        for _ in range(rounds):
            acts = [agent.choose(roll.obs, agent._rng) for agent in self.agents]
            joint = np.concatenate(acts, 1) if self.mixed else np.stack(acts, 1)
            step = roll.step(joint.astype(roll.spaces.action.dtype))
            for p, agent in enumerate(self.agents):
                agent.absorb(self._own(step, p, acts[p]))
                agent.num_timesteps += len(joint)
            if told is not None:
                told(step)
        return self

    def _own(self, step: Step, p: int, action: np.ndarray) -> Step:
        """What seat p is told of a step."""
        paid, worth = step.column("reward_vector"), step.column("payoff_vector")
        if paid is None or worth is None:
            raise BadOption(
                "no reward_vector and payoff_vector", where="Seats", expected="a game, such as rewardlab/MatrixGame-v0"
            )
        size = action.shape[1] if self.mixed else int(self.agents[p].num_actions)
        mine = worth[:, p, :size]
        info = {"losses": (self.high - mine) / (self.high - self.low), "gradient": -mine}
        return Step(step.obs, action, paid[:, p], step.terminated, step.truncated, step.live, step.shown, info)
