"""Vocabularies: text to token ids and back, and messages that say who speaks.

    message = speaker, pieces of the text, end

A dialogue is the tokens of its messages one after the other: each message is encoded alone, so what was said is never
encoded anew, and the ids after one turn begin those after the next.

Source: Jiang et al., "VerlTool: Towards Holistic Agentic Reinforcement Learning with Tool Use", 2025, Section 3 (each
observation is encoded alone and appended).
"""

from collections.abc import Iterable, Sequence
from typing import Any, Protocol, Self, runtime_checkable

from rewardlab.core.errors import BadCheckpoint, BadOption, UnknownName, nearest
from rewardlab.core.pieces import Longest

ROLES = {"partner": "partner", "user": "partner", "tool": "partner", "agent": "agent", "assistant": "agent"}
"""Who may speak, as dialogues and as chat messages name them -> one of the two sides."""


@runtime_checkable
class Vocabulary(Protocol):
    """What a token policy asks of a vocabulary, of ours or of a Hugging Face tokenizer.

    Attributes:
        size: V, the number of ids.
        pad: the id that fills rows up; nobody ever looks at it.
        ends: the ids that end a message of the agent.
        banned: the ids that are never sampled.
    """

    size: int
    pad: int
    ends: frozenset[int]
    banned: frozenset[int]

    def opening(self) -> list[int]:
        """The ids before the first message of a dialogue."""
        ...

    def message(self, role: str, text: str) -> list[int]:
        """The ids of one message alone; a message of the agent is `begin() + spoken(text) + closing(spoken(text))`."""
        ...

    def begin(self) -> list[int]:
        """The ids after which the agent speaks."""
        ...

    def spoken(self, text: str) -> list[int]:
        """The ids that the agent samples to say a text: its pieces and the end."""
        ...

    def closing(self, spoken: Sequence[int]) -> list[int]:
        """The ids that follow what the agent has sampled, so that the message is whole."""
        ...

    def decode(self, ids: Iterable[int]) -> str:
        """The text of ids; those that are no text give nothing."""
        ...

    def state_dict(self) -> dict[str, Any]:
        """All that `restored` needs, as JSON."""
        ...


class Pieces:
    """A vocabulary of pieces of text: at each place the longest piece that fits; else one `unknown` per character.

    Text made of pieces comes back as it was. Ids: 0 pad, 1 end, 2 partner, 3 agent, 4 unknown, then the pieces.

    Args:
        pieces: in the order of their ids.

    Raises:
        BadOption: for no pieces, empty ones, or one that comes twice.
    """

    special = ("pad", "end", "partner", "agent", "unknown")
    pad, end, partner, agent, unknown = range(5)
    ends = frozenset({1})
    banned = frozenset({0, 2, 3, 4})
    UNKNOWN = "\N{REPLACEMENT CHARACTER}"

    def __init__(self, pieces: Sequence[str]) -> None:
        name = type(self).__name__
        wrong = [p for p in pieces if not isinstance(p, str) or not p]
        if wrong or not pieces:
            raise BadOption(f"{wrong[0] if wrong else pieces!r}", where=name, expected="pieces of text, none empty")
        if len(set(pieces)) < len(pieces):
            twice = next(p for i, p in enumerate(pieces) if p in pieces[:i])
            raise BadOption(f"{twice!r} comes twice", where=name, expected="each piece once")
        self.pieces = list(pieces)
        self.size = len(self.special) + len(self.pieces)
        self._longest = Longest(self.pieces, first=len(self.special), unknown=self.unknown)

    def encode(self, text: str) -> list[int]:
        """The ids of a text, without speaker and end."""
        if not isinstance(text, str):
            raise BadOption(f"{type(text).__name__} {text!r:.40}", where=type(self).__name__, expected="a text")
        return self._longest.encode(text)

    def decode(self, ids: Iterable[int]) -> str:
        """The text of ids: unknown ones as U+FFFD, other special ones as nothing.

        Raises:
            BadOption: for an id that there is not.
        """
        first = len(self.special)
        out = []
        for i in map(int, ids):
            if not 0 <= i < self.size:
                raise BadOption(f"id {i}", where=type(self).__name__, expected=f"0..{self.size - 1}")
            out.append(self.pieces[i - first] if i >= first else self.UNKNOWN if i == self.unknown else "")
        return "".join(out)

    def opening(self) -> list[int]:
        """Nothing stands before the first message."""
        return []

    def begin(self) -> list[int]:
        """The token of the agent."""
        return [self.agent]

    def message(self, role: str, text: str) -> list[int]:
        """The speaker, the text and the end.

        Raises:
            UnknownName: for a role that nobody has.
        """
        who = self.partner if side(role) == "partner" else self.agent
        return [who, *self.encode(text), self.end]

    def spoken(self, text: str) -> list[int]:
        """The ids of a text and the end.

        Raises:
            BadOption: for a text with characters that the vocabulary cannot say.
        """
        ids = self.encode(text)
        if self.unknown in ids:
            foreign = sorted({c for c in text if self.unknown in self.encode(c)})
            raise BadOption(
                f"{text!r:.60} with {foreign or 'parts'!r:.40}",
                where=type(self).__name__,
                expected="text made of its pieces",
                mend="a vocabulary of all that the agent is to say",
            )
        return [*ids, self.end]

    def closing(self, spoken: Sequence[int]) -> list[int]:
        """The end, where it was not sampled."""
        return [] if len(spoken) and spoken[-1] == self.end else [self.end]

    def state_dict(self) -> dict[str, Any]:
        """Kind and pieces."""
        return {"kind": "Pieces", "pieces": self.pieces}

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> Self:
        """The vocabulary of a `state_dict`."""
        made = cls.__new__(cls)
        Pieces.__init__(made, state["pieces"])
        return made


class Characters(Pieces):
    """One token per character.

    Args:
        charset: the characters known, each once; by default printable ASCII and the line break.
    """

    def __init__(self, charset: str = "".join(map(chr, range(32, 127))) + "\n") -> None:
        super().__init__(list(charset))


class Words(Pieces):
    """One token per word, alone or with the space before it.

    Args:
        words: each once; single characters and punctuation marks are words too.
    """

    def __init__(self, words: Sequence[str]) -> None:
        if isinstance(words, str):
            raise BadOption(f"words={words!r:.40}", where="Words", expected="a list of words", mend="words.split()")
        spaced = [f" {w}" for w in words if isinstance(w, str) and f" {w}" not in words]
        super().__init__([*words, *spaced])


def side(role: str) -> str:
    """ "partner" or "agent".

    Raises:
        UnknownName: for another role.
    """
    try:
        return ROLES[role]
    except (KeyError, TypeError):
        raise UnknownName(f"role {role!r}", where="message", mend=nearest(str(role), ROLES)) from None


def restored(state: dict[str, Any]) -> Vocabulary:
    """The vocabulary of a `state_dict`, ours or a tokenizer's.

    Raises:
        BadCheckpoint: for another kind.
    """
    if state.get("kind") == "Pieces":
        return Pieces.from_state(state)
    if state.get("kind") == "ChatTokens":
        from rewardlab.agents.loops.tokens.chat import ChatTokens

        return ChatTokens.from_state(state)
    raise BadCheckpoint(f"vocabulary {state.get('kind')!r}", where="restored", expected="Pieces or ChatTokens")
