"""Every missing layer, alone and together: nothing runs, and the doctor names what is missing and what mends it."""

import errno
import importlib
from itertools import combinations
from types import SimpleNamespace

import pytest
from core.sandbox.jail.servers import ALONE, refusing, serving

from rewardlab.core.errors import SandboxUnavailable
from rewardlab.core.sandbox.jail import Session, fork, layers, run
from rewardlab.core.sandbox.jail import layers as _  # noqa: F401

module = importlib.import_module("rewardlab.core.sandbox.jail.layers")

CALLS = {
    "landlock": ("landlock_create_ruleset",),
    "seccomp": ("seccomp",),
    "limits": ("prlimit64",),
    "identity": ("capset",),
    "namespaces": ("unshare",),
}
"""Layer -> the calls without which there is none."""


def opened(by):
    """The error that a session meets; None if it runs."""
    try:
        with Session("statements", by=by) as one:
            assert run(one, "print(1)").printed == "1\n"
    except SandboxUnavailable as e:
        return str(e)
    return None


def test_here_every_needed_layer_is_on():
    found = layers()
    assert set(found) == {*module.NEEDED, *module.HELPS}
    assert all(found[name] == (True, "") for name in module.NEEDED)


SOME = [
    pytest.param(c, id=" ".join(c), marks=[pytest.mark.slow] if n in (2, 3, 4) else [])
    for n in range(1, len(CALLS) + 1)
    for c in combinations(CALLS, n)
]


@pytest.mark.parametrize("missing", SOME)
def test_without_a_layer_nothing_runs_and_it_is_named(missing):
    by = refusing(*(call for layer in missing for call in CALLS[layer]), error=errno.EPERM)
    try:
        needed = [layer for layer in missing if layer in module.NEEDED]
        error, found = opened(by), layers(by)
        if not needed:
            assert error is None
        else:
            assert any(f"a wall is missing: {layer}" in error for layer in needed) and "nothing was run" in error
            assert "mend:" in error and 'sandbox="none"' in error
        for layer in missing:
            assert found[layer][0] is False and found[layer][1]
        assert all(found[layer][0] for layer in {"landlock", "seccomp", "limits", "identity"} - set(missing))
    finally:
        by.close()


@pytest.mark.parametrize(
    ("calls", "gives_way"),
    [(("landlock_restrict_self",), "a folder outside can be opened"), (("seccomp",), "a socket can be made")],
)
def test_a_kernel_that_says_yes_and_does_nothing_is_found_out(calls, gives_way):
    by = refusing(*calls, error=0)
    try:
        assert gives_way in opened(by)
        on, mend = layers(by)["walls"]
        assert not on and "does not keep them" in mend
    finally:
        by.close()


def test_namespaces_are_not_needed():
    by = serving(ALONE)
    try:
        assert opened(by) is None
        on, mend = layers(by)["namespaces"]
        assert not on and ("not needed" in mend or "sysctl" in mend)
    finally:
        by.close()


def test_where_no_process_starts_every_layer_is_off():
    found = layers(fork.Server("raise SystemExit('broken')"))
    assert set(found) == {*module.NEEDED, *module.HELPS}
    assert all(not on and "broken" in mend for on, mend in found.values())


@pytest.mark.parametrize(("linux", "machine", "said"), [(False, "arm64", "this is"), (True, "riscv64", "riscv64")])
def test_other_machines_refuse(monkeypatch, linux, machine, said):
    monkeypatch.setattr(module, "LINUX", linux)
    monkeypatch.setattr(module, "MACHINE", machine)
    with pytest.raises(SandboxUnavailable, match="nothing was run"):
        Session("statements")
    found = layers()
    assert all(not on and said in mend and "5.13" in mend for on, mend in found.values())


@pytest.mark.parametrize(
    ("layer", "files", "release", "mend"),
    [
        ("landlock", {}, "5.10.0-8-amd64", "boot Linux 5.13 or newer; this is 5.10.0-8-amd64"),
        ("landlock", {"/sys/kernel/security/lsm": "capability,yama"}, "6.1.0", "lsm=landlock,capability,yama"),
        ("landlock", {"/sys/kernel/security/lsm": "landlock,yama"}, "6.1.0", "seccomp=unconfined"),
        ("seccomp", {}, "6.1.0", "CONFIG_SECCOMP_FILTER=y"),
        (
            "namespaces",
            {"/proc/sys/kernel/apparmor_restrict_unprivileged_userns": "1"},
            "6.8.0",
            "sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0",
        ),
        (
            "namespaces",
            {"/proc/sys/kernel/unprivileged_userns_clone": "0"},
            "6.1.0",
            "sudo sysctl -w kernel.unprivileged_userns_clone=1",
        ),
        ("namespaces", {"/proc/sys/user/max_user_namespaces": "0"}, "6.1.0", "user.max_user_namespaces=15000"),
        ("namespaces", {}, "6.1.0", "--cap-add SYS_ADMIN"),
        ("walls", {}, "6.1.0", "another machine"),
        ("identity", {}, "6.1.0", "lower its own limits and rights"),
    ],
)
def test_the_mending_command_fits_the_machine(monkeypatch, layer, files, release, mend):
    monkeypatch.setattr(module, "_read", lambda path: files.get(path, ""))
    monkeypatch.setattr(module.os, "uname", lambda: SimpleNamespace(release=release))
    assert mend in module.mending(layer)
