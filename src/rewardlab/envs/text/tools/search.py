"""Full-text search over a list of documents, ranked by BM25.

    score(d, q) = Σ_w∈q  idf(w) · f(w, d) (k + 1) / (f(w, d) + k (1 − b + b |d| / mean |d|)),    k = 1.2, b = 0.75

with f the number of times that d holds the word w, one in the title counting `TITLE` times, and
idf(w) = log((N − n + ½) / (n + ½)) for a word that n of N documents hold. Words are compared by their stems. A query is
any text: its words are looked for, and nothing in it is an operator.

Source: Robertson, Walker, Jones, Hancock-Beaulieu, Gatford, "Okapi at TREC-3", TREC 1994.
"""

import os
import re
import sqlite3
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache

from rewardlab.core.errors import BadOption
from rewardlab.envs.text.tools.key_value import found
from rewardlab.envs.text.tools.tool import Session, Tool, ToolError
from rewardlab.envs.text.tools.world import Document, world

TITLE = 3.0
WORDS, LETTERS = 32, 40  # of a query, of a word: what comes after is left out
MOST = 10  # documents of one answer
PASSAGE = 40  # words


@cache
def _shipped() -> tuple[Document, ...]:
    return tuple(world().documents)


class Index:
    """Documents that can be searched; the index is made when it is first asked, once in each process.

    Args:
        documents: at least one, no two with the same title.

    Raises:
        BadOption: for none, and for equal titles.
    """

    def __init__(self, documents: Sequence[Document]) -> None:
        self.documents = tuple(documents)
        if not self.documents or len({d.title for d in self.documents}) < len(self.documents):
            raise BadOption(f"{len(self.documents)} documents", where="Index", expected="some, with different titles")
        self._db: sqlite3.Connection | None = None
        self._owner, self._turn = 0, threading.Lock()

    def find(self, query: str, most: int) -> list[tuple[str, str]]:
        """(title, passage) of the best documents, best first; equally good ones in their order."""
        words = [w[:LETTERS] for w in re.findall(r"[^\W_]+", query)[:WORDS]]
        if not words:
            return []
        wanted = " OR ".join(f'"{w}"' for w in dict.fromkeys(words))
        with self._turn:
            return (
                self._opened()
                .execute(
                    "SELECT title, snippet(documents, 1, '', '', ' ... ', ?) FROM documents WHERE documents MATCH ? "
                    "ORDER BY round(bm25(documents, ?, 1.0), 9), rowid LIMIT ?",
                    (PASSAGE, wanted, TITLE, most),
                )
                .fetchall()
            )

    def __reduce__(self) -> tuple:
        return Index, (self.documents,)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Index) and other.documents == self.documents

    __hash__ = None  # type: ignore[assignment]

    def _opened(self) -> sqlite3.Connection:
        if self._db is None or self._owner != os.getpid():
            self._db, self._owner = sqlite3.connect(":memory:", check_same_thread=False), os.getpid()
            self._db.execute("CREATE VIRTUAL TABLE documents USING fts5(title, text, tokenize='porter unicode61')")
            self._db.executemany("INSERT INTO documents VALUES (?, ?)", [(d.title, d.text) for d in self.documents])
        return self._db


@dataclass
class Search(Tool):
    """Search the encyclopaedia: titles and passages, best first.

    Args:
        index: what is searched; by default the encyclopaedia of an invented country.
    """

    index: Index = field(default_factory=lambda: Index(_shipped()), repr=False)

    name = "search"

    def use(self, session: Session, query: str, limit: int = 3) -> str:
        """The best documents.

        Args:
            query: a few words
            limit: how many, 1 to 10
        """
        if not 1 <= limit <= MOST:
            raise ToolError(f"limit must lie in 1..{MOST}")
        hits = self.index.find(query, limit)
        return (
            "\n".join(f"{k}. {title}: {passage.strip()}" for k, (title, passage) in enumerate(hits, 1))
            or "nothing found"
        )


@dataclass
class Article(Tool):
    """Read the article with this title.

    Args:
        index: where it is looked for.
    """

    index: Index = field(default_factory=lambda: Index(_shipped()), repr=False)

    name = "article"

    def use(self, session: Session, title: str) -> str:
        """The whole text.

        Args:
            title: as a search gave it
        """
        return found({d.title: d.text for d in self.index.documents}, title)
