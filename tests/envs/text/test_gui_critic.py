"""The critic: closed forms of what it is worth, exact chances against play, and what its verdicts are paid."""

import gymnasium as gym
import numpy as np
import pytest

from rewardlab.core.errors import BadOption
from rewardlab.envs.text.apps import APPS
from rewardlab.envs.text.apps.app import graph
from rewardlab.envs.text.apps.play import after, distance, good, guide, start
from rewardlab.envs.text.dialogue import rng_of
from rewardlab.envs.text.gui_critic import GUICritic, Review, read_verdict


def drawn(rules, count=10):
    return [rules._task(rng_of(seed)) for seed in range(count)]


@pytest.mark.parametrize("follow", [1.0, 0.6])
def test_with_no_turn_to_spare_success_is_the_product_of_the_step_formula(follow):
    rules = GUICritic(apps=("form",), demands=3, turns=17, slip=0.3, follow=follow)
    goal = drawn(rules, 1)[0].goal
    far = distance(goal, start(goal))
    rules.turns = far  # all must be good
    detect, alarm, due, state = 0.7, 0.2, 1.0, start(goal)
    for _ in range(far):
        right = good(goal, state)
        known = graph(APPS["form"], goal)
        a = 0.7 + 0.3 * len(right) / len(known.moves[known.number[APPS["form"].usual(goal, state)]])
        s0, s1 = a, follow + (1 - follow) * a
        due *= a * (1 - alarm) + a * alarm * s0 + (1 - a) * detect * s1
        state = after(goal, state, right[0])
    assert rules.success(goal, detect, alarm) == pytest.approx(due)


@pytest.mark.parametrize(("app", "detect", "alarm"), [("mail", 0.8, 0.1), ("settings", 0.5, 0.3)])
def test_the_chance_of_success_is_that_of_play(app, detect, alarm):
    rules = GUICritic(apps=(app,), demands=2, turns=14, slip=0.3, follow=0.7)
    goal, rng, plays, wins = drawn(rules, 1)[0].goal, np.random.default_rng(0), 1200, 0
    for _ in range(plays):
        task = Review(goal, guide(goal, start(goal), rules.slip, rng))
        memory = rules.begin(task)
        for _ in range(rules.turns):
            right = good(goal, memory[0])
            blamed = rng.random() < (alarm if memory[1] in right else detect)
            told = f"bad: {right[0]}" if right and memory[1] not in right else "bad"
            heard = rules.hear(task, memory, told if blamed else "good", rng)
            memory = heard.memory
            if heard.over:
                break
        wins += heard.success
    p = rules.success(goal, detect, alarm)
    assert 0.2 < p < 0.98 and abs(wins / plays - p) < 4 * np.sqrt(p * (1 - p) / plays)  # four standard errors


def test_a_critic_who_knows_makes_success_sure_and_one_who_says_nothing_changes_nothing():
    for task in drawn(GUICritic(slip=0.3), 6):
        rules = GUICritic(slip=0.3, turns=20)
        assert rules.success(task.goal, 1.0, 0.0) == pytest.approx(1)
        known = graph(APPS[task.goal.app], task.goal)
        assert rules.success(task.goal, 0.0, 0.0) == pytest.approx(known.values(0.3, 20)[20, 0])
        assert rules.success(task.goal, 0.0, 0.0) < rules.success(task.goal, 0.5, 0.0) < 1


def test_verdicts_and_suggestions_are_paid_where_they_are_right():
    rules = GUICritic(verdict_pay=0.5, suggestion_pay=0.25)
    fine, slip = (next(e.truth for e in rules.examples() if e.passes and e.truth.first == f"tap {page}")
                  for page in ("network", "reset"))  # fmt: skip
    say = lambda task, said: rules.hear(task, rules.begin(task), said, np.random.default_rng(0))  # noqa: E731
    for task, said, verdict, suggestion, done in (
        (fine, "good", 0.5, 0.25, True), (fine, "bad: tap network", 0.0, 0.0, True), (slip, "good", 0.0, 0.0, False),
        (slip, "bad: tap network", 0.5, 0.25, True), (slip, "bad: tap sound", 0.5, 0.0, False),
    ):  # fmt: skip
        heard = say(task, said)
        assert (heard.parts["verdict"], heard.parts["suggestion"]) == (verdict, suggestion), said
        assert heard.columns["done_good"] == done and heard.columns["wanted_good"] == (task is fine)
    assert say(slip, "bad: tap network").memory[0][0] == "network"


@pytest.mark.parametrize("slip", [0.0, 0.15, 1.0])
def test_the_agent_slips_as_often_as_set(slip):
    rules = GUICritic(slip=slip, split="all", apps=("form",))
    wanted = due = 0
    for task in drawn(rules, 500):
        known = good(task.goal, start(task.goal))
        wanted += task.first in known
        count = len(graph(APPS["form"], task.goal).moves[0])
        due += 1 - slip + slip * len(known) / count
    assert abs(wanted - due) <= 4 * np.sqrt(500 / 4)  # four standard errors at most


def test_the_expert_sees_every_slip():
    env = gym.make("rewardlab/GUICritic-v0", slip=0.5)
    slips = 0
    for seed in range(15):
        env.reset(seed=seed)
        over = False
        while not over:
            state = env.unwrapped.get_state()["state"]
            said = env.unwrapped.rules.expert(state["task"][0], state["memory"][0], None)
            _, _, over, _, info = env.step(said)
            assert info["verdict_right"] and info["suggestion_good"] and info["done_good"]
            slips += said != "good"
        assert info["success"]
    assert slips > 10


def test_verdicts_are_read():
    for said, due in {"good": (True, ""), "Bad.": (False, ""), "bad: Tap wifi": (False, "tap wifi"),
                      "bad, type name = Anna": (False, "type name: anna"), "bad: done": (False, "done"),
                      }.items():  # fmt: skip
        assert read_verdict(said) == due
    for said in ("", "goodbye", "good: tap wifi", "bad: fly", "bad tap wifi", "not good"):
        assert read_verdict(said) is None


def test_what_cannot_be_asked_is_refused():
    for wrong in ({"slip": 1.1}, {"follow": -0.1}, {"verdict_pay": -1.0}, {"suggestion_pay": float("nan")},
                  {"apps": ()}, {"demands": 0}, {"turns": 3}):  # fmt: skip
        with pytest.raises(BadOption, match=next(iter(wrong))):
            GUICritic(**wrong)
