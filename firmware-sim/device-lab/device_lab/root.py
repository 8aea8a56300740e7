"""The device's disk: a Debian system with systemd, the lab's porter, and the package as `make deb` built it."""

import shutil
from pathlib import Path

from device_lab.cache import key_of, made_once
from device_lab.host import LabRefused, run
from device_lab.kernel import Kernel

RELEASE = "bookworm"
PACKAGES = (
    *("systemd", "systemd-sysv", "udev", "dbus", "kmod", "iproute2", "procps", "gpiod", "v4l-utils"),
    *("python3", "libpython3-stdlib", "libstdc++6", "tzdata"),  # what the package depends on
)
DIST = Path(__file__).parents[3] / "dist"
DISK = "2G"
BROKER = "broker.lab"
"""The broker's name in the device's /etc/hosts: this machine, as QEMU's user network shows it."""

FILES = {
    "etc/hostname": "lab\n",
    "etc/hosts": f"127.0.0.1 localhost\n10.0.2.2 {BROKER}\n",
    "etc/fstab": "/dev/vda / ext4 defaults 0 0\n/dev/vdb /lab ext4 ro 0 0\n",
    "etc/systemd/network/lab.network": "[Match]\nType=ether\n[Network]\nAddress=10.0.2.15/24\nGateway=10.0.2.2\n",
    "etc/systemd/system/lab-porter.service": """[Unit]
Description=Runs what the lab asks for
RequiresMountsFor=/lab
[Service]
ExecStart=/usr/bin/python3 -u /lab/porter.py
Restart=always
OOMScoreAdjust=-500
""",
    "etc/systemd/system/lab-bench.service": """[Unit]
Description=The simulated camera, GPIO chips and the wiring between them
RequiresMountsFor=/lab
Before=nattro.service
[Service]
Type=notify
NotifyAccess=all
ExecStart=/usr/bin/python3 -u /lab/bench.py
""",
}
ENABLED = ("lab-porter.service", "lab-bench.service")
MASKED = (
    *("getty@tty1.service", "serial-getty@ttyS0.service", "systemd-logind.service", "e2scrub_reap.service"),
    *(
        "apt-daily.timer",
        "apt-daily-upgrade.timer",
        "e2scrub_all.timer",
        "fstrim.timer",
        "dpkg-db-backup.timer",
    ),
)
"""What would only cost time while it is watched."""


def newest_package() -> Path:
    """The newest built package for this machine. Raises LabRefused."""
    built = sorted(DIST.glob("nattro_*~deb12_amd64.deb"), key=lambda file: file.stat().st_mtime)
    if not built:
        raise LabRefused("there is no package in dist/: run `make deb ARCH=amd64`")
    return built[-1]


def disk(kernel: Kernel, deb: Path) -> Path:
    """An ext4 image of the whole system with this package; to be copied, not to be booted itself."""
    system = made_once("system", key_of([], RELEASE, *PACKAGES), _make_system)
    key = key_of([deb, Path(__file__)], kernel.version, system.name)
    return made_once("disk", key, lambda to: _make_disk(to, system / "root", kernel, deb)) / "root.img"


def _make_system(folder: Path) -> None:
    run(
        "mmdebstrap",
        "--variant=minbase",
        "--format=directory",
        "--mode=root",
        f"--include={','.join(PACKAGES)}",
        RELEASE,
        folder / "root",
    )


def _make_disk(folder: Path, system: Path, kernel: Kernel, deb: Path) -> None:
    root = folder / "root"
    run("cp", "-a", system, root)
    run("cp", "-a", kernel.modules, root / "usr" / "lib")
    for name, text in FILES.items():
        (root / name).write_text(text)
    (root / "lab").mkdir()
    (root / "etc" / "resolv.conf").unlink(missing_ok=True)
    run("systemctl", f"--root={root}", "enable", "systemd-networkd.service")
    units = root / "etc" / "systemd" / "system"
    (units / "multi-user.target.wants").mkdir(exist_ok=True)
    for unit in ENABLED:
        (units / "multi-user.target.wants" / unit).symlink_to(units.relative_to(root) / unit)
    for unit in MASKED:
        (units / unit).symlink_to("/dev/null")
    _install(deb, root)
    run("mke2fs", "-q", "-t", "ext4", "-d", root, folder / "root.img", DISK)
    shutil.rmtree(root)


def _install(deb: Path, root: Path) -> None:
    """As on a device, its scripts run inside; without systemd running they only enable the units."""
    shutil.copy(deb, root / deb.name)
    in_there = ("unshare", "--mount", "--pid", "--fork", f"--mount-proc={root}/proc", "chroot", root)
    run(*in_there, "dpkg", "-i", f"/{deb.name}")
    (root / deb.name).unlink()
