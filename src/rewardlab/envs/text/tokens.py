"""The token view of a dialogue: one observes the tokens of the conversation and says a row of tokens.

    text = w_1 w_2 ... w_k,    w_i the longest token of the task's vocabulary that fits there

The task is the same as in text: the same seed, the same data, and tokens that spell a text have that text's effect.
Observations are the last tokens of the transcript, filled up at the end; an action is read up to its first END.

Source: Song, Salcianu, Song, Dopson, Zhou, "Fast WordPiece Tokenization", EMNLP 2021, Section 2 (longest match first).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from gymnasium import spaces

from rewardlab.core.arrays import Array, Tree
from rewardlab.core.errors import BadOption
from rewardlab.core.pieces import Longest
from rewardlab.core.rng import Streams
from rewardlab.envs.rows import Rows
from rewardlab.envs.text.dialogue import Dialogue
from rewardlab.envs.world import Card, Columns, Rules, State, build

PAD, END, PARTNER, AGENT, TOOL, UNKNOWN = range(6)
_SIDES = {"user": PARTNER, "assistant": AGENT, "tool": TOOL}
OWN = 6  # the first id of the task's own vocabulary


@dataclass
class DialogueTokens(Rules):
    """A dialogue in tokens.

    Ids: 0 nothing, 1 the end of a message, 2..4 the partner, the agent or a tool speaks, 5 a character that the
    vocabulary does not have, then the vocabulary.

    Args:
        of: "module:Class" of the dialogue.
        fields: its parameters; it is asked in few symbols unless they say otherwise.
        tokens: of one action, at least 1.
        window: tokens that one observes, at least 8; of a longer conversation the last ones.

    Raises:
        BadOption: for what is no dialogue, sizes out of range, and as the dialogue.
    """

    of: str = "rewardlab.envs.text.arith_chain:ArithChain"
    fields: Mapping[str, Any] | None = None
    tokens: int = 32
    window: int = 64

    def __post_init__(self) -> None:
        where = "DialogueTokens"
        talk = build(self.of, {"brief": True, **(self.fields or {})})
        if not isinstance(talk, Dialogue):
            raise BadOption(f"of={self.of!r}", where=where, expected="a Dialogue")
        for name, low in (("tokens", 1), ("window", 8)):
            if getattr(self, name) < low:
                raise BadOption(f"{name}={getattr(self, name)!r}", where=where, expected=f"at least {low}")
        self.talk: Dialogue = talk
        self.words = tuple(talk.vocabulary())
        size = OWN + len(self.words)
        self.action_space = spaces.MultiDiscrete([size] * self.tokens)
        self.observation_space = spaces.Box(0, size - 1, (self.window,), np.int64)

    @property
    def exact(self) -> bool:  # type: ignore[override]
        return self.talk.exact

    def start(self, n: int, rng: Streams) -> State:
        return self.talk.start(n, rng)

    def move(self, state: State, action: Tree, rng: Streams) -> tuple[State, Array, Array, Columns]:
        said = np.array([self.talk.fit(self.decode(row)) for row in action], dtype=object)
        return self.talk.move(state, said, rng)

    def look(self, state: State) -> Tree:
        n = len(state["turn"])
        out = np.zeros((n, self.window), dtype=np.int64)
        for i in range(n):
            ids = [t for m in self.talk.messages(state, i) for t in self.message(m["role"], m["content"])]
            ids = ids[-self.window :]
            out[i, : len(ids)] = ids
        return out

    def inform(self, state: State) -> Columns:
        return self.talk.inform(state)

    def rows(self, n: int, *, device: Any, where: str, copy: bool = True, threads: int | None = None) -> Rows:
        return Rows(self, n, device=device, where=where)

    def close(self) -> None:
        self.talk.close()

    def text(self, state: State, i: int) -> str:
        return self.talk.text(state, i)

    def draw(self, state: State, i: int) -> np.ndarray:
        return self.talk.draw(state, i)

    # -- tokens --------------------------------------------------------------------------------------------------

    def message(self, role: str, text: str) -> list[int]:
        """The ids of one message: who speaks, what is said, the end."""
        return [_SIDES[role], *self.encode(text), END]

    def encode(self, text: str) -> list[int]:
        """The ids of a text, UNKNOWN for each character that belongs to no token."""
        return self._pieces.encode(text)

    def decode(self, ids: Any) -> str:
        """The text of ids up to the first END; special ones say nothing."""
        words = []
        for k in ids:
            if k == END:
                break
            if k >= OWN:
                words.append(self.words[int(k) - OWN])
        return "".join(words)

    def action(self, text: str) -> np.ndarray:
        """A text as an action [tokens], cut where it is too long."""
        ids = np.full(self.tokens, END, dtype=np.int64)
        found = self.encode(text)[: self.tokens]
        ids[: len(found)] = found
        return ids

    @cached_property
    def _pieces(self) -> Longest:
        return Longest(self.words, first=OWN, unknown=UNKNOWN)

    def card(self) -> Card:
        talk = self.talk.card()
        return Card(
            summary=f"{talk.summary} In tokens.",
            observation={"tokens": f"[{self.window}] the last ids of the conversation, 0 where there are fewer"},
            action={"tokens": f"[{self.tokens}] ids 0..{OWN + len(self.words) - 1}, read up to the first 1"},
            reward=talk.reward,
            info=talk.info,
            optimal_return=talk.optimal_return,
            source=talk.source,
        )
