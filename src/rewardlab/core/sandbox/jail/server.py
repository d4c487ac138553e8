"""The fork server: a fresh interpreter, started with nothing of its parent's, of which every session is a copy.

A fork of the trainer itself would carry the trainer's memory, with its keys, into the jail. This process has none: it
is started as `python -I`, with an empty environment and one open socket, has one thread, and imports NumPy once for all
its children. It never reads what a child writes.

A request is a JSON object with the child's socket beside it, {"begin": ...}, answered by the child's number; or
{"end": number}, which waits for that child, whom the parent has killed, and answers how it ended. Until then the number
stays taken, so that no signal can reach another process.
"""

import gc
import json
import os
import select
import signal
import socket
import sys
from typing import Any

REQUEST = 1 << 16


def main(channel: int) -> None:
    """Serve until the parent is gone."""
    me, parent = os.getpid(), os.getppid()
    control = socket.socket(fileno=channel)
    os.chdir("/")
    _prepare()
    control.send(json.dumps({"ready": me}).encode())
    while True:
        # A parent that forked leaves copies of the socket behind, so that its end alone is not always seen there.
        ready, _, _ = select.select([control], [], [], 1.0)
        if not ready:
            if os.getppid() != parent:
                return
            continue
        text, files, _, _ = socket.recv_fds(control, REQUEST, 1)
        if not text:
            return
        request = json.loads(text)
        if "end" in request:
            control.send(json.dumps(_reaped(request["end"])).encode())
            continue
        try:
            pid = os.fork()
        except OSError as e:
            control.send(json.dumps({"failed": e.strerror}).encode())
        else:
            if pid == 0:
                control.detach()
                _become(files[0], request["begin"], me)
            control.send(json.dumps({"pid": pid}).encode())
        for f in files:
            os.close(f)


def _prepare() -> None:
    """Import what children use, so that they need not: they start in milliseconds and read no file."""
    import warnings

    warnings.simplefilter("ignore")
    import cmath
    import collections
    import dataclasses
    import datetime
    import decimal
    import fractions
    import functools
    import itertools
    import math
    import random
    import re
    import statistics
    import string
    import traceback
    import typing

    import numpy
    import numpy.fft
    import numpy.linalg
    import numpy.random

    from rewardlab.core.sandbox.jail import child

    square = numpy.ones((128, 128))
    numpy.linalg.inv(square @ square + numpy.eye(128))  # the linear algebra takes its memory before it is limited
    modules = (cmath, collections, dataclasses, datetime, decimal, fractions, functools, itertools, math, random, re)
    assert all((*modules, statistics, string, traceback, typing, numpy, child))
    child.prepare()
    gc.collect()
    gc.freeze()  # a collection in a child would copy every page that it looks at


def _become(channel: int, request: dict[str, Any], server: int) -> None:
    """The child's whole life."""
    code = 70
    try:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_DFL)
        from rewardlab.core.sandbox.jail import child

        code = child.live(channel, request, parent=server)
    except BaseException:
        code = 70  # the parent sees the end of the socket
    finally:
        os._exit(code)


def _reaped(pid: int) -> dict[str, Any]:
    try:
        _, status = os.waitpid(pid, 0)
    except ChildProcessError:
        return {"ended": None}
    return {"ended": os.waitstatus_to_exitcode(status)}


if __name__ == "__main__":
    main(int(sys.argv[1]))
