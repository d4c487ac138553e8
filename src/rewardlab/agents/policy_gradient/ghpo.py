"""GHPO: where a whole group fails, the prompt is asked again with the beginning of a solution.

    if r_i ≤ 0 for all i:  q ← q + h[: round(ω |h|)],   ω = 1/4, 1/2, 3/4 until a response succeeds
    P(a group has a gradient | ω) = 1 − (1 − p_ω)^G − p_ω^G,    p_ω the chance of a success with so much shown

What is learned from the hinted group is GRPO's, with the prompt that was asked. Prompts that are solved now and then
are asked once, and cost nothing more. As the policy learns, less is shown: the curriculum runs from the end of the
solution to its beginning. At first (`warming`) half of it is shown wherever all fail. `loops.HintedAgent` plays it.

Source: Liu et al., "GHPO: Adaptive Guidance for Stable and Efficient LLM Reinforcement Learning", 2025, Section 3.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from rewardlab.agents.parts.checked import option
from rewardlab.core.arrays import Array, array, is_torch, namespace, tensor
from rewardlab.core.batch import Group

STAGES = (0.25, 0.5, 0.75)


def beginning(trace: Sequence[Any], share: float) -> Sequence[Any]:
    """The first round(ω |h|) pieces of a solution, 0 <= share <= 1."""
    option("share", share, 0 <= share <= 1, by="beginning", expected="a number in [0, 1]")
    return trace[: round(share * len(trace))]


def guided(
    ask: Callable[[np.ndarray, float], Group],
    prompts: int,
    *,
    stages: Sequence[float] = STAGES,
    warming: bool = False,
) -> tuple[Group, np.ndarray]:
    """A group of each prompt, hinted where it failed without; and how much of the solution each was shown, [P].

    Args:
        ask: (places [n] of prompts, ω) -> their responses, a group of n prompts; columns are the same each time.
        prompts: P.
        stages: ω, one after the other; the group of the last is kept where all of them fail.
        warming: half of the solution at once.

    Raises:
        BadOption: for a stage outside (0, 1].
    """
    for stage in stages:
        option("stages", stage, 0 < stage <= 1, by="guided", expected="numbers in (0, 1]")
    group, shown = ask(np.arange(prompts), 0.0), np.zeros(prompts)
    for stage in (0.5,) if warming else stages:
        failed = np.flatnonzero((array(group.reward) <= 0).all(-1))
        if not len(failed):
            break
        group, shown[failed] = put(group, failed, ask(failed, stage)), stage
    return group, shown


def put(group: Group, at: np.ndarray, by: Group) -> Group:
    """The group [P, G, T] in which the prompts `at` [n] are those of `by` [n, G, T']; the shorter one is padded."""
    columns = {k: _put(getattr(group, k), at, getattr(by, k)) for k in ("logp", "old_logp", "ref_logp", "mask")}
    info = {k: _put(x, at, by.info[k]) for k, x in group.info.items()}
    return replace(group, **columns, reward=_put(group.reward, at, by.reward), info=info)


def _put(x: Array, at: np.ndarray, y: Array) -> Array:
    """Rows `at` of x replaced by y; differences of their last axes are filled up with zeros."""
    xp, rows = namespace(x), tensor(at, device=x.device) if is_torch(x) else at
    if x.ndim > 2 and x.shape[-1] != y.shape[-1]:
        longest = max(x.shape[-1], y.shape[-1])
        x, y = (
            xp.concat([z, xp.zeros((*z.shape[:-1], longest - z.shape[-1]), dtype=z.dtype, device=z.device)], axis=-1)
            for z in (x, y)
        )
    out = x + xp.zeros_like(x)  # a copy that keeps the gradient
    out[rows] = y
    return out
