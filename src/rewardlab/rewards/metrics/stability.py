"""Policy cliffs: how far a reward can change before another policy is the best.

    gap δ = min_s (V*(s) − the best value of an action that is not optimal)
    ‖r' − r‖∞ < (1 − γ) δ / 2  ⟹  π*(r') = π*(r),    if the best action is the only one everywhere
    ‖π_τ(r) − π_τ(r')‖₁ ≤ ‖r − r'‖∞ / (τ (1 − γ)),    π_τ = softmax(Q_τ / τ),    loss ≤ τ log A / (1 − γ)

Where several actions are best, the map from rewards to policies jumps: however small a term is, it decides. Entropy
makes the map continuous, at a price. A mixture of rewards acts through its effective reward, and its weights have
cliffs of their own. Evidence: `benchmarks.effects.written_proxies`, a small transformer with two right traces: 1 % more
for one of them makes it 0.99 of what is right, while a tie ends at one or the other. With an entropy of 0.1 four of
five seeds move the share by less than 0.1, and one collapses: undecided.

Source: Xu, "The Policy Cliff: A Theoretical Analysis of Reward-Policy Maps in Large Language Models", 2025 (the
constants are derived here); Haarnoja, Tang, Abbeel, Levine, "Reinforcement Learning with Deep Energy-Based Policies",
ICML 2017 (the soft optimum).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from rewardlab.core.errors import BadOption
from rewardlab.core.mdp import TabularMDP
from rewardlab.rewards.metrics.tables import best_actions, discounted, live, restricted, uniform


@dataclass(frozen=True)
class Stability:
    """How safe the best policy of a reward is.

    Attributes:
        optimal: [S, A] bool, the best actions.
        gap: δ, over the states where somebody acts; infinite if no action is worse than another.
        cliff: whether somewhere several actions are best, so that the smallest change decides.
        radius: changes of the reward below this leave the policy as it is; 0 on a cliff.
    """

    optimal: np.ndarray
    gap: float
    cliff: bool
    radius: float


def stability(mdp: TabularMDP, *, gamma: float | None = None, tolerance: float = 1e-9) -> Stability:
    """The stability of the process's own reward.

    Args:
        mdp: the process.
        gamma: the discount, the process's own if None.
        tolerance: values that differ by less than this share of the largest count as equal.

    Raises:
        BadOption: for a process without a discount.
    """
    mdp = discounted(mdp, gamma, where="stability")
    acts, optimal, Q = live(mdp), best_actions(mdp, tolerance), mdp.solve().Q
    behind = np.where(optimal, np.inf, Q.max(1, keepdims=True) - Q)[acts]
    gap = float(behind.min(initial=np.inf))
    cliff = bool((optimal[acts].sum(1) > 1).any())
    return Stability(optimal, gap, cliff, 0.0 if cliff else 0.5 * (1.0 - float(mdp.gamma or 0.0)) * gap)


def flip(mdp: TabularMDP, policy: np.ndarray, size: float, *, gamma: float | None = None) -> np.ndarray | None:
    """A change [S, A] of the reward, of sup norm `size`, after which an optimal `policy` [S] no longer is.

    It raises another best action where there is one; None if the policy stands on no cliff.
    """
    mdp = discounted(mdp, gamma, where="flip")
    others = best_actions(mdp) & (np.arange(mdp.num_actions) != np.asarray(policy)[:, None]) & live(mdp)[:, None]
    if not others.any():
        return None
    change = np.zeros(others.shape)
    change[tuple(np.argwhere(others)[0])] = size
    return change


def effective_reward(weights: np.ndarray, rewards: np.ndarray) -> np.ndarray:
    """What a learner on a mixture of K kinds of data optimises, [S, A]: Σ_k P(k | s) r_k(s, a).

    Args:
        weights: P(k | s) [S, K], or [K] if they are the same everywhere.
        rewards: [K, S, A].

    Raises:
        BadOption: for weights that are no distributions over the K rewards.
    """
    w, r = np.asarray(weights, dtype=float), np.asarray(rewards, dtype=float)
    w = np.broadcast_to(w, (r.shape[1], len(r))) if w.shape == (len(r),) else w
    if w.shape != (r.shape[1], len(r)) or not (w >= 0).all() or np.abs(w.sum(1) - 1.0).max() > 1e-8:
        raise BadOption(f"weights {w.shape}", where="effective_reward", expected=f"distributions over {len(r)} rewards")
    return np.einsum("sk,ksa->sa", w, r)


def switch_points(mdp: TabularMDP, first: Any, second: Any, *, gamma: float | None = None) -> np.ndarray:
    """The weights w in (0, 1), rising, at which the best policy of (1 − w) first + w second changes, exactly.

    The best return is the upper envelope of one line in w for each policy; its corners are the cliffs.
    """
    mdp = discounted(mdp, gamma, where="switch_points")
    tables = [mdp.with_reward(R) for R in (first, second)]

    def line(policy: np.ndarray) -> np.ndarray:
        return np.array([t.evaluate(policy).value for t in tables])

    def best(w: float) -> np.ndarray:
        return line(mdp.with_reward((1 - w) * tables[0].R + w * tables[1].R).solve().policy)

    def corners(a: np.ndarray, b: np.ndarray) -> list[float]:
        apart = a - b
        scale = np.abs([a, b]).max()
        if apart[0] <= 1e-10 * scale or -apart[1] <= 1e-10 * scale:
            return []
        w = float(apart[0] / (apart[0] - apart[1]))
        at, mix = best(w), np.array([1 - w, w])
        if mix @ at > mix @ a + 1e-10 * scale:
            return corners(a, at) + corners(at, b)
        return [w]

    # At the ends the other reward breaks ties: what is best just inside.
    ends = [line(_after(tables[0], tables[1])), line(_after(tables[1], tables[0]))]
    return np.array(corners(*ends))


def soft_policy(mdp: TabularMDP, tau: float, *, gamma: float | None = None) -> np.ndarray:
    """π_τ [S, A], the policy that is best with τ times its entropy added to the reward of each step.

    Raises:
        BadOption: for a tau that is not above 0.
    """
    if not 0.0 < tau < np.inf:
        raise BadOption(f"tau={tau!r}", where="soft_policy", expected="a number above 0", mend="tau=0.1")
    mdp = discounted(mdp, gamma, where="soft_policy")
    logp = np.log(uniform(mdp))
    for _ in range(1000):
        free = mdp.with_reward(mdp.R - tau * logp).evaluate(np.exp(logp))  # what is paid, and τ times the surprise
        Q = (free.Q + tau * logp) / tau  # Q holds the surprise of its own action, which is not part of the value
        top = Q.max(1, keepdims=True)
        after = Q - top - np.log(np.exp(Q - top).sum(1, keepdims=True))
        moved = np.abs(np.exp(after) - np.exp(logp)).max()
        logp = after
        if moved < 1e-14:
            break
    return np.exp(logp)


def cliff_index(
    mdp: TabularMDP, *, tau: float, size: float, directions: int = 500, seed: int = 0, gamma: float | None = None
) -> float:
    """max over tried changes of sup norm `size` of ‖π(r) − π(r + dr)‖₁ / size, over all states.

    Args:
        mdp: the process with the reward in question.
        tau: of π_τ; 0 for the best policy itself, whose ties are flipped.
        size: of the changes.
        directions: how many random corners of the cube are tried, beside the one that parts the actions of each state.
        seed: of those.
        gamma: the discount, the process's own if None.
    """
    mdp = discounted(mdp, gamma, where="cliff_index")
    acts, eye = live(mdp), np.eye(mdp.num_actions)

    def policy(R: np.ndarray) -> np.ndarray:
        paid = mdp.with_reward(R)
        return soft_policy(paid, tau)[acts] if tau > 0 else eye[paid.solve().policy][acts]

    before = policy(mdp.R)
    likes = mdp.solve().policy
    corner = np.random.default_rng(seed).choice([-size, size], (directions, *mdp.R.shape))
    one = np.eye(len(acts))[np.flatnonzero(acts)][:, :, None]  # one state at a time
    tried = [*corner, *(size * one * (1 - 2 * eye[likes]))]
    flipped = flip(mdp, likes, size) if tau == 0 else None
    tried += [] if flipped is None else [flipped]
    return max(float(np.abs(policy(mdp.R + dr) - before).sum(1).max()) for dr in tried) / size


def _after(first: TabularMDP, second: TabularMDP) -> np.ndarray:
    """The policy [S] that is best for the first reward, and among those for the second."""
    allowed = best_actions(first)
    choice = restricted(second, allowed).solve().policy
    return np.where(np.take_along_axis(allowed, choice[:, None], 1)[:, 0], choice, allowed.argmax(1))
