"""Versions that a result is stamped with."""

import platform
import re
from importlib.metadata import version

import rewardlab
from rewardlab.benchmarks import provenance


def test_versions_are_those_that_are_installed() -> None:
    v = provenance.versions()
    assert v["rewardlab"] == rewardlab.__version__ and v["python"] == platform.python_version()
    assert {k: v[k] for k in ("numpy", "gymnasium", "torch")} == {
        k: version(k) for k in ("numpy", "gymnasium", "torch")
    }
    assert set(provenance.PACKAGES) < set(v) and all(v.values())
    assert platform.machine() in provenance.machine()


def test_the_source_hash_changes_with_the_source(tmp_path, monkeypatch) -> None:
    (tmp_path / "benchmarks").mkdir()
    monkeypatch.setattr(provenance, "__file__", str(tmp_path / "benchmarks" / "provenance.py"))
    found = []
    for text in ("a = 1", "a = 2", "a = 1"):
        (tmp_path / "x.py").write_text(text)
        found.append(provenance.source_hash.__wrapped__())
    assert found[0] == found[2] != found[1] and re.fullmatch("[0-9a-f]{12}", found[0])
