"""Calls to a server of models: tries, waits, and the ledger's part in them.

    wait before try k+1:  U(0, min(longest, first · 2ᵏ)),    at least what Retry-After says

Jitter over the whole range keeps many clients from coming back together.

Source: Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015, full jitter.
"""

import json
import os
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar
from urllib.parse import urlsplit

from rewardlab.core.errors import BadOption, OracleFailed
from rewardlab.core.oracle.ledger import Ledger
from rewardlab.core.oracle.reply import loaded, refused
from rewardlab.core.oracle.secret import Secret
from rewardlab.core.oracle.wire import Fault, Reply, is_here, post

T = TypeVar("T")
OPENAI = "https://api.openai.com/v1"


@dataclass
class Line:
    """How to reach one server, and how long to try.

    Args:
        base_url: what comes before `/chat/completions`; None reads `OPENAI_BASE_URL`.
        key: None reads `OPENAI_API_KEY`; "" sends none.
        timeout: seconds for one request, from connecting to the last byte.
        deadline: seconds for all tries of one prompt and the waits between them.
        retries: tries after the first one.
        first: seconds, the longest wait before the second try.
        longest: seconds, the longest wait before any other.
        ledger: counts what is sent; None counts nothing.
        clock: seconds.
        sleep: waits for seconds.
        jitter: draws from [0, 1).

    Raises:
        BadOption: for a URL that is none, or holds a password; a key that no header can hold, or that would go over an
            open network without having been given for it; times that are not positive.
    """

    base_url: str | None = None
    key: str | Secret | None = field(default=None, repr=False)
    timeout: float = 120.0
    deadline: float = 600.0
    retries: int = 4
    first: float = 1.0
    longest: float = 30.0
    ledger: Ledger | None = None
    clock: Callable[[], float] = field(default=time.monotonic, repr=False)
    sleep: Callable[[float], None] = field(default=time.sleep, repr=False)
    jitter: Callable[[], float] = field(default_factory=lambda: random.Random().random, repr=False)

    def __post_init__(self) -> None:
        self.secret = self.key if isinstance(self.key, Secret) else Secret(self.key)
        self.key = None
        self.url = _url(self.base_url or os.environ.get("OPENAI_BASE_URL") or OPENAI)
        self.base_url = self.url
        if not self.secret.fits_a_header():
            raise BadOption(
                "a key with blanks or characters that no header can hold",
                where=self._whence(),
                expected="one word of visible ASCII characters",
                mend="copy it again",
            )
        if self.url == OPENAI and not self.secret:
            raise BadOption(
                "no key",
                where=self.url,
                expected=f"a key in {self.secret.variable}",
                mend=f"set {self.secret.variable}, or OPENAI_BASE_URL to a server of your own",
            )
        if self.secret and not self.secret.given and not (self.url.startswith("https:") or is_here(self.url)):
            raise BadOption(
                f"the key of {self.secret.variable} would go unencrypted over the network",
                where=self.url,
                expected="https, or a server on this machine",
                mend=f"use https; or give key= for this server; or set {self.secret.variable} to nothing",
            )
        for name in ("timeout", "deadline"):
            if not 0 < getattr(self, name) < 1e7:
                raise BadOption(f"{name} {getattr(self, name)!r}", where=self.url, expected="seconds above 0")
        if not 0 <= self.retries <= 100:
            raise BadOption(f"retries {self.retries!r}", where=self.url, expected="0 to 100")

    def _whence(self) -> str:
        return "key=" if self.secret.given else self.secret.variable

    def models(self) -> list[str]:
        """The names of the models that the server says it has.

        Raises:
            OracleFailed: if it does not answer.
        """

        def names(reply: Reply) -> list[str] | Fault:
            given = loaded(reply)
            rows = [] if isinstance(given, Fault) else given.get("data")
            rows = rows if isinstance(rows, list) else []
            told = [r["id"] for r in rows if isinstance(r, dict) and isinstance(r.get("id"), str)]
            return told or Fault("no list of models", again=False, mend="name the model: URL#MODEL")

        return self.call("/models", None, names, about="list of models")[0]

    def call(
        self,
        path: str,
        body: Mapping[str, Any] | None,
        read: Callable[[Reply], T | Fault],
        *,
        about: str,
        bound: tuple[int, int] = (0, 0),
        usage: Callable[[T], tuple[int, int] | None] = lambda answer: None,
        ends: bytes = b"",
    ) -> tuple[T, float]:
        """One answer, after as many tries as it takes, and what it cost.

        Args:
            path: below the base URL.
            body: what is sent as JSON; None makes it a GET.
            read: makes an answer of a reply with status 2xx, or says what is wrong with it.
            about: who is asked, for messages and the ledger.
            bound: the most (prompt, answer) tokens that one try can take.
            usage: the tokens that an answer says it took.
            ends: bytes after which a reply is over.

        Raises:
            OracleFailed: if no try brought an answer.
            BudgetSpent: if the next try could pass a limit of the ledger.
        """
        content = None if body is None else json.dumps(body).encode()
        until = self.clock() + self.deadline
        faults: list[Fault] = []
        for tried in range(self.retries + 1):
            left = until - self.clock()
            if left <= 0:
                break
            number = None if self.ledger is None else self.ledger.reserve(*bound, about=about)
            got = post(self.url + path, content, self.secret, timeout=min(self.timeout, left), ends=ends)
            if isinstance(got, Reply):
                got = refused(got, variable=self.secret.variable) or read(got)  # type: ignore[assignment]
            if not isinstance(got, Fault):
                cost = self.ledger.settle(number, usage(got)) if self.ledger and number else 0.0  # type: ignore[arg-type]
                return got, cost  # type: ignore[return-value]
            if self.ledger is not None and number is not None:
                self.ledger.settle(number, None) if got.billed else self.ledger.release(number)
            got = replace(got, what=self.secret.hide(got.what))  # servers like to repeat a wrong key
            faults.append(got)
            wait = self._wait(got, tried)
            if not got.again or tried == self.retries or self.clock() + wait >= until:
                break
            self.sleep(wait)
        raise self._failed(faults, about)

    def _wait(self, fault: Fault, tried: int) -> float:
        wait = self.jitter() * min(self.longest, self.first * 2**tried)
        return wait if fault.wait is None else max(fault.wait, 0.0) + min(wait, self.first)

    def _failed(self, faults: list[Fault], about: str) -> OracleFailed:
        last = faults[-1] if faults else Fault("no time left", again=False)
        times = f", after {len(faults)} tries" if len(faults) > 1 else ""
        asked = "" if last.wait is None else f", and asked to wait {last.wait:.0f} seconds"
        return OracleFailed(
            f"{last.what}{asked}{times}",
            where=f"{about} at {self.url}",
            expected="an answer",
            mend=last.mend or "try again later, or raise retries, timeout or deadline",
        )


def _url(text: str) -> str:
    """A base URL without a slash at its end, checked; a wrong one is not repeated if it may hold a password."""
    wrong = ""
    try:
        parts = urlsplit(text.strip())
        if "@" in text:
            wrong = "a base URL with a name or password in it"
        elif parts.scheme not in ("http", "https") or not parts.hostname or parts.port == 0:
            wrong = f"base URL {text[:80]!r}"
        elif parts.query or parts.fragment:
            wrong = "a base URL with ? or #"
    except ValueError:
        wrong = "a base URL that cannot be read"
    if wrong:
        mend = "give the key as key= or in OPENAI_API_KEY" if "@" in text else ""
        raise BadOption(wrong, where="base_url", expected="http(s)://HOST/v1", mend=mend)
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}"
