"""Designed rewards as files: readable, importable, compiled again, refused where they do not fit."""

import importlib.util
import json

import numpy as np
import pytest
from designed_line import BATCH, GOOD

from rewardlab.core.errors import BadOption, BadProgram, BadStore
from rewardlab.core.sandbox import Signature
from rewardlab.rewards.language.design.candidate import Candidate
from rewardlab.rewards.language.design.critic import Verdict
from rewardlab.rewards.language.design.trained import Trained
from rewardlab.rewards.language.programmed import Programmed
from rewardlab.rewards.language.reward_file import described, edited, load_reward, read_head, signature_of, write_reward

SIGNATURE = Signature.of_batch(BATCH)
REACHER = "rewardlab/SparseReacher-v0"


@pytest.fixture
def path(tmp_path):
    near = GOOD.replace("-abs(next_obs[0] - 1.0)", "closeness(next_obs[0])")
    source = f"def closeness(x):\n    return -math.fabs(x - 1.0)\n\n\n{near}"
    c = Candidate(1, 0, source, "hand", ("1.2",), "ab" * 32, 1)
    c.verdict, c.trained = Verdict(True, audit="kept\nall"), Trained(0.9, 0.8)
    task = {"env": "x/Line-v0", "task": "go\nto 1", "system": "s"}
    return write_reward(c, tmp_path / "reward.py", **task, signature=SIGNATURE)


def test_the_head_says_where_it_comes_from(path):
    head, source = read_head(path)
    assert head["env"] == "x/Line-v0" and head["task"] == "go to 1" and head["author"] == "hand"
    assert head["candidate"] == "2.1, from 1.2, repairs: 1" and head["prompt"] == "ab" * 32
    assert head["scores"] == "success 0.9, task return 0.8" and head["audit"] == "kept all"
    assert Signature.from_json(json.loads(head["signature"])) == SIGNATURE
    assert source.startswith("def closeness") and not edited(path)


def test_it_pays_the_same_as_a_file_as_a_program_and_as_plain_python(path):
    loaded = load_reward(path)
    spec = importlib.util.spec_from_file_location("designed", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    plain = [module.reward(BATCH.obs[i], BATCH.action[i], BATCH.next_obs[i], {})[0] for i in range(len(BATCH))]
    assert np.array_equal(loaded(BATCH), plain)
    assert np.array_equal(loaded(BATCH), Programmed(read_head(path)[1], SIGNATURE)(BATCH))


PYTHON = ["import numpy as np\nclass A:\n    x = 1.0\n", "import math\nimport numpy as np\n\n\n", "", '"""Text."""\n']


@pytest.mark.parametrize("above", PYTHON)
def test_whole_python_is_kept_letter_by_letter(tmp_path, above):
    source = above + "def reward(next_obs):\n    try: return -math.fabs(next_obs[0] - 1.0)\n    except KeyError: pass\n"
    task = {"env": "x/Line-v0", "task": "go", "system": "s", "signature": SIGNATURE, "language": "python"}
    path = write_reward(Candidate(0, 0, source), tmp_path / "r.py", **task)
    assert read_head(path)[0]["language"] == "python" and read_head(path)[1] == source and not edited(path)
    assert np.array_equal(load_reward(path)(BATCH), -np.abs(BATCH.next_obs[:, 0] - 1.0))


def test_a_strangers_file_in_whole_python_meets_the_jail(tmp_path):
    path, mark = tmp_path / "r.py", tmp_path / "ran"
    path.write_text(f"# language: python\nopen({str(mark)!r}, 'w')\ndef reward(obs):\n    return 1.0\n")
    reward = load_reward(path, SIGNATURE)
    with pytest.raises(BadProgram, match="PermissionError"):
        reward(BATCH)
    assert not mark.exists()
    path.write_text("# language: perl\n")
    with pytest.raises(BadProgram, match="perl"):
        load_reward(path, SIGNATURE)


def test_a_file_may_be_edited_and_says_so(path):
    path.write_text(path.read_text().replace("x - 1.0", "x - 0.5"))
    assert edited(path) and np.array_equal(load_reward(path)(BATCH), -np.abs(BATCH.next_obs[:, 0] - 0.5))


def test_it_is_compiled_for_the_environment_that_is_given(path):
    assert load_reward(path, REACHER).program.signature == signature_of(REACHER)
    path.write_text(path.read_text().replace("next_obs[0]", 'info["success"]'))
    assert load_reward(path, Signature.of_batch(BATCH))(BATCH).max() == 0.0


def test_a_file_of_ones_own_needs_an_environment(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text('import numpy as np\n\ndef reward(next_obs, info):\n    return -info["distance"]\n')
    with pytest.raises(BadOption, match="no signature"):
        load_reward(path)
    assert isinstance(load_reward(path, REACHER), Programmed)


@pytest.mark.parametrize(
    ("text", "kind", "what"),
    [
        (b"def reward(info):\n    return info['gripper']\n", BadProgram, "gripper"),
        (b"import os\ndef reward(obs):\n    return os.getpid()\n", BadProgram, "import of os"),
        (b"\xff\xfe\x00", BadProgram, "UTF-8"),
        (b"#" * 300_000, BadProgram, "bytes"),
        (None, BadStore, "No such file"),
    ],
)
def test_what_is_no_reward_for_it_is_refused_with_the_file(tmp_path, text, kind, what):
    path = tmp_path / "r.py"
    if text is not None:
        path.write_bytes(text)
    with pytest.raises(kind, match=what) as e:
        load_reward(path, SIGNATURE)
    assert "r.py" in str(e.value)


def test_hidden_columns_are_not_described():
    from dataclasses import replace

    info = {**BATCH.info, "task_reward": BATCH.reward, "level_seed": np.arange(len(BATCH)), "_x": BATCH.reward}
    assert list(described(replace(BATCH, info=info)).info) == ["success"]
    assert set(signature_of(REACHER).info) == {"distance", "fingertip", "success", "target"}
