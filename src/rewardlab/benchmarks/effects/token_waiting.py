"""Rewards that were waiting for a policy that writes: reactions of users, and named features of a summary.

    love       P(love) = σ(−4 + 1.2 q + 1.5 c),  truth = q − 0.3 c²;  a tiny transformer writes six tokens
    opinions   gold = w · features(reviews, summary) + an interaction;  it writes a summary of eight reviews

Both policies imitate the reference first and are then paid by a learned reward less what it costs to leave the
reference. All 4,096 answers of six tokens are scored, so that rates of love and truth are sums, and the distance from
the best policy, π_ref exp(R / β), is exact.

Source: Han, Chen, Sankararaman, et al., "Reinforcement Learning from User Feedback", 2025 (what love alone does); Nath,
Siledar, Muddu, et al., "Leveraging Domain Knowledge for Efficient Reward Modelling in RLHF: A Case-Study in E-Commerce
Opinion Summarization", 2024 (a policy paid by seven features).
"""

from functools import cache, partial
from typing import Any

import gymnasium as gym
import numpy as np
import torch
from gymnasium import spaces

from rewardlab.agents.loops import Characters, SequenceAgent, TokenPolicy, tiny_llama, warm_up
from rewardlab.agents.policy_gradient import rloo
from rewardlab.benchmarks.effects import preference_people_opinions as opinions
from rewardlab.benchmarks.effects import preference_people_reactions as love
from rewardlab.benchmarks.effects.effect import Arm, Claim, Effect, Measured, each
from rewardlab.core.batch import Transitions
from rewardlab.core.responses import expected, tilted

LETTERS, FACTS = "pgcu", "abcdefghij"
WRITTEN = ["".join(LETTERS[k] for k in row) for row in love.SEQUENCES]
BETA = 1.0


class Asked(gym.Env):
    """One question, one answer; somebody else pays."""

    def __init__(self, vocabulary: str, longest: int, kind: str) -> None:
        self.kind = kind
        self.observation_space = spaces.Text(32, min_length=0, charset=vocabulary)
        self.action_space = spaces.Text(longest, min_length=0, charset=vocabulary)

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[str, dict[str, Any]]:
        asked = "?" if self.kind == "love" else _letters(opinions.reviews(1, np.random.default_rng(seed))[0])
        return asked, {"reply": asked}

    def step(self, action: str) -> tuple[str, float, bool, bool, dict[str, Any]]:
        return "", 0.0, True, False, {"reply": ""}


def _letters(facts: np.ndarray) -> str:
    return "".join(FACTS[k] for k in facts)


def _shown(asked: str, said: str) -> list[dict[str, str]]:
    return [{"role": "partner", "content": asked}, {"role": "agent", "content": said}]


# -- love ------------------------------------------------------------------------------------------------------------


def law(policy: TokenPolicy) -> np.ndarray:
    """π [4096] of all answers of six tokens, among these."""
    v = policy.vocabulary
    prompt = [*v.opening(), *v.message("partner", "?"), *v.begin()]
    rows = [prompt + v.spoken(text) for text in WRITTEN]
    tokens = torch.tensor(rows)
    mask = (torch.arange(tokens.shape[1]) >= len(prompt)).float().expand(tokens.shape)
    logp = policy.logp(tokens, mask, micro_batch=1024).double().sum(-1).numpy()
    p = np.exp(logp)
    return np.asarray(p / p.sum())


def loving(seed: int, *, weight: float, helpful: float, iterations: int = 60, shown: int = 4000) -> Measured:
    """What a writing policy becomes that is paid for helpfulness and love, beside the best one and its reference."""
    torch.set_num_threads(1)
    rng, vocabulary = np.random.default_rng([seed, 61]), Characters("?" + LETTERS)
    policy = TokenPolicy(tiny_llama(vocabulary, width=32, layers=2, heads=2, context=16, seed=seed), vocabulary)
    drawn = rng.choice(len(WRITTEN), shown, p=love.REFERENCE)
    warm_up(policy, [_shown("?", WRITTEN[k]) for k in drawn], epochs=3, learning_rate=3e-3, batch_size=64, seed=seed)
    reward = love.mixed(love.chances(love.fitted(seed)), weight, helpful=helpful)
    paid, least = dict(zip(WRITTEN, reward, strict=True)), float(reward.min()) - 1.0

    def pay(rollouts: Any) -> np.ndarray:
        said = [[m[-2]["content"] for m in group] for group in rollouts.messages]
        return np.array([[paid.get(text, least) for text in row] for row in said])

    reference = law(policy)
    agent = SequenceAgent(
        partial(Asked, "?" + LETTERS, 7, "love"),
        policy,
        partial(rloo, beta=BETA),
        groups=1,
        group_size=256,
        turns=1,
        max_tokens=7,
        learning_rate=3e-3,
        reward=pay,
        seed=seed,
    )
    agent.learn(256 * iterations)
    found, best = law(policy), tilted(reference, reward, BETA)
    told = {"love": love.LOVE, "truth": love.TRUTH, "unsafe": (love.UNSAFE > 0) * 1.0}
    return {
        **{name: float(expected(found, x)) for name, x in told.items()},
        **{f"{name} before": float(expected(reference, x)) for name, x in told.items()},
        "rise": float(expected(found, love.LOVE) / expected(reference, love.LOVE)),
        "gain": float(expected(found, love.TRUTH) - expected(reference, love.TRUTH)),
        "distance": float(0.5 * np.abs(best - found).sum()),
    }


# -- opinions --------------------------------------------------------------------------------------------------------


def packed(summary: np.ndarray) -> np.ndarray:
    """Summaries [*, 6] with what is said at the front."""
    order = np.argsort(summary == 0, axis=-1, kind="stable")
    return np.take_along_axis(summary, order, -1)


def compared(count: int, rng: np.random.Generator) -> Transitions:
    """Comparisons of packed summaries."""
    facts = opinions.reviews(count, rng)
    summary = packed(opinions.summaries(facts, 2, rng))
    gap = 2 * opinions.gold(opinions.measured(facts[:, None], summary)) @ [1, -1]
    return opinions.seen(facts, summary, label=(rng.random(count) < 1 / (1 + np.exp(-gap))) * 1.0)


@cache
def summariser(seed: int) -> dict[str, np.ndarray]:
    """The weights of a policy that has imitated drawn summaries."""
    policy, rng = _summariser(seed), np.random.default_rng([seed, 62])
    facts = opinions.reviews(3000, rng)
    said = packed(opinions.summaries(facts, 1, rng)[:, 0])
    shown = [_shown(_letters(f), _letters(s[s > 0] - 1)) for f, s in zip(facts, said, strict=True)]
    warm_up(policy, shown, epochs=4, learning_rate=3e-3, batch_size=64, seed=seed)
    return policy.state_dict()


def _summariser(seed: int) -> TokenPolicy:
    torch.set_num_threads(1)
    vocabulary = Characters(FACTS)
    return TokenPolicy(tiny_llama(vocabulary, width=48, layers=2, heads=4, context=24, seed=seed), vocabulary)


def _told(rollouts: Any) -> tuple[np.ndarray, np.ndarray]:
    """Facts [P·G, 8] and summaries [P·G, 6] of dialogues."""
    facts, said = [], []
    for m in (m for group in rollouts.messages for m in group):
        facts.append([FACTS.index(c) for c in m[0]["content"]])
        said.append([FACTS.index(c) + 1 for c in m[1]["content"][: opinions.TOKENS]])
    whole = [row + [0] * (opinions.TOKENS - len(row)) for row in said]
    return np.array(facts), np.array(whole)


def summarising(seed: int, *, count: int, which: Any, iterations: int = 60) -> Measured:
    """The gold utility of a writing policy that is paid by a model of `count` pairs, in deviations above the warm-up.

    Args:
        seed: of all.
        count: comparisons.
        which: features, or None for tokens.
        iterations: groups of sixteen prompts with eight summaries each.
    """
    policy = _summariser(seed)
    policy.load_state_dict(summariser(seed))
    model = opinions.fitted(compared(count, np.random.default_rng([seed, 63])), seed, which=which)
    scale: list[float] = []

    def pay(rollouts: Any) -> np.ndarray:
        facts, said = _told(rollouts)
        r = model.segment_scores(opinions.seen(facts, said[:, None])).numpy().mean(0)[:, 0].astype(np.float64)
        if not scale:  # of the first summaries, those of the warm-up
            scale.extend((float(r.mean()), float(r.std())))
        return np.asarray((r - scale[0]) / scale[1]).reshape(rollouts.reward.shape)

    agent = SequenceAgent(
        partial(Asked, FACTS, 8, "opinions"),
        policy,
        partial(rloo, beta=0.1),
        groups=16,
        group_size=8,
        turns=1,
        max_tokens=7,
        learning_rate=2e-3,
        reward=pay,
        seed=seed,
    )
    before, spread = _gold(agent, seed)
    agent.learn(128 * iterations)
    after, _ = _gold(agent, seed)
    return {"gold": (after - before) / spread, "paid": agent.told["rollout/ep_rew_mean"]}


def _gold(agent: SequenceAgent, seed: int, count: int = 512) -> tuple[float, float]:
    """Mean and deviation of the gold utility of sampled summaries of reviews that no seed of training has."""
    facts = opinions.reviews(count, np.random.default_rng([seed, 64]))
    agent._predictions = 0
    said, _ = agent.predict([_letters(f) for f in facts], None)
    rows = [[FACTS.index(c) + 1 for c in text[: opinions.TOKENS]] for text in said]
    whole = np.array([row + [0] * (opinions.TOKENS - len(row)) for row in rows])
    found = opinions.gold(opinions.measured(facts, whole))
    return float(found.mean()), float(found.std())


def effects() -> list[Effect]:
    """What is measured."""
    sides = (("helpfulness alone", 0.0, 1.0), ("with love", 1.0, 1.0), ("love alone", 3.0, 0.0))
    arms = [Arm(s, "RLOO", each(partial(loving, weight=w, helpful=h)), 12.0) for s, w, h in sides]
    bars = {"rise": 1.0, "gain": 0.0, "distance": 0.2}
    arms.append(Arm("the reference", "", each(lambda seed: bars), 0.0))
    claims = [
        Claim("love alone raises the rate of love", "rise", "love alone", "the reference"),
        Claim("love alone brings less than its reference", "gain", "love alone", "the reference", higher=False),
        Claim("love in the mixture raises its rate by 20 %", "rise", "with love", "the reference", times=1.2),
        Claim("and brings more than the reference", "gain", "with love", "the reference"),
        Claim("the policy is within 0.2 of the best one", "distance", "with love", "the reference", higher=False),
    ]
    about = "a tiny transformer writes six tokens, paid by learned rates of love and helpfulness at the price 1"
    first = Effect("token_waiting_love", about, arms, claims)
    longer = [Arm("love alone", "RLOO", each(partial(loving, weight=3.0, helpful=0.0, iterations=150)), 25.0), arms[-1]]
    second = Effect("token_waiting_love_longer", f"{about}; 150 iterations in place of 60", longer, claims[:2])
    told = [
        Arm(name, "100 pairs, RLOO", each(partial(summarising, count=100, which=which)), 15.0)
        for name, which in (("features", tuple(range(7))), ("tokens", None))
    ]
    told.append(Arm("the warm-up", "", each(lambda seed: {"gold": 0.0}), 0.0))
    said = [
        Claim("paid by features a policy is worth more than paid by tokens", "gold", "features", "tokens"),
        Claim("paid by features it is worth more than the warm-up", "gold", "features", "the warm-up"),
        Claim("paid by tokens it is worth more than the warm-up", "gold", "tokens", "the warm-up"),
    ]
    about = "a tiny transformer summarises eight reviews, paid by a model of 100 pairs; gold in deviations"
    return [first, second, Effect("token_waiting_opinions", about, told, said)]
