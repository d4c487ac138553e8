"""How many processors this process may use."""

import os


def processors() -> int:
    """At least 1; on Linux those that the process is allowed on, elsewhere all there are."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # macOS has no such call
        return os.cpu_count() or 1
