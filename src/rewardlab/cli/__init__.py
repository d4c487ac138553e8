"""The command line: list, describe, train, audit, bench, report, play, label, serve, check, doctor.

Every command is a function whose signature is its syntax. What a command needs is imported when it runs, so that
`rewardlab list` answers at once.
"""

import os
import sys
from collections.abc import Callable, Sequence

import gymnasium as gym

from rewardlab.cli.auditing import audit
from rewardlab.cli.benching import bench, check, report
from rewardlab.cli.designing import design
from rewardlab.cli.doctor import doctor
from rewardlab.cli.labelling import label
from rewardlab.cli.listing import describe, show
from rewardlab.cli.playing import play
from rewardlab.cli.serving import serve
from rewardlab.cli.training import train
from rewardlab.core.errors import BadOption, BadSeed, RewardlabError, UnknownName, nearest

COMMANDS: dict[str, Callable[..., None]] = {
    "list": show,
    "describe": describe,
    "train": train,
    "audit": audit,
    "design": design,
    "bench": bench,
    "report": report,
    "play": play,
    "label": label,
    "serve": serve,
    "check": check,
    "doctor": doctor,
}
ABOUT = """Reward design, reward learning and exploration on Gymnasium.

Example: rewardlab train rewardlab/DeepSea-v0 --agent q-learning"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code: 0 done, 1 failed, 2 not understood, 130 interrupted."""
    import tyro

    words = list(sys.argv[1:] if argv is None else argv)
    if words in (["--version"], ["-V"]):
        from rewardlab import __version__

        print(f"rewardlab {__version__}")
        return 0
    try:
        if words and not words[0].startswith("-") and words[0] not in COMMANDS:
            raise UnknownName(f"no command {words[0]!r}", where="rewardlab", mend=nearest(words[0], COMMANDS))
        tyro.extras.subcommand_cli_from_dict(COMMANDS, prog="rewardlab", description=ABOUT, args=words or ["--help"])
        sys.stdout.flush()
    except SystemExit as e:  # tyro's own: 0 for help, 2 for a command line that it cannot read
        return e.code if isinstance(e.code, int) else 1
    except RewardlabError as e:
        print(e, file=sys.stderr)
        return 2 if isinstance(e, (UnknownName, BadOption, BadSeed)) else 1
    except gym.error.Error as e:  # what an environment of others needs and lacks
        print(f"gymnasium: {e}", file=sys.stderr)
        return 1
    except KeyboardInterrupt as e:  # the harness says what is kept
        print(f"\n{e}" if str(e) else "\nstopped", file=sys.stderr)
        return 130
    except BrokenPipeError:  # `rewardlab list | head`: nobody reads on, which is no mistake
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return 0
