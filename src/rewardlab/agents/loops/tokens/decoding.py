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
    batch = _first(model, contexts, [None] * rows if read is None else read, max_tokens, pad, device)
    tokens = torch.full((rows, max_tokens), pad, dtype=torch.int64, device=device)
    logps = torch.zeros((rows, max_tokens), device=device)
    said = torch.zeros((rows, max_tokens), dtype=torch.bool, device=device)
    stops = torch.tensor(sorted(ends), device=device)
    kept: list[Read | None] = [None] * rows

    def keep(leaving: Tensor) -> None:  # of those rows of the batch
        if read is not None:
            each = batch.live[leaving].tolist()
            heard = [[*contexts[row], *tokens[row].tolist()] for row in each]
            for row, held in zip(each, taken(batch.cache, heard, leaving, batch.mask), strict=True):
                kept[row] = held

    for t in range(max_tokens):
        logp = law(batch.logits(model), temperature, banned)  # [b, V]
        wanted = logp if top_p >= 1 else nucleus(logp, top_p)
        if temperature > 0:
            wanted = wanted + noise.gumbel(key[batch.live], place[batch.live] + t, logp.shape[-1])
        chosen, going = wanted.argmax(-1), batch.going
        now = batch.live[going]
        tokens[now, t] = chosen[going]
        logps[now, t] = logp.gather(-1, chosen[:, None])[going, 0]
        said[now, t] = True
        on = going & ~torch.isin(chosen, stops)
        left = int(on.sum())
        if left == 0 or t + 1 == max_tokens:
            keep(torch.arange(len(chosen), device=device))
            break
        shrinks = left <= len(chosen) // 2
        if shrinks:
            keep((~on).nonzero()[:, 0])
        batch.say(chosen, on)
        if shrinks:
            batch.select(on.nonzero()[:, 0])
    width = max(1, int(said.sum(1).max())) if rows else 0
    none = torch.zeros(rows, dtype=torch.int64, device=device)
    return Sampled(tokens[:, :width], said[:, :width], logps[:, :width], none, kept)


@dataclass
class _Batch:
    """The b rows that are still read and written.

    Attributes:
        cache: keys and values of L tokens.
        ids: [b, l], what the model reads next; [b', l] at first, where rows that are equal stand once.
        mask: [b, L + l], which of all these count.
        position: [b, l], of each id in its row.
        each: [b], which of the first rows each row is; None where none are equal, or once they are apart.
        live: [b], which rows of the answer they are.
        going: bool [b], which have not ended.
    """

    cache: Any
    ids: Tensor
    mask: Tensor
    position: Tensor
    each: Tensor | None
    live: Tensor
    going: Tensor

    def logits(self, model: Any) -> Tensor:
        """[b, V] after the ids, which are read."""
        out = model(
            input_ids=self.ids,
            attention_mask=self.mask,
            position_ids=self.position,
            past_key_values=self.cache,
            use_cache=True,
            logits_to_keep=1,
        ).logits[:, -1]
        if self.each is None:
            return out  # type: ignore[no-any-return]
        each, self.each = self.each, None
        self.cache.batch_select_indices(each)
        self.mask, self.position = self.mask[each], self.position[each]
        return out[each]  # type: ignore[no-any-return]

    def say(self, chosen: Tensor, on: Tensor) -> None:
        """Read `chosen` [b] next, and end the rows that are not `on`; of those that had ended before nothing counts."""
        self.ids, self.position = chosen[:, None], self.position[:, -1:] + 1
        self.mask = torch.cat([self.mask, self.going[:, None].to(self.mask.dtype)], 1)
        self.going = on

    def select(self, rows: Tensor) -> None:
        """Go on with some rows alone."""
        self.cache.batch_select_indices(rows)
        for name in ("ids", "mask", "position", "live", "going"):
            setattr(self, name, getattr(self, name)[rows])


def _first(
    model: Any, contexts: Sequence[Sequence[int]], read: list[Read | None], room: int, pad: int, device: Any
) -> _Batch:
    """Contexts with what was read of them in the cache; copies of a task begin alike and stand once. Empties `read`."""
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
    position = mask.cumsum(1).sub_(1).clamp_(min=0)[:, -ids.shape[1] :]
    place = {c: i for i, c in enumerate(found)}
    twice = len(found) < len(contexts)
    each = torch.tensor([place[tuple(c)] for c in contexts], device=device) if twice else None
    live = torch.arange(len(contexts), device=device)
    return _Batch(cache, ids, mask, position, each, live, torch.ones_like(live, dtype=torch.bool))


def left_padded(rows: Sequence[Sequence[int]], pad: int, device: Any) -> tuple[Tensor, Tensor]:
    """Ids and mask, int64 [B, L]: answers begin in one column."""
    longest = max((len(r) for r in rows), default=0)
    ids = [[pad] * (longest - len(r)) + list(r) for r in rows]
    mask = [[0] * (longest - len(r)) + [1] * len(r) for r in rows]
    return torch.tensor(ids, device=device), torch.tensor(mask, device=device)
