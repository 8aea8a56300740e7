"""A disk that knows what was synced: applies recorded calls, and tells what a power cut may leave of them.

What was written but not yet synced may be on the disk or not, each write for itself, in whole or in part, for no
disk and no file system owes more. The same holds for names: a file that was made, renamed or removed is so for
certain only after its directory was synced. Bytes beside those that were written are never touched (SQLite's own
assumption, "powersafe overwrite").
"""

from collections.abc import Callable, Iterable
from pathlib import PurePath

from firmware_sim.crash.recording import (
    Append,
    Call,
    Create,
    MakeDirectory,
    Rename,
    Sync,
    Truncate,
    Unlink,
    Write,
)

Image = dict[str, bytes]
"""A directory's files by name. None in its place: the directory itself is not there."""


class Inode:
    """A file's content: as synced last, and what was done to it since."""

    def __init__(self) -> None:
        self.synced = bytearray()
        self.current = bytearray()


class Pending:
    """Something done that is not certain to be on the disk yet: to a file's content, or to a name."""

    __slots__ = ("call", "inode")

    def __init__(self, call: Call, inode: Inode) -> None:
        self.call = call
        self.inode = inode


class Disk:
    """One directory, flat, on a disk. `before`: what it holds, durably, when the recording begins."""

    def __init__(self, directory: str, before: Image | None = None) -> None:
        self._directory = directory
        self._parent = str(PurePath(directory).parent)
        self._exists = self._exists_synced = before is not None
        self._names: dict[str, Inode] = {}
        self._names_synced: dict[str, Inode] = {}
        self._unlinked: dict[str, Inode] = {}
        self.pending: list[Pending] = []
        for name, content in (before or {}).items():
            inode = Inode()
            inode.synced[:] = inode.current[:] = content
            self._names[name] = self._names_synced[name] = inode

    # ---- what is done

    def apply(self, call: Call) -> None:
        """Do what the call did."""
        match call:
            case Sync(path=path):
                self._sync(path)
            case MakeDirectory(path=path) if path == self._directory:
                self._exists = True
            case Create() | Unlink() | Rename() if PurePath(call.path).parent == PurePath(self._directory):
                self._change_names(call)
            case Write() | Append():
                self._change_content(self.placed(call))
            case Truncate():
                self._change_content(call)
            case _:
                raise NotImplementedError(f"a flat directory has no {call}")

    def placed(self, call: Write | Append) -> Write:
        """The write with its place in the file."""
        if isinstance(call, Append):
            return Write(call.path, len(self._inode(call.path).current), call.data)
        return call

    def _change_content(self, call: Write | Truncate) -> None:
        inode = self._inode(call.path)
        _change(inode.current, call)
        self.pending.append(Pending(call, inode))

    def _change_names(self, call: Create | Unlink | Rename) -> None:
        name = PurePath(call.path).name
        if isinstance(call, Create) and name in self._names:
            return
        inode = Inode() if isinstance(call, Create) else self._names[name]
        _rename(self._names, call, inode)
        if isinstance(call, Unlink):
            self._unlinked[name] = inode
        self.pending.append(Pending(call, inode))

    def _sync(self, path: str) -> None:
        if path == self._parent:
            self._exists_synced = self._exists
        elif path == self._directory:
            self._names_synced = dict(self._names)
            self._settle(lambda pending: isinstance(pending.call, Create | Unlink | Rename))
        else:
            inode = self._inode(path)
            inode.synced[:] = inode.current
            self._settle(
                lambda pending: pending.inode is inode and isinstance(pending.call, Write | Truncate)
            )

    def _settle(self, certain: Callable[[Pending], bool]) -> None:
        self.pending = [pending for pending in self.pending if not certain(pending)]

    def _inode(self, path: str) -> Inode:
        name = PurePath(path).name
        return self._names.get(name) or self._unlinked[name]

    # ---- what is left

    def whole(self, torn: Write | None = None) -> Image:
        """Everything done so far is on the disk, and `torn`, a part of the next write."""
        image = {name: bytes(inode.current) for name, inode in self._names.items()}
        if torn is not None and (name := PurePath(torn.path).name) in image:
            content = bytearray(image[name])
            _change(content, torn)
            image[name] = bytes(content)
        return image

    def left(self, kept: Iterable[int], torn: dict[int, Write] | None = None) -> Image:
        """Of what is pending, only `kept` (by place) reached the disk; of those in `torn`, only that part."""
        names = dict(self._names_synced)
        contents: dict[int, bytearray] = {}
        for place in sorted(kept):
            pending = self.pending[place]
            call = (torn or {}).get(place, pending.call)
            if isinstance(call, Write | Truncate):
                inode = pending.inode
                _change(contents.setdefault(id(inode), bytearray(inode.synced)), call)
            elif isinstance(call, Create | Unlink | Rename):
                _rename(names, call, pending.inode)
        return {name: bytes(contents.get(id(inode), inode.synced)) for name, inode in names.items()}

    @property
    def may_be_gone(self) -> bool:
        """Whether the directory itself is not yet certain to be found in its parent."""
        return self._exists and not self._exists_synced


def pieces(call: Write) -> list[Write]:
    """Parts of a write that may be all of it that reached the disk: cut off, or without its beginning."""
    data, at = call.data, call.offset
    if len(data) < 2:
        return []
    middle = len(data) // 2
    sectors = {512, 3584} if len(data) == 4096 else set()
    heads = sorted({1, middle, len(data) - 1} | sectors)
    tails = sorted({middle} | sectors)
    return [Write(call.path, at, data[:end]) for end in heads] + [
        Write(call.path, at + begin, data[begin:]) for begin in tails
    ]


def _change(content: bytearray, call: Write | Truncate) -> None:
    if isinstance(call, Truncate):
        del content[call.length :]
        content.extend(bytes(call.length - len(content)))
        return
    if call.offset > len(content):
        content.extend(bytes(call.offset - len(content)))
    content[call.offset : call.offset + len(call.data)] = call.data


def _rename(names: dict[str, Inode], call: Create | Unlink | Rename, inode: Inode) -> None:
    """Change a name. Of changes of which an earlier one was lost, only what is still possible happens."""
    name = PurePath(call.path).name
    if isinstance(call, Create):
        names[name] = inode
    elif names.get(name) is inode:
        del names[name]
        if isinstance(call, Rename):
            names[PurePath(call.to).name] = inode
