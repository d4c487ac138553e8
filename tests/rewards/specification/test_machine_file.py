import pytest

from rewardlab.core.errors import BadOption
from rewardlab.rewards import RewardMachine
from rewardlab.rewards.specification.machine_file import read_machine

GOOD = """\
propositions: [a, b]
initial: u
terminal: [v]
ending: {u: -1.0}
strict: false
edges:
  - [u, a & !b, v, 1]
  - {from: u, when: "!a & b", to: w, reward: 0.5}
  - [w, true, v, 0]
"""


def test_both_forms_of_edges_are_read():
    held = read_machine(GOOD)
    assert held["edges"] == [("u", "a & !b", "v", 1.0), ("u", "!a & b", "w", 0.5), ("w", "true", "v", 0.0)]
    machine = RewardMachine.from_yaml(GOOD)
    assert machine.propositions == ("a", "b") and machine.ending == {"u": -1.0} and machine.states == ("u", "v", "w")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("initial: u", "initial: ["), "line [34]"),
        (("a & !b", "!b & a"), "line 7(.|\n)*quotes"),
        (("initial", "initail"), "line 2: unknown key 'initail'(.|\n)*did you mean 'initial'"),
        (("[u, a & !b, v, 1]", "[u, a & !b, v]"), "line 7"),
        (("[u, a & !b, v, 1]", "[u, a & !b, v, one]"), "line 7: reward is 'one'"),
        (("to: w,", "too: w,"), "line 8"),
        (("from: u", "from: yes"), "line 8: from is True"),
        (("edges:", "terminal:"), "line|no 'edges'|edges"),
        (("- [u, a & !b, v, 1]", "- !!python/object/apply:os.system [ls]"), "line 7"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(change, said):
    with pytest.raises(BadOption, match=said):
        read_machine(GOOD.replace(*change))


def test_what_is_no_machine_at_all():
    for text, said in (
        ("- a\n- b\n", "a list"),
        ("initial: u\nterminal: []\n", "no 'edges'"),
        ("edges: 3\ninitial: u\n", "a int"),
    ):
        with pytest.raises(BadOption, match=said):
            read_machine(text)
    with pytest.raises(BadOption, match=r"nowhere.yaml: cannot be read \(FileNotFoundError\)"):
        read_machine("/nowhere.yaml")
    with pytest.raises(BadOption, match="state 'u' both"):
        RewardMachine.from_yaml(GOOD.replace("!a & b", "a"))
