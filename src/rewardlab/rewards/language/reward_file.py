"""A designed reward as a file: plain Python that anybody can read, with where it comes from in its head.

The head is comments, "key: value" each: task, system, author, hashes of prompt and program, scores, the audit's line,
the language, and the signature that the program was written for. What is read back is compiled by the sandbox, or run
by it in the jail if it is whole Python; it is never imported.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rewardlab.core.batch import Transitions
from rewardlab.core.errors import BadOption, BadProgram, BadStore
from rewardlab.core.files import write_atomic
from rewardlab.core.reward import Task
from rewardlab.rewards.language.design.candidate import Candidate
from rewardlab.rewards.language.design.context import Language
from rewardlab.rewards.language.programmed import Programmed, in_python

if TYPE_CHECKING:
    from rewardlab.core.sandbox import Signature

_LONGEST = 200_000  # bytes
_ABOVE = (
    "import math\nimport numpy as np\n\n\n"  # whole Python: what the worker gives it, for those who import the file
)
_IMPORTS = re.compile(r"^(import numpy as np|import math)[ \t]*\n", re.MULTILINE)


def write_reward(
    candidate: Candidate,
    path: str | Path,
    *,
    env: str,
    task: str,
    system: str,
    signature: "Signature",
    language: Language = "numeric",
) -> Path:
    """Write a candidate as a file that can be read, imported, and given to `load_reward` or to `--reward`.

    Args:
        candidate: accepted.
        path: of the file, which is replaced.
        env: the id it was designed for.
        task: the sentence.
        system: that designed it.
        signature: what it may read.
        language: that it is written in.

    Returns:
        The path.

    Raises:
        BadStore: if it cannot be written.
    """
    trained, verdict = candidate.trained, candidate.verdict
    scores = "not trained" if trained is None else f"task return {trained.task_return:.6g}"
    if trained is not None and trained.success == trained.success:
        scores = f"success {trained.success:.4g}, {scores}"
    head = {
        "env": env,
        "task": task,
        "system": system,
        "author": candidate.author,
        "candidate": f"{candidate.name}, from {', '.join(candidate.parents) or 'the task alone'}, "
        f"repairs: {candidate.repairs}",
        "prompt": candidate.prompt or "none",
        "program": candidate.hash,
        "scores": scores,
        "audit": (verdict.audit if verdict is not None else "") or "none",
        "signature": json.dumps(signature.to_json(), separators=(",", ":")),
    }
    if language == "python":
        head["language"] = language
    lines = [f"# {key}: {' '.join(str(value).split())}" for key, value in head.items()]
    use = f"# A designed reward; rewardlab train {env} --reward {Path(path).name} pays with it."
    if language == "python":
        write_atomic(path, "\n".join([use, *lines, "", _ABOVE + candidate.source.strip("\n"), ""]))
        return Path(path)
    imports = [f"import {k}" for k in ("math",) if re.search(r"\bmath\.", candidate.source)] + ["import numpy as np"]
    body = _IMPORTS.sub("", candidate.source).strip("\n")
    write_atomic(path, "\n".join([use, *lines, "", *imports, "", "", body, ""]))
    return Path(path)


def read_head(path: str | Path) -> tuple[dict[str, str], str]:
    """The comments at the head of a reward file, and the program below them.

    Raises:
        BadStore: if the file cannot be read.
        BadProgram: if it is no text of a sensible size.
    """
    try:
        data = Path(path).read_bytes()
    except OSError as e:
        raise BadStore(f"{e.strerror or e}", where=str(path), expected="a reward file") from None
    try:
        text = data[: _LONGEST + 1].decode("utf-8")
    except UnicodeDecodeError:
        raise BadProgram("no UTF-8 text", where=str(path), expected="a Python file") from None
    if len(data) > _LONGEST:
        raise BadProgram(f"{len(data)} bytes", where=str(path), expected=f"at most {_LONGEST}")
    head: dict[str, str] = {}
    lines = text.replace("\r\n", "\n").split("\n")
    at = 0
    for at, line in enumerate(lines):  # noqa: B007  the first line that is no comment
        if not line.startswith("#"):
            break
        key, colon, value = line[1:].partition(": ")
        if colon and key.strip().isidentifier():
            head[key.strip()] = value.strip()
    body = "\n".join(lines[at:]).strip("\n")
    if head.get("language") == "python":
        return head, body.removeprefix(_ABOVE).strip("\n") + "\n"
    return head, _IMPORTS.sub("", body).strip("\n") + "\n"


def load_reward(path: str | Path, env: Any = None) -> Programmed:
    """The reward in a file.

    Args:
        path: of what `write_reward` wrote, or of any Python file with a function `reward` in the reward language. With
            a line "# language: python" at its head it may be any Python, which is run in the jail from its first step.
        env: what it is to pay in: an id, an environment, a `Signature`; None takes the signature in the file's head.

    Raises:
        BadStore: if the file cannot be read.
        BadProgram: if the program leaves the language, or reads what the environment does not have.
        BadOption: without an environment, for a file whose head says no signature.
    """
    from rewardlab.core.sandbox import Signature

    head, source = read_head(path)
    if env is None:
        try:
            signature = Signature.from_json(json.loads(head["signature"]))
        except (KeyError, ValueError, TypeError, AttributeError):
            raise BadOption(
                "the head of the file says no signature", where=str(path), expected="what the program may read",
                mend=f"load_reward({str(path)!r}, env)",
            ) from None  # fmt: skip
    else:
        signature = env if isinstance(env, Signature) else signature_of(env)
    if head.get("language", "numeric") not in ("numeric", "python"):
        raise BadProgram(f"language {head['language']!r:.40}", where=str(path), expected='"numeric" or "python"')
    if head.get("language") == "python":
        return in_python(source, signature)
    try:
        return Programmed(source, signature)
    except BadProgram as e:
        made = BadProgram(
            e.what, where=f"{path}, {e.where}" if e.where else str(path), expected=e.expected, mend=e.mend
        )
        made.__dict__.update(e.__dict__ | {"where": made.where})
        raise made from None


def edited(path: str | Path) -> bool:
    """Whether the program in a file is no longer the one that its head names."""
    head, source = read_head(path)
    bare = source.strip("\n") + "\n"
    return head.get("program", "") not in {hashlib.sha256(s.encode()).hexdigest() for s in (bare, bare.strip("\n"))}


def signature_of(env: Any) -> "Signature":
    """What a program may read in an environment, found by two steps of random play.

    Args:
        env: an id, a `gym.Env`, or a vector environment that resets in the same or in the next step.
    """
    from rewardlab.core.agent import as_vector_env
    from rewardlab.rewards.drivers.vector import PaidVector

    class Kept(Task):
        """The first step that a driver shows."""

        batch: Transitions | None = None

        def update(self, batch: Transitions) -> dict[str, float]:
            Kept.batch = Kept.batch or batch
            return {}

    envs = as_vector_env(env)
    paid = PaidVector(envs, Kept())
    paid.reset(seed=0)
    paid.action_space.seed(0)
    paid.step(paid.action_space.sample())
    if isinstance(env, str):
        paid.close()
    assert Kept.batch is not None
    return described(Kept.batch)


HIDDEN = ("is_success", "task_reward", "true_reward", "env_row", "level_seed")
"""Columns that no designer is shown: seeds, and the task's reward, which is a parameter of its own."""


def described(batch: Transitions) -> "Signature":
    """The signature of recorded steps without the columns that no designer is shown."""
    from dataclasses import replace

    from rewardlab.core.sandbox import Signature

    info: Mapping[str, Any] = {k: v for k, v in batch.info.items() if k not in HIDDEN and not k.startswith("_")}
    return Signature.of_batch(replace(batch, info=info))
