"""A table on which every shaper is tried: honest responses of known worth, and two per prompt that fool the proxy."""

import numpy as np

from rewardlab.core.batch import Transitions

PROMPTS, HONEST, HACKS = 100, 48, 2


def table(seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Proxy and true reward [P, K]: noise on honest ones, +8 against −2 on the last two."""
    rng = np.random.default_rng(seed)
    true = 1.5 * rng.normal(size=(PROMPTS, HONEST))
    proxy = true + 0.5 * rng.normal(size=true.shape)
    hacks = np.ones((PROMPTS, HACKS))
    return np.concatenate([proxy, 8.0 * hacks], axis=1), np.concatenate([true, -2.0 * hacks], axis=1)


def steps(proxy: np.ndarray, references: np.ndarray, **columns: np.ndarray) -> Transitions:
    """Every response [P, K] as a transition whose stage below paid the proxy; references [P, M] of each prompt."""
    P, K = proxy.shape
    ends = np.ones((P, K), dtype=bool)
    shown = np.broadcast_to(references[:, None], (P, K, references.shape[-1]))
    return Transitions(ends, ends, proxy, ends, ends, ~ends, {"references": shown, **columns})
