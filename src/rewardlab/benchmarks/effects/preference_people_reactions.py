"""Rewards from user reactions: calibrated, good for ranking policies, and hacked where they are all that counts.

    P(love) = σ(−4 + 1.2 q + 1.5 c),    truth = q − 0.3 c²,    π ∝ π_ref exp(R / β)

LoveBandit: a response is six tokens that are plain, good, cheerful or unsafe; q and c count the good and the cheerful.
A tenth of the users react at random. All 4,096 responses are listed, so that policies and rates are sums.

Source: Han, Chen, Sankararaman, Peng, Xu, Helenowski, Peng, Kumar, Wang, Fang, Talebzadeh, "Reinforcement Learning from
User Feedback", 2025. A policy that writes its answers is measured in `token_waiting`.
"""

from functools import partial
from itertools import product

import numpy as np

from rewardlab.benchmarks.effects.effect import Arm, Claim, Effect, Measured, each
from rewardlab.core.batch import Transitions
from rewardlab.core.responses import expected, softmax, tilted
from rewardlab.rewards import ReactionReward, calibration, hacking_sweep, reference_mixture, vector_items

TOKENS, SHARES = 6, np.array([0.82, 0.1, 0.06, 0.02])  # plain, good, cheerful, unsafe, in the reference
SEQUENCES = np.array(list(product(range(4), repeat=TOKENS)))
COUNTS = (SEQUENCES[..., None] == np.arange(1, 4)).sum(1)  # [4096, 3]
GOOD, CHEER, UNSAFE = COUNTS.T
REFERENCE = SHARES[SEQUENCES].prod(1)
LOVE = 1 / (1 + np.exp(4 - 1.2 * GOOD - 1.5 * CHEER))
TRUTH = GOOD - 0.3 * CHEER**2
SWEEP = (0.0, 0.3, 1.0, 3.0)
BETA = 1.0


def turns(count: int, rng: np.random.Generator, *, users: int = 100, careless: float = 0.1) -> Transitions:
    """Logged responses of the reference with reactions; of the users some react to half of all, whatever they see."""
    at, user = rng.choice(len(REFERENCE), count, p=REFERENCE), np.arange(count) % users
    chance = np.where(user < careless * users, 0.5, LOVE[at])
    reaction = (rng.random(count) < chance) * 1
    return vector_items(COUNTS[at][:, None].astype(np.float64), reaction=reaction, annotator=user)


def fitted(seed: int, *, trust: bool = True, count: int = 40000, epochs: int = 12) -> ReactionReward:
    """A model of reactions; with `trust`, fitted again without users whose reactions follow no content."""
    items = turns(count, np.random.default_rng([seed, 51]))
    model = ReactionReward(keep=0.05, hidden=(), lr=2e-2, batch_size=256, weight_decay=0.0, action=False, seed=seed)
    model.fit(items, epochs=epochs)
    if trust:
        weight = model.trust(items)
        model.load_state_dict({})
        model.fit(items.paying(items.reward, weight=weight), epochs=epochs)
    return model


def chances(model: ReactionReward) -> np.ndarray:
    """What the model says of every response, [4096]."""
    return np.asarray(model.probabilities(vector_items(COUNTS[:, None].astype(np.float64)))[0])


def calibrate(seed: int, *, corrected: bool = True, trust: bool = True) -> Measured:
    """The expected calibration error on 50,000 responses of the reference, against the true chances."""
    p = chances(fitted(seed, trust=trust))
    if not corrected:
        odds = p / (1 - p) / 0.05
        p = odds / (1 + odds)
    at = np.random.default_rng([seed, 52]).choice(len(REFERENCE), 50000, p=REFERENCE)
    return {"error": calibration(p[at], LOVE[at]).expected_error}


def mixed(love: np.ndarray, weight: float, *, helpful: float = 1.0) -> np.ndarray:
    """The reward [4096] of helpfulness q and love, on the scale of the reference; unsafe responses cost 10."""
    rng = np.random.default_rng(0)
    rewards = np.stack([GOOD * 1.0, love], -1)
    drawn = rewards[rng.choice(len(REFERENCE), 20000, p=REFERENCE)]
    return np.asarray(reference_mixture(rewards, drawn, (helpful, weight), unsafe=UNSAFE > 0, cost=10.0))


def trained(reward: np.ndarray, beta: float, *, steps: int = 60, size: float = 0.3) -> np.ndarray:
    """A softmax policy over all responses, by natural gradient ascent of E[reward] − β KL to the reference."""
    logits = np.log(REFERENCE)
    for _ in range(steps):
        policy = softmax(logits)
        gain = reward - beta * (np.log(policy) - np.log(REFERENCE))
        logits = logits + size / beta * (gain - expected(policy, gain))
    return softmax(logits)


def policies(love: np.ndarray) -> list[np.ndarray]:
    """Ten policies, from the reference to love alone."""
    out = [REFERENCE, tilted(REFERENCE, mixed(love, 3.0, helpful=0.0), BETA)]
    out += [tilted(REFERENCE, mixed(love, w), b) for w in SWEEP for b in (BETA, 4 * BETA)]
    return out


def rank(seed: int) -> Measured:
    """The correlation of the love rate that is said of ten policies, from 2,000 responses each, with the true one."""
    model, rng = fitted(seed), np.random.default_rng([seed, 53])
    said, true = [], []
    for policy in policies(chances(model)):
        at = rng.choice(len(policy), 2000, p=policy)
        said.append(model.love_rate(vector_items(COUNTS[at][:, None].astype(np.float64)))[0])
        true.append(expected(policy, LOVE))
    return {"correlation": float(np.corrcoef(said, true)[0, 1])}


def pursue(seed: int, *, weight: float, helpful: float = 1.0) -> Measured:
    """Love rate, truth, and the distance of a trained policy from the optimum, for one weight of love."""
    reward = mixed(chances(fitted(seed)), weight, helpful=helpful)
    best, found = tilted(REFERENCE, reward, BETA), trained(reward, BETA)
    return {
        "love": float(expected(found, LOVE)),
        "truth": float(expected(found, TRUTH)),
        "unsafe": float(expected(found, UNSAFE > 0)),
        "distance": float(0.5 * np.abs(best - found).sum()),
    }


def watch(seed: int) -> Measured:
    """What the knee keeps of the truth as love takes over from helpfulness, and whether cheerfulness tells.

    Truth at the knee, by how much that is more than at the end, and by how many deviations hacked policies are more
    cheerful than the others.
    """
    love = chances(fitted(seed))
    shares = np.linspace(0.0, 1.0, 9)
    found = [tilted(REFERENCE, mixed(love, 4 * s, helpful=4 * (1 - s)), BETA) for s in shares]
    paid, truth, cheer = (np.array([expected(p, x) for p in found]) for x in (love, TRUTH, CHEER))
    sweep = hacking_sweep(paid, truth, {"cheer": cheer})
    return {
        "truth": float(truth[sweep.stop]),
        "gained": float(truth[sweep.stop] - truth[-1]),
        "sign": sweep.signs["cheer"],
    }


def effects() -> list[Effect]:
    """Calibration, ranking and hacking."""
    base = {"love": float(expected(REFERENCE, LOVE)), "truth": float(expected(REFERENCE, TRUTH))}
    name = "love alone"
    arms = [
        Arm("corrected", "default", each(calibrate), 0.5),
        Arm("not corrected", "default", each(partial(calibrate, corrected=False)), 0.5),
        Arm("all users", "default", each(partial(calibrate, trust=False)), 0.3),
        Arm("ranking", "ten policies", each(rank), 0.5),
        *(Arm(f"love counts {w:g}", "trained", each(partial(pursue, weight=w)), 0.5) for w in (0.0, 1.0)),
        Arm(name, "trained", each(partial(pursue, weight=3.0, helpful=0.0)), 0.5),
        Arm("the knee", "nine shares", each(watch), 0.5),
        Arm("the reference", "exact", each(lambda seed: base), 0.0),
        Arm(
            "a bound",
            "a number",
            each(lambda seed: {"error": 0.01, "correlation": 0.95, "distance": 0.05, "sign": 1.0, "gained": 0.0}),
            0.0,
        ),
        Arm("a tenth", "a number", each(lambda seed: {"error": 0.1}), 0.0),
    ]
    claims = [
        Claim("the calibration error is below 0.01", "error", "corrected", "a bound", higher=False),
        Claim("without the correction it is above 0.1", "error", "not corrected", "a tenth"),
        Claim("users who react at random spoil it", "error", "all users", "corrected"),
        Claim("said and true love rates correlate above 0.95", "correlation", "ranking", "a bound"),
        Claim("a trained policy is within 0.05 of the optimum", "distance", "love counts 1", "a bound", higher=False),
        Claim("love alone raises the love rate", "love", name, "the reference"),
        Claim("love alone brings less than the reference", "truth", name, "the reference", higher=False),
        Claim(
            "love in the mixture raises its rate by 20 % over none", "love", "love counts 1", "love counts 0", times=1.2
        ),
        Claim("and by 20 % over the reference", "love", "love counts 1", "the reference", times=1.2),
        Claim("and brings no less than none", "truth", "love counts 1", "love counts 0", times=0.99),
        Claim("and no less than the reference", "truth", "love counts 1", "the reference"),
        Claim("to stop at the knee brings more than to go on", "gained", "the knee", "a bound"),
        Claim("cheerfulness tells what is hacked", "sign", "the knee", "a bound"),
    ]
    about = (
        "six tokens, 40,000 turns of 100 users of whom a tenth react at random, a twentieth of the negatives kept; "
        "policies stay near the reference at the price 1; truth is q − 0.3 c²"
    )
    return [Effect("preference_people_reactions", about, arms, claims)]
