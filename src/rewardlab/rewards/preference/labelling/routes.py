"""What the label server answers to each path: parsing on the event loop, writing in one thread, reading in another."""

import asyncio
import base64
import binascii
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from rewardlab.core import guard
from rewardlab.core.errors import BadOption, BadStore
from rewardlab.core.guard import Refused, body_of
from rewardlab.rewards.preference.labelling.clips import Clip
from rewardlab.rewards.preference.labelling.store import LabelStore, NotHeld, Query
from rewardlab.rewards.preference.labelling.tables import check_name
from rewardlab.rewards.preference.labelling.writer import Writer

T = TypeVar("T")
ANNOTATOR = "rewardlab_annotator"
_log = logging.getLogger("rewardlab.labelling")


class Labels:
    """What the routes do: parsing on the event loop, writing in the writer's thread, reading in another.

    Args:
        store: opened again in the threads.
        csrf: session -> token.
        frames_per_second: of the clips.
    """

    def __init__(self, store: LabelStore, csrf: Callable[[str], str], frames_per_second: float) -> None:
        self._store = store
        self._csrf = csrf
        self._rate = frames_per_second
        self.write = Writer(store)
        self._reader = ThreadPoolExecutor(1, thread_name_prefix="label reader")
        self._reading: LabelStore | None = None

    async def read(self, call: Callable[[LabelStore], T]) -> T:
        """What `call` returns, beside the writer."""

        def there() -> T:
            self._reading = self._reading or self._store.again()
            return call(self._reading)

        return await asyncio.get_running_loop().run_in_executor(self._reader, there)

    def close(self) -> None:
        """End both threads."""
        self.write.close()
        if self._reading is not None:
            self._reader.submit(self._reading.close).result()
        self._reader.shutdown()

    # -- routes --------------------------------------------------------------------------------------------------

    async def session(self, request: Any) -> Any:
        """Who labels what, and the token of this session."""
        cookies = request.scope["rewardlab"]
        session = guard.session_of(cookies) or guard.new_session()
        task, environment = await self.read(LabelStore.latest)
        told = {
            "task": task,
            "environment": environment,
            "annotator": _annotator(cookies),
            "csrf": self._csrf(session),
            "frames_per_second": self._rate,
        }
        return _json(told, cookie=(guard.SESSION, session))

    async def annotator(self, request: Any) -> Any:
        """Note who sits at this browser."""
        name = (await body_of(request.receive)).get("name")
        if not isinstance(name, str):
            raise Refused(400, "name is to be text")
        name = " ".join(name.split())
        check_name(name)
        coded = base64.urlsafe_b64encode(name.encode()).decode().rstrip("=")
        return _json({"annotator": name}, cookie=(ANNOTATOR, coded))

    async def next(self, request: Any) -> Any:
        """The next query."""
        name = _named(request)
        besides = _numbers(request.query_params.get("besides", ""))

        def call(store: LabelStore) -> Any:
            return store.next(name, besides=besides), store.progress()

        query, progress = await self.write(call, durable=False)
        return _query(query, *progress)

    async def label(self, request: Any) -> Any:
        """An answer, acknowledged when it is on the disk."""
        body = await body_of(request.receive)
        name = _named(request)
        query, label, key, seconds = (body.get(k) for k in ("query", "label", "key", "seconds"))
        if type(query) is not int or not 0 < query < 1 << 62:
            raise Refused(400, "query is to be the number of one")
        if "label" not in body or isinstance(label, bool) or not isinstance(label, (int, float, type(None))):
            raise Refused(400, "label is to be 1, 0, 0.5 or null")
        if seconds is not None and (isinstance(seconds, bool) or not isinstance(seconds, (int, float))):
            raise Refused(400, "seconds is to be a number or null")

        def call(store: LabelStore) -> tuple[int, int]:
            store.answer(query, name, label, key="" if key is None else key, seconds=seconds)
            return store.progress()

        done, total = await self.write(call)
        return _json({"done": done, "total": total})

    async def undo(self, request: Any) -> Any:
        """Take back the last answer."""
        key = (await body_of(request.receive)).get("key")
        name = _named(request)

        def call(store: LabelStore) -> Any:
            return store.undo(name, key="" if key is None else key), store.progress()

        query, progress = await self.write(call)
        return _query(query, *progress)

    async def clip(self, request: Any) -> Any:
        """A sheet of frames."""
        from starlette.responses import Response

        number, _, tag = request.path_params["name"].partition("-")
        data = None
        if number.isascii() and number.isdigit() and len(number) < 19:
            data = await self.read(lambda store: store.clip(int(number), tag))
        if data is None:
            raise Refused(404, "no such clip")
        kept = {"cache-control": "private, max-age=31536000, immutable"}
        return Response(data, media_type="image/webp", headers=kept)

    async def statistics(self, request: Any) -> Any:
        """Sums of every annotator."""
        return _json({"annotators": await self.read(LabelStore.statistics)})


def told(route: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """A route whose errors are answers: 4xx for the page's mistakes, 503 for the disk's, 500 without a traceback."""

    async def whole(request: Any) -> Any:
        try:
            return await route(request)
        except Refused as e:
            return _error(e.status, e.why, close=e.close)
        except NotHeld as e:
            return _error(409, e.what)
        except BadOption as e:
            return _error(400, f"expected {e.expected}" if e.expected else e.what)  # what was sent is not sent back
        except BadStore as e:
            _log.error("%s", e)
            return _error(503, "the labels cannot be written now: the server's console says why; try again")
        except Exception:
            _log.exception("in %s", request.scope["path"])
            return _error(500, "a fault of the server; its console says more")

    return whole


def _error(status: int, why: str, *, close: bool = False) -> Any:
    return _json({"error": why}, status=status, close=close)


def _json(value: Any, *, status: int = 200, close: bool = False, cookie: tuple[str, str] | None = None) -> Any:
    from starlette.responses import JSONResponse

    headers = {"cache-control": "no-store", **({"connection": "close"} if close else {})}
    response = JSONResponse(value, status, headers=headers)
    if cookie:
        response.set_cookie(*cookie, max_age=365 * 86400, path="/", httponly=True, samesite="strict")
    return response


def _query(query: Query | None, done: int, total: int) -> Any:
    from starlette.responses import Response

    if query is None:
        return Response(status_code=204, headers={"cache-control": "no-store"})
    return _json(
        {
            "query": query.number,
            "task": query.task,
            "repeat": query.repeat,
            "first": _clip(query.first),
            "second": _clip(query.second),
            "done": done,
            "total": total,
        }
    )


def _clip(clip: Clip | None) -> dict[str, Any] | None:
    if clip is None:
        return None
    size = {"frames": clip.frames, "width": clip.width, "height": clip.height, "columns": clip.columns}
    return {"clip": clip.name, **size}


def _annotator(cookies: dict[str, str]) -> str | None:
    """The name that this browser's cookie holds, if it could be one."""
    coded = cookies.get(ANNOTATOR, "")
    try:
        name = base64.b64decode(coded + "=" * (-len(coded) % 4), altchars=b"-_", validate=True).decode()
        check_name(name)
    except (binascii.Error, ValueError):  # BadOption is a ValueError
        return None
    return name


def _named(request: Any) -> str:
    name = _annotator(request.scope["rewardlab"])
    if name is None:
        raise Refused(409, "no annotator: POST /api/annotator first")
    return name


def _numbers(text: str) -> set[int]:
    words = text.split(",") if text else []
    if len(words) > 64 or not all(w.isascii() and w.isdigit() and len(w) < 19 for w in words):
        raise Refused(400, "besides is to be at most 64 numbers")
    return {int(w) for w in words}
