"""Wild pairs: how bad their labels are, and every way to use them once."""

import pytest

from rewardlab.benchmarks.effects import preference_noise_curation as curation


def test_labels_are_as_bad_as_the_task_says():
    task = curation.WildPairs(0, pool=4000)
    wild = task.wild.info
    right = wild["label"] == wild["truth"]
    plain, styled = right[wild["category"] >= 2].mean(), right[wild["category"] < 2].mean()
    assert plain == pytest.approx(0.7, abs=0.03) and styled == pytest.approx(0.6 * 0.7 + 0.4 * 0.5, abs=0.03)
    longer = (wild["label"] == wild["longer"])[wild["category"] < 2]
    assert longer.mean() > 0.65
    assert (task.gold.info["label"] == task.gold.info["truth"]).all() and len(task.gold) == len(task.validation) == 100


def test_examples_that_are_alike_help_the_annotator():
    task = curation.WildPairs(0, pool=4000)
    share = [
        (task.annotate(task.wild, shown) == task.wild.info["truth"]).mean() for shown in (None, task.wild)
    ]  # fmt: skip
    assert share[0] == pytest.approx(0.8, abs=0.02) and share[1] == pytest.approx(0.92, abs=0.02)


@pytest.mark.parametrize("side", curation.SIDES)
def test_every_way_is_tested(side):
    found = curation.curated(0, side=side, pool=400, steps=60)
    assert found["accuracy"] > 52 and 0 < found["shorter"] <= 100
    if side.startswith("curated"):
        assert found["labels"] > 85
