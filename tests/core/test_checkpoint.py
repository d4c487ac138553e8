"""Checkpoints: what goes in comes out, or nothing does."""

import io
import json
import os
import signal
import subprocess
import sys
import time
import zipfile

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from rewardlab.core.checkpoint import FORMAT, check_keys, load, save
from rewardlab.core.errors import BadCheckpoint, BadStore

META = {"id": "rewardlab/DeepSea-v0", "seeds": [1, 2], "rate": 0.1, "note": "é ∑", "none": None, "nan": float("nan")}


def state():
    return {
        "table": np.arange(12, dtype=np.int64).reshape(3, 4),
        "scalar": np.array(2.5),
        "flags": np.array([True, False]),
        "empty": np.zeros((0, 3), dtype=np.float32),
        "half": np.array([1.5], dtype=np.float16),
        "bytes": np.arange(4, dtype=np.uint8),
        "strided": np.arange(10.0)[::2],
        "turned": np.arange(6.0).reshape(2, 3).T,
        "nested": {
            "deep": {"list": [np.ones(2), 3, "text", None, True, {"x": np.zeros(1)}]},
            "none": None,
            "empty": {},
        },
        "numbers": {"int": 2**70, "float": 1e-300, "inf": float("-inf"), "numpy": np.float32(0.5)},
        "torch": torch.arange(3.0),
    }


def same(a, b):
    if isinstance(a, dict):
        assert isinstance(b, dict) and a.keys() == b.keys()
        for k in a:
            same(a[k], b[k])
    elif isinstance(a, list):
        assert isinstance(b, list) and len(a) == len(b)
        for x, y in zip(a, b, strict=True):
            same(x, y)
    elif isinstance(a, (np.ndarray, torch.Tensor)):
        a = np.asarray(a)
        assert isinstance(b, np.ndarray) and (a.dtype, a.shape) == (b.dtype, b.shape)
        assert a.tobytes() == b.tobytes()
    else:
        assert b == a or (a != a and b != b)


def test_round_trip(tmp_path):
    path = tmp_path / "a.ckpt"
    save(path, "reward", META, state())
    meta, back = load(path, "reward")
    same(META, meta)
    same(state(), back)


def test_what_is_read_may_be_written_into(tmp_path):
    save(tmp_path / "a", "reward", {}, {"x": np.zeros(3)})
    x = load(tmp_path / "a", "reward")[1]["x"]
    x[0] = 1.0
    assert load(tmp_path / "a", "reward")[1]["x"][0] == 0.0


@given(
    arrays.arrays(
        arrays.scalar_dtypes().filter(lambda d: d.kind in "biuf" and d.isnative and d.itemsize <= 8),
        arrays.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4),
    )
)
def test_any_array_goes_round(tmp_path_factory, x):
    path = tmp_path_factory.getbasetemp() / "any.ckpt"
    save(path, "reward", {}, {"x": x})
    same({"x": x}, load(path, "reward")[1])


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
        lambda t: st.lists(t, max_size=3) | st.dictionaries(st.text(), t, max_size=3),
    )
)
def test_any_plain_tree_goes_round(tmp_path_factory, tree):
    path = tmp_path_factory.getbasetemp() / "tree.ckpt"
    save(path, "reward", {}, {"tree": tree})
    same({"tree": tree}, load(path, "reward")[1])


def test_names_with_slashes_do_not_collide(tmp_path):
    tricky = {"a": {"b": np.zeros(1)}, "a/b": np.ones(1), "": {"": np.full(1, 2.0)}, "/": np.full(1, 3.0)}
    save(tmp_path / "a", "reward", {}, tricky)
    same(tricky, load(tmp_path / "a", "reward")[1])


def test_equal_states_give_equal_files(tmp_path):
    for name in ("a", "b"):
        save(tmp_path / name, "reward", META, state())
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


@pytest.mark.parametrize("value", [object(), {1, 2}, {1: 0}, np.array(["x", None], dtype=object), lambda: 0, b"raw"])
def test_what_is_not_data_is_refused_and_the_old_file_stays(tmp_path, value):
    path = tmp_path / "a"
    save(path, "reward", {}, {"x": 1})
    with pytest.raises(BadCheckpoint):
        save(path, "reward", {}, {"x": {"inner": [value]}})
    if not isinstance(value, dict):
        with pytest.raises(BadCheckpoint):
            save(path, "reward", {"inner": value}, {})
    assert load(path, "reward")[1] == {"x": 1}
    assert os.listdir(tmp_path) == ["a"]


def refused(path, kind="reward"):
    with pytest.raises(BadCheckpoint) as e:
        load(path, kind)
    assert str(path) in str(e.value)
    return str(e.value)


def test_a_missing_file_and_a_folder(tmp_path):
    assert "no such file" in refused(tmp_path / "none")
    refused(tmp_path)


def test_another_kind(tmp_path):
    save(tmp_path / "a", "agent", {}, {})
    assert "holds another kind: agent" in refused(tmp_path / "a")


def members(path):
    with zipfile.ZipFile(path) as z:
        return {n: z.read(n) for n in z.namelist()}


def write(path, parts, method=zipfile.ZIP_STORED):
    with zipfile.ZipFile(path, "w", method) as z:
        for name, data in parts:
            z.writestr(name, data)


def test_a_newer_format(tmp_path):
    save(tmp_path / "a", "reward", {}, {})
    parts = members(tmp_path / "a")
    manifest = json.loads(parts["manifest.json"])
    parts["manifest.json"] = json.dumps(manifest | {"format": FORMAT + 1}).encode()
    write(tmp_path / "b", parts.items())
    assert "newer" in refused(tmp_path / "b")


@pytest.mark.parametrize("name", ["../evil", "/tmp/evil", "meta.json/../../evil", "code.pkl", "META.JSON"])
def test_a_member_of_another_name(tmp_path, name):
    save(tmp_path / "a", "reward", {}, {})
    write(tmp_path / "b", [*members(tmp_path / "a").items(), (name, b"x")])
    refused(tmp_path / "b")
    renamed = [(name if n == "meta.json" else n, d) for n, d in members(tmp_path / "a").items()]
    write(tmp_path / "c", renamed)
    refused(tmp_path / "c")
    assert sorted(os.listdir(tmp_path)) == ["a", "b", "c"]


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_member_twice(tmp_path):
    save(tmp_path / "a", "reward", {}, {})
    parts = [*members(tmp_path / "a").items()]
    write(tmp_path / "b", [*parts, parts[1]])
    refused(tmp_path / "b")


def test_a_bomb_is_not_unpacked(tmp_path):
    save(tmp_path / "a", "reward", {}, {"x": np.zeros(1_000_000)})
    write(tmp_path / "b", members(tmp_path / "a").items(), zipfile.ZIP_DEFLATED)
    assert (tmp_path / "b").stat().st_size < 100_000
    assert "not plainly stored" in refused(tmp_path / "b")


def test_a_pickle_is_not_run(tmp_path):
    """Files of other tools are refused before anything in them is believed."""
    import pickle

    class Evil:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / "ran"),)

    (tmp_path / "a").write_bytes(pickle.dumps(Evil()))
    refused(tmp_path / "a")
    torch.save({"x": torch.zeros(1)}, tmp_path / "b")
    refused(tmp_path / "b")
    np.savez(tmp_path / "c.npz", x=np.zeros(1))
    refused(tmp_path / "c.npz")
    assert not (tmp_path / "ran").exists()


def test_a_tree_that_names_no_tensor_or_the_wrong_shape(tmp_path):
    import hashlib

    save(tmp_path / "a", "reward", {}, {"x": np.zeros(4)})
    for change in ({"tensor": "/y", "shape": [4]}, {"tensor": "/x", "shape": [5]}, {"odd": 1}):
        parts = members(tmp_path / "a")
        document = json.loads(parts["meta.json"])
        document["state"]["dict"]["x"] = change
        parts["meta.json"] = json.dumps(document).encode()
        manifest = json.loads(parts["manifest.json"])
        manifest["sha256"]["meta.json"] = hashlib.sha256(parts["meta.json"]).hexdigest()
        parts["manifest.json"] = json.dumps(manifest).encode()
        write(tmp_path / "b", parts.items())
        refused(tmp_path / "b")


def test_flipped_bits_never_give_other_content(tmp_path):
    path, hurt = tmp_path / "a", tmp_path / "b"
    save(path, "reward", META, state())
    raw = path.read_bytes()
    want = load(path, "reward")
    random, survived = np.random.default_rng(0), 0
    for place in random.integers(0, len(raw) * 8, 600):
        data = bytearray(raw)
        data[place // 8] ^= 1 << (place % 8)
        hurt.write_bytes(data)
        try:
            found = load(hurt, "reward")
        except BadCheckpoint:
            continue
        survived += 1  # dates and attributes in the zip's own tables say nothing about the content
        same(want[0], found[0])
        same(want[1], found[1])
    assert survived < 100


def test_every_truncation_is_refused(tmp_path):
    path, hurt = tmp_path / "a", tmp_path / "b"
    save(path, "reward", META, state())
    raw = path.read_bytes()
    for size in [*range(0, len(raw), max(1, len(raw) // 150)), len(raw) - 1]:
        hurt.write_bytes(raw[:size])
        refused(hurt)


def test_noise_is_refused(tmp_path):
    random = np.random.default_rng(0)
    for size in (0, 1, 22, 100, 5000):
        (tmp_path / "a").write_bytes(random.bytes(size))
        refused(tmp_path / "a")
    buffer = io.BytesIO()
    zipfile.ZipFile(buffer, "w").close()
    (tmp_path / "a").write_bytes(buffer.getvalue())
    refused(tmp_path / "a")


SAVER = """
import sys, numpy as np
from rewardlab.core.checkpoint import save
print("ready", flush=True)
k = 0
while True:
    k += 1
    save(sys.argv[1], "reward", {"k": k}, {"x": np.full(200_000, float(k))})
"""


def test_killed_while_saving_leaves_a_whole_file(tmp_path):
    path = tmp_path / "a"
    random = np.random.default_rng(0)
    for _ in range(4):
        child = subprocess.Popen([sys.executable, "-c", SAVER, str(path)], stdout=subprocess.PIPE)
        assert child.stdout is not None and child.stdout.readline() == b"ready\n"
        while not path.exists():
            time.sleep(0.001)
        time.sleep(random.uniform(0.02, 0.1))
        child.send_signal(signal.SIGKILL)
        child.wait()
        child.stdout.close()
        meta, back = load(path, "reward")
        assert (back["x"] == meta["k"]).all() and len(back["x"]) == 200_000


def test_a_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(BadStore):
        save(tmp_path / "file" / "a", "reward", {}, {})


def test_check_keys_names_what_is_there_and_what_should_be():
    check_keys({"a": 1, "b": 2}, ("b", "a"), where="Thing")
    for state in ({}, {"a": 1}, {"a": 1, "b": 2, "c": 3}):
        with pytest.raises(BadCheckpoint, match="Thing: a state with") as e:
            check_keys(state, ("a", "b"), where="Thing")
        assert "['a', 'b']" in str(e.value)


def test_a_file_of_another_kind_is_told_from_a_missing_one(tmp_path):
    (tmp_path / "notes.txt").write_text("no checkpoint")
    assert "damaged, or no checkpoint at all" in refused(tmp_path / "notes.txt")
    assert "no such file" in refused(tmp_path / "nowhere")
