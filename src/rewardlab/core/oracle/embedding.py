"""Vectors of texts and pictures from any server that speaks OpenAI's embeddings.

    POST {base_url}/embeddings    {model, input: [...]}

Each vector is kept on the disk under the hash of its text or picture, if a cache is given.
"""

import base64
import io
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from rewardlab.core.errors import BadOption, OracleFailed
from rewardlab.core.oracle.cache import Cache
from rewardlab.core.oracle.calling import Line
from rewardlab.core.oracle.ledger import Ledger
from rewardlab.core.oracle.reply import loaded
from rewardlab.core.oracle.wire import Fault, Reply


class EndpointEmbed:
    """An `Embed` by requests of several texts each.

    Args:
        model: the name that the server knows; None reads `REWARDLAB_EMBED_MODEL`.
        base_url: what comes before `/embeddings`; None reads `OPENAI_BASE_URL`, else OpenAI's own.
        key: None reads `OPENAI_API_KEY`; "" sends none.
        batch: texts in one request.
        timeout: seconds for one request.
        deadline: seconds for all tries of one request.
        retries: tries after the first.
        ledger: counts tokens and cost, and holds the caps.
        cache: file or `Cache`; None keeps nothing.
        extra: further fields of the request, for instance {"modality": "image"} where a server wants it.
        line: further options of `Line`.

    Raises:
        BadOption: for a missing model, or settings that cannot be.
    """

    def __init__(
        self,
        model: str | None = None,
        base_url: str | None = None,
        key: str | None = None,
        *,
        batch: int = 64,
        timeout: float = 60.0,
        deadline: float = 300.0,
        retries: int = 4,
        ledger: Ledger | None = None,
        cache: Cache | str | Path | None = None,
        extra: Mapping[str, Any] | None = None,
        line: Mapping[str, Callable[..., Any] | float] | None = None,
    ) -> None:
        self.model = model or os.environ.get("REWARDLAB_EMBED_MODEL", "")
        if not self.model:
            raise BadOption("no model", where="EndpointEmbed", expected="model= or REWARDLAB_EMBED_MODEL")
        if batch < 1:
            raise BadOption(f"batch {batch!r}", where="EndpointEmbed", expected="1 or more")
        self.batch, self.extra = batch, dict(extra or {})
        self.cache = cache if isinstance(cache, Cache) or cache is None else Cache(cache)
        more: dict[str, Any] = dict(line or {})
        self.line = Line(base_url, key, timeout=timeout, deadline=deadline, retries=retries, ledger=ledger, **more)

    def __call__(self, things: Sequence[Any]) -> np.ndarray:
        """Texts, or pictures [H, W, 3] uint8, [B] to vectors [B, D] float32; equal ones are sent once.

        Raises:
            OracleFailed: if any got no vector.
            BudgetSpent: if the budget left no room; what was had is in the cache.
            BadOption: for a thing that is neither text nor picture.
        """
        texts = [t if isinstance(t, str) else data_url(t) for t in things]
        keys = [Cache.key("embed", self.model, self.extra, t) for t in texts]
        found: dict[bytes, np.ndarray] = {}
        missing: dict[bytes, str] = {}
        for k, t in zip(keys, texts, strict=True):
            kept = self.cache.get(k) if self.cache is not None and k not in found else None
            if kept is not None:
                found[k] = np.frombuffer(kept, dtype="<f4")
            elif k not in found:
                missing[k] = t
        wanted = list(missing)
        for at in range(0, len(wanted), self.batch):
            part = wanted[at : at + self.batch]
            for k, v in zip(part, self._asked([missing[k] for k in part]), strict=True):
                found[k] = v
                if self.cache is not None:
                    self.cache.put(k, v.astype("<f4").tobytes(), about=f"model {self.model}")
        if len({v.shape for v in found.values()}) > 1:
            raise OracleFailed("vectors of several lengths", where=self._about, expected="one length for all")
        return np.stack([found[k] for k in keys]).astype(np.float32) if keys else np.zeros((0, 0), np.float32)

    def _asked(self, texts: list[str]) -> np.ndarray:
        if any(self.line.secret.within(t) for t in texts):
            raise OracleFailed("a text holds the key and was not sent", where=self._about, mend="take it out")
        bound = sum(len(t.encode("utf-8", "surrogatepass")) + 64 for t in texts)
        body = {"model": self.model, "input": texts, "encoding_format": "float"} | self.extra
        (vectors, _), _ = self.line.call(
            "/embeddings",
            {k: v for k, v in body.items() if v is not None},
            lambda reply: _vectors(reply, len(texts)),
            about=self._about,
            bound=(bound, 0),
            usage=lambda told: told[1],
        )
        return vectors

    @property
    def _about(self) -> str:
        return f"model {self.model}"

    def __repr__(self) -> str:
        return f"EndpointEmbed({self.model!r}, {self.line.url!r}, key={self.line.secret!r})"


def _vectors(reply: Reply, count: int) -> tuple[np.ndarray, tuple[int, int] | None] | Fault:
    """The vectors [count, D] in the order of what was sent, and the tokens."""
    given = loaded(reply)
    if isinstance(given, Fault):
        return given
    rows = given.get("data")
    shape = "is this an embedding model, and does the base URL end like `/v1`?"
    rows = rows if isinstance(rows, list) else [None]
    if not all(isinstance(r, dict) and isinstance(r.get("embedding"), list) for r in rows):
        return Fault("JSON of another shape: no `data` with an `embedding` each", again=False, mend=shape)
    places = [r.get("index", i) for i, r in enumerate(rows)]
    if any(type(i) is not int for i in places) or sorted(places) != list(range(count)):
        return Fault(f"{len(rows)} vectors for {count} texts", again=True, mend=shape)
    by_index = {i: r["embedding"] for i, r in zip(places, rows, strict=True)}
    wrong = Fault("vectors that are not finite numbers of one length", again=True, mend=shape)
    try:
        with np.errstate(over="ignore"):  # becomes infinite, which is seen below
            vectors = np.array([by_index[i] for i in range(count)], dtype=np.float32)
    except (ValueError, TypeError, OverflowError):
        return wrong
    if vectors.ndim != 2 or not vectors.shape[1] or not np.isfinite(vectors).all():
        return wrong
    told = given.get("usage")
    tokens = told.get("prompt_tokens") if isinstance(told, dict) else None
    return vectors, (tokens, 0) if type(tokens) is int else None


def data_url(picture: Any) -> str:
    """A picture [H, W, 3] or [H, W] uint8 as a PNG within a URL."""
    from PIL import Image

    pixels = np.asarray(picture)
    if pixels.dtype != np.uint8 or pixels.ndim not in (2, 3) or (pixels.ndim == 3 and pixels.shape[-1] not in (3, 4)):
        raise BadOption(
            f"a {type(picture).__name__} {pixels.shape} of {pixels.dtype}",
            where="EndpointEmbed",
            expected="a text, or a picture [H, W, 3] uint8",
        )
    raw = io.BytesIO()
    Image.fromarray(pixels).save(raw, format="PNG")
    return "data:image/png;base64," + base64.b64encode(raw.getvalue()).decode()
