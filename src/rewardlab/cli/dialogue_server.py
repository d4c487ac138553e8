"""Dialogues over HTTP: whoever can send JSON can hold the conversations of a task.

    GET /health, /task     POST /episodes     GET, POST, DELETE /episodes/ID

Bodies are JSON objects of at most 64 kB; a refusal is {"error": what was expected}. A request must call this server by
a name that was allowed and bring the token, where there is one, as `Authorization: Bearer TOKEN`. A conversation is
known by an id that nobody can guess. Each message is answered in a thread, so that none waits for another.
"""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any

from rewardlab.core import guard
from rewardlab.core.errors import BadOption, BadSeed, SandboxUnavailable
from rewardlab.core.guard import Refused, admitted, body_of, check_json, check_origin, refuse
from rewardlab.envs.text.exports.episode import NotNow
from rewardlab.envs.text.exports.episodes import Episodes, NoEpisode, TooMany
from rewardlab.envs.text.exports.sheet import sheet
from rewardlab.rewards.preference.labelling.server import needs

_log = logging.getLogger("rewardlab.serve")
_STATUS = ((NoEpisode, 404), (NotNow, 409), (TooMany, 429), (BadSeed, 422), (BadOption, 422), (SandboxUnavailable, 503))


def app(
    episodes: Episodes,
    *,
    token: str = "",
    hosts: Collection[str] = guard.LOOPBACK,
    addresses: bool = False,
    workers: int = 32,
) -> Any:
    """The ASGI application that serves the conversations of a task.

    Args:
        episodes: the table of what is going on.
        token: what every request must bring; "" for none.
        hosts: names by which it may be called, without port.
        addresses: whether it may be called by any literal address.
        workers: messages that may be answered at one time.

    Raises:
        BadOption: if Starlette is not installed, or for workers below 1.
    """
    needs("starlette", what="an interface over HTTP", where="rewardlab serve")
    from starlette.applications import Starlette
    from starlette.routing import Route

    if workers < 1:
        raise BadOption(f"workers={workers!r}", where="app", expected="at least 1")
    served = _Served(episodes, workers)
    routes = [
        Route("/health", told(served.health), methods=["GET"]),
        Route("/task", told(served.task), methods=["GET"]),
        Route("/episodes", told(served.begin), methods=["POST"]),
        Route("/episodes/{key}", told(served.show), methods=["GET"]),
        Route("/episodes/{key}", told(served.say), methods=["POST"]),
        Route("/episodes/{key}", told(served.end), methods=["DELETE"]),
    ]

    async def nothing(request: Any, why: Exception) -> Any:
        return _json({"error": "nothing here; expected /health, /task, /episodes or /episodes/ID"}, 404)

    async def other(request: Any, why: Any) -> Any:
        return _json({"error": "this path takes another method"}, 405, headers=dict(why.headers or {}))

    @asynccontextmanager
    async def living(_: Any) -> Any:
        sweeper = asyncio.create_task(served.sweep())
        yield
        sweeper.cancel()
        await asyncio.to_thread(served.close)

    inner = Starlette(routes=routes, lifespan=living, exception_handlers={404: nothing, 405: other})
    return _Gate(inner, token, {h.lower() for h in hosts}, addresses)


class _Gate:
    """The checks before any route: host, origin, token, the form of a body."""

    def __init__(self, inner: Any, token: str, hosts: set[str], addresses: bool) -> None:
        self.inner, self.token, self.hosts, self.addresses = inner, token, hosts, addresses

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await self.inner(scope, receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
            return
        try:
            headers = admitted(scope, self.hosts, self.addresses)
            check_origin(headers)
            if self.token:
                kind, _, given = headers.get("authorization", "").partition(" ")
                if kind.lower() != "bearer" or not guard.same(given.strip(), self.token):
                    raise Refused(401, "expected the header Authorization: Bearer TOKEN", close=True)
            if scope["method"] == "POST":
                check_json(headers)
        except Refused as e:
            await refuse(send, e)
            return
        await self.inner(scope, receive, send)


class _Served:
    """What each route answers."""

    def __init__(self, episodes: Episodes, workers: int) -> None:
        self.episodes = episodes
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="rewardlab-serve")
        self._about: dict[str, Any] | None = None

    async def health(self, request: Any) -> Any:
        return _json({"ok": True, "task": self.episodes.task, "open": len(self.episodes), "most": self.episodes.most})

    async def task(self, request: Any) -> Any:
        if self._about is None:
            made = await self._there(lambda: sheet(self.episodes.task, **self.episodes.parameters))
            self._about = {**made, "options": list(self.episodes.allowed)}
        return _json(self._about)

    async def begin(self, request: Any) -> Any:
        body = await body_of(request.receive)
        _only(body, ("seed", "episode", "options"))
        options = body.get("options") or {}
        if not isinstance(options, dict):
            raise Refused(422, "options is to be an object of parameters")
        seed, number = body.get("seed"), body.get("episode", 0)

        def work() -> dict[str, Any]:
            episode = self.episodes.open(seed, number, options)
            return {**self.episodes.shown(episode.key), "info": episode.info}

        shown = await self._there(work)
        return _json(shown, 201, headers={"location": f"/episodes/{shown['id']}"})

    async def show(self, request: Any) -> Any:
        key = request.path_params["key"]
        return _json(await self._there(lambda: self.episodes.shown(key)))

    async def say(self, request: Any) -> Any:
        key = request.path_params["key"]
        body = await body_of(request.receive)
        _only(body, ("message", "turn"))
        message, turn = body.get("message"), body.get("turn")
        if not isinstance(message, str):
            raise Refused(422, 'expected {"message": a text}, and "turn", a whole number, if you like')
        if turn is not None and (type(turn) is not int or turn < 0):
            raise Refused(422, "turn is to be how many messages you have sent before this one, from 0")
        return _json(await self._there(lambda: self.episodes.say(key, message, turn)))

    async def end(self, request: Any) -> Any:
        key = request.path_params["key"]
        await self._there(lambda: self.episodes.close(key))
        return _json({"ended": True})

    async def sweep(self) -> None:
        """Forget idle conversations, again and again."""
        while True:
            await asyncio.sleep(min(self.episodes.idle / 4, 60.0))
            try:
                await self._there(self.episodes.forget)
            except Exception:  # one that cannot be ended must not keep the others
                _log.exception("while forgetting")

    def close(self) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)
        self.episodes.close_all()

    async def _there(self, work: Callable[[], Any]) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self._pool, work)


def told(route: Callable[[Any], Awaitable[Any]]) -> Callable[[Any], Awaitable[Any]]:
    """A route whose errors are answers: 4xx with what was expected, 500 without a traceback."""

    async def whole(request: Any) -> Any:
        try:
            return await route(request)
        except Refused as e:
            return _json({"error": e.why}, e.status, headers={"connection": "close"} if e.close else {})
        except Exception as e:
            status = next((s for kind, s in _STATUS if isinstance(e, kind)), 500)
            if status == 500 or not hasattr(e, "what"):
                _log.exception("in %s", request.scope["path"])
                return _json({"error": "a fault of the server; its console says more"}, 500)
            said = {"error": e.what, "expected": getattr(e, "expected", ""), "mend": getattr(e, "mend", "")}
            return _json({k: v for k, v in said.items() if v}, status)

    return whole


def _only(body: Mapping[str, Any], known: Collection[str]) -> None:
    for name in body:
        if name not in known:
            raise Refused(422, f"expected some of {', '.join(known)}, and nothing else")


def _json(value: Any, status: int = 200, *, headers: Mapping[str, str] | None = None) -> Any:
    from starlette.responses import Response

    body = json.dumps(value, ensure_ascii=True, allow_nan=False)
    kept = {"cache-control": "no-store", "x-content-type-options": "nosniff", **(headers or {})}
    return Response(body, status, media_type="application/json", headers=kept)
