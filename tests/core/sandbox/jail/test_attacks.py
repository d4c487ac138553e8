"""Every attack, behind all walls: nothing is got, nothing is left, and the next session does not notice."""

import os
import socket
import time
from pathlib import Path

import pytest
from core.sandbox.jail.attacks import ATTACKS
from core.sandbox.jail.servers import ALONE, NOBODY, USER, serving

from rewardlab.core.sandbox.jail import Bounds, Session
from rewardlab.core.sandbox.jail.session import run

MARKER = "canary-4711-of-the-trainer"
SECONDS = 0.3
BOUNDS = Bounds(seconds=SECONDS, memory=256 << 20, output=10_000)


@pytest.fixture(scope="module")
def trainer(tmp_path_factory):
    """What there is to be won: a file that all may read, an open port, an abstract socket."""
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
            if words[0] == "Z":  # killed, and waiting for the first process of the machine to notice
                continue
            if session in (int(words[2]), int(words[3])) or int(entry.name) == session:  # its group, its session
                found.append(entry.name)
    return found


class Timed(Session):
    """A session that knows how long the removal of its folder took, which comes after its process is gone."""

    swept = 0.0

    def _sweep(self):
        begun = time.monotonic()
        super()._sweep()
        self.swept = time.monotonic() - begun


def attacked(code, constants, **options):
    """(all that came back, seconds until the process was gone, the session) of one attack."""
    with Timed("statements", bounds=BOUNDS, folder=True, **options) as session:
        run(session, constants)
        begun = time.monotonic()
        got = run(session, code)
        took = time.monotonic() - begun - session.swept
    return f"{got.printed}{got.trace}{got.error}", took, session


def check(name, trainer, **options):
    """One attack must get nothing, leave nothing, and end in time."""
    constants, canary, place = trainer
    before = canary.stat()
    said, took, session = attacked(ATTACKS[name], constants, **options)
    assert "ESCAPED" not in said.replace("print('ESCAPED'", ""), said
    assert MARKER not in said
    assert took < SECONDS + 1.0
    assert canary.read_text() == MARKER and [p.name for p in place.iterdir()] == ["canary.txt"]
    after = canary.stat()
    assert (before.st_mode, before.st_uid, before.st_mtime) == (after.st_mode, after.st_uid, after.st_mtime)
    assert survivors(session.pid) == []
    assert not os.path.exists(session._folder.path)
    assert len(said) <= BOUNDS.output + 3000
    said.encode()  # nothing that a log cannot write


@pytest.mark.parametrize("name", ATTACKS)
def test_it_gets_nothing_and_leaves_nothing(name, trainer):
    check(name, trainer)


REDUCED = {"another user": USER, "nobody instead of root": NOBODY, "no namespaces": ALONE}
"""What a machine may lack, or be, and still be a jail."""


@pytest.fixture(scope="module", params=REDUCED)
def reduced(request):
    if os.getuid() != 0 and request.param != "no namespaces":
        yield None  # what runs as a user is a user's already, and root's are not to be had
    else:
        server = serving(REDUCED[request.param])
        yield server
        server.close()


SAMPLE = [
    "files: read a file",
    "files: list the root",
    "network: connect",
    "network: abstract socket",
    "processes: fork",
    "processes: run a program",
    "files: climb out of the folder",
    "processes: kill the server",
    "processes: signal by ownership",
    "kernel: take capabilities",
    "kernel: new user",
    "bombs: memory",
    "bombs: deep folders",
    "bombs: folder without rights",
]


@pytest.mark.parametrize("name", SAMPLE)
def test_nor_does_it_on_a_machine_that_lends_less(name, trainer, reduced):
    check(name, trainer, by=reduced)


@pytest.mark.slow
@pytest.mark.parametrize("name", [n for n in ATTACKS if n not in SAMPLE])
def test_nor_does_any_other(name, trainer, reduced):
    check(name, trainer, by=reduced)


@pytest.mark.parametrize("name", SAMPLE[:6])
def test_the_attacks_are_real(name, trainer):
    """Without walls each of these gets what it wants: it is the walls that stop it."""
    said, _, session = attacked(ATTACKS[name], trainer[0], sandbox="none")
    assert "ESCAPED" in said.replace("print('ESCAPED'", ""), said
    deadline = time.monotonic() + 5.0  # killed is not yet gone: nobody waits for a grandchild outside a namespace
    while survivors(session.pid) and time.monotonic() < deadline:
        time.sleep(0.001)
    assert survivors(session.pid) == []


def test_the_next_session_and_the_one_beside_do_not_notice(trainer):
    with Session("statements") as beside:
        run(beside, "x = 1")
        for name in ("processes: kill all", "bombs: memory", "processes: fork bomb", "forgeries: a flood"):
            check(name, trainer)
            assert run(beside, "print(x)").printed == "1\n"
    with Session("statements") as after:
        assert run(after, "import json, sys; print('x' in dir(), json.loads('[1]'))").printed == "False [1]\n"


def test_the_corpus_is_as_wide_as_it_says():
    assert len(ATTACKS) >= 150 and set(SAMPLE) <= set(ATTACKS) and len(set(ATTACKS.values())) == len(ATTACKS)
