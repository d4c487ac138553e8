"""Dialogues: an agent says what it likes to a scripted partner, calls tools on the way, and is judged by a verifier.

    r = Σ_k parts_k,    the same seed, the same task and the same words: the same conversation

A task is typed data with a prompt, a partner, a verifier with answers that must pass and answers that must fail, and a
scripted expert. `step` takes any text: what is too long is cut, foreign characters are written out, and what means
nothing is answered as `malformed` says; only what is no text at all is refused. Randomness belongs to the row and the
turn, so rows that begin with one seed share their task exactly, whatever happens beside them.
"""

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
from gymnasium import spaces

from rewardlab.core.arrays import Array, Tree
from rewardlab.core.errors import BadOption
from rewardlab.core.rng import Streams
from rewardlab.envs.picture import bubbles
from rewardlab.envs.rows import Rows
from rewardlab.envs.text.lines import AGENT, CHARSET, PARTNER, Example, escape, transcript
from rewardlab.envs.text.toolbox import Toolbox
from rewardlab.envs.world import Columns, Rules, State

SPLITS = ("train", "test", "all")
RULINGS = ("retry", "penalty", "terminate")
_TRIES = 1000


@dataclass(frozen=True)
class Heard:
    """What a partner makes of one message.

    Attributes:
        reply: what it says next; nobody hears the last words of a conversation, but they are written down.
        parts: what is paid for this message, by name; names not given are 0.
        over: the conversation is at an end.
        success: the task is done.
        memory: what the partner remembers from now on: plain data, never changed afterwards.
        understood: False if the message meant nothing here; `malformed` then says what follows.
        columns: further info of this turn, of those that the task declares.
    """

    reply: str = ""
    parts: Mapping[str, float] = field(default_factory=dict)
    over: bool = False
    success: bool = False
    memory: Any = None
    understood: bool = True
    columns: Mapping[str, Any] = field(default_factory=dict)


@dataclass(kw_only=True)
class Dialogue(Rules):
    """The rules of a conversation; a task writes `task`, `prompt`, `hear` or only `check`, `expert` and `examples`.

    Args:
        split: "train" or "test", two sets of tasks without a common one, or "all".
        malformed: what an answer that means nothing costs, beside its turn: "retry" nothing, "penalty" `penalty`,
            "terminate" `penalty` and the end.
        penalty: at least 0.
        brief: ask in few symbols, for small policies with small vocabularies.

    Attributes:
        turns: messages of the agent in one conversation, calls of tools included.
        said: characters of a message of the agent; the rest is cut off.
        heard: characters of a message of the partner or a tool.
        parts: the names of what is paid; each is an info column `part_NAME`.
        columns: further info columns with what they are in a turn that says nothing of them.
        toolbox: the tools, empty by default.
    """

    split: str = "train"
    malformed: str = "retry"
    penalty: float = 0.1
    brief: bool = False

    any_text = True
    # without an annotation: a task may make it a parameter
    turns = 1
    said = 200
    heard = 400
    toolbox = Toolbox()
    parts: ClassVar[Sequence[str]] = ("outcome",)
    columns: ClassVar[Mapping[str, Any]] = {}

    def __post_init__(self) -> None:
        for name, known in (("split", SPLITS), ("malformed", RULINGS)):
            if getattr(self, name) not in known:
                raise BadOption(
                    f"{name}={getattr(self, name)!r}", where=type(self).__name__, expected=f"one of {known}"
                )
        if not 0 <= self.penalty < np.inf:
            raise BadOption(f"penalty={self.penalty!r}", where=type(self).__name__, expected="a number from 0")
        longest = len(PARTNER) + self.heard + self.turns * (2 * self.said + 2 * self.heard + len(AGENT + PARTNER) + 2)
        self.action_space = spaces.Text(self.said, min_length=0, charset=CHARSET)
        self.observation_space = spaces.Text(longest, min_length=0, charset=CHARSET)

    # -- what a task writes --------------------------------------------------------------------------------------

    def task(self, rng: np.random.Generator) -> Any:
        """The data of one conversation: a frozen dataclass, a tuple, a string or a number."""
        raise NotImplementedError

    def prompt(self, task: Any) -> str:
        """The partner's first message: the task, and how to answer."""
        raise NotImplementedError

    def begin(self, task: Any) -> Any:
        """What the partner remembers at the start."""
        return None

    def hear(self, task: Any, memory: Any, said: str, rng: np.random.Generator) -> Heard:
        """What the partner makes of a message; here it is the answer, and the conversation is over."""
        right = self.check(said, task)
        return Heard(parts={self.parts[0]: float(right)}, over=True, success=right)

    def called(self, task: Any, memory: Any, calls: Sequence[Any], answers: Sequence[str]) -> Heard:
        """What the partner makes of calls that tools have answered; here it only hands on the answers."""
        return Heard(reply="\n".join(answers), memory=memory)

    def check(self, said: str, task: Any) -> bool:
        """The verifier: is this answer right?"""
        raise NotImplementedError

    def expert(self, task: Any, memory: Any, rng: np.random.Generator) -> str:
        """The next message of one who knows the task."""
        raise NotImplementedError

    def examples(self) -> Sequence[Example]:
        """Answers that must pass and answers that must fail."""
        raise NotImplementedError

    def vocabulary(self) -> Sequence[str]:
        """The tokens, words or characters, in which all that is said here can be written; at most 64 when brief.

        A text is read by the longest token that fits, from left to right.
        """
        return tuple(CHARSET)

    def key(self, task: Any) -> Any:
        """What makes two tasks the same: the same key, the same split."""
        return task

    # -- how it is played ----------------------------------------------------------------------------------------

    def start(self, n: int, rng: Streams) -> State:
        tasks = [self._task(rng_of(seed)) for seed in rng.bits()]
        first = [(("user", self._fit(self.prompt(task), self.heard)),) for task in tasks]
        return {
            "task": objects(tasks),
            "memory": objects([self.begin(task) for task in tasks]),
            "tools": objects([self.toolbox.begin() for _ in tasks]),
            "lines": objects(first),
            "turn": np.zeros(n, dtype=np.int64),
            "done": np.zeros(n, dtype=bool),
        }

    def move(self, state: State, action: Tree, rng: Streams) -> tuple[State, Array, Array, Columns]:
        n, seeds = len(action), rng.bits()
        after = {key: value.copy() for key, value in state.items()}
        heard = [Heard()] * n
        for i in range(n):
            if not state["done"][i]:  # a row that is over is moved with the others, and nobody listens
                heard[i] = self._turn(after, i, str(action[i]), rng_of(seeds[i]))
        parts = {name: np.array([h.parts.get(name, 0.0) for h in heard], dtype=np.float64) for name in self._paid}
        reward = np.sum(list(parts.values()), axis=0) if n else np.zeros(0)
        further = {
            name: np.array(
                [h.columns.get(name, empty) for h in heard], dtype=object if isinstance(empty, str) else None
            )
            for name, empty in self.columns.items()
        }
        columns = {
            **further,
            "said": np.array(action, dtype=object),
            "understood": np.array([h.understood for h in heard], dtype=bool),
            "success": np.array([h.success for h in heard], dtype=bool),
            **{f"part_{name}": value for name, value in parts.items()},
        }
        return after, reward, after["done"], columns

    def look(self, state: State) -> Tree:
        return objects([transcript(self.messages(state, i)) for i in range(len(state["turn"]))])

    def inform(self, state: State) -> Columns:
        return {"turn": state["turn"].copy(), "reply": objects([lines[-1][1] for lines in state["lines"]])}

    def messages(self, state: State, i: int) -> list[dict[str, str]]:
        """Row i as chat messages: the partner is the user, the agent the assistant, tools are tools."""
        return [{"role": role, "content": content} for role, content in state["lines"][i]]

    def fit(self, text: str) -> str:
        """Any text as a message of the agent: foreign characters written out, and cut."""
        return self._fit(text, self.said)

    def told(self) -> dict[str, str]:
        """What the info columns of every dialogue mean, for a card."""
        paid = {f"part_{name}": "this part of the reward" for name in self._paid}
        return {
            "turn": f"messages of the agent so far, 0..{self.turns}",
            "reply": "what the partner or a tool said last",
            "said": "what the agent said, as it was heard",
            "understood": "False if that meant nothing",
            "success": "True when the task is done",
            **paid,
        }

    def close(self) -> None:
        self.toolbox.close()

    def rows(self, n: int, *, device: Any, where: str, copy: bool = True, threads: int | None = None) -> Rows:
        return _Rows(self, n, device=device, where=where)

    def text(self, state: State, i: int) -> str:
        return transcript(self.messages(state, i))

    def draw(self, state: State, i: int) -> np.ndarray:
        return bubbles([(m["content"], m["role"] == "assistant") for m in self.messages(state, i)])

    # -- private -------------------------------------------------------------------------------------------------

    @property
    def _paid(self) -> tuple[str, ...]:
        return (*self.parts, "malformed")

    def _fit(self, text: str, longest: int) -> str:
        return escape(text[:longest])[:longest]  # cut first: a long text is not worth writing out

    def _task(self, rng: np.random.Generator) -> Any:
        for _ in range(_TRIES):
            task = self.task(rng)
            if self.split == "all" or in_test(self.key(task)) == (self.split == "test"):
                return task
        raise BadOption(
            f"split={self.split!r}: none in {_TRIES} tasks is of it",
            where=type(self).__name__,
            expected="parameters with more tasks",
            mend='split="all", or a larger task',
        )

    def _turn(self, state: State, i: int, said: str, rng: np.random.Generator) -> Heard:
        """One message in row i of a state that is written into."""
        task, memory = state["task"][i], state["memory"][i]
        calls, fault = self.toolbox.read(said)
        role = "user"
        if fault:
            heard = Heard(reply=fault, understood=False)
        elif calls:
            role = "tool"
            answers, state["tools"][i] = self.toolbox.use(calls, task, state["tools"][i], rng)
            heard = self.called(task, memory, calls, answers)
        else:
            heard = self.hear(task, memory, said, rng)
        state["turn"][i] += 1
        if heard.understood:
            state["memory"][i] = heard.memory
        elif self.malformed != "retry":
            parts = {**heard.parts, "malformed": -self.penalty}
            over = heard.over or self.malformed == "terminate"
            heard = Heard(heard.reply, parts, over, False, memory, False, heard.columns)
        state["done"][i] = heard.over or state["turn"][i] >= self.turns
        state["lines"][i] = (*state["lines"][i], ("assistant", said), (role, self._fit(heard.reply, self.heard)))
        return heard


class _Rows(Rows):
    """Rows that take any text for an action."""

    def check_action(self, action: Any, space: spaces.Space) -> Tree:
        listed = isinstance(action, (list, tuple)) or (isinstance(action, np.ndarray) and action.ndim == 1)
        if listed and len(action) == self.n:
            action = [self.rules.fit(a) if isinstance(a, str) else a for a in action]  # type: ignore[attr-defined]
        return super().check_action(action, space)


def _kind(empty: Any) -> Any:
    """The type of a column, by its value in a turn that says nothing of it."""
    return object if isinstance(empty, str) else np.asarray(empty).dtype


def objects(values: Sequence[Any]) -> np.ndarray:
    """[n] any objects, tuples among them, as an array of objects."""
    out = np.empty(len(values), dtype=object)
    for i, value in enumerate(values):
        out[i] = value
    return out


def rng_of(seed: Any) -> np.random.Generator:
    """A generator of one 64-bit draw."""
    return np.random.Generator(np.random.PCG64(int(seed) & (2**64 - 1)))


def in_test(key: Any) -> bool:
    """Whether a task is one of the fifth that is held out: by its key alone, on every machine."""
    return zlib.crc32(repr(key).encode("utf-8", "surrogatepass")) % 5 == 0
