"""PageLLM: rewards of whole pages and of where their items stand.

    R(page) = R_page(page) + λ Σ_k η_k s(item_k),    both fitted to pairs: min_w Σ −log σ(w·(f(b) − f(w'))) + ρ|w|²/2

Learns two rewards from clicks alone: one of the page from pairs of a logged page and a spoilt copy of it (four
families), one of the items' places from pairs that differ by one swap. The first says what belongs together, the
second what comes first; the second is paid at the slot, the first at the end. An additive item reward cannot tell an
item from a duplicate of equal score; pairs in which the repetition always loses make the page reward overrate variety.
The features and λ are ours. Evidence: waits for a policy that writes pages.

Source: Wang, Wu, Fu, "Enhanced Whole Page Optimization via Mixed-Grained Reward Mechanism-Adapted Language Models",
arXiv 2506.09084, 2025.
"""

import numpy as np

from rewardlab.core.errors import BadBatch, BadOption


def less_relevant(page: np.ndarray, engaged: np.ndarray, rng: np.random.Generator, *, items: int) -> np.ndarray | None:
    """The page [L] with one engaged item replaced by a random one from outside; None if there is none of either.

    Args:
        page: [L] items, 0..items-1.
        engaged: [L] bool, the slots that were clicked.
        rng: draws the slot and the item.
        items: how many there are.
    """
    slots, outside = np.flatnonzero(engaged), np.setdiff1d(np.arange(items), page)
    return _replaced(page, rng.choice(slots), rng.choice(outside)) if len(slots) and len(outside) else None


def worse_ranked(page: np.ndarray, engaged: np.ndarray, rng: np.random.Generator) -> np.ndarray | None:
    """The page [L] with one engaged item moved below all that follow; None if none stands above the last slot."""
    slots = np.flatnonzero(np.asarray(engaged)[:-1])
    if not len(slots):
        return None
    slot = rng.choice(slots)
    return np.append(np.delete(page, slot), page[slot])


def less_diverse(page: np.ndarray, categories: np.ndarray, rng: np.random.Generator) -> np.ndarray | None:
    """The page [L] with one item replaced by one from outside that shares its category with another; None without one.

    Args:
        page: [L] items.
        categories: [items] the category of each item.
        rng: draws slot and item.
    """
    for slot in rng.permutation(len(page)):
        held = np.delete(categories[page], slot)
        if categories[page[slot]] in held:  # it is a repetition already
            continue
        outside = np.setdiff1d(np.flatnonzero(np.isin(categories, held)), page)
        if len(outside):
            return _replaced(page, slot, rng.choice(outside))
    return None


def redundant(page: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The page [L], L >= 2, with one item replaced by a copy of another."""
    slot, other = rng.choice(len(page), 2, replace=False)
    return _replaced(page, slot, page[other])


def swapped(page: np.ndarray, first: int, second: int) -> np.ndarray:
    """The page [L] with the items of two slots exchanged."""
    out = np.array(page)
    out[[first, second]] = out[[second, first]]
    return out


def page_features(pages: np.ndarray, categories: np.ndarray) -> np.ndarray:
    """What is on each page, wherever it stands: counts of items, then pairs of equal category and of equal item.

    Args:
        pages: [..., L] items.
        categories: [items].

    Returns:
        [..., items + 2].
    """
    counts = (pages[..., None] == np.arange(len(categories))).sum(-2)  # [..., items]
    return np.concatenate([counts, _pairs(categories[pages]), _pairs(pages)], axis=-1).astype(np.float64)


def item_features(pages: np.ndarray, items: int, *, eta: np.ndarray) -> np.ndarray:
    """The weight of the slot at which each item stands [..., items]: linear in the scores s of items.

    Args:
        pages: [..., L] items.
        items: how many there are.
        eta: [L] weights η of slots, decreasing.

    Raises:
        BadBatch: for another number of weights.
    """
    if np.shape(eta) != pages.shape[-1:]:
        raise BadBatch(
            f"eta {np.shape(eta)}", where="item_features", expected=f"[{pages.shape[-1]}], one for each slot"
        )
    return ((pages[..., None] == np.arange(items)) * np.asarray(eta)[:, None]).sum(-2)


def fit_pairs(better: np.ndarray, worse: np.ndarray, *, ridge: float = 1.0, steps: int = 50) -> np.ndarray:
    """Weights w [D] of the Bradley-Terry model of pairs, by Newton's method.

    Args:
        better, worse: [B, D] features of both sides of each pair.
        ridge: ρ > 0, the pull towards 0, which also makes the answer unique.
        steps: at most so many iterations.

    Raises:
        BadBatch: for sides of different shapes, or numbers that are not finite.
        BadOption: for a ridge that is not positive.
    """
    gap = np.asarray(better, dtype=np.float64) - np.asarray(worse, dtype=np.float64) if _alike(better, worse) else None
    if gap is None or gap.ndim != 2 or not np.isfinite(gap).all():
        raise BadBatch(f"{np.shape(better)} and {np.shape(worse)}", where="fit_pairs", expected="finite [B, D], both")
    if not ridge > 0:
        raise BadOption(f"ridge={ridge!r}", where="fit_pairs", expected="a number above 0")
    w, lost = np.zeros(gap.shape[1]), _loss(np.zeros(gap.shape[1]), gap, ridge)
    for _ in range(steps):
        wrong = 1.0 / (1.0 + np.exp(np.clip(gap @ w, -500, 500)))  # the chance given to the worse one
        slope = ridge * w - gap.T @ wrong
        step = np.linalg.solve(ridge * np.eye(len(w)) + (gap * (wrong * (1 - wrong))[:, None]).T @ gap, slope)
        size = 1.0
        while (new := _loss(w - size * step, gap, ridge)) > lost and size > 1e-6:
            size /= 2
        w, lost = w - size * step, new
        if np.abs(slope).max() < 1e-9 * max(1.0, len(gap)):
            break
    return w


def slot_pay(page_score: np.ndarray, slot_scores: np.ndarray, *, weight: float = 0.5) -> np.ndarray:
    """Pays [..., L] of the slots as they are filled: λ η_k s(item_k) at each, and R_page at the last.

    Args:
        page_score: [...] R_page.
        slot_scores: [..., L] η_k s(item_k).
        weight: λ; 0 pays the page alone.
    """
    pays = weight * np.asarray(slot_scores, dtype=np.float64)
    pays[..., -1] += page_score
    return pays


def _replaced(page: np.ndarray, slot: int, item: int) -> np.ndarray:
    out = np.array(page)
    out[slot] = item
    return out


def _pairs(values: np.ndarray) -> np.ndarray:
    """[..., 1]: how many pairs of slots hold the same value."""
    same = (values[..., :, None] == values[..., None, :]).sum((-2, -1))
    return ((same - values.shape[-1]) // 2)[..., None]


def _alike(a: np.ndarray, b: np.ndarray) -> bool:
    return np.shape(a) == np.shape(b)


def _loss(w: np.ndarray, gap: np.ndarray, ridge: float) -> float:
    return float(np.logaddexp(0.0, -(gap @ w)).sum() + 0.5 * ridge * (w @ w))
