"""What a benchmark shows, in words made from its numbers."""

from collections.abc import Sequence

from rewardlab.benchmarks.metrics import Estimate
from rewardlab.benchmarks.results import BASELINE, ENOUGH, SOLVED, Results, short


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
        f"{_counted(len(methods), 'way').capitalize()} of paying an agent, on {_counted(len(envs), 'environment')}, "
        f"with {seeds} seed{'s' if many > 1 else ''} each: {len(results.records)} runs, "
        "all judged on the task's true reward."
    ]
    whole = [(m, e) for m in methods if results.covered(m) == envs and (e := results.overall(m)) is not None]
    best = max(whole, key=lambda x: float(x[1].value), default=None)
    base = results.overall(BASELINE) if BASELINE in methods else None
    among = "" if len(whole) == len(methods) else ", among the methods that have a case in each,"
    if best is not None and len(whole) > 1 and few >= ENOUGH:
        lead = f"Over all environments{among} the highest interquartile mean is that of {best[0]}, {_number(best[1])}"
        if base is not None and best[0] != BASELINE:
            lead += f"; without any help ({BASELINE}) it is {_number(base)}"
        said.append(lead + ".")
    elif whole:
        said.append(
            f"Interquartile means over all environments{among.rstrip(',')}: "
            + ", ".join(f"{m} {_number(e)}" for m, e in whole)
            + "."
        )
    better, worse = [], []
    for m in methods:
        p = results.improvement(m)
        if p is not None and p.low > 0.5:
            better.append(m)
        if p is not None and p.high < 0.5:
            worse.append(m)
    if better:
        said.append(
            f"More likely than not to beat {BASELINE}, with the whole interval above one half: {listed(better)}."
        )
    elif BASELINE in methods and len(methods) > 1:
        said.append(f"No method beats {BASELINE} with its whole interval above one half.")
    if worse:
        said.append(f"More likely to do harm: {listed(worse)}.")
    solved = {e: [m for m in methods if e in results.solved(m)] for e in envs}
    by_all = [short(e) for e in envs if solved[e] and len(solved[e]) == sum(bool(results.cell(m, e)) for m in methods)]
    by_none = [short(e) for e in envs if not solved[e]]
    if by_all:
        said.append(f"Every method solves {listed(by_all)}.")
    for env in envs:
        if 0 < len(solved[env]) < 3 and short(env) not in by_all:
            said.append(f"{short(env)} is solved by {listed(solved[env])} alone.")
    if by_none:
        said.append(f"Nothing here solves {listed(by_none)}.")
    if few < ENOUGH:
        said.append(f"With fewer than {ENOUGH} seeds the intervals are rough, and this page claims no ranking.")
    return " ".join(said)


def caveats(results: Results) -> list[str]:
    """What is missing or mixed in this folder."""
    out = []
    bad, left = results.jobs_in("quarantined"), len(results.jobs) - len(results.records)
    left -= len(bad)
    if left:
        out.append(f"{left} of {len(results.jobs)} runs are not finished yet; the numbers will change.")
    if bad:
        names = sorted({f"{j.spec['method']} on {short(j.spec['env'])}" for j in bad})
        out.append(
            f"{len(bad)} runs failed three times and are left out: {listed(names)}. Their logs are in the store."
        )
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
    seeds = f"{few} seeds" if few == many else f"{few} to {many} seeds"
    out = [
        f"Interquartile mean of the {what}.",
        f"Below it the 95 % interval of a stratified bootstrap over {seeds}; ✓ solved: above {SOLVED}.",
    ]
    if any(len(results.covered(m)) < len(results.envs) for m in results.methods):
        out.append("– no such case in the suite, or no run finished; * over the environments that have one.")
    if few < ENOUGH:
        out.append(f"Fewer than {ENOUGH} seeds: the intervals are rough, and no ranking is claimed.")
    return out + caveats(results)


def digits(value: float) -> str:
    """Two decimals, without a sign before zero."""
    return f"{round(float(value), 2) + 0.0:.2f}"


def span(e: Estimate) -> str:
    """The interval of an estimate."""
    return f"[{digits(float(e.low))}, {digits(float(e.high))}]"


def _number(e: Estimate) -> str:
    return f"{digits(float(e.value))} {span(e)}"


def _counted(n: int, word: str) -> str:
    words = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
    return f"{words[n] if n < len(words) else n} {word}{'' if n == 1 else 's'}"


def listed(names: Sequence[str]) -> str:
    """Names as a phrase: "a, b and c"."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
