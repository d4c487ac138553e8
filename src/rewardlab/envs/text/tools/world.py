"""An invented country as an encyclopaedia: 300 short articles that agree with each other, and the facts behind them.

Nothing in it is in any book, so an agent that knows an answer has searched for it. Articles refer to each other: who
invented the lantern, where she was born, on which river that lies. Equal seeds give equal countries.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from rewardlab.core.rng import check_seed

COUNTS = {"region": 8, "river": 12, "town": 60, "guild": 12, "person": 110, "invention": 36, "beast": 24, "night": 38}
YEAR = 900  # of today
STARTS = ["Br", "Dr", "F", "G", "H", "K", "L", "M", "N", "P", "Qu", "R", "S", "T", "V", "Z", "Th", "Sh", "Cl", "Wr"]
MIDDLES = ["a", "e", "i", "o", "u", "ae", "ei", "ou", "ia"]
ENDS = ["ld", "n", "rn", "th", "ss", "l", "m", "nd", "x", "v", "rt", "sk"]
TOWNS = ["bridge", "ford", "haven", "stead", "wick", "gate", "mere", "hollow"]
CRAFTS = ["glass", "bells", "rope", "saffron", "clocks", "felt", "pottery", "salt", "maps", "paper", "cheese", "lace"]
TRADES = ["miller", "surveyor", "physician", "founder", "weaver", "navigator", "brewer", "mason", "scribe", "cooper"]
THINGS = ["lantern", "loom", "pump", "compass", "plough", "furnace", "lock", "press", "kite", "balance", "mill", "lens"]
QUALITIES = ["silent", "folding", "double", "floating", "endless", "hollow"]
KINDS = ["heron", "otter", "goat", "moth", "hare", "owl", "newt", "stag"]
TRAITS = ["sleeps through the whole winter", "glows faintly at dusk", "is kept for its wool", "is never seen by day",
          "steals bright things", "sings before rain"]  # fmt: skip
RITES = ["boats of paper are set afloat", "masks of bark are worn", "every door is painted", "the oldest song is sung",
         "bread is baked in the street", "lamps are carried up the hill"]  # fmt: skip
MONTHS = ["Frostmoon", "Thaw", "Sowing", "Blossom", "Longday", "Haymoon", "Harvest", "Mistfall", "Darkmoon"]


@dataclass(frozen=True)
class Document:
    """One article.

    Attributes:
        title: by which it is found.
        text: a few sentences.
    """

    title: str
    text: str


@dataclass(frozen=True)
class Fact:
    """What an article says.

    Attributes:
        subject: the title of the article.
        relation: "lies on", "born in", "year of birth" ...
        value: a title, a number or a word, as it stands in the text.
    """

    subject: str
    relation: str
    value: str


@dataclass
class World:
    """A country.

    Attributes:
        documents: the articles.
        facts: all that they say.
    """

    documents: list[Document] = field(default_factory=list)
    facts: list[Fact] = field(default_factory=list)

    def of(self, relation: str) -> dict[str, str]:
        """Subject -> value of one relation."""
        return {f.subject: f.value for f in self.facts if f.relation == relation}


def world(seed: int = 0) -> World:
    """The country of a seed.

    Raises:
        BadSeed: for a seed that is none.
    """
    return _Teller(np.random.default_rng(check_seed(seed, where="world"))).told()


class _Teller:
    """Draws names, then what is true of them, then writes it down."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.rng = rng
        self.used: set[str] = set()
        self.world = World()

    def one(self, choices: list[str]) -> str:
        """One of them."""
        return choices[int(self.rng.integers(len(choices)))]

    def between(self, low: int, high: int) -> int:
        """A whole number, both ends included."""
        return int(self.rng.integers(low, high + 1))

    def fresh(self, make: Callable[[], str]) -> str:
        """A name that nothing has yet."""
        while (name := make()) in self.used:
            pass
        self.used.add(name)
        return name

    def syllable(self) -> str:
        return self.one(STARTS) + self.one(MIDDLES) + self.one(ENDS)

    def word(self) -> str:
        return self.syllable() + self.one(MIDDLES) + self.one(ENDS)

    def told(self) -> World:
        """Everything, in an order in which each article can refer to earlier ones."""
        regions = self.named("region", lambda: self.syllable() + "mark")
        rivers = self.named("river", lambda: f"River {self.syllable()}")
        towns = self.named("town", lambda: self.syllable() + self.one(TOWNS))
        guilds = self.named("guild", lambda: f"Guild of the {self.one(QUALITIES).title()} {self.one(THINGS).title()}")
        people = self.named("person", lambda: f"{self.word()} {self.word()}")
        for name in regions:
            self.write(
                name,
                "is one of the {} regions of the country, {} leagues wide",
                ("regions", len(regions)),
                ("width", self.between(5, 90)),
            )
        for name in rivers:
            region = self.one(regions)
            self.write(
                name, "rises in {} and is {} leagues long", ("rises in", region), ("length", self.between(10, 300))
            )
        for name in towns:
            self.write(
                name,
                "is a town on the {}, founded in the year {}. It has {} inhabitants and is known for its {}",
                ("lies on", self.one(rivers)),
                ("year of founding", self.between(100, 600)),
                ("inhabitants", 100 * self.between(3, 400)),
                ("known for", self.one(CRAFTS)),
            )
        for name in guilds:
            self.write(
                name,
                "meets in {} and was formed in the year {}",
                ("meets in", self.one(towns)),
                ("year of forming", self.between(600, 700)),
            )
        born: dict[str, int] = {}
        for name in people:
            born[name] = self.between(700, 860)
            self.write(
                name,
                "was born in {} in the year {}, became a {} and joined the {}",
                ("born in", self.one(towns)),
                ("year of birth", born[name]),
                ("trade", self.one(TRADES)),
                ("member of", self.one(guilds)),
            )
            elders = [p for p in born if 20 <= born[name] - born[p] <= 60]
            if elders:
                self.add(name, "The teacher was {}", ("taught by", self.one(elders)))
        for name in self.named("invention", lambda: f"{self.one(QUALITIES)} {self.one(THINGS)} of {self.syllable()}"):
            maker = self.one(people)
            year = min(born[maker] + self.between(20, 50), YEAR)
            self.write(
                f"The {name}", "was invented by {} in the year {}", ("invented by", maker), ("year of invention", year)
            )
        for name in self.named("beast", lambda: f"{self.syllable()} {self.one(KINDS)}"):
            self.write(
                f"The {name}", "lives in {} and {}", ("lives in", self.one(regions)), ("trait", self.one(TRAITS))
            )
        for name in self.named("night", lambda: f"Night of {self.syllable()}"):
            self.write(
                f"The {name}",
                "is held in {} in the month of {}. Then {}",
                ("held in", self.one(towns)),
                ("month", self.one(MONTHS)),
                ("rite", self.one(RITES)),
            )
        return self.world

    def named(self, kind: str, make: Callable[[], str]) -> list[str]:
        """As many fresh names as there are of a kind."""
        return [self.fresh(make) for _ in range(COUNTS[kind])]

    def write(self, title: str, form: str, *facts: tuple[str, object]) -> None:
        """An article of one form, and its facts."""
        self.world.documents.append(Document(title, f"{title} {form.format(*(v for _, v in facts))}."))
        self.world.facts += [Fact(title, relation, str(value)) for relation, value in facts]

    def add(self, title: str, form: str, fact: tuple[str, str]) -> None:
        """One more sentence in the last article."""
        last = self.world.documents.pop()
        self.world.documents.append(Document(title, f"{last.text} {form.format(fact[1])}."))
        self.world.facts.append(Fact(title, *fact))
