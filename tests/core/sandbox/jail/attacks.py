"""What code of strangers tries: each prints ESCAPED if, and only if, it got what it wanted.

Names in capitals are written in by the test: CANARY, a readable file with a marker; TARGET, a path that must not come
to be; TRAINER, the number of the trainer's process; PORT, where the trainer listens; NAME, an abstract socket of its.
"""

CTYPES = """
import ctypes, os, platform
libc = ctypes.CDLL(None, use_errno=True)
ARM = platform.machine() == "aarch64"
def call(x86, arm, *a):
    r = libc.syscall(ctypes.c_long(arm if ARM else x86), *a)
    return r
def won(r):
    if r >= 0: print("ESCAPED", r)
"""

FILES = {
    "read a file": "print('ESCAPED', open(CANARY).read())",
    "read the users": "print('ESCAPED', open('/etc/passwd').read())",
    "read the host's name file": "print('ESCAPED', open('/etc/os-release').read())",
    "read by descriptor": "import os; print('ESCAPED', os.read(os.open(CANARY, os.O_RDONLY), 99))",
    "read relative to a folder": (
        "import os; d = os.open(os.path.dirname(CANARY), os.O_PATH)\n"
        "print('ESCAPED', os.read(os.open(os.path.basename(CANARY), os.O_RDONLY, dir_fd=d), 99))"
    ),
    "read by numpy": "import numpy as np; print('ESCAPED', np.fromfile(CANARY, dtype='S1').tobytes())",
    "read by memory map": "import numpy as np; print('ESCAPED', bytes(np.memmap(CANARY, mode='r')))",
    "read by linecache": "import linecache; print('ESCAPED' if linecache.getlines(CANARY) else '')",
    "read by an import": (
        "import importlib.util as u\n"
        "s = u.spec_from_file_location('c', CANARY, loader=__import__('importlib.machinery').machinery."
        "SourceFileLoader('c', CANARY)); print('ESCAPED', s.loader.get_data(CANARY))"
    ),
    "list a folder": "import os; print('ESCAPED', os.listdir(os.path.dirname(CANARY)))",
    "list the root": "import os; print('ESCAPED', os.listdir('/'))",
    "list homes": "import os; print('ESCAPED', os.listdir('/root') + os.listdir('/home'))",
    "read past links": "import os; os.symlink(CANARY, 'link'); print('ESCAPED', open('link').read())",
    "read past hard links": "import os; os.link(CANARY, 'link'); print('ESCAPED', open('link').read())",
    "read by openat2": CTYPES
    + ("how = (ctypes.c_uint64 * 3)(0, 0, 0)\nwon(call(437, 437, -100, CANARY.encode(), how, 24))"),
    "read by handle": CTYPES + "won(call(304, 265, -100, b'x' * 64, 0))",
    "write a file": "open(TARGET, 'w').write('x'); print('ESCAPED')",
    "change a file": "open(CANARY, 'a').write('x'); print('ESCAPED')",
    "cut a file": "import os; os.truncate(CANARY, 0); print('ESCAPED')",
    "cut by a system call": CTYPES + "won(call(76, 45, CANARY.encode(), 0))",
    "remove a file": "import os; os.unlink(CANARY); print('ESCAPED')",
    "rename a file": "import os; os.rename(CANARY, TARGET); print('ESCAPED')",
    "swap by renameat2": CTYPES + "won(call(316, 276, -100, CANARY.encode(), -100, TARGET.encode(), 0))",
    "make a folder": "import os; os.mkdir(TARGET); print('ESCAPED')",
    "make a link outside": "import os; os.symlink('/', TARGET); print('ESCAPED')",
    "change a mode": "import os; os.chmod(CANARY, 0o777); print('ESCAPED')",
    "change an owner": "import os; os.chown(CANARY, 65534, 65534); print('ESCAPED')",
    "change times": "import os; os.utime(CANARY, (1, 1)); print('ESCAPED')",
    "write an attribute": "import os; os.setxattr(CANARY, 'user.x', b'1'); print('ESCAPED')",
    "write to a library": "import json; open(json.__file__, 'a').write('#'); print('ESCAPED')",
    "leave bytecode": "import os, json; open(os.path.dirname(json.__file__) + '/x.py', 'w'); print('ESCAPED')",
    "make a pipe with a name": "import os; os.mkfifo('pipe'); print('ESCAPED')",
    "make a device": "import os; os.mknod('zero', 0o20666, os.makedev(1, 5)); print('ESCAPED')",
    "open the kernel's memory": "print('ESCAPED', open('/dev/mem', 'rb').read(1))",
    "open a terminal": "print('ESCAPED', open('/dev/tty', 'rb'))",
    "open shared memory": "open('/dev/shm/rewardlab-x', 'w'); print('ESCAPED')",
    "write to standard output": "import os; [os.write(k, b'x') for k in (0, 1, 2)]",
    "change the root": "import os; os.chroot('.'); print('ESCAPED')",
    "climb out of the folder": "open('../escaped-' + str(TRAINER), 'w'); print('ESCAPED')",
    "become set-uid": "import os; open('s', 'w'); os.chmod('s', 0o4755); print('ESCAPED')",
}

PROC = {
    "read the trainer's environment": "print('ESCAPED', open(f'/proc/{TRAINER}/environ', 'rb').read())",
    "read the trainer's memory": "print('ESCAPED', open(f'/proc/{TRAINER}/mem', 'rb'))",
    "read the trainer's command": "print('ESCAPED', open(f'/proc/{TRAINER}/cmdline').read())",
    "list the trainer's files": "import os; print('ESCAPED', os.listdir(f'/proc/{TRAINER}/fd'))",
    "read its own memory map": "print('ESCAPED', open('/proc/self/maps').read())",
    "write its own memory": "open('/proc/self/mem', 'r+b'); print('ESCAPED')",
    "read the first process": "print('ESCAPED', open('/proc/1/environ', 'rb').read())",
    "raise its own limits": (
        "import resource as r\nr.setrlimit(r.RLIMIT_AS, (r.RLIM_INFINITY, r.RLIM_INFINITY)); print('ESCAPED')"
    ),
    "lower the trainer's limits": "import resource as r; r.prlimit(TRAINER, r.RLIMIT_NOFILE, (3, 3)); print('ESCAPED')",
    "read the trainer's limits": "import resource as r; print('ESCAPED', r.prlimit(TRAINER, r.RLIMIT_NOFILE))",
    "change the kernel": "open('/proc/sys/kernel/hostname', 'w').write('x'); print('ESCAPED')",
    "invite the killer": "open(f'/proc/{TRAINER}/oom_score_adj', 'w').write('1000'); print('ESCAPED')",
    "read the environment": "import os; print('ESCAPED' if 'MARKER' in str(dict(os.environ)) else 'no')",
    "read leaked files": (
        "import os\nfor k in range(4, 64):\n    try: os.fstat(k); print('ESCAPED', k)\n    except OSError: pass"
    ),
}

NETWORK = {
    "connect": "import socket; socket.create_connection(('127.0.0.1', PORT), 1); print('ESCAPED')",
    "datagram": "import socket; socket.socket(2, 2).sendto(b'x', ('127.0.0.1', PORT)); print('ESCAPED')",
    "version 6": "import socket; socket.socket(socket.AF_INET6); print('ESCAPED')",
    "raw packets": "import socket; socket.socket(socket.AF_PACKET, socket.SOCK_RAW); print('ESCAPED')",
    "netlink": "import socket; socket.socket(socket.AF_NETLINK, socket.SOCK_RAW); print('ESCAPED')",
    "cipher sockets": "import socket; socket.socket(socket.AF_ALG, socket.SOCK_SEQPACKET); print('ESCAPED')",
    "virtual machine sockets": "import socket; socket.socket(socket.AF_VSOCK); print('ESCAPED')",
    "abstract socket": "import socket; socket.socket(socket.AF_UNIX).connect('\\0' + NAME); print('ESCAPED')",
    "pair": "import socket; socket.socketpair(); print('ESCAPED')",
    "every family": CTYPES + "[won(call(41, 198, family, kind, 0)) for family in range(46) for kind in (1, 2, 3, 5)]",
    "ask for a name": "import socket; print('ESCAPED', socket.getaddrinfo('example.org', 80))",
    "hand on the socket": (
        "import socket; s = socket.socket(fileno=3); socket.send_fds(s, [b'x'], [0]); print('ESCAPED')"
    ),
    "listen": "import socket; s = socket.socket(); s.bind(('', 0)); s.listen(); print('ESCAPED')",
}

PROCESSES = {
    "fork": "import os; print('ESCAPED', os.fork())",
    "fork bomb": "import os\nwhile True: os.fork()",
    "fork by vfork": CTYPES + "won(call(58, 220, 17, 0, 0, 0, 0))",
    "fork by clone": CTYPES + "won(call(56, 220, 17, 0, 0, 0, 0))",
    "fork by clone3": CTYPES + "won(call(435, 435, (ctypes.c_uint64 * 11)(*[0] * 4, 17), 88))",
    "run a program": "import subprocess; print('ESCAPED', subprocess.run(['/bin/true']))",
    "run a shell": "import os; print('ESCAPED' if os.system('true') == 0 else '')",
    "become a program": "import os; os.execv('/bin/true', ['true'])\nprint('ESCAPED')",
    "spawn": "import os; print('ESCAPED', os.posix_spawn('/bin/true', ['true'], {}))",
    "program from memory": CTYPES + "won(call(319, 279, b'x', 0))",
    "pool of processes": "import multiprocessing as m; p = m.Pool(2); print('ESCAPED', p.map(abs, [1]))",
    "thread": "import threading; t = threading.Thread(target=print); t.start(); t.join(); print('ESCAPED')",
    "thread bomb": "import _thread, time\nwhile True: _thread.start_new_thread(time.sleep, (9,))\nprint('ESCAPED')",
    "leave the group": "import os; os.setpgid(0, 0); print('ESCAPED')",
    "leave the session": "import os; os.setsid(); print('ESCAPED')",
    "outlive the parent": CTYPES + "won(libc.prctl(1, 0, 0, 0, 0))",
    "become dumpable": CTYPES + "won(libc.prctl(4, 1, 0, 0, 0))",
    "ignore the end": (
        "import signal, time\n"
        "for k in range(1, 65):\n"
        "    try: signal.signal(k, signal.SIG_IGN)\n    except (OSError, ValueError): pass\n"
        "while True:\n"
        "    try: time.sleep(60)\n    except BaseException: pass"
    ),
    "kill the trainer": "import os; os.kill(TRAINER, 9); print('ESCAPED')",
    "kill the server": "import os; os.kill(os.getppid(), 9); print('ESCAPED')",
    "stop the server": "import os; os.kill(os.getppid(), 19); print('ESCAPED')",
    "kill all": "import os; os.kill(-1, 9); print('ESCAPED')",
    "kill the group": "import os; os.killpg(0, 18); print('ESCAPED')",
    "kill by thread": CTYPES + "won(call(234, 131, TRAINER, TRAINER, 9))",
    "kill by old name": CTYPES + "won(call(200, 130, TRAINER, 9))",
    "kill by descriptor": "import os; print('ESCAPED', os.pidfd_open(TRAINER))",
    "queue a signal": CTYPES + "won(call(129, 138, TRAINER, 9, b'\\0' * 128))",
    "signal by ownership": (
        "import fcntl, os\n"
        "fcntl.fcntl(3, 8, TRAINER); fcntl.fcntl(3, 10, 9); fcntl.fcntl(3, fcntl.F_SETFL, os.O_ASYNC)\n"
        "print('ESCAPED')"
    ),
    "signal by ioctl": "import fcntl, struct; fcntl.ioctl(3, 0x8901, struct.pack('i', TRAINER)); print('ESCAPED')",
    "type into a terminal": "import fcntl; fcntl.ioctl(0, 0x5412, b'x'); print('ESCAPED')",
    "priority": "import os; os.setpriority(os.PRIO_PROCESS, TRAINER, 19); print('ESCAPED')",
    "pin the trainer": "import os; os.sched_setaffinity(TRAINER, {0}); print('ESCAPED')",
    "debug the trainer": CTYPES + "won(call(101, 117, 16, TRAINER, 0, 0))",
    "read by vector": CTYPES + "won(call(310, 270, TRAINER, 0, 0, 0, 0, 0))",
    "write by vector": CTYPES + "won(call(311, 271, TRAINER, 0, 0, 0, 0, 0))",
    "steal a file": CTYPES + "won(call(438, 438, 3, 0, 0))",
    "compare": CTYPES + "won(call(312, 272, TRAINER, TRAINER, 0, 0, 0))",
}

KERNEL = {
    "become root": "import os; os.setuid(0); os.setresuid(0, 0, 0); open(CANARY); print('ESCAPED')",
    "become root by groups": "import os; os.setgroups([0]); print('ESCAPED')",
    "take capabilities": CTYPES + "won(call(126, 91, b'\\x22\\x05\\x08\\x20' + b'\\0' * 4, b'\\xff' * 24))",
    "keyring": CTYPES + "won(call(248, 217, b'user', b'x', b'y', 1, -3))",
    "keys": CTYPES + "won(call(250, 219, 0, -3, 0))",
    "io_uring": CTYPES + "won(call(425, 425, 8, b'\\0' * 120))",
    "page faults": CTYPES + "won(call(323, 282, 0))",
    "filters": CTYPES + "won(call(321, 280, 0, b'\\0' * 128, 128))",
    "counters": CTYPES + "won(call(298, 241, b'\\0' * 128, 0, -1, -1, 0))",
    "mount": CTYPES + "won(call(165, 40, b'none', b'.', b'tmpfs', 0, 0))",
    "new user": CTYPES + "won(call(272, 97, 0x10000000))",
    "enter another's": CTYPES + "won(call(308, 268, 0, 0))",
    "a module": CTYPES + "won(call(175, 105, b'x', 1, b''))",
    "another kernel": CTYPES + "won(call(246, 104, 0, 0, 0, 0))",
    "a looser filter": CTYPES + "won(call(317, 277, 1, 0, b'\\0' * 16))",
    "a looser filter by the old way": CTYPES + "won(libc.prctl(22, 2, 0, 0, 0))",
    "another landlock": CTYPES + "won(call(444, 444, 0, 0, 1))",
    "foreign calls": CTYPES
    + (
        "import mmap\n"
        "m = mmap.mmap(-1, 4096, prot=7)\n"
        "m.write(b'\\xb8\\x14\\x00\\x00\\x00\\xcd\\x80\\xc3' if not ARM else b'\\xc0\\x03\\x5f\\xd6')\n"
        "won(ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(m)))() - ARM)"
    ),
    "the third set of calls": CTYPES + "won(call(0x40000000 + 39, 1 << 30))",
    "a message queue": CTYPES + "won(call(240, 180, b'x', 66, 0o600, 0))",
    "shared memory": CTYPES + "won(call(29, 194, 1234, 4096, 0o1666))",
    "semaphores": CTYPES + "won(call(64, 190, 1234, 1, 0o1666))",
    "watch files": CTYPES + "won(call(294, 26, 0))",
    "a timer that signals": CTYPES + "won(call(222, 107, 1, 0, b'\\0' * 8))",
    "the clock": "import time; time.clock_settime(time.CLOCK_REALTIME, 0); print('ESCAPED')",
    "the host's name": "import socket; socket.sethostname('x'); print('ESCAPED')",
    "sync all disks": CTYPES + "won(call(162, 81))",
    "lock memory": CTYPES + "won(call(151, 230, 3))",
    "personality": CTYPES + "won(call(135, 92, 0x0040000))",
}

BOMBS = {
    "endless": "while True: pass",
    "endless in C": "sum(range(10**13))",
    "one huge number": "9**9**9",
    "endless search": "import re; re.match(r'(a+)+$', 'a' * 60 + 'b')",
    "sleep": "import time; time.sleep(999)",
    "memory": "x = []\nwhile True: x.append(bytes(1 << 24))",
    "memory at once": "x = bytearray(1 << 36)\nprint('ESCAPED')",
    "memory by numpy": "import numpy as np; x = np.ones(1 << 31)\nprint('ESCAPED')",
    "memory by a map": "import mmap; m = mmap.mmap(-1, 1 << 31)\nprint('ESCAPED')",
    "output": "while True: print('x' * 10**6)",
    "output in one piece": "print('x' * (50 << 20))",
    "large file": "f = open('f', 'wb')\nfor _ in range(100): f.write(bytes(1 << 20)); f.flush()\nprint('ESCAPED')",
    "many files": "for k in range(10**5): open(f'f{k}', 'w').close()\nprint('ESCAPED')",
    "full folder": "for k in range(50): open(f'f{k}', 'wb').write(bytes(10 << 20))\nprint('ESCAPED')",
    "open files": "x = [open('f', 'w') for _ in range(1000)]\nprint('ESCAPED')",
    "deep folders": ("import os\nfor k in range(3000):\n    os.mkdir('d'); os.chdir('d')"),
    "folder without rights": "import os; os.mkdir('d'); open('d/f', 'w').close(); os.chdir('d')",
    "deep recursion": "import sys; sys.setrecursionlimit(10**9)\ndef f(): return f() + 1\nf()",
    "broken memory": "import ctypes; ctypes.string_at(1)",
    "exit": "raise SystemExit(0)",
    "exit at once": "import os; os._exit(0)",
    "abort": "import os; os.abort()",
    "error that lies": "class E(Exception):\n    def __str__(self): return 'x' * 10**7\nraise E",
    "error that hangs": "class E(Exception):\n    def __str__(self):\n        while True: pass\nraise E",
    "lone surrogates": "print('\\ud800' * 50, '\\x1b[2J\\x1b]0;x\\x07', '\\0')",
}

FORGERIES = {
    "a reply before the reply": (
        "import os, json, struct\n"
        "t = json.dumps({'ok': True, 'id': ID + 1, 'printed': 'lies'}).encode()\n"
        "os.write(3, struct.pack('!II', len(t), 0) + t)"
    ),
    "a huge length": "import os; os.write(3, b'\\xff' * 8)",
    "not JSON": "import os; os.write(3, b'\\0\\0\\0\\2\\0\\0\\0\\0x}')",
    "a list": "import os; os.write(3, b'\\0\\0\\0\\2\\0\\0\\0\\0[]')",
    "deep JSON": "import os; os.write(3, b'\\0\\1\\x86\\xa0\\0\\0\\0\\0' + b'[' * 100000)",
    "huge number": "import os; os.write(3, b'\\0\\1\\x86\\xa0\\0\\0\\0\\0' + b'9' * 100000)",
    "a flood": "import os\nwhile True: os.write(3, b'x' * 65536)",
    "a drip": "import os, time\nwhile True: os.write(3, b'\\0'); time.sleep(0.05)",
    "the end of the socket": "import os; os.close(3)",
    "half a frame": "import os; os.write(3, b'\\0\\0'); os.close(3)",
}

ATTACKS = {
    **{f"files: {k}": v for k, v in FILES.items()},
    **{f"proc: {k}": v for k, v in PROC.items()},
    **{f"network: {k}": v for k, v in NETWORK.items()},
    **{f"processes: {k}": v for k, v in PROCESSES.items()},
    **{f"kernel: {k}": v for k, v in KERNEL.items()},
    **{f"bombs: {k}": v for k, v in BOMBS.items()},
    **{f"forgeries: {k}": v for k, v in FORGERIES.items()},
}
