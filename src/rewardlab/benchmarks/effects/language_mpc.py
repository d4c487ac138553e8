"""Language to rewards: do sentences, said to a planner by way of costs, come true?

Twelve sentences to an arm and to a hopper, each with a predicate on the numbers of its body: four that a library of
fixed motions covers, four in other words, and four that none of the motions covers. The oracle is a set of rules.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any

import numpy as np

from rewardlab.agents.loops.physics import PhysicsModel, physics_of
from rewardlab.agents.loops.receding import Receding
from rewardlab.agents.model_based import ILQG, PredictiveSampling
from rewardlab.benchmarks.effects.effect import Arm, Claim, Effect, Measured, each
from rewardlab.rewards import L2R, CodeAsPolicies, CostTerms, DirectCoder, SentenceRules
from rewardlab.rewards.language.bodies import HOPPER, REACHER, Body, Measures
from rewardlab.rewards.language.cost_spec import Spec
from rewardlab.rewards.language.reward_calls import apply, read_calls

SECONDS = 1.5
BODIES = {"reacher": ("Reacher-v5", REACHER, 5), "hopper": ("Hopper-v5", HOPPER, 25)}
"""Body -> its task, and the physics steps of one control step."""


def _near(key: str, value: float, within: float) -> Callable[[Measures], bool]:
    return lambda seen: abs(float(seen[key]) - value) < within


def _reached(seen: Measures) -> bool:
    return float(np.linalg.norm(seen["point fingertip"] - seen["point target"])) < 0.02


def _folded(seen: Measures) -> bool:
    return abs(float(seen["joint elbow"])) > 2.2


def _upright(seen: Measures) -> bool:
    return float(seen["height"]) > 1.15 and abs(float(seen["pitch"])) < 0.15


def _both(*tests: Callable[[Measures], bool]) -> Callable[[Measures], bool]:
    return lambda seen: all(test(seen) for test in tests)


@dataclass(frozen=True)
class Sentence:
    """What is said, and when it has come true.

    Attributes:
        kind: "known", "reworded" or "outside".
        body: to whom.
        says: the sentence.
        hand: the calls that an engineer writes for it.
        true: on the mean of what is measured in the last quarter.
    """

    kind: str
    body: str
    says: str
    hand: str
    true: Callable[[Measures], bool]


SENTENCES = (
    Sentence("known", "reacher", "Reach the target with the fingertip.",
             "min_l2_distance('fingertip', 'target', 20)", _reached),
    Sentence("known", "reacher", "Stretch the arm.", "set_joint_target('elbow', 0, 20)",
             _near("joint elbow", 0.0, 0.1)),
    Sentence("known", "reacher", "Fold the arm.", "set_joint_target('elbow', 2.5, 20)", _folded),
    Sentence("known", "hopper", "Stand upright.", "set_torso_height(1.3)\nset_torso_pitch(0)", _upright),
    Sentence("reworded", "reacher", "Would you please tap the goal with your finger?",
             "min_l2_distance('fingertip', 'target', 20)", _reached),
    Sentence("reworded", "reacher", "Make the elbow completely straight.", "set_joint_target('elbow', 0, 20)",
             _near("joint elbow", 0.0, 0.1)),
    Sentence("reworded", "reacher", "Curl up as far as you can.", "set_joint_target('elbow', 2.5, 20)", _folded),
    Sentence("reworded", "hopper", "Rise to your full height and do not tip over.",
             "set_torso_height(1.3)\nset_torso_pitch(0)", _upright),
    Sentence("outside", "reacher", "Turn the elbow to 60 degrees.", "set_joint_target('elbow', 1.0472, 20)",
             _near("joint elbow", 1.0472, 0.1)),
    Sentence("outside", "reacher", "Hold the elbow joint at -1 rad and keep the shoulder angle at 0.5 rad.",
             "set_joint_target('elbow', -1, 20)\nset_joint_target('shoulder', 0.5, 20)",
             _both(_near("joint elbow", -1.0, 0.1), _near("joint shoulder", 0.5, 0.1))),
    Sentence("outside", "reacher", "Rotate the shoulder to 1.2 rad, and stretch the arm.",
             "set_joint_target('shoulder', 1.2, 20)\nset_joint_target('elbow', 0, 20)",
             _both(_near("joint elbow", 0.0, 0.1), _near("joint shoulder", 1.2, 0.1))),
    Sentence("outside", "hopper", "Crouch down to 1.1 m.", "set_torso_height(1.1)", _near("height", 1.1, 0.05)),
)  # fmt: skip
CORRECTIONS = (
    ("Hold the elbow joint at -1 rad and keep the shoulder angle at 0.5 rad.", "Bend the elbow to 60 degrees.",
     "joint elbow", 1.0472),
    ("Stretch the arm.", "Bend the elbow to 0.5 rad.", "joint elbow", 0.5),
    ("Turn the elbow to 60 degrees, rotate the shoulder to 0 rad.", "Rotate the shoulder to 0.6 rad.",
     "joint shoulder", 0.6),
)  # fmt: skip
"""What is said to the arm, what is said then, which term that names, and its new target."""


@lru_cache(maxsize=4)
def world(name: str) -> PhysicsModel:
    """A body's physics, one control step of which is 0.05 s."""
    import gymnasium as gym

    env = gym.make(BODIES[name][0]).unwrapped
    model = physics_of(env)
    return PhysicsModel(model.mj, BODIES[name][2], model.space, model.recall, model.look_at)


def begin(name: str, seed: int) -> np.ndarray:
    """[1, D] a first observation."""
    import gymnasium as gym

    return np.asarray(gym.make(BODIES[name][0]).reset(seed=1000 * seed + 7)[0])[None]


def _planner(name: str, reward: CostTerms) -> Receding:
    model, task = world(name), BODIES[name][0]
    if name == "reacher":  # smooth: no contacts
        return ILQG(task, model=model, reward=reward, horizon=8, first=6)
    return PredictiveSampling(task, model=model, reward=reward, horizon=10, samples=24, knots=4, noise=0.25, first=8)


def follow(name: str, spec: Spec, state: Any, seconds: float, seed: int) -> tuple[Any, list[Measures]]:
    """What is measured step by step while a cost is planned for, and the state in the end."""
    body, model = BODIES[name][1], world(name)
    planner = _planner(name, CostTerms(spec, body))
    rng, plan = np.random.default_rng(seed), None
    seen: list[Measures] = []
    for _ in range(round(seconds / model.dt)):
        action, plan = planner.control(model.look(state), plan, rng)
        state = model.step(state, action).state
        seen.append({key: np.asarray(value)[0] for key, value in body.measure(model.look(state)).items()})
    return state, seen


@lru_cache(maxsize=4096)
def outcome(name: str, spec: Spec, seed: int) -> tuple[tuple[str, Any], ...]:
    """The means of what is measured in the last quarter of the time, by key."""
    _, seen = follow(name, spec, world(name).state(begin(name, seed)), SECONDS, seed)
    last = seen[-len(seen) // 4 :]
    return tuple((key, np.mean([s[key] for s in last], axis=0)) for key in last[0])


def said(kind: type[L2R], sentence: Sentence, seed: int) -> Spec:
    """The cost after a sentence."""
    body = BODIES[sentence.body][1]
    return kind(SentenceRules(body), body).say(sentence.says).spec


def by_hand(sentence: Sentence, seed: int) -> Spec:
    """The cost of an engineer."""
    body = BODIES[sentence.body][1]
    return apply(read_calls(sentence.hand, body), Spec.default(body), body)[0]


def by_chance(sentence: Sentence, seed: int) -> Spec:
    """Two terms by chance, with targets within their ranges."""
    body, rng = BODIES[sentence.body][1], np.random.default_rng([seed, SENTENCES.index(sentence)])
    calls = [_drawn(body, rng) for _ in range(2)]
    return apply(read_calls("\n".join(calls), body), Spec.default(body), body)[0]


def _drawn(body: Body, rng: np.random.Generator) -> str:
    joint = str(rng.choice([*body.joints]))
    options = [f"set_joint_target({joint!r}, {rng.uniform(*body.joints[joint]):.3f}, 20)"]
    if body.height:
        options.append(f"set_torso_height({rng.uniform(*body.height):.3f})")
    if body.points:
        one, other = rng.choice(body.points, 2, replace=False)
        options.append(f"min_l2_distance({str(one)!r}, {str(other)!r}, 20)")
    return str(rng.choice(options))


def met(seed: int, *, spec_of: Callable[[Sentence, int], Spec]) -> Measured:
    """The shares of sentences that came true: of all, and of each kind."""
    found: dict[str, list[float]] = {"all": [], "known": [], "reworded": [], "outside": []}
    for sentence in SENTENCES:
        seen: Mapping[str, Any] = dict(outcome(sentence.body, spec_of(sentence, seed), seed))
        true = float(sentence.true(seen))
        found["all"].append(true)
        found[sentence.kind].append(true)
    return {kind: float(np.mean(values)) for kind, values in found.items()}


def corrected(seed: int) -> Measured:
    """Shares of corrections that change the named term alone, and that have come true within one horizon."""
    alone, done = [], []
    for first, then, key, target in CORRECTIONS:
        talk = L2R(SentenceRules(REACHER), REACHER)
        before = talk.say(first).spec
        state, _ = follow("reacher", before, world("reacher").state(begin("reacher", seed)), 1.0, seed)
        after = talk.say(then).spec
        alone.append(float(after.changed(before) == {key}))
        _, seen = follow("reacher", after, state, 0.6, seed)
        done.append(float(abs(float(seen[-1][key]) - target) < 0.15))
    return {"alone": float(np.mean(alone)), "within a horizon": float(np.mean(done))}


def _is(value: float, *names: str) -> Callable[[int], Measured]:
    return lambda seed: dict.fromkeys(names, value)


def effects() -> list[Effect]:
    """Sentences, and corrections."""
    kinds = ("all", "known", "reworded", "outside")
    sides: dict[str, Callable[[Sentence, int], Spec]] = {
        "two stages": partial(said, L2R), "one stage": partial(said, DirectCoder),
        "primitives": partial(said, CodeAsPolicies), "random terms": by_chance, "by hand": by_hand,
    }  # fmt: skip
    arms = [Arm(side, "rules", each(partial(met, spec_of=spec_of)), 12.0) for side, spec_of in sides.items()]
    arms += [Arm("nine in ten", "", each(_is(0.9, *kinds)), 0.0), Arm("half", "", each(_is(0.5, *kinds)), 0.0)]
    claims = [
        Claim("more than nine sentences in ten come true", "all", "two stages", "nine in ten"),
        Claim("of the primitives at most half do", "all", "primitives", "half", False),
        Claim("what no primitive covers comes true", "outside", "two stages", "primitives"),
        Claim("and what is said in other words", "reworded", "two stages", "primitives"),
        Claim("random terms do not do", "all", "two stages", "random terms"),
        Claim("two stages are no worse than one", "all", "two stages", "one stage", True, 0.99),
        Claim("nor than costs by hand", "all", "two stages", "by hand", True, 0.99),
    ]
    about = "twelve sentences to Reacher and Hopper, 1.5 s each, planned in the body's own physics"
    most = [
        Claim("a correction changes the named term alone", "alone", "corrections", "nine in ten"),
        Claim("and comes true within one horizon of 0.6 s", "within a horizon", "corrections", "nine in ten"),
    ]
    held = [
        Arm("corrections", "rules", each(corrected), 6.0),
        Arm("nine in ten", "", each(_is(0.9, "alone", "within a horizon")), 0.0),
    ]
    return [
        Effect("language_mpc_sentences", about, arms, claims),
        Effect("language_mpc_corrections", "three corrections to Reacher while it moves", held, most),
    ]
