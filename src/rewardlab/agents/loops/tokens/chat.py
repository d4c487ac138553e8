"""A Hugging Face tokenizer as a vocabulary: messages alone, with or without a chat template.

The frame of each kind of message is read once from the template, by writing a marker in place of the text. Then a
message is its frame around the tokens of its text, so that messages simply follow one another, and a text that spells a
special token is text.
"""

import json
from collections.abc import Iterable, Sequence
from typing import Any, Self

from rewardlab.agents.loops.tokens.vocabulary import side
from rewardlab.core.errors import BadOption

_MARK = "REWARDLABMARK"
_PLAIN = {"partner": ("User: ", "\n"), "agent": ("Assistant:", "\n")}  # the frames without a template


class ChatTokens:
    """A vocabulary of a tokenizer. Needs the extra `rewardlab[text]`.

    Without a chat template the partner's lines begin with `User:` and the agent's with `Assistant:`, and the end of
    sequence ends them.

    Args:
        tokenizer: of transformers, with an end of sequence.
        size: V, where the model has more ids than the tokenizer.

    Attributes:
        size, pad, ends, banned: see `Vocabulary`.

    Raises:
        BadOption: for a tokenizer without an end of sequence, or a chat template whose messages depend on their place.
    """

    banned: frozenset[int] = frozenset()

    def __init__(self, tokenizer: Any, *, size: int | None = None) -> None:
        self.tokenizer = tokenizer
        if tokenizer.eos_token_id is None:
            raise BadOption("a tokenizer without an end of sequence", where="ChatTokens", expected="eos_token")
        end = int(tokenizer.eos_token_id)
        self.size = max(len(tokenizer), size or 0)
        self.pad = end if tokenizer.pad_token_id is None else int(tokenizer.pad_token_id)
        if getattr(tokenizer, "chat_template", None):
            opening, partner, begin, after = self._frames()
            self._opening, self._begin = self._ids(opening), self._ids(begin)
            self._partner = (self._ids(partner[0]), self._ids(partner[1]))
            self._tail = self._ids(after)
        else:
            bos = tokenizer.bos_token_id
            self._opening = [] if bos is None else [int(bos)]
            self._partner = (self._ids(_PLAIN["partner"][0]), self._ids(_PLAIN["partner"][1]))
            self._begin = self._ids(_PLAIN["agent"][0])
            self._tail = [end, *self._ids(_PLAIN["agent"][1])]
        special = set(map(int, tokenizer.all_special_ids))
        if not self._tail or self._tail[0] not in special | {end}:
            self._tail = [end, *self._tail]
        self.ends = frozenset({end, self._tail[0]})

    def _frames(self) -> tuple[str, tuple[str, str], str, str]:
        """Texts: before all messages, around the partner's, before and after the agent's."""
        user, said = {"role": "user", "content": "x"}, {"role": "assistant", "content": "y"}
        marked = {"role": "user", "content": _MARK}
        first = self._rendered([marked])
        whole = self._rendered([user, said, marked])
        before = self._rendered([user, said])
        asked = self._rendered([user])
        begin = self._rendered([user], add_generation_prompt=True)
        answered = self._rendered([user, {"role": "assistant", "content": _MARK}])
        if not (whole.startswith(before) and begin.startswith(asked) and answered.count(_MARK) == 1):
            raise self._odd("messages change what stands before them")
        partner = tuple(whole[len(before) :].split(_MARK))
        head = first.split(_MARK)[0]
        if len(partner) != 2 or not head.endswith(partner[0]):
            raise self._odd("the first message has another frame than later ones")
        return head[: len(head) - len(partner[0])], partner, begin[len(asked) :], answered.split(_MARK)[1]

    def _rendered(self, messages: list[dict[str, str]], **options: Any) -> str:
        return str(self.tokenizer.apply_chat_template(messages, tokenize=False, **options))

    @staticmethod
    def _odd(what: str) -> BadOption:
        return BadOption(
            f"a chat template in which {what}",
            where="ChatTokens",
            expected="messages that follow one another",
            mend="tokenizer.chat_template = None, or a plain template",
        )

    def _ids(self, text: str, *, split: bool = False) -> list[int]:
        """The ids of a frame; with `split` those of a text, in which no special token is recognised."""
        if not text:
            return []
        text = text.encode("utf-8", "replace").decode("utf-8")  # half a surrogate pair is no text to a tokenizer
        given = self.tokenizer(text, add_special_tokens=False, **({"split_special_tokens": True} if split else {}))
        return list(map(int, given["input_ids"]))

    def opening(self) -> list[int]:
        """What the template writes before the first message."""
        return list(self._opening)

    def begin(self) -> list[int]:
        """The prompt for an answer."""
        return list(self._begin)

    def message(self, role: str, text: str) -> list[int]:
        """The frame of the role around the tokens of the text."""
        if side(role) == "partner":
            return [*self._partner[0], *self._ids(text, split=True), *self._partner[1]]
        spoken = self.spoken(text)
        return [*self._begin, *spoken, *self.closing(spoken)]

    def spoken(self, text: str) -> list[int]:
        """The tokens of a text, and the one that ends a message."""
        return [*self._ids(text, split=True), self._tail[0]]

    def closing(self, spoken: Sequence[int]) -> list[int]:
        """What follows an answer in its frame, with the end where it was not sampled."""
        return self._tail[1:] if len(spoken) and spoken[-1] in self.ends else list(self._tail)

    def decode(self, ids: Iterable[int]) -> str:
        """The text of ids, without special tokens."""
        known = len(self.tokenizer)
        return str(
            self.tokenizer.decode(
                [i for i in map(int, ids) if i < known], skip_special_tokens=True, clean_up_tokenization_spaces=False
            )
        )

    def state_dict(self) -> dict[str, Any]:
        """The whole tokenizer as JSON.

        Raises:
            BadOption: for a tokenizer that is not a fast one.
        """
        fast = getattr(self.tokenizer, "backend_tokenizer", None)
        if fast is None:
            raise BadOption(type(self.tokenizer).__name__, where="ChatTokens", expected="a fast tokenizer to be saved")
        names = ("bos_token", "eos_token", "unk_token", "pad_token")
        return {
            "kind": "ChatTokens",
            "size": self.size,
            "tokenizer": json.loads(fast.to_str()),
            "special": {k: str(v) for k in names if (v := getattr(self.tokenizer, k, None)) is not None},
            "template": self.tokenizer.chat_template,
        }

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> Self:
        """The vocabulary of a `state_dict`; no code comes with it."""
        from tokenizers import Tokenizer
        from transformers import PreTrainedTokenizerFast

        made = PreTrainedTokenizerFast(
            tokenizer_object=Tokenizer.from_str(json.dumps(state["tokenizer"])), **state["special"]
        )
        made.chat_template = state["template"]
        return cls(made, size=state["size"])
