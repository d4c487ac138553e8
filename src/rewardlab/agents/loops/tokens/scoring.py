"""Log-probabilities of given tokens, with their gradient, in micro-batches.

    log π(y_t | y_<t)  and  H_t = −Σ_v π_v log π_v,    where the mask counts

Rows are sorted by length, so that little padding is computed. With `recompute` each micro-batch is computed once more
when the gradient is taken, and only its inputs are kept meanwhile.

Source: Chen, Xu, Zhang, Guestrin, "Training Deep Nets with Sublinear Memory Cost", 2016, Section 3 (recomputing).
"""

from collections.abc import Callable, Sequence
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
    first = torch.ones_like(tokens, dtype=torch.bool)
    first[..., 1:] = False if window is None else window[..., 1:] != window[..., :-1]

    def run(ids: Tensor, wanted: Tensor) -> tuple[Tensor, Tensor]:
        return _scored(model, ids, wanted, banned, temperature, entropy_gradient)

    logp, entropy = columns(
        run,
        tokens,
        (mask != 0) & ~first,
        window,
        widths=((), ()),
        pad=pad,
        micro_batch=micro_batch,
        recompute=recompute,
    )
    return Filled(logp, entropy)


def columns(
    run: Callable[[Tensor, Tensor], tuple[Tensor, ...]],
    tokens: Tensor,
    wanted: Tensor,
    window: Tensor | None = None,
    *,
    widths: Sequence[tuple[int, ...]],
    pad: int,
    micro_batch: int | None = None,
    recompute: bool = False,
) -> list[Tensor]:
    """What a model says of the wanted tokens: float32 [*lead, T, *width] each, 0 elsewhere.

    Args:
        run: ids [b, L] and bool [b, L], which of them are wanted -> [n, *width] of each of these, in their order.
        tokens: int64 [*lead, T].
        wanted: bool [*lead, T].
        window, pad, micro_batch, recompute: as in `score`.
        widths: of what `run` gives.
    """
    shape = tokens.shape
    flat, counts = tokens.reshape(-1, shape[-1]), wanted.reshape(-1, shape[-1])
    pieces = _pieces(flat, counts, None if window is None else window.reshape(-1, shape[-1]))
    pieces.sort(key=lambda p: p[2] - p[1])
    size = micro_batch or max(1, len(pieces))
    zeros = [torch.zeros((flat.numel(), *width), device=flat.device) for width in widths]
    where, found = list[Tensor](), list[tuple[Tensor, ...]]()
    for at in range(0, len(pieces), size):
        ids, here, index = _batch(pieces[at : at + size], flat, counts, pad)
        if recompute and torch.is_grad_enabled():
            from torch.utils.checkpoint import checkpoint

            said = checkpoint(run, ids, here, use_reentrant=False)
        else:
            said = run(ids, here)
        where.append(index)
        found.append(said)
    if not where:
        return [zero.reshape(*shape, *width) for zero, width in zip(zeros, widths, strict=True)]
    index = torch.cat(where)
    parts = zip(zeros, zip(*found, strict=True), widths, strict=True)
    return [zero.index_put((index,), torch.cat(part)).reshape(*shape, *width) for zero, part, width in parts]


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
    row, begin, end = torch.tensor(pieces, device=tokens.device).T[..., None]  # [b, 1] each
    at = begin + torch.arange(int((end - begin).max()), device=tokens.device)  # [b, L]
    inside = at < end
    place = row * tokens.shape[1] + torch.where(inside, at, begin)
    wanted = counts.reshape(-1)[place] & inside
    return torch.where(inside, tokens.reshape(-1)[place], pad), wanted, place[wanted]


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
