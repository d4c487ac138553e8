"""Expressions of rewards as text: what is printed is read again, and nothing else is."""

import numpy as np
import pytest
from contracts.row import sample

from rewardlab.core.errors import BadOption, RewardlabError, UnknownName
from rewardlab.core.sandbox import Signature
from rewardlab.rewards import Clip, CountBonus, Distance, Milestones, Potential, Progress, Task
from rewardlab.rewards.reading import names, read_reward


@pytest.mark.parametrize(
    "reward",
    [
        Task(),
        Task() + 0.1 * CountBonus(beta=2.0),
        -(Task() - 2 * Progress("distance", sign=1.0)),
        (Task() + Milestones({"stage": 0.5})).then(Clip(-1.0, 1.0)),
        0.5 * (2 * Task()),
        (0.1 * CountBonus()).annealed(500, end=0.5),
        Task() + Potential(Distance(position=3, goal=(1.0, 2.0))),
    ],
)
def test_what_is_printed_is_read_again(reward):
    assert repr(read_reward(repr(reward))) == repr(reward)


@pytest.mark.parametrize(
    "text", ["Task() / 4", "2*Task() + Task()", " Task()\n", "Task().then(Clip(low=0))", "+Task()"]
)
def test_other_spellings(text):
    assert read_reward(text)


@pytest.mark.parametrize(
    "text",
    [
        "", "Task() +", "3", "'Task()'", "Task", "Task().__class__", "Task().__call__(1)", "__import__('os')",
        "open('/etc/passwd')", "(lambda: Task())()", "[Task() for _ in (1,)]", "Task() if True else Task()", "Task()()",
        "Task() + 'a'", "Task() ** 2", "Task() + (1,)", "Milestones(**{'columns': {}})", "Milestones(*[{}])", "Task(3)",
        "CountBonus(gamma=2)", "Progress('d').annealed(0)", "exec('1')", "Task().update(1)", "f'{Task()}'", "1 + 2",
        "Milestones({})", "(x := Task())", "Task() @ Task()", "not Task()", "{**{}}", "None", "audit(1)",
        "(" * 300 + "Task()" + ")" * 300, "-" * 3000 + "Task()", "Task()" + " + Task()" * 2000, "load_reward('x')",
        "Paid(1, 2)", "\x00", "9" * 3900,
    ],
)  # fmt: skip
def test_anything_else_is_refused_with_an_error_of_ours(text):
    with pytest.raises(RewardlabError):
        read_reward(text)


def test_the_nearest_name_is_offered():
    with pytest.raises(UnknownName, match="CountBonus"):
        read_reward("Task() + CountBonu()")
    with pytest.raises(BadOption, match="add Task"):
        read_reward("Distance(1, 2)")


def test_a_designed_reward_is_named_by_its_file(tmp_path):
    path = tmp_path / "my reward.py"
    path.write_text("import numpy as np\n\n\ndef reward(info):\n    return -info['distance']\n")
    steps = sample(5)
    signature = Signature.of_batch(steps)
    assert np.array_equal(read_reward(str(path), signature)(steps), -steps.info["distance"])
    both = read_reward(f"Task() + 0.5 * Programmed('{path}').then(Clip(-1, 0))", signature)
    assert np.array_equal(both(steps), steps.reward + 0.5 * np.clip(-steps.info["distance"], -1, 0))
    for text in ("nowhere.py", "Programmed('nowhere.py')", "Programmed('x')", "Programmed(3)"):
        with pytest.raises(RewardlabError):
            read_reward(text, signature)
    path.write_text("import os\ndef reward(info):\n    return os.getpid()\n")
    with pytest.raises(RewardlabError, match=r"my reward.py.*import"):
        read_reward(str(path), signature)


def test_what_touches_files_or_environments_has_no_name():
    known = names()
    assert {"Task", "CountBonus", "Distance", "Potential"} <= set(known)
    assert not {"Paid", "PaidVector", "load_reward", "save_reward", "relabel", "score", "audit"} & set(known)
