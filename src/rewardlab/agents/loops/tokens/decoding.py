"""Sampling of tokens: one loop over a model with a cache of keys and values.

    π(v | context) ∝ exp(z_v / temperature),    next = argmax_v (log π_v + g_v)

Rows are padded at the left, rows that have ended are taken out of the batch when they are the half of it. What a row
samples depends on its context and its own noise; on the rest of the batch, and on what was kept of its context, only by
the rounding of the model.

Source: Pope et al., "Efficiently Scaling Transformer Inference", MLSys 2023, Section 3 (the cache); Holtzman, Buys, Du,
Forbes, Choi, "The Curious Case of Neural Text Degeneration", ICLR 2020, Section 3.1 (the nucleus).
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from rewardlab.agents.loops.tokens import noise
from rewardlab.agents.loops.tokens.cache import Read, begun, taken


@dataclass(frozen=True)
class Sampled:
    """What a policy said after B contexts.

    Attributes:
        tokens: int64 [B, T], the end included; pad after it.
        mask: bool [B, T], which of them were sampled.
        logp: float32 [B, T], log π of each, 0 elsewhere; of the whole law, also where the nucleus alone was sampled.
        dropped: int64 [B], how many tokens of the context were cut from its left because they did not fit.
        read: [B], what the model has read now, where this was asked for and can be kept; else None.
    """

    tokens: Tensor
    mask: Tensor
    logp: Tensor
    dropped: Tensor
    read: list[Read | None]

    def rows(self) -> list[tuple[list[int], list[float]]]:
        """Tokens and their log-probabilities of each row, without padding."""
        counts = self.mask.sum(1).tolist()
        tokens, logp = self.tokens.tolist(), self.logp.tolist()
        return [(t[:n], p[:n]) for t, p, n in zip(tokens, logp, counts, strict=True)]


def law(logits: Tensor, temperature: float, banned: Sequence[int]) -> Tensor:
    """float32 [..., V]: log π of logits [..., V], −inf for ids that are never said; a temperature of 0 counts as 1."""
    scores = logits.float()
    if temperature not in (0, 1):
        scores = scores / temperature
    if len(banned):
        scores = scores.index_fill(-1, torch.tensor(list(banned), device=scores.device), float("-inf"))
    return torch.log_softmax(scores, -1)


def nucleus(logp: Tensor, top_p: float) -> Tensor:
    """logp [B, V] with −inf outside the smallest set of likeliest tokens whose probability reaches `top_p`."""
    ordered, index = logp.sort(dim=-1, descending=True, stable=True)
    before = ordered.exp().cumsum(-1) - ordered.exp()
    return logp.masked_fill(torch.zeros_like(logp, dtype=torch.bool).scatter(-1, index, before >= top_p), float("-inf"))


@torch.no_grad()
def sample(
    model: Any,
    contexts: Sequence[Sequence[int]],
    *,
    max_tokens: int,
    key: Tensor,
    place: Tensor,
    pad: int,
    ends: Collection[int],
    banned: Sequence[int] = (),
    temperature: float = 1.0,
    top_p: float = 1.0,
    read: list[Read | None] | None = None,
) -> Sampled:
    """Up to `max_tokens` tokens after each of B contexts, each ending after the first token of `ends`.

    Args:
        model: a causal language model of transformers.
        contexts: B lists of ids, none empty.
        key, place: int64 [B], which noise each row draws, and how many tokens it has drawn before.
        temperature: 0 takes the likeliest token.
        top_p: the probability of the nucleus that is sampled from.
        read: [B], what the model has read of each row before, or None for nothing; the list is emptied, so that its
            memory is free while tokens are sampled. None: nothing is kept.
    """
    device, rows = key.device, len(contexts)
    wanted_read, kept = read is not None, list[Read | None]([None] * rows)
    cache, ids, mask, each = _first(model, contexts, list(kept) if read is None else read, max_tokens, pad, device)
    tokens = torch.full((rows, max_tokens), pad, dtype=torch.int64, device=device)
    logps = torch.zeros((rows, max_tokens), device=device)
    said = torch.zeros((rows, max_tokens), dtype=torch.bool, device=device)
    stops = torch.tensor(sorted(ends), device=device)
    live = torch.arange(rows, device=device)  # which rows the batch still holds
    going = torch.ones(rows, dtype=torch.bool, device=device)  # those of them that have not ended
    position = mask.cumsum(1).sub_(1).clamp_(min=0)[:, -ids.shape[1] :]

    def keep(leaving: Tensor) -> None:  # of those rows of the batch
        each = live[leaving].tolist() if wanted_read else []
        heard = [[*contexts[row], *tokens[row].tolist()] for row in each]
        for row, held in zip(each, taken(cache, heard, leaving, mask) if each else (), strict=True):
            kept[row] = held

    for t in range(max_tokens):
        out = model(
            input_ids=ids,
            attention_mask=mask,
            position_ids=position,
            past_key_values=cache,
            use_cache=True,
            logits_to_keep=1,
        )
        logits = out.logits[:, -1]  # [b, V]
        if t == 0 and each is not None:
            cache.batch_select_indices(each)
            logits, mask, position = logits[each], mask[each], position[each]
        logp = law(logits, temperature, banned)
        wanted = logp if top_p >= 1 else nucleus(logp, top_p)
        if temperature > 0:
            wanted = wanted + noise.gumbel(key[live], place[live] + t, logp.shape[-1])
        chosen = wanted.argmax(-1)
        now = live[going]
        tokens[now, t] = chosen[going]
        logps[now, t] = logp.gather(-1, chosen[:, None])[going, 0]
        said[now, t] = True
        spoke, going = going, going & ~torch.isin(chosen, stops)
        left = int(going.sum())
        if left == 0 or t + 1 == max_tokens:
            keep(torch.arange(len(live), device=device))
            break
        position = position[:, -1:] + 1
        if left <= len(live) // 2:
            keep((~going).nonzero()[:, 0])
            stay = going.nonzero()[:, 0]
            cache.batch_select_indices(stay)
            live, chosen, mask, position = live[stay], chosen[stay], mask[stay], position[stay]
            spoke, going = spoke[stay], going[stay]
        ids = chosen[:, None]
        mask = torch.cat([mask, spoke[:, None].to(mask.dtype)], 1)  # what is read of rows that have ended is nothing
    width = max(1, int(said.sum(1).max())) if rows else 0
    none = torch.zeros(rows, dtype=torch.int64, device=device)
    return Sampled(tokens[:, :width], said[:, :width], logps[:, :width], none, kept)


def _first(
    model: Any, contexts: Sequence[Sequence[int]], read: list[Read | None], room: int, pad: int, device: Any
) -> tuple[Any, Tensor, Tensor, Tensor | None]:
    """The cache, what is new [b, L], and the mask of both [b, K + L]; and where contexts are equal, which row each is.

    Copies of a task begin alike: each is read once. `read` is emptied.
    """
    found: dict[tuple[int, ...], tuple[int, Read | None]] = {}
    for context, before in zip(map(tuple, contexts), read, strict=True):
        n = 0 if before is None else min(before.common(context), len(context) - 1)  # the last one gives the law
        if n > found.get(context, (-1, None))[0]:
            found[context] = (n, before)
    read.clear()
    counts = [n for n, _ in found.values()]
    if 4 * max(len(c) - n for c, n in zip(found, counts, strict=True)) > 3 * max(map(len, found)):
        counts = [0] * len(found)  # all are padded to one row that is new: nothing would be saved
    ids, mask = left_padded([c[n:] for c, n in zip(found, counts, strict=True)], pad, device)
    cache = begun(model.config, ids.shape[1] + room, [r for _, r in found.values()], counts)
    most = max(counts, default=0)
    known = torch.arange(most, device=device) >= most - torch.tensor(counts, device=device)[:, None]
    mask = torch.cat([known.to(mask.dtype), mask], 1)
    if len(found) == len(contexts):
        return cache, ids, mask, None
    place = {c: i for i, c in enumerate(found)}
    return cache, ids, mask, torch.tensor([place[tuple(c)] for c in contexts], device=device)


def left_padded(rows: Sequence[Sequence[int]], pad: int, device: Any) -> tuple[Tensor, Tensor]:
    """Ids and mask, int64 [B, L]: answers begin in one column."""
    longest = max((len(r) for r in rows), default=0)
    ids = [[pad] * (longest - len(r)) + list(r) for r in rows]
    mask = [[0] * (longest - len(r)) + [1] * len(r) for r in rows]
    return torch.tensor(ids, device=device), torch.tensor(mask, device=device)
