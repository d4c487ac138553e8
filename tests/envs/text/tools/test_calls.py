"""Calls in any text: the good ones as they were meant, the others refused in words, and never an exception."""

import json
import time

import numpy as np
import pytest

from rewardlab.envs.text.tools.calculator import Calculator
from rewardlab.envs.text.tools.calls import DEEPEST, LONGEST, MOST, Call, Fault, read
from rewardlab.envs.text.tools.function import Function
from rewardlab.envs.text.tools.key_value import KeyValue
from rewardlab.envs.text.tools.tool import Session, Tool


class Travel(Tool):
    """Travel to a town."""

    name = "travel"

    def use(self, session: Session, town: str, days: int, speed: float = 1.0, by_night: bool = False) -> str:
        return town


class Wait(Tool):
    """Wait some hours."""

    name = "wait"

    def use(self, session: Session, hours: int) -> str:
        return str(hours)


class Rest(Tool):
    """Rest."""

    name = "rest"

    def use(self, session: Session) -> str:
        return "done"


def seek(words: str, limit: int = 3) -> str:
    """Seek."""
    return words


TOOLS = (Function(seek), Calculator(), KeyValue(), Travel(), Wait(), Rest())


def tag(name, **arguments):
    return f"<tool_call>{json.dumps({'name': name, 'arguments': arguments})}</tool_call>"


TAGS = "</tool_call><tool_call>{}"
ONE = Call("calc", {"expression": "3+4"})


@pytest.mark.parametrize(
    ("message", "calls"),
    [
        ("", []),
        ("The answer is 7.", []),
        ("mail ada@orn.example at once", []),
        ("```\n@property\ndef x(self): ...\n```", []),
        ("@property\ndef x(self): ...", []),
        (tag("calc", expression="3+4"), [ONE]),
        (f"I think {tag('calc', expression='3+4')} and\n{tag('rest')} then.", [ONE, Call("rest")]),
        ('<tool_call>\n{"name": "rest"}\n</tool_call>', [Call("rest")]),
        (tag("calc", expression=TAGS), [Call("calc", {"expression": TAGS})]),
        (tag("calc", expression="[[{{" * 20), [Call("calc", {"expression": "[[{{" * 20})]),
        (tag("travel", town='"b" \\', days=2, speed=3), [Call("travel", {"town": '"b" \\', "days": 2, "speed": 3.0})]),
        (tag("rest") * MOST, [Call("rest")] * MOST),
        ("@rest\n" + tag("calc", expression="3+4"), [ONE]),
        ("@calc 3+4", [ONE]),
        ("  \n@calc   3+4  \n", [ONE]),
        ("@calc 3+4\r\n@rest\r\n", [ONE, Call("rest")]),
        ("@calc 3+4\nso I add", [ONE]),
        ("@wait -3", [Call("wait", {"hours": -3})]),
        ("@calc expression=1", [Call("calc", {"expression": "expression=1"})]),
        ("@travel town=Orn days=2", [Call("travel", {"town": "Orn", "days": 2})]),
        (
            """@travel days=2 town="New \\"Orn\\"\\n" speed=.5 by_night=True""",
            [Call("travel", {"days": 2, "town": 'New "Orn"\n', "speed": 0.5, "by_night": True})],
        ),
        ("@travel town='it is' days=+007", [Call("travel", {"town": "it is", "days": 7})]),
        ("@travel town= days=1", [Call("travel", {"town": "", "days": 1})]),
        ("@notes set key=a value='b \\'c'", [Call("notes", {"action": "set", "key": "a", "value": "b 'c"})]),
        ("@notes get  key=a", [Call("notes", {"action": "get", "key": "a"})]),
        ("@seek who is Orn limit=2", [Call("seek", {"words": "who is Orn", "limit": 2})]),
        ('@seek limit = 3 or "limit=4"', [Call("seek", {"words": 'limit = 3 or "limit=4"'})]),
        ("@seek a limit=3 b", [Call("seek", {"words": "a limit=3 b"})]),
        ("@seek words=1", [Call("seek", {"words": "words=1"})]),
        ("@notes list", [Call("notes", {"action": "list"})]),
    ],
)  # fmt: skip
def test_calls_are_read_as_they_are_meant(message, calls):
    assert read(message, TOOLS) == calls


REFUSED = {
    "unknown name": (tag("clac", expression="1"), "no tool is called 'clac'; did you mean 'calc'?"),
    "unknown name, short": ("@clac 1", "did you mean 'calc'"),
    "name of a megabyte": (tag("calc" * 250_000), "more than 200000 characters"),
    "long name": (tag("calc" * 1000), "no tool is called 'calccalc"),
    "name with escapes": (tag("\x1b[2J"), "'\\x1b[2J'"),
    "name with a lone surrogate": (tag("\ud800"), "'\\ud800'"),
    "missing": (tag("calc"), "calc needs expression; calc(expression: string)"),
    "missing, short": ("@calc", "calc needs expression"),
    "one of two missing": ("@travel town=Orn", "travel needs days"),
    "unknown argument": (tag("calc", expressions="1"), "did you mean 'expression'"),
    "unknown argument, short": ("@travel town=Orn days=1 hour=2", "no argument 'hour'"),
    "none are taken": (tag("rest", now=1), "rest has no argument 'now'; it takes none"),
    "type": (tag("calc", expression=3), "must be a text, not a whole number"),
    "type, short": ("@wait soon", "hours must be a whole number, not a text ('soon')"),
    "fraction": ("@wait 2.0", "must be a whole number"),
    "truth as number": (tag("wait", hours=True), "not true or false"),
    "null": (tag("wait", hours=None), "not null"),
    "list": (tag("calc", expression=["1"]), "not a list"),
    "huge number": (tag("wait", hours=2**63), "must lie within"),
    "huge number, short": ("@wait " + "9" * 19, "must lie within"),
    "endless number, short": ("@wait " + "9" * 10**6, "must be a whole number"),
    "arabic digits": ("@wait ٣", "must be a whole number"),
    "underscore": ("@wait 1_0", "must be a whole number"),
    "nan, short": ("@travel town=a days=1 speed=nan", "must be a number, not a text"),
    "infinite, short": ("@travel town=a days=1 speed=9e999", "speed must lie within"),
    "truth in words": ("@travel town=a days=1 by_night=yes", "must be true or false"),
    "many digits": ('<tool_call>{"name":"wait","arguments":{"hours":' + "9" * 5000 + "}}</tool_call>", "too long"),
    "nan": ('<tool_call>{"name":"wait","arguments":{"hours":NaN}}</tool_call>', "NaN is no number"),
    "infinity": ('<tool_call>{"name":"wait","arguments":{"hours":-Infinity}}</tool_call>', "-Infinity is no number"),
    "overflow": ('<tool_call>{"name":"travel","arguments":{"town":"","days":1,"speed":1e999}}</tool_call>', "finite"),
    "open": ('<tool_call>{"name":"rest"}', "expected </tool_call>"),
    "open, empty": ("<tool_call>", "at the end of the message"),
    "empty": ("<tool_call></tool_call>", "broken at character 1"),
    "closed only": ("</tool_call>", "without <tool_call>"),
    "torn": ('<tool_call>{"name": "calc", "argum', "is broken"),
    "torn in a text": ('<tool_call>{"name": "ca', "is broken at character"),
    "single quotes": ("<tool_call>{'name': 'rest'}</tool_call>", "broken at character 2"),
    "trailing comma": ('<tool_call>{"name":"rest",}</tool_call>', "is broken"),
    "two in one": ('<tool_call>{"name":"rest"}{"name":"rest"}</tool_call>', "expected </tool_call> right after"),
    "words": ("<tool_call>rest</tool_call>", "is broken"),
    "a text": ('<tool_call>"rest"</tool_call>', "must be {"),
    "a list": ('<tool_call>[{"name":"rest"}]</tool_call>', "must be {"),
    "null call": ("<tool_call>null</tool_call>", "must be {"),
    "no name": ('<tool_call>{"arguments":{}}</tool_call>', "must be {"),
    "name no text": ('<tool_call>{"name":["rest"]}</tool_call>', "must be {"),
    "more keys": ('<tool_call>{"name":"rest","id":1}</tool_call>', "'id' beside name"),
    "arguments as text": ('<tool_call>{"name":"rest","arguments":"{}"}</tool_call>', "must be an object"),
    "twice": ('<tool_call>{"name":"rest","name":"calc"}</tool_call>', "'name' is given twice"),
    "argument twice": ('<tool_call>{"name":"wait","arguments":{"hours":1,"hours":2}}</tool_call>', "'hours' is given"),
    "argument twice, short": ("@travel town=a town=b days=1", "'town' is given twice"),
    "deep": ("<tool_call>" + "[" * (DEEPEST + 1), f"more than {DEEPEST} deep"),
    "a megabyte deep": ("<tool_call>" + '{"a":' * 200_000, f"more than {DEEPEST} deep"),
    "deep in arguments": (tag("calc", expression=[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]), f"more than {DEEPEST} deep"),
    "too many": (tag("rest") * (MOST + 1), f"more than {MOST} calls in one message"),
    "a thousand": (tag("rest") * 1000, f"more than {MOST} calls"),
    "too many, short": ("@rest\n" * (MOST + 1), f"more than {MOST} calls"),
    "a megabyte of lines": ("@rest\n" * 170_000, f"more than {MOST} calls"),
    "a megabyte of tags": ("<tool_call>" * 90_000, "broken at character 1"),
    "a megabyte of quotes": ('<tool_call>"' + '\\"' * 500_000, f"more than {LONGEST} characters"),
    "a megabyte of backslashes": ('@travel town="' + "\\" * 10**6, "is no name=value"),
    "a megabyte of pairs": ("@travel " + "town=a " * 150_000, "given twice"),
    "a megabyte of keys": ("<tool_call>{" + ",".join(f'"k{i}":1' for i in range(19_000)) + "}", "must be {"),
    "a megabyte as argument": (tag("calc", expression="1" * 10**6), "more than 200000"),
    "a long argument": (tag("calc", expression="1" * 30_000), "30000 characters"),
    "a long argument, short": ("@calc " + "1" * 10**6, "1000000 characters"),
    "optional of another type": ("@seek a limit=many", "limit must be a whole number, not a text ('many')"),
    "a megabyte of limits": ("@seek" + " limit=1" * 130_000, "'limit' is given twice"),
    "optional twice": ("@seek a limit=3 limit=4", "'limit' is given twice"),
    "no pair": ("@travel Orn 2", "'Orn 2' is no name=value; travel(town: string"),
    "open quote": ('@travel town="Orn days=2', "is no name=value"),
    "quote inside": ('@travel town=O"rn days=2 x', "is no name=value"),
    "choice": ("@notes burn", "must be one of get, set, delete, list"),
    "rest for none": ("@rest now", "is no name=value"),
    "NUL": ("<tool_call>\x00</tool_call>", "is broken"),
    "byte order mark": ("<tool_call>\ufeff{}</tool_call>", "is broken"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_read_says_why_at_once(name):
    message, said = REFUSED[name]
    begun = time.process_time()
    got = read(message, TOOLS)
    assert time.process_time() - begun < 0.5
    assert isinstance(got, Fault) and said in got.text, got
    assert got.text.isprintable() and len(got.text) <= 600 and got.text.startswith("error: ")


def test_one_bad_call_stops_all():
    assert isinstance(read(tag("rest") + tag("calc"), TOOLS), Fault)
    assert isinstance(read("@rest\n@calc", TOOLS), Fault)


def test_without_tools_there_are_no_calls_to_make():
    assert read("@calc 1", ()) == Fault("error: no tool is called 'calc'; known: none")
    assert read("hello", ()) == []


def test_texts_of_pieces_never_raise():
    rng = np.random.default_rng(0)
    pieces = [
        "<tool_call>", "</tool_call>", "<tool_", "{", "}", "[", "]", '"', "'", "\\", ":", ",", "@", "@calc", "@travel ",
        '{"name": "calc", "arguments": ', '"expression"', "town=", "days=", "1", "-", "1e999", "NaN", "null", "true",
        " ", "\n", "\ud800",
        "\x00", "\u2028", "𝟛", "calc", "x" * 50, tag("rest"), tag("calc", expression="1"), "=", '="',
    ]  # fmt: skip
    kinds = set()
    for _ in range(4000):
        got = read("".join(rng.choice(pieces, rng.integers(1, 15))), TOOLS)
        kinds.add(type(got) if isinstance(got, Fault) else bool(got))
        if isinstance(got, Fault):
            assert got.text.isprintable()
    assert kinds == {Fault, True, False}


def test_every_honest_call_survives_both_forms():
    rng = np.random.default_rng(1)
    letters = [*"abc \"'\\=@<>{}\n\té→", "</tool_call>"]
    for _ in range(500):
        arguments = {
            "town": "".join(rng.choice(letters, rng.integers(0, 12))),
            "days": int(rng.integers(-(2**62), 2**62)),
            "speed": float(rng.normal()),
            "by_night": bool(rng.integers(2)),
        }
        assert read(tag("travel", **arguments), TOOLS) == [Call("travel", arguments)]
        town = arguments["town"].replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
        rest = f"days={arguments['days']} speed={arguments['speed']!r} by_night={arguments['by_night']}"
        short = f'@travel town="{town}" {rest}'
        assert read(short, TOOLS) == [Call("travel", arguments)]
