"""Records with `strace` what a program does to one directory, call by call."""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import msgspec

CALLS = (
    "open,openat,creat,write,writev,pwrite64,pwritev,pwritev2,ftruncate,truncate,fallocate,"
    "fsync,fdatasync,sync_file_range,unlink,unlinkat,rename,renameat,renameat2,link,linkat,symlink,symlinkat,"
    "mkdir,mkdirat,rmdir,mmap,copy_file_range,sendfile"
)
LONGEST_STRING = 16 * 2**20
LINE = re.compile(r"^\d+ +(?P<call>\w+)\((?P<arguments>.*)\) += (?P<result>-?\d+)(?:<(?P<of>[^>]*)>)?.*$")
UNFINISHED = re.compile(r"^(?P<thread>\d+) +(?P<call>.*) <unfinished \.\.\.>$")
RESUMED = re.compile(r"^(?P<thread>\d+) +<\.\.\. \w+ resumed>(?P<rest>.*)$")
QUOTED = re.compile(r'"([^"]*)"')
OPENED = re.compile(r"^(?:AT_FDCWD|\d+)<(?P<path>[^>]*)>")
SHARED_MEMORY = "-shm"
"""SQLite's index of the WAL is mapped memory that it never trusts after a start; nothing of it is durable."""


class NoStrace(Exception):
    """The calls cannot be recorded; the text says why and what to do."""


class NotUnderstood(Exception):
    """A call that the disk's model does not know: it must be taught, not passed over."""


class Write(msgspec.Struct, frozen=True):
    """Bytes written to a file at an offset."""

    path: str
    offset: int
    data: bytes


class Append(msgspec.Struct, frozen=True):
    """Bytes written to the end of a file, or of what was written of it since it was opened."""

    path: str
    data: bytes


class Truncate(msgspec.Struct, frozen=True):
    """A file's new length."""

    path: str
    length: int


class Create(msgspec.Struct, frozen=True):
    """A file that was opened with O_CREAT: made if it was not there."""

    path: str


class MakeDirectory(msgspec.Struct, frozen=True):
    """A new directory."""

    path: str


class Unlink(msgspec.Struct, frozen=True):
    """A name taken away."""

    path: str


class Rename(msgspec.Struct, frozen=True):
    """A name changed."""

    path: str
    to: str


class Sync(msgspec.Struct, frozen=True):
    """fsync or fdatasync of a file or a directory has returned."""

    path: str


Call = Write | Append | Truncate | Create | MakeDirectory | Unlink | Rename | Sync


def record(arguments: Sequence[str], trace: Path) -> None:
    """Run `python ARGUMENTS` under strace, which writes `trace`. Raises NoStrace."""
    strace = shutil.which("strace")
    if strace is None:
        raise NoStrace("strace is not installed (Debian: apt install strace)")
    command = [strace, "-f", "-y", "-xx", "-s", str(LONGEST_STRING), "--seccomp-bpf", "-e", f"trace={CALLS}"]
    command += ["-o", str(trace), sys.executable, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if "PTRACE" in done.stderr or "Operation not permitted" in done.stderr:
        raise NoStrace(f"strace may not trace here: {done.stderr.strip()}")
    if done.returncode:
        raise RuntimeError(f"the recorded program failed: {done.stderr[-2000:]}")


def calls(trace: Path, below: Path) -> Iterator[Call]:
    """What was done to the directory `below` and everything in it, in order. Raises NotUnderstood."""
    with trace.open(encoding="ascii") as lines:
        for line in _whole(lines):
            found = LINE.match(line)
            if found is not None and int(found["result"]) >= 0:
                yield from _read(found, str(below))


def _whole(lines: Iterable[str]) -> Iterator[str]:
    """Each call on one line, where it returned: strace tells those that another thread cut in upon in two parts."""
    begun: dict[str, str] = {}
    for line in lines:
        if part := UNFINISHED.match(line):
            begun[part["thread"]] = part["call"]
        elif part := RESUMED.match(line):
            yield f"{part['thread']} {begun.pop(part['thread'], '')}{part['rest']}"
        else:
            yield line


def _read(line: re.Match[str], below: str) -> Iterator[Call]:
    arguments = line["arguments"]
    strings = [bytes.fromhex(text.replace("\\x", "")) for text in QUOTED.findall(arguments)]
    held = _held(arguments)
    match line["call"]:
        case "open" | "openat" | "creat":
            yield from _opened(line, strings[0].decode(), below)
        case "pwrite64" if _of_interest(held, below):
            yield Write(held, int(arguments.rsplit(", ", 1)[1]), strings[0][: int(line["result"])])
        case "write" if _of_interest(held, below):
            yield Append(held, strings[0][: int(line["result"])])
        case "ftruncate" if _of_interest(held, below):
            yield Truncate(held, int(arguments.rsplit(", ", 1)[1]))
        case "fsync" | "fdatasync" if _of_interest(held, below):
            yield Sync(held)
        case "unlink" if _of_interest(strings[0].decode(), below):
            yield Unlink(strings[0].decode())
        case "rename" if _of_interest(strings[0].decode(), below):
            yield Rename(strings[0].decode(), strings[1].decode())
        case "mkdir" if _of_interest(strings[0].decode(), below):
            yield MakeDirectory(strings[0].decode())
        case "mmap" if "MAP_SHARED" not in arguments or "PROT_WRITE" not in arguments:
            return
        case _:
            _demand_elsewhere(line, [held, *(text.decode("utf-8", "replace") for text in strings)], below)


def _opened(line: re.Match[str], path: str, below: str) -> Iterator[Call]:
    if "O_CREAT" in line["arguments"] and _of_interest(path, below):
        yield Create(path)
    if "O_TRUNC" in line["arguments"] and _of_interest(path, below):
        yield Truncate(path, 0)


def _held(arguments: str) -> str:
    """The path of the descriptor that a call is given first, "" if it is given none."""
    found = OPENED.match(arguments)
    return bytes.fromhex(found["path"].replace("\\x", "")).decode() if found else ""


def _of_interest(path: str, below: str) -> bool:
    return (path == below or path.startswith(below + "/")) and not path.endswith(SHARED_MEMORY)


def _demand_elsewhere(line: re.Match[str], paths: list[str], below: str) -> None:
    held = re.findall(r"<([^>]*)>", line["arguments"])
    paths += [bytes.fromhex(path.replace("\\x", "")).decode() for path in held if path.startswith("\\x")]
    if any(_of_interest(path, below) for path in paths):
        raise NotUnderstood(f"{line['call']} on {', '.join(filter(None, paths))}")
