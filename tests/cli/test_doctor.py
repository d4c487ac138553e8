"""`rewardlab doctor`: what it finds here, what it says of machines that lack something, and its exit code."""

import importlib
import importlib.metadata
import subprocess
from types import SimpleNamespace

import pytest
import torch

from rewardlab.cli import main
from rewardlab.core.sandbox.jail import layers as _  # noqa: F401

module = importlib.import_module("rewardlab.cli.doctor")
walls = importlib.import_module("rewardlab.core.sandbox.jail.layers")
Finding = module.Finding


@pytest.fixture
def run(capsys, monkeypatch):
    monkeypatch.setattr(module, "_pictures", lambda: Finding("pictures of MuJoCo", True, "drawn"))  # a second alone

    def go():
        code = main(["doctor"])
        return code, capsys.readouterr().out

    return go


def test_here_all_promises_hold(run):
    code, out = run()
    assert code == 0 and out.endswith("everything that is promised holds\n")
    for word in ("python", "numpy", "landlock", "seccomp", "reward language", "cores", "GPU", "disk", "evolution"):
        assert f"  {word} " in out
    assert out.count("\n\n") == len(module.CHAPTERS) and max(map(len, out.splitlines())) < 160


def test_no_secret_is_printed(run, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-marker-4711")
    monkeypatch.setenv("REWARDLAB_MODEL", "some-model")
    code, out = run()
    assert code == 0 and "marker" not in out and "a key is set" in out and "some-model" in out


@pytest.mark.parametrize("missing", ["landlock", "seccomp", "limits", "identity", "walls"])
def test_a_missing_wall_is_a_broken_promise(run, monkeypatch, missing):
    found = {name: (name != missing, "sudo mend it" if name == missing else "") for name in walls.NEEDED}
    monkeypatch.setattr(walls, "layers", lambda: {**found, "namespaces": (True, "")})
    code, out = run()
    assert code == 1 and f"  BROKEN  {missing}" in out and "mend: sudo mend it" in out
    assert "refused" in out and "1 promise does not hold" in out


def test_namespaces_may_be_missing(run, monkeypatch):
    monkeypatch.setattr(walls, "layers", lambda: dict.fromkeys(walls.NEEDED, (True, "")) | {"namespaces": (False, "x")})
    code, out = run()
    assert code == 0 and "  --      namespaces" in out and "not needed" in out


def test_other_systems_promise_no_walls(run, monkeypatch):
    monkeypatch.setattr(module.sys, "platform", "darwin")
    monkeypatch.setattr(walls, "layers", lambda: dict.fromkeys(walls.NEEDED, (False, "only on Linux")))
    code, out = run()
    assert code == 0 and "--      landlock" in out and "refused" in out


def test_packages_that_are_missing_or_old(run, monkeypatch):
    real = importlib.metadata.version

    def version(name):
        if name == "tqdm":
            raise importlib.metadata.PackageNotFoundError
        return {"numpy": "1.26.4", "numba": "1.0.0rc1"}.get(name.lower()) or real(name)

    monkeypatch.setattr(importlib.metadata, "version", version)
    code, out = run()
    assert code == 1 and "2 promises do not hold" in out
    assert "BROKEN  tqdm                   missing, needs >=4.66" in out and 'pip install -U "tqdm>=4.66"' in out
    assert "BROKEN  numpy                  1.26.4, needs >=2.0" in out
    assert "  ok      numba                  1.0.0rc1" in out


def test_extras_are_optional_and_have_their_command(monkeypatch):
    def version(name):
        if name in ("peft", "ray"):
            raise importlib.metadata.PackageNotFoundError
        return "99.0"

    monkeypatch.setattr(importlib.metadata, "version", version)
    found = {f.name: f for f in module.extras()}
    assert not found["text"].good and "peft" in found["text"].said and '".[text]"' in found["text"].mend
    assert not found["ray"].good and found["ui"].good and found["ui"].mend == ""
    assert not any(f.broken for f in found.values()) and "dev" not in found


@pytest.mark.parametrize(
    ("cuda", "mps", "chip", "good", "said"),
    [
        (True, False, True, True, "H200"),
        (False, True, False, True, "device='mps'"),
        (False, False, True, False, "does not see it"),
        (False, False, False, True, "runs on the CPU"),
    ],
)
def test_whether_a_gpu_can_help(monkeypatch, tmp_path, cuda, mps, chip, good, said):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda k: "NVIDIA H200")
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)
    monkeypatch.setattr(module, "CHIP", tmp_path if chip else tmp_path / "none")
    found = module._gpu()
    assert found.good == good and said in found.said and bool(found.mend) != good and not found.broken


def test_disks(monkeypatch, tmp_path):
    monkeypatch.setattr(module.shutil, "disk_usage", lambda p: SimpleNamespace(free=10 << 20))
    tight = module._disk(tmp_path)
    assert not tight.good and not tight.broken and "0.0 GiB" in tight.said and "du" in tight.mend
    monkeypatch.setattr(module.os, "access", lambda p, mode: False)
    assert module._disk(tmp_path).broken


@pytest.mark.parametrize(
    ("outcome", "good", "said"),
    [
        (SimpleNamespace(returncode=0, stderr=""), True, "without a screen"),
        (SimpleNamespace(returncode=1, stderr="a\nno display"), False, "no display"),
        (SimpleNamespace(returncode=-11, stderr=""), False, "it crashed"),
        (subprocess.TimeoutExpired("x", 1), False, "no picture within"),
    ],
)
def test_pictures_are_tried_in_a_second_process(monkeypatch, outcome, good, said):
    def tried(*a, **k):
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    monkeypatch.setattr(module.subprocess, "run", tried)
    for backend, other in (("", "egl"), ("egl", "osmesa")):
        monkeypatch.setenv("MUJOCO_GL", backend)
        found = module._pictures()
        assert found.good == good and said in found.said and not found.broken
        assert good or f"MUJOCO_GL={other}" in found.mend


def test_a_picture_is_really_drawn():
    found = module._pictures()  # where it cannot be, the driver is to blame, and not what was tried
    assert found.good or not any(word in found.said for word in ("NameError", "SyntaxError", "NameNotFound", "assert"))


def test_recordings_are_counted(monkeypatch, tmp_path):
    import rewardlab

    folder = tmp_path / "rewards" / "language" / "recordings"
    monkeypatch.setattr(rewardlab, "__file__", str(tmp_path / "__init__.py"))
    monkeypatch.delenv("REWARDLAB_MODEL", raising=False)
    none = {f.name: f for f in module.oracles()}
    assert not none["recordings"].good and none["endpoint"].mend.startswith("export")
    folder.mkdir(parents=True)
    (folder / "reach.jsonl").write_text("{}")
    some = {f.name: f for f in module.oracles()}
    assert some["recordings"].good and "1 tasks: reach" in some["recordings"].said
