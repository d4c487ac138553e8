"""A design over HTTP: what servers do wrong costs candidates and never the run; the key is written nowhere."""

import time

import pytest
from designed_line import BATCH, CONTEXT, GOOD, LAZY, Scripted, Train, fenced, vet

from rewardlab.core.errors import DesignFailed
from rewardlab.core.oracle import Endpoint, Ledger
from rewardlab.core.testing import behaviours
from rewardlab.core.testing.endpoint import endpoint
from rewardlab.rewards.language.design.loop import design_reward

KEY = "sk-not-to-be-seen-7f3a"


def run(ask, tmp_path, **options):
    given = {"rounds": 1, "size": 2, "vet": vet, "transcript": tmp_path / "t.jsonl", **options}
    return design_reward(Scripted(repairs=0), CONTEXT, ask, Train(), BATCH, **given)


@pytest.mark.parametrize(
    "fault",
    [behaviours.malformed, behaviours.no_choices, behaviours.reset, behaviours.truncated_body, behaviours.status(400)],
)
def test_a_server_that_fails_once_costs_one_candidate_at_most(tmp_path, fault):
    with endpoint([fault, fenced(GOOD), fenced(GOOD), fenced(GOOD)]) as server:
        ask = Endpoint("test", server.url, KEY, concurrency=1, retries=0)
        made = run(ask, tmp_path)
    assert made.best.trained.success == 1.0 and made.best.author == "model test"
    assert [c.accepted for c in made.candidates] == [False, True]
    assert KEY not in (tmp_path / "t.jsonl").read_text()


def test_a_refused_key_ends_the_run_and_says_how_to_mend_it(tmp_path):
    with endpoint(lambda r: behaviours.status(401)) as server:
        ask = Endpoint("test", server.url, KEY)
        with pytest.raises(DesignFailed, match="401") as e:
            run(ask, tmp_path, rounds=3)
        assert len(server.requests) == 2  # told at once
    assert KEY not in str(e.value) and KEY not in (tmp_path / "t.jsonl").read_text()


def test_a_missing_key_is_named(tmp_path, monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    with pytest.raises(Exception, match="OPENAI_API_KEY"):
        run(Endpoint("test"), tmp_path)


def test_a_server_that_never_answers_is_given_up(tmp_path):
    began = time.monotonic()
    with endpoint(lambda r: behaviours.hang) as server:
        ask = Endpoint("test", server.url, KEY, timeout=0.3, retries=0)
        with pytest.raises(DesignFailed, match="no answer"):
            run(ask, tmp_path)
    assert time.monotonic() - began < 5


def test_a_ledger_ends_the_run_with_what_is_known(tmp_path):
    with endpoint(lambda r: fenced(LAZY if "round 0" in r.prompt else GOOD)) as server:
        ledger = Ledger(tmp_path / "ledger.sqlite", limit_calls=2)
        made = run(Endpoint("test", server.url, KEY, ledger=ledger), tmp_path, rounds=5)
        assert len(server.requests) == 2
    assert made.best.name == "1.1" and made.rounds == 2 and "calls" in made.stopped
