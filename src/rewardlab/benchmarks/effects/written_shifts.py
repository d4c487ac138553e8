"""An implicit reward beside an explicit one, from the same comparisons, on pairs of other kinds.

    explicit   r = W h_end,    loss −log σ(r_w − r_l)
    implicit   r = β log π / π_ref,    π by DPO

A word has a meaning of four, and two spellings; both transformers have read both spellings, mixed, and compare answers
in the first. Worth is that of the meanings, and 2 more where a good word follows a bad one.

Source: Lin, Seto, ter Hoeve, et al., "On the Limited Generalization Capability of the Implicit Reward Model Induced by
Direct Preference Optimization", EMNLP Findings 2024, Section 3.
"""

from collections.abc import Mapping
from functools import cache, partial

import numpy as np
import torch
from torch import Tensor

from rewardlab.agents.direct_preference import dpo
from rewardlab.agents.loops import Comparison, PreferenceAgent, TokenPolicy
from rewardlab.agents.loops.tokens.heads import Heads
from rewardlab.benchmarks.effects.effect import Arm, Claim, Effect, Measured, each
from rewardlab.benchmarks.effects.written import World
from rewardlab.core.nets import Fit
from rewardlab.rewards import Pairs, evaluate_reward_model, implicit_reward

FIRST, SECOND = "abcd", "efgh"
WORTH = np.array([1.0, 0.0, 0.3, -1.0])
WORLD = World(tuple("123456"), ("abcdefgh",))
NEXT = np.array([[0.1, 0.5, 0.2, 0.2], [0.4, 0.1, 0.4, 0.1], [0.2, 0.2, 0.1, 0.5], [0.3, 0.3, 0.3, 0.1]])
SHIFTS = ("topics", "spelling", "mixed", "longer", "stronger")


def meant(count: int, low: int, high: int, rng: np.random.Generator) -> list[np.ndarray]:
    """Meanings of so many answers of low..high words, each word by the one before."""
    out = []
    for n in rng.integers(low, high + 1, count):
        row = [int(rng.integers(4))]
        while len(row) < n:
            row.append(int(rng.choice(4, p=NEXT[row[-1]])))
        out.append(np.array(row))
    return out


def worth(meaning: np.ndarray) -> float:
    """What an answer is worth."""
    return float(WORTH[meaning].sum() + 2 * ((meaning[:-1] == 3) & (meaning[1:] == 0)).any())


def spelt(meaning: np.ndarray, second: np.ndarray) -> str:
    """The text, in the second spelling where it is said."""
    return "".join((SECOND if s else FIRST)[m] for m, s in zip(meaning, second, strict=True))


def compared(kind: str, count: int, rng: np.random.Generator) -> list[tuple[str, str, str]]:
    """(topic, better, worse) of so many pairs; equals are left out."""
    low, high = (5, 8) if kind == "longer" else (2, 4)
    tries = 4 if kind == "stronger" else 1
    share = {"spelling": 1.0, "mixed": 0.5}.get(kind, 0.0)
    out = list[tuple[str, str, str]]()
    while len(out) < count:
        two = [max(meant(tries, low, high, rng), key=worth) for _ in range(2)]
        gap = worth(two[0]) - worth(two[1])
        if abs(gap) > 1e-9:
            texts = [spelt(m, rng.random(len(m)) < share) for m in (two if gap > 0 else two[::-1])]
            topic = rng.integers(4, 6) if kind == "topics" else rng.integers(4)
            out.append((WORLD.prompts[topic], texts[0], texts[1]))
    return out


def read(seed: int, *, count: int = 6000) -> TokenPolicy:
    """A transformer that has read both spellings in answers of all lengths."""
    rng, policy = np.random.default_rng([seed, 251]), WORLD.policy(seed)
    texts = [spelt(m, rng.random(len(m)) < 0.5) for m in meant(count, 2, 8, rng)]
    WORLD.imitate(policy, [WORLD.prompts[k % 6] for k in range(count)], texts, seed=seed)
    return policy


def rows(policy: TokenPolicy, pairs: list[tuple[str, str]]) -> tuple[Tensor, Tensor, Tensor]:
    """Tokens, the answer's own and the last of it, [N, T] each."""
    v, found = policy.vocabulary, []
    for asked, said in pairs:
        before = [*v.message("partner", asked), *v.begin()]
        found.append((before, v.spoken(said)))
    width = max(len(b) + len(s) for b, s in found)
    tokens, own, last = (torch.zeros(len(found), width, dtype=torch.int64) for _ in range(3))
    tokens += v.pad
    for k, (b, s) in enumerate(found):
        tokens[k, : len(b) + len(s)] = torch.tensor(b + s)
        own[k, len(b) : len(b) + len(s)] = 1
        last[k, len(b) + len(s) - 1] = 1
    return tokens, own.float(), last


@cache
def accuracies(
    seed: int, *, count: int = 1000, epochs: int = 6, tests: int = 1000
) -> Mapping[str, Mapping[str, float]]:
    """Explicit and implicit -> data set -> share of pairs that are ranked rightly."""
    reference, rng = read(seed), np.random.default_rng([seed, 252])
    pairs = compared("same", count, rng)
    sets = {kind: compared(kind, tests, rng) for kind in ("same", *SHIFTS)}
    judged = {k: Pairs([(t, w) for t, w, _ in p], [(t, l) for t, _, l in p]) for k, p in sets.items()}  # noqa: E741

    heads = Heads(reference.copy(), seed=seed)
    sides = [rows(reference, [(t, x[i]) for t, *x in pairs]) for i in (0, 1)]
    fit = Fit(heads, 1e-3, clip=1.0, weight_decay=0.0, name="explicit")
    for _ in range(epochs):
        for part in np.array_split(rng.permutation(count), -(-count // 32)):
            win, lose = (heads(tokens[part], last[part]).sum((-1, -2)) for tokens, _, last in sides)
            fit(torch.nn.functional.softplus(lose - win).mean())

    @torch.no_grad()
    def explicit(answers: list[tuple[str, str]]) -> np.ndarray:
        tokens, _, last = rows(reference, answers)
        return np.asarray(heads(tokens, last).sum((-1, -2)).numpy())

    policy = reference.copy()
    lessons = [Comparison(t, [w, l], [1.0, 0.0]) for t, w, l in pairs]  # noqa: E741
    agent = PreferenceAgent(
        lessons,
        policy,
        partial(dpo, beta=0.5),
        batch_size=32,
        learning_rate=3e-3,
        reference=reference,
        max_tokens=9,
        seed=seed,
    )
    agent.learn(epochs * count)

    def implicit(answers: list[tuple[str, str]]) -> np.ndarray:
        tokens, own, _ = rows(reference, answers)
        both = [p.logp(tokens, own).sum(-1).numpy() for p in (policy, reference)]
        return implicit_reward(*both, beta=0.5)

    return {"explicit": evaluate_reward_model(explicit, judged), "implicit": evaluate_reward_model(implicit, judged)}


def measured(seed: int, *, side: str) -> Measured:
    """In percent: on pairs of the same kind, on each shift, on their mean, and two points less than that."""
    found = {k: 100 * x for k, x in accuracies(seed)[side].items()}
    mean = float(np.mean([found[k] for k in SHIFTS]))
    return {
        **found,
        "shifted": mean,
        "clear": mean - 2 * (side == "explicit"),
        "near": found["same"] + 2 * (side == "implicit"),
    }


def effects() -> list[Effect]:
    """What is measured."""
    arms = [Arm(s, "", each(partial(measured, side=s)), 15.0) for s in ("explicit", "implicit")]
    claims = [
        Claim(
            "on pairs of the same kind the implicit one is at most two points behind", "near", "implicit", "explicit"
        ),
        Claim("on shifted pairs the explicit one is ahead", "shifted", "explicit", "implicit"),
        Claim("by two points", "clear", "explicit", "implicit"),
        *(Claim(f"it is ahead on another kind: {k}", k, "explicit", "implicit") for k in SHIFTS),
    ]
    about = (
        "1,000 comparisons of words in one spelling on four topics, six passes, a head beside DPO at 0.5, step sizes "
        "that ranked pairs of the same kind best with another seed; in percent"
    )
    return [Effect("written_shifts", about, arms, claims)]
