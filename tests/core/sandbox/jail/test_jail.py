"""The jail: frames, filters, limits and identities one by one; sessions, their ends, and what is left of them."""

import errno
import json
import os
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from core.sandbox.jail.servers import ALONE, serving

from rewardlab.core.errors import BadOption, SandboxUnavailable
from rewardlab.core.sandbox.jail import Bounds, Session, enter, frames, identity, limits, run, seccomp
from rewardlab.core.sandbox.jail.fork import Server, server
from rewardlab.core.sandbox.jail.seccomp import ALLOW, ERROR, KILL, Policy, build
from rewardlab.core.sandbox.jail.session import Ended, Ran
from rewardlab.core.sandbox.jail.syscalls import NUMBERS

# -- frames ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def pair():
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    with ours, theirs:
        yield ours.fileno(), theirs


@pytest.mark.parametrize("awake", [0.0, 0.05], ids=["asleep", "awake"])
@pytest.mark.parametrize("block", [b"", b"\0\xff" * 10, bytes(300_000)])
def test_a_frame_comes_back(pair, block, awake):
    ours, theirs = pair
    sender = threading.Thread(target=lambda: theirs.sendall(frames.pack({"a": [1, "\ud800"]}, block)))
    sender.start()
    message, got = frames.receive(ours, cap=1 << 20, deadline=time.monotonic() + 10, awake=awake)
    sender.join()
    assert message == {"a": [1, "\ud800"]} and bytes(got) == block


def framed(text, block=b""):
    return frames.HEAD.pack(len(text), len(block)) + text + block


@pytest.mark.parametrize(
    "sent",
    [
        b"\xff" * 8,  # 4 GB are announced
        framed(b"{}", bytes(2000)),  # longer than is allowed
        framed(b"{"),
        framed(b"[]"),
        framed(b"null"),
        framed(b"\xff\xfe"),
        framed(b"[" * 100_000),  # too deep
        framed(b"9" * 100_000),  # too large a number
        framed(b"{}") + b"x",  # something behind it
        b"\0\0",  # torn
        b"",
    ],
)
def test_what_is_no_frame_is_refused(pair, sent):
    ours, theirs = pair
    theirs.sendall(sent)
    theirs.shutdown(socket.SHUT_WR)
    with pytest.raises(frames.BrokenFrame):
        frames.receive(ours, cap=1000, deadline=time.monotonic() + 10)


def test_who_says_nothing_or_drips_or_does_not_read_is_late(pair):
    ours, theirs = pair
    for awake in (0.0, 0.02):
        with pytest.raises(frames.Late):
            frames.receive(ours, cap=0, deadline=time.monotonic() + 0.05, awake=awake)
    stop = threading.Event()
    theirs.sendall(frames.HEAD.pack(1000, 0))

    def drip():
        while not stop.wait(0.01):
            theirs.send(b" ")

    dripping = threading.Thread(target=drip)
    dripping.start()
    with pytest.raises(frames.Late):
        frames.receive(ours, cap=0, deadline=time.monotonic() + 0.1)
    stop.set()
    dripping.join()
    with pytest.raises(frames.Late):
        frames.send(ours, bytes(10 << 20), deadline=time.monotonic() + 0.05)


@pytest.mark.parametrize("text", ["a\nb\tc", "a\x1b[2J", "\u202ea", "a" * 10_000, "\ud800", None, 3])
def test_a_strangers_name_is_one_short_line_that_can_be_printed(text):
    shown = frames.title(text)
    assert len(shown) <= 100 and shown.isprintable() and "\n" not in shown
    assert shown.encode() and shown[0] in "a\\\N{REPLACEMENT CHARACTER}" if isinstance(text, str) else shown == ""


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain\ttext\n", "plain\ttext\n"),
        ("\x1b[2J", "\N{REPLACEMENT CHARACTER}[2J"),
        ("a\ud800b", "a\\ud800b"),
        ("x" * 50, "x" * 20),
        ("\ud800" * 20, "\\ud800\\ud800\\ud800\\u"),
        (17, ""),
        (None, ""),
    ],
)
def test_text_of_strangers_is_cut_and_safe(text, shown):
    assert frames.clean(text, 20) == shown


# -- the filter of system calls --------------------------------------------------------------------------------------


def filtered(program, number, arguments=(), *, machine="x86_64", architecture=None):
    """The answer of a filter: the kernel's packet-filter machine, as far as the filter uses it."""
    padded = [a & (1 << 64) - 1 for a in (*arguments, *[0] * 6)][:6]
    word = seccomp.AUDIT[machine] if architecture is None else architecture
    data = struct.pack("<IIQ6Q", number, word, 0, *padded)
    lines = list(struct.iter_unpack("=HBBI", program))
    at = accumulator = 0
    while True:
        code, yes, no, k = lines[at]
        at += 1
        if code == seccomp.RETURN:
            return k
        if code == seccomp.LOAD:
            (accumulator,) = struct.unpack_from("<I", data, k)
            continue
        holds = {
            seccomp.EQUAL: accumulator == k,
            seccomp.ANY_BIT: bool(accumulator & k),
            seccomp.AT_LEAST: accumulator >= k,
        }
        at += yes if holds[code] else no


REFUSED, UNKNOWN, NO_TERMINAL = (ERROR | e for e in (errno.EPERM, errno.ENOSYS, errno.ENOTTY))
ME = 4711


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
@pytest.mark.parametrize(
    ("call", "arguments", "answer"),
    [
        ("read", (), ALLOW),
        ("openat", (), ALLOW),
        ("mmap", (), ALLOW),
        ("futex", (), ALLOW),
        ("ptrace", (), KILL),
        ("bpf", (), KILL),
        ("io_uring_setup", (), KILL),
        ("setns", (), KILL),
        ("execve", (), REFUSED),
        ("socket", (), REFUSED),
        ("kill", (ME, 9), REFUSED),
        ("memfd_create", (), REFUSED),
        ("unlinkat", (), REFUSED),
        ("ftruncate", (), REFUSED),
        ("clone", (17,), REFUSED),
        ("clone", (0x10000,), REFUSED),
        ("clone3", (), UNKNOWN),
        ("tgkill", (ME, ME, 6), ALLOW),
        ("tgkill", (ME + 1, ME, 6), REFUSED),
        ("ioctl", (0, 0x5401), ALLOW),
        ("ioctl", (0, 0x5451), ALLOW),
        ("ioctl", (0, 0x5412), NO_TERMINAL),
        ("ioctl", (0, 0x8901), NO_TERMINAL),
        ("fcntl", (3, 1030), ALLOW),
        ("fcntl", (3, 4), ALLOW),
        ("fcntl", (3, 8), REFUSED),
        ("fcntl", (3, 10), REFUSED),
        ("prlimit64", (0, 7, 0), ALLOW),
        ("prlimit64", (0, 7, 1), REFUSED),
        ("prlimit64", (0, 7, 1 << 32), REFUSED),
        ("prlimit64", (1, 7, 0), REFUSED),
    ],
)
def test_the_filter_answers(machine, call, arguments, answer):
    program = build(Policy(), pid=ME, machine=machine)
    assert filtered(program, NUMBERS[machine][call], arguments, machine=machine) == answer


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_the_filter_opens_as_far_as_its_policy_says(machine):
    number = NUMBERS[machine]
    changing, threads = (build(p, pid=ME, machine=machine) for p in (Policy(changes=True), Policy(threads=True)))
    assert filtered(changing, number["unlinkat"], machine=machine) == ALLOW
    assert filtered(changing, number["clone"], (0x10000,), machine=machine) == REFUSED
    assert filtered(threads, number["clone"], (0x10000 | 17,), machine=machine) == ALLOW
    assert filtered(threads, number["clone"], (17,), machine=machine) == REFUSED
    assert filtered(threads, number["unlinkat"], machine=machine) == REFUSED
    listed = set(f"{seccomp.COMPUTING} {seccomp.READING} {seccomp.CHANGING} {seccomp.KILLED}".split())
    for unknown in set(range(600)) - {number.get(n) for n in NUMBERS[machine]}:
        assert filtered(changing, unknown, machine=machine) == REFUSED
    assert listed <= set(NUMBERS["x86_64"]) and len(set(number.values())) == len(number)


def test_calls_of_other_machines_are_killed():
    program = build(Policy(), pid=ME, machine="x86_64")
    assert filtered(program, 20, architecture=0x40000003) == KILL  # 32 bits: 20 is getpid there
    assert filtered(program, 0x40000000 + 39) == KILL
    with pytest.raises(KeyError):
        build(Policy(), pid=ME, machine="sparc")


# -- limits, identity, order -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["seconds", "memory", "output", "reply", "file", "folder", "entries", "cpu"])
@pytest.mark.parametrize("value", [0, -1, 1 << 62, float("nan")])
def test_bounds_are_positive(name, value):
    with pytest.raises(BadOption, match=name):
        Bounds(**{name: value})


def test_who_may_walk_where(tmp_path):
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    for p in (inner, *inner.parents[:-1]):
        if p.stat().st_uid == os.getuid() and os.access(p, os.W_OK):
            p.chmod(p.stat().st_mode | 0o005)
    other = os.getuid() + 1
    assert identity.reachable(str(inner), other)
    inner.parent.chmod(0o700)
    assert not identity.reachable(str(inner), other) and identity.reachable(str(inner), os.getuid())


def test_the_order_of_the_layers(monkeypatch, tmp_path):
    seen = []
    note = lambda name, value=None: lambda *a, **k: (seen.append(name), value)[1]  # noqa: E731
    monkeypatch.setattr(enter.namespaces, "separate", note("namespaces", True))
    monkeypatch.setattr(enter.namespaces, "private_folder", note("folder", True))
    monkeypatch.setattr(enter.limits, "apply", note("limits"))
    monkeypatch.setattr(enter.identity, "step_down", note("identity", "nobody"))
    monkeypatch.setattr(enter.identity, "harden", note("harden"))
    monkeypatch.setattr(enter.landlock, "restrict", note("landlock", "version 1"))
    monkeypatch.setattr(enter.seccomp, "install", note("seccomp"))
    monkeypatch.setattr(enter, "verify", note("walls"))
    monkeypatch.setattr(enter.os, "environ", {})
    monkeypatch.chdir(tmp_path)
    on = enter.enter(enter.Confinement(folder=str(tmp_path)), parent=1)
    assert seen == ["namespaces", "folder", "limits", "identity", "harden", "landlock", "seccomp", "walls"]
    assert on["identity"] == "nobody" and on["folder"] == "in memory"


# -- sessions --------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def session():
    with Session("statements") as one:
        yield one


def test_honest_code_runs_and_keeps_its_variables(session):
    assert run(session, "import numpy as np\nx = np.arange(5).sum()\nprint(x)") == Ran(True, "10\n")
    assert run(session, "print(x + 1)").printed == "11\n"
    assert (
        run(session, "import statistics, re, json, decimal; print(np.linalg.inv(np.eye(2))[0, 0])").printed == "1.0\n"
    )
    assert {"session", "limits", "identity", "landlock", "seccomp", "walls"} <= set(session.layers)


def test_errors_name_lines_and_no_path_of_this_machine(session):
    got = run(session, "def f():\n    return 1 / 0\n\nf()")
    assert not got.ok and got.error == "ZeroDivisionError"
    assert got.trace == "line 4, in <module>; line 2, in f; ZeroDivisionError: division by zero"
    got = run(session, "x = = 1")
    assert got.trace == "line 1; SyntaxError: invalid syntax"
    got = run(session, "import json; json.loads('{')")
    assert "site-packages" not in got.trace and sys.prefix not in got.trace


def test_output_is_cut_as_it_is_written():
    with Session("statements", bounds=Bounds(output=2_000_000)) as one:
        assert len(run(one, "print('\\x01' * 10**6)").printed) == 1_000_001  # six characters each on the way
    with Session("statements", bounds=Bounds(output=1000, memory=64 << 20)) as one:
        got = run(one, "for _ in range(10**4): print('x' * 10**4)\nprint('end')")  # 100 MB
        assert got.ok and got.cut and got.printed == ("x" * 1000)
        assert run(one, "print('short')") == Ran(True, "short\n")


def test_time_is_limited_from_outside():
    with Session("statements", bounds=Bounds(seconds=0.3)) as one:
        begun = time.monotonic()
        got = run(one, "while True: pass")
        assert got.over and "0.3 s" in got.error and time.monotonic() - begun < 1.3
        assert run(one, "1").over
        with pytest.raises(Ended, match="closed"):
            one.ask({"code": "1"})
    with pytest.raises(ProcessLookupError):
        os.kill(one.pid, 0)


def test_memory_is_limited_beyond_what_a_fresh_process_has():
    with Session("statements", bounds=Bounds(memory=64 << 20)) as one:
        assert run(one, "x = bytearray(40 << 20)").ok
        assert run(one, "y = bytearray(40 << 20)").error == "MemoryError"
        assert run(one, "del x; y = bytearray(40 << 20)").ok


def test_linear_algebra_has_its_memory_before_it_is_limited():
    with Session("statements", bounds=Bounds(memory=32 << 20)) as one:
        code = "import numpy as np\na = np.eye(200)\nprint(np.linalg.svd(a @ a)[1].sum(), np.linalg.solve(a, a)[0, 0])"
        assert run(one, code).printed == "200.0 1.0\n"


def test_a_work_folder_is_there_and_goes(tmp_path):
    with Session("statements", folder=True) as one:
        code = (
            "import os\nos.mkdir('d')\nopen('d/f', 'w').write('text')\nos.rename('d/f', 'g')\nprint(open('g').read())"
        )
        assert run(one, code).printed == "text\n"
        assert run(one, "os.execv('g', ['g'])").error == "PermissionError"
        folder = one._folder.path
    assert not os.path.exists(folder)
    with Session("statements") as one:
        assert run(one, "open('f', 'w')").error == "PermissionError"


def test_a_folder_on_disk_is_watched():
    alone = serving(ALONE)
    try:
        bounds = Bounds(folder=1 << 20, entries=50, seconds=20)
        for code in ("for k in range(10**6): open(f'f{k}', 'w')", "while True: open('f', 'ab').write(bytes(1 << 16))"):
            with Session("statements", bounds=bounds, folder=True, by=alone) as one:
                assert one.layers["folder"] == "on disk, watched"
                got = run(one, "import time\n" + code + "; time.sleep(0.001)")
                assert got.over and "full" in got.error
            assert not os.path.exists(one._folder.path)
    finally:
        alone.close()


def test_threads_only_where_they_are_allowed():
    code = "import threading\nt = threading.Thread(target=lambda: print('in'))\nt.start(); t.join()"
    with Session("statements", threads=True) as one:
        assert run(one, code) == Ran(True, "in\n")
        assert run(one, "import os; os.fork()").error == "PermissionError"
    with Session("statements") as one:
        assert run(one, code).error == "RuntimeError"


def test_without_walls_it_says_so():
    with Session("statements", sandbox="none") as one:
        assert set(one.layers) == {"none"} and "no walls" in one.layers["none"]
        assert run(one, "import os; print(os.path.exists('/'), len(os.listdir('/')) > 3)").printed == "True True\n"
        assert run(one, "print(dict(os.environ))").printed == "{}\n"
    with pytest.raises(BadOption, match="sandbox='maybe'"):
        Session("statements", sandbox="maybe")


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("import os; os._exit(3)", "exit code 3"),
        ("import os; os.abort()", "SIGABRT"),
        ("import ctypes; ctypes.string_at(1)", "SIGSEGV: it broke its own memory"),
        ("import ctypes; ctypes.CDLL(None).ptrace(0, 0, 0, 0)", "SIGSYS: it asked the kernel"),
        ("import os; os.write(3, b'x' * 8)", "none"),
        (
            "import os, time; os.write(3, b'\\0\\0\\0\\x09\\0\\0\\0\\0{\"id\": 9}'); time.sleep(1)",
            "another question",
        ),
    ],
)
def test_the_end_of_a_process_is_told(code, why):
    with Session("statements") as one:
        got = run(one, code)
    assert got.over and why in got.error


def test_a_late_answer_is_not_taken_for_the_next():
    forged = (
        'import os, struct; t = b\'{"id": 1, "ok": true, "printed": "lies"}\'\n'
        "os.write(3, struct.pack('!II', len(t), 0) + t)"
    )
    with Session("statements") as one:
        first, second = run(one, forged), run(one, "print('truth')")
    # its own answers it may choose; those to other questions it may not
    assert first.printed in ("lies", "") and second.over


def test_nothing_piles_up_over_many_sessions():
    files = lambda: len(os.listdir("/proc/self/fd"))  # noqa: E731
    Session("statements").close()
    mine = server(os.getpid())
    before, theirs = files(), len(os.listdir(f"/proc/{mine._process.pid}/fd"))
    for k in range(30):
        one = Session("statements", folder=k % 3 == 0)
        run(one, "x = 1")
        one.close()
        assert one.close() is None  # twice does nothing
    assert files() == before and len(os.listdir(f"/proc/{mine._process.pid}/fd")) == theirs
    children = Path(f"/proc/{mine._process.pid}/task/{mine._process.pid}/children").read_text().split()
    assert len(children) <= 1  # the session that this file shares


def test_many_sessions_at_once_and_from_threads_that_end():
    def work(k):
        one = Session("statements")
        run(one, f"x = {k}")
        done[k] = one

    done = {}
    threads = [threading.Thread(target=work, args=(k,)) for k in range(8)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    time.sleep(0.1)  # the threads that began the sessions, and perhaps the server, are gone
    assert [run(done[k], "print(x)").printed for k in range(8)] == [f"{k}\n" for k in range(8)]
    for one in done.values():
        one.close()


def test_a_session_that_is_forgotten_is_closed():
    one = Session("statements")
    pid = one.pid
    del one
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_a_shut_in_process_sleeps_between_slow_questions():
    with Session("statements") as s:
        for _ in range(3):  # quick ones, after which it looks out for the next
            run(s, "x = 1")
        time.sleep(0.02)
        before = limits.processor_seconds(s.pid)
        time.sleep(0.2)
        assert limits.processor_seconds(s.pid) - before < 0.01


# -- the server ------------------------------------------------------------------------------------------------------


def test_a_dead_server_takes_its_children_along_and_is_started_again():
    mine = Server()
    with Session("statements", by=mine) as one:
        assert run(one, "x = 1").ok
        mine._process.kill()
        mine._process.wait()
        assert run(one, "x").over
        with Session("statements", by=mine) as two:
            assert run(two, "print(2)").printed == "2\n"
    gone(one.pid)
    mine.close()


def test_an_interrupted_question_spoils_no_later_one(monkeypatch):
    mine = Server()
    Session("statements", by=mine).close()
    heard = mine._heard

    def interrupted():
        raise KeyboardInterrupt

    monkeypatch.setattr(mine, "_heard", interrupted)
    with pytest.raises(KeyboardInterrupt):
        Session("statements", by=mine)
    monkeypatch.setattr(mine, "_heard", heard)
    with Session("statements", by=mine) as one:
        assert run(one, "print(1)").printed == "1\n"
    mine.close()


def test_an_interrupted_answer_closes_its_session(session, monkeypatch):
    one = Session("statements")

    def interrupted(*a, **k):
        raise KeyboardInterrupt

    with monkeypatch.context() as m:
        m.setattr(frames, "receive", interrupted)
        with pytest.raises(KeyboardInterrupt):
            run(one, "x = 1")
    with pytest.raises(ProcessLookupError):
        os.kill(one.pid, 0)
    assert run(session, "print(1)").printed == "1\n"


def test_the_number_of_a_dead_child_is_not_killed_again(monkeypatch):
    mine = Server()
    one = Session("statements", by=mine)
    mine._process.kill()
    mine._process.wait()
    gone(one.pid)
    killed = []
    monkeypatch.setattr(os, "kill", lambda pid, number: killed.append(pid))
    monkeypatch.setattr(os, "killpg", lambda pid, number: killed.append(pid))
    assert one.close() is None and killed == []
    mine.close()


def test_a_server_that_cannot_start_is_named():
    broken = Server("raise SystemExit('no such machine')")
    with pytest.raises(SandboxUnavailable, match="no such machine"):
        Session("statements", by=broken)


def gone(pid, seconds=3.0):
    """Wait until a process is no more (a zombie of another parent counts as gone)."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return
        except OSError:
            return
        time.sleep(0.02)
    pytest.fail(f"process {pid} is still there")


TRAINER = """
import os, sys, time
from rewardlab.core.sandbox.jail import Session
from rewardlab.core.sandbox.jail.fork import server
one = Session("statements", folder=False)
print(one.pid, server(os.getpid())._process.pid, flush=True)
if "fork" in sys.argv and os.fork() == 0:
    time.sleep(8)  # keeps a copy of every socket
    os._exit(0)
one.ask({"code": "while True: pass"}, seconds=60)
"""


@pytest.mark.parametrize("word", ["alone", "fork"])
def test_all_end_with_a_trainer_that_is_killed(word):
    with subprocess.Popen([sys.executable, "-c", TRAINER, word], stdout=subprocess.PIPE, text=True) as trainer:
        pids = [int(p) for p in trainer.stdout.readline().split()]
        time.sleep(0.2)
        trainer.send_signal(signal.SIGKILL)
        for pid in pids:
            gone(pid)
        trainer.stdout.close()


def test_a_fork_of_the_trainer_has_a_server_of_its_own():
    with Session("statements") as one:
        child = os.fork()
        if child == 0:
            code = 1
            try:
                with Session("statements") as mine:
                    code = 0 if run(mine, "print(1)").printed == "1\n" and mine._server is not one._server else 2
                mine._server.close()
            finally:
                os._exit(code)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert run(one, "print(2)").printed == "2\n"


# -- secrets ---------------------------------------------------------------------------------------------------------

SECRET = "marker-" + "0815" * 4


def memory_of(pid):
    """All that a process can read of its own memory; None if the kernel does not show it to us."""
    found = []
    try:
        with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/mem", "rb", 0) as memory:
            for line in maps:
                span, rights = line.split()[:2]
                if "r" not in rights or line.rstrip().endswith(("[vvar]", "[vsyscall]", "[vvar_vclock]")):
                    continue
                start, end = (int(x, 16) for x in span.split("-"))
                memory.seek(start)
                found.append(memory.read(end - start))
    except PermissionError:
        return None
    except OSError:
        return b"".join(found)
    return b"".join(found)


def test_no_process_of_the_jail_holds_a_secret_of_the_trainer(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", SECRET)
    held = [SECRET + str(k) for k in range(10)]  # and in memory
    with open("/dev/null") as leaked:
        os.set_inheritable(leaked.fileno(), True)
        mine = Server()
        with Session("statements", by=mine) as one:
            run(one, "import os; x = 'marker-' + 'of-its-own'")
            for pid in (one.pid, mine._process.pid):
                seen = memory_of(pid)
                assert seen is None or (b"of-its-own" in seen) == (pid == one.pid)
                assert seen is None or SECRET.encode() not in seen
            assert memory_of(mine._process.pid)  # which anyone may read whose process it is
            assert run(one, "print(len(os.environ))").printed == "0\n"
            assert json.loads(run(one, "print([k for k in range(64) if not os.system])").printed) == []
            opened = (
                "r = []\nfor k in range(64):\n    try: os.fstat(k); r.append(k)\n    except OSError: pass\nprint(r)"
            )
            assert run(one, opened).printed == "[0, 1, 2, 3]\n"
    mine.close()
    assert len(held) == 10


def test_what_is_measured_of_memory():
    before = limits.peak_memory()
    x = bytearray(80 << 20)
    x[:: 1 << 12] = b"x" * len(x[:: 1 << 12])
    assert limits.peak_memory() >= before and limits.peak_memory() > 80 << 20
