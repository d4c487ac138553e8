"""A small database of people and orders, and questions about it, each with its SQL and its answer.

    answer = f(tables), worked out here without SQL; the query beside it must find the same

Ages differ, so that the oldest is one person; where several cities or people are equal the first by name is meant.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from rewardlab.envs.text.facts import PEOPLE

CITIES = ("rome", "oslo", "lima", "cairo")
ITEMS = ("hat", "pen", "cup", "bag", "fan")
Answer = int | str | tuple[str, ...]


@dataclass(frozen=True)
class Shop:
    """The tables.

    Attributes:
        people: (name, city, age) of each person.
        orders: (name, item, amount) of each order.
    """

    people: tuple[tuple[str, str, int], ...]
    orders: tuple[tuple[str, str, int], ...]

    def tables(self) -> dict[str, tuple[tuple[str, ...], tuple[tuple[str, str, int], ...]]]:
        """name -> (columns, rows)."""
        return {"people": (("name", "city", "age"), self.people), "orders": (("name", "item", "amount"), self.orders)}

    def words(self) -> str:
        """All rows, in one line."""
        return ";".join(
            f"{name}:" + ",".join(" ".join(map(str, row)) for row in rows) for name, (_, rows) in self.tables().items()
        )


@dataclass(frozen=True)
class Query:
    """A question about a shop.

    Attributes:
        kind: which one, a key of QUESTIONS.
        about: the name, city or age that it asks about, "" for none.
    """

    kind: str
    about: str = ""

    def words(self) -> str:
        """In English."""
        return QUESTIONS[self.kind].text.format(self.about)

    def sql(self) -> str:
        """As a query; its rows have one column."""
        return QUESTIONS[self.kind].sql.format(self.about)

    def answer(self, shop: Shop) -> Answer:
        """Worked out from the rows: a number, a word, or words in order of the alphabet."""
        return QUESTIONS[self.kind].find(shop, self.about)


@dataclass(frozen=True)
class Kind:
    """A kind of question.

    Attributes:
        level: 1 one row of one table, 2 all of one table, 3 groups and both tables.
        about: what it asks about, "name", "city", "age" or "".
        text: in English.
        sql: as a query.
        find: its answer.
    """

    level: int
    about: str
    text: str
    sql: str
    find: Callable[[Shop, str], Answer]


def shop(rng: np.random.Generator, people: int) -> Shop:
    """A shop with so many people, at most 24, and twice as many orders."""
    names = [PEOPLE[k] for k in sorted(rng.choice(len(PEOPLE), size=people, replace=False).tolist())]
    cities = [CITIES[k] for k in rng.integers(len(CITIES), size=people).tolist()]
    ages = (20 + rng.choice(60, size=people, replace=False)).tolist()
    count = 2 * people
    who, what, amount = (rng.integers(n, size=count).tolist() for n in (people, len(ITEMS), 9))
    return Shop(
        tuple(zip(names, cities, ages, strict=True)),
        tuple((names[i], ITEMS[j], k + 1) for i, j, k in zip(who, what, amount, strict=True)),
    )


def query(rng: np.random.Generator, data: Shop, level: int) -> Query:
    """A question of at most this level about what the shop has."""
    kinds = [name for name, kind in QUESTIONS.items() if kind.level <= level]
    kind = kinds[int(rng.integers(len(kinds)))]
    name, city, age = data.people[int(rng.integers(len(data.people)))]
    return Query(kind, {"name": name, "city": city, "age": str(age), "": ""}[QUESTIONS[kind].about])


def _most(counts: Counter[str]) -> str:
    return min(counts, key=lambda name: (-counts[name], name))


def _spent(data: Shop) -> Counter[str]:
    spent: Counter[str] = Counter()
    for name, _, amount in data.orders:
        spent[name] += amount
    return spent


def _by_age(data: Shop, city: str = "") -> list[tuple[str, str, int]]:
    return sorted((p for p in data.people if city in ("", p[1])), key=lambda p: -p[2])


def _words(found: Sequence[str] | set[str]) -> tuple[str, ...]:
    return tuple(sorted(set(found)))


def _shared(data: Shop) -> Answer:
    return _words([item for item in ITEMS if len({n for n, i, _ in data.orders if i == item}) > 1])


def _kinds(data: Shop, city: str) -> Answer:
    there = {name for name, home, _ in data.people if home == city}
    return len({item for name, item, _ in data.orders if name in there})


QUESTIONS: dict[str, Kind] = {
    "age": Kind(
        1, "name", "How old is {}?",
        "select age from people where name = '{}'",
        lambda s, x: next(age for name, _, age in s.people if name == x),
    ),
    "home": Kind(
        1, "name", "In which city does {} live?",
        "select city from people where name = '{}'",
        lambda s, x: next(city for name, city, _ in s.people if name == x),
    ),
    "count": Kind(
        2, "city", "How many people live in {}?",
        "select count(*) from people where city = '{}'",
        lambda s, x: sum(city == x for _, city, _ in s.people),
    ),
    "oldest": Kind(
        2, "city", "Who is the oldest in {}?",
        "select name from people where city = '{}' order by age desc limit 1",
        lambda s, x: _by_age(s, x)[0][0],
    ),
    "second": Kind(
        2, "", "Who is the second oldest of all?",
        "select name from people order by age desc limit 1 offset 1",
        lambda s, x: _by_age(s)[1][0],
    ),
    "span": Kind(
        2, "", "By how many years is the oldest older than the youngest?",
        "select max(age) - min(age) from people",
        lambda s, x: _by_age(s)[0][2] - _by_age(s)[-1][2],
    ),
    "spent": Kind(
        2, "name", "What is the sum of the amounts that {} ordered?",
        "select coalesce(sum(amount), 0) from orders where name = '{}'",
        lambda s, x: _spent(s)[x],
    ),
    "older": Kind(
        2, "age", "Who is older than {}? All names.",
        "select name from people where age > {} order by name",
        lambda s, x: _words([name for name, _, age in s.people if age > int(x)]),
    ),
    "crowded": Kind(
        3, "", "In which city do most people live?",
        "select city from people group by city order by count(*) desc, city limit 1",
        lambda s, x: _most(Counter(city for _, city, _ in s.people)),
    ),
    "buyer": Kind(
        3, "", "Whose orders have the largest sum of amounts?",
        "select name from orders group by name order by sum(amount) desc, name limit 1",
        lambda s, x: _most(_spent(s)),
    ),
    "kinds": Kind(
        3, "city", "How many different items did people from {} order?",
        "select count(distinct item) from orders join people using (name) where city = '{}'",
        _kinds,
    ),
    "idle": Kind(
        3, "", "Who ordered nothing? All names.",
        "select name from people where name not in (select name from orders) order by name",
        lambda s, x: _words({name for name, _, _ in s.people} - {name for name, _, _ in s.orders}),
    ),
    "shared": Kind(
        3, "", "Which items did more than one person order? All items.",
        "select item from orders group by item having count(distinct name) > 1 order by item",
        lambda s, x: _shared(s),
    ),
}  # fmt: skip
"""name -> the kinds of questions."""
