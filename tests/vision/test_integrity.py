"""What ails a picture, each fault made in a picture that has none."""

from collections.abc import Callable

import cv2
import numpy as np
import pytest

from tests.vision.bedroom import BED, HEIGHT, WIDTH, Bedroom, Grey
from vision.integrity import FROZEN_AFTER, TORN_FROM, Repetition, measure, torn_share


def grainy(picture: object, noise: float = 2.0) -> Grey:
    grain = np.random.default_rng(3).standard_normal((HEIGHT, WIDTH)) * noise
    return np.clip(np.asarray(picture, np.float32) + grain, 0, 255).astype(np.uint8)


def softened(picture: Grey, sigma: float) -> Grey:
    return grainy(cv2.GaussianBlur(picture, (0, 0), sigma))


@pytest.mark.parametrize("gain", [0.4, 1.0, 1.4])
@pytest.mark.parametrize("noise", [1.0, 4.0, 8.0])
def test_a_good_picture_has_neither_faults_nor_doubts(gain: float, noise: float) -> None:
    quality = measure(Bedroom().picture(gain=gain, noise=noise), BED)
    assert quality.faults() == ()
    assert quality.doubts() == ()


@pytest.mark.parametrize(
    ("fault", "ailing"),
    [
        ("dark", lambda p: grainy(p * 0.0)),
        ("lamp_dead", lambda p: grainy(p * 0.1)),
        ("over_exposed", lambda p: grainy(p * 4.0 + 60.0)),
        ("covered", lambda p: grainy(np.full_like(p, 150))),
        ("covered", lambda p: grainy(cv2.GaussianBlur(p, (0, 0), 60))),
        ("over_exposed", lambda p: grainy(np.clip(p * 4.0, 0, 224))),
    ],
)
def test_a_camera_that_cannot_see_is_named(fault: str, ailing: Callable[[Grey], Grey]) -> None:
    assert measure(ailing(Bedroom().picture()), BED).faults() == (fault,)


def test_a_veiled_lens_is_doubted() -> None:
    picture = Bedroom().picture()
    veiled = 0.25 * cv2.GaussianBlur(picture, (0, 0), 2) + 0.75 * float(picture.mean())
    assert measure(grainy(veiled), BED).doubts()[0] == "hazed"


def test_a_camera_out_of_focus_is_doubted() -> None:
    sharp = Bedroom()._furniture() * 2 + 120  # edges as a real room has, unlike the soft test room
    assert "blurred" not in measure(grainy(sharp), BED).doubts()
    assert "blurred" in measure(softened(grainy(sharp), 3.0), BED).doubts()


def test_noise_that_hides_the_edges_is_not_called_blur() -> None:
    quality = measure(Bedroom().picture(gain=0.35, noise=12.0), BED)
    assert quality.sharpness is None
    assert "blurred" not in quality.doubts()


def test_bedding_of_one_shade_is_doubted() -> None:
    picture = Bedroom().picture().astype(np.float32)
    inside = np.zeros((HEIGHT, WIDTH), np.float32)
    cv2.fillConvexPoly(inside, np.array(BED, np.int32), 1.0)
    assert measure(grainy(picture * (1 - inside) + 120 * inside), BED).doubts() == ("low_contrast",)


def test_a_larger_picture_is_measured_alike() -> None:
    picture = Bedroom().picture()
    doubled = np.asarray(cv2.resize(picture, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC), np.uint8)
    bed = tuple((2 * x, 2 * y) for x, y in BED)
    assert measure(doubled, bed).structure == pytest.approx(measure(picture, BED).structure, rel=0.15)  # type: ignore[arg-type]


def test_a_torn_picture_is_flat_grey_at_its_end() -> None:
    picture = Bedroom().picture()
    assert torn_share(picture) == 0.0
    picture[360:] = 128
    assert torn_share(picture) == pytest.approx(0.25)
    assert torn_share(picture) >= TORN_FROM
    assert torn_share(np.full((HEIGHT, WIDTH), 128, np.uint8)) == 1.0


@pytest.mark.parametrize("begin", [0, 100, 280])
def test_a_picture_may_be_torn_anywhere(begin: int) -> None:
    picture = Bedroom().picture()
    picture[begin : begin + 100] = 90
    assert torn_share(picture) == pytest.approx(100 / HEIGHT)


def test_a_black_border_is_not_torn() -> None:
    picture = Bedroom().picture()
    picture[360:] = 0
    assert torn_share(picture) == 0.0


def test_the_same_bytes_again_and_again_are_counted() -> None:
    repetition, bedroom = Repetition(), Bedroom()
    first = bedroom.picture()
    assert repetition.add(first, 0.0) == 0.0
    assert repetition.add(first.copy(), FROZEN_AFTER) == FROZEN_AFTER
    assert repetition.add(bedroom.picture(), 6.0) == 0.0
