"""Debian's kernel with the modules that the lab uses, two of them compiled here; and the initramfs to boot it."""

import re
import shutil
from pathlib import Path

from device_lab.cache import key_of, made_once
from device_lab.host import LabRefused, run

META = "linux-image-amd64"
MODULES = (
    # disk, network, the lab's line to its porter, chance
    *("virtio_pci", "virtio_blk", "virtio_net", "virtio_console", "virtio-rng", "ext4"),
    *("crc32c_generic", "crc32c-intel"),
    # the simulated hardware
    *("vivid", "v4l2loopback", "gpio-sim", "i6300esb"),
)
FOR_THE_ROOT = ("virtio_pci", "virtio_blk", "crc32c_generic", "crc32c-intel", "ext4")
"""What the initramfs loads to reach the disk, in this order."""

INIT = """#!/bin/busybox sh
/bin/busybox mkdir -p /proc /sys /dev /disk
/bin/busybox mount -t devtmpfs dev /dev
for module in {modules}; do /bin/busybox insmod /$module; done
until [ -b /dev/vda ]; do /bin/busybox sleep 0.1; done
/bin/busybox mount -t ext4 -o rw /dev/vda /disk
/bin/busybox mount --move /dev /disk/dev
exec /bin/busybox switch_root /disk /lib/systemd/systemd
"""


class Kernel:
    """A kernel that was made: `vmlinuz`, `initrd`, and `lib/modules` to be copied into the root."""

    def __init__(self, folder: Path) -> None:
        self.image = folder / "vmlinuz"
        self.initrd = folder / "initrd"
        self.modules = folder / "lib" / "modules"
        self.version = next(self.modules.iterdir()).name


def kernel() -> Kernel:
    """The mirror's newest kernel. Raises CommandFailed and LabRefused."""
    version = _newest()
    return Kernel(made_once("kernel", f"{version}-{key_of([Path(__file__)])}", lambda to: _make(version, to)))


def _newest() -> str:
    """Its version as in file names, `6.1.0-56-amd64` for example."""
    dependencies = run("apt-cache", "depends", META).decode()
    found = re.search(r"linux-image-(6\.1\.\S+-amd64)", dependencies)
    if not found:
        raise LabRefused(f"apt knows no kernel 6.1 by {META}: run `apt-get update`; the lab needs Debian 12")
    return found[1]


def _make(version: str, folder: Path) -> None:
    work = folder / "work"
    _unpack_packages(version, work)
    sources, installed = work / "usr" / "src", work / "lib" / "modules" / version
    headers = sources / f"linux-headers-{version}"
    makefile = headers / "Makefile"
    makefile.write_text(makefile.read_text().replace("/usr/src/", f"{sources}/"))
    for made in (_gpio_sim(sources, headers, work), _v4l2loopback(sources, headers)):
        shutil.copy(made, installed)
    run("depmod", "-b", work, version)
    needed = in_loading_order(MODULES, (installed / "modules.dep").read_text())
    kept = folder / "lib" / "modules" / version
    for module in needed:
        (kept / module).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(installed / module, kept / module)
    for listing in installed.glob("modules.builtin*"):
        shutil.copy(listing, kept)
    shutil.copy(installed / "modules.order", kept)
    run("depmod", "-b", folder, version)
    shutil.copy(work / "boot" / f"vmlinuz-{version}", folder / "vmlinuz")
    _make_initrd(folder / "initrd", kept)
    shutil.rmtree(work)


def _unpack_packages(version: str, work: Path) -> None:
    flavourless = version.removesuffix("-amd64")
    packages = work / "packages"
    packages.mkdir(parents=True)
    packages.chmod(0o777)  # apt fetches as a user of its own
    run(
        "apt-get",
        "download",
        f"linux-image-{version}",
        f"linux-headers-{version}",
        f"linux-headers-{flavourless}-common",
        "linux-kbuild-6.1",
        "linux-source-6.1",
        "v4l2loopback-dkms",
        cwd=packages,
    )
    for package in packages.iterdir():
        run("dpkg-deb", "-x", package, work)


def _gpio_sim(sources: Path, headers: Path, work: Path) -> Path:
    """Debian leaves gpio-sim out: built from its own source, with the interrupt simulator linked in.

    Changed in one thing: a line that is let go keeps its level, as on a Raspberry Pi, so that a process that dies
    in mid-pulse leaves the power cut (the driver as it is would restore it, and prove nothing).
    """
    tree = work / "gpio-sim"
    tree.mkdir()
    wanted = ("drivers/gpio/gpio-sim.c", "drivers/gpio/gpiolib.h", "kernel/irq/irq_sim.c")
    archive = sources / "linux-source-6.1.tar.xz"
    run(
        "tar", "-xJf", archive, "-C", tree, "--strip-components=1", *(f"linux-source-6.1/{f}" for f in wanted)
    )
    driver = (tree / wanted[0]).read_text()
    kept_level = re.sub(
        r"^\tgc->free = gpio_sim_free;\n", "\t(void)gpio_sim_free;\n", driver, flags=re.MULTILINE
    )
    if kept_level == driver:
        raise LabRefused("gpio-sim.c of this kernel is another: see device_lab/kernel.py")
    (tree / "gpio-sim-core.c").write_text(kept_level)
    (tree / wanted[1]).rename(tree / "gpiolib.h")
    interrupts = (tree / wanted[2]).read_text()
    interrupts = re.sub(r"^EXPORT_SYMBOL_GPL.*$", "", interrupts, flags=re.MULTILINE)
    interrupts = interrupts.replace("irq_to_desc(irqnum)", "irq_data_to_desc(irq_get_irq_data(irqnum))")
    include = "#include <linux/irq_work.h>"
    interrupts = interrupts.replace(include, f"{include}\n#include <linux/irqdesc.h>")
    (tree / "irq_sim_core.c").write_text(interrupts)
    (tree / "Makefile").write_text("obj-m += gpio-sim.o\ngpio-sim-y := gpio-sim-core.o irq_sim_core.o\n")
    run("make", "-C", headers, f"M={tree}", "modules")
    return tree / "gpio-sim.ko"


def _v4l2loopback(sources: Path, headers: Path) -> Path:
    tree = next(sources.glob("v4l2loopback-*"))
    run("make", "-C", headers, f"M={tree}", "modules")
    return tree / "v4l2loopback.ko"


def in_loading_order(wanted: tuple[str, ...], listing: str) -> list[str]:
    """These modules after all that they need, as paths. listing: a `modules.dep`. Raises LabRefused."""
    needs = {
        path: needed.split() for path, _, needed in (line.partition(":") for line in listing.splitlines())
    }
    by_name = {Path(path).stem.replace("-", "_"): path for path in needs}
    ordered: list[str] = []

    def add(path: str) -> None:
        for needed in needs[path]:
            add(needed)
        if path not in ordered:
            ordered.append(path)

    for name in wanted:
        if name.replace("-", "_") not in by_name:
            raise LabRefused(f"this kernel has no module {name}")
        add(by_name[name.replace("-", "_")])
    return ordered


def _make_initrd(file: Path, modules: Path) -> None:
    tree = file.parent / "work" / "initrd"
    (tree / "bin").mkdir(parents=True)
    shutil.copy("/bin/busybox", tree / "bin")
    loaded = in_loading_order(FOR_THE_ROOT, (modules / "modules.dep").read_text())
    for module in loaded:
        shutil.copy(modules / module, tree)
    init = tree / "init"
    init.write_text(INIT.format(modules=" ".join(Path(module).name for module in loaded)))
    init.chmod(0o755)
    names = "\n".join(str(path.relative_to(tree)) for path in sorted(tree.rglob("*")))
    file.write_bytes(run("cpio", "-o", "-H", "newc", "--quiet", cwd=tree, stdin=names.encode()))
