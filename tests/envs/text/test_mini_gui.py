"""Apps in play: distances of every action, the guide's exact chances against play, lost goals and lists of goals."""

import gymnasium as gym
import numpy as np
import pytest

from rewardlab.core.errors import BadOption
from rewardlab.envs.text.apps import APPS
from rewardlab.envs.text.apps.app import graph
from rewardlab.envs.text.apps.play import distance, good, guide
from rewardlab.envs.text.dialogue import rng_of
from rewardlab.envs.text.mini_gui import MiniGUI


def drawn(rules, count=20):
    return [rules._task(rng_of(seed)) for seed in range(count)]


def test_every_action_of_the_expert_is_good_and_its_number_is_the_distance():
    env = gym.make("rewardlab/MiniGUI-v0", demands=3)
    rules, apps = env.unwrapped.rules, set()
    for seed in range(25):
        env.reset(seed=seed)
        state, over, turns = env.unwrapped.get_state()["state"], False, 0
        far = distance(state["task"][0], state["memory"][0])
        while not over:
            state = env.unwrapped.get_state()["state"]
            _, reward, over, _, info = env.step(rules.expert(state["task"][0], state["memory"][0], None))
            turns += 1
            assert info["good"] and not info["lost"] and info["distance"] == far - turns
        assert reward == 1 and turns == far
        apps.add(info["app"])
    assert apps == set(APPS)


def test_good_is_what_lowers_the_distance_and_lost_is_what_nothing_mends():
    env = gym.make("rewardlab/MiniGUI-v0", demands=2, impossible=0.0, turns=60)
    rng = np.random.default_rng(0)
    seen = set()
    for seed in range(40):
        env.reset(seed=seed)
        over = False
        while not over:
            state = env.unwrapped.get_state()["state"]
            task, memory = state["task"][0], state["memory"][0]
            before = distance(task, memory)
            said = guide(task, memory, 0.8, rng)
            if said in ("done", "impossible") and rng.random() < 0.8:
                continue
            _, reward, over, _, info = env.step(said)
            after = info["distance"]
            assert info["good"] == (after == before - 1 and after >= 0) == (said in good(task, memory))
            assert info["lost"] == (after < 0) and (reward == 1) == (over and info["success"])
            assert not (before < 0 <= after)  # what is lost stays lost
            assert info["effect"] or not info["lasting"]
            seen.add((bool(info["good"]), bool(info["lost"]), bool(info["lasting"])))
    assert (False, True, True) in seen and len(seen) >= 5


@pytest.mark.parametrize("app", APPS)
def test_the_guides_chances_are_those_of_play(app):
    rules = MiniGUI(apps=(app,), impossible=0.0, demands=2)
    task, rng, slip, plays = drawn(rules, 1)[0], np.random.default_rng(3), 0.15, 1500
    start = rules.begin(task)
    left = distance(task, start) + 3
    chances = rules.chances(task, start, slip, left)
    first = good(task, start)[0]
    assert max(chances, key=chances.get) in good(task, start) and 0.05 < chances[first] < 0.95
    wins = 0
    for _ in range(plays):
        memory, said = start, first
        for _ in range(left):
            heard = rules.hear(task, memory, said, rng)
            memory = heard.memory
            if heard.over:
                break
            said = guide(task, memory, slip, rng)
        wins += heard.success
    p = chances[first]
    assert abs(wins / plays - p) < 4 * np.sqrt(p * (1 - p) / plays)  # four standard errors


def test_without_slips_the_guide_arrives_and_a_slip_costs_exactly_its_share():
    rules = MiniGUI(apps=("form",), impossible=0.0, demands=2)
    task = drawn(rules, 1)[0]
    start = rules.begin(task)
    far = distance(task, start)
    known = graph(APPS["form"], task)
    assert known.values(0.0, far)[far, 0] == 1 and known.values(0.0, far - 1)[far - 1, 0] == 0
    # with no turn to spare every action must be good: a product over the way, both orders of two fields being as good
    chance, state = 1.0, start
    for _ in range(far):
        usual = APPS["form"].usual(task, state)
        count = len(known.moves[known.number[usual]])
        right = good(task, state)
        chance *= 0.7 + 0.3 * len(right) / count
        state = rules.hear(task, state, right[0], None).memory
    assert known.values(0.3, far)[far, 0] == pytest.approx(chance)


def test_a_list_has_its_share_of_impossible_goals_and_both_splits():
    rules = gym.make("rewardlab/FormGUI-v0").unwrapped.rules
    assert len(set(rules.listed)) == 32 and sum(g.impossible for g in rules.listed) == 10
    far = [distance(g, rules.begin(g)) for g in rules.listed]
    assert {d for d, g in zip(far, rules.listed, strict=True) if not g.impossible} <= set(range(8, 16))
    assert all(d == 1 for d, g in zip(far, rules.listed, strict=True) if g.impossible)
    train, test = (MiniGUI(apps=("form",), demands=7, impossible=0.3125, tasks=32, turns=30, split=s) for s in
                   ("train", "test"))  # fmt: skip
    assert train.listed == test.listed == rules.listed
    found = [set(drawn(r, 150)) for r in (train, test)]
    assert not found[0] & found[1] and found[0] | found[1] <= set(rules.listed) and len(found[0]) > 15


def test_an_impossible_goal_asks_for_what_is_not_there():
    for app in APPS:
        rules = MiniGUI(apps=(app,), impossible=0.9)
        for task in (t for t in drawn(rules) if t.impossible):
            assert rules.check("impossible", task) and not rules.check("done", task)
            known = graph(APPS[app], task)
            last = task.short.split(", ")[-1].split()
            missing = last[1] if app == "mail" else last[0]
            where = known.states if app != "shop" else ()
            for state in where:
                if state[0] != "end":
                    assert missing not in APPS[app].screen(task, state).buttons
                    assert missing not in dict(APPS[app].screen(task, state).fields)
            if app == "shop":
                word, kind = last[:2]
                assert not any(word in p and p[0] == kind for p in task.data)


def test_where_nothing_is_admitted_an_impossible_goal_is_lost_from_the_start():
    admitted, lost = (MiniGUI(impossible=0.5, admit=a) for a in (True, False))
    hopeless = 0
    for task, other in zip(drawn(admitted), drawn(lost), strict=True):
        assert repr(task) == repr(other) and other.hopeless == task.impossible
        hopeless += other.hopeless
        if other.hopeless:
            heard = lost.hear(other, lost.begin(other), "impossible", None)
            assert heard.over and not heard.success and heard.columns["lost"]
            assert set(graph(APPS[other.app], other).distances) == {-1}
    assert 3 < hopeless < 17 and lost.card().optimal_return == 0.5


def test_the_shop_pays_for_the_exact_item_alone():
    rules = MiniGUI(apps=("shop",), impossible=0.0)
    for task in drawn(rules, 10):
        wins = set()
        for k, (kind, colour, _, _) in enumerate(task.data):
            for size in ("small", "large"):
                buy = f"type query: {kind};tap search;tap {colour} {kind};tap {size};tap add;tap basket;tap pay;done"
                if rules.check(buy, task):
                    wins.add((k, size))
        assert wins == {task.want}
        assert task.short.split()[0] in task.data[task.want[0]]


def test_the_oracle_can_be_left_out():
    env = gym.make("rewardlab/MiniGUI-v0", oracle=False)
    env.reset(seed=0)
    graph.cache_clear()
    info = env.step("back")[4]
    assert info["distance"] == 0 and not info["good"] and graph.cache_info().currsize == 0


def test_a_list_that_is_too_long_for_its_goals_is_refused():
    with pytest.raises(BadOption, match="there are not so many"):
        _ = MiniGUI(apps=("form",), demands=1, tasks=100).listed


def test_what_cannot_be_asked_is_refused():
    for wrong in ({"apps": ()}, {"apps": ("game",)}, {"demands": 0}, {"demands": 9}, {"impossible": 1.0}, {"tasks": 4},
                  {"list_seed": -1}, {"turns": 3}, {"demands": 8, "turns": 20}):  # fmt: skip
        with pytest.raises(BadOption, match=list(wrong)[-1]):
            MiniGUI(**wrong)
