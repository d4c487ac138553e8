"""Cards of a report: an environment, a method or an agent each."""

import html
from collections.abc import Mapping, Sequence
from typing import Any

from rewardlab.benchmarks.results import Results, short
from rewardlab.benchmarks.words import listed
from rewardlab.core import catalogue
from rewardlab.core.catalogue import Entry
from rewardlab.core.errors import UnknownName


def environment(results: Results, env: str) -> str:
    """What it is, what it pays, who learned in it and how it was judged."""
    runs = [r for r in results.records if r["env"] == env]
    head = f'<h3>{escaped(short(env))}</h3><p class="id">{escaped(env)}</p>'
    if not runs:
        return _card(f"{head}<p>No run is finished.</p>")
    r = runs[0]
    card = r["card"]
    facts = [
        ("Pays", card.get("reward", "")),
        ("Random", f"{r['random_return']:.4g}"),
        ("Optimal", f"{r['optimal_return']:.4g}"),
        ("Agent", r["agent_name"]),
        ("Trained", f"{r['budget']:,} transitions, {r['num_envs']} at a time"),
        (
            "Judged",
            f"{r['evaluations'] + 1} times, over {r['episodes']} episode{'' if r['episodes'] == 1 else 's'} each",
        ),
        ("Set to", ", ".join(f"{k} = {v}" for k, v in r["env_kwargs"].items())),
    ]
    source = f'<p class="source">{escaped(card["source"])}</p>' if card.get("source") else ""
    return _card(f"{head}<p>{escaped(card.get('summary', ''))}</p><dl>{rows(facts)}</dl>{source}")


def method(results: Results, name: str, sample: str) -> str:
    """What it pays, by which equations, from which papers, and what it was told of each task.

    Args:
        results: of the benchmark.
        name: the method.
        sample: a stretch of its line in the figures, HTML.
    """
    texts = [t.partition("\n\n")[0] for t in results.about["methods"].get(name, [])]
    body = "".join(f"<p>{escaped(t)}</p>" for t in texts if t)
    records = [r for r in results.records if r["method"] == name]
    found = _entries(dict.fromkeys(c for r in records for c in r["rewards"] if c != "Task"))
    for entry in found:
        if entry.equation:
            body += f'<div class="eq"><b>{escaped(entry.name)}</b>{escaped(entry.equation)}</div>'
    told = results.about.get("knows", {}).get(name, {})
    facts = [(short(e), _told(results, name, e, told.get(e, []))) for e in results.covered(name)]
    if any(text for _, text in facts):
        body += f'<dl class="told">{rows(facts)}</dl>'
    sources = dict.fromkeys(s for entry in found for s in entry.source.rstrip(".").split("; ") if s)
    body += f'<p class="source">{escaped("; ".join(sources))}.</p>' if sources else ""
    return _card(f"<h3>{sample}{escaped(name)}</h3>{body}")


def agent(results: Results, name: str, texts: Sequence[str]) -> str:
    """Who learned, and where."""
    where = dict.fromkeys(short(r["env"]) for r in results.records if r["agent_name"] == name)
    lines = "".join(f"<p>{escaped(t.partition(chr(10) * 2)[0])}</p>" for t in texts if t)
    place = f'<p class="source">In {escaped(listed([*where]))}</p>' if where else ""
    return _card(f"<h3>{escaped(name)}</h3>{lines}{place}")


def rows(facts: Sequence[tuple[str, str]]) -> str:
    """Terms with what is to be said of them, without the empty ones."""
    return "".join(f"<dt>{escaped(k)}</dt><dd>{escaped(v)}</dd>" for k, v in facts if v)


def escaped(value: object) -> str:
    """Text as HTML."""
    return html.escape(str(value))


def call(named: Any) -> str:
    """A specification as Python would write it: {"call": "m:f", "keywords": {"k": 1}, ...} -> "f(k=1)"."""
    if isinstance(named, str):
        return named.rpartition(":")[2].rpartition(".")[2] if ":" in named else repr(named)
    if isinstance(named, list):
        return f"[{', '.join(map(call, named))}]"
    if not isinstance(named, Mapping):
        return str(named)
    if "call" in named:
        own = named["call"]  # a partial of a partial gives a mapping here
        return f"{call(own)}({settings(named)})"
    return "{" + ", ".join(f"{k}: {call(v)}" for k, v in named.items()) + "}"


def settings(named: Any) -> str:
    """What a factory was called with: "weight=0.3, key=fingertip"."""
    if not isinstance(named, Mapping) or "call" not in named:
        return ""
    given = [call(v) for v in named["args"]] + [f"{k}={call(v)}" for k, v in named["keywords"].items()]
    return ", ".join(given)


def _told(results: Results, name: str, env: str, texts: Sequence[str]) -> str:
    """Settings of a method in a task, and what the functions among them say that they know."""
    with_ = settings(results.cell(name, env)[0].get("reward"))
    said = " ".join(t.partition("\n\n")[0].replace("`", "") for t in texts if t)
    return f"{with_}. {said}" if with_ and said else with_ or said


def _entries(names: Mapping[str, Any]) -> list[Entry]:
    found = []
    for name in names:
        try:
            found.append(catalogue.entry(name, "reward"))
        except UnknownName:  # a reward of the user's own
            continue
    return found


def _card(body: str) -> str:
    return f'<div class="card">{body}</div>'
