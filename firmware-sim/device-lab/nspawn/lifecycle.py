"""The package's life in clean roots: installed, upgraded, refused, removed, purged; what remains after each."""

import hashlib
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from nspawn import home
from nspawn.acceptance import demand
from nspawn.machine import Machine, booted, offline
from nspawn.packages import Variants, version_of
from nspawn.root import bare_root, copy_of, device_root

CONFIG = "/etc/nattro/nattro.toml"
_FROM_CACHE = "apt-get --yes --no-download --no-install-recommends --fix-broken install"
OWN_LINE = "# written by the technician\n"
NOT_OURS = (
    "proc",
    "sys",
    "dev",
    "run",
    "tmp",
    "root",
    "srv",
    "var/log",
    "var/tmp",
    "var/cache",
    "var/lib/dpkg",
    "var/lib/systemd",
)
"""Where a running system and dpkg themselves come and go."""


def checks(package: Path) -> list[Callable[[], str]]:
    """Each begins with a clean root."""

    def it_installs_offline_into_a_debian_without_python_or_systemd() -> str:
        return _offline(package)

    def it_lives_and_leaves_nothing() -> str:
        with TemporaryDirectory() as folder, copy_of(device_root()) as root, booted(root) as machine:
            return _Life(machine, package, Path(folder)).lived()

    return [it_installs_offline_into_a_debian_without_python_or_systemd, it_lives_and_leaves_nothing]


def _offline(package: Path) -> str:
    """`dpkg -i`, which misses the dependencies; `apt-get -f install`, which has them in its cache."""
    with copy_of(bare_root()) as root:
        shutil.copy(package, root / "root")
        first = offline(root, "dpkg", "--install", f"/root/{package.name}")
        demand(
            first.returncode and "dependency problems" in first.stderr, f"dpkg alone: {first.stderr[-300:]}"
        )
        second = offline(root, "sh", "-c", _FROM_CACHE)
        demand(second.returncode == 0, f"apt-get -f: {(second.stdout + second.stderr)[-600:]}")
        shown = offline(root, "nattro", "--version").stdout.strip()
        enabled = offline(
            root, "systemctl", "is-enabled", "nattro.service", "nattro-vision.socket"
        ).stdout.split()
        users = offline(root, "getent", "passwd", "nattro", "nattro-vision").stdout.count("\n")
        demand(enabled == ["enabled", "enabled"] and users == 2, f"{enabled}, {users} users")
        return f"{shown}; both units enabled, both users made; no network in that container"


class _Life:
    """One device from the first installation to the purge. Each row of the table is what was found after a step."""

    def __init__(self, machine: Machine, package: Path, folder: Path) -> None:
        self._machine = machine
        self._rows = [
            (
                "after",
                "version",
                "agent",
                "users",
                "own config",
                "state",
                "files in /usr",
                "unit links",
                "elsewhere",
            )
        ]
        variants = Variants(package, folder)
        version = version_of(package)
        self._package = package
        self._older = variants.packed(f"{version}~before")
        self._newer = variants.packed(f"{version}+after")
        foreign = ("preinst", "/usr/bin/python3.11", "/usr/bin/python3.99")
        self._foreign = variants.packed(f"{version}+foreign", script=foreign)

    def lived(self) -> str:
        self._machine.run("apt-get", "--yes", "purge", "nattro", check=False)
        self._before = self._files()
        self._install(self._older)
        self._row("install")
        demand(self._agent() == "inactive", "the agent was started without a configuration")
        self._set_up()
        first = self._pid()
        self._row("set up")
        self._upgraded(first)
        self._refused_for_its_configuration()
        self._refused_for_its_python()
        self._removed_and_back()
        self._purged()
        return "\n" + _table(self._rows)

    def _set_up(self) -> None:
        home.furnish(self._machine)
        home.settle_in(self._machine)
        file = self._machine.root / CONFIG.lstrip("/")
        file.write_text(file.read_text() + OWN_LINE)
        self._machine.write("/var/lib/nattro-reference/reference", "the empty bed")
        self._config = self._hash()

    def _upgraded(self, first: str) -> None:
        self._install(self._package)
        demand(self._pid() not in {first, "0"}, "the upgrade did not restart the agent")
        demand(self._hash() == self._config, "the upgrade changed the configuration")
        demand("given" in self._consent(), f"the upgrade lost the consent: {self._consent()}")
        self._row("upgrade")

    def _refused_for_its_configuration(self) -> None:
        """A key that the new version does not know, for example."""
        running = self._pid()
        file = self._machine.root / CONFIG.lstrip("/")
        good = file.read_text()
        file.write_text(good + "\n[unheard_of]\n")
        done = self._machine.run("dpkg", "--install", self._brought(self._newer), check=False)
        demand(done.returncode and "goes on running" in done.stderr, f"not refused: {done.stderr[-300:]}")
        demand(self._pid() == running and self._agent() == "active", "the old agent does not go on running")
        self._row("upgrade that refuses the configuration")
        file.write_text(good)
        self._machine.run("dpkg", "--configure", "nattro")
        demand(self._pid() not in {running, "0"}, "the mended upgrade did not restart the agent")
        self._row("configuration mended, dpkg --configure")

    def _refused_for_its_python(self) -> None:
        running = self._pid()
        done = self._machine.run("dpkg", "--install", self._brought(self._foreign), check=False)
        demand(done.returncode and "Debian release" in done.stderr, f"not refused: {done.stderr[-300:]}")
        demand(self._pid() == running and self._agent() == "active", "the old agent does not go on running")
        demand(not self._version().endswith("foreign"), "it was unpacked")
        self._row("upgrade for another Python")

    def _removed_and_back(self) -> None:
        self._machine.run("apt-get", "--yes", "remove", "nattro")
        demand(self._hash() == self._config, "removing took the configuration")
        self._row("remove")
        self._install(self._package)
        demand("given" in self._consent() and self._agent() == "active", "it did not come back as it was")
        self._row("install again")

    def _purged(self) -> None:
        self._machine.run("apt-get", "--yes", "purge", "nattro")
        self._row("purge")
        left = self._new_files()
        demand(not left, f"left after the purge: {left}")
        demand(self._users() == "0", "users are left after the purge")

    # ---- what is found

    def _row(self, after: str) -> None:
        new = self._new_files()
        parts = {where: [path for path in new if path.startswith(where)] for where in _PLACES}
        elsewhere = [path for path in new if not f"{path}/".startswith(_PLACES)]
        usr, links, config, *state = parts.values()
        found = (
            *(after, self._version(), self._agent(), self._users()),
            "kept" if CONFIG.lstrip("/") in config else "-",
            *(f"{sum(map(len, state))} files", str(len(usr)), str(len(links)), ", ".join(elsewhere) or "-"),
        )
        self._rows.append(found)

    def _files(self) -> set[str]:
        pruned = [word for path in NOT_OURS for word in ("-path", f"./{path}", "-prune", "-o")]
        return set(self._machine.run("find", ".", *pruned, "-printf", "%P\n").stdout.split("\n")) - {""}

    def _new_files(self) -> list[str]:
        """What was not there before, and is no trace of the broker, the accounts' data base or dpkg."""
        return sorted(path for path in self._files() - self._before if not path.startswith(_TRACES))

    def _install(self, package: Path) -> None:
        self._machine.run("dpkg", "--install", self._brought(package))

    def _brought(self, package: Path) -> str:
        shutil.copy(package, self._machine.root / "root")
        return f"/root/{package.name}"

    def _version(self) -> str:
        done = self._machine.run(
            "dpkg-query", "--show", "--showformat=${Version} ${db:Status-Abbrev}", "nattro", check=False
        )
        return done.stdout.strip() or "-"

    def _agent(self) -> str:
        return self._machine.shown("nattro.service", "ActiveState")

    def _pid(self) -> str:
        return self._machine.shown("nattro.service", "MainPID")

    def _users(self) -> str:
        return str(
            self._machine.run("getent", "passwd", "nattro", "nattro-vision", check=False).stdout.count("\n")
        )

    def _consent(self) -> str:
        return self._machine.run("nattro", "consent", "show", check=False).stdout

    def _hash(self) -> str:
        return hashlib.sha256((self._machine.root / CONFIG.lstrip("/")).read_bytes()).hexdigest()


_PLACES = ("usr/", "etc/systemd/system/", "etc/nattro", "var/lib/nattro/", "var/lib/nattro-reference/")
_TRACES = (
    *("etc/mosquitto", "var/lib/mosquitto", "etc/hosts", "var/lib/apt"),
    *("etc/passwd", "etc/group", "etc/shadow", "etc/gshadow", "etc/.pwd", "etc/subuid", "etc/subgid"),
)


def _table(rows: Sequence[tuple[str, ...]]) -> str:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join(
        "        " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )
