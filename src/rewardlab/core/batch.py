"""What flows between the rooms: batches of steps, and groups of responses."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

import numpy as np

from rewardlab.core.arrays import Array, Tree, namespace, tree_concat, tree_leaves, tree_map, tree_stack
from rewardlab.core.errors import BadBatch, MissingColumn, nearest
from rewardlab.core.shown import shown_tree

ENV_ROW = "env_row"
"""The `info` column [B] that says which of a driver's rows each step is of, where steps of some rows are missing."""


@dataclass(frozen=True, repr=False)
class Transitions:
    """A batch of steps; the leading axes are any of [B], [T, N] or [P, G, T]. NumPy or torch, one kind per batch.

    `terminated` and `truncated` are never merged: a value exists beyond a truncation and none beyond a termination.

    Attributes:
        obs: [B, *obs], or a mapping of such arrays for Dict observations; text as object arrays.
        action: [B, *action].
        reward: [B], what the stage below paid.
        next_obs: [B, *obs], the true successor, never the first frame of the next episode.
        terminated: [B] bool, the world ended: no value beyond.
        truncated: [B] bool, only the recording ended.
        info: further columns [B, ...]: position, goal, success, stage, cost ...
    """

    obs: Tree  # [B, *obs]
    action: Tree  # [B, *action]
    reward: Array  # [B]
    next_obs: Tree  # [B, *obs]
    terminated: Array  # [B] bool
    truncated: Array  # [B] bool
    info: Mapping[str, Any] = field(default_factory=dict)  # [B, ...]

    @property
    def shape(self) -> tuple[int, ...]:
        """The leading axes, as the reward has them."""
        return tuple(self.reward.shape)

    @property
    def done(self) -> Array:
        """[B] bool: the episode ended here, for either reason."""
        return self.terminated | self.truncated

    def __len__(self) -> int:
        return int(self.reward.shape[0])

    def __repr__(self) -> str:
        return f"Transitions({', '.join(f'{f.name}: {shown_tree(getattr(self, f.name))}' for f in fields(self))})"

    def column(self, name: str, *, by: str = "a reward") -> Array:
        """The `info` column `name` [B, ...].

        Raises:
            MissingColumn: naming the column, who needs it and what there is.
        """
        try:
            return self.info[name]
        except KeyError:
            raise MissingColumn(
                f"no info column {name!r}",
                where=by,
                expected="a column of that name in every step's info",
                mend=nearest(name, self.info) if self.info else "this environment gives no info columns at all",
            ) from None

    def map(self, f: Callable[[Array], Array]) -> "Transitions":
        """`f` applied to every array."""
        return Transitions(**{k.name: tree_map(f, getattr(self, k.name)) for k in fields(self)})

    def rows(self, index: Any) -> "Transitions":
        """The steps at `index` of the first axis: a slice, a mask [B] or positions."""
        return self.map(lambda x: x[index])

    def paying(self, reward: Array, **columns: Any) -> "Transitions":
        """The same steps with another reward [B], and with further `info` columns."""
        return replace(self, reward=reward, info={**self.info, **columns} if columns else self.info)

    def check(self, *, where: str = "Transitions") -> "Transitions":
        """Itself, if all columns agree.

        Raises:
            BadBatch: if leading axes differ, or the flags are not boolean.
        """
        for name in ("terminated", "truncated"):
            flag = getattr(self, name)
            if "bool" not in str(flag.dtype):
                raise BadBatch(f"{name} has dtype {flag.dtype}", where=where, expected="bool", mend="cast it")
        for part in fields(self):
            for leaf in tree_leaves(getattr(self, part.name)):
                if tuple(leaf.shape[: len(self.shape)]) != self.shape:
                    raise BadBatch(
                        f"{part.name} has shape {tuple(leaf.shape)}",
                        where=where,
                        expected=f"leading axes {self.shape}, those of the reward",
                        mend="give every column one row per step",
                    )
        return self

    @staticmethod
    def stack(steps: list["Transitions"]) -> "Transitions":
        """T batches of [N] to one of [T, N]."""
        return Transitions(**{k.name: tree_stack([getattr(s, k.name) for s in steps]) for k in fields(Transitions)})

    @staticmethod
    def concat(parts: list["Transitions"]) -> "Transitions":
        """Batches joined along their first axis."""
        return Transitions(**{k.name: tree_concat([getattr(s, k.name) for s in parts]) for k in fields(Transitions)})


@dataclass(frozen=True, repr=False)
class Group:
    """P prompts, G responses each, T tokens: pairs are G = 2, lists G = K, sampled groups G = G, unpaired G = 1.

    A segment of control is a response whose tokens are steps; a diffusion sample is
    one whose tokens are denoising steps.

    Attributes:
        logp: [P, G, T] log π(token); the only field that carries a gradient.
        old_logp: [P, G, T] under the policy that sampled.
        ref_logp: [P, G, T] under the reference.
        mask: [P, G, T] 1 on the tokens (turns, steps) that count.
        reward: [P, G] score, rank or label: the larger the better.
        info: entropy [P, G, T], step_reward [P, G, T], margin, turn, cost ...
    """

    logp: Array  # [P, G, T]
    old_logp: Array  # [P, G, T]
    ref_logp: Array  # [P, G, T]
    mask: Array  # [P, G, T]
    reward: Array  # [P, G]
    info: Mapping[str, Array] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"Group({', '.join(f'{f.name}: {shown_tree(getattr(self, f.name))}' for f in fields(self))})"

    @property
    def h(self) -> Array:
        """Σ_t mask (log π − log π_ref), [P, G]: the implicit reward of a response, in units of 1/β."""
        # where, not a product, and before the difference: a padded token may hold -inf; 0 * inf and inf - inf are NaN
        xp = namespace(self.logp)
        counts, zero = self.mask != 0, xp.zeros_like(self.logp)
        return (xp.where(counts, self.logp, zero) - xp.where(counts, self.ref_logp, zero)).sum(-1)

    @property
    def length(self) -> Array:
        """[P, G]: how many tokens count."""
        return self.mask.sum(-1)

    @property
    def winner(self) -> Array:
        """[P]: the index of the response with the largest reward; the first of equals."""
        return self.reward.argmax(-1)

    @property
    def loser(self) -> Array:
        """[P]: the index of the response with the smallest reward; the last of equals, so that a tie has two sides."""
        xp = namespace(self.reward)
        return self.reward.shape[-1] - 1 - xp.flip(self.reward, axis=-1).argmin(-1)

    def pick(self, x: Array, index: Array) -> Array:
        """x [P, G, ...] at one response per prompt, index [P] -> [P, ...]."""
        if isinstance(x, np.ndarray):
            return x[np.arange(len(x)), index]
        import torch

        return x[torch.arange(len(x), device=x.device), index]
