"""How much does an agent learn from so many comparisons, by whom, about what, and with which model?

Four tasks: a sparse grid with a trap, a grid of deliveries, a glucose level to be held, and a pendulum. The agent of a
task is the same throughout and so is its budget; it never sees the task's true reward but in the row "none", and is
judged by that. The glucose task pays a bill, which is least where nobody is treated: in the row "the bill" the agent is
trained on it, while people judge by the harm.
From a default (700 comparisons of random pairs, by a teacher who errs between near equals, for a Bradley-Terry
ensemble) one thing at a time is changed: the number of comparisons, the teacher, the choice of pairs, the model.

In the sparse grid the teacher judges by regret, since a sparse return is alike for nearly all segments. In both grids
the ends of the task are hidden while it is learned, for comparisons of segments of one length leave open what a step is
worth as such.
"""

from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType
from typing import Any

import numpy as np
from gymnasium.vector import VectorEnv

from rewardlab.agents.tabular import QLearning
from rewardlab.benchmarks.case import Case
from rewardlab.benchmarks.preference_runs import asked, nothing, table_of, train_preferences
from rewardlab.core.arrays import Array
from rewardlab.core.batch import Transitions
from rewardlab.rewards import Column
from rewardlab.rewards.preference import (
    BradleyTerry,
    Disagreement,
    Entropy,
    Indifferent,
    InformationGain,
    KCentre,
    LaplaceBradleyTerry,
    Mistaken,
    Myopic,
    NoisyTeacher,
    PartialReturn,
    RaoKupper,
    Regret,
    Skipping,
    Teacher,
    Thurstone,
    Uniform,
)

SEEDS = (0, 1, 2, 3, 4)
LABELS = (50, 100, 200, 400, 1400)  # beside the default's 700
Utility = Callable[[Transitions], Array]

# -- what a perfect teacher likes --------------------------------------------------------------------------------------


def earned(envs: VectorEnv) -> Utility:
    """What a state and an action earn on average."""
    return PartialReturn(table_of(envs))


def decided(envs: VectorEnv) -> Utility:
    """How much worse than the best each decision is."""
    return Regret(table_of(envs))


def unharmed(envs: VectorEnv) -> Utility:
    """What a state and an action earn of the true reward, which is not what the task pays."""
    mdp: Any = table_of(envs)
    return PartialReturn(mdp.with_reward(envs.unwrapped.rules.true_mdp().R))  # type: ignore[attr-defined]


def true(envs: VectorEnv, seed: int) -> Column:
    """The true reward, where the task pays another."""
    return Column("true_reward")


def upright(envs: VectorEnv) -> Utility:
    """The pendulum's own reward, of observations and actions, so that it can be asked of imagined steps too."""
    return swung


def swung(batch: Transitions) -> Array:
    """−(θ² + 0.1 θ̇² + 0.001 u²) of the step's first observation, as Gymnasium pays."""
    obs, torque = np.asarray(batch.obs), np.clip(np.asarray(batch.action)[..., 0], -2, 2)
    angle = np.arctan2(obs[..., 1], obs[..., 0])
    return -(angle**2 + 0.1 * obs[..., 2] ** 2 + 0.001 * torque**2)


# -- who is asked ------------------------------------------------------------------------------------------------------


def noisy(utility: Utility, seed: int) -> Any:
    """Errs between near equals."""
    return NoisyTeacher(utility, temperature=0.1, seed=seed)


def perfect(utility: Utility, seed: int) -> Any:
    """Never errs."""
    return Teacher(utility)


def mistaken(utility: Utility, seed: int) -> Any:
    """Gives one answer of five the wrong way round."""
    return Mistaken(Teacher(utility), 0.2, seed)


def myopic(utility: Utility, seed: int) -> Any:
    """Remembers the end of a segment better than its beginning."""
    return Teacher(Myopic(utility, 0.8))


class Skips(Teacher):
    """Does not answer where both segments are among the worst quarter of those that are asked about at once."""

    def __call__(self, pairs: Transitions) -> Array:
        """Labels [P]."""
        worst = float(np.quantile(self.sums(pairs).max(-1), 0.25))
        return Skipping(Teacher(self.utility), worst)(pairs)


class CallsEqual(Teacher):
    """Calls equal what is nearer than a quarter of the spread of those that are asked about at once."""

    def __call__(self, pairs: Transitions) -> Array:
        """Labels [P]."""
        gap = float(0.25 * self.sums(pairs).std())
        return Indifferent(Teacher(self.utility), gap)(pairs)


def skipping(utility: Utility, seed: int) -> Any:
    """Does not answer where both segments are among the worst."""
    return Skips(utility)


def indifferent(utility: Utility, seed: int) -> Any:
    """Calls what is nearly alike equal."""
    return CallsEqual(utility)


# -- who learns --------------------------------------------------------------------------------------------------------


def q_learning(envs: VectorEnv, seed: int, **options: Any) -> QLearning:
    """Watkins's Q-learning with a constant rate and ε = 0.1."""
    return QLearning(envs, seed=seed, learning_rate=0.3, epsilon=0.1, **options)


def sac(envs: VectorEnv, seed: int) -> Any:
    """Soft actor-critic, as Stable-Baselines3's users tune it for the pendulum."""
    from rewardlab.agents.deep import SAC

    return SAC("MlpPolicy", envs, learning_rate=1e-3, seed=seed, device="cpu")


# -- the suite ---------------------------------------------------------------------------------------------------------

DEFAULT: Mapping[str, Any] = {
    "model": BradleyTerry,
    "teacher": noisy,
    "strategy": Uniform(),
    "labels": 700,
    "rounds": 8,
}
VARIED: Mapping[str, Mapping[str, Any]] = {
    "default": {},
    **{f"{n} labels": {"labels": n} for n in LABELS},
    "perfect teacher": {"teacher": perfect},
    "mistaken teacher": {"teacher": mistaken},
    "myopic teacher": {"teacher": myopic},
    "skipping teacher": {"teacher": skipping},
    "indifferent teacher": {"teacher": indifferent},
    "disagreement": {"strategy": Disagreement()},
    "entropy": {"strategy": Entropy()},
    "information gain": {"strategy": InformationGain()},
    "k-centre": {"strategy": KCentre()},
    "one member": {"model": partial(BradleyTerry, members=1)},
    "Thurstone": {"model": Thurstone},
    "Rao-Kupper": {"model": RaoKupper},
    "Laplace": {"model": LaplaceBradleyTerry},
}


def _cases(
    env: str,
    *,
    own: Mapping[str, Any],
    methods: Mapping[str, Mapping[str, Any]],
    known: Mapping[str, Any] = MappingProxyType({"none": nothing}),
    **task: Any,
) -> list[Case]:
    rewards: dict[str, Any] = {m: partial(asked, **{**DEFAULT, **own, **change}) for m, change in methods.items()}
    return [
        Case(env=env, method=method, reward=reward, seeds=SEEDS, evaluations=1, episodes=20, **task)
        for method, reward in {**known, **rewards}.items()
    ]


CASES = (
    *_cases(
        "rewardlab/GridWorld-v0",
        own={"utility": decided, "length": 5, "horizon": 50},
        methods=VARIED,
        agent=q_learning,
        agent_name="Q-learning",
        budget=30_000,
    ),
    *_cases(
        "rewardlab/DeliveryGrid-v0",
        own={"utility": earned, "length": 10, "horizon": 100},
        methods=VARIED,
        agent=q_learning,
        agent_name="Q-learning",
        budget=30_000,
    ),
    *_cases(
        "rewardlab/Glucose-v0",
        own={"utility": unharmed, "length": 10},
        methods=VARIED,
        known={"none": true, "the bill": nothing},
        scale=(-125.6207, -12.0534),  # of the true reward: uniform play, and the best there is
        agent=q_learning,
        agent_name="Q-learning",
        budget=30_000,
    ),
    *_cases(
        "Pendulum-v1",
        own={"utility": upright, "length": 25},
        methods={k: VARIED[k] for k in ("default", "50 labels", "200 labels", "mistaken teacher", "disagreement")},
        agent=sac,
        agent_name="SAC",
        budget=10_000,
        num_envs=1,
        scale=(-1220.0, -146.0),  # uniform play; what SAC reaches in the literature's settings
    ),
)
METRIC = "score"
TAGS = ("preferences", "reward models", "teachers", "active queries")
TRAIN = train_preferences
REPORT = "rewardlab.benchmarks.preference_report"
