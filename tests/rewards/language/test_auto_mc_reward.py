"""Auto MC-Reward: only signs pay, the Critic's word counts, and advice reaches the next round's code."""

from dataclasses import dataclass, replace

import numpy as np
import pytest
from designed_line import BATCH, CONTEXT, Answers, Plain, agent, fenced, vet

from rewardlab.core.batch import Transitions
from rewardlab.core.errors import BadProgram
from rewardlab.core.oracle import Prompt
from rewardlab.rewards.language.auto_mc_reward import ANALYZER, CRITIC, DESIGNER, AutoMCReward, joined, role_of, unused
from rewardlab.rewards.language.design.loop import design_reward as design
from rewardlab.rewards.language.design.trained import Trained

FOUR = "(obs, action, next_obs, info):\n"


def both(dense="np.sign(next_obs[0] - obs[0])", sparse='1.0 * info["success"]'):
    return f"def dense{FOUR}    return {dense}\n\n\ndef sparse{FOUR}    return {sparse}\n"


@dataclass
class PlainRoles(AutoMCReward):
    """Its programs run as plain Python."""

    def reward(self, source, run):
        return Plain(source)


def train(rewards):
    yield from (agent(r) for r in rewards)


def designed(ask, rounds=1, size=1, **options):
    return design(PlainRoles(**options), CONTEXT, ask, train, BATCH, rounds=rounds, size=size, vet=vet)


@pytest.mark.parametrize("dense", ["1e300 * next_obs[0]", "-7.0", "0.0 * obs[0]", "1e-9 * action[0]", "float('inf')"])
def test_only_the_signs_are_paid_and_no_code_pays_more(dense):
    pay = Plain(joined(both(dense, "1e6 * (next_obs[0] - 0.5)")))(BATCH)
    assert np.abs(pay).max() <= 1.1 and len(set(np.round(pay, 12))) <= 9
    row = Plain(joined(both("3.0", "-0.001")))(BATCH)
    np.testing.assert_allclose(row, -1.0 + 0.1, rtol=1e-15)


def test_both_functions_and_weights_are_joined_to_a_program_that_can_be_read():
    source = joined(both(), 1.0, 0.1)
    assert source.startswith(both()) and "def reward(obs, action, next_obs, info):" in source
    flipped = "def dense(next_obs, terminated):\n    return 1.0\n\ndef sparse(obs):\n    return 0.0\n"
    assert "def reward(obs, next_obs, terminated):" in joined(flipped) and "dense(next_obs, terminated)" in joined(
        flipped
    )


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (both() + "\ndef reward(obs):\n    return 0\n", "defines reward too"),
        (both().replace("dense(obs,", "dense(self,"), "'self'"),
    ],
)
def test_what_cannot_be_joined_is_refused(source, words):
    with pytest.raises(BadProgram, match=words):
        joined(source)


def test_what_is_computed_and_not_used_is_found():
    source = (
        f"def dense{FOUR}    far = next_obs[0]\n    near = 1.0\n    return near\n\ndef sparse{FOUR}    return 0.0\n"
    )
    assert unused(source) == ["dense computes far and does not use it"] and unused(both()) == []


def test_the_critic_sends_code_back_and_keeps_the_reason():
    said = iter(["reject: it does not look at the goal", "accept"])
    ask = Answers(lambda p: next(said) if p.system == CRITIC else fenced(both()))
    made = designed(ask)
    assert made.best.repairs == 1 and [p.system for p in ask.asked] == [DESIGNER, CRITIC, DESIGNER, CRITIC]
    assert "it does not look at the goal" in ask.asked[2]
    assert [p.key[3] for p in ask.asked] == [0, "critic 0.0", "0.1", "critic 0.1"]


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        (both(sparse='-1.0 * info["success"]'), "the sign of a term is wrong"),
        (both("next_obs[0] - 1.0").replace("    return", "    far = obs[0]\n    return", 1), "does not use it"),
        ("def reward(obs):\n    return 0\n", "dense"),
    ],
)  # fmt: skip
def test_bad_code_is_not_even_shown_to_the_critic(source, reason):
    ask = Answers(lambda p: fenced(source if p.key[3] == 0 else both()))
    made = designed(ask, size=2, repairs=0)
    assert [c.accepted for c in made.candidates] == [False, True]
    assert reason in " ".join(made.candidates[0].verdict.problems)
    assert [p.key[3] for p in ask.asked if p.system == CRITIC] == ["critic 1.0"]


def test_advice_and_the_best_code_reach_the_next_round():
    away = both("np.sign(obs[0] - next_obs[0])")

    def say(p):
        if p.system == ANALYZER:
            return "Go to the right."
        return "accept" if p.system == CRITIC else fenced(both() if p.key[2] else away)

    ask = Answers(say)
    made = designed(ask, rounds=3)
    analyzer = next(p for p in ask.asked if p.system == ANALYZER)
    assert "2 of 2 failed episodes: time" in analyzer and away in analyzer and "def reward" not in analyzer
    second = next(p for p in ask.asked if p.key[2] == 1)
    assert "Advice of the Analyzer:\nGo to the right." in second and away in second
    assert made.best.name == "2.1" and made.best.trained.success == 1.0
    assert made.rounds == 2 and made.stopped == "success stands at 100% since round 2"


def test_it_ends_when_success_no_longer_grows():
    ask = Answers(lambda p: "accept" if p.system == CRITIC else "advice" if p.system == ANALYZER
                  else fenced(both(f"obs[0] - next_obs[0] - {p.key[2]}e-9")))  # fmt: skip
    made = designed(ask, rounds=9, patience=2)
    assert made.rounds == 3 and "success stands at 0% since round 1" in made.stopped


def test_roles_are_told_by_their_instructions():
    for system, role in ((DESIGNER, "designer"), (CRITIC, "critic"), (ANALYZER, "analyzer")):
        assert role_of(Prompt("x", system=system)) == role
    assert role_of("x") == "designer"


LAVA = "image_to_9"
CARD = (
    "A strip with lava.\nObservation:\n  image: [3, 3, 1]: (type 0..9) of what is seen, itself at [1, 2]\n"
    "Info:\n  goal_distance: m, from the goal, 0..9\n  success: True at the goal\n"
)


def test_lava_deaths_lead_to_the_lava_term():
    """The scripted scenario: the first code lacks it, the Analyzer reports deaths, the second has it, deaths fall."""
    from types import SimpleNamespace

    from rewardlab.core.batch import Transitions
    from rewardlab.rewards.language.design.context import Context
    from rewardlab.rewards.language.template_roles import TemplateRoles

    leaf = lambda shape, kind: SimpleNamespace(shape=shape, kind=kind)  # noqa: E731
    signature = SimpleNamespace(
        obs={"image": leaf((3, 3, 1), "int")}, action=leaf((), "int"),
        info={"goal_distance": leaf((), "float"), "success": leaf((), "bool")},
    )  # fmt: skip
    roles = TemplateRoles.of(CARD, signature)

    def walk(deaths, n=10):
        image = np.zeros((4, n, 3, 3, 1), np.uint8)
        terminated, truncated = np.zeros((2, 4, n), bool)
        terminated[-1], truncated[-1] = np.arange(n) < deaths + 1, np.arange(n) > deaths
        image[-1, :deaths, 1, 1] = 9
        won = np.zeros((4, n), bool)
        won[-1, deaths] = True
        zero, info = np.zeros((4, n)), {"goal_distance": np.ones((4, n)), "success": won}
        obs = {"image": image}
        return Transitions(obs, zero, zero, obs, terminated, truncated, info)

    class Kept:
        """Remembers the source; the pay is not asked for here."""

        def __init__(self, source):
            self.source = source

        def __call__(self, batch):
            return np.where(batch.info["success"], 1.0, 0.0) + 0.1 * (np.arange(batch.reward.size) % 2 - 0.5)

        def recorded(self, steps):
            return {}

    @dataclass
    class Written(AutoMCReward):
        def reward(self, source, run):
            return Kept(source)

    def learn(rewards):
        for r in rewards:
            deaths = 2 if LAVA in r.source and "terminated" in r.source else 7
            yield Trained(0.1, 0.1, (), walk(deaths))

    batch = walk(3).map(lambda x: x.reshape(-1, *x.shape[2:]))
    passes = lambda sources, b: [  # noqa: E731
        SimpleNamespace(accepted=True, problems=(), report={}, layers=()) for _ in sources
    ]
    context = Context("test/Lava-v0", "reach the goal, avoid lava", CARD, signature)
    made = design(Written(), context, roles, learn, batch, rounds=2, size=1, vet=passes)
    first, second = made.candidates
    assert LAVA not in first.source and "terminated" not in first.source
    assert made.reflections[0].splitlines() == ["Missing predicate: die", f"Missing predicate: avoid {LAVA}"]
    assert f"# avoid {LAVA}" in second.source and "terminated * (1.0 - success)" in second.source
    died = [(c.trained.steps.terminated & ~c.trained.steps.info["success"]).sum() for c in made.candidates]
    assert died[1] <= 0.5 * died[0]


def test_the_task_of_the_paper_names_its_failures_to_the_analyzer():
    """Lava diamond, played at random: what the Analyzer is told are the causes that the map itself knows."""
    from rewardlab.benchmarks.recording import Recorder
    from rewardlab.core.agent import as_vector_env
    from rewardlab.rewards.drivers.vector import PaidVector
    from rewardlab.rewards.language.failures import histogram

    recorder = Recorder()
    envs = PaidVector(as_vector_env("rewardlab/LavaDiamond-v0", num_envs=32), recorder, update_every=1)
    card = str(envs.unwrapped.describe())
    envs.reset(seed=0)
    envs.action_space.seed(0)
    for _ in range(200):
        envs.step(envs.action_space.sample())
    names = [k for k, v in recorder.batches[0].info.items() if not isinstance(v, dict)]
    steps = Transitions.concat([replace(b, info={k: b.info[k] for k in names}) for b in recorder.batches])
    ended = np.asarray(steps.info["failure"])[np.asarray(steps.done)]
    told = histogram(steps, most=10_000, card=card)
    assert told.failed == told.episodes == len(ended)  # nobody finds the diamond by chance
    assert told.causes["death (lava)"] == (ended == "lava").sum() >= 5
    assert all(c for c in ended)
    envs.close()
