"""Curation of comparisons: a few that people verified decide which others are asked about, kept or turned round.

    P(right | kept) = p Π_c q_c / (p Π_c q_c + (1 − p) Π_c (1 − q_c))    checkers that agree, each right with q_c
    k_i = k_max where the model is wrong on verified pair i,    round(k_max (1 − P_i)) where it is right with P_i

Stage 1 (`seed_rounds`): where a model errs on verified pairs, similar unverified ones are labelled by an annotator who
sees the nearest verified pair, and join its lessons. Stage 2 (`curate`): a wild pair stays if a model of the verified
pairs agrees with its label and so does the best model or the annotator; where all contradict it, it is turned round.
The laws hold for checkers whose mistakes are independent; a model that learned from the labels it checks is not.

Source: Liu, Zeng, Xiao, He, Liu, Wang, Yan, Shen, Zhang, Xu, Liu, Zhou, "Skywork-Reward-V2: Scaling Preference Data
Curation via Human-AI Synergy", arXiv 2507.01352, 2025, Section 3 (both stages; the rounding is ours).
"""

from collections.abc import Callable, Sequence

import numpy as np

from rewardlab.core.arrays import array
from rewardlab.core.batch import Transitions
from rewardlab.core.errors import BadBatch, BadOption
from rewardlab.rewards.preference.model import SegmentModel

Annotate = Callable[[Transitions, Transitions], np.ndarray]
"""Pairs [P, 2, T] and for each the nearest verified pair [P, 2, T] with its label -> labels [P] in {0, 1}."""
Embed = Callable[[Transitions], np.ndarray]
"""Pairs [P, 2, T] -> what they are about [P, D], of which the cosine says how similar two are."""


def kept_accuracy(right: float, checkers: Sequence[float]) -> float:
    """The share of right labels among those with which all independent checkers agree.

    Args:
        right: p, the share of right labels before.
        checkers: q_c, how often each checker is right.
    """
    good, bad = right * np.prod(checkers), (1 - right) * np.prod(1 - np.asarray(checkers))
    return float(good / (good + bad))


def recycled_accuracy(right: float, checkers: Sequence[float]) -> float:
    """The share of right labels after a turn, among those that all independent checkers contradict."""
    return kept_accuracy(1 - right, checkers)


def error_driven(probability: np.ndarray, label: np.ndarray, *, most: int = 8) -> np.ndarray:
    """How many pairs like each verified one are wanted: `most` where the model is wrong, fewer the surer it is right.

    Args:
        probability: [V], P(first better) by the model.
        label: [V] in {0, 1}, verified.
        most: k_max >= 1.

    Returns:
        [V] integers in 0 .. `most`.

    Raises:
        BadOption: for `most` below 1.
    """
    if most < 1:
        raise BadOption(f"most={most!r}", where="error_driven", expected="at least 1")
    of_label = np.where(np.asarray(label) > 0.5, probability, 1 - np.asarray(probability))
    return np.where(of_label > 0.5, np.floor(most * (1 - of_label) + 0.5), most).astype(np.int64)


def retrieve(queries: np.ndarray, pool: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Places in the pool of the `counts` [V] nearest of each query, by cosine; each place once, in order.

    Args:
        queries: [V, D].
        pool: [N, D].
        counts: [V], how many of each.
    """
    if not len(queries) or not len(pool):
        return np.zeros(0, dtype=np.int64)
    order = np.argsort(-_cosines(queries, pool), axis=-1, kind="stable")
    found = [row[:k] for row, k in zip(order, counts, strict=True)]
    return np.unique(np.concatenate(found)).astype(np.int64)


def seed_rounds(
    model: SegmentModel,
    gold: Transitions,
    validation: Transitions,
    pool: Transitions,
    *,
    annotate: Annotate,
    embed: Embed,
    iterations: int = 4,
    most: int = 8,
    votes: int = 4,
    epochs: int = 5,
) -> Transitions:
    """Stage 1: a model and its lessons grow where it errs.

    Args:
        model: fitted in each round, from where it stands; afterwards the best there is.
        gold: verified pairs that it learns from, with labels.
        validation: verified pairs that it is tested on, with labels.
        pool: pairs without labels that count.
        annotate: see `Annotate`; asked `votes` times, and a pair on which the votes are even is left out.
        embed: see `Embed`.
        iterations: rounds.
        most: k_max.
        votes: of each pair.
        epochs: of each round.

    Returns:
        The pairs of the pool that were annotated, [S, 2, T], with their labels.

    Raises:
        BadOption: for fewer than one iteration or vote.
    """
    if iterations < 1 or votes < 1:
        raise BadOption(f"iterations={iterations!r}, votes={votes!r}", where="seed_rounds", expected="at least 1")
    known, about, seen = embed(gold), embed(pool), embed(validation)
    truth = array(validation.column("label", by="seed_rounds"))
    left, silver = np.arange(len(pool)), pool.rows(slice(0, 0)).paying(pool.reward[:0], label=gold.info["label"][:0])
    for _ in range(iterations):
        model.fit(Transitions.concat([_only(gold), _only(silver)]), epochs=epochs)
        counts = error_driven(model.probabilities(validation).mean(0), truth, most=most)
        places = left[retrieve(seen, about[left], counts)]
        if not len(places):
            continue
        near = _cosines(about[places], known).argmax(-1)
        pairs = pool.rows(places)
        told = np.mean([annotate(pairs, gold.rows(near)) for _ in range(votes)], axis=0)
        kept = np.flatnonzero(told != 0.5)
        labels = (told[kept] > 0.5).astype(np.float64)
        fresh = pairs.rows(kept)
        silver = Transitions.concat([_only(silver), _only(fresh.paying(fresh.reward, label=labels))])
        left = np.setdiff1d(left, places)
    return silver


def curate(
    pairs: Transitions,
    *,
    best: np.ndarray,
    gold: np.ndarray,
    annotate: Callable[[Transitions], np.ndarray],
    confidence: float = 0.5,
) -> tuple[Transitions, Transitions]:
    """Stage 2: which wild pairs stay, and which are turned round.

    Args:
        pairs: [P, 2, T] with labels in {0, 1}.
        best: [P], P(first better) by the best model.
        gold: [P], the same by a model of verified pairs alone.
        annotate: pairs [n, 2, T] -> labels [n] in {0, 1}; asked only where the best model does not agree with more
            than `confidence`.
        confidence: in [0.5, 1).

    Returns:
        The pairs that stay, and those that all three contradict, with their labels turned round.

    Raises:
        BadOption: for a confidence outside [0.5, 1).
        BadBatch: if there is not one probability for each label.
    """
    if not 0.5 <= confidence < 1:
        raise BadOption(f"confidence={confidence!r}", where="curate", expected="0.5 <= confidence < 1")
    first = array(pairs.column("label", by="curate")) > 0.5
    for name, p in (("best", best), ("gold", gold)):
        if np.shape(p) != first.shape:
            raise BadBatch(f"{name} {np.shape(p)} of labels {first.shape}", where="curate", expected="[P]")
    agrees = np.where(first, best, 1 - np.asarray(best))
    sure = agrees > confidence
    doubtful = np.flatnonzero(~sure)
    annotated = sure.copy()  # where nobody was asked the best model has spoken
    if len(doubtful):
        annotated[doubtful] = (np.asarray(annotate(pairs.rows(doubtful))) > 0.5) == first[doubtful]
    by_gold = np.where(first, gold, 1 - np.asarray(gold)) > 0.5
    kept = by_gold & annotated
    turned = ~by_gold & ~annotated & (agrees < 0.5)
    again = pairs.rows(np.flatnonzero(turned))
    return pairs.rows(np.flatnonzero(kept)), again.paying(again.reward, label=1 - again.info["label"])


def _cosines(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """[A, B] of rows [A, D] and [B, D]."""
    unit = [x / np.maximum(np.linalg.norm(x, axis=-1, keepdims=True), 1e-12) for x in (a, b)]
    return np.asarray(unit[0] @ unit[1].T)


def _only(pairs: Transitions) -> Transitions:
    """The pairs with the columns that all lessons share."""
    kept = {k: v for k, v in pairs.info.items() if k in ("label", "mask")}
    return Transitions(pairs.obs, pairs.action, pairs.reward, pairs.next_obs, pairs.terminated, pairs.truncated, kept)
