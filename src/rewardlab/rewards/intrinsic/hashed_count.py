"""Hashed counts: a count-based bonus by SimHash.

    b(s') = β / √n(φ(s')),    φ(s) = sgn(A g(s)) ∈ {−1, 1}^k,    A_ij ~ N(0, 1)

States that lie in nearly one direction get one code, so that states that are never met twice can be counted: few bits
join many states, many bits part nearly all. What has the same direction is one state whatever its length, so g should
centre what it is given (a constant as a further entry does it).

Source: Tang, Houthooft, Foote, Stooke, Chen, Duan, Schulman, De Turck, Abbeel, "#Exploration: A Study of Count-Based
Exploration for Deep Reinforcement Learning", NIPS 2017, Section 2.2 and Algorithm 1; Charikar, "Similarity Estimation
Techniques from Rounding Algorithms", STOC 2002, Section 3 (SimHash).
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
import torch
from gymnasium.spaces import Space

from rewardlab.core import nets
from rewardlab.core.arrays import Array, Tree, is_torch, tensor
from rewardlab.core.batch import Transitions
from rewardlab.core.checkpoint import check_keys
from rewardlab.core.errors import BadBatch, BadCheckpoint, BadOption
from rewardlab.core.reward import Reward
from rewardlab.core.visits import Counts


@dataclass(kw_only=True)
class HashedCount(Reward):
    """Pays β / √n of the code of the state that a step reached.

    Codes are counted by `update` alone; an unseen one pays β. An observation with NaN pays NaN and is not counted.

    Args:
        beta: what an unseen code pays. Ours: the paper's 0.01 is the weight beside its tasks.
        bits: k, length of the code, 1 .. 52. The paper's for continuous control.
        space: of the observations. Without it the first batch decides: integers [B] become random codes of 64 signs,
            all else is taken as numbers.
        seed: of A.
        key: g, observations [*lead, *obs] -> numbers [*lead, D]; it takes the place of `space`.
        most: the largest number of codes that are counted; beyond it new ones pay 0.

    Raises:
        BadOption: for bits outside 1 .. 52, or most < 1.
        BadBatch: from `update`, for an observation with NaN.
    """

    beta: float = 1.0
    bits: int = 32
    space: Space | None = None
    seed: int = 0
    key: Callable[[Tree], Tree] | None = None
    most: int = 1 << 20
    invariance: ClassVar[Literal["exact", "limit", "no"]] = "limit"

    def __post_init__(self) -> None:
        if isinstance(self.bits, bool) or not isinstance(self.bits, int) or not 1 <= self.bits <= 52:
            raise BadOption(f"bits={self.bits!r}", where="HashedCount", expected="an integer in 1 .. 52")
        self._encoder: nets.Encoder | None = None
        self._counts = Counts(self.most, where="HashedCount")
        if self.space is not None and self.key is None:
            self._build(nets.encoder(self.space))

    def _build(self, encoder: nets.Encoder) -> None:
        self._encoder = encoder
        drawn = np.random.default_rng(self.seed).normal(size=(encoder.width, self.bits))
        self._A = torch.from_numpy(drawn.astype(np.float32))  # [D, k]

    @torch.no_grad()
    def codes(self, obs: Tree, rows: tuple[int, ...]) -> np.ndarray:
        """φ of observations [*rows, *obs] as integers [B] in 1 .. 2^bits; 0 where there is a NaN."""
        shown = obs if self.key is None else self.key(obs)
        if self._encoder is None:
            self._build(nets.encoder_like(shown, rows))
        assert self._encoder is not None
        x = self._encoder(shown, rows).reshape(math.prod(rows), self._encoder.width)
        self._A = self._A.to(x.device)
        signs = (x @ self._A).cpu().numpy() >= 0  # [B, k]
        code: np.ndarray = signs @ (1 << np.arange(self.bits, dtype=np.int64)) + 1
        code[x.isnan().any(-1).cpu().numpy()] = 0
        return code

    def __call__(self, batch: Transitions) -> Array:
        code = self.codes(batch.next_obs, batch.shape)
        pay = self.beta / np.sqrt(self._counts.seen(code) + 1.0)
        pay = np.where(code == 0, np.nan, pay).reshape(batch.shape)
        return tensor(pay, like=batch.reward) if is_torch(batch.reward) else pay

    def update(self, batch: Transitions) -> dict[str, float]:
        if not math.prod(batch.shape):
            return {}
        code = self.codes(batch.next_obs, batch.shape)
        if not code.all():
            raise BadBatch(
                f"{int((code == 0).sum())} observations with NaN", where="HashedCount.update", expected="numbers"
            )
        self._counts.add(code)
        return {f"{self.name}/codes": float(len(self._counts))}

    def state_dict(self) -> dict[str, Any]:
        if self._encoder is None:
            return {}
        A = np.array(self._A.cpu().numpy())
        return {"encoder": self._encoder.state_dict(), "A": A, "counts": self._counts.state_dict()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        if not state:
            self.__post_init__()  # as it was before the first batch
            return
        check_keys(state, ("encoder", "A", "counts"), where="HashedCount")
        encoder, A = nets.Encoder.from_state(state["encoder"]), np.asarray(state["A"], dtype=np.float32)
        if A.shape != (encoder.width, self.bits):
            raise BadCheckpoint(
                f"A of shape {A.shape}", where="HashedCount", expected=f"[{encoder.width}, {self.bits}]"
            )
        self._counts.load_state_dict(state["counts"])
        self._encoder, self._A = encoder, torch.from_numpy(A.copy())
