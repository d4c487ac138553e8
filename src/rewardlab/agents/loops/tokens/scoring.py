"""Log-probabilities of given tokens, with their gradient, in micro-batches.

    log π(y_t | y_<t)  and  H_t = −Σ_v π_v log π_v,    where the mask counts

Rows are sorted by length, so that little padding is computed. With `recompute` each micro-batch is computed once more
when the gradient is taken, and only its inputs are kept meanwhile.

Source: Chen, Xu, Zhang, Guestrin, "Training Deep Nets with Sublinear Memory Cost", 2016, Section 3 (recomputing).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from rewardlab.agents.loops.tokens.decoding import law


@dataclass(frozen=True)
class Filled:
    """Teacher-forced columns of tokens [*lead, T].

    Attributes:
        logp: float32 [*lead, T], 0 where the mask is 0.
        entropy: float32 [*lead, T] in nats, 0 where the mask is 0; without a gradient if none was asked for.
    """

    logp: Tensor
    entropy: Tensor


def score(
    model: Any,
    tokens: Tensor,
    mask: Tensor,
    window: Tensor | None = None,
    *,
    pad: int,
    banned: Sequence[int] = (),
    temperature: float = 1.0,
    micro_batch: int | None = None,
    recompute: bool = False,
    entropy_gradient: bool = False,
) -> Filled:
    """log π and entropy of the tokens that count.

    Args:
        model: a causal language model of transformers.
        tokens: int64 [*lead, T].
        mask: [*lead, T], not 0 on the tokens that count; the first of a window never does.
        window: int64 [*lead, T], not decreasing: a token sees those of its own window alone; −1 for padding.
        pad, banned, temperature: as in `decoding.sample`.
        micro_batch: sequences that go through the model together; None for all.
        recompute: keep no activations between the forward and the backward pass.
        entropy_gradient: entropies carry a gradient too, for about one more table of logits.
    """
    shape = tokens.shape
    flat, counts = tokens.reshape(-1, shape[-1]), (mask != 0).reshape(-1, shape[-1])
    pieces = _pieces(flat, counts, None if window is None else window.reshape(-1, shape[-1]))
    pieces.sort(key=lambda p: p[2] - p[1])
    size = micro_batch or max(1, len(pieces))
    zero = torch.zeros(flat.numel(), device=flat.device)
    where, logps, entropies = [], [zero[:0]], [zero[:0]]
    for at in range(0, len(pieces), size):
        ids, wanted, index = _batch(pieces[at : at + size], flat, counts, pad)

        def run(ids: Tensor, wanted: Tensor) -> tuple[Tensor, Tensor]:
            return _scored(model, ids, wanted, banned, temperature, entropy_gradient)

        if recompute and torch.is_grad_enabled():
            from torch.utils.checkpoint import checkpoint

            logp, entropy = checkpoint(run, ids, wanted, use_reentrant=False)
        else:
            logp, entropy = run(ids, wanted)
        where.append(index)
        logps.append(logp)
        entropies.append(entropy)
    index = torch.cat(where) if where else zero[:0].long()
    logp = zero.index_put((index,), torch.cat(logps))
    entropy = zero.index_put((index,), torch.cat(entropies))
    return Filled(logp.reshape(shape), entropy.reshape(shape))


def _pieces(tokens: Tensor, counts: Tensor, window: Tensor | None) -> list[tuple[int, int, int]]:
    """(row, begin, end) of what the model must read: each window up to its last token that counts."""
    found = []
    marks, rows = counts.tolist(), None if window is None else window.tolist()
    for i, mark in enumerate(marks):
        last: dict[int, int] = {}
        for t, m in enumerate(mark):
            if m:
                last[0 if rows is None else rows[i][t]] = t + 1
        for w, end in last.items():
            found.append((i, 0 if rows is None else rows[i].index(w), end))
    return found


def _batch(
    pieces: list[tuple[int, int, int]], tokens: Tensor, counts: Tensor, pad: int
) -> tuple[Tensor, Tensor, Tensor]:
    """Ids [b, L], padded at the right; which tokens count [b, L]; and where these stand in the flat [B·T] columns."""
    longest = max(end - begin for _, begin, end in pieces)
    ids = tokens.new_full((len(pieces), longest), pad)
    wanted = torch.zeros_like(ids, dtype=torch.bool)
    place = torch.zeros_like(ids)
    for k, (i, begin, end) in enumerate(pieces):
        ids[k, : end - begin] = tokens[i, begin:end]
        wanted[k, : end - begin] = counts[i, begin:end]
        place[k, : end - begin] = torch.arange(begin, end, device=ids.device) + i * tokens.shape[1]
    wanted[:, 0] = False
    return ids, wanted, place[wanted]


def _scored(
    model: Any, ids: Tensor, wanted: Tensor, banned: Sequence[int], temperature: float, entropy_gradient: bool
) -> tuple[Tensor, Tensor]:
    """log π and entropy [n] of the tokens that count, in the order of the mask."""
    first = int(wanted.any(0).nonzero()[0]) if bool(wanted.any()) else 1
    keep = ids.shape[1] - first
    # padding stands at the right, where a causal model does not look: no mask is needed
    out = model(input_ids=ids[:, :-1], use_cache=False, logits_to_keep=keep)
    chosen = wanted[:, first:]
    logp = law(out.logits[:, -keep:][chosen], temperature, banned)  # [n, V]
    with torch.set_grad_enabled(entropy_gradient and torch.is_grad_enabled()):
        p = logp.exp()
        # the infinite ones are replaced before the product: 0 times infinity would be the gradient behind it
        entropy = -(p * torch.where(p > 0, logp, 0.0)).sum(-1)
    return logp.gather(-1, ids[:, first:][chosen][:, None])[:, 0], entropy
