"""Scene captions: each judge against its formula, and none of them is fooled by listing everything."""

import gymnasium as gym
import numpy as np
import pytest

from rewardlab.core.errors import BadOption
from rewardlab.envs.text import captions
from rewardlab.envs.text.dialogue import rng_of
from rewardlab.envs.text.scene_caption import SceneCaption
from rewardlab.envs.text.scenes import Scene, Thing

SCENE = Scene(3, (Thing("circle", "red", 0, 0), Thing("square", "green", 2, 2)))
TRUE = "first red circle top-left. second green square bottom-right."


def judged(said, rules, seed=0):
    return rules.hear(SCENE, None, said, rng_of(seed))


def test_a_true_caption_has_full_marks_from_every_judge():
    for judge in ("reader", "expected", "labels", "overlap"):
        assert judged(TRUE, SceneCaption(judge=judge)).parts == {"caption": 1.0}
    quality = judged(TRUE, SceneCaption(judge="quality", brevity=0.5)).parts["caption"]
    assert quality == pytest.approx(1 - 0.5 * 8 / 16)


def test_quality_multiplies_truth_cover_and_brevity():
    heard = judged("first red circle. second red.", SceneCaption(judge="quality", brevity=0.2))
    assert heard.parts["caption"] == pytest.approx(2 / 3 * 2 / 6 * (1 - 0.2 * 5 / 16))
    assert (heard.columns["named"], heard.columns["covered"], heard.columns["claims"]) == (3, 2, 3)
    assert heard.columns["critique"] == "not second red"


def test_labels_are_of_each_sentence_and_kind_and_a_checker_errs_as_often_as_said():
    rules = SceneCaption(judge="labels")
    said = "first blue circle. second square above first. third."
    truth = np.array([[True, False, True], [True, True, False], [False, True, True]])
    caption = rules.read(said, SCENE)
    assert np.array_equal(rules.labels(caption, rng_of(0)), truth)
    assert judged(said, rules).parts["caption"] == pytest.approx(6 / 9)
    noisy = SceneCaption(judge="labels", mistaken=0.1)
    flips = np.mean([noisy.labels(caption, rng_of(s)) != truth for s in range(1000)])
    assert abs(flips - 0.1) < 4 * np.sqrt(0.09 / 9000)


def test_naming_two_values_gains_nothing_and_words_beyond_the_limit_are_not_read():
    rules = SceneCaption(judge="expected")
    silent = judged("first circle.", rules).parts["caption"]
    assert judged("first circle red blue green.", rules).parts["caption"] < silent
    padded = "dragon " * 16 + TRUE
    assert not judged(padded, rules).understood and judged(padded, rules).columns["words"] == 16


def test_the_reader_pays_on_average_what_the_truth_column_says():
    env = gym.make("rewardlab/SceneCaption-v0", questions=4)
    paid: list[float] = []
    truth = []
    for seed in range(400):
        env.reset(seed=seed)
        task = env.unwrapped.get_state()["state"]["task"][0]
        _, reward, over, _, info = env.step(captions.reference(task, ("colour", "place")))
        assert over and not info["success"]
        paid.append(float(reward))
        truth.append(info["truth"])
    assert truth == pytest.approx([(4 + 2 / 4) / 6] * 400)
    assert abs(np.mean(paid) - truth[0]) < 4 * np.std(paid) / 20


@pytest.mark.parametrize(
    "fields",
    [
        {"size": 16, "things": 4, "values": 8, "corners": False},
        {"things": 1},
        {"frames": 3, "size": 16, "corners": False},
    ],
    ids=str,
)
def test_prompts_and_captions_are_not_cut(fields):
    rules = SceneCaption(least=1, **fields)
    for seed in range(20):
        task = rules._task(rng_of(seed))
        assert len(rules.prompt(task)) <= rules.heard and task.picture() in rules.prompt(task)
        said = rules.expert(task, None, rng_of(0))
        assert rules.fit(said) == said and rules.check(said, task)


def test_what_cannot_be_asked_is_refused():
    for wrong in ({"size": 2}, {"size": 17}, {"things": 5}, {"least": 3}, {"values": 1}, {"judge": "me"},
                  {"reader": "blind"}, {"questions": 7}, {"misread": 2.0}, {"mistaken": -0.1},
                  {"brevity": 1.5}, {"frames": 4}):  # fmt: skip
        with pytest.raises(BadOption, match=next(iter(wrong))):
            SceneCaption(**wrong)
