"""Questions to a database: answered from the rows that are shown, or in SQL by the tool."""

import gymnasium as gym
import numpy as np
import pytest

from rewardlab.core.errors import BadOption
from rewardlab.envs.text.dialogue import rng_of
from rewardlab.envs.text.sql_questions import SqlQuestions


def test_the_tool_answers_what_the_reference_query_asks():
    env = gym.make("rewardlab/SqlQuestions-Tool-v0", people=8)
    rules = env.unwrapped.rules
    for seed in range(8):
        obs, _ = env.reset(seed=seed)
        task = env.unwrapped.get_state()["state"]["task"][0]
        assert task.shop.people[0][0] + " " not in obs.split("Tables")[0] and task.shop.words() not in obs
        _, reward, over, _, info = env.step(f"@sql {task.query.sql()}")
        rows = info["reply"].split("\n")[1:-1]
        answer = task.query.answer(task.shop)
        assert rows == ([*answer] if isinstance(answer, tuple) else [str(answer)]) and info["queried"]
        assert reward == 0 and not over
        _, reward, over, _, info = env.step("answer: " + (", ".join(rows) or "none"))
        assert over and reward == 1 and info["success"]
    rules.toolbox.close()


def test_queries_are_turns_and_nothing_can_be_changed():
    env = gym.make("rewardlab/SqlQuestions-Tool-v0", queries=2)
    env.reset(seed=0)
    for said in ("@sql drop table people", "@sql select nothing from nowhere"):
        *_, info = env.step(said)
        assert info["reply"].startswith("error") and not info["answered"]
    _, reward, over, _, _ = env.step("@sql select 1")
    assert over and reward == 0  # no turn was left for the answer
    env.unwrapped.rules.toolbox.close()


def test_a_shipped_database_is_the_same_in_each_conversation_and_fresh_ones_differ():
    shipped, fresh = SqlQuestions(), SqlQuestions(instance=-1)
    assert len({shipped._task(rng_of(s)).shop for s in range(20)}) == 1
    assert len({fresh._task(rng_of(s)).shop for s in range(20)}) == 20
    assert SqlQuestions(instance=1)._task(rng_of(0)).shop != shipped._task(rng_of(0)).shop


@pytest.mark.parametrize("fields", [{"people": 24}, {"people": 2}, {"people": 24, "brief": True}], ids=str)
def test_prompts_show_all_rows_and_are_not_cut(fields):
    rules = SqlQuestions(instance=-1, **fields)
    for seed in range(20):
        task = rules._task(rng_of(seed))
        prompt = rules.prompt(task)
        assert task.shop.words() in prompt and len(prompt) <= rules.heard
        said = rules.expert(task, rules.begin(task), rng_of(0))
        assert rules.fit(said) == said and rules.check(said, task)


def test_guessing_rarely_helps():
    rules, rng = SqlQuestions(instance=-1), np.random.default_rng(0)
    right = 0
    for seed in range(200):
        task = rules._task(rng_of(seed))
        name, city, age = task.shop.people[int(rng.integers(6))]
        right += rules.check(f"answer: {(name, city, age, 2, 'none')[int(rng.integers(5))]}", task)
    assert right < 0.2 * 200


def test_what_cannot_be_asked_is_refused():
    for wrong in ({"people": 1}, {"people": 25}, {"level": 0}, {"level": 4}, {"instance": -2}, {"queries": 0}):
        with pytest.raises(BadOption, match=next(iter(wrong))):
            SqlQuestions(**wrong)
