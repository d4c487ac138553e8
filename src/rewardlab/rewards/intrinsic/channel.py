"""Channels: how much what is sent can tell of what arrives, and what a process lets actions tell of its states."""

import numpy as np

from rewardlab.core.errors import BadOption
from rewardlab.core.mdp import TabularMDP


def capacity(channel: np.ndarray, *, tolerance: float = 1e-6, iterations: int = 20_000) -> np.ndarray:
    """The largest mutual information of input and output, max_p I(X; Y), in bits.

    Blahut's and Arimoto's iteration, p ← p exp(D) / Z with D(x) = Σ_y W(y | x) log W(y | x) / q(y), which encloses the
    capacity between log Z and max D; it ends when they are within the tolerance.

    Args:
        channel: W [*lead, X, Y], rows that sum to 1.
        tolerance: bits between the answer, which is the lower bound, and the upper one.
        iterations: after which it ends in any case.

    Returns:
        [*lead] bits.
    """
    W = np.asarray(channel, dtype=np.float64)
    lead = W.shape[:-2]
    W = W.reshape(-1, *W.shape[-2:])
    entropy = -(W * np.log(np.where(W > 0, W, 1.0))).sum(-1)  # [B, X] of each row
    p = np.full(W.shape[:2], 1.0 / W.shape[1])
    found, live = np.zeros(len(W)), np.arange(len(W))
    for _ in range(iterations):
        q = np.einsum("bx,bxy->by", p[live], W[live])
        D = -entropy[live] - np.einsum("bxy,by->bx", W[live], np.log(np.where(q > 0, q, 1.0)))
        high = D.max(-1)
        weight = p[live] * np.exp(D - high[:, None])
        Z = weight.sum(-1)
        found[live] = (np.log(Z) + high) / np.log(2)
        p[live] = weight / Z[:, None]
        live = live[-np.log(Z) / np.log(2) > tolerance]
        if not len(live):
            break
    return np.maximum(found, 0.0).reshape(lead)


def empowerment(mdp: TabularMDP, horizon: int = 1, *, most: int = 50_000_000) -> np.ndarray:
    """How many bits the next `horizon` actions can tell of the state after them, from each state.

    Where every action sequence has one outcome, that is log2 of the number of states it can choose between. The
    actions are fixed at the start, as Klyubin's definition has it. States that end the episode have 0.

    Args:
        mdp: the process.
        horizon: n >= 1, actions.
        most: the largest table of outcomes S * A^n * S.

    Returns:
        [S] bits.

    Raises:
        BadOption: for a horizon below 1, or a larger table.
    """
    S, A = mdp.num_states, mdp.num_actions
    if isinstance(horizon, bool) or not isinstance(horizon, int) or horizon < 1:
        raise BadOption(f"horizon={horizon!r}", where="empowerment", expected="an integer >= 1")
    if S * A**horizon * S > most:
        raise BadOption(
            f"{S} states and {A}^{horizon} action sequences",
            where="empowerment",
            expected=f"a table of at most {most:,} outcomes",
            mend="a smaller horizon, or a larger `most`",
        )
    step = mdp.dense()[0]  # [S, A, S]
    reach = step
    for _ in range(horizon - 1):
        reach = np.einsum("sxm,man->sxan", reach, step, optimize=True).reshape(S, -1, S)
    return capacity(reach)
