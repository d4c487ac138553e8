"""Language models behind any server that speaks OpenAI's chat completions: a hosted one, vLLM, llama.cpp, Ollama.

    POST {base_url}/chat/completions    {model, messages, temperature, max_tokens, ...}

Each answer is counted and on the disk before it is returned, if a ledger and a cache are given.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from rewardlab.core.errors import BadOption, BudgetSpent, OracleFailed
from rewardlab.core.oracle.at_once import at_once
from rewardlab.core.oracle.cache import Cache, prompt_key
from rewardlab.core.oracle.calling import Line
from rewardlab.core.oracle.kinds import Answer, Prompt
from rewardlab.core.oracle.ledger import Ledger
from rewardlab.core.oracle.reply import read

RESERVED = ("model", "messages", "n", "stream", "functions", "tools")
"""Fields of a request that `extra` may not set."""


class Endpoint:
    """An oracle: prompts go to a server, each in a request of its own, several at once.

    Args:
        model: the name that the server knows; None reads `REWARDLAB_MODEL`.
        base_url: what comes before `/chat/completions`; None reads `OPENAI_BASE_URL`, else OpenAI's own.
        key: None reads `OPENAI_API_KEY`; "" sends none.
        system: instructions for prompts that bring none.
        temperature: 0 and up; None leaves it to the server.
        max_tokens: the most tokens of one answer; the ledger's bound rests on it.
        timeout: seconds for one request, from connecting to the last byte.
        deadline: seconds for all tries of one prompt and the waits between them.
        retries: tries after the first: on 408, 409, 425, 429, 5xx, broken connections and broken answers.
        concurrency: requests at once.
        stream: ask for a stream of events; keeps proxies from giving up on long answers.
        ledger: counts tokens and cost, and holds the caps.
        cache: file or `Cache`; None keeps nothing.
        extra: further fields of the request; a field that is None is left out, `max_tokens` too.
        line: further options of `Line`: first, longest, clock, sleep, jitter.

    Raises:
        BadOption: for a missing model, or settings that cannot be.
    """

    def __init__(
        self,
        model: str | None = None,
        base_url: str | None = None,
        key: str | None = None,
        *,
        system: str = "",
        temperature: float | None = 1.0,
        max_tokens: int = 4096,
        timeout: float = 120.0,
        deadline: float = 600.0,
        retries: int = 4,
        concurrency: int = 4,
        stream: bool = False,
        ledger: Ledger | None = None,
        cache: Cache | str | Path | None = None,
        extra: Mapping[str, Any] | None = None,
        line: Mapping[str, Callable[..., Any] | float] | None = None,
    ) -> None:
        chosen = model or os.environ.get("REWARDLAB_MODEL", "")
        if not chosen:
            raise BadOption(
                "no model",
                where="Endpoint",
                expected="model= or the environment variable REWARDLAB_MODEL",
                mend="on a command line: URL#MODEL",
            )
        self.model, self.system = chosen, system
        self.temperature, self.max_tokens, self.stream = temperature, max_tokens, stream
        self.concurrency = concurrency
        self.extra = dict(extra or {})
        self.cache = cache if isinstance(cache, Cache) or cache is None else Cache(cache)
        self._check()
        more: dict[str, Any] = dict(line or {})
        self.line = Line(base_url, key, timeout=timeout, deadline=deadline, retries=retries, ledger=ledger, **more)

    def _check(self) -> None:
        if self.max_tokens < 1 or self.concurrency < 1:
            wrong = "max_tokens" if self.max_tokens < 1 else "concurrency"
            raise BadOption(f"{wrong} {getattr(self, wrong)!r}", where="Endpoint", expected="1 or more")
        if self.temperature is not None and not 0 <= self.temperature <= 10:
            raise BadOption(f"temperature {self.temperature!r}", where="Endpoint", expected="0 to 10, or None")
        if taken := sorted(set(self.extra) & set(RESERVED)):
            raise BadOption(
                f"extra sets {', '.join(taken)}",
                where="Endpoint",
                expected="fields that the endpoint does not set itself",
                mend="ask one prompt for each answer; give it a key with another candidate",
            )

    @property
    def settings(self) -> dict[str, Any]:
        """What an answer depends on besides its prompt: the cache's settings. The same model may move elsewhere."""
        return {"model": self.model, "temperature": self.temperature, "max_tokens": self.max_tokens, **self.extra}

    def __call__(self, prompts: Sequence[str]) -> list[str | OracleFailed]:
        """Prompts [B] to answers [B], an error in the place of each that got none.

        Raises:
            BudgetSpent: if the budget left no room for any of them; answers that were had before it was spent are
                returned, with an error in the place of the others.
        """
        asked = [self._prompt(p) for p in prompts]
        keys = [prompt_key(p, self.settings) for p in asked]
        first: dict[bytes, Prompt] = {}  # each asked once
        for k, p in zip(keys, asked, strict=True):
            first.setdefault(k, p)
        found = at_once(self._one, first, self.concurrency)
        spent = [a for a in found.values() if isinstance(a, BudgetSpent)]
        if spent and len(spent) == len(found):
            raise spent[0]
        return [_in_place(found[k]) for k in keys]

    def _prompt(self, prompt: str) -> Prompt:
        """The prompt with the instructions that go before it."""
        system = getattr(prompt, "system", "") or self.system
        return Prompt(prompt, system=system, key=getattr(prompt, "key", ()))

    def _one(self, key: bytes, prompt: Prompt) -> str | OracleFailed | BudgetSpent:
        if self.cache is not None and (kept := self.cache.answer(key)) is not None:
            return kept
        try:
            answer = self._asked(prompt)
        except (OracleFailed, BudgetSpent) as e:
            return e
        if self.cache is not None:
            self.cache.keep(key, answer, about=self.about)
        return answer

    def _asked(self, prompt: Prompt) -> Answer:
        if any(self.line.secret.within(t) for t in (prompt, prompt.system)):
            raise OracleFailed("the prompt holds the key and was not sent", where=self.about, mend="take it out")
        messages = [{"role": "system", "content": prompt.system}] if prompt.system else []
        messages.append({"role": "user", "content": str(prompt)})
        got, cost = self.line.call(
            "/chat/completions",
            self._body(messages),
            read,
            about=self.about,
            bound=self._bound(messages),
            usage=lambda told: told.usage,
            ends=b"data: [DONE]" if self.stream else b"",
        )
        hide = self.line.secret.hide
        return Answer(
            hide(got.text),
            author=hide(f"model {got.model or self.model}"[:200]),
            tokens=got.usage or (0, 0),
            cost=cost,
            finish=hide(got.finish),
        )

    def _body(self, messages: list[dict[str, str]]) -> dict[str, Any]:
        body: dict[str, Any] = {"model": self.model, "messages": messages, "max_tokens": self.max_tokens}
        body["temperature"] = self.temperature
        if self.stream:
            body |= {"stream": True, "stream_options": {"include_usage": True}}
        return {k: v for k, v in (body | self.extra).items() if v is not None}

    def _bound(self, messages: list[dict[str, str]]) -> tuple[int, int]:
        """The most tokens that a request can take: at most one of each byte, and some that the server adds."""
        sent = sum(len(m["content"].encode("utf-8", "surrogatepass")) for m in messages) + 512
        answer = max([self.max_tokens, *(v for k, v in self.extra.items() if k.endswith("_tokens") and type(v) is int)])
        return sent, answer

    @property
    def about(self) -> str:
        """Who is asked, for messages."""
        return f"model {self.model}"

    def __repr__(self) -> str:
        return f"Endpoint({self.model!r}, {self.line.url!r}, key={self.line.secret!r})"


def _in_place(answer: str | OracleFailed | BudgetSpent) -> Any:
    if isinstance(answer, BudgetSpent):
        return OracleFailed(f"not asked: {answer.what}", where=answer.where, expected=answer.expected, mend=answer.mend)
    return answer
