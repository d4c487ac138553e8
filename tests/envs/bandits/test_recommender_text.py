"""The text recommender: its forms against the history of play, and its guide against LinUCB."""

import re

import numpy as np
import pytest

from rewardlab.core.errors import BadOption
from rewardlab.envs import WorldVectorEnv
from rewardlab.envs.bandits import RecommenderText, RecommenderTokens
from rewardlab.envs.bandits.words import advice, decoded


def test_the_largest_advice_is_what_linucb_shows():
    n, pulls, alpha = 8, 60, 0.7
    rules = RecommenderText("guide", alpha=alpha, digits=17, pulls=pulls)
    envs = WorldVectorEnv(rules, n)
    obs, info = envs.reset(seed=0)
    xs, rs, regret = [[] for _ in range(n)], [[] for _ in range(n)], []
    for t in range(pulls):
        read = np.stack([advice(text, rules.names) for text in obs])
        for i in range(n):
            arms = rules.bandit.shown[info["user"][i]].astype(float)
            seen, pay = np.array(xs[i]).reshape(-1, 4), np.array(rs[i])
            V = np.eye(4) + seen.T @ seen  # from the whole history, not from its sums
            index = [x @ np.linalg.solve(V, seen.T @ pay) + alpha * np.sqrt(x @ np.linalg.solve(V, x)) for x in arms]
            np.testing.assert_allclose(read[i], index, atol=1e-9)
            xs[i].append(arms[read[i].argmax()])
        obs, reward, *_, info = envs.step(tuple(rules.names[k] for k in read.argmax(1)))
        for i in range(n):
            rs[i].append(reward[i])
        regret.append((info["final_info"] if t == pulls - 1 else info)["pseudo_regret"])
    assert np.mean(regret[-20:]) < 0.5 * np.mean(regret[:10])  # it is worth following


def test_the_forms_tell_what_was_seen():
    rules = {form: RecommenderText(form, items=3, users=4, pulls=30, digits=5) for form in ("history", "summary")}
    envs = {form: WorldVectorEnv(r, 1) for form, r in rules.items()}
    info = {form: e.reset(seed=2)[1] for form, e in envs.items()}["history"]
    tastes = [" ".join(f"{v:+.2f}" for v in u) for u in rules["history"].bandit.user_factors]
    dice, seen = np.random.default_rng(1), []
    for t in range(1, 25):
        film = int(dice.integers(0, 3))
        user = int(info["user"][0])
        shown = {form: e.step((rules[form].names[film],)) for form, e in envs.items()}
        info = shown["history"][4]
        seen.append((tastes[user], rules["history"].names[film], int(info["rating"][0])))
        body = shown["history"][0][0].split("\n")[1:]
        assert body == [
            f"{t} of 30 shown", *(f"{who}: {what}, rated {stars}" for who, what, stars in seen),
            f"now comes {tastes[int(info['user'][0])]}",
        ]  # fmt: skip
        for name in rules["summary"].names:
            pays = [(stars - 1) / 4 for _, what, stars in seen if what == name]
            line = f"{name}: shown {len(pays)}" + (f", mean {np.mean(pays):.5g}" if pays else "")
            assert line in shown["summary"][0][0].split("\n")
    for name, offer in zip(rules["summary"].names, rules["summary"].bandit.item_factors, strict=True):
        assert f"{name} ({' '.join(f'{v:+.2f}' for v in offer)})" in rules["summary"].prompt()


def test_tokens_tell_the_guide_and_who_comes():
    rules = RecommenderTokens("guide", digits=17)
    envs = WorldVectorEnv(rules, 2)
    code, info = envs.reset(seed=0)
    for _ in range(20):
        state = envs.get_state()["state"]
        for i in range(2):
            value, bonus = rules.view.guide(state, i)
            np.testing.assert_allclose(advice(decoded(code[i]), rules.view.names), value + bonus, atol=1e-12)
            taste = re.search(r"now comes (.*)$", decoded(code[i]))[1]
            told = [float(v) for v in taste.split()]
            np.testing.assert_allclose(told, rules.view.bandit.user_factors[info["user"][i]], atol=0.0051)
        code, _, _, _, info = envs.step(np.array([0, 3]))


def test_returns_are_those_of_the_bandit():
    rules = RecommenderText(pulls=7)
    assert rules.card().optimal_return == rules.bandit.optimal_value
    assert 7 * rules.to_mdp().solve().value == pytest.approx(rules.bandit.optimal_value)
    assert RecommenderTokens(pulls=7).card().random_return == rules.card().random_return


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"items": 31}, "at most 30"),
        ({"alpha": -1.0}, "alpha=-1.0"),
        ({"digits": 0}, "digits=0"),
        ({"rank": 0}, "rank=0"),
    ],
)
@pytest.mark.parametrize("kind", [RecommenderText, RecommenderTokens])
def test_mistakes_are_named(kind, fields, words):
    with pytest.raises(BadOption, match=words):
        kind(**fields)
