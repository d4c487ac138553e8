"""Search: the ranking is BM25's, any text is a query, and the shipped encyclopaedia answers."""

import math
import os
import pickle
from collections import Counter

import numpy as np
import pytest

from rewardlab.core.errors import BadOption
from rewardlab.envs.text.tools.answer import answer
from rewardlab.envs.text.tools.search import TITLE, Article, Index, Search
from rewardlab.envs.text.tools.tool import Session
from rewardlab.envs.text.tools.world import Document, world

WORDS = [f"{a}{b}" for a in "bcdfgk" for b in "oau"]  # no stemmer changes them


@pytest.fixture
def session():
    return Session(None, None, np.random.default_rng(0))


def drawn(seed, count=40):
    rng = np.random.default_rng(seed)
    chance = 1.0 / np.arange(1, len(WORDS) + 1)
    pick = lambda n: " ".join(rng.choice(WORDS, n, p=chance / chance.sum()))  # noqa: E731
    return [Document(f"{pick(int(rng.integers(1, 4)))} {k}", pick(int(rng.integers(3, 40)))) for k in range(count)]


def scores(documents, query):
    """BM25 by its formula, title words counting `TITLE` times."""
    bags = [(Counter(d.title.split()), Counter(d.text.split())) for d in documents]
    sizes = [t.total() + b.total() for t, b in bags]
    mean, n = sum(sizes) / len(sizes), len(documents)
    total = [0.0] * n
    for w in dict.fromkeys(query.split()):
        held = sum(w in t or w in b for t, b in bags)
        idf = max(math.log((n - held + 0.5) / (held + 0.5)), 1e-6)
        for k, (t, b) in enumerate(bags):
            f = TITLE * t[w] + b[w]
            total[k] += idf * f * 2.2 / (f + 1.2 * (0.25 + 0.75 * sizes[k] / mean))
    return total


@pytest.mark.parametrize("seed", range(6))
def test_the_ranking_is_that_of_the_formula(seed):
    documents = drawn(seed)
    index, rng = Index(documents), np.random.default_rng(100 + seed)
    for _ in range(10):
        query = " ".join(rng.choice(WORDS, int(rng.integers(1, 4))))
        truth = scores(documents, query)
        hits = [title for title, _ in index.find(query, 10)]
        best = sorted((k for k in range(len(documents)) if truth[k] > 0), key=lambda k: (-round(truth[k], 9), k))
        assert hits == [documents[k].title for k in best[:10]]


def test_the_shipped_encyclopaedia_answers(session):
    country, tool = world(), Search()
    for thing, maker in country.of("invented by").items():
        hits = tool.index.find(f"Who invented {thing}?", 1)
        assert hits[0][0] == thing and maker in hits[0][1]
    found = [tool.index.find(f"Where was {p} born?", 1)[0][0] == p for p in country.of("born in")]
    assert np.mean(found) == 1.0
    town, river = next(iter(country.of("lies on").items()))
    said = answer(tool, session, {"query": f"towns {town} river", "limit": 2})
    assert said.startswith(f"1. {town}: ") and river in said and len(said.splitlines()) == 2
    assert answer(Article(), session, {"title": town}) == {d.title: d.text for d in country.documents}[town]
    assert answer(Article(), session, {"title": town[:-1]}).startswith(
        f"error: no key '{town[:-1]}'; did you mean '{town}'"
    )


QUERIES = [
    "", " ", '"', "'", "\"' OR 1=1 --", "NEAR(town river, 5)", "title: town", "^town", "town*", "town AND NOT river",
    "{title} : x", "(((", "-town", "+", "a OR", "OR", "NOT", "\x00", "\ud800", "²³", "ﬁ", "🦉", "_", "x" * 10**6,
    "town " * 10**5, "a\nb", "; DROP TABLE documents", "documents MATCH x", "rank", "%", "\\", "İ", "ß", "\u0301",
]  # fmt: skip


@pytest.mark.parametrize("query", QUERIES, ids=range(len(QUERIES)))
def test_any_text_is_a_query(query, session):
    tool = Search(Index(drawn(0)))
    hits = tool.index.find(query, 3)
    assert len(hits) <= 3
    said = answer(tool, session, {"query": query[:20_000]})
    assert said.replace("\n", "").isprintable() and not said.startswith("error")
    assert tool.index.find("bo", 1)


def test_operators_are_words():
    index = Index([Document("a", "near the town"), Document("b", "not here"), Document("c", "or there")])
    assert [t for t, _ in index.find("NOT", 3)] == ["b"] and [t for t, _ in index.find("near(town)", 3)] == ["a"]
    assert {t for t, _ in index.find("town OR here", 3)} == {"a", "b", "c"}


def test_words_are_compared_by_their_stems_and_without_accents():
    index = Index([Document("a", "two rivers and a café"), Document("b", "a lake")])
    assert [t for t, _ in index.find("RIVER", 3)] == ["a"] and [t for t, _ in index.find("cafe", 3)] == ["a"]


def test_long_articles_show_the_passage_that_fits(session):
    text = " ".join(f"filler{k}" for k in range(200)) + " needle " + " ".join(f"more{k}" for k in range(200))
    said = answer(Search(Index([Document("Long", text)])), session, {"query": "needle"})
    assert "needle" in said and said.startswith("1. Long: ... ") and len(said) < 500


@pytest.mark.parametrize("limit", [0, 11, -1])
def test_the_limit_has_limits(limit, session):
    assert "limit must lie in 1..10" in answer(Search(), session, {"query": "x", "limit": limit})
    assert answer(Search(), session, {"query": "zzzzz"}) == "nothing found"


def test_an_index_pickles_and_survives_a_fork():
    index = Index(drawn(1))
    truth = index.find("bo", 5)
    other = pickle.loads(pickle.dumps(index))
    assert other == index and other.find("bo", 5) == truth and Search(index) == Search(other)
    child = os.fork()
    if child == 0:
        os._exit(0 if index.find("bo", 5) == truth else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


@pytest.mark.parametrize("documents", [[], [Document("a", "x"), Document("a", "y")]])
def test_titles_must_tell_documents_apart(documents):
    with pytest.raises(BadOption, match="documents"):
        Index(documents)
