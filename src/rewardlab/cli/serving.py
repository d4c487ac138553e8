"""`rewardlab serve`: the conversations of a task over HTTP."""

import json
import os
from typing import Annotated, Any

import tyro

from rewardlab.cli import names
from rewardlab.core.errors import BadOption

TaskName = Annotated[str, tyro.conf.Positional, tyro.conf.arg(metavar="TASK")]


def serve(
    task: TaskName,
    *,
    host: str = "127.0.0.1",
    port: int = 8090,
    token: str = "",
    param: tuple[str, ...] = (),
    allow: tuple[str, ...] = (),
    episodes: int = 256,
    idle: float = 900.0,
    workers: int = 32,
) -> None:
    """Serve the conversations of a text task as JSON over HTTP; `HttpDialogue(url)` is an environment made of it.

    Example: rewardlab serve GuessNumberText-v0 --port 8090

    Args:
        task: the id of a dialogue in text.
        port: 0 for any that is free.
        host: the address to listen at; any but this machine's own demands a token.
        token: a word that requests must bring; or in the variable REWARDLAB_SERVE_TOKEN.
        param: parameters of the task as NAME=VALUE, values as JSON or plain words.
        allow: further parameters that those who begin a conversation may set for it.
        episodes: conversations at once.
        idle: seconds after which a conversation that nobody goes on with is forgotten.
        workers: messages that are answered at one time.
    """
    from rewardlab.cli.dialogue_server import app
    from rewardlab.envs.text.exports.episodes import Episodes
    from rewardlab.envs.text.exports.sheet import EVERYWHERE
    from rewardlab.rewards.preference.labelling import serving
    from rewardlab.rewards.preference.labelling.server import needs

    where = "rewardlab serve"
    needs("uvicorn", what="an interface over HTTP", where=where)
    names.at_least_one("--episodes", episodes, where=where)
    names.at_least_one("--workers", workers, where=where)
    token = token or os.environ.get("REWARDLAB_SERVE_TOKEN", "")
    serving.check_token(host, token, where=where)
    table = Episodes(
        names.environment(task), parameters(param), most=episodes, idle=idle, allowed=(*EVERYWHERE, *allow)
    )
    everywhere = host in ("0.0.0.0", "::")
    application = app(table, token=token, hosts=serving.hosts_of(host), addresses=everywhere, workers=workers)
    listening = serving.listen(host, port, where=where)
    print(f"{table.task} at {serving.address_of(host, listening)}" + (" with a token" if token else ""), flush=True)
    serving.run(application, listening)


def parameters(given: tuple[str, ...]) -> dict[str, Any]:
    """Name -> value of NAME=VALUE words.

    Raises:
        BadOption: for a word of another form.
    """
    found: dict[str, Any] = {}
    for word in given:
        name, equals, value = word.partition("=")
        if not (equals and name.isidentifier()):
            raise BadOption(f"--param {word}", where="rewardlab serve", expected="NAME=VALUE", mend="--param length=4")
        try:
            found[name] = json.loads(value)
        except ValueError:
            found[name] = value
    return found
