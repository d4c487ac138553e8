"""Cards: what was told to a method, as Python would write it."""

from functools import partial
from pathlib import Path

import fake_jobs
import pytest
from fake_results import SEA, two_methods

from rewardlab.benchmarks import cards, harness, results
from rewardlab.benchmarks.case import Case
from rewardlab.rewards.specification import Milestones

NESTED = partial(partial(fake_jobs.doubled, weight=0.5), key=partial(Milestones, {"open": 0.25}), name="x")


@pytest.mark.parametrize(
    ("factory", "text"),
    [
        (fake_jobs.none, ""),
        (partial(fake_jobs.doubled, weight=0.5), "weight=0.5"),
        (partial(fake_jobs.doubled, key=fake_jobs.learner, to=[1, None]), "key=learner, to=[1, None]"),
        (NESTED, "key=Milestones({open: 0.25}), name='x', weight=0.5"),
    ],
)
def test_settings_read_as_python(factory: object, text: str) -> None:
    spec = Case(SEA, "m", factory, fake_jobs.learner, budget=1).spec(0)  # type: ignore[arg-type]
    got = cards.settings(spec["reward"])
    assert sorted(got.split(", ")) == sorted(text.split(", "))


def test_a_method_says_what_it_was_told(tmp_path: Path) -> None:
    case = Case(
        SEA, "m", partial(fake_jobs.doubled, weight=0.5, key=fake_jobs.many), fake_jobs.learner, budget=1, seeds=(0,)
    )
    harness.run([case], tmp_path, jobs=1, progress=False, train=fake_jobs.work)
    card = cards.method(results.load(tmp_path), "m", "<svg></svg>")
    assert "<dt>DeepSea</dt><dd>key=many, weight=0.5. Two methods in two environments.</dd>" in card
    assert "The task&#x27;s reward, twice." in card


def test_cards_count_in_numbers(tmp_path: Path) -> None:
    r = results.load(two_methods(tmp_path))
    card = cards.environment(r, SEA)
    assert "100 transitions, 2 at a time" in card and "5 times, over 10 episodes each" in card
    assert "A task &lt;of&gt; tests." in card and "In DeepSea" in cards.agent(r, "learner", ["Learns."])
