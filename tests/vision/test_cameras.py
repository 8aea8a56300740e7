"""Which camera is meant: by path, by USB name, or as the only one; nodes that are no camera do not count."""

from pathlib import Path

import pytest

from tests.vision.video_kernel import FakeCamera, VideoKernel
from vision.cameras import Camera, find, listed
from vision.capture import CaptureTrouble


def plug(root: Path, port: str, model: str, serial: str, *nodes: int, name: str = "Night camera") -> None:
    """A USB camera as /sys shows it: every node below its interface, the interface below its device."""
    usb = root / "sys/devices/pci0000:00/usb1" / port
    (usb / f"{port}:1.0").mkdir(parents=True)
    vendor, _, product = model.partition(":")
    for file, text in (("idVendor", vendor), ("idProduct", product), ("serial", serial)):
        if text:
            (usb / file).write_text(f"{text}\n")
    links = root / "sys/class/video4linux"
    links.mkdir(parents=True, exist_ok=True)
    for index, node in enumerate(nodes):
        folder = usb / f"{port}:1.0/video4linux/video{node}"
        folder.mkdir(parents=True)
        (folder / "name").write_text(f"{name}\n")
        (folder / "index").write_text(f"{index}\n")
        (links / f"video{node}").symlink_to(folder)


def kernel(**nodes: bool) -> VideoKernel:
    """Cameras by node; True: it captures, False: it carries metadata."""
    return VideoKernel({Path("/dev") / name: FakeCamera(metadata=not good) for name, good in nodes.items()})


@pytest.fixture
def root(tmp_path: Path) -> Path:
    plug(tmp_path, "1-1.2", "1bcf:2883", "SN0001", 0, 1)
    return tmp_path


def test_the_only_camera_is_found_although_it_has_a_metadata_node(root: Path) -> None:
    assert find("only", kernel(video0=True, video1=False), root) == Path("/dev/video0")


def test_a_camera_is_found_by_what_lsusb_shows_wherever_it_is_plugged_in(root: Path) -> None:
    plug(root, "1-1.4", "046d:0825", "", 2, 3)
    both = kernel(video0=True, video1=False, video2=True, video3=False)
    assert find("usb:046d:0825", both, root) == Path("/dev/video2")
    assert find("usb:1BCF:2883:SN0001", both, root) == Path("/dev/video0")


def test_a_path_is_taken_as_it_is(root: Path) -> None:
    path = "/dev/v4l/by-id/usb-Night_SN0001-video-index0"
    assert find(path, kernel(), root) == Path(path)


def test_two_of_a_kind_are_told_apart_by_serial_or_refused_with_a_list(root: Path) -> None:
    plug(root, "1-1.3", "1bcf:2883", "SN0002", 2)
    both = kernel(video0=True, video1=False, video2=True)
    for name in ("only", "usb:1bcf:2883"):
        with pytest.raises(CaptureTrouble) as trouble:
            find(name, both, root)
        assert trouble.value.kind == "refused"
        for camera in ("/dev/video0 (Night camera usb:1bcf:2883:SN0001)", "/dev/video2 (Night"):
            assert camera in trouble.value.detail
        assert "/dev/video1" not in trouble.value.detail
    assert find("usb:1bcf:2883:SN0002", both, root) == Path("/dev/video2")


def test_a_camera_that_is_not_there_is_gone_and_what_is_there_is_told(root: Path) -> None:
    with pytest.raises(CaptureTrouble, match=r"there are: /dev/video0 .*SN0001\), /dev/video1") as trouble:
        find("usb:ffff:0001", kernel(video0=True, video1=False), root)
    assert trouble.value.kind == "gone"


def test_no_camera_at_all_is_gone(tmp_path: Path) -> None:
    with pytest.raises(CaptureTrouble, match="there are: none") as trouble:
        find("only", kernel(), tmp_path)
    assert trouble.value.kind == "gone"


@pytest.mark.parametrize("name", ["", "usb:", "usb:zz:1", "usb:1bcf", "video0", "first", "../etc/passwd"])
def test_a_name_that_is_none_is_refused(root: Path, name: str) -> None:
    with pytest.raises(CaptureTrouble, match="names no camera; give"):
        find(name, kernel(video0=True), root)


def test_a_camera_on_no_usb_is_listed_without_a_model(tmp_path: Path) -> None:
    folder = tmp_path / "sys/devices/platform/vivid.0/video4linux/video10"
    folder.mkdir(parents=True)
    (folder / "name").write_text("vivid-000-vid-cap\n")
    (tmp_path / "sys/class/video4linux").mkdir(parents=True)
    (tmp_path / "sys/class/video4linux/video10").symlink_to(folder)
    assert listed(tmp_path) == [Camera(Path("/dev/video10"), "vivid-000-vid-cap")]
    assert find("only", kernel(video10=True), tmp_path) == Path("/dev/video10")
