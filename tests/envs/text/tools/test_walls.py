"""Where a wall is missing, no tool runs anything; and no tool tells a secret of the trainer."""

import numpy as np
import pytest
from core.sandbox.jail.queries import READS
from core.sandbox.jail.servers import refusing

from rewardlab.core.errors import SandboxUnavailable
from rewardlab.core.sandbox.jail import session as jail_session
from rewardlab.envs.text.tools.answer import answer
from rewardlab.envs.text.tools.calculator import Calculator
from rewardlab.envs.text.tools.database import Database
from rewardlab.envs.text.tools.key_value import KeyValue, Lookup
from rewardlab.envs.text.tools.python import Python
from rewardlab.envs.text.tools.search import Search
from rewardlab.envs.text.tools.sql import SQL
from rewardlab.envs.text.tools.tool import Session

MARKER = "marker-" + "2357" * 4
TOWNS = Database.of({"town": (["name"], [("Orn",)])})


def served(by, monkeypatch):
    monkeypatch.setattr(jail_session, "server", lambda pid: by)
    return by


@pytest.mark.parametrize("call", ["landlock_create_ruleset", "seccomp", "prlimit64", "capset"])
def test_without_a_wall_nothing_runs(call, monkeypatch, tmp_path):
    mine = served(refusing(call), monkeypatch)
    for tool, data, given in (
        (Python(), None, {"code": f"open({str(tmp_path / 'f')!r}, 'w')"}),
        (SQL(), TOWNS, {"query": "SELECT 1"}),
    ):
        session = Session(data, None, np.random.default_rng(0))
        with pytest.raises(SandboxUnavailable, match="nothing was run"):
            answer(tool, session, given)
        assert session.memory is None and not list(tmp_path.iterdir())
    mine.close()


PROBES = {
    "code": (
        "import os, sys; print(dict(os.environ), sys.argv, sys.path)",
        "import gc; print([o for o in gc.get_objects() if isinstance(o, dict) and 'key' in o][:50])",
        "import os\nfor k in ('self', os.getppid(), 1):\n    for f in ('environ', 'cmdline', 'maps', 'mem'):\n"
        "        try: print(open(f'/proc/{k}/{f}', 'rb').read(10**6))\n        except Exception as e: print(e)",
        "import traceback; traceback.print_stack(); print(globals())",
        "import sys; raise RuntimeError(str(sys.modules)[:3000])",
    ),
    "query": (*list(READS.values())[::5], "SELECT * FROM town", "SELECT readfile('/proc/self/environ')"),
    "expression": ("environ", "key", "1/0", "()"),
    "action": ("get", "list", "env"),
    "key": ("*", "OPENAI_API_KEY", "secret", "__class__"),
    "search": ("OPENAI_API_KEY", "marker", "secret key"),
}


def test_no_secret_of_the_trainer_is_told(monkeypatch):
    """One lies in the environment, one in the tool's own configuration, one in the task's data."""
    monkeypatch.setenv("OPENAI_API_KEY", MARKER)
    mine = served(jail_session.Server(), monkeypatch)
    data = {"answer": MARKER, "db": TOWNS, "public": {"Orn": "a river"}}

    class Configured(SQL):
        """Ask."""

        key = MARKER

    tools = {
        "code": Python(seconds=2.0),
        "query": Configured(database=lambda data: data["db"]),
        "expression": Calculator(),
        "action": KeyValue(),
        "key": Lookup(store=lambda data: data["public"]),
        "search": Search(),
    }
    for argument, probes in PROBES.items():
        session = Session(data, None, np.random.default_rng(0))
        for text in probes:
            said = answer(tools[argument], session, {"query" if argument == "search" else argument: text})
            assert said and MARKER not in said
    for tool in tools.values():
        tool.close()
    mine.close()
