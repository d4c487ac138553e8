"""EPIC (equivalent-policy invariant comparison).

    d(R₁, R₂) = √((1 − ρ(C(R₁), C(R₂))) / 2)
    C(R)(s, a, s') = R(s, a, s') + γ Ψ(s') − Ψ(s),    Ψ(s) = E[R(s, A, S') + γ Ψ(S')],    Ψ(terminal) = 0

How differently two rewards pay, up to shaping and positive factors, whatever the dynamics: A ~ D_A and S' ~ D_S are
drawn without asking whether the process allows it. A constant does not count where nothing ends. Without terminal
states C is the paper's R + E[γ R(s', A, S') − R(s, A, S') − γ R(S, A, S')]; with Ψ it is blind to the shaping of
episodes too. Rewards that agree on impossible transitions are near each other even if all policies are ordered the
other way round: see STARC.

Source: Gleave, Dennis, Legg, Russell, Leike, "Quantifying Differences in Reward Functions", ICLR 2021 (the canonically
shaped reward, the Pearson distance, and their estimate from two batches of samples).
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from rewardlab.core.arrays import Tree, array, tree_map
from rewardlab.core.batch import Transitions
from rewardlab.core.errors import BadBatch, BadOption
from rewardlab.core.mdp import TabularMDP
from rewardlab.rewards.metrics.tables import discounted, full, law, pearson

Paying = Callable[[Transitions], Any]
"""A reward without memory: steps [B] -> pay [B]."""

_ROWS = 200_000  # imagined steps that are paid at once, to bound the memory


def epic(
    mdp: TabularMDP,
    first: Any,
    second: Any,
    *,
    gamma: float | None = None,
    states: np.ndarray | None = None,
    actions: np.ndarray | None = None,
) -> float:
    """The EPIC distance in 0..1, exactly.

    Args:
        mdp: the process: its states, which of them are terminal, its discount; its transitions do not count.
        first, second: rewards [S, A, S], also of transitions that cannot happen; [S, A] pays alike for every successor.
            Expectations, or tables that hold 0 for what cannot happen, make harmless shaping look far (0.6 in random
            processes): give what the reward would pay.
        gamma: the discount, the process's own if None.
        states: D_S, of states and successors, [S]; uniform if None.
        actions: D_A [A]; uniform if None.

    Raises:
        BadOption: for wrong shapes, numbers that are not finite, distributions that are none, or a discount of 1
            without weight on terminal states.
    """
    mdp = discounted(mdp, gamma, where="epic")
    D, A = (
        law(states, mdp.num_states, where="epic", what="states"),
        law(actions, mdp.num_actions, where="epic", what="actions"),
    )
    begins = np.where(mdp.terminal, 0.0, D)
    onward = float(mdp.gamma or 0.0) * begins.sum()
    if begins.sum() <= 0 or onward >= 1.0:
        raise _endless("epic")
    weights = (begins / begins.sum())[:, None, None] * A[:, None] * D
    canonical, sizes = [], []
    for R in (full(mdp, R, where="epic") for R in (first, second)):
        mean = np.where(mdp.terminal, 0.0, np.einsum("sat,a,t->s", R, A, D))  # E[R(s, A, S')]
        ahead = float(begins @ mean) / (1.0 - onward)  # E[Ψ(S')]
        psi = np.where(mdp.terminal, 0.0, mean + float(mdp.gamma or 0.0) * ahead)
        canonical.append(R + float(mdp.gamma or 0.0) * psi - psi[:, None, None])
        sizes.append(max(np.abs(R).max(), np.abs(psi).max()))
    return pearson(canonical[0], canonical[1], weights, (sizes[0], sizes[1]))


def epic_sampled(batch: Transitions, first: Paying, second: Paying, *, samples: Transitions, gamma: float) -> float:
    """The EPIC distance in 0..1 from samples; it comes to `epic` as both batches grow.

    The samples are a process of their own, whose value Ψ is exact, so that shaping cancels whatever they are. That the
    successors are its places too is ours.

    Args:
        batch: steps [B] on which the rewards are compared, from the coverage distribution.
        first, second: rewards of NumPy batches; they are asked for B * M and M * M imagined steps.
        samples: M steps whose `action` are draws of D_A and whose `next_obs` are draws of D_S; `terminated` says which
            of these are terminal. Their `obs` do not count.
        gamma: the discount.

    Raises:
        BadBatch: for a pay of the wrong shape or that is not finite.
        BadOption: for a gamma outside [0, 1], or 1 without a terminal state among the samples.
    """
    if not 0.0 <= gamma <= 1.0:
        raise BadOption(f"gamma={gamma!r}", where="epic_sampled", expected="a number in [0, 1]")
    alive = 1.0 - float(array(samples.terminated).mean())
    if gamma * alive >= 1.0:
        raise _endless("epic_sampled")
    canonical, sizes = [], []
    for reward in (first, second):
        goes_on = ~array(samples.terminated)
        ahead = (goes_on * _means(reward, samples.next_obs, samples)).mean() / (1.0 - gamma * alive)
        before, after = (_means(reward, x, samples) + gamma * ahead for x in (batch.obs, batch.next_obs))
        pay = _paid(reward, batch)
        after = np.where(array(batch.terminated), 0.0, after)
        canonical.append(pay + gamma * after - before)
        sizes.append(max(np.abs(x).max(initial=0.0) for x in (pay, before, after)))
    return pearson(canonical[0], canonical[1], np.full(len(batch), 1.0 / len(batch)), (sizes[0], sizes[1]))


def _means(reward: Paying, places: Tree, samples: Transitions) -> np.ndarray:
    """E[R(x, A, S')] [B] for places x [B], over the samples."""
    M = len(samples)
    out: list[np.ndarray] = []
    sizes: list[int] = []
    tree_map(lambda x: sizes.append(len(x)), places)
    for begin in range(0, sizes[0], step := max(_ROWS // M, 1)):
        some = tree_map(lambda x, b=begin: array(x)[b : b + step], places)
        n = min(step, sizes[0] - begin)
        imagined = samples.rows(np.tile(np.arange(M), n))
        at = Transitions(
            obs=tree_map(lambda x: np.repeat(x, M, axis=0), some),
            action=imagined.action,
            reward=imagined.reward,
            next_obs=imagined.next_obs,
            terminated=imagined.terminated,
            truncated=imagined.truncated,
            info=imagined.info,
        )
        out.append(_paid(reward, at).reshape(n, M).mean(1))
    return np.concatenate(out)


def _paid(reward: Paying, batch: Transitions) -> np.ndarray:
    pay = np.asarray(array(reward(batch)), dtype=float)
    if pay.shape != batch.shape or not np.isfinite(pay).all():
        raise BadBatch(
            f"a pay of shape {pay.shape}" + ("" if pay.shape != batch.shape else " that is not finite"),
            where="epic_sampled",
            expected=f"finite numbers of shape {batch.shape}",
        )
    return pay


def _endless(where: str) -> BadOption:
    return BadOption(
        "an episode that is imagined for ever", where=where, expected="gamma < 1, or weight on terminal states"
    )
