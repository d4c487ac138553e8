"""How a vector environment resets its ended rows: the mode that it declares, and what an episode showed last."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from gymnasium.vector import AutoresetMode, VectorEnv

from rewardlab.core.arrays import Tree, array, is_torch, tensor, tree_map
from rewardlab.core.errors import BadOption, FaultyEnvironment


def check_mode(envs: VectorEnv, where: str) -> AutoresetMode:
    """The autoreset mode, SAME_STEP or NEXT_STEP.

    Raises:
        BadOption: if it is DISABLED or undeclared: then nobody can say which rows are true transitions.
    """
    declared = envs.metadata.get("autoreset_mode")
    for mode in (AutoresetMode.SAME_STEP, AutoresetMode.NEXT_STEP):
        if declared in (mode, mode.value):
            return mode
    raise BadOption(
        "no declared autoreset mode" if declared is None else f"autoreset mode {declared!r}",
        where=where,
        expected='SAME_STEP or NEXT_STEP in metadata["autoreset_mode"]',
        mend='make the environment with autoreset_mode="SameStep"',
    )


def check_kept(envs: VectorEnv, where: str) -> None:
    """For those who compare an observation with the next one, and keep no copy.

    Raises:
        BadOption: if the environment writes each observation over the last: `metadata["overwrites"]`.
    """
    if envs.metadata.get("overwrites"):
        raise BadOption(
            "an environment that writes each observation over the last",
            where=where,
            expected="observations that stay what they were",
            mend="make the environment with copy=True",
        )


def reset_rows(options: Mapping[str, Any] | None, n: int) -> np.ndarray:
    """[N] bool: the rows that a reset with these options begins, as `options["reset_mask"]` says, or all."""
    mask = options.get("reset_mask") if options else None
    return np.ones(n, dtype=bool) if mask is None else np.array(array(mask), dtype=bool)


def last_obs(info: Mapping[str, Any], done: np.ndarray, like: Tree, where: str) -> Tree:
    """What the K rows of `done` [N] showed last, by `info["final_obs"]`: [K, *obs] in the kind of `like` [N, *obs].

    Raises:
        FaultyEnvironment: if the environment keeps it to itself.
    """
    rows = list(info["final_obs"][done]) if "final_obs" in info else [None]
    if any(r is None for r in rows):
        raise FaultyEnvironment(
            'rows ended without info["final_obs"]',
            where=where,
            expected="an object array [N] with the last observations of the ended rows",
            mend="declare NEXT_STEP if that is what the environment does",
        )
    return stacked(rows, like)


def stacked(rows: list[Any], like: Tree) -> Tree:
    """K single observations as one batch [K, *obs] in the kind of `like` [N, *obs]."""
    if isinstance(like, Mapping):
        return {k: stacked([r[k] for r in rows], v) for k, v in like.items()}
    if isinstance(like, tuple):
        return tuple(stacked([r[i] for r in rows], v) for i, v in enumerate(like))
    if is_torch(like):
        import torch

        return torch.stack([tensor(r, like=like) for r in rows]) if rows else like[:0]
    shape = (len(rows), *like.shape[1:])
    if rows and like.ndim > 1 and like.shape[1]:
        return np.concatenate(rows).astype(like.dtype, copy=False).reshape(shape)  # a tenth of the time of np.stack
    return np.array(rows, dtype=like.dtype).reshape(shape)


def replaced(tree: Tree, rows: Tree, done: np.ndarray) -> Tree:
    """A copy of `tree` [N, ...] with `rows` [K, ...] in the K places of `done` [N]."""

    def put(old: Any, new: Any) -> Any:
        out = old.clone() if is_torch(old) else old.copy()
        out[tensor(done, device=old.device) if is_torch(old) else done] = new
        return out

    return tree_map(put, tree, rows)
