"""Annotators: last in, first out, at the pace and with the delay asked for; nothing that a judge does stops them."""

import numpy as np
import pytest

from rewardlab.core import checkpoint
from rewardlab.core.errors import BadCheckpoint, BadOption, OracleFailed
from rewardlab.rewards.language.annotator import ClockedAnnotator
from rewardlab.rewards.language.background_annotator import BackgroundAnnotator
from rewardlab.rewards.language.judging import NoisyJudge, ScoreJudge


def items(*numbers):
    return [(f"caption {i}",) for i in numbers]


JUDGE = NoisyJudge(ScoreJudge(lambda text: int(text.split()[1]) % 3), 0.2, 0.2)


def test_the_newest_is_labelled_first_at_the_pace_and_with_the_delay():
    annotator = ClockedAnnotator(JUDGE, per_1k=10, latency=250)
    annotator.offer(items(0, 1, 2, 3, 0))
    due = {}
    for step in range(100, 1001, 100):
        if step == 200:
            annotator.offer(items(4))
        for item in annotator.tick(100):
            due[item] = step
    # one in 100 steps: 3 at 100, 4 at 200 as it came later, then 2, 1, 0; each is known 250 steps after it was taken
    assert due == dict(zip(items(3, 4, 2, 1, 0), (400, 500, 600, 700, 800), strict=True))
    assert annotator.asked == 5 and annotator.waiting == 0
    annotator.offer(items(0, 4))
    assert annotator.waiting == 0  # known already


def test_nobody_works_ahead():
    annotator = ClockedAnnotator(JUDGE, per_1k=10)
    annotator.tick(100_000)
    annotator.offer(items(*range(50)))
    assert len(annotator.tick(100)) == 2  # the one at hand, and the one of these 100 steps


@pytest.mark.parametrize("latency", [0, 70, 5000])
def test_latency_delays_and_changes_nothing_else(latency):
    annotator, reference = ClockedAnnotator(JUDGE, per_1k=40, latency=latency), ClockedAnnotator(JUDGE, per_1k=1e6)
    rng = np.random.default_rng(0)
    for _ in range(400):
        seen = items(*rng.integers(0, 60, 8))
        for a in (annotator, reference):
            a.offer(seen)
            a.tick(8)
    for _ in range(20):
        annotator.tick(1000)
    assert annotator.known == reference.known and len(annotator.known) == 60


def test_an_old_item_makes_room_and_the_table_has_an_end():
    annotator = ClockedAnnotator(JUDGE, most=3, per_1k=1e6)
    annotator.offer(items(*range(5)))
    assert annotator.dropped == 2
    assert list(annotator.tick(1)) == items(4, 3, 2)
    for k in range(5, 60):
        annotator.offer(items(k))
        annotator.tick(1)
    assert len(annotator.known) == 30


def broken(items):
    raise OracleFailed("no answer")


@pytest.mark.parametrize(
    "judge",
    [broken, lambda items: items[7], lambda items: [2.0] * len(items), lambda items: "what?"],
    ids=["fails", "bug", "no label", "prose"],
)
@pytest.mark.parametrize("kind", [ClockedAnnotator, BackgroundAnnotator])
def test_errors_are_counted_and_never_stop_training(judge, kind):
    annotator = kind(judge, tries=2)
    with pytest.warns(RuntimeWarning, match="without a label"):
        for _ in range(4):
            annotator.offer(items(0))
            if isinstance(annotator, BackgroundAnnotator):
                assert annotator.wait(20)
            annotator.tick(200)
    assert annotator.known == {} and annotator.errors == 2  # given up after two tries
    assert annotator.last_error and annotator.log()["errors"] == 2


def test_one_item_without_a_label_leaves_the_others_theirs():
    annotator = ClockedAnnotator(lambda items: [np.nan if t == "caption 1" else 1.0 for (t,) in items], per_1k=1e6)
    annotator.offer(items(0, 1, 2))
    assert set(annotator.tick(1)) == set(items(0, 2)) and annotator.errors == 1


@pytest.mark.parametrize("stop", range(1, 40, 7))
def test_a_file_keeps_what_waits_and_what_is_under_way(stop, tmp_path):
    def make():
        return ClockedAnnotator(JUDGE, per_1k=30, latency=60, tries=1)

    whole, first = make(), make()
    rng = np.random.default_rng(1)
    for k, numbers in enumerate(rng.integers(0, 99, (40, 5))):
        if k == stop:
            checkpoint.save(tmp_path / "a", "annotator", {}, first.state_dict())
            first = make()
            first.load_state_dict(checkpoint.load(tmp_path / "a", "annotator")[1])
        news = []
        for a in (whole, first):
            a.offer(items(*numbers))
            news.append(a.tick(5))
        assert news[0] == news[1]
    assert whole.known == first.known and whole.log() == first.log()


def test_mistakes_are_named():
    for kind, options in (
        (ClockedAnnotator, {"per_1k": 0}), (ClockedAnnotator, {"latency": -1}), (ClockedAnnotator, {"most": 0}),
        (BackgroundAnnotator, {"batch": 0}), (BackgroundAnnotator, {"tries": 0}),
    ):  # fmt: skip
        with pytest.raises(BadOption):
            kind(JUDGE, **options)
    state = ClockedAnnotator(JUDGE).state_dict()
    with pytest.raises(BadCheckpoint):
        ClockedAnnotator(JUDGE).load_state_dict({k: v for k, v in state.items() if k != "due"})
    with pytest.raises(BadCheckpoint):
        ClockedAnnotator(JUDGE).load_state_dict({**state, "waiting": np.frombuffer(b"[3", dtype=np.uint8)})
