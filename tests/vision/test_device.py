"""A camera through the kernel's video interface: negotiated, read, lost, busy, broken, silent."""

import errno
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.vision.video_kernel import FakeCamera, Setting, VideoKernel
from vision.capture import CaptureTrouble, Feed, Frame
from vision.device import BROKEN_AT_MOST, BUFFERS, Device
from vision.negotiation import COMPRESSED, READABLE, WITHOUT_CONVERSION, Offer, in_order, nearest_step

NODE = Path("/dev/null")  # a node that stays there; the fake kernel answers for it
VGA = (640, 480)
SIZES = {VGA: (30.0, 10.0, 5.0), (1280, 720): (10.0,)}


def scene(size: tuple[int, int], number: int) -> np.ndarray:
    """A ramp with a mark that moves with the frame's number."""
    width, height = size
    picture = np.tile(np.linspace(40, 200, width).astype(np.uint8), (height, 1))
    picture[:16, 16 * (number % 20) : 16 * (number % 20) + 16] = 255
    return picture


def frame_bytes(kind: str, size: tuple[int, int], number: int, *, blue: int = 128, red: int = 128) -> bytes:
    """The scene as a driver delivers it; blue and red: the chroma, 128 is none."""
    width, height = size
    grey = scene(size, number)
    if kind in COMPRESSED:
        chroma = np.full((height, width), 128, np.uint8)
        yuv = cv2.merge([grey, np.full_like(chroma, red), np.full_like(chroma, blue)])
        _, data = cv2.imencode(".jpg", cv2.cvtColor(yuv, cv2.COLOR_YCrCb2BGR))
        return data.tobytes() + bytes(64)  # cameras pad
    if kind == "GREY":
        return grey.tobytes()
    if kind in ("YUYV", "UYVY"):
        packed = np.empty((height, width * 2), np.uint8)
        luma = 0 if kind == "YUYV" else 1
        packed[:, luma::2] = grey
        packed[:, 1 - luma :: 4], packed[:, 3 - luma :: 4] = blue, red
        return packed.tobytes()
    quarter = np.full(width * height // 4, blue, np.uint8), np.full(width * height // 4, red, np.uint8)
    first, second = quarter if kind in ("NV12", "YU12") else quarter[::-1]
    chroma = np.stack([first, second], 1) if kind in ("NV12", "NV21") else np.concatenate([first, second])
    return grey.tobytes() + chroma.tobytes()


def night_camera(*kinds: str, **more: object) -> FakeCamera:
    return FakeCamera(offers=dict.fromkeys(kinds, SIZES), picture=frame_bytes, **more)  # type: ignore[arg-type]


def device(camera: FakeCamera, **more: object) -> tuple[Device, VideoKernel]:
    kernel = VideoKernel({NODE: camera})
    return Device(NODE, kernel=kernel, **more), kernel  # type: ignore[arg-type]


def opened(camera: FakeCamera, **more: object) -> Device:
    made, _ = device(camera, **more)
    made.open()
    return made


def next_frame(source: Device) -> Frame:
    while (frame := source.read()) is None:
        pass
    return frame


@pytest.mark.parametrize("kind", READABLE)
def test_every_format_gives_the_same_grey_picture(kind: str) -> None:
    frame = next_frame(opened(night_camera(kind)))
    assert frame.size == VGA
    assert frame.picture.dtype == np.uint8
    assert np.abs(frame.picture.astype(int) - scene(VGA, 0)).mean() < 2
    assert not frame.coloured


@pytest.mark.parametrize(
    ("quantization", "colorspace", "black", "white"),
    [(0, 8, 0, 255), (2, 8, 0, 255), (1, 8, 16, 235), (0, 7, 16, 235)],
)
def test_television_s_range_is_stretched_so_that_dark_is_dark(
    quantization: int, colorspace: int, black: int, white: int
) -> None:
    camera = night_camera("YUYV", quantization=quantization, colorspace=colorspace)
    camera.picture = lambda _, size, number: bytes([16 if number % 2 else 235, 128]) * (size[0] * size[1])
    source = opened(camera)
    seen: set[int] = set()
    while len(seen) < 2:
        seen |= set(np.unique(next_frame(source).picture).tolist())
    assert seen == {black, white}


@pytest.mark.parametrize("kind", [kind for kind in READABLE if kind != "GREY"])
def test_every_format_tells_daylight_from_infrared(kind: str) -> None:
    camera = night_camera(kind)
    camera.picture = lambda *what: frame_bytes(*what, blue=110, red=150)
    assert next_frame(opened(camera)).coloured


def test_lines_that_are_longer_than_the_picture_are_cut() -> None:
    camera = night_camera("GREY")
    kernel = VideoKernel({NODE: camera})
    source = Device(NODE, kernel=kernel)
    source.open()
    source._layout = replace(source._layout, stride=700)
    camera.picture = lambda _, size, number: np.pad(scene(size, number), ((0, 0), (0, 60))).tobytes()
    assert np.array_equal(next_frame(source).picture, scene(VGA, 0))


def test_what_comes_without_conversion_is_taken_before_what_must_be_decoded() -> None:
    camera = night_camera("MJPG", "YUYV", "GREY", "H264")
    opened(camera)
    assert camera.asked == [("GREY", VGA)]
    assert camera.rate == 10.0


def test_a_bus_that_has_no_room_for_raw_pictures_gets_compressed_ones() -> None:
    camera = night_camera("YUYV", "MJPG", bus_holds=("MJPG",))
    source = opened(camera)
    assert camera.asked == [("YUYV", VGA), ("MJPG", VGA), ("YUYV", (1280, 720))][:2]
    assert next_frame(source).size == VGA


def test_the_reference_s_size_is_asked_for() -> None:
    camera = night_camera("MJPG")
    assert next_frame(opened(camera, size=(1280, 720))).size == (1280, 720)


def test_a_driver_that_offers_ranges_is_asked_for_the_nearest_size() -> None:
    camera = night_camera("GREY", stepwise=True)
    assert next_frame(opened(camera, size=(650, 470))).size == (656, 464)


def test_a_camera_with_nothing_readable_is_unreadable() -> None:
    with pytest.raises(CaptureTrouble, match="no format that can be read") as trouble:
        opened(night_camera("H264"))
    assert trouble.value.kind == "unreadable"


def test_a_metadata_node_is_no_camera_and_says_so() -> None:
    with pytest.raises(CaptureTrouble, match="metadata; take the node beside it"):
        opened(night_camera("GREY", metadata=True))


def test_a_camera_that_another_process_holds_is_busy() -> None:
    camera = night_camera("GREY")
    kernel = VideoKernel({NODE: camera})
    Device(NODE, kernel=kernel).open()
    with pytest.raises(CaptureTrouble, match="another process holds") as trouble:
        Device(NODE, kernel=kernel).open()
    assert trouble.value.kind == "busy"


def test_closing_gives_everything_back_also_when_opening_failed() -> None:
    camera = night_camera("GREY")
    source, kernel = device(camera)
    source.open()
    next_frame(source)
    source.close()
    source.close()  # harmless
    assert (kernel.open_files, camera.owner, camera.streaming) == ({}, None, False)
    assert all(memory._data is None for memory in kernel.maps)

    useless, kernel = device(night_camera("H264"))
    with pytest.raises(CaptureTrouble):
        useless.open()
    useless.close()
    assert kernel.open_files == {}


def test_a_camera_unplugged_in_mid_look_is_gone_and_not_stalled() -> None:
    camera = night_camera("GREY")
    source = opened(camera)
    next_frame(source)
    camera.plugged = False
    with pytest.raises(CaptureTrouble, match="vanished in mid-look") as trouble:
        source.read()
    assert trouble.value.kind == "gone"
    source.close()


def test_a_camera_that_falls_silent_is_stalled_and_not_gone() -> None:
    camera = night_camera("GREY")
    source, _ = device(camera)
    feed = Feed(source, patience=0.2)
    assert feed.next(wait=20) is not None
    camera.silent = True

    def wait_for_it() -> None:
        while True:
            feed.next(wait=0.1)

    with pytest.raises(CaptureTrouble) as trouble:
        wait_for_it()
    assert trouble.value.kind == "stalled"
    feed.close()


@pytest.mark.parametrize("spoil", [lambda data: data[: len(data) // 2], lambda _: b"", lambda _: bytes(999)])
@pytest.mark.parametrize("kind", ["MJPG", "YUYV", "NV12"])
def test_a_broken_frame_is_counted_and_passed_over(kind: str, spoil: Callable[[bytes], bytes]) -> None:
    camera = night_camera(kind)
    camera.picture = lambda kind, size, number: (
        spoil(frame_bytes(kind, size, number)) if number < 3 else frame_bytes(kind, size, number)
    )
    source = opened(camera)
    assert np.abs(next_frame(source).picture.astype(int) - scene(VGA, 3)).mean() < 2
    assert source.cues()["frames_broken"] == 3


def test_nothing_but_broken_frames_is_unreadable() -> None:
    camera = night_camera("MJPG")
    camera.picture = lambda *_: b"\xff\xd8 and no more"
    source = opened(camera)
    with pytest.raises(CaptureTrouble, match="nothing but broken frames"):
        next_frame(source)
    assert source.cues()["frames_broken"] == BROKEN_AT_MOST


def test_frames_that_the_driver_lost_are_counted() -> None:
    source = opened(night_camera("GREY", skips=3))
    for _ in range(9):
        source.read()  # 1, 2, 4, 5, 7, 8, 10, 11, 13 arrive
    assert source.cues()["frames_lost"] == 4
    assert source.delivery.delivered == 9


def test_frames_come_in_order_of_time_and_at_most_twelve_a_second() -> None:
    source = opened(night_camera("GREY"))
    frames = [source.read() for _ in range(200)]
    times = [frame.at for frame in frames if frame is not None]
    assert times == sorted(times)
    assert all(b - a >= 0.08 for a, b in pairwise(times))


def test_every_buffer_goes_back_to_the_driver() -> None:
    camera = night_camera("GREY")
    source = opened(camera)
    for _ in range(5 * BUFFERS):
        source.read()
    assert sorted(camera.queued) == list(range(BUFFERS))


# ---- controls


def with_controls(**settings: Setting) -> FakeCamera:
    return night_camera("GREY", settings=dict(enumerate(settings.values(), start=0x980900)))


def test_controls_are_set_by_the_names_that_v4l2_ctl_prints() -> None:
    auto, exposure = Setting("Auto Exposure", 3, 0, 3), Setting("Exposure Time, Absolute", 157, 1, 5000)
    source = opened(
        with_controls(a=auto, b=exposure), controls={"auto_exposure": 1, "exposure_time_absolute": 800}
    )
    assert (auto.value, exposure.value, source.notes) == (1, 800, [])


def test_a_control_that_is_absent_out_of_range_or_refused_is_said_and_stops_nothing() -> None:
    camera = with_controls(
        a=Setting("Gain", 0, 0, 100),
        b=Setting("Infrared LED", 0, 0, 1, refuses=errno.EBUSY),
        c=Setting("Focus", flags=1),
    )
    source = opened(camera, controls={"gain": 200, "infrared_led": 1, "focus": 1, "zoom": 2})
    assert source.notes == [
        "gain = 200 is outside 0 to 100",
        "infrared_led = 1 was refused: Device or resource busy",
        "the camera has no control focus; it has: gain, infrared_led",
        "the camera has no control zoom; it has: gain, infrared_led",
    ]
    assert next_frame(source).size == VGA


# ---- the choice


@given(st.lists(st.builds(Offer, st.sampled_from([*READABLE, "H264"]), st.sampled_from(list(SIZES)))))
def test_the_exact_size_comes_first_and_then_the_format_that_needs_least(offers: list[Offer]) -> None:
    chosen = in_order(offers, VGA)
    assert all(offer.format in READABLE for offer in chosen)
    if any(offer.size == VGA for offer in chosen):
        exact = [offer for offer in chosen if offer.size == VGA]
        assert chosen[: len(exact)] == exact
        assert exact[0].format == min((each.format for each in exact), key=READABLE.index)


def test_a_raw_format_that_is_too_slow_at_this_size_gives_way() -> None:
    raw, compressed = Offer("YUYV", (1920, 1080), (3.0,)), Offer("MJPG", (1920, 1080), (30.0,))
    assert in_order([raw, compressed], (1920, 1080))[0] is compressed


@pytest.mark.parametrize(("rates", "rate"), [((30.0, 15.0, 5.0), 15.0), ((7.5, 5.0), 7.5), ((), None)])
def test_the_slowest_rate_that_is_enough_is_taken(rates: tuple[float, ...], rate: float | None) -> None:
    assert Offer("GREY", VGA, rates).rate == rate


@given(st.integers(1, 4000), st.integers(1, 200), st.integers(200, 3000), st.integers(0, 64))
def test_a_step_is_always_within_what_is_offered(wanted: int, least: int, most: int, step: int) -> None:
    chosen = nearest_step(wanted, least, most, step)
    assert least <= chosen <= most or abs(chosen - most) < max(1, step)


def test_no_format_with_a_codec_across_frames_is_readable() -> None:
    assert not {"H264", "HEVC", "MPG4", "VP80"} & set(READABLE)
    assert set(READABLE) == {*WITHOUT_CONVERSION, *COMPRESSED}
