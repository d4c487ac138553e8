"""What a signature says: the schema, the usage line, and the refusal of every other call."""

from typing import Any, Literal

import pytest

from rewardlab.core.errors import BadOption
from rewardlab.envs.text.tools.function import Function
from rewardlab.envs.text.tools.parameters import LARGEST, LONGEST_ARGUMENT, fitted, parameters, schema, usage
from rewardlab.envs.text.tools.tool import Session, Tool, ToolError


class Book(Tool):
    """Book a table.

    More for people.
    """

    name = "book"

    def use(
        self,
        session: Session,
        place: str,
        guests: int,
        hours: float = 2.0,
        window: bool = False,
        note: str | None = None,
        meal: Literal["lunch", "dinner"] = "dinner",
    ) -> str:
        """Book.

        Args:
            place: name of the restaurant
                as it calls itself
            guests: how many

        Returns:
            nothing: of note
        """
        return f"{place} {guests} {hours} {window} {note} {meal}"


def test_the_schema_is_read_from_the_signature():
    assert schema(Book()) == {
        "name": "book",
        "description": "Book a table.",
        "parameters": {
            "type": "object",
            "properties": {
                "place": {"type": "string", "description": "name of the restaurant as it calls itself"},
                "guests": {"type": "integer", "description": "how many"},
                "hours": {"type": "number", "default": 2.0},
                "window": {"type": "boolean", "default": False},
                "note": {"type": "string"},
                "meal": {"type": "string", "enum": ["lunch", "dinner"], "default": "dinner"},
            },
            "required": ["place", "guests"],
            "additionalProperties": False,
        },
    }


def test_the_usage_line():
    assert usage(Book()) == (
        "book(place: string, guests: integer, hours: number = 2.0, window: boolean = False, note: string?, "
        "meal: lunch|dinner = 'dinner') - Book a table."
    )


GOOD: dict[str, Any] = {"place": "Orn", "guests": 2}


@pytest.mark.parametrize(
    ("more", "value"),
    [
        ({}, GOOD),
        ({"hours": 3}, {**GOOD, "hours": 3.0}),
        ({"note": None}, {**GOOD, "note": None}),
        ({"window": True, "meal": "lunch"}, {**GOOD, "window": True, "meal": "lunch"}),
        ({"guests": -LARGEST}, {**GOOD, "guests": -LARGEST}),
        ({"place": "a\ud800"}, {**GOOD, "place": "a\\ud800"}),
        ({"place": "x" * LONGEST_ARGUMENT}, {**GOOD, "place": "x" * LONGEST_ARGUMENT}),
    ],
)
def test_what_fits_is_taken(more, value):
    got = fitted(Book(), {**GOOD, **more})
    assert got == value and {k: type(v) for k, v in got.items()} == {k: type(v) for k, v in value.items()}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({}, "needs place and guests"),
        ({"place": "a"}, "needs guests"),
        ({**GOOD, "hour": 1}, "no argument 'hour'; did you mean 'hours'"),
        ({**GOOD, "\x1b" * 99: 1}, "no argument '\\x1b"),
        ({**GOOD, "guests": True}, "guests must be a whole number, not true or false"),
        ({**GOOD, "guests": 2.0}, "not a number with a fraction"),
        ({**GOOD, "guests": "2"}, "not a text ('2')"),
        ({**GOOD, "guests": None}, "not null"),
        ({**GOOD, "guests": 2**63}, "must lie within"),
        ({**GOOD, "hours": 10**400}, "must lie within"),
        ({**GOOD, "hours": float("nan")}, "finite"),
        ({**GOOD, "hours": float("-inf")}, "finite"),
        ({**GOOD, "hours": False}, "must be a number, not true or false"),
        ({**GOOD, "window": 1}, "must be true or false, not a whole number"),
        ({**GOOD, "place": ["a"]}, "must be a text, not a list"),
        ({**GOOD, "place": {}}, "must be a text, not an object"),
        ({**GOOD, "place": "x" * (LONGEST_ARGUMENT + 1)}, "20001 characters"),
        ({**GOOD, "meal": "Lunch"}, "must be one of lunch, dinner, not 'Lunch'"),
        ({**GOOD, "window": None}, "not null"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_reason(arguments, said):
    with pytest.raises(ToolError) as e:
        fitted(Book(), arguments)
    assert said in str(e.value) and str(e.value).startswith("book") and str(e.value).isprintable()


def many(*places: str) -> str:
    return ""


def anything(**places: str) -> str:
    return ""


def untyped(place) -> str:
    return ""


def listing(places: list[str]) -> str:
    return ""


def maybe(place: str | None) -> str:
    return ""


def either(place: str | int = "a") -> str:
    return ""


def numbers(place: Literal[1, 2]) -> str:
    return ""


@pytest.mark.parametrize("function", [many, anything, untyped, listing, maybe, either, numbers])
def test_a_parameter_that_no_call_can_carry_is_the_authors_mistake(function):
    with pytest.raises(BadOption, match="place"):
        parameters(Function(function))


@pytest.mark.parametrize("bad", ["", "Book", "my book", "1st", "büch"])
def test_a_name_must_be_callable(bad):
    class Odd(Book):
        """Odd."""

        name = bad

    with pytest.raises(BadOption, match="name="):
        parameters(Odd())
