"""`docs/interfaces.md`: its code runs, its commands, paths, names and statuses are those that there are."""

import importlib.util
import inspect
import re
from pathlib import Path

import pytest
from dialogue_server import served

from rewardlab.cli import dialogue_server, main
from rewardlab.envs.text import exports
from rewardlab.envs.text.exports import Episodes

PAGE = (Path(__file__).parents[4] / "docs" / "interfaces.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```python\n(.*?)^```", PAGE, flags=re.DOTALL | re.MULTILINE)


def block(word):
    """The only block of code that holds a word."""
    (found,) = [b for b in BLOCKS if word in b]
    return found


def needs(package):
    """Skip where a package is not installed."""
    return pytest.mark.skipif(importlib.util.find_spec(package) is None, reason=f"needs {package}")


@pytest.mark.parametrize("word", ["Brevity", "trl_verifier", "environment.calc"])
def test_its_code_runs(word, capsys):
    exec(block(word), {"__name__": "page"})
    assert word != "environment.calc" or "'outcome': " in capsys.readouterr().out


def test_its_client_runs():
    with served(Episodes("rewardlab/ArithChain-Calculator-v0")) as url:
        exec(block("HttpDialogue").replace("http://127.0.0.1:8090", url), {})


@needs("trl")
def test_its_trainer_runs(tmp_path, monkeypatch):
    from trl_trainer import model, tokenizer

    monkeypatch.setenv("TRL_EXPERIMENTAL_SILENCE", "1")
    monkeypatch.chdir(tmp_path)
    words = tokenizer()
    model(words).save_pretrained("tiny")
    words.save_pretrained("tiny")
    code = block("GRPOTrainer(\n").replace("Qwen/Qwen3-0.6B", str(tmp_path / "tiny"))
    code = code.replace("max_steps=100", "max_steps=1, use_cpu=True, bf16=False, report_to='none', logging_steps=1")
    code = code.replace("TASK, 1000", "TASK, 8").replace("max_completion_length=512", "max_completion_length=9")
    known = {}
    exec(code, known)
    (logged,) = [h for h in known["trainer"].state.log_history if "reward" in h]
    assert logged["success"] == 0 and "reward/outcome" in logged


@needs("verifiers")
def test_its_taskset_loads(capsys):
    exec(block("import verifiers"), {})
    assert "rewardlab/WordGuess-v0#2" in capsys.readouterr().out


def test_its_names_and_options_are_there(capsys):
    assert main(["serve", "--help"]) == 0
    flags = capsys.readouterr().out
    said = re.findall(r"`(--[a-z]+)", PAGE)
    assert said and all(word in flags for word in said)
    rows = re.findall(r"`(\w+)\(TASK|`(HttpDialogue)\(|`(trl_\w+)`", PAGE)
    names = {name for row in rows for name in row if name}
    assert len(names) == 7 and names <= set(exports.__all__)


def test_its_statuses_and_paths_are_those_of_the_server():
    told = {int(s) for s in re.findall(r"^\| (\d{3}) \|", PAGE, flags=re.MULTILINE)}
    source = inspect.getsource(dialogue_server)
    answered = {status for _, status in dialogue_server._STATUS} | {400, 401, 403, 405, 413, 415}
    assert told == answered and "400" not in source.replace("64 kB", "")  # from `body_of`
    paths = {p.replace("ID", "{key}") for p in re.findall(r"\| `(?:GET|POST|DELETE) (/[\w/]*)`", PAGE)}
    assert paths == set(re.findall(r'Route\("([^"]+)"', source))
