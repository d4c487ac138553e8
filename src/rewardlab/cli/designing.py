"""`rewardlab design`: from a sentence to a vetted reward, trained and chosen, as a file."""

import importlib
import re
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from rewardlab.cli import names
from rewardlab.core.errors import BadOption, RewardlabError, UnknownName, nearest
from rewardlab.core.oracle import Ask
from rewardlab.core.reward import Reward
from rewardlab.core.rng import check_seed

if TYPE_CHECKING:
    from rewardlab.benchmarks.design_training import Course
    from rewardlab.core.batch import Transitions
    from rewardlab.rewards.language.design.context import Context
    from rewardlab.rewards.language.design.loop import Designed

SYSTEMS = {
    "text2reward": "rewardlab.rewards.language.text2reward:Text2Reward",
    "reflection": "rewardlab.rewards.language.reflection:Reflection",
    "auto_mc_reward": "rewardlab.rewards.language.auto_mc_reward:AutoMCReward",
    "icpl": "rewardlab.rewards.language.icpl:ICPL",
    "evolution": "rewardlab.rewards.language.evolution.evolving:Evolution",
}
"""Systems by name, and where they stand."""


def design(
    env: names.EnvName,
    *,
    task: str = "",
    oracle: str = "evolution",
    system: str = "",
    rounds: int = 2,
    candidates: int = 3,
    steps: int = 100_000,
    weight: float = 1.0,
    alone: bool = False,
    episodes: int = 50,
    seed: int = 0,
    jobs: int = 1,
    out: Path | None = None,
    budget_calls: int | None = None,
    budget_cost: float | None = None,
    budget_seconds: float | None = None,
    price_in: float = 0.0,
    price_out: float = 0.0,
    patience: float | None = None,
    audits: bool = True,
    sandbox: Literal["jail", "none"] = "jail",
    language: Literal["numeric", "python"] = "numeric",
) -> None:
    """Design a reward for a task: candidates are written, vetted in a sandbox, audited, trained on and compared.

    A run that was stopped goes on with the same command; a finished one shows again what came of it, without a question
    asked or an agent trained.

    Example: rewardlab design rewardlab/SparseReacher-v0 --oracle recorded

    Args:
        env: any Gymnasium id.
        task: what is wanted, in a sentence; the environment's own description if not given.
        oracle: who writes: evolution (no language model), recorded (the dialogues that come with rewardlab, or
            recorded:PATH), URL or URL#MODEL of an OpenAI-compatible server, local:NAME of a Hugging Face model, person.
        system: text2reward, reflection, auto_mc_reward, icpl or evolution; text2reward if not given, and evolution
            where evolution writes.
        rounds: at most.
        candidates: per round.
        steps: transitions that the agent of each candidate is trained on.
        weight: of the designed reward beside the task's own.
        alone: pay the designed reward alone.
        episodes: of each evaluation.
        seed: of everything.
        jobs: agents trained side by side.
        out: the folder; runs/design-ENV-SYSTEM-ORACLE-SEED if not given.
        budget_calls: answers that may be asked for.
        budget_cost: what they may cost, by the prices.
        budget_seconds: of asking and training together.
        price_in: of a million tokens of prompts.
        price_out: of a million tokens of answers.
        patience: seconds to wait for a batch of answers; as long as it takes if not given.
        audits: audit each accepted candidate.
        sandbox: none tries programs in a process without walls, where a machine has none: the reward language, in which
            nothing can be reached, is then all that shuts them in. Every result says so.
        language: in what programs are written: numeric, which is compiled to array operations, or python, any Python
            and NumPy, which only the jail runs, ten to ninety times slower.
    """
    from rewardlab.benchmarks.design_training import Course
    from rewardlab.rewards.language.design.budget import Budget

    counts = {"rounds": rounds, "candidates": candidates, "steps": steps, "episodes": episodes, "jobs": jobs}
    _check(counts, seed, language, sandbox)
    env_id = names.environment(env)
    course = Course(env_id, steps=steps, weight=weight, alone=alone, seed=seed, episodes=episodes, jobs=jobs)
    chosen = make_system(system or ("evolution" if oracle == "evolution" else "text2reward"))
    folder = out or Path("runs") / _folder(env_id, chosen.name, oracle, seed, language)
    folder.mkdir(parents=True, exist_ok=True)
    ask = None if oracle == "evolution" else make_oracle(oracle, folder, cost=budget_cost, prices=(price_in, price_out))
    context, batch = _look_at(env_id, task, language, seed)
    ask = ask or make_grammar(context, chosen.name, seed=seed)
    shown = re.sub(r"//[^/]*@", "//", oracle)  # a password in a URL is written nowhere
    print(f"{env_id}: {context.task}")
    print(f"{chosen.name}, answers by {shown}, {rounds} rounds of {candidates}, {steps} steps each, seed {seed}"
          + ", in whole Python" * (language == "python"))  # fmt: skip
    made = _shown(
        chosen, context, ask, course, batch, folder / "transcript.jsonl", oracle=shown, rounds=rounds, size=candidates,
        budget=Budget(calls=budget_calls, cost=budget_cost, seconds=budget_seconds), patience=patience, audits=audits,
        walls=sandbox,
    )  # fmt: skip
    _deliver(made, course, folder)


def _check(counts: Mapping[str, int], seed: int, language: str, sandbox: str) -> None:
    """Refuse what cannot be done, before anything is made."""
    for option, value in counts.items():
        names.at_least_one(f"--{option}", value, where="rewardlab design")
    check_seed(seed, where="rewardlab design --seed")
    if language == "python" and sandbox == "none":
        raise BadOption(
            "whole Python without walls", where="rewardlab design", expected="--sandbox jail",
            mend="rewardlab doctor says what brings the walls back; or --language numeric",
        )  # fmt: skip


def _folder(env_id: str, system: str, oracle: str, seed: int, language: str) -> str:
    """The name of the folder of a design."""
    kind = oracle.partition(":")[0].lower()
    return f"design-{env_id.replace('/', '-')}-{system}-{kind}-{seed}{'-python' * (language == 'python')}"


def _look_at(
    env_id: str, task: str, language: Literal["numeric", "python"], seed: int
) -> "tuple[Context, Transitions]":
    """What a designer is told of an environment, and recorded steps [B] of it."""
    from rewardlab.benchmarks.design_play import recorded_batch
    from rewardlab.core.sandbox import Signature
    from rewardlab.rewards.language.design.context import Context

    batch = recorded_batch(env_id, seed=seed)
    summary, card = card_of(env_id)
    return Context(env_id, task or summary, card, Signature.of_batch(batch), language), batch


def _shown(
    system: Any, context: "Context", ask: Ask, course: "Course", batch: "Transitions", transcript: Path, *, oracle: str,
    audits: bool, walls: Literal["jail", "none"], **options: Any,
) -> "Designed":  # fmt: skip
    """The loop of the designers, on the screen as it goes."""
    from rewardlab.benchmarks.design_training import train_with
    from rewardlab.cli.design_screen import Screen
    from rewardlab.rewards.language.design import judging
    from rewardlab.rewards.language.design.loop import design_reward

    screen = Screen(options["rounds"])
    try:
        return design_reward(
            system, context, ask, train_with(course), batch, seed=course.seed, transcript=transcript,
            audit=auditor(course) if audits else None, watch=screen,
            vet=judging.python_sandbox if context.language == "python" else partial(judging.sandbox, walls=walls),
            settings={"oracle": oracle, **course.settings()}, **options,
        )  # fmt: skip
    except KeyboardInterrupt:
        raise KeyboardInterrupt(f"stopped; the same command goes on from {transcript}") from None
    finally:
        screen.close()


def _deliver(made: "Designed", course: "Course", folder: Path) -> None:
    """Write the best reward and the curves, and say how the reward is used."""
    from rewardlab.cli.design_screen import draw_curves
    from rewardlab.rewards.language.reward_file import write_reward

    context, env_id = made.context, course.env
    assert made.best is not None
    path = write_reward(
        made.best, folder / "reward.py", env=env_id, task=context.task, system=made.system,
        signature=context.signature, language=context.language,
    )  # fmt: skip
    draw_curves(made, folder / "curves.png")
    print(f"\n{made.stopped}; {made.spent.calls} answers, cost {made.spent.cost:.4g}, {made.spent.trainings} agents\n")
    print(path.read_text(encoding="utf-8"))
    print(f"reward: {path}   transcript: {folder / 'transcript.jsonl'}   curves: {folder / 'curves.png'}")
    bonus = f"--reward {path}" if course.alone else f"--bonus {path} --weight {course.weight:g}"
    print(f"use it: rewardlab train {env_id} {bonus} --steps {course.steps}")
    print(f"        rewardlab audit {env_id} --reward {path}")
    print(f'        from rewardlab.rewards.language import load_reward; load_reward("{path}", "{env_id}")')


def make_system(name: str) -> Any:
    """The system of this name.

    Raises:
        UnknownName: with the nearest ones.
    """
    word = name.lower().replace("-", "_")
    if word not in SYSTEMS:
        raise UnknownName(f"no system {name!r}", where="--system", mend=nearest(word, SYSTEMS))
    module, _, cls = SYSTEMS[word].partition(":")
    return getattr(importlib.import_module(module), cls)()


def make_oracle(text: str, folder: Path, *, cost: float | None, prices: tuple[float, float]) -> Ask:
    """Who answers; an endpoint keeps its ledger and its cache in the folder."""
    from rewardlab.core.oracle import Cache, Ledger, read_oracle

    if not text.lower().startswith(("http:", "https:")):
        return read_oracle(text)
    if cost is not None and not any(prices):
        raise BadOption(
            "a cap on the cost without prices", where="--budget-cost", expected="what a million tokens cost",
            mend="--price-in 0.5 --price-out 1.5",
        )  # fmt: skip
    ledger = Ledger(folder / "ledger.sqlite", limit_cost=cost, price_in=prices[0], price_out=prices[1])
    return read_oracle(text, ledger=ledger, cache=Cache(folder / "answers.sqlite"))


def make_grammar(context: Any, system: str, *, seed: int) -> Ask:
    """The oracle that is no language model: a grammar over what the environment says of itself."""
    from rewardlab.rewards.language.evolution.asking import EvolutionAsk
    from rewardlab.rewards.language.template_roles import TemplateRoles

    if system == "auto_mc_reward":
        return TemplateRoles.of(context.card, context.signature, task=context.task)
    return EvolutionAsk.of(context.card, context.signature, task=context.task, seed=seed)


def card_of(env_id: str) -> tuple[str, str]:
    """What a designer is told of an environment: the task in a sentence, and the whole description.

    For an environment of others, its spaces.
    """
    from rewardlab.benchmarks.design_play import Recipe

    envs = Recipe.of(env_id).make(env_id, rows=1)
    try:
        describe = getattr(envs.unwrapped, "describe", None)
        if describe is not None:
            card = describe()
            return str(card.summary), str(card)
        spaces = f"Observation: {envs.single_observation_space}\nAction: {envs.single_action_space}"
        return f"earn as much of the reward of {env_id} as possible", spaces
    finally:
        envs.close()


def auditor(course: Any) -> Callable[[Reward], str]:
    """A reward to the audit of the pipeline that it would pay in, in one line."""
    from rewardlab.benchmarks.design_play import Recipe
    from rewardlab.rewards.metrics import audit
    from rewardlab.rewards.metrics.auditing.distances import distances

    def line(reward: Reward) -> str:
        envs = Recipe.of(course.env).make(course.env, rows=32)
        try:
            found = audit(envs, course.pays(reward), steps=128, seed=course.seed)
            alone = distances(envs, reward, seed=course.seed) if found.exact else {}
            return summary(found) + far(alone, "The designed reward alone: ")
        except (RewardlabError, ValueError) as e:
            return f"none: {str(e).splitlines()[0]}"
        finally:
            envs.close()

    return line


def summary(found: Any) -> str:
    """An audit in one line: how it was made, what is grave, whether the optimum is kept and what is lost."""
    grave = [f.words for f in found.findings if f.grade in ("fault", "warning")]
    if not found.exact:
        return f"(from play) {' '.join(grave[:2]) or 'no fault was seen; play cannot prove that the optimum is kept.'}"
    kept = [f.words for f in found.findings if f.name in ("optimum", "potential") and f.grade != "fault"]
    lost = "" if found.regret is None else f"True regret up to {found.regret[1]:.1%}."
    return " ".join(["(exact)", *grave[:2], *kept[:2], lost]).strip() + far(found.distances)


def far(distances: Mapping[str, float], whose: str = "") -> str:
    """Distances to the task's reward in a sentence; "" if there are none."""
    told = ", ".join(f"{name.upper()} {value:.3f}" for name, value in sorted(distances.items(), reverse=True))
    return f" {whose}{told}." if told else ""
