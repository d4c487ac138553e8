"""What the pulls of an episode have shown: how often each arm was pulled, and what it has paid on average."""

import numpy as np
from gymnasium import spaces

from rewardlab.core.arrays import Array
from rewardlab.core.rng import Streams
from rewardlab.envs.rules import State


def begin(rng: Streams, n: int, arms: int) -> State:
    """Of n episodes without a pull: `pulled` [n], `counts` [n, K], `totals` [n, K] and `shown` [n, 2 K]."""
    xp = rng.xp
    pulled = xp.zeros_like(rng.seed[:n])
    rows = xp.stack([pulled] * arms, axis=1)
    shown = xp.astype(xp.concat([rows, rows], axis=1), xp.float32)
    return {"pulled": pulled, "counts": rows, "totals": xp.astype(rows, xp.float64), "shown": shown}


def numbers(n: int, rng: Streams) -> Array:
    """[n] 0..n-1, where the streams draw."""
    return np.arange(n) if rng.device is None else rng.xp.arange(n, device=rng.device)


def note(state: State, action: Array, reward: Array, pulls: int, rng: Streams) -> State:
    """The same after one more pull of each row, in arrays of its own."""
    xp, k = rng.xp, state["counts"].shape[1]
    # Flat copies: a pull changes one entry of each, and two of what is shown.
    own = {key: xp.reshape(xp.asarray(state[key], copy=True), (-1,)) for key in ("counts", "totals", "shown")}
    row = numbers(len(action), rng)
    cell = row * k + action
    count, total = own["counts"][cell] + 1, own["totals"][cell] + reward
    own["counts"][cell], own["totals"][cell] = count, total
    own["shown"][cell + row * k] = xp.astype(count / pulls, xp.float32)
    own["shown"][cell + row * k + k] = xp.astype(total / count, xp.float32)
    after = {key: xp.reshape(value, (len(action), -1)) for key, value in own.items()}
    after["pulled"] = state["pulled"] + 1
    return after


def space(arms: int, low: float, high: float) -> spaces.Box:
    """The space of `shown`: shares of the pulls [K], then means within low..high [K]."""
    lowest = np.repeat([0.0, min(low, 0.0)], arms).astype(np.float32)
    return spaces.Box(lowest, np.repeat([1.0, high], arms).astype(np.float32), dtype=np.float32)


def lines(state: State, i: int, pulls: int, means: np.ndarray | None) -> str:
    """Row i in words; `means` [K] are told once the episode is over, for who plays must not know them before."""
    counts, totals = state["counts"][i], state["totals"][i]
    over = means is not None and int(state["pulled"][i]) == pulls
    said = []
    for k in range(len(counts)):
        n = int(counts[k])
        paid = f"paid {float(totals[k]) / n:.3f} each" if n else "not pulled yet"
        true = ""
        if means is not None and over:
            true = f", true mean {means[k]:.3f}{' (best)' if k == int(means.argmax()) else ''}"
        said.append(f"arm {k}: {n} {'pull' if n == 1 else 'pulls'}, {paid}{true}")
    return "\n".join([f"pull {int(state['pulled'][i])} of {pulls}", *said])
