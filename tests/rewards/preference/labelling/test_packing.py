"""Segments as bytes and JSON: the same values, types and trees come back; what is no segment is refused."""

import json

import numpy as np
import pytest

from rewardlab.core.arrays import tree_leaves
from rewardlab.core.batch import Transitions
from rewardlab.core.errors import BadBatch
from rewardlab.rewards.preference.labelling import packing

T = 5


def steps(**other) -> Transitions:
    rng = np.random.default_rng(0)
    columns = {
        "obs": {
            "image": rng.integers(0, 256, (T, 2, 2), dtype=np.uint8),
            "both": (rng.normal(size=T), rng.random(T) < 0.5),
        },
        "action": rng.integers(0, 2**63, T, dtype=np.uint64),
        "reward": rng.normal(size=T).astype(np.float32),
        "next_obs": np.array(["", "a\0", "日本", '"\\', "𝄞"], dtype=object),
        "terminated": np.zeros(T, dtype=bool),
        "truncated": np.ones(T, dtype=bool),
        "info": {"cost": np.array([np.nan, np.inf, -np.inf, 1e-300, 1 / 3]), "note": np.array(["x"] * T, dtype=object)},
    }
    return Transitions(**{**columns, **other})


def types_of(one: Transitions) -> dict[str, list]:
    found = packing.leaves(one)
    return packing.signature(found, dict.fromkeys(found, "step"), {"step": 1})


def equal(a: Transitions, b: Transitions) -> bool:
    one, two = packing.leaves(a), packing.leaves(b)
    return one.keys() == two.keys() and all(x.dtype == two[k].dtype and bits(x) == bits(two[k]) for k, x in one.items())


def bits(x: np.ndarray):
    return x.tolist() if x.dtype == object else x.tobytes()


def test_bytes_and_json_give_back_every_bit():
    whole = steps()
    found = packing.leaves(whole)
    assert equal(packing.grown(packing.unpack(packing.pack(found))), whole)
    types = packing.check_signature(json.loads(json.dumps(types_of(whole))))
    text = json.dumps(packing.as_json(found), allow_nan=False)
    back = packing.grown(packing.from_json(json.loads(text), types))
    assert isinstance(back.obs["both"], tuple) and len(tree_leaves(back.obs)) == 3
    assert equal(back, whole)
    assert packing.pack(packing.leaves(back)) == packing.pack(found)  # a digest may stand for it


def test_an_empty_info_and_torch_are_segments():
    import torch

    bare = steps(info={}, next_obs=torch.arange(T))
    back = packing.grown(packing.unpack(packing.pack(packing.leaves(bare))))
    assert back.info == {} and back.next_obs.tolist() == list(range(T))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"obs": {3: np.zeros(T)}}, "key 3"),
        ({"action": np.array([None] * T, dtype=object)}, "objects in action"),
        ({"action": np.zeros(T, dtype=complex)}, "complex128 in action"),
        ({"info": {"when": np.zeros(T, dtype="datetime64[s]")}}, "info.when"),
    ],
)
def test_what_is_neither_number_nor_text_is_refused(change, words):
    with pytest.raises(BadBatch, match=words):
        packing.leaves(steps(**change))


def changed(**columns):
    found = packing.as_json(packing.leaves(steps()))
    return {**found, **{json.dumps([k]): v for k, v in columns.items()}}


@pytest.mark.parametrize(
    "columns",
    [
        changed(reward=[1.0] * (T - 1)),
        changed(reward=[[1.0]] * T),
        changed(reward=["x"] * T),
        changed(terminated=[0] * T),
        changed(action=[-1] * T),
        changed(action=[0.5] * T),
        changed(action=[2**64] * T),
        changed(next_obs=[1] * T),
        changed(more=[1] * T),
        {k: v for k, v in changed().items() if k != '["reward"]'},
    ],
)
def test_json_of_other_columns_types_or_shapes_is_refused(columns):
    with pytest.raises((ValueError, OverflowError)):
        packing.from_json(columns, types_of(steps()))


@pytest.mark.parametrize(
    "types",
    [
        {},
        {'["obs"]': ["<f4", [], "step"]},
        {**types_of(steps()), '["other"]': ["<f4", [], "step"]},
        {**types_of(steps()), '["obs", null]': ["<f4", [], "step"]},
        {**types_of(steps()), '["action"]': ["<c16", [], "step"]},
        {**types_of(steps()), '["action"]': ["<f4", [-1], "step"]},
        {**types_of(steps()), '["action"]': ["<f4", [], "segment"]},
        {**types_of(steps()), '["info", "cost"]': ["<f4", [], "row"]},
    ],
)
def test_a_signature_of_no_steps_is_refused(types):
    with pytest.raises(ValueError, match="column"):
        packing.check_signature(types)
