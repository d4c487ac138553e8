"""Every attack, behind all walls: nothing is got, nothing is left, and the next session does not notice."""

import os
import socket
import time
from pathlib import Path

import pytest
from core.sandbox.jail.attacks import ATTACKS

from rewardlab.core.sandbox.jail import Bounds, Session
from rewardlab.core.sandbox.jail.session import run

MARKER = "canary-4711-of-the-trainer"
SECONDS = 0.4
BOUNDS = Bounds(seconds=SECONDS, memory=256 << 20, output=10_000)


@pytest.fixture(scope="module")
def trainer(tmp_path_factory):
    """What there is to be won: a file that all may read, an open port, an abstract socket, a secret in the environment."""
    place = tmp_path_factory.mktemp("outside")
    canary = place / "canary.txt"
    canary.write_text(MARKER)
    for folder in (place, *place.parents):
        if folder.stat().st_uid == os.getuid() and folder != Path("/"):
            folder.chmod(folder.stat().st_mode | 0o055)
    name = f"rewardlab-{os.getpid()}"
    with socket.create_server(("127.0.0.1", 0)) as tcp, socket.socket(socket.AF_UNIX) as unix:
        unix.bind("\0" + name)
        unix.listen()
        constants = {
            "CANARY": str(canary),
            "TARGET": str(place / "target"),
            "TRAINER": os.getpid(),
            "PORT": tcp.getsockname()[1],
            "NAME": name,
            "ID": 1,
        }
        yield "".join(f"{k} = {v!r}\n" for k, v in constants.items()), canary, place


def survivors(session):
    """Processes of the session that are still there."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                words = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if session in (int(words[2]), int(words[3])) or int(entry.name) == session:  # its group, its session
                found.append(entry.name)
    return found


def attacked(code, constants, **options):
    """(all that came back, seconds, the session) of one attack."""
    begun = time.monotonic()
    with Session("statements", bounds=BOUNDS, folder=True, **options) as session:
        run(session, constants)
        begun = time.monotonic()
        got = run(session, code)
    return f"{got.printed}{got.trace}{got.error}", time.monotonic() - begun, session


@pytest.mark.parametrize("name", ATTACKS)
def test_it_gets_nothing_and_leaves_nothing(name, trainer):
    constants, canary, place = trainer
    before = canary.stat()
    said, took, session = attacked(ATTACKS[name], constants)
    assert "ESCAPED" not in said.replace("print('ESCAPED'", ""), said
    assert MARKER not in said
    assert took < SECONDS + 1.0
    assert canary.read_text() == MARKER and [p.name for p in place.iterdir()] == ["canary.txt"]
    after = canary.stat()
    assert (before.st_mode, before.st_uid, before.st_mtime) == (after.st_mode, after.st_uid, after.st_mtime)
    assert survivors(session.pid) == []
    assert not os.path.exists(session._folder)
    assert len(said) <= BOUNDS.output + 3000
    said.encode()  # nothing that a log cannot write
