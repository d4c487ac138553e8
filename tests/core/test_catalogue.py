"""The catalogue: the package told from its sources, without importing them."""

import ast
import subprocess
import sys
import time

import gymnasium as gym
import pytest

import rewardlab
from rewardlab.core import catalogue
from rewardlab.core.errors import UnknownName
from rewardlab.core.lazy import contents
from rewardlab.core.reward import Reward
from rewardlab.envs import tables


def test_environments_are_the_registered_ids():
    found = {e.name for e in catalogue.entries("environment")}
    assert found == {i for i in gym.registry if i.startswith("rewardlab/")} == set(tables())


def test_an_environment_tells_its_parameters():
    sea = catalogue.entry("rewardlab/DeepSea-v0")
    assert (sea.family, sea.module, sea.kind) == ("mdps", "rewardlab.envs.mdps.deep_sea", "environment")
    assert dict(sea.fields) == {"size": "10", "cost": "0.01", "code": "0", "observation": "'index'", "regret": "False"}
    assert sea.summary.startswith("Deep sea:") and sea.equation.startswith("(row, column) ->")
    assert sea.source.startswith("Osband") and sea.source.count("\n") == 0


def test_kwargs_of_an_id_stand_before_the_defaults_of_its_class():
    known = {e.name: e for e in catalogue.entries("environment")}
    for name, table in tables().items():
        fields = known[name].fields
        for key, value in table.get("kwargs", {}).items():
            assert ast.literal_eval(fields[key]) == value, name


def test_rewards_are_the_subclasses_that_pay():
    """By import what the catalogue found by reading."""
    found = {(e.module, e.name) for e in catalogue.entries("reward")}
    public = [getattr(rewardlab.rewards, n) for n in contents(rewardlab.rewards.__file__)]
    classes = [c for c in public if isinstance(c, type) and issubclass(c, Reward)]
    ground = {Reward, rewardlab.rewards.SegmentModel}  # they leave a method to those below them
    assert {(c.__module__, c.__name__) for c in classes if c not in ground} <= found
    assert ("rewardlab.rewards.shaping.potential", "Potential") in found
    names = {name for _, name in found}
    assert {"Task", "Sum", "Scale", "Chain"} <= names and not {"Reward", "Composite", "SegmentModel"} & names


def test_a_reward_tells_its_fields():
    fields = dict(catalogue.entry("Potential").fields)
    assert fields == {"phi": "", "gamma": "0.99"}


@pytest.mark.parametrize("word", ["rewardlab/DeepSea-v0", "DeepSea-v0", "deep-sea", "deepsea", "Deep_Sea"])
def test_names_are_forgiving(word):
    assert catalogue.entry(word).name == "rewardlab/DeepSea-v0"


def test_an_unknown_name_offers_the_nearest():
    with pytest.raises(UnknownName, match="did you mean 'Potential'"):
        catalogue.entry("Potentail")
    with pytest.raises(UnknownName):
        catalogue.entry("Potential", "environment")


def test_find_reads_names_families_and_docstrings():
    assert "Potential" in {e.name for e in catalogue.find("INVARIANCE")}
    assert {e.family for e in catalogue.find("mdps", "environment")} >= {"mdps"}
    assert catalogue.find("no such word anywhere") == []


def test_entries_are_sorted_and_names_are_unique_within_a_kind():
    found = catalogue.entries()
    assert found == sorted(found, key=lambda e: (catalogue.KINDS.index(e.kind), e.family, e.name))
    assert len({(e.kind, e.name) for e in found}) == len(found)


DOC = """Head.

    a = b

    c = d

Prose.

    code, not the equation

Source: One, "A Title",
Venue 2001; Two, "Another", 2002.

After.
"""


def test_equation_and_source_of_a_docstring():
    assert catalogue.equation(DOC) == "a = b\n\nc = d"
    assert catalogue.source(DOC) == 'One, "A Title", Venue 2001; Two, "Another", 2002.'


def test_what_is_not_there_is_empty():
    assert catalogue.equation("Head.\n\nProse.\n\nArgs:\n    x: no equation\n") == ""
    assert catalogue.equation("Head.") == catalogue.source("Head.") == ""


SOURCE = """
from dataclasses import dataclass, field
from typing import ClassVar

@dataclass
class A:
    x: int
    y: list = field(default_factory=list)
    z: float = field(default=2.0)
    memory: ClassVar[bool] = True
    _own: int = 0
    later: int = field(init=False)

class B:
    def __init__(self, env, rate=0.5, *, gamma: float = 0.99, seed): ...
"""


def test_fields_of_dataclasses_and_constructors(tmp_path):
    path = tmp_path / "some.py"
    path.write_text(SOURCE)
    nodes = {n.name: n for n in catalogue.parsed(path).body if isinstance(n, ast.ClassDef)}
    assert catalogue._fields(path, nodes["A"]) == {"x": "", "y": "list()", "z": "2.0"}
    assert catalogue._fields(path, nodes["B"]) == {"env": "", "rate": "0.5", "gamma": "0.99", "seed": ""}


def test_reading_imports_none_of_it_and_is_quick():
    code = (
        "import sys, time; from rewardlab.core import catalogue; before = set(sys.modules); t = time.process_time(); "
        "n = len(catalogue.entries()); took = time.process_time() - t; new = set(sys.modules) - before; "
        "assert n > 5 and not any(m.startswith('rewardlab') or m == 'torch' for m in new), new; print(took)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert float(done.stdout) < 2.5  # it takes about half a second; this only catches importing by another door
    start = time.process_time()
    catalogue.entries()
    assert time.process_time() - start < 0.5


def test_the_gist_is_the_sentence_after_the_equation():
    assert (
        catalogue.gist("Name.\n\n    a = b\n\nPays for a, that is\nb. More of it.\n\nSource: x.")
        == "Pays for a, that is b."
    )
    assert catalogue.gist("Name.\n\n    a = b\n\nArgs:\n    a: b.") == catalogue.gist("Name.") == ""
    assert catalogue.entry("CountBonus").gist.startswith("Pays for rarely seen states;")


def test_ids_of_the_same_rules_say_what_sets_them_apart():
    summaries = [e.summary for e in catalogue.entries("environment")]
    assert len(set(summaries)) == len(summaries)


def test_a_word_is_found_where_it_begins():
    names = {e.name for e in catalogue.find("count")}
    assert "CountBonus" in names and "Normalise" not in names  # which discounts
    found = {e.name for e in catalogue.find("q-learn", "agent")}
    assert found >= {"QLearning", "SoftQLearning", "DQN", "C51", "QRDQN"} and not found & {"UCB1", "PPO", "Thompson"}
    assert {e.name for e in catalogue.find("BERNOULLI", "environment")} >= {"rewardlab/BernoulliBandit-v0"}
    assert catalogue.find("(")[0].name and len(catalogue.find("")) == len(catalogue.entries())
