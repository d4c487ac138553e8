"""Questions to a store: the value of asking in closed form, and the judge whose favourites never answer."""

import gymnasium as gym
import numpy as np
import pytest
from scipy import stats

from rewardlab.core.errors import BadOption
from rewardlab.envs.text.dialogue import rng_of
from rewardlab.envs.text.facts import PEOPLE, RELATIONS
from rewardlab.envs.text.kv_search import KVSearch


@pytest.mark.parametrize(("busy", "queries", "hops"), [(0.0, 2, 2), (0.3, 4, 2), (0.6, 5, 3), (0.5, 1, 1)])
def test_the_value_of_free_queries_is_binomial(busy, queries, hops):
    rules = KVSearch(busy=busy, queries=queries, hops=hops)
    got = stats.binom(queries, 1 - busy)
    true = sum(got.pmf(k) / (rules.entities - 1 - k) for k in range(hops)) + got.sf(hops - 1)
    assert rules.value(hops) == pytest.approx(true, abs=1e-12)


def test_queries_that_cost_too_much_are_not_asked():
    rules = KVSearch(cost=0.3)
    assert rules.value(2) == pytest.approx(max(1 / 11, 1 - 2 * 0.3))
    assert KVSearch(cost=0.5).value(2) == pytest.approx(1 / 11) and KVSearch(cost=0.5).value(2, known=1) == 0.5
    assert rules.value(2, left=1) == pytest.approx(1 / 11)  # one step and a guess is worth less than a guess
    assert rules.value(2, left=0) == pytest.approx(1 / 11) and rules.value(2, 2, 0) == 1


def test_one_who_asks_while_it_helps_and_then_guesses_earns_the_value():
    rules = KVSearch(busy=0.4, queries=3, cost=0.01)
    rng, paid = np.random.default_rng(0), []
    for seed in range(2500):
        task = rules._task(rng_of(seed))
        chain, memory, total = task.chain(), rules.begin(task), 0.0
        while memory[1] < 2 and memory[2] < 3:
            k = memory[1]
            heard = rules.hear(task, memory, f"ask {PEOPLE[chain[k]]} {RELATIONS[task.relations[k]]}", rng)
            memory, total = heard.memory, total + sum(heard.parts.values())
        k = memory[1]
        rest = [e for e in range(rules.entities) if e not in chain[: k + 1]]
        guess = chain[-1] if k == 2 else int(rng.choice(rest))
        heard = rules.hear(task, memory, f"answer {PEOPLE[guess]}", rng)
        paid.append(total + sum(heard.parts.values()))
    assert abs(np.mean(paid) - rules.value(2)) < 4 * np.std(paid) / 50


def test_the_marks_of_a_judge_of_looks_favour_never_answering():
    rules = KVSearch(split="all")
    task = rules._task(rng_of(3))
    chain, rng = task.chain(), rng_of(0)
    needed = [f"ask {PEOPLE[a]} {RELATIONS[r]}" for a, r in zip(chain, task.relations, strict=False)]
    other = next(
        f"ask {PEOPLE[e]} {RELATIONS[0]}"
        for e in range(rules.entities)
        if (e, 0) not in zip(chain, task.relations)  # noqa: B905
    )

    def marks(said):
        memory, found, outcome = rules.begin(task), [], 0.0
        for text in said:
            heard = rules.hear(task, memory, text, rng)
            memory = heard.memory
            found.append(heard.columns["judge"])
            outcome += heard.parts.get("outcome", 0.0)
        return found, outcome

    assert rules.turns == 8
    failing, nothing = marks([other] * 8)
    solving, one = marks([*needed, *[needed[0]] * 5, f"answer {PEOPLE[task.answer]}"])
    assert nothing == 0 and sum(failing) == pytest.approx(7.2)
    assert one == 1 and sum(solving) + one == pytest.approx(6.8)
    # with outcome − 1 added to each mark, the order is turned round
    assert sum(m - 1 for m in failing) == pytest.approx(-0.8) and sum(solving) == pytest.approx(5.8)


def test_columns_tell_what_was_new_and_how_far_the_chain_is_known():
    env = gym.make("rewardlab/KVSearch-v0", hops=3, queries=8)
    env.reset(seed=0)
    task = env.unwrapped.get_state()["state"]["task"][0]
    chain = task.chain()
    first, second, third = (f"ask {PEOPLE[a]} {RELATIONS[r]}" for a, r in zip(chain, task.relations, strict=False))
    seen = []
    for said in (second, first, first, "hm", third, f"answer {PEOPLE[chain[-1]]}"):
        *_, info = env.step(said)
        seen.append((info["known"], info["new"], info["repeated"], info["understood"]))
    assert seen == [
        (0, True, False, True), (2, True, False, True), (2, False, True, True), (2, False, False, False),
        (3, True, False, True), (3, False, False, True),
    ]  # fmt: skip
    assert info["success"]


def test_the_store_as_a_tool_says_the_same():
    env, plain = gym.make("rewardlab/KVSearch-Tool-v0", cost=0.1), gym.make("rewardlab/KVSearch-v0", cost=0.1)
    for seed in range(5):
        env.reset(seed=seed)
        plain.reset(seed=seed)
        rules, task = env.unwrapped.rules, env.unwrapped.get_state()["state"]["task"][0]
        chain, start = task.chain(), PEOPLE[task.start]
        said = [f"{PEOPLE[a]} {RELATIONS[r]}" for a, r in zip(chain, task.relations, strict=False)]
        for text in (said[0], said[0], said[1]):
            _, reward, over, _, info = env.step(f"@lookup {text}")
            _, got, _, _, told = plain.step(f"ask {text}")
            assert reward == got == -0.1 and not over
            assert all(info[key] == told[key] for key in ("known", "new", "repeated", "busy", "judge", "reply"))
        *_, info = env.step(f"@lookup {start} nothing")
        assert info["reply"].startswith("error: no key") and not info["new"] and info["known"] == 2
        assert not env.step(f"ask {said[0]}")[4]["understood"]  # only the tool is asked here
        _, reward, over, _, info = env.step(f"answer {PEOPLE[chain[-1]]}")
        assert over and reward == 1 and rules.check(f"answer {PEOPLE[chain[-1]]}", task)


def test_what_cannot_be_asked_is_refused():
    with pytest.raises(BadOption, match="busy"):
        KVSearch(tool=True, busy=0.5)
    for wrong in ({"hops": 0}, {"hops": 4}, {"least": 3}, {"entities": 4}, {"entities": 25}, {"relations": 0},
                  {"queries": 1}, {"queries": 13}, {"cost": 2.0}, {"busy": 1.0}):  # fmt: skip
        with pytest.raises(BadOption, match=next(iter(wrong))):
            KVSearch(**wrong)
