"""A policy that is steered while it writes: blocks of a running sum, of which the one of largest Q is kept.

    written  s_1 … s_8,    s_k = (t_(k−1), a_k, t_k),    t_k = t_(k−1) + a_k modulo 4, with a slip in one of ten
    kept     argmax over four continuations of Q(prefix) = cos(A h_last, G)

The policy has learned from solutions with slips, so it slips; the reward model has seen pairs of a right and a wrong
solution of the policy's own, never which step is wrong. Another goal, the mean end of wrong ones, steers the other way.

Source: Nath, Slack, Da, Ma, Zhang, Whitehead, Hendryx, "Learning Goal-Conditioned Representations for Language Reward
Models", NeurIPS 2024, Section 5 (steering).
"""

from collections.abc import Mapping
from functools import cache, partial

import numpy as np
import torch
from gymnasium import spaces

from rewardlab.agents.loops import Characters, TokenPolicy, tiny_llama, warm_up
from rewardlab.benchmarks.effects.effect import Arm, Claim, Effect, Measured, each
from rewardlab.core.batch import Transitions
from rewardlab.rewards import GoalContrast

MODULUS, LENGTH, SLIP, TRIES, BLOCK = 4, 8, 0.1, 4, 2
STEPS = "".join(map(chr, range(48, 48 + MODULUS**3)))  # a sign for each (total, addend, sum)
TOTALS = "pqrs"


def shown(count: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Where sums begin [count], and the steps [count, 8] that are written with slips, with which it goes on."""
    start = rng.integers(0, MODULUS, count)
    total, out = start, []
    for _ in range(LENGTH):
        addend = rng.integers(0, MODULUS, count)
        after = (total + addend + (rng.random(count) < SLIP) * rng.integers(1, MODULUS, count)) % MODULUS
        out.append((total * MODULUS + addend) * MODULUS + after)
        total = after
    return start, np.stack(out, -1)


def right(start: np.ndarray, steps: np.ndarray) -> np.ndarray:
    """[*] bool: every step of [*, 8] goes on from the one before and adds rightly."""
    total, addend, after = steps // MODULUS**2, steps // MODULUS % MODULUS, steps % MODULUS
    before = np.concatenate([start[..., None], after[..., :-1]], -1)
    return np.asarray(((total == before) & ((total + addend) % MODULUS == after)).all(-1))


def writer(seed: int, *, count: int = 2000, epochs: int = 8) -> TokenPolicy:
    """A policy that has imitated solutions with slips."""
    torch.set_num_threads(1)
    vocabulary = Characters(STEPS + TOTALS)
    policy = TokenPolicy(tiny_llama(vocabulary, width=48, layers=2, heads=4, context=24, seed=seed), vocabulary)
    dialogues = [
        [{"role": "partner", "content": TOTALS[a]}, {"role": "agent", "content": "".join(STEPS[k] for k in steps)}]
        for a, steps in zip(*shown(count, np.random.default_rng([seed, 71])), strict=True)
    ]
    warm_up(policy, dialogues, epochs=epochs, learning_rate=4e-3, batch_size=64, seed=seed)
    return policy


def items(steps: np.ndarray) -> Transitions:
    """Beginnings [*, t] as segments."""
    zero, no = np.zeros(steps.shape), np.zeros(steps.shape, dtype=bool)
    return Transitions(steps, np.zeros(steps.shape, dtype=np.int64), zero, steps, no, no)


def continued(policy: TokenPolicy, start: np.ndarray, written: np.ndarray, count: int, seed: int) -> np.ndarray:
    """So many more steps [n, t + count] after [n, t]; what is no step counts as the first sign."""
    v = policy.vocabulary
    first = v.spoken(STEPS[0])[0]
    contexts = [
        [*v.opening(), *v.message("partner", TOTALS[a]), *v.begin(), *(w + first).tolist()]
        for a, w in zip(start, written, strict=True)
    ]
    seeds = [(seed << 24) + (written.shape[1] << 16) + k for k in range(len(start))]
    made = policy.generate(contexts, max_tokens=count, seeds=seeds)
    more = made.tokens.numpy() - first
    more = np.pad(more, ((0, 0), (0, count - more.shape[1])))
    return np.concatenate([written, np.where((more >= 0) & (more < len(STEPS)), more, 0)], -1)


def solved(policy: TokenPolicy, count: int, seed: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Where sums begin, and what the policy writes."""
    start = rng.integers(0, MODULUS, count)
    return start, continued(policy, start, np.zeros((count, 0), dtype=np.int64), LENGTH, seed)


def taught(policy: TokenPolicy, seed: int, *, pairs: int = 400, epochs: int = 30) -> GoalContrast:
    """A model of pairs of a right and a wrong solution that the policy wrote."""
    rng = np.random.default_rng([seed, 72])
    start, written = solved(policy, 4 * pairs, seed + 1, rng)
    good, bad = (np.flatnonzero(right(start, written) == side) for side in (True, False))
    n = min(pairs, len(good), len(bad))
    first = rng.random(n) < 0.5
    pair = np.where(first[:, None], np.stack([good[:n], bad[:n]], 1), np.stack([bad[:n], good[:n]], 1))
    found = items(written).rows(pair)
    model = GoalContrast(
        observation_space=spaces.Discrete(MODULUS**3), action=False, hidden=48, projection=16, lr=3e-3, seed=seed
    )
    model.fit(found.paying(found.reward, label=first * 1.0), epochs=epochs)
    ends = model.ends(found)
    model.other = torch.where(torch.as_tensor(first)[:, None], ends[:, 1], ends[:, 0]).mean(0)  # type: ignore[attr-defined]
    return model


def steered(policy: TokenPolicy, model: GoalContrast, start: np.ndarray, seed: int) -> float:
    """The share of right solutions where after each block the best of some continuations is kept."""
    n = len(start)
    written, rows = np.zeros((n, 0), dtype=np.int64), np.arange(n)
    many = np.repeat(start, TRIES, 0)
    for _ in range(LENGTH // BLOCK):
        longer = continued(policy, many, np.repeat(written, TRIES, 0), BLOCK, seed).reshape(n, TRIES, -1)
        q = model.prefix_values(items(longer)).numpy()[..., -1]
        written = longer[rows, q.argmax(1)]
    return float(right(start, written).mean())


@cache
def both(seed: int, count: int = 300) -> Mapping[str, float]:
    """The share of right solutions: as it writes, steered to the goal, and to the ends of wrong ones."""
    policy, rng = writer(seed), np.random.default_rng([seed, 73])
    start, written = solved(policy, count, seed + 2, rng)
    model = taught(policy, seed)
    found = {"as it writes": float(right(start, written).mean()), "steered": steered(policy, model, start, seed + 3)}
    model.goal = model.other  # type: ignore[attr-defined]
    return {**found, "the other way": steered(policy, model, start, seed + 3)}


def measured(seed: int, *, side: str) -> Measured:
    """One of them."""
    return {"right": both(seed)[side]}


def effects() -> list[Effect]:
    """What is measured."""
    arms = [Arm(s, "", each(partial(measured, side=s)), 4.0) for s in ("as it writes", "steered", "the other way")]
    claims = [
        Claim("steering brings more right solutions", "right", "steered", "as it writes"),
        Claim("steering by the other goal brings fewer", "right", "the other way", "as it writes", higher=False),
    ]
    about = "running sums of eight steps by a tiny transformer that slips; four continuations of two steps, 400 pairs"
    return [Effect("token_waiting_steering", about, arms, claims)]
