"""Every bandit in words: pay, regret and ends to the bit those of the bandit in numbers, whatever is answered."""

import re

import gymnasium as gym
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from spoken_bandits import said

import rewardlab  # noqa: F401
from rewardlab.core.errors import BadOption
from rewardlab.core.rng import Streams
from rewardlab.envs import WorldEnv
from rewardlab.envs.bandits import BanditText, BanditTokens
from rewardlab.envs.bandits.ids import IDS
from rewardlab.envs.bandits.words import FORMS, decoded

SPOKEN = {name: t["kwargs"] for name, t in IDS.items() if t["rules"].endswith(":BanditText")}
every = pytest.mark.parametrize("name", SPOKEN)


def made(name, kind=BanditText, **fields):
    return kind(**{**SPOKEN[name], **fields})


def short(name, kind, **fields):
    """With episodes of 12 rounds, or 3 episodes, instead of all of them."""
    rules = made(name)
    length = {key: 12 for key in ("pulls", "rounds") if hasattr(rules.bandit, key)}
    return made(name, kind, fields={**(rules.fields or {}), **length}, episodes=min(rules.episodes, 3), **fields)


def equal(a, b):
    return np.array_equal(np.asarray(a), np.asarray(b))


@pytest.mark.parametrize("form", FORMS)
@every
def test_all_views_pay_alike_to_the_bit_and_tokens_are_the_text(name, form):
    text, tokens = (short(name, kind, form=form, digits=17, window=9) for kind in (BanditText, BanditTokens))
    envs = [WorldEnv(rules) for rules in (text.bandit, text, tokens)]
    moves = getattr(text.bandit, "places", 1)  # of the bandit, for one answer
    tokens.action_space.seed(3)
    numbers, told, coded = envs
    numbers.reset(seed=2**40)
    shown, code = told.reset(seed=2**40)[0], coded.reset(seed=2**40)[0]
    for t in range(40):
        if t % 6 in (0, 5):
            assert shown in text.observation_space and code in tokens.observation_space
            assert decoded(code) in shown.lower() and shown.startswith(text.prompt())
        action = tokens.action_space.sample()
        steps = [numbers.step(k) for k in (np.ravel(action) if moves > 1 else [action])]
        shown, paid, over, _, info = told.step(said(text.wording, action))
        code, paid_coded, over_coded, _, info_coded = coded.step(action)
        assert paid == paid_coded == sum(s[1] for s in steps) and over == over_coded
        assert info["understood"] and equal(info["action"], action)
        for key in info_coded:
            assert equal(info[key], info_coded[key]), key
        if moves == 1:
            for key, value in steps[0][4].items():
                assert equal(value, info[key]), key
        else:
            each = [s[4] for s in steps]
            for key in ("pseudo_regret", "true_reward"):
                assert info[key] == pytest.approx(sum(s[key] for s in each), abs=1e-12)
            for key in ("click", "click_chance"):
                assert equal(info[key], [s[key] for s in each])
            assert info["success"] == all(s["success"] for s in each) and info["best"] == each[0]["best"]
        ended = steps[-1][2]
        assert ended or not over
        if over:
            assert ended and (t + 1) % ((text.wording.rounds or 0) * text.episodes) == 0
            numbers.reset()
            shown, code = told.reset()[0], coded.reset()[0]
        elif ended:
            numbers.reset()
    if text.wording.rounds is None:
        assert not over


HOSTILE = (
    "", " ", "\x00\x1b[2J", "\r\n\t", "\u2028", "💥", "\ud800", "٣ ٤", "x" * 2**20, "1 " * 2**19, "B " * 2**18,
    "(" * 60, "-" * 64, "1." * 32, "nan inf -inf", "B C D E F G", "R0 R999", "none of them all", "b", "0x10", "1_000",
)  # fmt: skip


@every
def test_no_answer_raises_and_what_cannot_be_understood_lets_chance_choose(name):
    rules = made(name, form="summary")
    n, rng = len(HOSTILE), Streams(range(len(HOSTILE)))
    rng.begin(slice(None))
    state = rules.start(n, rng)
    for _ in range(3):
        state, reward, _, info = rules.move(state, np.array(HOSTILE, dtype=object), rng)
        assert np.isfinite(reward).all()
        for said_, action, clear in zip(HOSTILE, info["action"], info["understood"], strict=True):
            assert action in rules.wording.action_space
            assert clear == (rules.parse(said_) is not None)
        assert not info["understood"][[0, 1, 5, 6, 8, 9, 10]].any()
        texts = rules.look(state)
        assert all(text in rules.observation_space for text in texts)
        for text, clear in zip(texts, info["understood"], strict=True):
            assert (rules.wording.unclear in text) != clear


@given(st.text(max_size=80))
def test_any_text_is_parsed(text):
    for name in ("PiecewiseBandit", "DuelingBandit", "OnlineLosses", "GoldProxy-Shift", "SlatePage"):
        meant = PARSED[name](text)
        assert meant is None or meant in SPACES[name]


SOME = {n: made(f"rewardlab/{n}Text-v0") for n in ("PiecewiseBandit", "DuelingBandit", "OnlineLosses", "SlatePage")}
SOME["GoldProxy-Shift"] = made("rewardlab/GoldProxy-ShiftText-v0")
PARSED = {name: rules.parse for name, rules in SOME.items()}
SPACES = {name: rules.wording.action_space for name, rules in SOME.items()}


@pytest.mark.parametrize("name", SOME)
def test_chance_is_even_and_leaves_other_rows_alone(name):
    rules, n = SOME[name], 4000
    clear = said(rules.wording, rules.wording.action_space.sample())
    unclear = np.arange(n) % 2 == 0
    mixed = np.where(unclear, "?", clear).astype(object)
    streams = [Streams(range(n)) for _ in range(2)]
    states = []
    for rng in streams:
        rng.begin(slice(None))
        states.append(rules.start(n, rng))
    for said_, k in ((mixed, 0), (np.full(n, clear, dtype=object), 1)):
        states[k], reward, _, info = rules.move(states[k], said_, streams[k])
        if k == 0:
            first, actions = reward, np.asarray(info["action"], dtype=float).reshape(n, -1)
    np.testing.assert_array_equal(first[~unclear], reward[~unclear])
    drawn, space = actions[unclear], rules.wording.action_space
    high = 1.0 if space.dtype.kind == "f" else float(np.max(getattr(space, "nvec", getattr(space, "n", 1))))
    low = -1.0 if space.dtype.kind == "f" else 0.0
    shares = np.histogram(drawn, bins=4, range=(low, high))[0] / drawn.size
    whole = high if space.dtype.kind != "f" else 4.0
    even = np.histogram(np.arange(whole), bins=4, range=(0.0, whole))[0] / whole
    assert (np.abs(shares - even) < 4 * np.sqrt(0.25 / drawn.size)).all()  # 4 standard errors at most


def test_the_same_rows_go_on_in_the_episode_after():
    """The k-th episode in a text draws what the k-th of the bandit does, and a new text goes on from there."""
    rules = made("rewardlab/SlatePageText-v0", episodes=3)
    text, numbers = WorldEnv(rules), WorldEnv(rules.bandit)
    text.reset(seed=5)
    numbers.reset(seed=5)
    users = []
    for k in range(7):
        state = text.get_state()["state"]
        users.append(int(state["bandit:user"][0]))
        assert users[-1] == numbers.get_state()["state"]["user"][0]
        over = text.step("B C D E F")[2]
        assert over == (k % 3 == 2)
        for item in range(5):
            numbers.step(item)
        numbers.reset()
        if over:
            text.reset()
    assert len(set(users)) > 2


def test_what_one_episode_showed_is_forgotten_where_the_next_is_another():
    rules = BanditText("PriorBandit", {"pulls": 4, "arms": 3}, "summary", episodes=2)
    env = WorldEnv(rules)
    first, _ = env.reset(seed=0)
    means = env.get_state()["state"]["bandit:means"]
    for t in range(8):
        text, _, over, *_ = env.step("B")
        assert over == (t == 7)
        if t == 2:
            assert "B: chosen 3" in text and "3 of 4 chosen, episode 1 of 2" in text
        if t == 3:
            assert text == first.replace("episode 1", "episode 2")
            assert (env.get_state()["state"]["bandit:means"] != means).all()


def test_a_history_tells_the_last_rounds_in_order():
    rules = BanditText("BernoulliBandit-Easy-v0", {"pulls": 30}, window=7)
    env = WorldEnv(rules)
    env.reset(seed=1)
    lines = []
    for t in range(29):
        name = "BCDEF"[t * 3 % 5]
        text, reward, *_ = env.step(name)
        lines.append(f"{name} {reward:.0f}")
        told = text.split("\n")
        assert told[1:] == [f"{t + 1} of 30 chosen", *lines[-7:]] and "of the last 7 rounds" in told[0]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("fields", [{"deviation": 1e30}, {"deviation": 1e-300}, {"means": [-1e-300, 1e30]}])
def test_the_longest_numbers_fit(form, fields):
    for of in ("StochasticBandit", "PiecewiseBandit", "DelayedBandit"):
        if of == "PiecewiseBandit" and "means" in fields:
            continue
        rules = BanditTokens(of, {"pulls": 20, "deviation": 1.0, **fields}, form, digits=17)
        env = WorldEnv(rules)
        code, _ = env.reset(seed=0)
        for t in range(20):
            assert code in env.observation_space
            code, *_ = env.step(t % rules.action_space.n)


@every
def test_cards_are_complete_and_returns_those_of_the_bandit(name):
    env = gym.make(name)
    rules, numeric = env.unwrapped.rules, made(name).bandit.card()
    card = env.unwrapped.describe()
    env.reset(seed=0)
    info = env.step("?")[4]
    assert set(info) - {"is_success"} == set(card.info)
    assert card.observation and card.action and str(rules.wording.answer) in card.action["answer"]
    for mine, theirs in ((card.random_return, numeric.random_return), (card.optimal_return, numeric.optimal_return)):
        assert (mine is None) == (theirs is None) and (mine is None or mine == rules.episodes * theirs)
    tokens = gym.make(name.replace("Text-v0", "Tokens-v0"))
    assert tokens.action_space == rules.wording.action_space
    assert set(tokens.unwrapped.describe().info) == set(card.info) - {"said", "understood"}


def test_every_family_is_spoken_and_exports_its_table():
    spoken = {made(name).bandit.__class__.__name__ for name in SPOKEN} | {
        "RecommenderBandit"
    }  # it has a text of its own
    numeric = {t["rules"].rpartition(":")[2] for t in IDS.values() if not re.search(r"Text$|Tokens$", t["rules"])}
    assert spoken == numeric
    assert BanditTokens("BernoulliBandit-v0", {"pulls": 2}).to_mdp().solve().value > 0.5


def test_pictures_show_the_talk():
    env = gym.make("rewardlab/DuelingBanditText-v0", render_mode="rgb_array")
    env.reset(seed=0)
    empty = env.render()
    env.step("B over C")
    assert empty.dtype == np.uint8 and (env.render().shape != empty.shape or (env.render() != empty).any())


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"of": "PiecewiseBandits"}, "did you mean 'PiecewiseBandit"),
        ({"of": "TextBandit-v0"}, "an id or a class of bandits in numbers"),
        ({"fields": {"pull": 3}}, "unknown keyword 'pull'"),
        ({"fields": 3}, "parameters of the bandit by name"),
        ({"form": "guides"}, "did you mean 'guide'"),
        ({"window": 0}, "window=0"),
        ({"episodes": 0}, "episodes=0"),
        ({"digits": 18}, "digits=18"),
        ({"domain": "product"}, "did you mean 'products'"),
        ({"options": {"explore": 1}}, "did you mean 'exploration'"),
        ({"options": {"exploration": -1}}, "exploration=-1"),
        ({"options": {"exploration": float("nan")}}, "exploration=nan"),
        ({"of": "DynamicalBandit", "episodes": 2}, "never ends"),
        ({"of": "SlatePage-Late-v0", "form": "guide"}, "no guide is known"),
        ({"of": "ResponseBandit", "fields": {"multi_objective": True}}, "a reward that is one number"),
        ({"of": "PiecewiseBandit", "options": {"discount": 1.5}}, "discount=1.5"),
    ],
)
@pytest.mark.parametrize("kind", [BanditText, BanditTokens])
def test_mistakes_are_named(kind, fields, words):
    with pytest.raises(BadOption, match=re.escape(words)):
        kind(**fields)
