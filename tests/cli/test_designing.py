"""`rewardlab design` with a recorded dialogue, with evolution, and with what cannot be done."""

import json

import pytest
from core.sandbox.jail.servers import refusing

from rewardlab.cli import main
from rewardlab.cli.designing import SYSTEMS, far, make_system, summary
from rewardlab.core.errors import UnknownName
from rewardlab.core.oracle import Prompt, Recorded
from rewardlab.core.reward import Task
from rewardlab.core.sandbox import JailedReward
from rewardlab.core.sandbox.jail import session
from rewardlab.core.testing.endpoint import endpoint
from rewardlab.rewards.language import Programmed, load_reward
from rewardlab.rewards.language.design.answers import program_of
from rewardlab.rewards.language.design.system import System
from rewardlab.rewards.metrics import audit
from rewardlab.rewards.metrics.auditing.distances import distances

REACHER, DOOR = "rewardlab/SparseReacher-v0", "rewardlab/MiniGrid-DoorKey-5x5-v0"
DIAMOND, PUSH = "rewardlab/LavaDiamond-v0", "rewardlab/BallPush-v0"
SHORT = ("--steps", "512", "--episodes", "4")


@pytest.fixture
def run(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "120")

    def go(*argv):
        code = main(["design", *argv])
        out = capsys.readouterr()
        assert "Traceback" not in out.err
        return code, out.out, out.err

    return go


def test_a_recorded_dialogue_ends_with_a_reward_that_can_be_used_and_plays_again(run, tmp_path, capsys):
    argv = ("SparseReacher-v0", "--oracle", "recorded", *SHORT, "--out", "d")
    code, out, _ = run(*argv)
    assert code == 0
    assert "round 1 of 2" in out and "1.2: back to hand" in out and "'goal_distance'" in out
    assert "1.2: accepted, by hand, mended 1 time; progress" in out and "audit: (from play)" in out
    assert all(f"{r}.{c}: ▁" in out for r in (1, 2) for c in (1, 2, 3)) and "ran out of time" in out
    assert "2 rounds are done; 8 answers" in out and "rewardlab train" in out
    folder = tmp_path / "d"
    assert isinstance(load_reward(folder / "reward.py"), Programmed) and (folder / "curves.png").stat().st_size > 5000
    lines = [json.loads(line) for line in (folder / "transcript.jsonl").read_text().splitlines()]
    assert {"design", "answer", "candidate", "trained", "choice", "reflection", "end"} == {x["kind"] for x in lines}
    assert all(x["author"] == "hand" for x in lines if x["kind"] == "answer")
    before = (folder / "transcript.jsonl").read_bytes(), (folder / "reward.py").read_bytes()
    code, again, _ = run(*argv)  # plays again: nothing is asked, trained or written
    assert code == 0 and "asking" not in again and "1.2: ▁" in again
    assert before == ((folder / "transcript.jsonl").read_bytes(), (folder / "reward.py").read_bytes())
    for command in (
        ["audit", REACHER, "--reward", "d/reward.py", "--steps", "64", "--out", "a"],
        ["audit", REACHER, "--reward", "Task() + 0.5 * Programmed('d/reward.py')", "--steps", "64", "--out", "a"],
        [
            "train",
            REACHER,
            "--bonus",
            "d/reward.py",
            "--weight",
            "1",
            "--steps",
            "256",
            "--episodes",
            "2",
            "--out",
            "t",
        ],
    ):
        assert main(command) == 0, capsys.readouterr()
        assert "programmed" in capsys.readouterr().out.lower()


def test_another_run_in_the_same_folder_is_refused(run):
    argv = ("DeepSea-v0", *SHORT, "--rounds", "1", "--candidates", "1", "--out", "d")
    assert run(*argv)[0] == 0
    code, _, err = run(*argv, "--seed", "1")
    assert code == 2 and "seed=0" in err and "another folder" in err


@pytest.mark.parametrize("walls", ["jail", "none"])
def test_evolution_needs_no_model_and_spends_no_call(run, tmp_path, walls):
    argv = ("--rounds", "1", "--candidates", "2", "--sandbox", walls, "--out", "e")
    code, out, _ = run("DeepSea-v0", *SHORT, *argv)
    assert code == 0 and "accepted, by evolution" in out and "0 answers" in out
    lines = [json.loads(line) for line in (tmp_path / "e/transcript.jsonl").read_text().splitlines()]
    layers = [x["verdict"]["report"]["layers"] for x in lines if x["kind"] == "candidate" and x["verdict"]["accepted"]]
    assert layers and all(
        ("none" in on) == (walls == "none") and ("seccomp" in on) == (walls == "jail") for on in layers
    )


def test_whole_python_is_designed_trained_on_and_audited(run, tmp_path, capsys):
    argv = ("SparseReacher-v0", "--oracle", "recorded", *SHORT, "--rounds", "1", "--language", "python", "--out", "p")
    code, out, err = run(*argv)
    assert code == 0, err
    assert "in whole Python" in out and "1.2: accepted, by hand, mended 1 time" in out
    lines = [json.loads(line) for line in (tmp_path / "p/transcript.jsonl").read_text().splitlines()]
    assert lines[0]["settings"]["language"] == "python"
    reward = load_reward(tmp_path / "p/reward.py")
    assert isinstance(reward.program, JailedReward) and "# language: python" in out
    more = ["--steps", "256", "--episodes", "2", "--out", "t"]
    assert main(["train", REACHER, "--bonus", "p/reward.py", "--weight", "1", *more]) == 0, capsys.readouterr()
    assert main(["audit", REACHER, "--reward", "p/reward.py", "--steps", "64", "--out", "a"]) == 0, capsys.readouterr()
    assert run(*argv)[0] == 0  # plays again
    code, _, err = run(*argv[:-4], "--out", "p")
    assert code == 2 and "language" in err
    code, _, err = run(*argv, "--sandbox", "none")
    assert code == 2 and "without walls" in err


@pytest.mark.parametrize("call", ["landlock_create_ruleset", "seccomp"])
def test_without_a_wall_each_command_says_which_and_runs_nothing(run, tmp_path, monkeypatch, capsys, call):
    weak = refusing(call)
    monkeypatch.setattr(session, "server", lambda pid: weak)
    wall, mark = call.partition("_")[0], tmp_path / "ran"
    (tmp_path / "r.py").write_text(f"# language: python\nopen({str(mark)!r}, 'w')\ndef reward(obs):\n    return 1.0\n")
    small = ("--rounds", "1", "--candidates", "1")
    try:
        for argv in (
            ["design", "DeepSea-v0", *SHORT, *small, "--out", "n"],
            ["design", "DeepSea-v0", *SHORT, *small, "--language", "python", "--out", "p"],
            ["audit", "DeepSea-v0", "--reward", "r.py", "--steps", "16", "--out", "a"],
        ):
            assert main(argv) == 1
            err = capsys.readouterr().err
            assert f"a wall is missing: {wall}" in err and "nothing was run" in err and "mend:" in err
    finally:
        weak.close()
    assert not mark.exists() and not list(tmp_path.rglob("reward.py"))


@pytest.mark.parametrize(
    ("argv", "code", "words"),
    [
        (("Nowhere-v0",), 2, "no environment"),
        (("SparseReacher-v0", "--system", "text2rewrd"), 2, "text2reward"),
        (("SparseReacher-v0", "--oracle", "oracle of Delphi"), 2, "--oracle"),
        (("SparseReacher-v0", "--rounds", "0"), 2, "--rounds"),
        (("SparseReacher-v0", "--oracle", "recorded:nothing.jsonl"), 1, "no such recording"),
        (("SparseReacher-v0", "--oracle", "http://127.0.0.1:9/v1#m", "--budget-cost", "1"), 2, "--price-in"),
        (("DeepSea-v0", "--oracle", "recorded", *SHORT), 1, "no answer under"),
    ],
)
def test_mistakes_are_said_in_words(run, argv, code, words):
    got, _, err = run(*argv)
    assert got == code and words in err


def test_a_password_in_a_url_is_written_nowhere(run, tmp_path):
    with endpoint(lambda r: "no code here") as server:
        url = server.url.replace("//", "//me:a-password@") + "#test"
        code, out, err = run("DeepSea-v0", "--oracle", url, *SHORT, "--rounds", "1", "--candidates", "1", "--out", "d")
    written = "".join(p.read_text(errors="replace") for p in (tmp_path / "d").iterdir())
    assert code != 0 and "a-password" not in out + err + written


def test_every_system_can_be_named():
    assert all(isinstance(make_system(name.replace("_", "-")), System) for name in SYSTEMS)
    with pytest.raises(UnknownName):
        make_system("eureka")


def test_an_audit_is_one_line():
    line = summary(audit("rewardlab/DeepSea-v0", Task(), steps=32))
    assert line.startswith("(exact)") and "optimal" in line and "\n" not in line
    assert "regret up to 0.0%. STARC 0.000, EPIC 0.000." in line
    assert far({}) == "" and far({"epic": 0.25, "starc": 0.5}, "It: ") == " It: STARC 0.500, EPIC 0.250."


def test_a_designed_reward_is_told_its_own_distance_to_the_hidden_one_where_there_is_a_table(run, tmp_path):
    argv = ("DeepSea-v0", *SHORT, "--rounds", "1", "--candidates", "1", "--out", "d")
    code, out, _ = run(*argv)
    assert code == 0 and "The designed reward alone: STARC" in out
    reward = load_reward(tmp_path / "d/reward.py", "rewardlab/DeepSea-v0")
    alone = distances("rewardlab/DeepSea-v0", reward)
    assert far(alone, "The designed reward alone: ").strip() in (tmp_path / "d/reward.py").read_text()
    assert 0.0 < alone["starc"] <= 1.0  # the grammar does not know the treasure


@pytest.mark.parametrize(("env", "broken"), [(REACHER, 1), (DOOR, 1), (DIAMOND, 1), (PUSH, 1)])
def test_the_recordings_hold_one_fault_that_is_mended_in_the_next_answer(env, broken):
    from rewardlab.benchmarks.design_play import recorded_batch
    from rewardlab.core.sandbox import vet_many

    batch, oracle = recorded_batch(env, rows=256, most=6400), Recorded()
    keys = [k for k in oracle.keys if k[:2] == (env, "text2reward") and k[3] != "feedback"]
    assert oracle.authors == ("hand",)
    sources = [program_of(oracle([Prompt("", key=k)])[0]).source for k in keys]
    bad = [k[2:] for k, v in zip(keys, vet_many(sources, batch), strict=True) if not v.accepted]
    assert bad == [(0, broken)] and (0, f"{broken}.1") in [k[2:] for k in keys]
