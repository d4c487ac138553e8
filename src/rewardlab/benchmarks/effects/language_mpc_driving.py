"""MPCxLLM: instructions to a car, decisions with hints and without, and answers by chance.

Every car of a seed is planned for in one batch; what is instructed, what is decided and what is answered comes from
rules or, where nothing is to be trusted, from a generator of texts.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any

import numpy as np

from rewardlab.agents.loops.simulated import Numbered, RulesModel, Still
from rewardlab.agents.model_based import ILQG, Guarded
from rewardlab.benchmarks.effects.effect import Arm, Claim, Effect, Measured, each
from rewardlab.core.rng import Streams
from rewardlab.envs.control import BicycleDrive
from rewardlab.rewards import DecisionxLLM, DrivingCost, DrivingRules, Hints, MPCxLLM, Supervisor
from rewardlab.rewards.language.driving import NAMES, PARAMETERS, as_vector, defaults, read_parameters, window_text

RULES = BicycleDrive()
TIGHT = BicycleDrive(v_max=11.99, v_min=-2.99, alat_max=9.97, width=2.98)
HINTS = (
    "The race pace is 8 m/s.", "The pit speed is 3 m/s.", "The inner wall is the left wall.",
    "The outer wall is the right wall.", "The walking speed is 1.5 m/s.", "The tyres are new.",
    "The oval is driven to the left.", "There are two straights and two bends.", "The battery is full.",
    "The track is three metres wide.", "Nobody else is on the track.", "The cruise speed is 5 m/s.",
)  # fmt: skip
FACTS = {"race pace": 8.0, "pit speed": 3.0, "walking speed": 1.5, "cruise speed": 5.0}
WALLS = {"inner": "left", "outer": "right"}


@dataclass(frozen=True)
class Order:
    """An instruction and what it is about, known by how it was made: "speed", "left" or "right", in m/s or m."""

    says: str
    kind: str
    value: float
    fact: bool = False


ORDERS = (
    Order("Drive at about 4 m/s", "speed", 4.0),
    Order("Drive at pit speed", "speed", 3.0, True),
    Order("Drive at about 6.5 m/s", "speed", 6.5),
    Order("Keep 0.6 m from the left wall", "left", 0.6),
    Order("Keep 0.5 m from the outer wall", "right", 0.5, True),
    Order("Go backwards at 2 m/s", "speed", -2.0),
)


class Cars:
    """N cars, each with parameters of its own, planned for in one batch and guarded.

    Args:
        n: cars.
        seed: of where they begin.
        horizon: steps of a plan.
    """

    def __init__(self, n: int, seed: int, horizon: int = 20) -> None:
        streams = Streams(range(1000 * seed, 1000 * seed + n))
        streams.begin(np.ones(n, dtype=bool))
        self.state, self.broken = RULES.start(n, streams), np.zeros(n, dtype=bool)
        self.cost = DrivingCost(np.tile(as_vector(defaults()), (n, 1)))
        model = Numbered(RulesModel(RULES))
        planner = ILQG("rewardlab/BicycleDrive-v0", model=model, reward=self.cost, horizon=horizon, first=3)
        self.guarded = Guarded(planner, RULES.brake, RulesModel(TIGHT), steps=50)
        self._plan: np.ndarray | None = None
        self._still: Any = Still(n)  # nothing is drawn while they drive

    @property
    def seen(self) -> np.ndarray:
        """[N, 16] what is seen."""
        return np.asarray(RULES.look(self.state), dtype=np.float64)

    def step(self, action: np.ndarray | None = None) -> np.ndarray:
        """One step by the planner, or by actions [N, 2] that nobody guards: [N] bool what broke a limit."""
        if action is None:
            action, self._plan = self.guarded.control(self.seen, self._plan)
        self.state, _, _, info = RULES.move(self.state, action, self._still)
        self.broken |= np.asarray(info["violation"])
        return np.asarray(info["violation"])


@lru_cache(maxsize=16)
def _drive(seed: int, *, instructed: bool, steps: int, horizon: int) -> tuple[tuple[str, float], ...]:
    """Root mean square errors to what was ordered, in the second half of the time."""
    cars, wrong = Cars(len(ORDERS), seed, horizon), np.zeros((steps, len(ORDERS)))
    tellers = [
        Supervisor(DecisionxLLM(DrivingRules(), Hints(HINTS)), MPCxLLM(DrivingRules()), order.says) for order in ORDERS
    ]
    for t in range(steps):
        cars.step()
        x = cars.seen
        for i, (order, teller) in enumerate(zip(ORDERS, tellers, strict=True)):
            side = {"speed": x[i, 3], "left": 1.5 - x[i, 1], "right": 1.5 + x[i, 1]}[order.kind]
            wrong[t, i] = side - order.value
            if instructed:
                cars.cost.theta[i] = as_vector(teller.see(x[i]))
    error = np.sqrt((wrong[steps // 2 :] ** 2).mean(0))
    kinds = {"speed": [0, 1, 2], "side": [3, 4], "backwards": [5]}
    found = {f"rmse {kind}": float(error[rows].mean()) for kind, rows in kinds.items()}
    return tuple((found | {"violations": float(cars.broken.mean())}).items())


def drive(seed: int, *, instructed: bool, steps: int = 160, horizon: int = 20) -> Measured:
    """Six cars with an order each, that are told it or not."""
    return dict(_drive(seed, instructed=instructed, steps=steps, horizon=horizon))


def controls(text: str, held: np.ndarray) -> np.ndarray:
    """[2] the first two numbers of an answer as acceleration and steering, cut to -1..1; `held` without two."""
    numbers = re.findall(r"-?\d+(?:\.\d+)?", text)
    return np.clip([float(x) for x in numbers[:2]], -1.0, 1.0) if len(numbers) > 1 else held


def direct(seed: int, *, cars: int = 80, texts: int = 25, held: int = 2) -> Measured:
    """The same texts as in `fuzzed`, taken for controls: how often a limit is broken."""
    rng, fleet, broken = np.random.default_rng(seed), Cars(cars, seed), 0
    action, answers = np.zeros((cars, 2)), junk(rng)
    for _ in range(texts):
        action = np.stack([controls(next(answers), a) for a in action])
        for _ in range(held):
            broken += int(fleet.step(action).sum())
    return {"violations": float(broken)}


def decisions(seed: int, *, hints: Sequence[str], windows: int = 400) -> Measured:
    """The share of windows by chance that are judged as they are: by the numbers, not by their text."""
    rng, right = np.random.default_rng(seed), []
    decide = DecisionxLLM(DrivingRules(), Hints(hints))
    for _ in range(windows):
        order = _order(rng)
        obs = np.zeros(16)
        near = rng.random() < 0.5
        obs[1], obs[3] = rng.uniform(-1.2, 1.2), rng.uniform(0.5, 11.0)
        if order.kind == "speed":
            obs[3] = order.value + rng.uniform(-0.4, 0.4) if near else obs[3]
            off = abs(obs[3] - order.value) / 0.5
        else:
            wall = order.value + rng.uniform(-0.12, 0.12) if near else rng.uniform(0.2, 2.8)
            obs[1] = 1.5 - wall if order.kind == "left" else wall - 1.5
            off = abs(wall - order.value) / 0.15
        found = decide(order.says, window_text([{"obs": obs, "crashed": False, "width": 3.0}] * 5, 2.0))
        right.append(float(bool(found.change) == (off >= 1)))
    return {"accuracy": float(np.mean(right))}


def _order(rng: np.random.Generator) -> Order:
    """An order by chance; three in ten need a fact of the track."""
    fact, speed = rng.random() < 0.3, rng.random() < 0.6
    if speed and fact:
        name = str(rng.choice([*FACTS]))
        return Order(f"Drive at {name}", "speed", FACTS[name], True)
    if speed:
        value = float(rng.integers(2, 20)) / 2
        return Order(f"Drive at about {value:g} m/s", "speed", value)
    value, name = float(rng.integers(4, 11)) / 10, str(rng.choice([*WALLS]))
    wall = name if fact else WALLS[name]
    return Order(f"Keep {value:g} m from the {wall} wall", WALLS[name], value, fact)


def junk(rng: np.random.Generator) -> Iterator[str]:
    """Texts by chance: letters, cut dicts, dicts of junk and of large numbers."""
    letters = list("{}[]()'\":,.-+eE0123456789 \n\tv_maxqn import")
    words = ["nan", "inf", "1e400", "None", "True", "'x'", "[1]", "1j", "{}", "__import__('os')"]
    while True:
        kind = rng.integers(5)
        if kind == 0:
            yield "".join(rng.choice(letters, rng.integers(0, 60)))
            continue
        values = [
            repr(float(rng.normal() * 10.0 ** rng.integers(-2, 6))) if rng.random() < 0.8 else str(rng.choice(words))
            for _ in range(rng.integers(1, 6))
        ]
        text = "{" + ", ".join(f"'{rng.choice([*NAMES, 'speed'])}': {v}" for v in values) + "}"
        yield text if kind < 4 else text[: rng.integers(0, len(text))]


def fuzzed(seed: int, *, cars: int = 80, texts: int = 25, held: int = 2) -> Measured:
    """Cars that get one text after another for parameters: how many broke a limit, or left the box."""
    rng, fleet = np.random.default_rng(seed), Cars(cars, seed)
    low, high = (np.array([getattr(p, side) for p in PARAMETERS.values()]) for side in ("low", "high"))
    theta, answers, outside, broken = [defaults() for _ in range(cars)], junk(rng), 0, 0
    for _ in range(texts):
        for i in range(cars):
            theta[i], _ = read_parameters(next(answers), theta[i])
            x = as_vector(theta[i])
            outside += int(not ((x >= low).all() and (x <= high).all()))
            fleet.cost.theta[i] = x
        for _ in range(held):
            broken += int(fleet.step().sum())
    return {"outside": float(outside), "violations": float(broken), "texts": float(cars * texts)}


def _is(**values: float) -> Callable[[int], Measured]:
    return lambda seed: values


def effects() -> list[Effect]:
    """Orders, decisions and texts by chance."""
    kinds = ("speed", "side", "backwards")
    arms = [
        Arm("instructed", "rules", each(partial(drive, instructed=True)), 20.0),
        Arm("default parameters", "", each(partial(drive, instructed=False)), 20.0),
    ]
    claims = [
        Claim(
            f"{kind}: the error is at least 40 % smaller",
            f"rmse {kind}",
            "instructed",
            "default parameters",
            False,
            0.6,
        )
        for kind in kinds
    ]
    judged = [
        Arm("with hints", "rules", each(partial(decisions, hints=HINTS)), 1.0),
        Arm("without hints", "rules", each(partial(decisions, hints=())), 1.0),
        Arm("19 in 20", "", each(_is(accuracy=0.95)), 0.0),
    ]
    right = [
        Claim("decisions are right in 19 of 20", "accuracy", "with hints", "19 in 20"),
        Claim("hints are worth at least 5 %", "accuracy", "with hints", "without hints", True, 1.05),
    ]
    chance = [
        Arm("guarded", "texts by chance", each(fuzzed), 25.0),
        Arm("controls as answered", "", each(direct), 1.0),
        Arm("one in a thousand", "", each(_is(outside=0.001, violations=0.001)), 0.0),
    ]
    safe = [
        Claim("parameters stay in their box", "outside", "guarded", "one in a thousand", False),
        Claim("no limit is broken", "violations", "guarded", "one in a thousand", False),
        Claim("by controls as answered, limits are", "violations", "controls as answered", "one in a thousand"),
    ]
    return [
        Effect("language_mpc_orders", "six cars with an order each, 8 s; errors in the second half", arms, claims),
        Effect("language_mpc_decisions", "400 windows and orders by chance, three in ten of a fact", judged, right),
        Effect("language_mpc_texts", "80 cars that get 25 texts by chance each", chance, safe),
    ]
