"""Responses whose reward follows the prefix: comparisons within a tree against comparisons of independent responses.

    r(y) = Σ_t effect(y_1 … y_t),    effects independent and normal

Source: Qiu, Zeng, Ji, Yan, Wang, Zhou, Han, Dai, Pan, Yang, "Reward Generalization in RLHF: A Topological Perspective",
Findings of ACL 2025, Section 5 (tree against chain, best of n).
"""

from functools import partial

import numpy as np
import torch
from gymnasium import spaces

from rewardlab.benchmarks.effects.effect import Arm, Claim, Effect, Measured, each
from rewardlab.core.batch import Transitions
from rewardlab.core.reward import Reward
from rewardlab.rewards import BradleyTerry, InducedNetwork, PrefixLikeness, different_pairs, prefix_tree, vector_items

DEPTH, TOKENS, BEST_OF, CHOICES = 6, 4, 16, 400
LABELS = (30, 100)
MODELS = ("Gaussian", "network")


def effect_of(prefixes: np.ndarray, seed: int) -> np.ndarray:
    """Normal effects [N, D] of the prefixes of responses [N, D], the same for equal prefixes."""
    out = np.zeros(prefixes.shape)
    code = np.zeros(len(prefixes), dtype=np.int64)
    for t in range(prefixes.shape[1]):
        code = code * TOKENS + prefixes[:, t]
        table = np.random.default_rng([seed, t]).normal(size=TOKENS ** (t + 1))
        out[:, t] = table[code]
    return out


def gold(responses: np.ndarray, seed: int) -> np.ndarray:
    """r [N] of responses [N, D]."""
    return np.asarray(effect_of(responses, seed).sum(1))


def fitted(seed: int, *, tree: bool, labels: int, model: str) -> tuple[Reward, np.ndarray]:
    """A model of pairs of one kind with logistic labels, and the leaves of the tree [64, D]."""
    rng = np.random.default_rng([seed, 10])
    leaves = prefix_tree(depth=DEPTH, vocabulary=TOKENS, seed=seed)
    pair = (
        leaves[different_pairs(len(leaves), pairs=labels, seed=seed)]
        if tree
        else rng.integers(0, TOKENS, (labels, 2, DEPTH))
    )
    worth = gold(pair.reshape(-1, DEPTH), seed).reshape(labels, 2)
    label = (rng.random(labels) < 1 / (1 + np.exp(worth[:, 1] - worth[:, 0]))) * 1.0
    items = vector_items(pair, label=label)
    if model == "Gaussian":
        taught: InducedNetwork | BradleyTerry = InducedNetwork(prior=PrefixLikeness())
        taught.fit(items)
        return taught, leaves
    space = spaces.MultiDiscrete([TOKENS] * DEPTH)
    taught = BradleyTerry(observation_space=space, action=False, error=0.0, seed=seed)
    taught.fit(items, epochs=30)
    return taught, leaves


def scores(taught: Reward, responses: np.ndarray) -> np.ndarray:
    """What a model thinks of responses [*, D]."""
    flat = responses.reshape(-1, DEPTH)
    zero = np.zeros(len(flat))
    steps = Transitions(flat, np.zeros((len(flat), 0)), zero, flat, zero == 0, zero != 0)
    return np.asarray(taught(steps)).reshape(responses.shape[:-1])


def measured(seed: int, *, tree: bool, labels: int, model: str) -> Measured:
    """Accuracy on pairs of leaves of the tree and of fresh responses, and wins of the best of some over the other side.

    The other side is the same model with the other kind of data; the wins of the two sum to 1.
    """
    torch.set_num_threads(1)
    (mine, leaves), (theirs, _) = (fitted(seed, tree=t, labels=labels, model=model) for t in (tree, not tree))
    rng = np.random.default_rng([seed, 20])
    found = {}
    pools = {"tree": leaves, "fresh": rng.integers(0, TOKENS, (2000, DEPTH))}
    for name, pool in pools.items():
        pair = pool[different_pairs(len(pool), pairs=2000, seed=seed + 1)]
        truth, said = (f.reshape(-1, 2) for f in (gold(pair.reshape(-1, DEPTH), seed), scores(mine, pair)))
        found[f"{name}_accuracy"] = float(((said[:, 0] > said[:, 1]) == (truth[:, 0] > truth[:, 1])).mean())
        choice = pool[rng.integers(0, len(pool), (CHOICES, BEST_OF))]
        best = [gold(choice[np.arange(CHOICES), scores(m, choice).argmax(1)], seed) for m in (mine, theirs)]
        found[f"{name}_wins"] = float((best[0] > best[1]).mean() + 0.5 * (best[0] == best[1]).mean())
    return found


def effects() -> list[Effect]:
    """Trees and chains with as many labels."""
    return [_effect(model) for model in MODELS]


def _effect(model: str) -> Effect:
    arms = [
        Arm(
            f"{name}, {n} labels",
            "as it is",
            each(partial(measured, tree=tree, labels=n, model=model)),
            1.0,
        )
        for n in LABELS
        for name, tree in (("tree", True), ("chain", False))
    ]
    claims = []
    for n in LABELS:
        tree, chain = (f"{name}, {n} labels" for name in ("tree", "chain"))
        claims += [
            Claim(f"{n} labels: on leaves of the tree it tells the better more often", "tree_accuracy", tree, chain),
            Claim(f"{n} labels: the best of {BEST_OF} leaves wins 55 to 45", "tree_wins", tree, chain, True, 55 / 45),
            Claim(f"{n} labels: on fresh responses no less than 5 % below", "fresh_accuracy", tree, chain, True, 0.95),
        ]
    about = (
        f"responses of {DEPTH} of {TOKENS} tokens, rewards that follow the prefix, logistic labels; the tree has two "
        f"children of each prefix; a {model} model"
    )
    return Effect(f"preference_structure_tree_{model.lower()}", about, arms, claims)
