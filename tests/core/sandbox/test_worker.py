"""Rewards in plain Python behind the walls: they pay what plain Python pays, and fail without their trainer."""

import copy
import os
import pickle
import time

import numpy as np
import pytest
import torch
from core.sandbox.honest_rewards import HONEST, row
from core.sandbox.honest_rewards import steps as world
from core.sandbox.jail.attacks import FILES, KERNEL, NETWORK, PROC, PROCESSES
from core.sandbox.jail.servers import refusing

from rewardlab.core.batch import Transitions
from rewardlab.core.errors import BadBatch, BadProgram, BadReward, MissingColumn, SandboxUnavailable
from rewardlab.core.sandbox import Bounds, JailedReward
from rewardlab.core.sandbox.jail import session

RNG = np.random.default_rng(3)
WORLD = world(lambda shape: RNG.normal(size=shape), 12)
PLAIN = {name: text for name, text in HONEST.items() if "torch" not in text}
QUICK = Bounds(seconds=0.5)


def paid(source, batch=WORLD, **options):
    """One call of a worker that is closed then."""
    worker = JailedReward(source, **options)
    try:
        return worker(batch)
    finally:
        worker.close()


@pytest.fixture(scope="module")
def plain():
    """Name -> (pay, parts) by plain Python, row by row, in this process: these texts are our own."""
    import inspect
    import math

    found = {}
    for name, text in PLAIN.items():
        space = {"np": np, "math": math}
        exec(text, space)
        function = [v for v in space.values() if inspect.isfunction(v)][-1]
        function = space.get("reward", function)
        pays, parts = [], []
        for i in range(len(WORLD)):
            got = function(*[row(WORLD, i, p) for p in inspect.signature(function).parameters])
            pays.append(float(got[0] if isinstance(got, tuple) else got))
            parts.append({k: float(v) for k, v in got[1].items()} if isinstance(got, tuple) else {})
        found[name] = (np.array(pays), parts)
    return found


@pytest.mark.parametrize("name", PLAIN)
def test_it_pays_what_plain_python_pays(name, plain):
    worker = JailedReward(PLAIN[name])
    pay, parts = worker.both(WORLD)
    worker.close()
    want, want_parts = plain[name]
    assert np.array_equal(pay, want)
    for key, column in parts.items():
        assert np.array_equal(column, [p.get(key, 0.0) for p in want_parts])
    assert set(parts) == {k for p in want_parts for k in p}


def small(rows=6):
    r = np.random.default_rng(0)
    return Transitions(
        r.normal(size=(rows, 3)), r.integers(0, 3, rows), r.random(rows), r.normal(size=(rows, 3)),
        r.random(rows) < 0.5, r.random(rows) < 0.5,
        {"x": np.arange(float(rows)), "words": np.array(["a"] * rows, object)},
    )  # fmt: skip


def test_what_a_program_writes_into_its_arguments_stays_with_its_row():
    source = "def reward(obs, next_obs, action, info):\n    obs += 1\n    info['goal'] *= 0\n    next_obs[:] = obs\n"
    worker = JailedReward(source + "    action.sort()\n    return float(obs[0] + next_obs[0] + info['goal'].sum())\n")
    before = WORLD.map(lambda x: x.copy())
    try:
        for _ in range(2):
            assert np.array_equal(worker(WORLD), 2 * (WORLD.obs[:, 0] + 1))
    finally:
        worker.close()
    for name in ("obs", "next_obs", "action"):
        assert np.array_equal(getattr(WORLD, name), getattr(before, name))
    assert all(np.array_equal(WORLD.info[k], v) for k, v in before.info.items())


def test_names_of_parts_are_one_line_each():
    worker = JailedReward("def reward(obs):\n    return 1.0, {'a\\n1.2: accepted': 0.5, 'b\\x1b[2J': 0.5}\n")
    try:
        assert list(worker.parts(WORLD)) == ["a 1.2: accepted", "b\N{REPLACEMENT CHARACTER}[2J"]
    finally:
        worker.close()


def test_every_argument_by_each_of_its_names():
    b = small()
    for name, want in (
        ("obs", b.obs[:, 0]),
        ("observation", b.obs[:, 0]),
        ("prev_obs", b.obs[:, 0]),
        ("next_obs", b.next_obs[:, 0]),
        ("next_observation", b.next_obs[:, 0]),
    ):
        assert np.array_equal(paid(f"def reward({name}):\n return {name}[0]", b), want)
    for name, want in (
        ("action", b.action),
        ("actions", b.action),
        ("reward", b.reward),
        ("terminated", b.terminated),
        ("truncated", b.truncated),
        ("done", b.done),
    ):
        assert np.array_equal(paid(f"def pay({name}):\n return {name}", b), want.astype(float))
    assert np.array_equal(paid("def reward(info):\n return info['x']", b), b.info["x"])
    assert np.array_equal(paid("def reward():\n return 7", b), np.full(6, 7.0))
    assert np.array_equal(paid("def reward(obs, scale=2.0):\n return scale * obs[1]", b), 2 * b.obs[:, 1])
    assert np.array_equal(paid("def reward(obs, info):\n return locals()['info']['x']", b), b.info["x"])


def test_dict_observations_and_whole_python():
    b = small()
    tree = {"a": b.obs, "deep": {"b": b.next_obs}}
    b = Transitions(**{**vars(b), "obs": tree, "next_obs": tree})
    source = """
import math, functools
from collections import Counter
class Seen:
    def __init__(self): self.count = Counter()
SEEN = Seen()
@functools.lru_cache
def half(x): return x / 2
def reward(obs):
    while True:
        try:
            SEEN.count["steps"] += 1
            return half(math.fsum(obs["deep"]["b"]))
        except ZeroDivisionError:
            pass
"""
    assert np.array_equal(paid(source, b), [sum(r.tolist()) / 2 for r in b.obs["deep"]["b"]]) or np.allclose(
        paid(source, b), b.obs["deep"]["b"].sum(1) / 2, rtol=1e-15
    )


def test_numbers_of_all_kinds_are_paid_as_what_they_are_worth():
    some = {"a": "np.float32(0.1)", "b": "7", "c": "np.int8(-3)", "d": "True", "e": "2**63 + 5", "f": "np.float16(0.3)"}
    each = WORLD.rows(slice(0, 6))
    mixed = f"n = [0]\ndef reward(obs):\n    n[0] += 1\n    return [{', '.join(some.values())}][n[0] - 1]"
    assert np.array_equal(paid(mixed, each), [float(eval(text)) for text in some.values()])
    parts = "{" + ", ".join(f"{name!r}: {text}" for name, text in some.items()) + "}"
    got = JailedReward(f"def reward(obs):\n    return 1, {parts}").parts(each)
    assert {name: set(column) for name, column in got.items()} == {n: {float(eval(text))} for n, text in some.items()}


def test_leading_axes_tensors_and_long_batches():
    b = small(24)
    source = "def reward(obs, info):\n return obs[0], {'x': info['x']} if info['x'] > 20 else {}"
    worker = JailedReward(source)
    flat, parts = worker.both(b)
    assert np.array_equal(parts["x"], np.where(b.info["x"] > 20, b.info["x"], 0.0))
    shaped = b.map(lambda x: x.reshape(2, 3, 4, *x.shape[1:]))
    assert np.array_equal(worker(shaped), flat.reshape(2, 3, 4))
    numbers = Transitions(**{**vars(b), "info": {"x": b.info["x"]}})
    got = worker(numbers.map(torch.as_tensor))
    assert isinstance(got, torch.Tensor) and got.dtype == torch.float64 and np.array_equal(got.numpy(), flat)
    long = small(9001)  # three messages
    pay, parts = worker.both(long)
    assert np.array_equal(pay, long.obs[:, 0]) and np.array_equal(parts["x"][21:], long.info["x"][21:])
    assert not parts["x"][:21].any()
    assert worker(small(0)).shape == (0,)
    worker.close()


def test_it_sees_only_the_columns_that_it_may():
    b = small()
    assert np.array_equal(paid("def reward(info):\n return len(info)", b), np.ones(6))  # words are no numbers
    b.info["y"] = b.info["x"]
    assert np.array_equal(paid("def reward(info):\n return len(info)", b, columns=("y",)), np.ones(6))
    with pytest.raises(MissingColumn, match="'z'"):
        paid("def reward(info):\n return info['x']", b, columns=("z",))
    words = Transitions(**{**vars(b), "obs": b.info["words"]})
    with pytest.raises(BadBatch, match="obs holds no numbers"):
        paid("def reward(obs):\n return len(obs)", words)


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("def reward(obs:\n  return 1", "line 1"),
        ("x = 1", "no function"),
        ("", "no function"),
        ("def reward(obs, goal):\n return 1", "'goal'"),
        ("1 / 0\ndef reward(obs): return 1", "line 1, in <module>; ZeroDivisionError"),
        ("open('/etc/passwd')\ndef reward(obs): return 1", "PermissionError"),
        ("import os\nos._exit(0)", "ends its process"),
        ("while True: pass", "ends its process when it is read: no answer within 0.5 s"),
        ("\0", "null bytes"),
        ("raise SystemExit", "SystemExit"),
    ],
)
def test_a_program_that_cannot_be_opened(source, said):
    worker = JailedReward(source, bounds=QUICK)
    for _ in range(2):  # and again, not once and then silence
        with pytest.raises(BadProgram, match=said):
            worker(WORLD)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("return 1 / 0", "row 0: line 2, in reward; ZeroDivisionError"),
        ("return [1.0][int(info['stage'] * 0) + 1]", "IndexError"),
        ("return None", "row 0"),
        ("return 'much'", "row 0"),
        ("return np.ones(3)", "row 0"),
        ("return 1.0, 2.0", "row 0"),
        ("return 1.0, {'a': 'b'}", "could not convert"),
        ("return float('nan')", "row 0 pays nan"),
        ("return np.log(0.0)", "row 0 pays -inf"),
        ("return 1j", "row 0"),
        ("return 1.0, {str(k): 1.0 for k in range(500)}", "at most 64"),
        ("while True: pass", "no answer within 0.5 s"),
        ("import time; time.sleep(99)", "no answer within 0.5 s"),
        ("import os; os._exit(4)", "exit code 4"),
        ("import ctypes; ctypes.string_at(1)", "SIGSEGV"),
        ("import ctypes; ctypes.CDLL(None).ptrace(0, 0, 0, 0)", "SIGSYS"),
        ("return np.ones((1 << 14, 1 << 15)).sum()", "MemoryError"),
        ("x = []\n while True: x.append(bytes(1 << 24))", "MemoryError"),
        ("import os\n while True: os.write(3, bytes(1 << 16))", "none"),
        ("import os; os.write(3, b'{}'); return 1.0", "none"),
        ("raise SystemExit(0)", "SystemExit"),
        ("raise KeyboardInterrupt", "KeyboardInterrupt"),
        ("return reward(obs, info)", "RecursionError"),
        ("raise ValueError('\\x1b[2J' + 'x' * 9999)", "ValueError"),
    ],
)
def test_a_failure_is_the_programs_and_the_next_call_works(body, said):
    source = f"n = [0]\ndef reward(obs, info):\n if obs[0] != 99.0: return 5.0\n {body}"
    source = source.replace("line 2", "line 4")
    bad, good = (Transitions(**{**vars(WORLD), "obs": np.full((12, 17), v)}) for v in (99.0, 0.0))
    worker = JailedReward(source, bounds=QUICK)
    before = np.geterr(), np.random.get_state()[1][:3].tolist(), dict(os.environ)  # noqa: NPY002
    begun = time.monotonic()
    with pytest.raises(BadReward, match=said.replace("line 2", "line 4")) as found:
        worker(bad)
    assert time.monotonic() - begun < QUICK.seconds + 1.0
    assert len(str(found.value)) < 1200 and "\x1b" not in str(found.value)
    assert np.array_equal(worker(good), np.full(12, 5.0))
    assert before == (np.geterr(), np.random.get_state()[1][:3].tolist(), dict(os.environ))  # noqa: NPY002
    worker.close()


def test_the_row_that_fails_is_named_over_messages():
    b = small(9000)
    with pytest.raises(BadReward, match="row 8000: line 2"):
        paid("def reward(info):\n return 1.0 / 0 if info['x'] == 8000 else 1.0", b)
    with pytest.raises(BadReward, match="row 8000 pays inf"):
        paid("def reward(info):\n return np.inf if info['x'] == 8000 else 1.0", b)


def test_variables_live_as_long_as_the_worker():
    source = "n = 0\ndef reward(obs):\n global n\n n += 1\n return n"
    worker = JailedReward(source)
    assert worker(WORLD)[-1] == 12 and worker(WORLD)[-1] == 24
    worker.close()
    assert worker(WORLD)[-1] == 12
    worker.close()


def test_copies_have_workers_of_their_own():
    worker = JailedReward("n = 0\ndef reward(obs):\n global n\n n += 1\n return n")
    worker(WORLD)
    for other in (copy.deepcopy(worker), pickle.loads(pickle.dumps(worker))):
        assert other.hash == worker.hash and other(WORLD)[-1] == 12
        other.close()
    assert worker(WORLD)[-1] == 24
    worker.close()


def test_what_a_program_changes_is_its_own():
    before = [x.tobytes() for x in (WORLD.obs, WORLD.next_obs, WORLD.action)]
    source = (
        "def reward(obs, next_obs, action, info):\n obs[:] = 9; next_obs += 1; action *= 0; info.clear()\n return 1.0"
    )
    pay = paid(source)
    pay[0] = 2.0  # the caller's own, to write
    assert before == [x.tobytes() for x in (WORLD.obs, WORLD.next_obs, WORLD.action)] and "stage" in WORLD.info


HARMFUL = {**FILES, **PROC, **NETWORK, **PROCESSES, **KERNEL}
TRYING = """
CANARY, TARGET, TRAINER, PORT, NAME, ID = {constants!r}
hits = []
def reward(obs, info):
    space = dict(globals(), print=lambda *a: hits.append(a))
    try: exec({code!r}, space)
    except Exception: pass
    return float(any("ESCAPED" in str(h) for h in hits))
"""


def test_none_of_the_attacks_gets_out_of_a_reward(tmp_path):
    canary = tmp_path / "canary"
    canary.write_text("text")
    constants = (str(canary), str(tmp_path / "target"), os.getpid(), 9, "rewardlab-none", 1)
    one = WORLD.rows(slice(0, 1))
    for name, code in HARMFUL.items():
        if "bomb" in name or name in ("ignore the end", "write to standard output"):
            continue
        worker = JailedReward(TRYING.format(constants=constants, code=code), bounds=QUICK)
        try:
            assert worker(one)[0] == 0.0, name
        except BadReward:  # it killed itself
            pass
        finally:
            worker.close()
    assert os.listdir(tmp_path) == ["canary"] and canary.read_text() == "text"


def test_without_a_wall_nothing_runs(monkeypatch):
    weak = refusing("seccomp")
    monkeypatch.setattr(session, "server", lambda pid: weak)
    try:
        with pytest.raises(SandboxUnavailable, match="seccomp"):
            paid("def reward(obs): return 1.0")
        worker = JailedReward("def reward(obs): return 1.0", sandbox="none")
        assert worker(WORLD)[0] == 1.0 and set(worker.layers) == {"none"}
        worker.close()
    finally:
        weak.close()


def test_a_worker_that_turns_slow_is_waited_for_only_so_long():
    source = "import time\ndef reward(obs, info):\n if obs[0] == 99.0: time.sleep(0.4)\n return 5.0"
    slow, quick = (Transitions(**{**vars(WORLD), "obs": np.full((12, 17), v)}).rows([0]) for v in (99.0, 0.0))
    worker = JailedReward(source, total=0.7)
    begun = time.monotonic()
    assert worker(quick)[0] == worker(slow)[0] == 5.0
    with pytest.raises(BadReward, match="no answer within"):
        worker(slow)
    assert not worker.open and time.monotonic() - begun < 1.7
    for _ in range(2):
        with pytest.raises(BadReward, match=r"its 0\.7 s are used up"):
            worker(quick)
    assert not worker.open  # nothing was started for it


def test_a_part_that_is_no_number_is_an_error_too():
    with pytest.raises(BadReward, match="row 3 pays inf as 'far'"):
        paid("def reward(obs, info):\n return 1.0, {'near': 1.0, 'far': 1e999 if info['x'] == 3 else 0.0}", small())


def test_what_the_kernel_counts_of_it():
    worker = JailedReward("def reward(obs):\n x = np.ones(1 << 20); return obs[0] + x.sum() + sum(range(300_000))")
    assert worker.reads == ("obs",) and worker.open
    memory, clock = worker.memory, worker.clock
    worker(WORLD.rows([0]))
    assert worker.memory - memory > 6 << 20 and 0.001 < worker.clock - clock < 1.0
    worker.close()
    assert not worker.open


def test_the_worker_ends_with_its_reward():
    worker = JailedReward("def reward(obs): return 1.0")
    worker(WORLD)
    pid = worker._session.pid
    del worker
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_a_fork_of_the_trainer_gets_a_worker_of_its_own():
    worker = JailedReward("n = 0\ndef reward(obs):\n global n\n n += 1\n return n")
    assert worker(WORLD)[-1] == 12
    child = os.fork()
    if child == 0:
        code = 1
        try:
            code = 0 if worker(WORLD)[-1] == 12 else 2
            worker.close()
            session.server(os.getpid()).close()
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert worker(WORLD)[-1] == 24
    worker.close()


def test_a_program_of_any_length_is_no_burden():
    with pytest.raises(BadProgram, match="300000 characters"):
        paid("x" * 300_000)
