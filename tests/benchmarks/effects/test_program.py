"""The program of the effects: its budget, its file, its table."""

import json
from collections import Counter

import pytest

from rewardlab.benchmarks.effects import garden, program
from rewardlab.benchmarks.effects.effect import Arm, Claim, Effect
from rewardlab.benchmarks.effects.program import Effects, effects, main, measure, table, write
from rewardlab.core.errors import BadOption, UnknownName


def arm(side, setting, values):
    return Arm(side, setting, lambda seeds: ({"x": values[s]} for s in seeds))


def test_effects_are_written_beside_those_of_the_file(tmp_path):
    effect = Effect("made", "of numbers", [arm("a", "", [2, 2]), arm("b", "", [1, 1])], [Claim("more", "x", "a", "b")])
    assert effect.count(5) == 5 and Effect("", "", [], [], seeds=2).count(5) == 2
    assert effect.cost(3) == 6.0
    found = measure(effect, 2)
    write(tmp_path / "f" / "e.json", "one", found)
    write(tmp_path / "f" / "e.json", "two", found)
    held = json.loads((tmp_path / "f" / "e.json").read_text())
    assert list(held["effects"]) == ["one", "two"] and "machine" in held and "versions" in held
    assert held["effects"]["one"]["arms"][0]["runs"] == [{"x": 2}, {"x": 2}]
    assert "shown" in table("one", found) and "a () 2 [2, 2] against b () 1 [1, 1]" in table("one", found)


def test_the_program_says_its_budget_and_refuses_what_it_does_not_know(tmp_path, capsys, monkeypatch):
    assert main(Effects(dry=True)) == 0
    assert "CPU minutes" in capsys.readouterr().out
    hours = Counter()
    for e in effects():
        hours[e.name.partition("_")[0]] += e.cost(5) / 3600
    # five hours in all: learned rewards beside a policy that writes are a family of capabilities of their own
    assert max(hours.values()) <= 1.5 and sum(hours.values()) <= 5
    assert len({e.name for e in effects()}) == len(effects())
    with pytest.raises(UnknownName):
        main(Effects(only="nothing"))
    with pytest.raises(BadOption):
        Effects(seeds=0)
    made = [Effect(name, "of numbers", [arm("a", "", [2, 2])], []) for name in ("one", "one_more", "two")]
    monkeypatch.setattr(program, "effects", lambda: made)
    out = tmp_path / "e.json"
    assert main(Effects(only="one", seeds=2, out=out), progress=False) == 0
    assert list(json.loads(out.read_text())["effects"]) == ["one"]  # and not what begins so
    assert main(Effects(only="o", seeds=2, out=out), progress=False) == 0
    assert list(json.loads(out.read_text())["effects"]) == ["one", "one_more"]


LACKING = {
    "preference_control": {"HERON", "the task's own weights"},
    "preference_structure_goals": {"Bradley-Terry", "exact"},
    "preference_noise_cooper": {"a good one", "frozen", "rule"},
    "preference_noise_simple_words": {"none, 10 points more", "half", "bound", "half of the gap"},
    "preference_noise_clean": {"all pairs"},
}
"""Bars, and sides that lack what the settings of the other set: they have nothing to choose."""


def test_every_claim_compares_sides_with_as_many_settings():
    for effect in effects():
        count = {side: sum(a.side == side for a in effect.arms) for side in (a.side for a in effect.arms)}
        free = {garden.FREE, garden.BASE, "bar", "linear", "plain", *LACKING.get(effect.name, ())}
        for claim in effect.claims:
            assert count[claim.side] == count[claim.against] or free & {claim.side, claim.against}, effect.name
