"""Dialogues as a taskset of verifiers, with the environment that plays them and the harness that speaks.

verifiers' own command finds them when it is called through this module, which gives itself a name without dots:

    python -m rewardlab.envs.text.exports.verified rewardlab_dialogues -n 20
        --env.taskset.dialogue rewardlab/WordGuess-v0

A task is the first message of one seed. The environment steps the dialogue as the user of the conversation: each reply
of the model is a message, each answer of the partner or a tool the next turn. The verifier's parts are the rewards of
the trace, whose sum is what the conversation earned. Calls of tools are written in the reply, as the task asks for.
"""

import asyncio
import sys
from collections.abc import Iterator
from typing import Any

from rewardlab.core.errors import BadOption
from rewardlab.envs.text.exports.sheet import begin, dialogue, paid
from rewardlab.envs.text.exports.trl_rows import added
from rewardlab.envs.text.transcripts import messages

try:
    import verifiers.v1 as vf
except ImportError as e:
    raise BadOption(f"this needs verifiers: {e}", where=__name__, mend="pip install 'rewardlab[verifiers]'") from e

__all__ = ["DialogueEnv", "DialogueTaskset", "SpeakingHarness"]
ID = "rewardlab_dialogues"  # verifiers looks for plugins by the name of a module, and takes no dots in it
SILENCE = "(no answer)"  # an empty turn of the partner: models take none


class DialogueConfig(vf.TasksetConfig):
    """Which dialogue, with which parameters, and which seeds of it."""

    dialogue: str = "rewardlab/ArithChain-v0"
    parameters: dict[str, Any] = {}
    seed: int = 0
    count: int = 1000


class DialogueData(vf.TaskData):
    """One task: the dialogue, its parameters and its seed."""

    dialogue: str
    parameters: dict[str, Any]
    seed: int


class DialogueTask(vf.Task[DialogueData, vf.State, vf.TaskConfig]):
    """What is scored while it is played: `DialogueEnv` records the verifier's parts."""


class DialogueTaskset(vf.Taskset[DialogueTask, DialogueConfig]):
    """The tasks of `count` seeds, from `seed`."""

    def load(self) -> Iterator[DialogueTask]:
        """One task a seed."""
        config = self.config
        env, rules = dialogue(config.dialogue, **config.parameters)
        about = rules.card().summary
        for seed in range(config.seed, config.seed + config.count):
            begin(env, seed)
            data = DialogueData(
                name=f"{config.dialogue}#{seed}",
                description=about,
                prompt=messages(env)[0]["content"],
                dialogue=config.dialogue,
                parameters=config.parameters,
                seed=seed,
            )
            yield DialogueTask(data, config.task)
        env.close()


class DialogueEnvConfig(vf.EnvConfig):
    """Who plays: by default a model that only speaks, which needs no container."""

    player: vf.AgentConfig = vf.AgentConfig(runtime=vf.SubprocessConfig())


class DialogueEnv(vf.Env[DialogueEnvConfig]):
    """Steps the dialogue as the model's user."""

    async def run(self, task: Any, agents: Any) -> None:
        """One conversation; its parts, `success` and `turns` go into the trace."""
        data = task.data
        env, rules = await asyncio.to_thread(dialogue, data.dialogue, **data.parameters)
        begin(env, data.seed)
        parts: dict[str, float] = dict.fromkeys((*getattr(rules, "parts", ("outcome",)),), 0.0)
        success, turns = False, 0
        try:
            async with agents.player.interaction(task) as interaction:
                segment = await interaction.turn()
                while not segment.terminated:
                    step = await asyncio.to_thread(env.step, rules.fit(segment.last_reply))
                    _, reward, terminated, truncated, info = step
                    parts, turns = added(parts, paid(float(reward), info)), turns + 1
                    success = bool(info.get("success", False))
                    if terminated or truncated:
                        break
                    segment = await interaction.turn(messages(env)[-1]["content"] or SILENCE)
            trace = interaction.trace
            for name, value in parts.items():
                trace.record_reward(name, value, 1.0)
            trace.record_metric("success", float(success))
            trace.record_metric("turns", float(turns))
        finally:
            env.close()


class SpeakingConfig(vf.HarnessConfig):
    """Nothing to set."""


class SpeakingHarness(vf.Harness[SpeakingConfig]):
    """One request to the model for each turn, from this process: no program, no container."""

    APPENDS_SYSTEM_PROMPT = True
    SUPPORTS_RESUME = True
    EXECUTES_CODE = False
    NEEDS_CONTAINER = False

    async def launch(
        self,
        ctx: Any,
        trace: Any,
        runtime: Any,
        endpoint: str,
        secret: str,
        mcp_urls: dict[str, str],
        data: Any,
    ) -> Any:
        """Ask once, with all that was said."""
        import httpx

        system, prompt = self.resolve_prompt(data)
        said = [{"role": "system", "content": system}] if system else []
        if isinstance(prompt, str):
            said.append({"role": "user", "content": prompt})
        else:
            said += [{"role": m.role, "content": m.content or ""} for m in prompt or ()]
        async with httpx.AsyncClient(timeout=None, trust_env=False) as client:
            response = await client.post(
                f"{endpoint}/chat/completions",
                json={"model": ctx.model, "messages": said},
                headers={"authorization": f"Bearer {secret}"},
            )
        return vf.ProgramResult(1 if response.is_error else 0, "", response.text if response.is_error else "")


def named() -> None:
    """Let verifiers find this module in this process, by `ID`."""
    sys.modules.setdefault(ID, sys.modules[__name__])


if __name__ == "__main__":
    from verifiers.v1.cli.eval.main import main

    from rewardlab.envs.text.exports import verified

    verified.named()
    main()
