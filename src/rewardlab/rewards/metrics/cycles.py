"""Cycles that pay.

    g = max Σ_(s, a) x(s, a) R(s, a),    Σ_a x(s', a) = Σ_(s, a) P(s' | s, a) x(s, a),    Σ x = 1,    x ≥ 0

The best an agent can earn per step by never ending the episode: the cycle of the largest mean in a deterministic
process, the best recurrent class in a random one. Where g > 0 and the task means episodes to end, somebody will farm
it. No discount is applied: under a discount a negative potential pays a little for waiting, and takes it back at the
end, so shape with a potential that is not negative, or compare values, before blaming a small g.

Source: Karp, "A Characterization of the Minimum Cycle Mean in a Digraph", Discrete Mathematics 1978 (the cycle of the
largest mean); Puterman, "Markov Decision Processes: Discrete Stochastic Dynamic Programming", 1994 (the linear
program).
"""

from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.optimize import linprog

from rewardlab.core.mdp import TabularMDP
from rewardlab.rewards.metrics.tables import live


@dataclass(frozen=True)
class Cycle:
    """States that an agent can go round in.

    Attributes:
        states: in the order of the round; of a random process the recurrent class, by likely succession.
        actions: what is done in each.
        gain: the mean reward per step.
    """

    states: tuple[int, ...]
    actions: tuple[int, ...]
    gain: float


def paying_cycle(mdp: TabularMDP, *, tolerance: float = 1e-9) -> Cycle | None:
    """The cycle of the largest mean reward that can be reached, if it is positive.

    Args:
        mdp: the process with the reward in question; its discount does not count.
        tolerance: the gain, relative to the largest reward, up to which a cycle does not count as paying.
    """
    best = best_cycle(mdp)
    return best if best is not None and best.gain > tolerance * np.abs(mdp.R).max() else None


def best_cycle(mdp: TabularMDP) -> Cycle | None:
    """The cycle of the largest mean reward that can be reached, paying or not; None if every episode ends."""
    stays = _endless(mdp)
    pairs = np.flatnonzero(stays.ravel())
    if not len(pairs):
        return None
    states = np.flatnonzero(stays.any(1))
    place = np.full(mdp.num_states, -1)
    place[states] = np.arange(len(states))
    out = sparse.csr_array(
        (np.ones(len(pairs)), (place[pairs // mdp.num_actions], np.arange(len(pairs)))), shape=(len(states), len(pairs))
    )
    R = mdp.R.ravel()[pairs]
    found = linprog(
        -R / max(np.abs(R).max(), 1e-300),
        A_eq=sparse.vstack([out - mdp.P[pairs][:, states].T, np.ones((1, len(pairs)))], format="csr"),
        b_eq=np.concatenate([np.zeros(len(states)), [1.0]]),
        method="highs-ds",  # a corner: one action in each state
    )
    weight = np.zeros(mdp.num_states * mdp.num_actions)
    weight[pairs] = found.x
    return _round(mdp, weight.reshape(mdp.num_states, mdp.num_actions))


def _round(mdp: TabularMDP, weight: np.ndarray) -> Cycle:
    """The recurrent class of the most frequent pair, its gain solved anew."""
    policy = weight.argmax(1)
    first = int(weight.max(1).argmax())
    moves = mdp.P[np.arange(mdp.num_states) * mdp.num_actions + policy]
    ring, seen, waiting = list[int](), {first}, [first]
    state = first
    while waiting:
        waiting.remove(state)
        ring.append(state)
        part = slice(moves.indptr[state], moves.indptr[state + 1])
        after = moves.indices[part][np.argsort(-moves.data[part], kind="stable")]
        fresh = [int(s) for s in after if s not in seen]
        seen.update(fresh)
        waiting.extend(fresh)
        likely = [int(s) for s in after if int(s) in waiting]
        state = likely[0] if likely else waiting[0] if waiting else state
    inside = TabularMDP(
        sparse.csr_array(moves[ring][:, ring]), mdp.R[ring, policy[ring]][:, None], gamma=None, initial=0
    )
    gain = inside.evaluate(np.zeros(len(ring), dtype=int)).value
    return Cycle(tuple(ring), tuple(int(policy[s]) for s in ring), gain)


def _endless(mdp: TabularMDP) -> np.ndarray:
    """[S, A] bool: the actions, in states that can be reached, after which one can go on for ever."""
    alive = live(mdp)
    links = sparse.csr_array((np.ones(len(mdp.P.data)), mdp.P.indices, mdp.P.indptr), shape=mdp.P.shape)
    while True:
        leaves = (links @ (~alive).astype(float)).reshape(mdp.num_states, mdp.num_actions) > 0
        stays = ~leaves & alive[:, None]
        if (stays.any(1) == alive).all():
            return stays
        alive = stays.any(1)
