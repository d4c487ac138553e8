"""A dialogue as TRL's environment: methods are tools with schemas, the pay is the environment's, one step of GRPO."""

import importlib.util
import inspect
from typing import Literal

import gymnasium as gym
import pytest
from chain_answers import CALCULATOR, CHAIN, answers

from rewardlab.core.errors import BadOption, ResetNeeded
from rewardlab.envs.text.exports import sheet, trl_environment, trl_environment_reward, trl_rows
from rewardlab.envs.text.exports import trl_environment as made_of
from rewardlab.envs.text.toolbox import Toolbox
from rewardlab.envs.text.tools import Function
from rewardlab.envs.text.transcripts import messages

WORLD = "rewardlab/ToolWorld-v0"
needs_trl = pytest.mark.skipif(importlib.util.find_spec("trl") is None, reason="needs trl")


def methods(kind):
    """What TRL takes for tools: functions of the class, but for `reset`, `get_reward` and private ones."""
    found = dict(inspect.getmembers(kind, predicate=inspect.isfunction))
    return {k: v for k, v in found.items() if k not in ("reset", "get_reward") and not k.startswith("_")}


def test_methods_are_the_tools_and_say():
    kind = trl_environment(WORLD)
    assert kind.__name__ == "ToolWorldv0" and set(methods(kind)) == {t["name"] for t in sheet(WORLD)["tools"]} | {"say"}
    signature = inspect.signature(kind().calendar)
    assert [p.annotation for p in signature.parameters.values()] == [Literal["free", "book", "cancel"], str, int, str]
    assert signature.parameters["hour"].default == 0 and signature.return_annotation is str
    assert inspect.signature(kind().notes).parameters["value"].annotation == (str | None)
    assert (
        set(methods(trl_environment(CHAIN))) == {"say"}
        and "answer: N" in methods(trl_environment(CHAIN))["say"].__doc__
    )


def test_schemas_are_those_of_the_tools():
    """As transformers makes them of signature and docstring, for the chat template."""
    from transformers.utils import get_json_schema

    environment = trl_environment(WORLD)()
    for tool in sheet(WORLD)["tools"]:
        made = get_json_schema(getattr(environment, tool["name"]))["function"]
        assert made["name"] == tool["name"] and made["description"] == tool["description"]
        assert made["parameters"].get("required", []) == tool["parameters"]["required"]
        assert made["parameters"]["properties"].keys() == tool["parameters"]["properties"].keys()
        for name, about in tool["parameters"]["properties"].items():
            found = made["parameters"]["properties"][name]
            assert (found["type"], found.get("enum")) == (about["type"], about.get("enum"))
            assert found["description"] == about.get("description", name)
    assert get_json_schema(environment.say)["function"]["parameters"]["required"] == ["message"]


def test_the_conversation_is_that_of_the_environment():
    environment, env = trl_environment(CALCULATOR)(), gym.make(CALCULATOR)
    for seed in (4, 5, 4):
        env.reset(seed=seed)
        assert environment.reset(seed=seed, other="column") == messages(env)[0]["content"]
        assert environment.calc(expression="2+3") == environment.calc("2+3") == "5"
        assert environment.calc(expression="1/0").startswith("error: ") and "no argument" in environment.calc(x="1")
        assert environment.reward == 0 and not environment.done
        environment.say(answers(CALCULATOR, [seed])[seed])
        assert (environment.reward, environment.done, environment.success) == (1.0, True, True)
        assert environment.parts["outcome"] == 1.0 and sum(environment.parts.values()) == 1.0
        for late in (lambda: environment.say("a"), lambda: environment.calc(expression="1")):
            with pytest.raises(ResetNeeded, match="is over"):
                late()


def test_the_first_message_is_said_once():
    (row,) = trl_rows(CHAIN, 1)
    environment = trl_environment(CHAIN)()
    assert environment.reset(**row) is None
    first = row["prompt"][-1]["content"]
    assert environment.reset(prompt=[{"role": "user", "content": ""}], seed=0) == first
    assert environment.reset(prompt=[{"role": "user", "content": [{"type": "text", "text": first}]}], seed=0) is None


def test_the_last_words_are_heard_and_only_once():
    kind, right = trl_environment(CALCULATOR), answers(CALCULATOR, [0])[0]
    said = [
        [{"role": "assistant", "content": right}],
        [{"role": "assistant", "content": "answer: 99"}],
        [{"role": "assistant", "content": right, "tool_calls": [{}]}],  # cut off in the middle of a call
        [{"role": "assistant", "content": "x"}, {"role": "tool", "content": right}],
        [],
        right,
    ]
    environments = [kind() for _ in said]
    for e in environments:
        e.reset(seed=0)
    metrics = {}
    paid = trl_environment_reward(["?"] * 6, said, environments=environments, log_metric=metrics.__setitem__)
    assert paid == [1, 0, 0, 0, 0, 1] and metrics["reward/outcome"] == metrics["success"] == pytest.approx(1 / 3)
    again = [[{"role": "assistant", "content": right}]] * 6
    assert trl_environment_reward(["?"] * 6, again, environments=environments) == paid


def test_mistakes_are_named(monkeypatch):
    with pytest.raises(BadOption, match="no dialogue"):
        trl_environment("rewardlab/DeepSea-v0")
    with pytest.raises(BadOption, match="without a seed"):
        trl_environment(CHAIN)().reset()
    with pytest.raises(ResetNeeded, match="is over"):
        trl_environment(CHAIN)().say("before the first reset")
    for environments in (None, [object()]):
        with pytest.raises(BadOption, match="no dialogues"):
            trl_environment_reward(["?"], ["a"], environments=environments)

    def say(x: str) -> str:
        """Say."""
        return x

    module = inspect.getmodule(made_of)
    monkeypatch.setattr(module, "toolbox", lambda rules: Toolbox(Function(say)))
    with pytest.raises(BadOption, match="a tool named 'say'"):
        trl_environment(CHAIN)


@needs_trl
@pytest.mark.parametrize("opened", [True, False])
def test_one_step_of_grpo_with_calls(tmp_path, monkeypatch, opened):
    """Half of the completions call the calculator and say the answer, by `say` or at the end; the others give up."""
    from trl_trainer import call, trainer

    monkeypatch.setenv("TRL_EXPERIMENTAL_SILENCE", "1")
    rows = trl_rows(CALCULATOR, 3)
    firsts = {row["prompt"][-1]["content"]: row["seed"] for row in rows}
    right = answers(CALCULATOR, firsts.values())
    if not opened:
        rows = [{**row, "prompt": [{"role": "user", "content": ""}]} for row in rows]

    def speak(prompts, turn):
        seeds = [next(s for first, s in firsts.items() if first in text) for text in prompts]
        if turn == 0:
            return [call("calc", expression="6*7") if i % 2 else "I give up" for i in range(len(prompts))]
        assert all("42" in text for text in prompts)  # what the calculator said
        if opened:
            return [right[s] for s in seeds]
        return [call("say", message=right[s]) for s in seeds] if turn == 1 else ["done"] * len(prompts)

    made = trainer(
        tmp_path,
        rows,
        reward_funcs=trl_environment_reward,
        environment_factory=trl_environment(CALCULATOR),
        completion=400,
        speak=speak,
    )
    made.train()
    (logged,) = [h for h in made.state.log_history if "reward" in h]
    assert logged["reward"] == logged["success"] == logged["reward/outcome"] == 0.5
    assert logged["rewards/trl_environment_reward/mean"] == 0.5 and logged["tools/failure_frequency"] == 0
    assert logged["tools/call_frequency"] == (0.5 if opened else 1.0)


@needs_trl
def test_tasks_of_several_kinds_in_one_run(tmp_path, monkeypatch):
    from trl_trainer import trainer

    monkeypatch.setenv("TRL_EXPERIMENTAL_SILENCE", "1")
    kinds = {"chain": CHAIN, "calculator": CALCULATOR}
    rows = [{**row, "environment": k} for k, task in kinds.items() for row in trl_rows(task, 3)]
    right = {r["prompt"][0]["content"]: answers(kinds[r["environment"]], [r["seed"]])[r["seed"]] for r in rows}

    def speak(prompts, turn):
        assert all(("expression" in text) == ("@calc" in text) for text in prompts)  # its own tools and no others
        return [next(a for first, a in right.items() if first in text) for text in prompts]

    made = trainer(
        tmp_path,
        rows,
        reward_funcs=trl_environment_reward,
        environment_factory={k: trl_environment(task) for k, task in kinds.items()},
        completion=40,
        speak=speak,
    )
    made.train()
    (logged,) = [h for h in made.state.log_history if "reward" in h]
    assert logged["reward"] == logged["success"] == 1.0
