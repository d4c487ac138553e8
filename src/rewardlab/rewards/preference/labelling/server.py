"""The labelling server: a page, clips, and labels that are on the disk when they are acknowledged.

    GET  /api/session, /api/next, /api/clip/ID, /api/statistics        POST /api/annotator, /api/label, /api/undo

Bodies are JSON. A POST brings the session's token as `X-CSRF`; an answer brings a `key` of its own and may be sent
again until it is acknowledged.
"""

import asyncio
import hashlib
import secrets
from collections.abc import Collection
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from rewardlab.core import guard
from rewardlab.core.errors import BadOption
from rewardlab.core.guard import Guard, Refused
from rewardlab.rewards.preference.labelling.routes import Labels, told
from rewardlab.rewards.preference.labelling.store import LabelStore

PAGE = Path(__file__).parent / "page"
KINDS = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
}


def app(
    store: LabelStore,
    *,
    token: str = "",
    hosts: Collection[str] = guard.LOOPBACK,
    addresses: bool = False,
    frames_per_second: float = 8.0,
) -> Any:
    """The ASGI application (Starlette) that serves a label file.

    Args:
        store: the file; it is opened again in the threads that use it.
        token: what a browser must bring once, as `/?token=`; "" for none.
        hosts: names by which it may be called, without port.
        addresses: whether it may be called by any literal address.
        frames_per_second: of the clips.

    Raises:
        BadOption: if Starlette is not installed, or the rate is not positive.
    """
    needs("starlette")
    from starlette.applications import Starlette
    from starlette.responses import Response
    from starlette.routing import Route

    if not 0 < frames_per_second <= 120:
        raise BadOption(f"frames_per_second={frames_per_second!r}", where="app", expected="in (0, 120]")
    files = {"/" if p.name == "index.html" else f"/{p.name}": p for p in sorted(PAGE.iterdir()) if p.suffix in KINDS}

    async def static(request: Any) -> Any:
        path = files[request.scope["path"]]  # a fixed table: no text of a request becomes a path
        data = path.read_bytes()
        tag = f'"{hashlib.sha256(data).hexdigest()[:32]}"'
        headers = {"etag": tag, "cache-control": "no-cache"}
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers=headers)
        return Response(data, media_type=KINDS[path.suffix], headers=headers)

    async def nothing(request: Any) -> Any:
        return Response(status_code=204, headers={"cache-control": "max-age=86400"})

    gate = Guard(_unused, store.about("secret", lambda: secrets.token_hex(32)), token, hosts, addresses)
    labels = Labels(store, gate.csrf, frames_per_second)
    posts = {"/api/annotator": labels.annotator, "/api/label": labels.label, "/api/undo": labels.undo}
    gets = {
        **dict.fromkeys(files, static),
        "/favicon.ico": nothing,
        "/api/session": labels.session,
        "/api/next": labels.next,
        "/api/statistics": labels.statistics,
    }
    gate.methods = {
        **dict.fromkeys(gets, ("GET", "HEAD")),
        "/api/clip/": ("GET", "HEAD"),
        **dict.fromkeys(posts, ("POST",)),
    }

    @asynccontextmanager
    async def living(_: Any) -> Any:
        yield
        await asyncio.to_thread(labels.close)

    routes = [
        *(Route(path, told(f), methods=["GET"]) for path, f in gets.items()),
        *(Route(path, told(f), methods=["POST"]) for path, f in posts.items()),
        Route("/api/clip/{name}", told(labels.clip), methods=["GET"]),
    ]
    inner: Any = Starlette(routes=routes, lifespan=living)
    gate.inner = inner
    return gate


async def _unused(scope: Any, receive: Any, send: Any) -> None:
    raise Refused(404, "nothing here")


def needs(package: str, *, what: str = "the labelling page", where: str = "rewardlab label") -> None:
    """Refuse to go on without a package of the extra `ui`, which `what` needs.

    Raises:
        BadOption: with the command that installs it.
    """
    from importlib.util import find_spec

    if find_spec(package) is None:
        raise BadOption(f"{what} needs {package}", where=where, mend="pip install 'rewardlab[ui]'")
