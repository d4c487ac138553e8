"""The command line: every command, every way to misspell one, and what is printed where."""

import codecs
import fcntl
import io
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import threading
import time
import warnings
from pathlib import Path

import gymnasium as gym
import numpy as np
import pytest
from gymnasium import spaces
from labelled_by_people import worth
from PIL import Image

import rewardlab
from rewardlab.cli import COMMANDS, main, names, players, screen, training
from rewardlab.core import catalogue
from rewardlab.core.errors import BadOption, UnknownName
from rewardlab.envs.mdps import DeepSea
from rewardlab.rewards.preference.labelling import LabelStore

SEA = "rewardlab/DeepSea-v0"


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "120")


@pytest.fixture
def run(capsys):
    def go(*argv):
        code = main(list(argv))
        out = capsys.readouterr()
        assert "Traceback" not in out.err
        return code, out.out, out.err

    return go


def test_version(run):
    for flag in ("--version", "-V"):
        assert run(flag) == (0, f"rewardlab {rewardlab.__version__}\n", "")


def test_nothing_is_answered_with_help(run):
    code, out, _ = run()
    assert code == 0 and all(name in out for name in COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example(run, command):
    code, out, err = run(command, "--help")
    assert code == 0 and f"Example: rewardlab {command}" in out and err == ""


# -- names that do not exist -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("argv", "nearest"),
    [
        (["lits"], "'list'"),
        (["trian", SEA], "'train'"),
        (["list", "--kind", "reward"], "'rewards'"),
        (["list", "potentail"], "'Potential'"),
        (["describe", "DepSea-v0"], "DeepSea-v0"),
        (["describe", "CartPle-v1"], "'CartPole-v1'"),
        (["describe", "Potentail"], "'Potential'"),
        (["train", "DeepSee-v0"], "DeepSea-v0"),
        (["train", SEA, "--agent", "q-lerning"], "'QLearning'"),
        (["train", SEA, "--agent", "pppo"], "'ppo'"),
        (["train", SEA, "--bonus", "cuont"], "'CountBonus'"),
        (["train", SEA, "--reward", "tsak"], "'Task'"),
        (["play", "rewardlab/DeepSea-v1"], SEA),
        (["play", SEA, "--agent", "rnadom"], "'random'"),
        (["check", "DeepSea"[:-1] + "-v0"], "DeepSea-v0"),
        (["bench", "smok"], "'smoke'"),
    ],
)
def test_a_misspelt_name_is_answered_with_the_nearest(run, argv, nearest):
    code, out, err = run(*argv)
    assert code == 2 and out == "" and "did you mean" in err and nearest in err
    assert len(err.splitlines()) <= 4


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["train", SEA, "--stesp", "9"], "--steps"),
        (["train", SEA, "--steps", "many"], "--steps"),
        (["train"], "ENV"),
        (["list", "a", "b"], "b"),
        (["--hepl"], "--hepl"),
    ],
)
def test_a_misspelt_option_is_named(run, argv, said):
    code, _, err = run(*argv)
    assert code == 2 and said in err


# -- list and describe -----------------------------------------------------------------------------------------------


def test_list_shows_everything_once(run):
    code, out, _ = run("list")
    assert code == 0
    shown = [line.split()[0] for line in out.splitlines() if line.startswith("    ")]
    assert shown == [e.name for e in catalogue.entries()]
    for kind in ("environments", "rewards", "agents", "suites"):
        assert f"{kind} (" in out
    assert max(map(len, out.splitlines())) <= 120
    texts = [line.split(maxsplit=1)[1] for line in out.splitlines() if line.startswith("    ")]
    assert len(set(texts)) == len(texts) and all(len(t.split()) > 4 for t in texts)  # each says what it is


@pytest.mark.parametrize("kind", ["environments", "rewards", "functions", "agents", "objectives", "suites"])
def test_list_of_one_kind(run, kind):
    _, out, _ = run("list", "--kind", kind)
    shown = [line.split()[0] for line in out.splitlines() if line.startswith("    ")]
    assert shown == [e.name for e in catalogue.entries(kind[:-1])] and shown


def test_list_of_traits(run):
    _, out, _ = run("list", "--traits")
    rows = {line.split()[0]: line for line in out.splitlines()[1:]}
    assert set(rows) == {e.name for e in catalogue.entries("reward")}
    assert " exact " in rows["Potential"] and " limit " in rows["CountBonus"] and " no " in rows["Clip"]


def test_list_by_word(run):
    _, out, _ = run("list", "invariance")
    assert "Potential" in out and "DeepSea" not in out


@pytest.mark.parametrize("family", sorted({f"{e.kind} {e.family}" for e in catalogue.entries()}))
def test_describe_says_what_the_docstring_says(run, family):
    for e in catalogue.entries():
        # MiniGrid's wheel leaves out what the six WFC ids are made from
        if f"{e.kind} {e.family}" == family and "-WFC-" not in e.name:
            _describes(run, e)


def _describes(run, e):
    name, e = e.name, catalogue.entry(e.name)  # of two of one name the first is described
    code, out, err = run("describe", name)
    assert code == 0 and err == "", name
    if e.kind == "environment":
        assert name in out and "Observation space: " in out and "Reward: " in out and "Time limit: " in out
        assert all(f"{k} = {v}" in out for k, v in e.fields.items())
        assert f'gymnasium.make("{name}"' in out and max(map(len, out.splitlines())) < 240
    else:
        assert e.doc in out and all(k in out for k in e.fields)
        assert " a agent" not in out and " of suites" not in out
        last = out.splitlines()[-1]
        if e.kind == "suite":
            assert last == f"rewardlab bench {name}"
        else:
            exec(last, {})  # the line that it offers
            wing = e.module.split(".")[1].replace("core", "rewards")
            # names that several families have are offered by each alone
            assert last in (f"from rewardlab.{wing} import {name}", f"from rewardlab.{wing}.{e.family} import {name}")


def test_describe_shows_known_returns_and_takes_short_names(run):
    _, out, _ = run("describe", "deepsea")
    assert "Optimal return: 0.99" in out and "Random return: -0.00402344" in out and "success:" in out


def test_describe_a_foreign_id(run):
    code, out, _ = run("describe", "CartPole-v1")
    assert code == 0 and "Discrete(2)" in out and "Time limit: 500 steps" in out


# -- play ------------------------------------------------------------------------------------------------------------


# -- audit -----------------------------------------------------------------------------------------------------------


def test_audit_says_what_is_wrong_and_keeps_it(run, tmp_path):
    code, out, err = run("audit", "BoatRace-v0")
    assert (code, err) == (0, "") and "verdict: do not train on this reward" in out and "exact, from the table" in out
    folder = tmp_path / "runs" / "audit-rewardlab-BoatRace-v0"
    assert {p.name for p in folder.iterdir()} == {"audit.json", "audit.txt", "audit.png"}


def test_audit_takes_an_expression_and_modules_of_ones_own(run, tmp_path):
    (tmp_path / "own_audit.py").write_text(
        "from rewardlab.rewards import Task, Progress\nimport numpy as np\n"
        "def paid():\n    return Task() + Progress('success', sign=0.5)\n"
        "def left(obs):\n    return np.zeros(len(obs), dtype=int)\n"
    )
    _, one, _ = run(
        "audit", SEA, "--reward", "Task() + Progress('success', sign=0.5)", "--policy", "left=own_audit:left"
    )
    _, two, _ = run("audit", SEA, "--reward", "own_audit:paid", "--policy", "left=own_audit:left", "--out", "there")
    assert one.splitlines()[:-1] == two.splitlines()[:-1] and "left " in one and (tmp_path / "there/audit.png").exists()


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (("--reward", "Task() + CountBonu()"), "CountBonus"),
        (("--reward", "Task() +"), "cannot be read"),
        (("--reward", "nowhere:paid"), "nowhere"),
        (("--reward", "os:sep"), "is a str"),
        (("--policy", "left"), "NAME=MODULE:FUNCTION"),
        (("--gamma", "1.5"), "gamma=1.5"),
    ],
)
def test_audit_names_mistakes(run, argv, said):
    code, out, err = run("audit", SEA, *argv)
    assert code in (1, 2) and out == "" and said in err


def typed(monkeypatch, text):
    monkeypatch.setattr(sys, "stdin", io.StringIO(text))


def test_play_by_numbers_shows_what_each_step_pays(run, monkeypatch):
    env = gym.make(SEA)
    env.reset(seed=3)
    steps = [env.step(1)[:2] for _ in range(4)]
    typed(monkeypatch, "1\n" * 4 + "q\n")
    code, out, _ = run("play", "DeepSea-v0", "--seed", "3")
    assert code == 0 and out.count("$") == 5  # the picture at first and after each step
    for k, (_, reward) in enumerate(steps, 1):
        assert f"step {k}: reward {reward:g}, " in out
    assert f"left after 4 steps, return {sum(r for _, r in steps):g}" in out


def test_play_refuses_what_is_no_action_and_goes_on(run, monkeypatch):
    typed(monkeypatch, "7\nleft\n0.5\n1 1\n0\n")
    code, out, _ = run("play", SEA)
    assert code == 0 and out.count("is no action") == 4 and "left after 1 step," in out  # the end of input leaves too


def test_play_restarts_and_random_actions_end_the_episode(run, monkeypatch):
    typed(monkeypatch, "0\nr\n" + "\n" * 10)
    code, out, _ = run("play", SEA)
    assert code == 0 and "terminated after 10 steps" in out and "success False" in out
    assert out.count("\na new episode\n") == 1  # r begins one, and does not count as one


def test_play_says_first_what_the_game_is(run, monkeypatch):
    typed(monkeypatch, "q\n")
    _, out, _ = run("play", SEA)
    card = gym.make(SEA).unwrapped.describe()
    assert out.startswith(f"{SEA}\n{card.summary}\naction: {card.action['action']}\nreward: {card.reward}\nq quits, ")
    typed(monkeypatch, "q\n")
    _, out, _ = run("play", "Pendulum-v1")
    assert out.startswith("Pendulum-v1\naction: Box(-2..2, [1], float32)\n")


def test_play_shows_few_digits(run):
    _, out, _ = run("play", "SparseReacher-v0", "--agent", "random")
    actions = [line for line in out.splitlines() if line.startswith("action [")]
    assert actions and max(map(len, actions)) <= len("action [-0.123 -0.456]")


def test_play_at_random_is_the_same_for_the_same_seed(run):
    one, two = (run("play", SEA, "--agent", "random", "--seed", "5")[1] for _ in range(2))
    other = run("play", SEA, "--agent", "random", "--seed", "6")[1]
    assert one == two != other and "terminated after 10 steps" in one


def test_play_in_text(run, monkeypatch):
    typed(monkeypatch, "is it 8?\nq\n")
    code, out, _ = run("play", "GuessNumberText-v0")
    assert code == 0 and "step 1: reward" in out and "is it 8?" in out


def test_play_a_foreign_id_shows_observations(run, monkeypatch):
    typed(monkeypatch, "1\nq\n")
    code, out, _ = run("play", "CartPole-v1")
    assert code == 0 and out.count("[") >= 2 and "step 1: reward 1, return 1" in out


def told(self, state):
    """Info columns of a world with a mission: it changes at the second row, where something is in the hand."""
    deep = state["cell"] >= self.size
    return {
        "mission": np.where(deep, "swim", "dive"),
        "carrying": np.where(deep, "a pearl", ""),
        "carrying_key": deep,
    }


def test_play_says_the_mission_when_it_is_new_and_what_is_carried(run, monkeypatch):
    monkeypatch.setattr(DeepSea, "inform", told)
    typed(monkeypatch, "0\n0\nr\nq\n")
    code, out, _ = run("play", SEA)
    first, one, two, again = out.split("> ")[:4]
    assert code == 0 and first.endswith("$\nmission: dive\n") and "mission: swim\n" in one
    assert one.endswith("; carrying: a pearl; carrying key: True\n") and "mission" not in two
    assert "mission: dive" in again


# -- play at a terminal ----------------------------------------------------------------------------------------------

PAGE, BACK = "\x1b[?1049h", "\x1b[?1049l"


@pytest.fixture
def terminal():
    """Runs a command at a terminal of 30 rows; `script`: pairs (what the screen must show first, what is done then).

    Returns the exit code or what was raised, and all that was written; the terminal must be left as it was.
    """

    def go(script, *argv, columns=100, no_color=""):
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 30, columns, 0, 0))
        before, handler = termios.tcgetattr(theirs), signal.getsignal(signal.SIGTERM)
        written, over = [], threading.Event()

        def person():
            rest, left, decoder = "", list(script), codecs.getincrementaldecoder("utf-8")()
            while not over.is_set() or select.select([ours], [], [], 0)[0]:
                if select.select([ours], [], [], 0.02)[0]:
                    written.append(decoder.decode(os.read(ours, 65536)))  # a read may end within a sign
                    rest += written[-1]
                if left and left[0][0] in rest:
                    shown, act = left.pop(0)
                    rest = rest.split(shown, 1)[1]
                    act() if callable(act) else os.write(ours, act)
                elif time.monotonic() > late:  # or a failing test would wait for ever
                    os.write(ours, b"q\n")

        late = time.monotonic() + 30
        thread = threading.Thread(target=person)
        thread.start()
        stdin, stdout = os.fdopen(os.dup(theirs)), os.fdopen(os.dup(theirs), "w")
        with stdin, stdout, pytest.MonkeyPatch.context() as patch:
            patch.setenv("TERM", "xterm-256color")
            patch.setenv("NO_COLOR", no_color)
            patch.setattr(sys, "stdin", stdin)
            patch.setattr(sys, "stdout", stdout)
            try:
                code = main(list(argv))
            except Exception as e:
                code = e
            finally:
                stdout.flush()
                over.set()
                thread.join()
        assert termios.tcgetattr(theirs) == before and signal.getsignal(signal.SIGTERM) == handler
        os.close(ours)
        os.close(theirs)
        return code, "".join(written).replace("\r\n", "\n")

    return go


def test_keys_play_on_a_page_of_their_own(terminal, monkeypatch):
    monkeypatch.setattr(DeepSea, "keys", {"left": 0, "a": 0, "right": 1, "space": 1})
    env = gym.make(SEA)
    env.reset(seed=2)
    rewards = [env.step(action)[1] for action in (0, 1, 1, 0, 0, 1)]
    script = [
        ("step 0:", b"\x1b[D"),
        ("step 1:", b"\x1bOC "),
        ("step 3:", b"?A"),
        ("step 4:", b"01"),
        ("step 6:", b"q"),
    ]
    code, out = terminal(script, "play", SEA, "--seed", "2")
    assert code == 0
    page, after = out.split(PAGE)[1].split(BACK)
    assert "left/a 0   right/space 1" in page and "q quits" in page and "reward: -0.001 for each step" in page
    for k, reward in enumerate(rewards, 1):
        assert f"step {k}: reward {reward:g}, return {sum(rewards[:k]):g}" in page
    assert page.count("\x1b[H") == 7  # drawn in place: at first and after each key that acts
    # The last picture and what came of it stay.
    assert after.split("\n")[0] == SEA and after.endswith(f"left after 6 steps, return {sum(rewards):g}\n")
    assert "\no" not in after and after.count("$") == 1


def test_the_page_says_the_mission_and_what_is_carried(terminal, monkeypatch):
    monkeypatch.setattr(DeepSea, "inform", told)
    _, out = terminal([("mission: dive", b"0"), ("mission: swim", b"q")], "play", SEA)
    one, two = out.split(BACK)[0].split("\x1b[H")[1:]
    assert "; carrying: nothing; carrying key: False" in one and "; carrying: a pearl; carrying key: True" in two


def test_keys_begin_anew_and_say_what_came_before(terminal):
    script = [("step 0:", b"0r"), ("step 0:", b"." * 10), ("before: terminated after 10 steps", b"\x04")]
    code, out = terminal(script, "play", SEA, "--episodes", "2")
    assert code == 0 and "left after 0 steps, return 0" in out.split(BACK)[1]


def test_the_terminal_is_as_before_after_an_interrupt(terminal):
    script = [("step 0:", b"0"), ("step 1:", lambda: os.kill(os.getpid(), signal.SIGINT))]
    code, out = terminal(script, "play", SEA)
    assert code == 130 and BACK in out


def test_the_terminal_is_as_before_after_it_was_told_to_end(terminal):
    script = [("step 0:", lambda: os.kill(os.getpid(), signal.SIGTERM))]
    code, out = terminal(script, "play", SEA)
    assert code == 128 + signal.SIGTERM and BACK in out


def test_the_terminal_is_as_before_after_an_error(terminal, monkeypatch):
    def fails(self, state, action, rng):
        raise ArithmeticError("planted")

    monkeypatch.setattr(DeepSea, "move", fails)
    code, out = terminal([("step 0:", b"1")], "play", SEA)
    assert isinstance(code, ArithmeticError) and BACK in out


def test_colours_are_for_terminals(terminal, run, monkeypatch):
    red = "\x1b[0;31mo\x1b[0m"
    monkeypatch.setattr(DeepSea, "text", lambda self, state, i: red)
    typed(monkeypatch, "q\n")
    _, out, _ = run("play", SEA)
    assert "\no\n" in out and "\x1b" not in out
    assert red in terminal([("step 0:", b"q")], "play", SEA)[1]
    plain = terminal([("step 0:", b"q")], "play", SEA, no_color="1")[1]
    assert "\x1b[2Ko\x1b[0m" in plain and red not in plain


def test_a_picture_too_high_leaves_room_for_what_is_said(terminal, monkeypatch):
    monkeypatch.setattr(DeepSea, "text", lambda self, state, i: "\n".join(f"row {k}" for k in range(50)))
    _, out = terminal([("step 0:", b"q")], "play", SEA, columns=50)
    page = out.split("\x1b[H")[1].split(BACK)[0]
    lines = [line.removeprefix("\x1b[2K").removesuffix("\x1b[0m") for line in page.split("\x1b[J")[0].split("\n")]
    assert len(lines) == 30 and "..." in lines and lines[1] == "row 0" and lines[-1].startswith("q quits")
    assert max(map(len, lines)) <= 50  # long lines are wrapped


def test_actions_without_keys_are_typed_at_a_terminal_too(terminal):
    code, out = terminal([("> ", b"0.5\n"), ("step 1:", b"q\n")], "play", "Pendulum-v1")
    assert code == 0 and PAGE not in out and "left after 1 step" in out


@pytest.mark.parametrize(
    ("data", "pressed"),
    [
        (b"aB 7", ["a", "B", "space", "7"]),
        (b"\x1b[A\x1b[B\x1bOC\x1b[D", ["up", "down", "right", "left"]),
        (b"\x1b[5~\x1b[6~\r\t\x7f\x04", ["pageup", "pagedown", "enter", "tab", "backspace", "end of input"]),
        (b"\x1b", ["escape"]),
        (b"\x1b[1;5Cx", ["x"]),  # a key that has no name here
        ("é\x01".encode(), ["é"]),
        (b"\xffq", ["q"]),
        (b"", []),
    ],
)
def test_the_names_of_keys(data, pressed):
    assert screen.key_names(data) == pressed


# -- play into a file ------------------------------------------------------------------------------------------------


def test_what_was_played_is_a_gif(run, monkeypatch):
    typed(monkeypatch, "0\n1\nr\n1\nq\n")
    code, out, _ = run("play", SEA, "--seed", "4", "--gif", "new/sea.gif")
    assert code == 0 and out.endswith("new/sea.gif: 5 pictures\n")
    env = gym.make(SEA, render_mode="rgb_array")
    expected = []
    for actions in ((0, 1), (1,)):
        env.reset(seed=4)
        expected.append(env.render())
        for action in actions:
            env.step(action)
            expected.append(env.render())
    with Image.open("new/sea.gif") as image:
        assert image.n_frames == 5
        for k, frame in enumerate(expected):
            image.seek(k)
            assert np.abs(np.asarray(image.convert("RGB")).astype(int) - frame).max() <= 16  # 256 colours of more


def test_an_interrupted_game_is_kept(terminal, tmp_path):
    script = [("step 0:", b"0"), ("step 1:", lambda: os.kill(os.getpid(), signal.SIGINT))]
    code, _ = terminal(script, "play", SEA, "--gif", str(tmp_path / "sea.gif"))
    with Image.open(tmp_path / "sea.gif") as image:
        assert code == 130 and image.n_frames == 2


def test_a_file_that_cannot_be_written_is_refused_before_the_game(run, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    (tmp_path / "folder").mkdir()
    for path, code, said in (("file/a.gif", 1, "cannot write"), ("folder", 2, "is a folder")):
        assert run("play", SEA, "--gif", path)[:2] == (code, "")
        assert said in run("play", SEA, "--gif", path)[2]
    monkeypatch.setitem(gym.registry, "Blind-v0", gym.envs.registration.EnvSpec("Blind-v0", entry_point=gym.Env))
    code, out, err = run("play", "Blind-v0", "--gif", "a.gif")
    assert code == 2 and out == "" and "Blind-v0 draws no pictures" in err


@pytest.mark.parametrize(
    ("space", "word", "action"),
    [
        (spaces.Discrete(3, start=5), "6", 6),
        (spaces.Box(-1, 1, (2,), np.float32), "0.5 -1", [0.5, -1]),
        (spaces.Box(-1, 1, (2,), np.float32), "0.5,-1", [0.5, -1]),
        (spaces.MultiDiscrete([3, 4]), "2 3", [2, 3]),
        (spaces.MultiBinary(3), "0 1 1", [0, 1, 1]),
        (spaces.Text(9, charset="ab c"), "a b", "a b"),
    ],
)
def test_read_actions(space, word, action):
    found = players.read(word, space)
    assert space.contains(found) and np.array_equal(found, action)
    assert space.contains(players.read("", space))
    for wrong in ("nonsense!", "99 99 99 99"):
        with pytest.raises(BadOption, match="is no action"):
            players.read(wrong, space)


# -- train -----------------------------------------------------------------------------------------------------------


def means(out):
    """Label -> printed mean true return."""
    lines = [line.split(": true return") for line in out.splitlines() if ": true return" in line]
    return {label.strip(): float(rest.split()[0]) for label, rest in lines}


def test_train_our_own_agent_with_a_bonus(run):
    argv = ["train", "DeepSea-v0", "--agent", "q-learning", "--bonus", "count", "--weight", "0.5", "--steps", "20000"]
    code, out, _ = run(*argv)
    assert code == 0 and "task + 0.5 count_bonus" in out
    shown = means(out)
    assert shown["random play"] < 0.2 and shown["untrained"] < 0.2 and shown["after 20000 steps"] == pytest.approx(0.99)
    folder = Path("runs/rewardlab-DeepSea-v0-q-learning-0")
    assert {p.name for p in folder.iterdir()} == {"agent.ckpt", "reward.ckpt", "QLearning"}
    from rewardlab.agents import QLearning
    from rewardlab.rewards import load_reward

    agent = QLearning.load(folder / "agent.ckpt")
    values, unfinished = training.returns(SEA, lambda obs: agent.predict(obs, deterministic=True)[0], 3, 0)
    assert values == pytest.approx([0.99] * 3) and unfinished == 0
    _, bonus = load_reward(folder / "reward.ckpt").terms
    assert bonus.weight == 0.5 and bonus.reward.counts(np.arange(101), rows=(101,)).sum() == 20000
    tags = written(folder / "QLearning")
    assert {"reward/task", "reward/count_bonus", "rollout/ep_rew_mean", "rollout/ep_true_mean"} <= tags


def written(folder):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    events = EventAccumulator(str(folder))
    events.Reload()
    return set(events.Tags()["scalars"])


@pytest.mark.parametrize(("agent", "env"), [("ppo", SEA), ("dqn", SEA), ("sac", "Pendulum-v1")])
def test_train_an_algorithm_of_stable_baselines(run, agent, env):
    import stable_baselines3 as sb3

    argv = ["--agent", agent, "--steps", "128", "--num-envs", "4", "--episodes", "2", "--out", "here"]
    code, out, err = run("train", env, *argv, "--bonus", "count")
    assert code == 0, err
    assert len(means(out)) == 3 and "/128 [" in err
    model = getattr(sb3, agent.upper()).load("here/agent.zip")
    assert model.num_timesteps >= 128
    tags = set().union(*(written(p) for p in Path("here").glob(f"{agent.upper()}_1")))
    assert {"reward/task", "reward/count_bonus", "reward/paid"} <= tags


def test_equal_seeds_print_equal_numbers(run):
    argv = ["train", SEA, "--agent", "a2c", "--steps", "200", "--num-envs", "4", "--episodes", "3"]
    assert run(*argv)[1] == run(*argv)[1]


def test_random_returns_are_those_of_the_card():
    values, unfinished = training.returns(SEA, None, 400, 0)
    card = gym.make(SEA).unwrapped.describe()
    assert unfinished == 0 and abs(values.mean() - card.random_return) < 4 * values.std() / 20
    best, _ = training.returns("CartPole-v1", None, 5, 0)
    assert len(best) == 5 and (best > 5).all()


def test_an_episode_that_does_not_end_is_told(run, monkeypatch):
    monkeypatch.setattr(training, "LONGEST", 5)
    values, unfinished = training.returns(SEA, None, 3, 0)
    assert len(values) == 0 and unfinished == 3
    training._show("random play", values, unfinished)


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["Pendulum-v1", "--agent", "dqn"], "dqn on Pendulum-v1: actions in Box(-2..2, [1], float32)"),
        (["Pendulum-v1", "--agent", "dqn"], "--agent ppo, a2c, sac, td3, ddpg"),
        (["CartPole-v1", "--agent", "q-learning"], "QLearning: observations in Box(-inf..inf, [4], float32)"),
        (["GuessNumberText-v0"], "observations of Text"),
        (["DeepSea-v0", "--out", "file"], "file: cannot write: a file stands where a folder is needed"),
        (["DeepSea-v0", "--out", "file/below"], "file/below: cannot write: a file stands where a folder is needed"),
        (["DeepSea-v0", "--agent", "q-learning", "--out", "/proc/here"], "/proc/here: cannot write"),
    ],
)
def test_what_does_not_fit_is_said_without_a_traceback(run, argv, said):
    Path("file").write_text("mine")
    code, _, err = run("train", *argv, "--episodes", "2", "--steps", "64")
    assert code == 1 and said in err and len(err.splitlines()) <= 4
    assert [p.name for p in Path().iterdir()] == ["file"] and Path("file").read_text() == "mine"  # nothing half-written


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["train", SEA, "--bonus", "potential"], "Potential needs phi"),
        (["train", SEA, "--reward", "bradley-terry"], "learned from comparisons, and here are none"),
        (["train", SEA, "--steps", "0"], "--steps 0"),
        (["train", SEA, "--num-envs", "-2"], "--num-envs -2"),
        (["train", SEA, "--weight", "nan", "--bonus", "count"], "--weight nan"),
        (["train", SEA, "--seed", "-1"], "seed -1"),
        (["play", SEA, "--seed", "-1"], "seed -1"),
        (["play", SEA, "--episodes", "0"], "--episodes 0"),
        (["check", SEA, "--seed", "-1"], "seed -1"),
        (["check", SEA, "--steps", "0"], "steps=0"),
        (["bench", "smoke", "--jobs", "0"], "jobs=0"),
        (["check", "no_such_module:My-v0"], "no module 'no_such_module'"),
    ],
)
def test_a_bad_value_is_not_understood(run, argv, said):
    code, out, err = run(*argv)
    assert code == 2 and out == "" and said in err and "expected: " in err
    assert not [*Path().iterdir()]


def test_an_environment_that_lacks_its_engine_is_told_in_one_line(run):
    def make():
        raise gym.error.DependencyNotInstalled("the engine is missing, pip install engine")

    gym.register("Lacking-v0", entry_point=make)
    try:
        code, _, err = run("train", "Lacking-v0")
    finally:
        del gym.registry["Lacking-v0"]
    assert code == 1 and err.startswith("gymnasium: the engine is missing") and len(err.splitlines()) == 1


OWN = """
import gymnasium as gym
from gymnasium import spaces


class Coin(gym.Env):
    \"\"\"Heads pays.\"\"\"

    observation_space, action_space = spaces.Discrete(1), spaces.Discrete(2)

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        return 0, {}

    def step(self, action):
        return 0, float(self.np_random.random() < 0.5), True, False, {}


gym.register("own/Coin-v0", entry_point="my_coin:Coin")
"""


def test_an_environment_of_one_s_own_is_named_by_its_module(run, monkeypatch):
    Path("my_coin.py").write_text(OWN)
    Path("my_typo.py").write_text("import my_coin\nraise ValueError('half done')\n")
    Path("my_needs.py").write_text("import no_such_package\n")
    monkeypatch.setattr(sys, "path", [p for p in sys.path if p])
    try:
        code, out, _ = run("check", "my_coin:own/Coin-v0", "--no-strict", "--steps", "40")
        assert code == 0 and "own/Coin-v0: " in out and "ok      hash_order" in out
        code, out, _ = run("describe", "my_coin:own/Coin-v0")
        assert code == 0 and "Heads pays." in out
        code, _, err = run("play", "my_coin:own/Coyn-v0")
        assert code == 2 and "did you mean 'own/Coin-v0'" in err
        code, _, err = run("check", "my_typo:own/Coin-v0")
        assert code == 2 and "import my_typo: ValueError: half done" in err
        code, _, err = run("check", "my_needs:own/Coin-v0")
        assert code == 2 and "my_needs: it needs no_such_package" in err
    finally:
        for name in ("my_coin", "my_typo", "my_needs"):
            sys.modules.pop(name, None)
        gym.registry.pop("own/Coin-v0", None)


@pytest.mark.parametrize(("rows", "steps"), [(1, 40), (3, 100), (8, 64), (24, 3000)])
def test_ppo_learns_on_whole_batches_and_says_nothing(run, rows, steps):
    import stable_baselines3 as sb3

    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        argv = ["--steps", str(steps), "--num-envs", str(rows), "--episodes", "1", "--out", "here"]
        code, out, err = run("train", SEA, *argv)
    assert code == 0 and "(1 episode)" in out, err
    model = sb3.PPO.load("here/agent.zip")
    assert model.n_steps * rows % model.batch_size == 0 and model.n_steps * rows <= 2048


def test_names_of_rewards_and_agents():
    assert type(names.make_reward("count")).__name__ == type(names.make_reward("CountBonus")).__name__ == "CountBonus"
    assert (
        names.agent("PPO") == "ppo"
        and names.agent("ucb1").name == "UCB1"
        and names.agent("q-learn").name == "QLearning"
    )
    with pytest.raises(UnknownName):
        names.agent("u-boat")
    assert names.environment("deep-sea") == SEA and names.environment("CartPole-v1") == "CartPole-v1"


# -- bench, report, check --------------------------------------------------------------------------------------------


def test_bench_report_and_the_file_to_open(run):
    code, out, err = run("bench", "smoke", "--jobs", "1", "--folder", "out")
    assert code == 0, err
    page = Path(out.splitlines()[-1].removeprefix("open "))
    assert page.is_file() and page.suffix == ".html" and "count bonus" in out
    page.unlink()
    again = run("report", "out")
    assert again[0] == 0 and again[1] == out[-len(again[1]) :] and page.is_file()


def test_a_part_of_a_suite_may_be_run_first(run):
    code, out, err = run("bench", "smoke", "--jobs", "1", "--folder", "out", "--only", "count bonus")
    assert code == 0 and "count bonus" in out and "none" not in out, err
    code, out, _ = run("bench", "smoke", "--jobs", "1", "--folder", "out")
    assert code == 0 and "none" in out
    code, _, err = run("bench", "smoke", "--only", "count bonos")
    assert code == 2 and "count bonus" in err


def test_report_of_what_is_none(run):
    code, out, err = run("report", "nowhere")
    assert code == 1 and out == "" and "nowhere: no results here" in err and "rewardlab bench quickstart" in err
    Path("runs/smoke").mkdir(parents=True)
    Path("runs/smoke/results.sqlite").touch()
    assert "did you mean 'runs/smoke'?" in run("report", "smoke")[2]


def test_check_says_what_holds(run):
    code, out, _ = run("check", "DeepSea-v0", "--steps", "50")
    assert code == 0 and "ok      deterministic" in out and "BROKEN" not in out and "like_single" in out


def test_check_says_what_is_broken(run):
    class Odd(gym.Env):
        """Pays a random number that no seed decides."""

        observation_space, action_space = spaces.Discrete(2), spaces.Discrete(2)

        def reset(self, *, seed=None, options=None):
            super().reset(seed=seed)
            return 0, {}

        def step(self, action):
            return 1, float(os.urandom(1)[0]), True, False, {}

    gym.register("Odd-v0", entry_point=Odd)
    try:
        code, out, err = run("check", "Odd-v0", "--no-strict", "--steps", "40")
    finally:
        del gym.registry["Odd-v0"]
    assert code == 1 and "BROKEN  deterministic" in out and "Odd-v0" in err


@pytest.mark.parametrize("no_color", ["", "1"])
def test_pairs_are_labelled_at_the_terminal(terminal, no_color):
    with LabelStore("labels", repeats=0.0) as store:
        pairs, frames = worth(4)
        store.add(pairs, frames=frames, task="The dot is to go right.")
    script = [
        ("0 of 4 labelled   frame 3 of 6", b"\x1b[D"),  # the clips play by themselves
        ("1 of 4 labelled   frame 1 of 6", b"2"),
        ("2 of 4 labelled   frame 1 of 6", b"\x7f"),
        ("back to the pair before", b" ."),
        ("frame 2 of 6   paused", b"e"),
        ("2 of 4 labelled   frame 1 of 6", b"q"),
    ]
    code, out = terminal(script, "label", "labels", "--terminal", "--name", "Ada", no_color=no_color)
    assert code == 0 and "The dot is to go right." in out and ("▀" in out) == (not no_color)
    assert out.split(BACK)[1].startswith("2 of 4 pairs are labelled")
    with LabelStore("labels") as store:
        batch, _ = store.labelled()
        assert batch.info["query"].tolist() == [1, 2] and batch.info["label"].tolist() == [1.0, 0.5]
        assert list(store.statistics()) == ["Ada"]


def test_labelling_at_the_terminal_needs_one(run):
    code, _, err = run("label", "labels", "--terminal")
    assert code == 2 and "this is no terminal" in err and "--terminal" in err


# -- real processes --------------------------------------------------------------------------------------------------


def test_interrupted_it_stops_with_one_line():
    env = os.environ | {"PYTHONUNBUFFERED": "1"}
    # Heard even where the tests themselves run in the background of a shell, which is deaf to it.
    hears = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"
    command = [sys.executable, "-c", f"{hears}; from rewardlab.cli import main; raise SystemExit(main())", "play", SEA]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True, env=env) as child:
        seen = ""
        while not seen.endswith("> "):
            seen += child.stdout.read(1)
        child.send_signal(signal.SIGINT)
        _, err = child.communicate(timeout=20)
    assert child.returncode == 130 and err.split() == ["stopped"]


@pytest.mark.parametrize(("agent", "left"), [("a2c", "A2C_1"), ("q-learning", "QLearning")])
def test_training_that_is_interrupted_saves_no_half_trained_agent(agent, left):
    command = [sys.executable, "-m", "rewardlab", "train", SEA, "--agent", agent, "--steps", "100000000", "--out", "o"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as child:
        seen = ""
        while "step/s" not in seen:  # the bar moves
            seen += child.stderr.read(1)
        time.sleep(0.5)
        child.send_signal(signal.SIGINT)
        _, err = child.communicate(timeout=20)
    assert child.returncode == 130 and err.rstrip().splitlines()[-1].startswith("stopped: no agent was saved")
    assert [p.name for p in Path("o").iterdir()] == [left] and "Traceback" not in err


def test_a_closed_pipe_is_no_mistake_and_list_is_quick():
    start = time.monotonic()
    done = subprocess.run(
        f"{sys.executable} -m rewardlab list | head -1", shell=True, capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("environments (") and done.stderr == ""
    assert time.monotonic() - start < 20  # about 0.4 s on a quiet machine
