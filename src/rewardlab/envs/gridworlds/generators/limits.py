"""What a native generator has working memory for."""

from rewardlab.core.errors import BadOption


def at_most(name: str, value: int, most: int) -> int:
    """`value`, an argument of MiniGrid's class, if the generator has working memory for it.

    Raises:
        BadOption: for a greater one.
    """
    if value > most:
        mend = "draw the levels with MiniGrid itself: a pool of them"
        raise BadOption(f"{name}={value!r}", where="native levels", expected=f"at most {most}", mend=mend)
    return int(value)
