import copy
import pickle

import numpy as np
import pytest
from judged import WEIGHT, vectors
from steps import as_torch

from rewardlab.core.errors import BadOption
from rewardlab.rewards import (
    BradleyTerry,
    EnsembleMean,
    Member,
    UncertaintyWeighted,
    WorstCase,
    members_of,
    vector_items,
)
from rewardlab.rewards.preference.networks import Recurrent

X = vectors(200, 2)


@pytest.fixture(scope="module")
def model():
    gap = (X[:, 0] - X[:, 1]) @ WEIGHT
    made = BradleyTerry(members=4)
    made.fit(vector_items(X, label=(gap > 0) * 1.0), epochs=5)
    return made


def test_pessimism_is_over_the_members(model):
    items = vector_items(vectors(50, 1, seed=1))
    pays, parts = model.member_pays(items).double().numpy(), members_of(model)
    assert len(parts) == 4
    np.testing.assert_allclose(EnsembleMean(parts)(items), model(items), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(WorstCase(parts)(items), pays.min(0), rtol=1e-5)
    np.testing.assert_allclose(UncertaintyWeighted(parts, 0.7)(items), pays.mean(0) - 0.7 * pays.var(0), atol=1e-5)
    torch_items = as_torch(items)
    np.testing.assert_allclose(WorstCase(parts)(torch_items).numpy(), pays.min(0), rtol=1e-4, atol=1e-5)


def test_members_follow_their_ensemble_and_copies_share_theirs(model):
    own = copy.deepcopy(model)
    parts, items = members_of(own), vector_items(X[:9])
    before = parts[1](items)
    own.fit(vector_items(X, label=(X[:, 0, 0] > X[:, 1, 0]) * 1.0), epochs=2)
    assert (parts[1](items) != before).any() and not parts[1].learns
    np.testing.assert_array_equal(parts[1](items), own.member_pays(items)[1])
    pair = pickle.loads(pickle.dumps(parts))
    assert pair[0].model is pair[1].model and (pair[1](items) == parts[1](items)).all()


def test_mistakes_are_named(model):
    for index in (-1, 4):
        with pytest.raises(BadOption, match=r"0 \.\. 3"):
            Member(model, index)
    with pytest.raises(BadOption, match="remembers the episode"):
        members_of(BradleyTerry(trunk=Recurrent()))
