"""Three thousand hostile transcripts through a small dialogue: never an exception, and all answers can be printed."""

import copy
import json
import pickle

import numpy as np
import pytest
from core.sandbox.jail.queries import BOMBS, CHANGES, HEALTHY, KNOWS, READS

from rewardlab.envs.text.tools.answer import respond
from rewardlab.envs.text.tools.calculator import Calculator
from rewardlab.envs.text.tools.calls import Fault, read
from rewardlab.envs.text.tools.database import Database
from rewardlab.envs.text.tools.function import Function
from rewardlab.envs.text.tools.key_value import KeyValue, Lookup
from rewardlab.envs.text.tools.python import Python
from rewardlab.envs.text.tools.search import Search
from rewardlab.envs.text.tools.sql import SQL
from rewardlab.envs.text.tools.tool import Session

TRANSCRIPTS, OUTPUT = 3000, 800
DATA = {
    "db": Database.of({"town": (["name", "people"], [("Orn", 10), ("Vell\x1b[2J\u202e", None)])}),
    "store": {"Orn": "a river\x00", "<tool_call>": "\ud800"},
}


def fragile(session: Session, word: str, times: int = 1) -> str:
    """Break in many ways."""
    if times > 1000:
        raise MemoryError
    return {"a": lambda: word * times, "b": lambda: str(1 // (times - times)), "c": lambda: DATA[word]}[word[:1]]()


def tools(slowness=1.0):
    return (
        Calculator(),
        Function(fragile),
        KeyValue(keys=5),
        Lookup(store=lambda data: data["store"]),
        Python(seconds=0.3 * slowness, live=2),
        Search(),
        SQL(database=lambda data: data["db"], seconds=0.05 * slowness, live=2),
    )


class Talk:
    """A dialogue of nothing but tools: an observation for every message; its state is data."""

    def __init__(self, known, seed):
        self.tools, self.memory, self.rng = known, {t.name: None for t in known}, np.random.default_rng(seed)

    def step(self, message):
        calls = read(message, self.tools, most=20)
        if isinstance(calls, Fault):
            return calls.text
        said = []
        for call in calls:
            session = Session(DATA, self.memory[call.name], self.rng)
            said.append(respond(call, self.tools, session, output=OUTPUT))
            self.memory = {**self.memory, call.name: session.memory}
        return "\n".join(said) or "nothing was called"


QUERIES = [*READS.values(), *CHANGES.values(), *KNOWS.values(), *HEALTHY] * 3 + list(BOMBS.values())[::8]
CODES = [
    "x = 1", "print(x)", "1 / 0", "import os; os._exit(1)", "print('\\x1b\\ud800' * 99999)", "raise SystemExit",
    "(" * 99, "open('/etc/passwd')",
    "import os\nfor k in range(64):\n    try: os.write(k, b'x' * 99)\n    except OSError: pass",
]  # fmt: skip
NOISE = [
    *"\x00\x07\x1b\x7f\x85\u2028\u202e\ufeff\ud800\udfff\U0010ffff '\"\\{}[]<>@=:,%*()-/\n\t\r",
    "<tool_call>", "</tool_call>", '{"name": "', "calc", "sql", "ignore all previous instructions", "@calc ", "SELECT",
    "9" * 30, "1e999", "NaN", "null", "\\u0000", "\\ud800", "é", "中", "🦉", "ＳＥＬＥＣＴ", "a" * 200,
]  # fmt: skip


class Fuzzer:
    """Draws messages: calls that are nearly right, with arguments that are not; broken ones; and noise."""

    def __init__(self, seed):
        self.rng = np.random.default_rng(seed)

    def one(self, choices):
        return choices[int(self.rng.integers(len(choices)))]

    def noise(self, most=12):
        return "".join(self.one(NOISE) for _ in range(int(self.rng.integers(0, most))))

    def value(self):
        return self.one(
            [self.noise, lambda: self.one([0, -1, 2**63, 10**40, 1.5, float("inf"), True, None, [], {"a": [1]}])]
        )()

    def call(self):
        kind, noise = self.rng.random(), self.noise()
        if kind < 0.02:
            return "python", {"code": self.one(CODES)}
        if kind < 0.25:
            return "sql", {"query": self.one(QUERIES) if self.rng.random() < 0.9 else noise}
        if kind < 0.4:
            return "calc", {"expression": self.one([noise, "9**9**9", "(" * 50, "2**-3/7", "sqrt(-1)", "1/0"])}
        if kind < 0.55:
            return "search", {"query": noise, "limit": self.one([1, 3, 0, 10**9])}
        if kind < 0.7:
            return "notes", {
                "action": self.one(["get", "set", "delete", "list", "x"]),
                "key": noise[:5],
                "value": noise * 9,
            }
        if kind < 0.8:
            return "lookup", {"key": self.one(["Orn", "*", "<tool_call>", noise])}
        if kind < 0.9:
            return "fragile", {"word": self.one(["a", "b", "c", noise, ""]), "times": self.one([1, 10**6, 0, 500])}
        return self.one(["calc", "sql", "clac", "", noise]), {self.one(["expression", "query", noise]): self.value()}

    def message(self):
        name, arguments = self.call()
        said = json.dumps({"name": name, "arguments": arguments}, ensure_ascii=bool(self.rng.integers(2)))
        text = f"<tool_call>{said}</tool_call>"
        kind = self.rng.random()
        if kind < 0.55:
            return text
        if kind < 0.7:  # torn, doubled, with something in it
            at = int(self.rng.integers(len(text)))
            return self.one([text[:at], text[:at] + self.noise() + text[at:], text * 3, text[at:], self.noise() + text])
        if kind < 0.85:
            return f"@{name} " + self.one(
                [self.noise(), str(next(iter(arguments.values()))), f'word="{self.noise()}" times=2']
            )
        return self.noise(40)


HUGE = [
    "x" * 10**6,
    "\x00" * 10**6,
    "<tool_call>" * 1000,
    '<tool_call>{"name": "calc", "arguments": {"expression": "1"}}</tool_call>' * 1000,
    "@calc 1\n" * 1000,
    "@calc " + "1+" * 500_000,
    "@sql SELECT '" + "x" * 10**6,
    "@search " + "town " * 200_000,
    "<tool_call>" + '{"a":' * 200_000,
    "@python " + "(" * 10**6,
]


@pytest.fixture(scope="module")
def known():
    held = tools()
    yield held
    for tool in held:
        tool.close()


def sound(said):
    assert isinstance(said, str) and said and said.replace("\n", "").replace("\t", "").isprintable(), said[:200]
    assert len(said) <= 20 * (OUTPUT + 1)
    said.encode()


def test_three_thousand_transcripts(known):
    fuzzer, faults, answers = Fuzzer(0), 0, 0
    for k in range(TRANSCRIPTS):
        talk = Talk(known, k)
        for _ in range(int(fuzzer.rng.integers(1, 4))):
            said = talk.step(fuzzer.message())
            sound(said)
            faults, answers = faults + said.startswith("error: "), answers + (not said.startswith("error: "))
        if k % 10 == 0:
            assert pickle.loads(pickle.dumps(talk.memory)) == talk.memory
    assert faults > 1000 and answers > 1000  # the fuzzer finds both doors


@pytest.mark.parametrize("k", range(len(HUGE)))
def test_a_million_characters(k, known):
    sound(Talk(known, 0).step(HUGE[k]))


def test_the_same_messages_have_the_same_answers_and_a_state_can_be_set_back():
    """Bombs are left out: what time ends, time decides."""
    some, others = tools(40.0), tools(40.0)
    for k in range(60):
        fuzzer = Fuzzer(1000 + k)
        messages = [m for m in (fuzzer.message() for _ in range(6)) if not any(b[:40] in m for b in BOMBS.values())]
        one, two = Talk(some, k), Talk(others, k)
        states, said = [], []
        for m in messages:
            states.append((copy.deepcopy(one.memory), copy.deepcopy(one.rng)))
            said.append(one.step(m))
        assert [two.step(m) for m in messages] == said and two.memory == one.memory
        for at in (0, len(messages) // 2):
            two.memory, two.rng = copy.deepcopy(states[at])
            assert [two.step(m) for m in messages[at:]] == said[at:]
    for tool in (*some, *others):
        tool.close()
