"""The kernel's video interface as written out here, against the kernel's own headers and a compiler."""

import ctypes
import shutil
import subprocess
from pathlib import Path

import pytest

from vision import v4l2

STRUCTS = {
    "v4l2_capability": v4l2.Capability,
    "v4l2_fmtdesc": v4l2.FormatDescription,
    "v4l2_format": v4l2.Format,
    "v4l2_pix_format": v4l2.Pixels,
    "v4l2_requestbuffers": v4l2.BufferRequest,
    "v4l2_buffer": v4l2.Buffer,
    "v4l2_frmsizeenum": v4l2.FrameSize,
    "v4l2_frmivalenum": v4l2.FrameInterval,
    "v4l2_streamparm": v4l2.Rate,
    "v4l2_queryctrl": v4l2.ControlDescription,
    "v4l2_control": v4l2.Control,
}
PLACES = {
    "offsetof(struct v4l2_capability, device_caps)": v4l2.Capability.device_caps.offset,
    "offsetof(struct v4l2_fmtdesc, pixelformat)": v4l2.FormatDescription.pixelformat.offset,
    "offsetof(struct v4l2_format, fmt.pix.bytesperline)": v4l2.Format.pixels.offset
    + v4l2.Pixels.bytesperline.offset,
    "offsetof(struct v4l2_buffer, timestamp.tv_usec)": v4l2.Buffer.microseconds.offset,
    "offsetof(struct v4l2_buffer, sequence)": v4l2.Buffer.sequence.offset,
    "offsetof(struct v4l2_buffer, m.offset)": v4l2.Buffer.offset.offset,
    "offsetof(struct v4l2_buffer, length)": v4l2.Buffer.length.offset,
    "offsetof(struct v4l2_frmsizeenum, stepwise.max_width)": v4l2.FrameSize.values.offset + 4,
    "offsetof(struct v4l2_frmsizeenum, stepwise.min_height)": v4l2.FrameSize.values.offset + 12,
    "offsetof(struct v4l2_frmivalenum, discrete.denominator)": v4l2.FrameInterval.values.offset + 4,
    "offsetof(struct v4l2_frmivalenum, stepwise.max)": v4l2.FrameInterval.values.offset + 8,
    "offsetof(struct v4l2_streamparm, parm.capture.timeperframe.denominator)": v4l2.Rate.denominator.offset,
    "offsetof(struct v4l2_queryctrl, flags)": v4l2.ControlDescription.flags.offset,
}
NUMBERS = {
    "VIDIOC_QUERYCAP": v4l2.QUERYCAP,
    "VIDIOC_ENUM_FMT": v4l2.ENUM_FMT,
    "VIDIOC_S_FMT": v4l2.S_FMT,
    "VIDIOC_REQBUFS": v4l2.REQBUFS,
    "VIDIOC_QUERYBUF": v4l2.QUERYBUF,
    "VIDIOC_QBUF": v4l2.QBUF,
    "VIDIOC_DQBUF": v4l2.DQBUF,
    "VIDIOC_STREAMON": v4l2.STREAMON,
    "VIDIOC_STREAMOFF": v4l2.STREAMOFF,
    "VIDIOC_S_PARM": v4l2.S_PARM,
    "VIDIOC_S_CTRL": v4l2.S_CTRL,
    "VIDIOC_QUERYCTRL": v4l2.QUERYCTRL,
    "VIDIOC_ENUM_FRAMESIZES": v4l2.ENUM_FRAMESIZES,
    "VIDIOC_ENUM_FRAMEINTERVALS": v4l2.ENUM_FRAMEINTERVALS,
    "V4L2_CAP_VIDEO_CAPTURE": v4l2.Can.CAPTURE,
    "V4L2_CAP_META_CAPTURE": v4l2.Can.METADATA,
    "V4L2_CAP_STREAMING": v4l2.Can.STREAM,
    "V4L2_BUF_TYPE_VIDEO_CAPTURE": v4l2.VIDEO_CAPTURE,
    "V4L2_MEMORY_MMAP": v4l2.MMAP,
    "V4L2_BUF_FLAG_ERROR": v4l2.BUFFER_ERROR,
    "V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC": v4l2.BUFFER_MONOTONIC,
    "V4L2_QUANTIZATION_FULL_RANGE": v4l2.FULL_RANGE,
    "V4L2_COLORSPACE_JPEG": v4l2.JPEG_COLOURS,
    "V4L2_FRMSIZE_TYPE_DISCRETE": v4l2.DISCRETE,
    "V4L2_FRMIVAL_TYPE_DISCRETE": v4l2.DISCRETE,
    "V4L2_CTRL_FLAG_NEXT_CTRL": v4l2.NEXT_CONTROL,
    "V4L2_CTRL_FLAG_DISABLED": v4l2.CONTROL_DISABLED,
    "V4L2_CTRL_FLAG_READ_ONLY": v4l2.CONTROL_READ_ONLY,
    "V4L2_CTRL_TYPE_INTEGER_MENU": v4l2.CONTROL_INTEGER_MENU,
    "V4L2_PIX_FMT_GREY": v4l2.fourcc("GREY"),
    "V4L2_PIX_FMT_YUYV": v4l2.fourcc("YUYV"),
    "V4L2_PIX_FMT_YUV420": v4l2.fourcc("YU12"),
    "V4L2_PIX_FMT_MJPEG": v4l2.fourcc("MJPG"),
}


def as_the_compiler_has_it(expressions: list[str], folder: Path) -> list[int]:
    source = folder / "numbers.c"
    lines = "".join(f'printf("%llu\\n", (unsigned long long)({each}));\n' for each in expressions)
    head = "#include <stdio.h>\n#include <stddef.h>\n#include <linux/videodev2.h>\n"
    source.write_text(f"{head}int main(void) {{\n{lines}return 0; }}\n")
    program = folder / "numbers"
    subprocess.run(["cc", "-o", str(program), str(source)], check=True)
    done = subprocess.run([str(program)], check=True, capture_output=True, text=True)
    return [int(line) for line in done.stdout.split()]


def test_structures_and_numbers_are_the_kernels(tmp_path: Path) -> None:
    if shutil.which("cc") is None or not Path("/usr/include/linux/videodev2.h").exists():
        pytest.skip("no C compiler or no kernel headers on this machine (package linux-libc-dev)")
    ours = {f"sizeof(struct {name})": ctypes.sizeof(each) for name, each in STRUCTS.items()}
    ours |= {**PLACES, **{name: int(number) for name, number in NUMBERS.items()}}
    theirs = as_the_compiler_has_it(list(ours), tmp_path)
    assert dict(zip(ours, theirs, strict=True)) == ours


def test_a_pixel_format_is_its_four_letters() -> None:
    assert v4l2.letters(v4l2.fourcc("YUYV")) == "YUYV"
