"""Signatures: from a batch, to JSON and back, equal if shapes and kinds are."""

import json
import pickle

import numpy as np
import pytest
import torch
from core.sandbox.one_step import BATCH, SIGNATURE

from rewardlab.core.batch import Transitions
from rewardlab.core.errors import BadBatch
from rewardlab.core.sandbox.language.signature import Leaf, Signature, kind_of, walk

NONE = np.zeros(2, bool)


def test_of_a_batch() -> None:
    assert SIGNATURE.obs == Leaf((17,), "float")
    assert SIGNATURE.info["contact"] == Leaf((2,), "bool")
    assert SIGNATURE.info["stage"] == Leaf((), "int")
    assert Signature.of_batch(BATCH.map(torch.as_tensor)) == SIGNATURE
    assert Signature.of_batch(BATCH.map(lambda x: x.reshape(3, 4, *x.shape[1:]))) == SIGNATURE
    assert hash(Signature.of_batch(BATCH.rows(slice(0, 2)))) == hash(SIGNATURE)


def test_columns_that_are_no_numbers_are_left_out() -> None:
    words = np.array(["a", "b"], dtype=object)
    info = {"caption": words, "name": np.array(["a", "b"]), "cost": np.ones(2), "deep": {"x": np.ones(2)}}
    obs = {"image": np.zeros((2, 3), np.uint8), "mission": words, "pair": (np.zeros(2), np.zeros((2, 2)))}
    found = Signature.of_batch(Transitions(obs, np.zeros(2, int), np.zeros(2), obs, NONE, NONE, info))
    assert set(found.info) == {"cost"}
    assert dict(walk(found.obs)) == {
        ("image",): Leaf((3,), "int"),
        ("pair", 0): Leaf((), "float"),
        ("pair", 1): Leaf((2,), "float"),
    }
    assert Signature.from_json(json.loads(json.dumps(found.to_json()))) == found
    assert pickle.loads(pickle.dumps(found)) == found
    assert "image (3,) int" in str(found)
    with pytest.raises(BadBatch, match="action holds no numbers"):
        Signature.of_batch(Transitions(obs, words, np.zeros(2), obs, NONE, NONE))


@pytest.mark.parametrize(
    ("dtype", "kind"),
    [
        (np.float32, "float"),
        (np.uint8, "int"),
        (np.bool_, "bool"),
        (np.complex128, None),
        (object, None),
        ("U3", None),
        ("M8[s]", None),
    ],
)
def test_kinds(dtype: object, kind: str | None) -> None:
    assert kind_of(np.dtype(dtype)) == kind  # type: ignore[call-overload]
    assert kind_of(torch.bfloat16) == "float"
