"""Programs in answers of every shape that models give, and what is said where there is none."""

import json

import pytest
from designed_line import GOOD

from rewardlab.core.errors import BadProgram
from rewardlab.rewards.language.design.answers import program_of

BARE = GOOD.strip("\n")


@pytest.mark.parametrize(
    "answer",
    [
        GOOD,
        f"```python\n{GOOD}```",
        f"Sure!\n\n```py\n{GOOD}\n```\nIt pays progress.",
        f"~~~\n{GOOD}~~~",
        f"````python\n{GOOD}````",
        f"```python\n{GOOD}",  # cut before the fence ended
        f"The function:\n\n{GOOD}\nIt pays for being near.",
        f"```python\r\n{GOOD}```".replace("\n", "\r\n").replace("\r\r", "\r"),
        json.dumps({"code": GOOD}),
        json.dumps({"thought": "near is good", "reward_function": f"```python\n{GOOD}```"}),
        f"```json\n{json.dumps({'answer': {'code': GOOD}})}\n```",
        json.dumps(f"```python\n{GOOD}```"),
        "    " + GOOD.replace("\n", "\n    ").rstrip(" "),
    ],
)
def test_the_program_is_found(answer):
    found = program_of(answer)
    assert found.source.strip("\n") == BARE and found.dropped == ()


def test_constants_imports_and_helpers_stay_with_it():
    source = f"import numpy as np\nSCALE = 2.0\n\ndef near(x):\n    return -abs(x)\n\n{GOOD}"
    assert program_of(f"I would write:\n{source}\nThat is all.").source.strip("\n") == source.strip("\n")


def test_of_several_blocks_the_last_complete_one_counts():
    other = GOOD.replace("1.0", "0.5")
    found = program_of(f"```python\n{GOOD}```\nor better\n```python\n{other}```\nrun it\n```bash\npip install x\n```")
    assert found.source == other and len(found.dropped) == 2
    assert "block 1 of 3" in found.dropped[0] and "block 2 comes after" in found.dropped[0]
    assert "block 3 of 3" in found.dropped[1] and "does not define reward" in found.dropped[1]


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ("", "empty"),
        ("  \n ", "empty"),
        ("```python\n```", "block is empty"),
        ("The agent should go right.", "prose without code"),
        ("```python\ndef compute_reward(self):\n    return 0\n```", "defines compute_reward and not reward"),
        ("```python\nclass Env:\n    def reward(self, obs):\n        return 0\n```", "a method of a class"),
        ("```python\nx = 1\n```\n```python\ny = 2\n```", "last of 2 code blocks"),
        ('{"thought": "hm"}', "prose"),
        ("(" * 5000, "prose"),
        ("```python\n" + "-" * 50_000 + "1\n```", "does not define reward"),
        ("def not a function", "prose"),
    ],
)
def test_what_is_no_program_is_said(answer, reason):
    with pytest.raises(BadProgram, match=reason) as e:
        program_of(answer)
    assert "```python" in str(e.value)


def test_a_syntax_error_stays_for_the_sandbox_to_name_its_line():
    broken = "def reward(obs, action, next_obs, info)\n    return 0\n"
    assert program_of(f"```python\n{broken}```").source == broken


def test_two_functions_can_be_asked_for():
    both = "def dense(obs):\n    return 0\n\ndef sparse(obs):\n    return 1\n"
    assert program_of(f"```\n{both}```", names=("dense", "sparse")).source == both
    with pytest.raises(BadProgram, match="and not sparse"):
        program_of("```\ndef dense(obs):\n    return 0\n```", names=("dense", "sparse"))
