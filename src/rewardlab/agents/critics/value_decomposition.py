"""Value decomposition: a team that learns from one reward, and acts by a value for each unit alone.

The units share one network, which is told which of them it speaks for. They learn from replayed steps of N rows
towards a slow copy of the network. In battles as `agents.loops.units` describes them only legal actions count, and
only units that live. The networks see one observation, not the history, which the battles carry in their tables.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import torch
from gymnasium import spaces
from torch import Tensor, nn
from torch.nn.utils import parameters_to_vector, vector_to_parameters

from rewardlab.agents.critics.kernel import Memory, Mixing
from rewardlab.agents.loops.online import OnlineAgent
from rewardlab.agents.loops.rollout import Step
from rewardlab.agents.loops.tabular import linear
from rewardlab.agents.loops.units import Field, legal, read, sizes
from rewardlab.core.errors import BadOption, BadSpace
from rewardlab.core.nets import Fit, child_seed, mlp

_WORST = -1e9  # the value of what is not legal


@dataclass(eq=False, kw_only=True)
class _TeamValues(OnlineAgent):
    """Deep values for the units of a team.

    Methods write `error`. The memory is not written to files: after `load` it fills again before learning goes on.

    Args:
        gamma: discount γ in [0, 1].
        learning_rate: of Adam, positive.
        epsilon, final_epsilon: probabilities of a random legal action, first and last.
        decay_steps: transitions over which it falls, >= 1.
        batch_size: transitions in an update, >= 1.
        buffer_size: transitions that are remembered, at least a batch.
        learning_starts: transitions before the first update, at least a batch.
        train_every: steps of all rows between updates, >= 1.
        target_every: updates after which the slow copy is renewed, >= 1.
        hidden: width of the two hidden layers, >= 1.
        side: cells of a side of the field, in battles.
        reach: of melee and of ranged units, in battles.

    Attributes:
        updates: gradient steps so far.

    Raises:
        BadOption: for a number outside its range.
        BadSpace: unless there is an observation [team, D] and as many actions for each unit.
    """

    gamma: float = 0.99
    learning_rate: float = 5e-4
    epsilon: float = 1.0
    final_epsilon: float = 0.05
    decay_steps: int = 50_000
    batch_size: int = 256
    buffer_size: int = 50_000
    learning_starts: int = 1000
    train_every: int = 1
    target_every: int = 200
    hidden: int = 64
    side: int = 12
    reach: Sequence[int] = (1, 3)

    observations: ClassVar[tuple[type[spaces.Space], ...]] = (spaces.Box,)
    actions: ClassVar[tuple[type[spaces.Space], ...]] = (spaces.MultiDiscrete,)

    def prepare(self) -> None:
        for name, good, expected in (
            ("gamma", 0 <= self.gamma <= 1, "a number in [0, 1]"),
            ("learning_rate", 0 < self.learning_rate < np.inf, "a positive number"),
            ("epsilon", 0 <= self.epsilon <= 1, "a probability"),
            ("final_epsilon", 0 <= self.final_epsilon <= 1, "a probability"),
            ("decay_steps", self.decay_steps >= 1, "at least 1"),
            ("batch_size", self.batch_size >= 1, "at least 1"),
            ("buffer_size", self.buffer_size >= self.batch_size, f"at least {self.batch_size}, one batch"),
            ("learning_starts", self.learning_starts >= self.batch_size, f"at least {self.batch_size}, one batch"),
            ("train_every", self.train_every >= 1, "at least 1"),
            ("target_every", self.target_every >= 1, "at least 1"),
            ("hidden", self.hidden >= 1, "at least 1"),
        ):
            if not good:
                raise BadOption(f"{name}={getattr(self, name)!r}", where=self._name, expected=expected)
        assert isinstance(self.action_space, spaces.MultiDiscrete)
        each, shape = np.asarray(self.action_space.nvec).ravel(), self.observation_space.shape or ()
        if len(shape) != 2 or len(each) != shape[0] or (each != each[0]).any():
            raise BadSpace(
                f"observations of shape {shape} and actions {each.tolist()}",
                where=self._name,
                expected="observations [team, D] and the same number of actions for each of the team",
            )
        self.team, self.width, self.each = shape[0], shape[1], int(each[0])
        self.field = self._battle()
        seed = int(self._rng.integers(2**31))
        self._net, self._slow = self._made(seed), self._made(seed)
        self._fit = Fit(self._net, self.learning_rate, clip=10.0, name=self._name)
        self._memory, self._turns, self.updates = Memory(self.buffer_size), 0, 0

    def _battle(self) -> Field | None:
        """The field, if the spaces are those of a battle."""
        try:
            team, enemies = sizes(self.observation_space, self.action_space, where=self._name)
        except BadSpace:
            return None
        return Field(team, enemies, self.side, reach=tuple(int(x) for x in self.reach))  # type: ignore[arg-type]

    def _made(self, seed: int) -> nn.Module:
        layers = (self.hidden, self.hidden)
        net = nn.Module()
        net.units = mlp(self.width + self.team, self.each, layers, seed=child_seed(seed, 0))
        mixing = self.mixing(child_seed(seed, 1))
        if mixing is not None:
            net.mixing = mixing
        return net

    def mixing(self, seed: int) -> nn.Module | None:
        """A network that joins the units' values, if there is one."""
        return None

    def error(self, chosen: Tensor, beyond: Tensor, batch: dict[str, Tensor]) -> Tensor:
        """The loss, from values of what was done [B, team] and of the best that follows [B, team], 0 for the dead."""
        raise NotImplementedError

    # -- values --------------------------------------------------------------------------------------------------

    def masks(self, obs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Which actions [n, team, A] and which units [n, team] count."""
        if self.field is None:
            return np.ones((len(obs), self.team, self.each), dtype=bool), np.ones((len(obs), self.team), dtype=bool)
        table = read(obs, self.field)
        may = legal(table, self.field).reshape(len(obs), self.team, self.each)
        return may, table.alive.reshape(len(obs), self.team)

    def values(self, obs: Tensor, *, slow: bool = False) -> Tensor:
        """[B, team, A] for observations [B, team, D]."""
        who = torch.eye(self.team).expand(len(obs), -1, -1)
        net = self._slow if slow else self._net
        return net.units(torch.cat([obs.float(), who], dim=2))  # type: ignore[operator]

    def greedy(self, obs: np.ndarray) -> np.ndarray:
        with torch.no_grad():
            values = self.values(torch.from_numpy(np.asarray(obs))).numpy()
        return np.where(self.masks(obs)[0], values, _WORST).argmax(2)

    def choose(self, obs: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        epsilon = linear(self.epsilon, self.final_epsilon, self.decay_steps, self.num_timesteps)
        may = self.masks(obs)[0]
        any_of = np.where(may, rng.random(may.shape), -1.0).argmax(2)
        return np.where(rng.random(any_of.shape) < epsilon, any_of, self.greedy(obs))

    # -- learning ------------------------------------------------------------------------------------------------

    def absorb(self, step: Step) -> None:
        live, after = step.live, step.next_obs()
        may, lives = self.masks(after)
        self._memory.add(
            obs=step.obs[live],
            next_obs=after[live],
            action=(step.action - self.first_action)[live].astype(np.int64),
            reward=step.reward[live].astype(np.float32),
            terminated=step.terminated[live],
            may=may[live],
            lives=lives[live],
            lived=self.masks(step.obs)[1][live],
        )
        self._turns += 1
        if self._memory.size >= min(self.learning_starts, self.buffer_size) and self._turns % self.train_every == 0:
            self._fit(self.loss(self._memory.sample(self.batch_size, self._rng)))
            self.updates += 1
            if self.updates % self.target_every == 0:
                self._slow.load_state_dict(self._net.state_dict())

    def loss(self, batch: dict[str, Tensor]) -> Tensor:
        """The loss of a batch of the memory's columns."""
        done = self.values(batch["obs"]).gather(2, batch["action"][..., None])[..., 0] * batch["lived"]
        with torch.no_grad():
            after = self.values(batch["next_obs"], slow=True).masked_fill(~batch["may"], _WORST).amax(2)
        return self.error(done, after * batch["lives"], batch)

    def target(self, batch: dict[str, Tensor], beyond: Tensor) -> Tensor:
        """r + γ (what lies beyond) [B] or [B, team]; nothing beyond the end of the world."""
        lead = (slice(None),) + (None,) * (beyond.ndim - 1)
        return batch["reward"][lead] + self.gamma * beyond * ~batch["terminated"][lead]

    # -- files ---------------------------------------------------------------------------------------------------

    @property
    def weights(self) -> np.ndarray:
        """[2, P] all parameters, of the network and of its slow copy."""
        return np.stack([parameters_to_vector(net.parameters()).detach().numpy() for net in (self._net, self._slow)])

    @weights.setter
    def weights(self, held: np.ndarray) -> None:
        for net, own in zip((self._net, self._slow), held, strict=True):
            vector_to_parameters(torch.from_numpy(own.copy()), net.parameters())

    @property
    def moments(self) -> np.ndarray:
        """[2, P] Adam's."""
        kept = (self._fit.first, self._fit.second)
        return np.stack([torch.cat([x.reshape(-1) for x in k.values()]).numpy() for k in kept])

    @moments.setter
    def moments(self, held: np.ndarray) -> None:
        for kept, own in zip((self._fit.first, self._fit.second), held, strict=True):
            at = 0
            for x in kept.values():
                x.copy_(torch.from_numpy(own[at : at + x.numel()].copy()).reshape(x.shape))
                at += x.numel()

    @property
    def counters(self) -> list[int]:
        """Updates, steps of Adam, and steps of all rows."""
        return [self.updates, self._fit.steps, self._turns]

    @counters.setter
    def counters(self, held: list[int]) -> None:
        self.updates, self._fit.steps, self._turns = held

    def tables(self) -> dict[str, Any]:
        return {"weights": self.weights, "moments": self.moments, "counters": self.counters}


@dataclass(eq=False, kw_only=True)
class IQL(_TeamValues):
    """Independent Q-learning: each unit learns as if the others were weather.

        L = Σ_u (r + γ max_b Q̄_u(o'_u, b) − Q_u(o_u, a_u))²

    The whole reward is each unit's own. What the others learn moves the ground under it.

    Source: Tan, "Multi-Agent Reinforcement Learning: Independent vs. Cooperative Agents", ICML 1993; Tampuu et al.,
    "Multiagent Cooperation and Competition with Deep Reinforcement Learning", PLoS ONE 2017 (deep values).
    """

    def error(self, chosen: Tensor, beyond: Tensor, batch: dict[str, Tensor]) -> Tensor:
        off = (chosen - self.target(batch, beyond)) ** 2 * batch["lived"]
        return off.sum() / batch["lived"].sum().clamp(min=1)


@dataclass(eq=False, kw_only=True)
class VDN(_TeamValues):
    """Value decomposition: the value of what the team does is the sum of its units' values.

        L = (r + γ Σ_u max_b Q̄_u(o'_u, b) − Σ_u Q_u(o_u, a_u))²

    The sum is greatest where each unit does its best alone, so that one learns together and acts apart.

    Source: Sunehag, Lever, Gruslys, et al., "Value-Decomposition Networks For Cooperative Multi-Agent Learning", AAMAS
    2018, Equation 1.
    """

    def error(self, chosen: Tensor, beyond: Tensor, batch: dict[str, Tensor]) -> Tensor:
        return ((chosen.sum(1) - self.target(batch, beyond.sum(1))) ** 2).mean()


@dataclass(eq=False, kw_only=True)
class QMIX(_TeamValues):
    """QMIX: the value of what the team does rises in each unit's value, by a network that looks at the whole state.

        L = (r + γ Q̄(s', max_b Q̄_u(o'_u, b)) − Q(s, Q_u(o_u, a_u)))²,    ∂Q / ∂Q_u >= 0

    Holds more teams' values than a sum. The state is here what all units see together.

    Source: Rashid, Samvelyan, Schroeder de Witt, et al., "QMIX: Monotonic Value Function Factorisation for Deep
    Multi-Agent Reinforcement Learning", ICML 2018, Equations 4 to 6.

    Args:
        mixing_width: of the mixing network, >= 1.
    """

    mixing_width: int = 32

    def mixing(self, seed: int) -> nn.Module:
        if self.mixing_width < 1:
            raise BadOption(f"mixing_width={self.mixing_width!r}", where="QMIX", expected="at least 1")
        return Mixing(self.team, self.team * self.width, self.mixing_width, seed=seed)

    def error(self, chosen: Tensor, beyond: Tensor, batch: dict[str, Tensor]) -> Tensor:
        whole = self._net.mixing(chosen, batch["obs"].flatten(1).float())  # type: ignore[operator]
        with torch.no_grad():
            after = self._slow.mixing(beyond, batch["next_obs"].flatten(1).float())  # type: ignore[operator]
        return ((whole - self.target(batch, after)) ** 2).mean()
