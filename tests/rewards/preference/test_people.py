from dataclasses import replace

import numpy as np
import pytest
import torch
from folks import opposed

from rewardlab.core.errors import BadBatch, BadOption, MissingColumn
from rewardlab.rewards import PALA, VPL, Population, Teacher, vector_items

MODELS = [
    pytest.param(lambda **o: VPL(z_dim=2, hidden=(8,), draws=8, **o), id="VPL"),
    pytest.param(lambda **o: PALA(annotators=4, prototypes=2, dim=4, hidden=(8,), few_steps=5, **o), id="PALA"),
]
ITEMS = opposed(10, users=4)
EACH = pytest.mark.parametrize("make", MODELS)


@EACH
def test_the_same_seed_gives_the_same_bits_and_fits_go_on_after_a_state(make):
    one, two = make(), make()
    one.fit(ITEMS, epochs=3)
    two.fit(ITEMS, epochs=3)
    np.testing.assert_array_equal(one.people, two.people)
    other = make()
    other.load_state_dict(one.state_dict())
    assert one.fit(ITEMS, epochs=2) == other.fit(ITEMS, epochs=2)
    np.testing.assert_array_equal(one.probabilities(ITEMS), other.probabilities(ITEMS))


@EACH
def test_by_itself_it_pays_for_the_mean_of_those_it_knows(make):
    model, steps = make(), vector_items(np.random.default_rng(1).normal(size=(6, 1, 3))).map(lambda x: x[:, 0, 0])
    np.testing.assert_array_equal(model(steps), model.pay_for(steps, model.nobody()))
    model.fit(ITEMS, epochs=2)
    assert len(model.people) == 4
    np.testing.assert_array_equal(model(steps), model.pay_for(steps, model.people.mean(0)))
    assert not np.allclose(model(steps), model.for_annotator(1)(steps))


@EACH
def test_whoever_said_nothing_is_nobody(make):
    model = make()
    model.fit(ITEMS, epochs=1)
    np.testing.assert_array_equal(model.for_user(ITEMS.rows(slice(0, 0))).person, model.nobody())
    unknown = ITEMS.rows(slice(0, 3)).paying(ITEMS.reward[:3], label=np.full(3, np.nan))
    with pytest.warns(UserWarning, match="judgement"):
        np.testing.assert_array_equal(model.for_user(unknown).person, model.nobody())


@EACH
def test_masked_steps_say_nothing(make):
    model, rng = make(), np.random.default_rng(0)
    wide = lambda x: np.repeat(x, 3, axis=2)  # noqa: E731
    long = replace(ITEMS.map(lambda x: wide(x) if x.ndim > 2 else x), info=ITEMS.info)
    mask = np.tile([True, True, False], (40, 2, 1))
    spoilt = np.where(mask[..., None], long.obs, 7 * rng.normal(size=long.obs.shape))
    found = []
    for obs in (long.obs, spoilt):
        items = replace(long, obs=obs, info={**long.info, "mask": mask})
        model = make()
        logs = model.fit(items, epochs=2)
        found.append((logs, model.segment_scores(items), model.for_user(items.rows(slice(0, 5))).person))
    assert found[0][0] == found[1][0]
    torch.testing.assert_close(found[0][1], found[1][1])
    np.testing.assert_array_equal(found[0][2], found[1][2])


@EACH
def test_judgements_without_a_person_are_left_out_and_mistakes_are_named(make):
    who = np.where(np.arange(40) % 5 == 0, -1.0, np.arange(40) % 3)
    with pytest.warns(UserWarning, match="annotator"):
        make().fit(replace(ITEMS, info=ITEMS.info | {"annotator": who}), epochs=1)
    with pytest.raises(MissingColumn, match="annotator"):
        make().fit(vector_items(np.zeros((3, 2, 2)), label=np.ones(3)))
    with pytest.raises(BadBatch, match="NaN"):
        make().fit(replace(ITEMS, obs=np.full_like(ITEMS.obs, np.nan)))
    with pytest.raises(BadBatch, match="pairs"):
        make().for_user(vector_items(np.zeros((3, 3, 2)), label=np.ones(3)))
    with pytest.raises(BadOption, match="batch_size"):
        make(batch_size=0)
    model = make()
    model.fit(ITEMS, epochs=1)
    with pytest.raises(BadOption, match="annotator=4"):
        model.for_annotator(4)


def test_what_a_population_of_teachers_says_can_be_learned_from():
    more, less = (Teacher(lambda b, s=s: s * b.obs[..., 0]) for s in (1, -1))
    told = Population((more, less)).labelled(vector_items(np.random.default_rng(0).normal(size=(200, 2, 3))))
    model = PALA(annotators=2, prototypes=2, dim=4, hidden=(16,), lr=0.02)
    model.fit(told, epochs=30)
    chance = np.take_along_axis(model.probabilities(told), told.info["annotator"][None], 0)[0]
    assert ((chance > 0.5) == (told.info["label"] > 0.5)).mean() > 0.95
