"""What a benchmark shows, in words made from its numbers."""

import sys
from collections.abc import Sequence

import numpy as np

from rewardlab.benchmarks.metrics import Estimate
from rewardlab.benchmarks.results import BASELINE, ENOUGH, SOLVED, Results, short

APART = 0.05  # between the runs of two methods, to be worth a word
NAMES = {"score": "normalised score", "area": "area under the curve", "success": "success rate"}


def title(results: Results) -> str:
    """The question that the suite asks, or its name."""
    first = str(results.about["text"]).strip().partition("\n")[0]
    return (
        first.partition("?")[0] + "?" if "?" in first else first.rstrip(".") or f"Benchmark “{results.about['suite']}”"
    )


def summary(results: Results) -> str:
    """One paragraph in words, made from the numbers."""
    methods, envs = results.methods, results.envs
    few, many = results.seeds
    seeds = f"{few}" if few == many else f"{few} to {many}"
    said = [
        f"{counted(len(methods), 'way').capitalize()} of paying an agent, on {counted(len(envs), 'environment')}, "
        f"with {seeds} seed{'s' if many > 1 else ''} each: {len(results.records)} runs, "
        "all judged on the task's true reward."
    ]
    beside = [(m, e, b) for m in methods if (e := results.overall(m)) and (b := results.beside(m))]
    if beside:
        pairs = [f"{m} {digits(float(e.value))} ({digits(float(b.value))})" for m, e, b in beside]
        said.append(
            f"Average over the environments of each method, in brackets that of “{BASELINE}” in the same ones: "
            f"{listed(pairs)}."
        )
    whole = [(m, e) for m in methods if results.covered(m) == envs and (e := results.overall(m)) is not None]
    if few >= ENOUGH:
        if len(whole) > 1:
            best = max(whole, key=lambda x: float(x[1].value))
            among = "" if len(whole) == len(methods) else ", among the methods that have a case in each,"
            said.append(
                f"Over all environments{among} the highest interquartile mean is that of {best[0]}, {_number(best[1])}."
            )
        said += _compared(results)
    solved = {e: results.solved_by(e) for e in envs}
    by_all = [short(e) for e in envs if solved[e] and len(solved[e]) == sum(bool(results.cell(m, e)) for m in methods)]
    by_none = [short(e) for e in envs if not solved[e]]
    if by_all:
        said.append(f"All methods that were tried there solve {listed(by_all)}.")
    for env in envs:
        if 0 < len(solved[env]) < 3 and short(env) not in by_all:
            said.append(f"{short(env)} is solved with {listed(solved[env])} alone.")
    if by_none:
        said.append(f"Nothing here solves {listed(by_none)}.")
    if few < ENOUGH:
        said.append(f"With fewer than {ENOUGH} seeds this says what these runs did, and ranks no method.")
    return " ".join(said)


def _compared(results: Results) -> list[str]:
    """Which methods are more likely than not to beat the baseline, or to be beaten by it."""
    tried = {m: p for m in results.methods if (p := results.improvement(m)) is not None}
    better, worse = [m for m, p in tried.items() if p.low > 0.5], [m for m, p in tried.items() if p.high < 0.5]
    said = []
    if better:
        said.append(f"More likely than not to beat “{BASELINE}”, by the whole interval: {listed(better)}.")
    elif tried:
        said.append(f"No method beats “{BASELINE}” with its whole interval above one half.")
    if worse:
        said.append(f"More likely to do harm: {listed(worse)}.")
    return said


def learned(results: Results, env: str) -> str:
    """What the runs in one environment show, as counts: no more than few seeds can bear."""
    scores = {m: results.scores(m, env) for m in results.methods if results.cell(m, env)}
    above: dict[tuple[int, int], list[str]] = {}
    for method, x in scores.items():
        above.setdefault((int((x > SOLVED).sum()), len(x)), []).append(_quoted(method))
    counts = [f"{k} of {n} with {listed(names)}" for (k, n), names in sorted(above.items(), reverse=True)]
    said = [f"Runs that scored above {SOLVED}: {', '.join(counts)}."] if counts else []
    base = scores.pop(BASELINE, None)
    if base is not None and scores:
        over = [m for m, x in scores.items() if x.min() - base.max() >= APART]
        under = [m for m, x in scores.items() if base.min() - x.max() >= APART]
        for names, word in ((over, "more"), (under, "less")):
            if names:
                said.append(
                    f"All runs with {listed(names)} scored {word} than all with “{BASELINE}”, by {APART} at least."
                )
        if not over and not under:
            said.append(f"No method's runs lie apart from those with “{BASELINE}”.")
    return " ".join(said)


def caveats(results: Results) -> list[str]:
    """What is missing or mixed in this folder."""
    out = []
    bad, left = results.jobs_in("quarantined"), len(results.jobs) - len(results.records)
    left -= len(bad)
    if left:
        out.append(f"{left} of {len(results.jobs)} runs {'is' if left == 1 else 'are'} not finished yet.")
    if bad:
        names = sorted({f"{j.spec['method']} on {short(j.spec['env'])}" for j in bad})
        out.append(
            f"{counted(len(bad), 'run')} failed three times and {'is' if len(bad) == 1 else 'are'} left out, which may "
            f"flatter: {listed(names)}. The store holds the logs."
        )
    if results.unscored:
        out.append(f"{counted(results.unscored, 'run')} ended without a finite score, counted as 0, the random policy.")
    sources = {r.get("versions", {}).get("source") for r in results.records}
    if len(sources) > 1:
        out.append(f"The runs were made by {len(sources)} states of the source code; for one state, use a new folder.")
    places = {r.get("platform") for r in results.records}
    if len(places) > 1:
        out.append(f"The runs come from {len(places)} platforms.")
    return out


def notes(results: Results) -> list[str]:
    """What the numbers are, and what must not be read into them."""
    what = {
        "score": "normalised true return after training: 0 is the random policy, 1 the optimal one",
        "area": "normalised true return, averaged over training: 0 is the random policy, 1 the optimal one",
        "success": "share of successful episodes after training",
    }[results.about["metric"]]
    few, many = results.seeds
    seeds = counted(few, "seed") if few == many else f"{few} to {many} seeds"
    out = [
        f"Interquartile mean of the {what}.",
        f"Below it the 95 % interval of a stratified bootstrap over {seeds}; ✓ solved: above {SOLVED}.",
    ]
    gaps = any(len(results.covered(m)) < len(results.envs) for m in results.methods)
    if BASELINE in results.methods and len(results.methods) > 1:
        out.append(
            f"average: over all runs of the row; {BASELINE} there: the same of “{BASELINE}” in the row's own "
            f"environments; beats {BASELINE}: the probability that a run of the row scores more than a run "
            f"of “{BASELINE}” in the same environment."
        )
    if gaps:
        out.append(
            "– no such case in the suite, or no run finished; * some missing: not to be compared down the column."
        )
    if few < 4:
        out.append(
            "Of fewer than four runs an interquartile mean is their mean, and its interval goes from the worst to the "
            "best of them: too narrow for the truth."
        )
    if few < ENOUGH:
        out.append(f"Fewer than {ENOUGH} seeds: no ranking is claimed.")
    return out + caveats(results)


def digits(value: float) -> str:
    """Two decimals, without a sign before zero."""
    return f"{round(float(value), 2) + 0.0:.2f}"


def span(e: Estimate) -> str:
    """The interval of an estimate."""
    if np.isnan(e.low):
        return "one run"
    return f"[{digits(float(e.low))}, {digits(float(e.high))}]"


def missing(results: Results, method: str, env: str) -> str:
    """ " (2 of 3)" where a cell has fewer runs than were asked for."""
    have, want = len(results.cell(method, env)), results.asked(method, env)
    return f" ({have} of {want})" if have < want else ""


def _number(e: Estimate) -> str:
    return f"{digits(float(e.value))} {span(e)}"


def show(text: str) -> None:
    """Write a line at once, also into a pipe."""
    sys.stdout.write(text.rstrip("\n") + "\n")
    sys.stdout.flush()


def counted(n: int, word: str) -> str:
    """A number with its noun: "one run", "two runs", "12 runs"."""
    words = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
    return f"{words[n] if n < len(words) else n} {word}{'' if n == 1 else 's'}"


def _quoted(method: str) -> str:
    return f"“{method}”" if method == BASELINE else method


def listed(names: Sequence[str]) -> str:
    """Names as a phrase: "a, b and c"."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
