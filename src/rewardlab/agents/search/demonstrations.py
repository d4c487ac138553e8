"""Skills from demonstrations: steps of the same kind are put together, and a rule is fitted to each kind.

    max_w Σ_i [ w · φ(a_i, i) − ln Σ_{a sensible} exp(w · φ(a, i)) ] − λ/2 |w|²

Kinds are clusters of situations; the fit is a conditional logit, which is concave. A skill is described by the
sub-task that the planner would give in most situations of its kind.
"""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from rewardlab.agents.loops.units import Field, read
from rewardlab.agents.search.planner import Propose, scripted, situations, words
from rewardlab.agents.search.skills import FEATURES, Skill, appraise
from rewardlab.core.errors import BadBatch, BadOption

LARGEST = 8.0  # of a skill's weights, as in those written by hand


def bootstrap(
    obs: np.ndarray,
    action: np.ndarray,
    field: Field,
    *,
    clusters: int = 5,
    penalty: float = 1.0,
    propose: Propose = scripted,
    seed: int = 0,
) -> tuple[Skill, ...]:
    """One skill for each kind of situation in a demonstration.

    Args:
        obs: [n, team, D] observations of a battle.
        action: [n, team] what was done.
        field: what is known of the rules.
        clusters: kinds, >= 1; fewer are returned where there are not so many different situations.
        penalty: λ > 0.
        propose: situations in words -> sub-tasks in words.
        seed: of the first centres.

    Raises:
        BadOption: for a number outside its range.
        BadBatch: for other shapes, or without a step of a living unit that did something sensible.
    """
    if clusters < 1:
        raise BadOption(f"clusters={clusters!r}", where="bootstrap", expected="at least 1")
    if not 0 < penalty < np.inf:
        raise BadOption(f"penalty={penalty!r}", where="bootstrap", expected="a positive number")
    if action.shape != obs.shape[:2] or action.shape[1:] != (field.team,):
        raise BadBatch(
            f"actions {list(action.shape)}, observations {list(obs.shape)}",
            where="bootstrap",
            expected="[n, team, ...]",
        )
    table = read(obs, field)
    phi, sense = appraise(table, field)
    done = action.reshape(-1)
    shown = np.flatnonzero(table.alive & sense[np.arange(len(done)), done] & (sense.sum(1) > 1))
    if not len(shown):
        raise BadBatch("no step that shows a choice", where="bootstrap", expected="living units and sensible actions")
    told = situations(table, field)[shown]
    kind = grouped(told, clusters, np.random.default_rng(seed))
    tasks = _tasks(told, propose)
    out: list[Skill] = []
    for k in np.unique(kind):
        rows = shown[kind == k]
        weights = fitted(phi[rows], sense[rows], done[rows], penalty=penalty)
        text = Counter(tasks[kind == k].tolist()).most_common(1)[0][0]
        scale = LARGEST / max(float(np.abs(weights).max()), 1e-9)
        out.append(Skill(f"demonstrated {len(out)}", text, tuple(weights * scale)))
    return tuple(out)


def _tasks(told: np.ndarray, propose: Propose) -> np.ndarray:
    """[n] sub-tasks for situations [n, 6]."""
    kinds, which = np.unique(told, axis=0, return_inverse=True)
    answers: Sequence[str] = propose([words(kind) for kind in kinds])
    return np.array(list(answers), dtype=object)[which.reshape(-1)]


def grouped(x: np.ndarray, k: int, rng: np.random.Generator, rounds: int = 50) -> np.ndarray:
    """Which of at most k clusters each row of x [n, D] is in: k-means on standardised columns."""
    z = (x - x.mean(0)) / np.maximum(x.std(0), 1e-9)
    different = np.unique(z, axis=0)
    centres = different[rng.permutation(len(different))[:k]]
    kind = np.zeros(len(z), dtype=np.int64)
    for _ in range(rounds):
        before, kind = kind, ((z[:, None] - centres) ** 2).sum(2).argmin(1)
        centres = np.stack([z[kind == j].mean(0) if (kind == j).any() else centres[j] for j in range(len(centres))])
        if (kind == before).all():
            break
    return kind


def fitted(phi: np.ndarray, sense: np.ndarray, done: np.ndarray, *, penalty: float) -> np.ndarray:
    """[12] the weights that make what was done [B] most likely, of sensible actions [B, A] with features [B, A, 12]."""
    from scipy.optimize import minimize

    row = np.arange(len(done))

    def loss(w: np.ndarray) -> tuple[float, np.ndarray]:
        score = np.where(sense, phi @ w, -np.inf)
        score = score - score.max(1, keepdims=True)
        chance = np.exp(score)
        whole = chance.sum(1, keepdims=True)
        expected = np.einsum("ba,bad->d", chance / whole, phi)
        value = (np.log(whole[:, 0]) - score[row, done]).sum() + penalty / 2 * (w @ w)
        return float(value), expected - phi[row, done].sum(0) + penalty * w

    return np.asarray(minimize(loss, np.zeros(len(FEATURES)), jac=True, method="L-BFGS-B").x)
