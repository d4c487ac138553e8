"""The best text under weighted attributes, exactly.

    max_y w · a(y),    V_t(w, c) = max_{w'} V_{t−1}(w', c') + gain(w', w),    over texts of least..longest words

Dynamic programming over the last word where neighbours count, over the counts of classes where those count other than
linearly; where beginnings count, all texts are listed.

Source: Bellman, "Dynamic Programming", Princeton 1957; Viterbi, "Error Bounds for Convolutional Codes and an
Asymptotically Optimum Decoding Algorithm", IEEE Transactions on Information Theory 1967.
"""

import itertools

import numpy as np

from rewardlab.core.errors import BadOption
from rewardlab.envs.text.attributes import Meter, weighed

MOST = 4096


def count(meter: Meter, least: int) -> int:
    """How many texts of `least`..L words there are."""
    v = len(meter.lexicon.words)
    return sum(v**n for n in range(least, meter.longest + 1))


def every(meter: Meter, least: int) -> np.ndarray:
    """All texts [K, L] of `least`..L words, the short ones first, in the order of their words.

    Raises:
        BadOption: for more than 4096 of them.
    """
    if count(meter, least) > MOST:
        raise BadOption(
            f"{count(meter, least)} texts", where="every", expected=f"at most {MOST}", mend="fewer words, shorter texts"
        )
    out = np.full((count(meter, least), meter.longest), meter.none)
    at = 0
    for n in range(least, meter.longest + 1):
        for text in itertools.product(range(len(meter.lexicon.words)), repeat=n):
            out[at, :n] = text
            at += 1
    return out


def best(meter: Meter, weights: np.ndarray, topic: np.ndarray, least: int) -> tuple[float, np.ndarray]:
    """The largest w · a(y) for weights [A], and a text [L] that has it.

    Raises:
        BadOption: where neighbours and curved counts, or beginnings, meet too many texts to list.
    """
    weights = np.asarray(weights, dtype=np.float64)
    used = weights != 0
    paired = meter.paired is not None and bool((meter.paired * used).any())
    curved = [x for x in meter.curved if used[x[0]]]
    if any(used[k] for k in meter.prefixes) or (paired and curved) or len(curved) > 2:
        texts = every(meter, least)
        values = weighed(meter.measure(texts, topic), weights)
        return float(values.max()), texts[values.argmax()]
    lengths = np.arange(max(least, 1), meter.longest + 1)
    gain = gains(meter, weights, topic, lengths)
    if paired:
        value, text = _by_word(meter, weights, lengths, gain)
    else:
        value, text = _by_count(meter, weights, lengths, gain, curved)
    if least == 0:
        empty = np.full((1, meter.longest), meter.none)
        nothing = float(weighed(meter.measure(empty, topic), weights)[0])
        if nothing > value:
            return nothing, empty[0]
    return value, text


def gains(meter: Meter, weights: np.ndarray, topic: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """[N, V] what a word adds at any place of a text of each length."""
    v = len(meter.lexicon.words)
    fixed, shared = weights.copy(), np.zeros_like(weights)
    shared[meter.shares] = weights[meter.shares]
    fixed[meter.shares] = 0.0
    gain = (weighed(meter.counted[:v], fixed))[None] + (weighed(meter.counted[:v], shared))[None] / lengths[:, None]
    return gain + weights[meter.topics].sum() * topic[:v]


def _by_word(meter: Meter, weights: np.ndarray, lengths: np.ndarray, gain: np.ndarray) -> tuple[float, np.ndarray]:
    v = len(meter.lexicon.words)
    edges = weighed(meter.paired[:v, :v], weights)  # type: ignore[index]
    first, last, long = (
        weighed(meter.first[:v], weights),
        weighed(meter.last[:v], weights),
        weighed(meter.long, weights),
    )
    value = gain + first  # [N, V] best text so far that ends with this word
    before = []
    final = np.full((len(lengths), v), -np.inf)
    for t in range(1, meter.longest + 1):
        if t > 1:
            reached = value[:, :, None] + edges  # [N, before, V]
            before.append(reached.argmax(1))
            value = reached.max(1) + gain
        done = lengths == t
        final[done] = value[done] + last + long[t]
    row, word = np.unravel_index(final.argmax(), final.shape)
    text = np.full(meter.longest, meter.none)
    n = lengths[row]
    text[n - 1] = word
    for t in range(n - 1, 0, -1):
        text[t - 1] = before[t - 1][row, text[t]]
    return float(final[row, word]), text


def _by_count(
    meter: Meter,
    weights: np.ndarray,
    lengths: np.ndarray,
    gain: np.ndarray,
    curved: list[tuple[int, np.ndarray, np.ndarray]],
) -> tuple[float, np.ndarray]:
    v = len(meter.lexicon.words)
    members = np.array([x[1][:v] for x in curved]).reshape(len(curved), v)
    groups = sorted({tuple(int(m) for m in column) for column in members.T})  # words that count alike
    inside = [np.flatnonzero((np.array(g, dtype=bool) == members.T).all(1)) for g in groups]
    first, last, long = (
        weighed(meter.first[:v], weights),
        weighed(meter.last[:v], weights),
        weighed(meter.long, weights),
    )
    found = (-np.inf, np.full(meter.longest, meter.none))
    for row, n in enumerate(lengths):
        places = [gain[row]] * n
        places[0] = places[0] + first
        places[-1] = places[-1] + last
        value = np.full((n + 1,) * len(curved), -np.inf)
        value[(0,) * len(curved)] = 0.0
        choices = []
        for place in places:
            options = np.array(
                [shifted(value, g, -np.inf) + place[w].max() for g, w in zip(groups, inside, strict=True)]
            )
            choices.append(options.argmax(0))
            value = options.max(0)
        for axis, (k, _, worth) in enumerate(curved):
            shape = [1] * len(curved)
            shape[axis] = n + 1
            value = value + weights[k] * worth[: n + 1].reshape(shape)
        total = float(value.max()) + long[n]
        if total > found[0]:
            at = [int(c) for c in np.unravel_index(value.argmax(), value.shape)]
            text = np.full(meter.longest, meter.none)
            for t in range(n - 1, -1, -1):
                g = int(choices[t][tuple(at)])
                text[t] = inside[g][places[t][inside[g]].argmax()]
                at = [c - d for c, d in zip(at, groups[g], strict=True)]
            found = (total, text)
    return found


def shifted(value: np.ndarray, by: tuple[int, ...], empty: float) -> np.ndarray:
    """The array moved up by one along the axes where `by` is 1, and `empty` where nothing comes from."""
    for axis, d in enumerate(by):
        if d:
            value = np.roll(value, 1, axis)
            value[tuple(0 if a == axis else slice(None) for a in range(value.ndim))] = empty
    return value
