"""Dialogues in tokens: the same task as in text, to the bit."""

import gymnasium as gym
import numpy as np
import pytest

from rewardlab.core.errors import BadOption
from rewardlab.envs.text.tokens import END, OWN, UNKNOWN, DialogueTokens
from rewardlab.envs.world import WorldEnv

TEXT, TOKENS = "rewardlab/ArithChain-v0", "rewardlab/ArithChainTokens-v0"


def test_what_is_spelled_has_the_effect_of_what_is_said():
    text, tokens = gym.make(TEXT, brief=True), gym.make(TOKENS)
    rules = tokens.unwrapped.rules
    for seed in range(20):
        _, told = text.reset(seed=seed)
        obs, info = tokens.reset(seed=seed)
        assert info["reply"] == told["reply"] == rules.decode(obs[1:])
        task = text.unwrapped.get_state()["state"]["task"][0]
        good = seed % 2 == 0
        said = rules.talk.expert(task, rules.talk.begin(task), None) if good else "3+4=7\n" * 3
        a, b = text.step(said), tokens.step(rules.action(said))
        assert a[1] == b[1] == good and a[2] and b[2] and a[4]["said"] == b[4]["said"]
        assert b[0][np.flatnonzero(b[0])[-1]] == END


def test_the_longest_token_that_fits_is_read_and_strange_characters_are_unknown():
    rules = DialogueTokens()
    ids = rules.encode("answer: 3?")
    assert [rules.words[k - OWN] for k in ids[:2]] == ["answer: ", "3"] and ids[2:] == [UNKNOWN]
    assert rules.decode([*ids, END, *ids]) == "answer: 3"
    assert rules.decode(range(5)) == ""


def test_long_conversations_show_their_end_and_long_actions_are_cut():
    env = WorldEnv(DialogueTokens(window=8, tokens=2))
    obs, _ = env.reset(seed=0)
    assert obs.shape == (8,) and obs[-1] == END
    assert env.rules.decode(env.rules.action("1+2=3")) == "1+"


def test_what_cannot_be_is_refused():
    for wrong in ({"tokens": 0}, {"window": 7}, {"of": "rewardlab.envs.text.guess_number:GuessNumber"}):
        with pytest.raises(BadOption, match=next(iter(wrong)) if "of" not in wrong else "brief|Dialogue"):
            DialogueTokens(**wrong)
