"""A filter of system calls: what is listed is allowed, some of it only with certain arguments; all else is refused.

The filter is a program of the kernel's packet-filter machine, put together here, so that no C library is needed. It
refuses foreign machine codes (32-bit calls on a 64-bit kernel reach other numbers), kills what only an attack asks for,
and answers "not permitted" to the rest, which Python turns into an ordinary exception.

Source: Drewry, "SECure COMPuting with filters", Linux kernel documentation, userspace-api/seccomp_filter, 2012.
"""

import ctypes
import errno
import os
import struct
from dataclasses import dataclass

from rewardlab.core.sandbox.jail.kernel import MACHINE, syscall
from rewardlab.core.sandbox.jail.syscalls import NUMBERS

AUDIT = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
"""Machine -> the word by which the kernel calls its own, native calls."""
X32 = 0x40000000  # x86_64 numbers from here on are those of a third set of calls

ALLOW, KILL, ERROR = 0x7FFF0000, 0x80000000, 0x00050000
LOAD, EQUAL, ANY_BIT, AT_LEAST, RETURN = 0x20, 0x15, 0x45, 0x35, 0x06
NUMBER, ARCHITECTURE, ARGUMENTS = 0, 4, 16  # offsets in what the filter sees

READING = """
    read open close stat fstat lstat lseek pread64 readv access dup dup2 dup3 getcwd readlink getdents64 openat
    newfstatat readlinkat faccessat faccessat2 statx poll select pselect6 ppoll write writev
"""
CHANGING = """
    pwrite64 flock fsync fdatasync ftruncate chdir rename mkdir rmdir unlink mkdirat unlinkat renameat renameat2
"""
COMPUTING = """
    mmap mprotect munmap brk mremap madvise rt_sigaction rt_sigprocmask rt_sigreturn rt_sigtimedwait sigaltstack
    restart_syscall exit exit_group getpid getppid gettid getuid geteuid getgid getegid getgroups getrlimit getrusage
    times sysinfo uname sched_yield sched_getaffinity getcpu futex set_robust_list set_tid_address rseq membarrier
    getrandom nanosleep gettimeofday time clock_gettime clock_getres clock_nanosleep
"""
KILLED = """
    ptrace process_vm_readv process_vm_writev pidfd_getfd process_madvise kexec_load kexec_file_load init_module
    finit_module delete_module bpf perf_event_open userfaultfd io_uring_setup io_uring_enter io_uring_register add_key
    request_key keyctl mount umount2 pivot_root open_tree move_mount fsopen mount_setattr unshare setns chroot reboot
    swapon acct quotactl open_by_handle_at fanotify_init
"""
TERMINAL = (0x5401, 0x541B, 0x5421, 0x5450, 0x5451)  # TCGETS, FIONREAD, FIONBIO, FIONCLEX, FIOCLEX
DESCRIPTORS = (0, 1, 2, 3, 4, 1030)  # F_DUPFD, F_GETFD, F_SETFD, F_GETFL, F_SETFL, F_DUPFD_CLOEXEC: no owner, no signal
CLONE_THREAD = 0x00010000


@dataclass(frozen=True)
class Policy:
    """What a program may do beyond computing and reading.

    Attributes:
        changes: files may be made and changed, where Landlock allows it too.
        threads: it may start threads. It may never start a process.
    """

    changes: bool = False
    threads: bool = False


def build(policy: Policy, *, pid: int, machine: str = MACHINE) -> bytes:
    """The filter, 8 bytes per instruction, for the process `pid`: only to itself may it send signals.

    Raises:
        KeyError: for a machine that has no table of calls.
    """
    number = NUMBERS[machine]
    lines = [_line(LOAD, ARCHITECTURE), _line(EQUAL, AUDIT[machine], 1, 0), _line(RETURN, KILL), _line(LOAD, NUMBER)]
    if machine == "x86_64":
        lines += [_line(AT_LEAST, X32, 0, 1), _line(RETURN, KILL)]
    for name in KILLED.split():
        lines += _when(number.get(name), [_line(RETURN, KILL)])
    # The C library starts threads by clone3, whose flags lie in memory where no filter sees them: "not implemented"
    # makes it fall back to clone.
    lines += _when(number["clone3"], [_line(RETURN, ERROR | errno.ENOSYS)])
    if policy.threads:
        lines += _when(number["clone"], _only(0, (CLONE_THREAD,), errno.EPERM, test=ANY_BIT))
    lines += _when(number["tgkill"], _only(0, (pid,), errno.EPERM))
    lines += _when(number["ioctl"], _only(1, TERMINAL, errno.ENOTTY))
    lines += _when(number["fcntl"], _only(1, DESCRIPTORS, errno.EPERM))
    lines += _when(number["prlimit64"], _reads_limits())
    for name in f"{COMPUTING} {READING} {CHANGING if policy.changes else ''}".split():
        lines += _when(number.get(name), [_line(RETURN, ALLOW)])
    return b"".join([*lines, _line(RETURN, ERROR | errno.EPERM)])


def install(policy: Policy, *, pid: int | None = None) -> None:
    """Filter the calls of this process, for good. Needs no_new_privs.

    Raises:
        OSError: if the kernel has no filters, or refuses.
    """
    if MACHINE not in AUDIT:
        raise OSError(38, f"seccomp: no table of calls for {MACHINE}")
    program = build(policy, pid=os.getpid() if pid is None else pid)
    lines = ctypes.create_string_buffer(program, len(program))
    head = struct.pack("@HP", len(program) // 8, ctypes.addressof(lines))
    set_mode_filter, no_flags = 1, 0
    syscall("seccomp", set_mode_filter, no_flags, head)


def available() -> bool:
    """Whether the kernel knows the answers that the filter gives: refuse, and kill the whole process."""
    try:
        for action in (ERROR, KILL):
            syscall("seccomp", 2, 0, struct.pack("=I", action))  # SECCOMP_GET_ACTION_AVAIL
    except OSError:
        return False
    return MACHINE in AUDIT


def _line(code: int, k: int, yes: int = 0, no: int = 0) -> bytes:
    return struct.pack("=HBBI", code, yes, no, k)


def _when(number: int | None, body: list[bytes]) -> list[bytes]:
    """`body`, which ends in a return, if the call is this one."""
    return [] if number is None else [_line(EQUAL, number, 0, len(body)), *body]


def _only(argument: int, values: tuple[int, ...], error: int, *, test: int = EQUAL) -> list[bytes]:
    """Allow if the low half of an argument is one of `values`. The kernel reads these arguments as 32 bits too."""
    body = [_line(LOAD, ARGUMENTS + 8 * argument)]
    for k, value in enumerate(values):
        body.append(_line(test, value, len(values) - k, 0))  # to the last line
    return [*body, _line(RETURN, ERROR | error), _line(RETURN, ALLOW)]


def _reads_limits() -> list[bytes]:
    """prlimit64(0, what, NULL, old): its own limits, to read."""
    words = [ARGUMENTS, ARGUMENTS + 16, ARGUMENTS + 20]  # the process; both halves of the address of the new limit
    body: list[bytes] = []
    for k, word in enumerate(words):
        left = 2 * (len(words) - 1 - k)
        body += [_line(LOAD, word), _line(EQUAL, 0, 0, left + 1)]
    return [*body, _line(RETURN, ALLOW), _line(RETURN, ERROR | errno.EPERM)]
