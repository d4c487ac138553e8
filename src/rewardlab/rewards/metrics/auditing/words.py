"""An audit on the screen: a table of behaviours, the numbers, the findings, and one sentence that sums up."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rewardlab.rewards.metrics.auditing.run import Audit


def text(audit: "Audit") -> str:
    """The whole audit as lines of text."""
    how = "exact, from the table" if audit.exact else f"from play, because {audit.why}"
    lines = [f"audit of {audit.reward}", f"in {audit.env} with gamma={audit.gamma:g} ({how})", "", *_table(audit), ""]
    if audit.distances:
        far = ", ".join(f"{k.upper()} {v:.3f}" for k, v in audit.distances.items())
        lines.append(f"distance to the true reward: {far} (0 the same, 1 the opposite)")
    if audit.regret is not None:
        low, high = audit.regret
        span = f"{high:.1%}" if high - low < 5e-4 else f"{low:.1%} to {high:.1%}"
        lines.append(f"true regret of who maximises this reward: {span}")
    if audit.ranking is not None:
        whom = "mixtures of random and optimal play" if audit.exact else "these policies"
        lines.append(f"rank correlation with the truth over {whom}: {audit.ranking:.2f} (1 the same order)")
    lines += ["", *map(str, audit.findings), "", f"verdict: {verdict(audit)}"]
    return "\n".join(lines)


def verdict(audit: "Audit") -> str:
    """One sentence."""
    faults = [f for f in audit.findings if f.grade == "fault"]
    warnings = [f for f in audit.findings if f.grade == "warning"]
    if faults:
        return f"do not train on this reward: {_count(len(faults), 'fault')} ({', '.join(f.name for f in faults)})."
    sure = "" if audit.exact else " Play cannot prove that the optimum is kept."
    if warnings:
        return f"usable with care: {_count(len(warnings), 'warning')} ({', '.join(f.name for f in warnings)}).{sure}"
    return f"no fault was found.{sure}"


def _count(n: int, word: str) -> str:
    return f"{n} {word}" + ("s" if n > 1 else "")


def _table(audit: "Audit") -> list[str]:
    parts = list(dict.fromkeys(k for b in audit.behaviours for k in b.shares))
    head = ["behaviour", "paid", "true", "|pay|", "least", "most", "zero", *parts]
    rows = [head]
    for b in audit.behaviours:
        numbers = [f"{x:.4g}" for x in (b.paid, b.true, b.size, b.low, b.high)]
        rows.append([b.name, *numbers, f"{b.sparsity:.0%}", *(f"{b.shares.get(k, 0.0):.0%}" for k in parts)])
    wide = [max(len(row[k]) for row in rows) for k in range(len(head))]
    lines = [
        "  ".join(c.ljust(w) if k == 0 else c.rjust(w) for k, (c, w) in enumerate(zip(r, wide, strict=True)))
        for r in rows
    ]
    return [lines[0], "-" * len(lines[0]), *lines[1:]]
