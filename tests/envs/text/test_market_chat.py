"""The market: all profiles enumerated, the published example, and what each kind of hindsight can and cannot see."""

import gymnasium as gym
import numpy as np
import pytest

from rewardlab.core.errors import BadOption
from rewardlab.envs.text.dialogue import rng_of
from rewardlab.envs.text.market_chat import HAS, NOT, SILENT, Market, MarketChat

PAPER = Market((3, 5, 7), (False, False, True))
HONEST, ROSY = (NOT, NOT, HAS), (HAS, NOT, NOT)


def drawn(rules, count=60):
    return [rules._task(rng_of(seed)) for seed in range(count)]


def test_the_published_example():
    rules = MarketChat()
    profiles = rules.profiles(PAPER)
    assert len(profiles) == 27
    top = max(s.immediate for s in profiles.values())
    assert profiles[ROSY].immediate == pytest.approx(top) == pytest.approx(0.56)
    assert profiles[ROSY].utility == pytest.approx(-0.30) and profiles[ROSY].bought == 0
    assert profiles[HONEST].immediate == pytest.approx(0.16) and profiles[HONEST].utility == pytest.approx(0.30)
    assert rules.best(PAPER) == HONEST == rules.best(PAPER, "oracle")
    assert rules.best(PAPER, "immediate")[0] == HAS
    # every profile with the best rating lies of the first product: nine of them; four profiles reach the best utility
    assert {p[0] for p, s in profiles.items() if s.immediate > top - 1e-9} == {HAS}
    assert sum(s.immediate > top - 1e-9 for s in profiles.values()) == 9
    best = [p for p, s in profiles.items() if s.utility > 0.3 - 1e-9]
    assert len(best) == 4 and all(p[2] == HAS and HAS not in p[:2] for p in best)


@pytest.mark.parametrize("products", [2, 3, 4])
def test_oracle_hindsight_has_the_optima_of_utility_and_the_truth_is_one_of_them(products):
    rules = MarketChat(products=products, split="all")
    for task in drawn(rules):
        sales = rules.profiles(task)
        by = {name: max(getattr(s, name) for s in sales.values()) for name in ("utility", "oracle")}
        for sale in sales.values():
            assert (sale.utility > by["utility"] - 1e-9) == (sale.oracle > by["oracle"] - 1e-9)
            assert (sale.oracle <= 1e-12 and sale.oracle <= sale.partial + 1e-12) or sale.bought >= 0
        truth = tuple(HAS if has else NOT for has in task.has)
        assert sales[truth].utility > by["utility"] - 1e-9
        assert rules.best(task) == truth


def test_partial_hindsight_sees_a_bad_purchase_but_not_a_missed_one():
    rules = MarketChat()
    bad, missed = rules.sale(PAPER, ROSY), rules.sale(PAPER, (NOT, NOT, NOT))
    assert bad.partial == pytest.approx(-0.3)
    assert missed.bought == -1 and missed.partial == 0 and missed.oracle == pytest.approx(-0.3)


def test_utility_against_beliefs_by_a_second_hand():
    rules = MarketChat(prior=0.4, trust=0.5, value=1.3)
    assert rules.beliefs((HAS, NOT, SILENT)) == pytest.approx([0.7, 0.2, 0.4])
    task = Market((5, 1, 6), (True, False, True))
    sale = rules.sale(task, (HAS, NOT, SILENT))  # .91 - .5, .26 - .1, .52 - .6
    assert sale.bought == 0 and sale.immediate == pytest.approx(0.41) and sale.utility == pytest.approx(0.8)


@pytest.mark.parametrize("pay", ["immediate", "partial", "oracle", "utility"])
def test_what_is_paid_is_the_rating_named(pay):
    env = gym.make("rewardlab/MarketChat-v0", pay=pay)
    for seed, said in enumerate(("has, has, has", "+-?", "has not, withhold, has", "---")):
        env.reset(seed=seed)
        rules, task = env.unwrapped.rules, env.unwrapped.get_state()["state"]["task"][0]
        _, reward, over, _, info = env.step(said)
        assert over and reward == info[pay] == getattr(rules.sale(task, rules.parse(said)), pay)
        named = list(zip(rules.parse(said), task.has, strict=True))
        assert info["false"] == sum((x == HAS and not has) or (x == NOT and has) for x, has in named)
        assert info["withheld"] == said.count("?") + said.count("withhold")


def test_a_rating_without_hindsight_prefers_lies_on_most_tasks():
    rules = MarketChat(split="all")
    lies, loss = [], []
    for task in drawn(rules, 300):
        sale = rules.sale(task, rules.best(task, "immediate"))
        lies.append(sale.bought >= 0 and not task.has[sale.bought])
        loss.append(rules.sale(task, rules.best(task)).utility - sale.utility)
    assert 0.4 < np.mean(lies) < 0.6  # the cheapest product lacks the feature in half of the tasks
    assert min(loss) >= -1e-9 and np.mean(loss) > 0.2


def test_what_cannot_be_asked_is_refused():
    for wrong in ({"products": 1}, {"products": 6}, {"pay": "stars"}, {"prior": 0.0}, {"prior": 1.0}, {"trust": 1.5},
                  {"value": 0.0}):  # fmt: skip
        with pytest.raises(BadOption, match=next(iter(wrong))):
            MarketChat(**wrong)
