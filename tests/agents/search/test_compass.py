"""COMPASS: the loop of plans and returns, what is asked of a proposer, and that adaptation wins battles."""

import gymnasium as gym
import numpy as np
import pytest

from rewardlab.agents import Compass
from rewardlab.agents.loops.units import read
from rewardlab.agents.search import planner
from rewardlab.agents.search.skills import BASIC, act, rule
from rewardlab.core.errors import BadOption
from rewardlab.core.rng import Streams
from rewardlab.envs.games import GridSkirmish


def battles(rows=8, **options):
    return gym.make_vec("rewardlab/GridSkirmish-v0", num_envs=rows, **options)


def share_won(act_on, n=400, seed=10**6, **options):
    """The share of n battles won by a policy of observations [n, ...]."""
    rules, streams = GridSkirmish(**options), Streams(range(seed, seed + n))
    streams.begin(slice(None))
    state, over = rules.start(n, streams), np.zeros(n, dtype=bool)
    won = over.copy()
    while not over.all() and state["step"].max() < 100:
        state, _, terminated, columns = rules.move(state, act_on(rules.look(state)), streams)
        won |= columns["success"] & ~over
        over |= terminated
    return won.mean()


def best(agent):
    return lambda obs: agent.predict(obs, deterministic=True)[0]


def test_without_adaptation_the_most_similar_skill_is_followed_and_nothing_is_learned():
    agent = Compass(battles(), seed=0, adapt=False)
    before = agent.knowledge
    agent.learn(400)
    assert agent.knowledge == before and not agent.library.records
    obs = battles().reset(seed=3)[0]
    table = read(obs, agent.field)
    for task, number in zip(*agent.plan(table, None), strict=True):
        assert number == agent.library.retrieve(task, 1)[0]
    weights = np.array([BASIC[k].weights for k in agent.plan(table, None)[1]])
    np.testing.assert_array_equal(best(agent)(obs).reshape(-1), act(weights, table, agent.field))


def test_each_plan_is_held_and_paid_what_came_in_its_steps_and_a_part_of_what_came_after():
    gamma, plans, paid = 0.25, [[] for _ in range(4)], [[] for _ in range(4)]
    agent = Compass(battles(4), seed=0, plan_every=3, gamma=gamma, trials=10**6)
    expected: dict[tuple, list[float]] = {}

    def watch(told):
        step = told["step"]
        for row in range(4):
            if len(paid[row]) % 3 == 0:
                plans[row].append(held[row])
            assert plans[row][-1] == held[row]  # nobody changes a plan on the way
            paid[row].append(float(step.reward[row]))
            if step.done[row]:
                later = 0.0
                for k in reversed(range(len(plans[row]))):
                    later = sum(paid[row][3 * k : 3 * k + 3]) + gamma * later
                    for pair in set(plans[row][k]):
                        expected.setdefault(pair, []).append(later)
                plans[row], paid[row] = [], []

    acted, held = agent._act, []

    def noted(rollout):
        action = acted(rollout)
        held[:] = [list(zip(t, k.tolist(), strict=True)) for t, k in zip(agent._task, agent._skill, strict=True)]
        return action

    agent._act = noted
    agent.learn(1200, callback=watch)
    expected.pop(next((p for p in expected if p[0] == ""), None), None)
    expected = {pair: scores for pair, scores in expected.items() if pair[0]}
    assert len(expected) > 6
    for (task, number), scores in expected.items():
        means, counts = agent.library.evidence(task, [number])
        assert counts[0] == len(scores) and means[0] == pytest.approx(np.mean(scores))


def test_units_of_a_row_with_the_same_sub_task_follow_the_same_skill():
    agent = Compass(battles(), seed=0).learn(2000)
    obs = battles(64).reset(seed=5)[0]
    tasks, chosen = agent.plan(read(obs, agent.field), np.random.default_rng(0))
    for row in range(64):
        pairs = list(zip(tasks[3 * row : 3 * row + 3], chosen[3 * row : 3 * row + 3], strict=True))
        assert len(set(pairs)) == len({t for t, _ in pairs})


def test_a_proposer_is_asked_once_about_each_situation_and_obeyed():
    asked = []

    def propose(texts):
        asked.extend(texts)
        return [planner.ESCAPE] * len(texts)

    agent = Compass(battles(), seed=0, propose=propose, adapt=False).learn(800)
    assert len(asked) == len(set(asked)) > 10
    obs = battles().reset(seed=0)[0]
    away = act(np.array(BASIC[2].weights), read(obs, agent.field), agent.field)
    np.testing.assert_array_equal(best(agent)(obs).reshape(-1), away)


@pytest.mark.parametrize("answers", [lambda texts: [], lambda texts: [1] * len(texts)])
def test_a_proposer_that_does_not_answer_is_named(answers):
    with pytest.raises(BadOption, match="a text for each"):
        Compass(battles(), propose=answers).learn(8)


def test_new_skills_are_tried_kept_or_dropped_and_the_library_stays_small():
    agent = Compass(battles(32), seed=0, trials=20, margin=0.0, library_max=7).learn(8_000)
    library = agent.library
    assert library.made > 9 and len(library.skills) <= 7
    for number, (task, _) in library.origin.items():
        assert library.skills[number].text.startswith(task)
    strict = Compass(battles(32), seed=0, trials=20, margin=50.0, floor=-9.0).learn(5_000)
    kept = set(strict.library.skills) - set(range(5)) - set(strict._new.values())
    gone = {n for n in kept if strict.library.origin[n][1] not in strict.library.skills}
    assert kept == gone and strict.library.made > 15  # nothing is so much better than a parent that is there


def test_the_skill_on_trial_is_tried_and_older_ones_do_not_hide_better_ones():
    task, twin = "attack", "attack: stand"
    skills = (rule("stand", task, fire=1.0), rule("other", "retreat", near=-1.0), rule("third", "regroup"))
    agent = Compass(battles(4), seed=0, skills=skills, propose=lambda t: [task] * len(t), top_k=3, trials=10**6)
    library, rng = agent.library, np.random.default_rng(0)
    written = [library.write(task, 0, rng, size=0.1) for _ in range(5)]  # numbers 3 to 7, all with the same text
    assert len({library.skills[n].text for n in written}) == 1 and library.skills[3].text == twin
    for number, score in zip(written[:4], (0.1, 0.4, 0.2, 0.3), strict=True):
        library.reflect(task, number, [score])
    agent._new[task] = written[4]
    assert agent.candidates(task) == [written[1], written[3], written[4]]  # by what they earned, and the new one
    agent._new.clear()
    library.reflect(task, written[4], [0.35])
    assert agent.candidates(task) == [written[1], written[4], written[3]]
    for number in written:
        library.drop(number)
    assert agent.candidates(task) == library.retrieve(task, 3)  # without any by similarity
    agent = Compass(battles(50), seed=0, trials=30, floor=-9.0, library_max=9).learn(6000)
    assert len(agent.library.skills) == 9 and len(agent._new) >= 3
    for told, child in agent._new.items():  # none has made room for another
        assert child in agent.candidates(told) and len(agent.candidates(told)) == 3


def test_choice_learns_which_skill_to_follow():
    good, bad = rule("stand", "attack", fire=9.0, near=1.0, search=1.0), rule("run", "attack the weakest", near=-1.0)
    agent = Compass(battles(32), seed=0, skills=(bad, good), propose=lambda t: ["attack"] * len(t), trials=10**6)
    lazy = Compass(battles(1), skills=(bad, good), propose=lambda t: ["attack the weakest"] * len(t), adapt=False)
    agent.learn(3000)
    means, _ = agent.library.evidence("attack", [0, 1])
    assert means[1] > means[0] + 0.1
    assert share_won(best(agent), 100) > share_won(best(lazy), 100) + 0.1


def test_adaptation_beats_the_same_library_without_and_skills_by_chance():
    agent = Compass(battles(50), seed=0).learn(15_000)
    rng = np.random.default_rng(0)
    weights = np.array([s.weights for s in BASIC])

    def by_chance(obs):
        table = read(obs, agent.field)
        return act(weights[rng.integers(5, size=len(table.me))], table, agent.field).reshape(len(obs), -1)

    adapted = share_won(best(agent))
    fixed = share_won(best(Compass(battles(1), adapt=False)))
    chance = share_won(by_chance)
    error = (0.5 / 400) ** 0.5  # of a difference, at most
    assert adapted > fixed + 3 * error and adapted > chance + 3 * error


@pytest.mark.parametrize(
    ("name", "value"),
    [("plan_every", 0), ("top_k", 0), ("ucb_c", -1.0), ("library_max", 0), ("gamma", 1.5), ("trials", 0),
     ("margin", -1.0), ("floor", float("nan")), ("step", 0.0), ("skills", ()), ("propose", None), ("side", 1),
     ("reach", (1, 0))],
)  # fmt: skip
def test_mistakes_are_named(name, value):
    with pytest.raises(BadOption, match=name):
        Compass(battles(1), **{name: value})


def test_a_file_keeps_the_library_and_a_proposer_is_given_again(tmp_path):
    agent = Compass(battles(16), seed=4, trials=30).learn(4000)
    agent.save(tmp_path / "agent")
    back = Compass.load(tmp_path / "agent", propose=lambda texts: [planner.ESCAPE] * len(texts))
    assert back.library == agent.library and back._new == agent._new and back.field == agent.field
    obs = battles(4).reset(seed=0)[0]
    assert set(back.tasks(read(obs, back.field))) == {planner.ESCAPE}
    same = Compass.load(tmp_path / "agent")
    np.testing.assert_array_equal(best(same)(obs), best(agent)(obs))


def test_who_only_follows_remembers_nothing_and_another_environment_begins_anew():
    agent = Compass(battles(4), seed=0, adapt=False).learn(600)
    assert not any(agent._past)
    agent = Compass(battles(4), seed=0).learn(8)
    assert agent._left.tolist() == [2] * 4 and (agent._task != "").all()
    agent.set_env(battles(4))
    assert not len(agent._left)
    agent.learn(4)
    assert agent._left.tolist() == [3] * 4  # a plan of these battles, and its first step


def test_a_plan_goes_on_when_its_skill_is_dropped():
    agent = Compass(battles(4), seed=0, plan_every=10, adapt=False).learn(4)
    obs = agent._rollout.obs
    weights = np.repeat([agent._weights[0, 0]], 12, axis=0)
    assert (agent._skill == agent._skill[0, 0]).all()
    for number in list(agent.library.skills)[:-1]:
        agent.library.drop(number)
    table = read(obs, agent.field)
    np.testing.assert_array_equal(agent._act(agent._rollout).reshape(-1), act(weights, table, agent.field))
