"""Probabilistic grammars: how likely a sentence is, and all sentences up to a length.

    P(A → w_i..w_j) = Σ_rules p(A → B_1 .. B_m) Σ_splits Π_k P(B_k → its part),    P(s) = P(S → s)

A sentence may have several derivations, and its probability is their sum. No rule may bring nothing or only one other
symbol that leads back to it.

Source: Lari, Young, "The Estimation of Stochastic Context-Free Grammars Using the Inside-Outside Algorithm", Computer
Speech and Language 1990 (inside probabilities).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from rewardlab.core.errors import BadOption

MOST = 20000
Rule = tuple[float, str]


@dataclass(frozen=True)
class Grammar:
    """A grammar.

    Args:
        rules: symbol -> its rules, each a weight above 0 and symbols with spaces between them; what has no rules is a
            word. The first symbol is that of a sentence.

    Raises:
        BadOption: for weights that are not positive numbers, and rules that bring nothing or go round in a circle.
    """

    rules: Mapping[str, tuple[Rule, ...]]
    _parsed: Any = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        parsed = {}
        for symbol, rules in self.rules.items():
            total = sum(weight for weight, _ in rules)
            if not rules or not all(0 < weight < np.inf for weight, _ in rules) or not all(r.split() for _, r in rules):
                raise BadOption(
                    f"rules of {symbol!r}", where="Grammar", expected="a positive weight and symbols in each"
                )
            parsed[symbol] = tuple((weight / total, tuple(right.split())) for weight, right in rules)
        object.__setattr__(self, "_parsed", parsed)
        if not self.rules:
            raise BadOption("no rules", where="Grammar", expected="at least one symbol with rules")
        for symbol in parsed:
            seen, todo = set(), [symbol]
            while todo:
                for _, right in parsed.get(todo.pop(), ()):
                    if len(right) == 1 and right[0] not in seen:
                        seen.add(right[0])
                        todo.append(right[0])
            if symbol in seen:
                raise BadOption(
                    f"{symbol!r} becomes {symbol!r}", where="Grammar", expected="no circle of single symbols"
                )

    @property
    def start(self) -> str:
        """The symbol of a sentence."""
        return next(iter(self.rules))

    @property
    def words(self) -> tuple[str, ...]:
        """All words, in the order of the rules."""
        found = (w for rules in self._parsed.values() for _, right in rules for w in right)
        return tuple(dict.fromkeys(w for w in found if w not in self._parsed))

    def probability(self, sentence: Sequence[str]) -> float:
        """How likely exactly this sentence is; 0 for one that is none."""
        s = tuple(sentence)
        known: dict[tuple[Any, int, int], float] = {}

        def inside(symbols: tuple[str, ...], i: int, j: int) -> float:
            if len(symbols) > j - i or not symbols:
                return 0.0
            if len(symbols) == 1 and symbols[0] not in self._parsed:
                return float(j - i == 1 and s[i] == symbols[0])
            key = (symbols, i, j)
            if key not in known:
                if len(symbols) == 1:
                    known[key] = sum(p * inside(right, i, j) for p, right in self._parsed[symbols[0]])
                else:
                    ends = range(i + 1, j - len(symbols) + 2)
                    known[key] = sum(
                        first * inside(symbols[1:], k, j) for k in ends if (first := inside(symbols[:1], i, k))
                    )
            return known[key]

        return inside((self.start,), 0, len(s))

    def language(self, longest: int) -> dict[tuple[str, ...], float]:
        """All sentences of up to `longest` words with their probabilities, which sum to at most 1.

        Raises:
            BadOption: for more than 20000 of them.
        """
        known: dict[tuple[tuple[str, ...], int], dict[tuple[str, ...], float]] = {}

        def brings(symbols: tuple[str, ...], n: int) -> dict[tuple[str, ...], float]:
            if len(symbols) > n or (len(symbols) == 1 and symbols[0] not in self._parsed):
                return {symbols: 1.0} if len(symbols) == n == 1 else {}
            key = (symbols, n)
            if key not in known:
                found: dict[tuple[str, ...], float] = {}
                if len(symbols) == 1:
                    for p, right in self._parsed[symbols[0]]:
                        for words, q in brings(right, n).items():
                            found[words] = found.get(words, 0.0) + p * q
                else:
                    for k in range(1, n - len(symbols) + 2):
                        rest = brings(symbols[1:], n - k)
                        for one, p in brings(symbols[:1], k).items() if rest else ():
                            for two, q in rest.items():
                                found[one + two] = found.get(one + two, 0.0) + p * q
                if len(found) > MOST:
                    raise BadOption(f"{len(found)} texts", where="Grammar.language", expected=f"at most {MOST}")
                known[key] = found
            return known[key]

        out: dict[tuple[str, ...], float] = {}
        for n in range(1, longest + 1):
            out.update(brings((self.start,), n))
        return out


PLAIN = Grammar({
    "S": ((1, "NP VP"),),
    "NP": ((6, "the N"), (4, "the A N")),
    "VP": ((4, "I"), (4, "T NP"), (2, "I P NP")),
    "N": ((4, "cat"), (3, "dog"), (2, "bird"), (1, "fox")),
    "A": ((6, "old"), (4, "red")),
    "I": ((5, "sleeps"), (4, "waits"), (1, "pretends")),
    "T": ((5, "sees"), (3, "follows"), (2, "tricks")),
    "P": ((6, "near"), (4, "behind")),
})  # fmt: skip
"""Sentences about animals: a finite language with one derivation of each sentence."""

NESTED = Grammar({"S": ((5, "x"), (1, "y"), (3, "( S )"), (2, "S S"))})
"""Brackets around letters: a language without an end, in which rows of letters have many derivations."""
