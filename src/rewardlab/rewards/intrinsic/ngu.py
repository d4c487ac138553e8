"""Never Give Up (NGU).

    r_t = e_t · min(max(α_t, 1), L),    α_t = 1 + (b(s') − μ_b) / σ_b
    e_t = 1 / (√Σ_i K(d_i² / d_m²) + c), 0 if that root + c > s_max,    K(x) = ε / (max(x − ξ, 0) + ε)

An episodic bonus by the k nearest points of the running episode, raised up to L times where a lifelong bonus b is
above its mean. The first part sends an agent to all places again in each episode; the second fades with experience.
d_i are the distances to the k nearest embeddings of the episode, d_m² their running mean.

Source: Badia, Sprechmann, Vitvitskyi, Guo, Piot, Kapturowski, Tieleman, Arjovsky, Pritzel, Bolt, Blundell, "Never Give
Up: Learning Directed Exploration Strategies", ICLR 2020, Equations 1 to 3 and Algorithm 1.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from gymnasium.spaces import Space

from rewardlab.core import nets
from rewardlab.core.algebra import Composite
from rewardlab.core.arrays import Array, Tree, array, is_torch, tensor
from rewardlab.core.batch import Transitions
from rewardlab.core.checkpoint import check_keys
from rewardlab.core.errors import BadBatch, BadCheckpoint, BadOption
from rewardlab.core.reward import Reward
from rewardlab.core.statistics import RunningMoments
from rewardlab.rewards.intrinsic.embeddings import EpisodePoints


@dataclass
class NGU(Composite):
    """Pays what is far from all that the running episode has seen, the more the newer it is to the whole life.

    The episode's memory holds the embeddings of its states, that in which it began included. The mean d_m² is over the
    distances that `update` has taken in and those of the row's own episode since. An observation with NaN pays NaN and
    is not remembered.

    Args:
        bonus: b, a lifelong bonus such as RND(); None leaves the episodic part alone.
        space: of the observations, which are embedded as `core.nets.encoder` has them. Without it the first batch
            decides: integers [B] become random codes of 64 signs, all else is taken as numbers.
        embed: observations [N, *obs] -> embeddings [N, D], in place of `space`: a controllable-state network.
        k: neighbours, as all that follow the paper's.
        epsilon: ε > 0, sharpness of the kernel.
        cluster: ξ, the relative squared distance below which points are one.
        c: what keeps e_t finite, > 0.
        most_alike: s_max.
        limit: L >= 1.
        size: points that an episode remembers. Ours: the paper's 30,000 are too many for many rows.

    Raises:
        BadOption: for a bonus with episode memory, or a number outside its range.
        BadBatch: from `update`, for a bonus that is NaN or infinite.
    """

    bonus: Reward | None = None
    space: Space | None = None
    embed: Callable[[Tree], Array] | None = None
    k: int = 10
    epsilon: float = 1e-4
    cluster: float = 0.008
    c: float = 1e-3
    most_alike: float = 8.0
    limit: float = 5.0
    size: int = 1024
    memory: ClassVar[bool] = True  # type: ignore[misc]

    def __post_init__(self) -> None:
        if self.bonus is not None and self.bonus.memory:
            raise BadOption(f"{self.bonus!r} has episode memory", where="NGU", expected="a lifelong bonus: RND()")
        if self.k < 1 or not (self.epsilon > 0 and self.c > 0 and self.limit >= 1):
            raise BadOption(
                f"k={self.k!r}, epsilon={self.epsilon!r}, c={self.c!r}, limit={self.limit!r}",
                where="NGU",
                expected="k >= 1, epsilon > 0, c > 0 and limit >= 1",
            )
        self._encoder = None if self.space is None else nets.encoder(self.space)
        self._points = EpisodePoints(self.size, where="NGU")
        self._running = np.zeros((2, 2, 0))  # [2, 2, N] to be learned, last step; sum and number of squared distances
        self._ended = np.zeros(2)  # the same of episodes that ended since
        self._total = np.zeros(2)  # and of all that was learned from
        self._moments = RunningMoments()  # of b

    @property
    def learns(self) -> bool:
        return True

    def _embedded(self, obs: Tree, rows: tuple[int, ...]) -> np.ndarray:
        if self.embed is not None:
            return array(self.embed(obs)).reshape(*rows, -1)
        if self._encoder is None:
            self._encoder = nets.encoder_like(obs, rows)
        return array(self._encoder(obs, rows))

    def __call__(self, batch: Transitions) -> Array:
        pay = self._episodic(batch)
        if self.bonus is not None and self._moments.count:
            deviation = float(np.sqrt(array(self._moments.var)))
            if deviation > 0:
                above = (array(self.bonus(batch)) - float(self._moments.mean)) / deviation
                pay = pay * np.clip(1.0 + above, 1.0, self.limit)
        return tensor(pay, like=batch.reward) if is_torch(batch.reward) else pay

    def _episodic(self, batch: Transitions) -> np.ndarray:
        """e_t [N]; enters the states that were reached."""
        self._points.check(batch.shape)
        if self._running.shape[2] != len(batch):
            self._running = np.zeros((2, 2, len(batch)))
        first = np.flatnonzero(self._points.entered == 0)
        if len(first):
            self._enter(self._embedded(batch.obs, batch.shape)[first], first)
        x = self._embedded(batch.next_obs, batch.shape)
        square = self._points.nearest(x, self.k)  # [N, k]
        met = np.isfinite(square)
        now = np.stack([np.where(met, square, 0.0).sum(1), met.sum(1)])
        # The last step waits: a driver that resets rows by a step of their own asks for the pay of that step too.
        self._running = np.stack([self._running.sum(0), now])
        total, number = self._running.sum(0) + self._total[:, None]
        mean = total / np.maximum(number, 1.0)
        relative = np.where(met, square, 0.0) / np.where(mean > 0, mean, 1.0)[:, None]
        kernel = self.epsilon / (np.maximum(relative - self.cluster, 0.0) + self.epsilon)
        alike = np.sqrt(np.where(met, kernel, 0.0).sum(1)) + self.c
        self._enter(x, np.arange(len(x)))
        return np.where(np.isnan(x).any(1), np.nan, np.where(alike > self.most_alike, 0.0, 1.0 / alike))

    def _enter(self, x: np.ndarray, rows: np.ndarray) -> None:
        sound = ~np.isnan(x).any(1)
        self._points.enter(x[sound], rows[sound])

    def reset(self, begun: Array) -> None:
        super().reset(begun)
        self._points.reset(begun)
        mask = array(begun)
        if self._running.shape[2] == len(mask):
            self._ended = self._ended + self._running[0][:, mask].sum(1)
            self._running = np.where(mask, 0.0, self._running)
        else:
            self._running = np.zeros((2, 2, len(mask)))

    def update(self, batch: Transitions) -> dict[str, float]:
        logs = {}
        if self.bonus is not None:
            bonus = array(self.bonus(batch)).ravel()
            if not np.isfinite(bonus).all():
                raise BadBatch("the bonus is NaN or infinite", where="NGU.update", expected="finite numbers")
            self._moments.update(bonus.astype(np.float64))
            logs = self.bonus.update(batch)
        self._total = self._total + self._ended + self._running[0].sum(1)
        self._ended, self._running = np.zeros(2), self._running * np.array([0.0, 1.0])[:, None, None]
        return {**logs, "ngu/distance": float(self._total[0] / max(self._total[1], 1.0))}

    def state_dict(self) -> dict[str, Any]:
        return {
            "bonus": super().state_dict(),
            "encoder": {} if self._encoder is None else self._encoder.state_dict(),
            "episode": {**self._points.state_dict(), "running": self._running.copy()},
            "distances": {"total": self._total.copy(), "ended": self._ended.copy()},
            "moments": self._moments.state_dict(),
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        check_keys(state, ("bonus", "encoder", "episode", "distances", "moments"), where="NGU")
        check_keys(state["distances"], ("total", "ended"), where="NGU")
        if "running" not in state["episode"]:
            raise BadCheckpoint("an episode without its distances", where="NGU", expected="running [2, 2, N]")
        super().load_state_dict(state["bonus"])
        self._points.load_state_dict({k: v for k, v in state["episode"].items() if k != "running"})
        self._moments.load_state_dict(state["moments"])
        self._encoder = nets.Encoder.from_state(state["encoder"]) if state["encoder"] else None
        self._running = np.array(state["episode"]["running"], dtype=np.float64)
        self._total, self._ended = (np.array(state["distances"][k], dtype=np.float64) for k in ("total", "ended"))
