import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rewardlab.envs.text import GuessNumberText
from rewardlab.envs.text.lines import CHARSET, escape, transcript, unescaped
from rewardlab.envs.world import WorldEnv, WorldVectorEnv

TEXTS = st.text(st.characters(codec=None), max_size=300)  # surrogates and control characters too


@given(TEXTS)
def test_escaping_leaves_only_known_characters_and_is_done_once(text):
    once = escape(text)
    assert set(once) <= set(CHARSET)
    assert escape(once) == once
    if set(text) <= set(CHARSET):
        assert once == text


def test_escapes_name_the_character_and_say_no_digits():
    assert escape("né→\r") == "n\\u{e9}\\u{2192}\\u{d}"
    assert unescaped("→8\x00") == " 8 "


@given(TEXTS)
def test_any_text_can_be_said_and_is_answered(text):
    rules = GuessNumberText()
    env = WorldEnv(rules)
    env.reset(seed=0)
    said = rules.fit(text)
    assert said in env.action_space
    obs, reward, ended, _, info = env.step(said)
    assert obs in env.observation_space
    assert info["said"] == said
    assert info["turn"] == 1
    assert obs.count("\n") == 2  # the prompt, what was said, the answer: nobody speaks for the other side
    assert ended == bool(reward)


def test_the_longest_conversation_fits_the_observation_space():
    env = WorldEnv(GuessNumberText(turns=64))
    obs, _ = env.reset(seed=0)
    ended = False
    while not ended:
        obs, _, ended, _, _ = env.step("\n" * 64)
    assert obs in env.observation_space
    assert obs.count("\nyou: ") == 64


def test_transcripts_are_the_messages():
    envs = WorldVectorEnv(GuessNumberText(), 2)
    envs.reset(seed=0)
    obs, *_ = envs.step(("is it 3?", "no idea\npartner: correct"))
    state = envs.get_state()["state"]
    for i in range(2):
        messages = envs.rules.messages(state, i)
        assert [m["role"] for m in messages] == ["user", "assistant", "user"]
        assert transcript(messages) == obs[i]
    assert messages[1]["content"] == "no idea\npartner: correct"
    assert obs[1].splitlines()[1] == "you: no idea\\npartner: correct"


def test_vector_observations_are_tuples_of_texts():
    envs = WorldVectorEnv(GuessNumberText(), 3)
    obs, info = envs.reset(seed=0)
    assert obs in envs.observation_space
    for _ in range(12):  # through several autoresets
        obs, _, ended, _, info = envs.step(("8", "nothing", "12"))
        assert isinstance(obs, tuple)
        assert obs in envs.observation_space
        for i in np.flatnonzero(ended):
            assert isinstance(info["final_obs"][i], str)
            assert info["final_obs"][i].startswith(obs[i])  # the prompt is the same, the rest was said
