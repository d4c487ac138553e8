"""The report as one HTML page: no script, no other file, nothing from the network."""

import base64
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from rewardlab.benchmarks import cards, plots
from rewardlab.benchmarks.cards import escaped as _e
from rewardlab.benchmarks.metrics import Estimate
from rewardlab.benchmarks.results import BASELINE, SOLVED, Results, short
from rewardlab.benchmarks.words import NAMES, caveats, digits, learned, missing, span, summary, title


def render(
    results: Results,
    *,
    curves: Mapping[str, bytes],
    figures: Mapping[str, bytes],
    notes: Sequence[str],
    more: Sequence[str] = (),
) -> str:
    """The page.

    Args:
        results: what it reports.
        curves: environment -> SVG of its learning curves.
        figures: "runs", "averages", "profile" -> SVG.
        notes: below the table.
        more: HTML of a suite's own, between the figures and the environments.
    """
    about = results.about
    css = Path(__file__).with_name("page.css").read_text(encoding="utf-8")
    text = " ".join(str(about["text"]).strip().partition("\n\n")[2].split())
    warn = caveats(results)
    head = title(results)
    parts = [
        f'<p class="kicker">rewardlab · benchmark {_e(about["suite"])}</p><h1>{_e(head)}</h1>',
        f'<p class="lead">{_e(summary(results))}</p>',
        f'<p class="about">{_e(text)}</p>' if text else "",
        f'<div class="caveat">{"".join(f"<p>{_e(w)}</p>" for w in warn)}</div>' if warn else "",
        _facts(results),
        "<h2>Scores</h2>",
        _sub(notes[0]),
        _table(results),
        f'<div class="notes">{_scale()}{"".join(f"<p>{_e(n)}</p>" for n in notes[1:] if n not in warn)}</div>',
        "<h2>Learning curves</h2>",
        _sub("What the deterministic policy earns of the task's true reward while it learns; the agent is paid more."),
        '<div class="grid">',
        *(_image(svg, f"Learning curves in {short(env)}", below=learned(results, env)) for env, svg in curves.items()),
        _legend(results),
        "</div>",
        "<h2>Every run</h2>",
        _sub(
            f"The {NAMES[results.about['metric']]} of each run after training: one dot is one seed, the bar their "
            "interquartile mean. Dots far apart belong to a method that sometimes finds the way and sometimes does "
            "not; no average shows that."
        ),
        _image(figures["runs"], "Scores of all runs", natural=True),
        "<h2>All environments together</h2>",
        _sub(
            "Left: interquartile mean over all runs of a method with its interval; the hollow mark below it is "
            f"“{BASELINE}” in the same environments, the only fair thing to hold it against where some are missing "
            f"(*). Right: how probable it is that a run with the method beats one with “{BASELINE}” in the same "
            "environment, be it by ever so little; at one half there is no difference."
        ),
        _image(figures["averages"], "Averages and probabilities of improvement", natural=True),
        "<h2>Performance profile</h2>",
        _sub(
            f"The share of runs that score more than τ, beside that of “{BASELINE}” (dashed) in the same environments; "
            "the band is the 95 % interval. Where one line lies above the other, more runs got that far."
        ),
        _image(figures["profile"], "Performance profile", natural=True),
        *more,
        "<h2>The environments</h2>",
        f'<div class="cards">{"".join(cards.environment(results, e) for e in results.envs)}</div>',
        "<h2>The methods</h2>",
        f'<div class="cards">{"".join(cards.method(results, m, _sample(results, m)) for m in results.methods)}</div>',
        "<h2>The agents</h2>",
        f'<div class="cards small">{"".join(cards.agent(results, a, d) for a, d in about["agents"].items())}</div>',
        _failures(results),
        "<h2>How to get these numbers again</h2>",
        _again(results),
    ]
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{_e(head)} · rewardlab</title><style>{css}</style></head>\n<body><main>\n"
        + "\n".join(p for p in parts if p)
        + "\n</main></body></html>\n"
    )


def sheet(results: Results, parts: Sequence[str]) -> str:
    """A page of a suite that has a report of its own: its question, the parts given, the command and the versions.

    Args:
        results: what it reports.
        parts: HTML, in this order.
    """
    about, first = results.about, results.records[0]
    css = Path(__file__).with_name("page.css").read_text(encoding="utf-8")
    lead, _, text = str(about["text"]).strip().partition("\n\n")
    packages = ", ".join(f"{k} {v}" for k, v in first["versions"].items())
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{_e(about['suite'])} · rewardlab</title><style>{css}</style></head>\n<body><main>\n"
        f'<p class="kicker">rewardlab · benchmark {_e(about["suite"])}</p>'
        f"<h1>{_e(' '.join(lead.split()))}</h1>"
        f'<p class="about">{_e(" ".join(text.split()))}</p>'
        + "\n".join(parts)
        + f'<h2>How to get these numbers again</h2><pre class="command">{_e(about["command"])}</pre>'
        + f'<p class="source">{_e(packages)}; {_e(str(first["platform"]))}</p>'
        + "\n</main></body></html>\n"
    )


def _facts(results: Results) -> str:
    steps = sum(r["budget"] for r in results.records)
    hours = sum(r["cpu_seconds"] for r in results.records) / 3600
    few, many = results.seeds
    cells = (
        (len(results.envs), "environment" if len(results.envs) == 1 else "environments"),
        (len(results.methods), "method" if len(results.methods) == 1 else "methods"),
        (f"{few}" if few == many else f"{few}–{many}", "seed per cell" if many == 1 else "seeds per cell"),
        (len(results.records), "run" if len(results.records) == 1 else "runs"),
        (f"{steps / 1e6:.3g} M" if steps >= 1e6 else f"{steps / 1e3:.3g} k", "transitions"),
        (
            f"{hours:.1f} h" if hours >= 1 else f"{60 * hours:.0f} min" if hours > 1 / 60 else f"{3600 * hours:.0f} s",
            "of work by one core",
        ),
    )
    return f'<div class="facts">{"".join(f"<div><b>{_e(v)}</b>{_e(k)}</div>" for v, k in cells)}</div>'


def _table(results: Results) -> str:
    heads = "".join(f"<th>{_breakable(short(e))}</th>" for e in results.envs)
    compared = BASELINE in results.methods and len(results.methods) > 1
    if compared:
        heads += f"<th>average</th><th>“{_e(BASELINE)}” there</th><th>beats “{_e(BASELINE)}”</th>"
    else:
        heads += "<th>average</th>"
    rows = []
    for method in results.methods:
        cells = [_cell(results.estimate(method, env), missing(results, method, env)) for env in results.envs]
        star = " *" if len(results.covered(method)) < len(results.envs) else ""
        cells.append(_cell(results.overall(method), star=star, mark=False))
        if compared:
            cells += [_cell(results.beside(method), mark=False), _cell(results.improvement(method), plain=True)]
        rows.append(f"<tr><th>{_sample(results, method)}{_e(method)}</th>{''.join(cells)}</tr>")
    return (
        '<div class="wide"><table class="scores"><thead><tr><th></th>'
        f"{heads}</tr></thead><tbody>{''.join(rows)}</tbody></table></div>"
    )


def _cell(e: Estimate | None, count: str = "", *, star: str = "", mark: bool = True, plain: bool = False) -> str:
    if e is None:
        return '<td class="none">–</td>'
    value = float(e.value)
    tick = ' <span class="solved" title="solved">✓</span>' if mark and value > SOLVED and not plain else ""
    colour = 'class="plain"' if plain else f'style="background:{_colour(value)}"'
    return f"<td {colour}><b>{digits(value)}{star}</b>{tick}<small>{span(e)}{count}</small></td>"


def _colour(value: float) -> str:
    """White at 0, blue at 1, orange below 0: light enough for dark text, and safe for the colour-blind."""
    share = max(-1.0, min(1.0, value))
    end = (122, 184, 224) if share >= 0 else (243, 186, 120)
    base = (247, 249, 251)
    return "#" + "".join(f"{round(b + (t - b) * abs(share)):02x}" for b, t in zip(base, end, strict=True))


def _scale() -> str:
    stops = ",".join(_colour(v) for v in (-0.5, 0, 0.5, 1))
    return (
        f'<p>worse than random<span class="scale" style="background:linear-gradient(90deg,{stops})"></span>optimal</p>'
    )


def _legend(results: Results) -> str:
    """The key to the curves: it fills one place of their grid."""
    items = "".join(f"<li>{_sample(results, m)}{_e(m)}</li>" for m in results.methods)
    few, _ = results.seeds
    band = "the range of the runs" if few < 4 else "its 95 % bootstrap interval"
    return (
        f'<div class="key"><ul>{items}</ul><p>Line: the interquartile mean of the normalised return over seeds'
        f"{' (of so few, the mean)' if few < 4 else ''}. Band: {band}. Dashed levels: the random and the optimal "
        "policy. Lines that end alike may hide each other.</p></div>"
    )


def _sample(results: Results, method: str) -> str:
    """A short stretch of the method's line."""
    colour, _, dash = plots.look(results, method)
    dashes = "" if isinstance(dash, str) else f' stroke-dasharray="{" ".join(str(2 * d) for d in dash[1])}"'
    return (
        '<svg width="26" height="10" aria-hidden="true">'
        f'<line x1="1" y1="5" x2="25" y2="5" stroke="{colour}" stroke-width="3"{dashes}/></svg>'
    )


def _image(svg: bytes, text: str, *, natural: bool = False, below: str = "") -> str:
    """A figure in the page; at most in its natural size, or as wide as its place."""
    data = base64.b64encode(svg).decode()
    width = re.search(rb'width="([\d.]+)pt"', svg)
    kind = ' class="broad"' if natural else ""
    kind += f' style="max-width:{round(1.42 * float(width[1]))}px"' if natural and width else ""
    caption = f"<figcaption>{_e(below)}</figcaption>" if below else ""
    image = f'<img alt="{_e(text)}" src="data:image/svg+xml;base64,{data}">'
    return f"<figure{kind}>{image}{caption}</figure>"


def _failures(results: Results) -> str:
    bad = results.jobs_in("quarantined")
    if not bad:
        return ""
    items = "".join(
        f"<h3>{_e(j.spec['method'])} on {_e(short(j.spec['env']))}, seed {j.spec['seed']}</h3>"
        f'<pre class="log">{_e(j.log[-1500:])}</pre>'
        for j in bad[:5]
    )
    return f"<h2>Runs that failed</h2>{items}"


def _again(results: Results) -> str:
    r = results.records[0]
    versions = r["versions"]
    command = results.about["command"] or "run the script that made these cases"
    numbers = sorted({x["seed"] for x in results.records})
    rows = [
        ("rewardlab", f"{versions['rewardlab']}, source {versions['source']}"),
        ("Packages", ", ".join(f"{k} {v}" for k, v in versions.items() if k not in ("rewardlab", "python", "source"))),
        ("Platform", r["platform"]),
        (
            "Seeds",
            f"{', '.join(map(str, numbers))}; base seed of run k: k · 10⁶, so that no two runs share a random row",
        ),
        (
            "Files",
            "results.sqlite holds every run with its settings; tensorboard --logdir tensorboard shows the curves",
        ),
    ]
    return (
        f'<pre class="command">{_e(command)}</pre>'
        + _sub(
            "The same command on the same platform and versions gives the same numbers, bit for bit, but for times; "
            "stopped, it goes on where it was."
        )
        + f'<dl class="setup">{cards.rows(rows)}</dl>'
        '<p class="source" style="margin-top:18px">Statistics: Agarwal, Schwarzer, Castro, Courville, Bellemare, “Deep '
        "Reinforcement Learning at the Edge of the Statistical Precipice”, NeurIPS 2021.</p>"
    )


def _sub(text: str) -> str:
    return f'<p class="sub">{_e(text)}</p>'


def _breakable(name: str) -> str:
    """A heading that may break where a word of it begins."""
    out = ""
    for i, c in enumerate(name):
        out += ("<wbr>" if i and c.isupper() and name[i - 1].islower() else "") + _e(c)
    return out
