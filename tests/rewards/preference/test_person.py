import numpy as np
import pytest
from folks import opposed

from rewardlab.core.errors import BadCheckpoint, BadOption
from rewardlab.rewards import PALA, ForPerson, vector_items

ITEMS = opposed(10, users=4)


def model():
    out = PALA(annotators=4, prototypes=2, dim=4, hidden=(8,))
    out.fit(ITEMS, epochs=1)
    return out


def test_it_pays_and_compares_as_the_model_does_for_that_person():
    pal = model()
    person = np.array([0.25, 0.75], dtype=np.float32)
    own, batch = ForPerson(pal, person), vector_items(np.random.default_rng(0).normal(size=(5, 1, 3)))
    steps = batch.map(lambda x: x[:, 0, 0])
    np.testing.assert_array_equal(own(steps), pal.pay_for(steps, person))
    scores = own.segment_scores(ITEMS).numpy()
    np.testing.assert_allclose(own.probabilities(ITEMS)[0], 1 / (1 + np.exp(scores[:, 1] - scores[:, 0])), rtol=1e-5)


def test_it_is_found_again_in_its_state():
    pal = model()
    own, other = pal.for_annotator(0), ForPerson(model(), np.array([0.5, 0.5]))
    other.load_state_dict(own.state_dict())
    np.testing.assert_array_equal(other.probabilities(ITEMS), own.probabilities(ITEMS))
    with pytest.raises(BadCheckpoint, match="a person"):
        other.load_state_dict(own.state_dict() | {"person": np.zeros(3)})


def test_a_person_of_another_width_is_refused():
    with pytest.raises(BadOption, match="a person"):
        ForPerson(model(), np.zeros(3))
