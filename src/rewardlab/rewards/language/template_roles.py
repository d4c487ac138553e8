"""The three roles of Auto MC-Reward without a language model: a library of predicates, and rules.

The Designer joins predicates over the features of an environment; the Analyzer maps each cause of failure to the
predicate that is missing; the Critic accepts what the trial has accepted.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rewardlab.core.oracle import Answer, Prompt
from rewardlab.rewards.language.evolution.features import Kind
from rewardlab.rewards.language.evolution.sheet import Sheet, read_sheet

PREDICATE = re.compile(r"\b(approach|avoid|reach|finish) (\w+)|\b(die)\b")


@dataclass(frozen=True)
class TemplateRoles:
    """An `Ask` that plays the Designer, the Critic and the Analyzer.

    Predicates: `approach X` (a distance has shrunk), `avoid X` (it is at most 1), `reach X` (a flag holds), `finish X`
    (a share of the work is done), `die` (the episode ends without success).

    Args:
        sheet: what predicates may use, from `read_sheet`.
    """

    sheet: Sheet

    @staticmethod
    def of(text: str, signature: Any, *, task: str = "") -> "TemplateRoles":
        """For an environment, from what it says of itself and what a program may read."""
        return TemplateRoles(read_sheet(text, signature, task=task))

    def __call__(self, prompts: Sequence[str]) -> list[str]:
        return [Answer(self._answer(p), author="templates") for p in prompts]

    def _answer(self, prompt: str) -> str:
        system = prompt.system if isinstance(prompt, Prompt) else ""
        if "Critic" in system:
            return "accept"
        held = self._named("\n".join(re.findall(r"# (.*)$", str(prompt), re.MULTILINE)))
        if "Analyzer" in system:
            return self._advice(str(prompt), held)
        advice = re.search(r"Advice of the Analyzer:\n(.*)", str(prompt), re.DOTALL)
        wanted = [*held, *self._named(advice[1] if advice else "")]
        key = prompt.key if isinstance(prompt, Prompt) else ()
        number = key[-1] if key and isinstance(key[-1], int) else 0
        fresh = [p for p in self._library() if p not in wanted]
        wanted += fresh[: number + (0 if wanted else 1)]
        return f"```python\n{self._code(list(dict.fromkeys(wanted)))}```\n"

    def _library(self) -> list[str]:
        """Predicates by the worth of their features, the guiding ones only."""
        words = {Kind.DISTANCE: "approach", Kind.SHARE: "finish", Kind.FLAG: "reach"}
        ranked = sorted((f for f in self.sheet.features.values() if f.worth >= 1), key=lambda f: -f.worth)
        usable = [f for f in ranked if f.kind in words and f.name != "success" and f.sign >= 0]
        return [f"{words[f.kind]} {f.name}" for f in usable if f.kind is not Kind.DISTANCE or f.before]

    def _named(self, text: str) -> list[str]:
        """The predicates that a text names, for features that exist."""
        found = [m[3] or f"{m[1]} {m[2]}" for m in PREDICATE.finditer(text)]
        return [p for p in dict.fromkeys(found) if p == "die" or p.split()[1] in self.sheet.features]

    def _advice(self, text: str, held: Sequence[str]) -> str:
        """Causes to missing predicates, the most frequent cause first."""
        missing = []
        for cause in re.findall(r"failed episodes: (.*)$", text, re.MULTILINE):
            never = re.search(r"never (\w+)", cause)
            if cause.startswith("death"):
                missing.append("die")
            elif never and never[1] in self.sheet.features:
                missing.append(f"reach {never[1]}")
        missing += [f"avoid {name}" for name in re.findall(r"of a death: (\w+) <= 1", text)]
        missing = [p for p in dict.fromkeys(missing) if p not in held]
        missing = missing or [p for p in self._library() if p not in held][:1]
        return "\n".join(f"Missing predicate: {p}" for p in missing) or "Nothing is missing."

    def _code(self, predicates: Sequence[str]) -> str:
        """Two functions with one line for each predicate."""
        lines = ["def dense(obs, action, next_obs, info):", "    total = 0.0"]
        for p in predicates:
            word, _, name = p.partition(" ")
            if p == "die":
                continue
            feature = self.sheet.features[name]
            now, before = feature.now[0], feature.before[0] if feature.before else ""
            if word == "approach":
                pay = f"np.sign({before} - {now})"
            elif word == "avoid":
                pay = f"-2.0 * ({now} <= 1)"
            elif word == "reach":
                pay = f"1.0 * {now} - 1.0 * {before}" if before else f"0.1 * (1.0 * {now} - 1.0)"
            else:
                pay = f"np.sign({now} - {before})" if before else f"0.1 * ({now} / {feature.size:g} - 1.0)"
            lines += [f"    # {p}", f"    total = total + {pay}"]
        lines += ["    return total", ""]
        success = '1.0 * info["success"]' if "success" in self.sheet.features else "0.0"
        if "die" in predicates:
            lines += ["def sparse(obs, action, next_obs, info, terminated):", f"    success = {success}", "    # die"]
            lines += ["    return success - 1.0 * terminated * (1.0 - success)", ""]
        else:
            lines += ["def sparse(obs, action, next_obs, info):", f"    return {success}", ""]
        return "\n".join(lines)
