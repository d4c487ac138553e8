"""A server of dialogues in a thread of this process, and a client that shows status and body of each answer."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import uvicorn

from rewardlab.cli.dialogue_server import app
from rewardlab.envs.text.exports import Episodes
from rewardlab.rewards.preference.labelling.serving import listen, protocol


@contextmanager
def served(episodes: Episodes, **options: Any) -> Iterator[str]:
    """The address of a server of these conversations."""
    listening = listen("127.0.0.1", 0)
    config = uvicorn.Config(
        app(episodes, **options), http=protocol(10.0), ws="none", log_level="critical", loop="asyncio", lifespan="on"
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    until = time.monotonic() + 20
    while not server.started and time.monotonic() < until:
        time.sleep(0.005)
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(20)
        listening.close()


def ask(url: str, method: str, path: str, body: Any = None, **more: Any) -> tuple[int, Any]:
    """(status, JSON) of one request."""
    response = httpx.request(method, url + path, json=body, timeout=20, trust_env=False, **more)
    return response.status_code, response.json()
