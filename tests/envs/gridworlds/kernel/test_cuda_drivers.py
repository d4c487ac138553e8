"""The kernels for a CUDA device are compiled, down to machine code, and read; that needs no device."""

import importlib
import importlib.metadata
import re
import subprocess
import sys
from types import SimpleNamespace

import numba
import numpy as np
import pytest
from contracts.chosen import has_turn

from rewardlab.envs.gridworlds.kernel import codes, cuda_drivers, view
from rewardlab.envs.gridworlds.kernel.batch import Batch, constants
from rewardlab.envs.gridworlds.kernel.levels import Levels

pytestmark = pytest.mark.skipif(sys.platform == "darwin", reason="needs gpu libraries, which do not exist for macOS")

ARCHITECTURES = ((8, 0), (9, 0))
TRIED = [a for k, a in enumerate(ARCHITECTURES) if has_turn(k, 2, "architecture")] or ARCHITECTURES
BIGGEST = 64 * 1024  # bytes of constants that a program may have
NAIVE_TABLE = np.arange(BIGGEST // 8 + 1, dtype=np.uint64)


def _arguments():
    """What each kernel is called with, taken from the arrays of the CPU's batch."""
    batch = Batch(constants(5, 5, rule=codes.INSTRUCTION, inside=True, balls=2), 2, threads=1)
    levels, rows = Levels.empty(2, 25, length=3, balls=2), np.zeros(2, dtype=np.int64)
    held = batch._held
    new = (levels.cells, levels.inside, levels.tags, levels.field, levels.wide)
    return {
        "step_kernel": (rows, batch.ended, *held, batch.reward, batch.ended, batch.cut),
        "begin_kernel": (rows, rows, *held, *new),
        "look_kernel": (*held[:3], batch.field, *held[-2:]),
        "tell_kernel": (
            batch.const, batch.field, np.zeros((4, 2, 2), dtype=np.int64), np.zeros((2, 2), dtype=bool), np.zeros(2),
        ),
    }  # fmt: skip


@pytest.fixture(scope="module")
def compiled():
    """(kernel, arguments, architecture) -> PTX, on a machine without a device and without its runtime compiler."""
    paths = importlib.import_module("numba.cuda.cuda_paths")
    with pytest.MonkeyPatch.context() as patch:
        # NVRTC is 90 MB and would be asked for one thing: which architectures there are.
        nvrtc = importlib.import_module("numba.cuda.cudadrv.nvrtc")
        patch.setattr(nvrtc, "get_supported_ccs", lambda: ARCHITECTURES)
        patch.setattr(paths, "_get_nvrtc_path", lambda: None)
        cuda_drivers.round_products()

        def ptx(kernel, arguments, architecture):
            device = SimpleNamespace(compute_capability=architecture)
            patch.setattr(importlib.import_module("numba.cuda.dispatcher"), "get_current_device", lambda: device)
            types = tuple(numba.typeof(x) for x in arguments)
            return cuda_drivers.cuda.compile_ptx(kernel, types, cc=architecture)[0]

        yield ptx
        vars(paths.get_cuda_paths).pop("_cached_result", None)  # without NVRTC it is of no use to others


@pytest.fixture(scope="module")
def programs(compiled):
    """(kernel, architecture) -> PTX."""
    return {
        (name, architecture): compiled(getattr(cuda_drivers, name), arguments, architecture)
        for name, arguments in _arguments().items()
        for architecture in TRIED
    }


def _assembled(ptx, architecture, folder):
    """What NVIDIA's assembler says of a program: its exit code and its words."""
    home = importlib.metadata.distribution("nvidia-cuda-nvcc-cu12").locate_file("nvidia/cuda_nvcc/bin/ptxas")
    source = folder / "kernel.ptx"
    source.write_text(ptx)
    command = [home, "-v", f"-arch=sm_{architecture[0]}{architecture[1]}", source, "-o", folder / "kernel.cubin"]
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


def test_nothing_is_fused_allocated_or_called(programs):
    for (name, architecture), ptx in programs.items():
        assert f".target sm_{architecture[0]}{architecture[1]}" in ptx
        assert ".visible .entry" in ptx
        words = set(re.findall(r"^\s*(?:@!?%p\d+ )?([a-z][\w.]*)", ptx, re.MULTILINE))
        assert not {w for w in words if w.startswith(("fma", "mad.rn", "call"))}, name
        assert not {w for w in words if ".approx" in w or ".ftz" in w}, name
        # Cells are written as bytes and read as words: nothing may be read through a cache that does not see writes.
        assert not {w for w in words if w.startswith("ld.global.nc")}, name
        assert ".local" not in ptx and "malloc" not in ptx, name
        assert ("mul.rn.f64" in words) == (name == "step_kernel")
        assert "mul.f64" not in words, name


def test_a_naive_pay_would_be_fused(compiled):
    cuda = cuda_drivers.cuda

    def naive(t, last, reward):
        e = cuda.grid(1)
        if e < reward.shape[0]:
            reward[e] = 1.0 - 0.9 * (t[e] / last[e])

    steps = np.ones(2, dtype=np.int64)
    assert "fma.rn.f64" in compiled(naive, (steps, steps, np.zeros(2)), (8, 0))


def test_machine_code_has_no_stack_and_few_registers(programs, tmp_path):
    most = 128  # 512 threads of a multiprocessor then find room
    for (name, architecture), ptx in programs.items():
        code, words = _assembled(ptx, architecture, tmp_path)
        assert code == 0, words
        assert "0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads" in words, name
        assert int(re.search(r"Used (\d+) registers", words)[1]) <= most, (name, words)


def test_tables_are_constants_and_have_the_cpus_bytes(programs):
    for (name, _), ptx in programs.items():
        tables = {}
        for size, numbers in re.findall(r"^\.const .* \.b8 [\w$]+\[(\d+)\] = \{([^}]*)\}", ptx, re.MULTILINE):
            given = bytes(int(n) for n in numbers.split(","))
            tables.setdefault(int(size), []).append(given.ljust(int(size), b"\0"))
        assert sum(size * len(found) for size, found in tables.items()) <= BIGGEST, name
        if name == "look_kernel":
            used = [x for x in vars(view).values() if isinstance(x, np.ndarray) and x is not codes.TRIPLES]
            assert max(x.nbytes for x in used) > 10_000
            assert all(x.tobytes() in tables[x.nbytes] for x in used)


def test_a_table_that_is_too_big_is_seen_by_the_assembler(compiled, tmp_path):
    cuda = cuda_drivers.cuda

    def naive(out):
        e = cuda.grid(1)
        if e < out.shape[0]:
            out[e] = NAIVE_TABLE[out[e]]

    code, words = _assembled(compiled(naive, (np.zeros(2, dtype=np.uint64),), (8, 0)), (8, 0), tmp_path)
    assert code != 0
    assert "too much global constant data" in words
