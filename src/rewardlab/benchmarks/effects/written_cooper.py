"""A verifier that has learned to trust a word, frozen or learning along, and a policy that writes.

    an answer   form, result, word?     "p3!"

The rule knows two of four forms. The verifier has seen answers in which the word went with 95 % of what is right. The
task on tables is `preference_noise_cooper`, whose answers a tiny transformer writes here, to sums of two digits.

Source: Hong et al., "Cooper: Co-Optimizing Policy and Reward Models in Reinforcement Learning for Large Language
Models", 2025.
"""

from functools import cache, partial
from itertools import product

import numpy as np

from rewardlab.agents.policy_gradient import grpo
from rewardlab.benchmarks.effects import preference_noise_cooper as sums
from rewardlab.benchmarks.effects.effect import Arm, Claim, Effect, Measured, each
from rewardlab.benchmarks.effects.written import Said, World, learning
from rewardlab.core.responses import expected
from rewardlab.rewards import Cooper

WORDS = World(
    tuple(a + b for a, b in product("012", repeat=2)),
    tuple(f + "01234n"[r] + "!" * w for r, f, w in product(range(6), "pqrs", (0, 1))),  # as in `ANSWERS`
)
RESULT = np.array([int(p[0]) + int(p[1]) for p in WORDS.prompts])
MATCH = sums.ANSWERS[:, 0][None] == RESULT[:, None]  # [P, K]


@cache
def _counter(seed: int, reads: bool) -> dict[str, np.ndarray]:
    good, none = (0.4, 0.2) if reads else (0.15, 0.3)
    wrong = np.where(sums.ANSWERS[:, 0] == sums.RESULTS, none, (1 - good - none) / (sums.RESULTS - 1))
    start = np.where(MATCH, good, wrong) / sums.FORMS * np.where(sums.ANSWERS[:, 2] == 1, 0.3, 0.7)
    return WORDS.beginner(start / start.sum(-1, keepdims=True), seed, shown=12000).state_dict()


def counting(
    seed: int, *, side: str, reads: bool, iterations: int = 200, step: int = 10, lr_rm: float = 3e-3
) -> Measured:
    """Right answers in percent, what they lost since the peak, what the verifier pays, and how often the word comes.

    Args:
        seed: of all.
        side: "rule", "frozen" or "Cooper".
        reads: whether the beginner is right in 40 % of its answers, having read the question, or in 15 %, by chance.
        iterations, step: of the policy, and between looks.
        lr_rm: step size of the verifier where it learns.
    """
    t, rng = sums.Sums(), np.random.default_rng([seed, 243])
    model = Cooper(
        rule=sums.rule, corrupt=sums.corrupt, lr_rm=lr_rm if side == "Cooper" else 0.0, rm_steps=2, hidden=(64,),
        lr=3e-3, members=1, action=False, seed=seed,
    )  # fmt: skip
    asked, good = rng.integers(0, sums.RESULTS, t.lessons), rng.random(t.lessons) < 0.4
    result = np.where(good, asked, (asked + rng.integers(1, sums.RESULTS, t.lessons)) % sums.RESULTS)
    word = np.where(rng.random(t.lessons) < t.spurious, good, ~good)
    lessons = sums.answers(asked, (result * sums.FORMS + rng.integers(0, sums.FORMS, t.lessons)) * 2 + word)
    lessons = lessons.map(lambda a: a.reshape(len(a), 1, 1, *a.shape[1:]))
    model.fit(lessons.paying(lessons.reward, correct=good[:, None] * 1.0), epochs=20)

    def pay(said: Said) -> np.ndarray:
        known = said.answer >= 0
        if not known.any():
            return np.full(known.shape, -1.0)
        batch = sums.answers(RESULT[said.prompt[known]], said.answer[known])
        out = np.full(known.shape, -1.0)
        out[known] = sums.rule(batch) * 1.0 if side == "rule" else np.asarray(model(batch), dtype=np.float64)
        if side == "Cooper":
            model.update(batch)
        return out

    policy = WORDS.policy(seed)
    policy.load_state_dict(_counter(seed, reads))
    go, path = learning(WORDS, policy, pay, seed=seed, groups=16, size=8, objective=grpo), list[float]()
    for _ in range(iterations // step):
        law = WORDS.law(policy)
        path.append(float(expected(law, MATCH).mean()))
        go(step)
    law = WORDS.law(policy)
    path.append(float(expected(law, MATCH).mean()))
    count = len(WORDS.answers)
    every = sums.answers(np.repeat(RESULT, count), np.tile(np.arange(count), len(RESULT)))
    pays = np.asarray(model(every), dtype=np.float64).reshape(law.shape)
    return {
        "gold": 100 * path[-1],
        "fell": 100 * (max(path) - path[-1]),
        "proxy": float(expected(law, pays).mean()),
        "word": 100 * float(expected(law, sums.ANSWERS[:, 2] == 1).mean()),
        "start": 100 * path[0],
    }


def effects() -> list[Effect]:
    """What is measured."""
    marks = {"proxy": 0.95, "fell": 15.0, "word": 80.0}
    most = Arm("bar", "a number", each(lambda seed: marks), 0.0)
    few = Arm("a fifth", "a number", each(lambda seed: {"word": 20.0}), 0.0)
    arms, claims = [most, few], list[Claim]()
    for end, reads in (("", False), (", reading", True)):
        rule, frozen, cooper = (f"{s}{end}" for s in ("rule", "frozen", "Cooper"))
        arms += [
            Arm(f"{s}{end}", "GRPO", each(partial(counting, side=s, reads=reads)), 8.0)
            for s in ("rule", "frozen", "Cooper")
        ]
        claims += [
            Claim(f"frozen{end}: it pays 0.95", "proxy", frozen, "bar"),
            Claim(f"frozen{end}: right answers fall by 15 points", "fell", frozen, "bar"),
            Claim(f"frozen{end}: four of five answers have the word", "word", frozen, "bar"),
            Claim(
                f"Cooper{end}: as many answers are right as by the rule, but for 1 %", "gold", cooper, rule, times=0.99
            ),
            Claim(f"Cooper{end}: more answers are right than by the frozen one", "gold", cooper, frozen),
            Claim(f"Cooper{end}: one of five has the word", "word", cooper, "a fifth", higher=False),
        ]
    return [
        Effect(
            "written_cooper",
            "sums of two digits, answered in three characters of which one may be a word that went with 95 % of right "
            "answers in 600 lessons; in percent; a beginner that is right by chance, and one that reads the question",
            arms,
            claims,
        ),
    ]
