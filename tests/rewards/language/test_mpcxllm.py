"""The slow loop: grammar, hints, when it asks, what it changes, and that no answer breaks a limit."""

import numpy as np
import pytest

import rewardlab  # noqa: F401
from rewardlab.agents.loops.simulated import Numbered, RulesModel, Still
from rewardlab.agents.model_based import ILQG, Guarded
from rewardlab.core.errors import BadOption, OracleFailed
from rewardlab.core.rng import Streams
from rewardlab.envs.control import BicycleDrive
from rewardlab.rewards import DecisionxLLM, DrivingCost, DrivingRules, Hints, MPCxLLM, Supervisor
from rewardlab.rewards.language.driving import as_vector, defaults, read_parameters
from rewardlab.rewards.language.mpcxllm import read_decision


@pytest.mark.parametrize(
    ("answer", "change", "wrong"),
    [
        ("Continue behavior", "", False),
        ("continue behavior.", "", False),
        ("Well.\nChange behavior: slower", "slower", False),
        ('"Change behavior: reverse"', "reverse", False),
        ("Change behavior:", "", True),
        ("I would slow down.", "", True),
        ("", "", True),
    ],
)
def test_decisions_are_of_the_grammar_or_change_nothing(answer, change, wrong):
    found = read_decision(answer)
    assert found.change == change and bool(found.problem) == wrong


def test_hints_are_those_most_like_the_text():
    lines = ["The race pace is 8 m/s.", "Rain makes the track slippery.", "The inner wall is the left wall."]
    assert Hints(lines, top_k=1).nearest("keep off the inner wall") == [lines[2]]
    assert Hints(lines, top_k=2).nearest("what is the race pace?")[0] == lines[0]
    assert Hints(lines, top_k=0).nearest("race") == [] == Hints().nearest("race")
    with pytest.raises(BadOption, match="top_k"):
        Hints(lines, top_k=-1)


def watched(instruction, ask=None, hints=()):
    ask = ask or DrivingRules()
    return Supervisor(DecisionxLLM(ask, Hints(hints)), MPCxLLM(ask), instruction)


def test_it_asks_once_a_window_and_tunes_only_when_it_must():
    asked = []

    def ask(prompts):
        asked.extend(prompts)
        return DrivingRules()(prompts)

    one, obs = watched("Drive at about 4 m/s", ask), np.zeros(16)
    obs[3] = 8.0
    for _ in range(41):
        theta = one.see(obs)
    assert theta == defaults() | {"v_max": 4.0} and len(asked) == 2
    obs[3] = 4.1
    for _ in range(82):
        one.see(obs)
    assert [bool(d.change) for d in one.decisions] == [True, False, False] and len(asked) == 4
    assert [p.key[1:3] for p in asked] == [("decision", 0), ("tuning", 0), ("decision", 1), ("decision", 2)]


def test_a_fact_that_only_a_hint_knows():
    obs = np.zeros(16)
    obs[3] = 4.0
    for hints, want in ((["The race pace is 8 m/s."], 8.0), ([], 12.0)):
        one = watched("Drive at race pace", hints=hints)
        for _ in range(41):
            theta = one.see(obs)
        assert theta["v_max"] == want
        assert bool(one.decisions[0].change) == bool(hints)


def test_an_oracle_that_fails_changes_nothing():
    one = watched("Drive at 4 m/s", lambda prompts: [OracleFailed("gone")] * len(prompts))
    for _ in range(41):
        theta = one.see(np.zeros(16))
    assert theta == defaults() and "gone" in one.decisions[0].problem
    tune = MPCxLLM(lambda prompts: [OracleFailed("gone")])
    assert tune("x", {"v_max": 2.0}) == {"v_max": 2.0} and "gone" in tune.notes[0]
    with pytest.raises(BadOption, match="samples"):
        Supervisor(DecisionxLLM(DrivingRules()), MPCxLLM(DrivingRules()), "x", samples=1)


def test_whatever_is_answered_no_limit_is_broken():
    """Twelve cars, each with a new answer by chance every five steps; answers as controls would leave the track."""
    n, rng = 12, np.random.default_rng(0)
    rules, theta = BicycleDrive(), [defaults() for _ in range(n)]
    cost = DrivingCost(np.stack([as_vector(t) for t in theta]))
    planner = ILQG("rewardlab/BicycleDrive-v0", model=Numbered(RulesModel(rules)), reward=cost, horizon=6, first=1)
    tight = RulesModel(BicycleDrive(v_max=11.99, v_min=-2.99, alat_max=9.97, width=2.98))
    guarded, plan = Guarded(planner, rules.brake, tight, steps=50), None
    streams = Streams(range(n))
    streams.begin(np.ones(n, dtype=bool))
    state = rules.start(n, streams)
    for t in range(25):
        if t % 5 == 0:
            for i in range(n):
                names = rng.choice([*theta[i]], 4)
                values = {str(name): float(rng.normal() * 10.0 ** rng.integers(-1, 4)) for name in names}
                theta[i], _ = read_parameters(repr(values), theta[i])
            cost.theta = np.stack([as_vector(t) for t in theta])
        action, plan = guarded.control(rules.look(state).astype(np.float64), plan)
        state, _, _, info = rules.move(state, action, Still(n))
        assert not info["violation"].any()
