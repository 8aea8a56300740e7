"""The sensor: exposure, lens, noise and JPEG, from linear light to the grey picture that a camera delivers."""

from dataclasses import dataclass, replace

import cv2
import numpy as np

from firmware_sim.scene.kernel import Bytes, Floats, floats


@dataclass(frozen=True)
class Sensor:
    """target: mean brightness aimed at, 0..1; over: how far exposure overshoots (1: not); gamma, contrast,
    black: the tone curve; noise: standard deviation as a share of full scale; blur: pixels; vignette:
    fall-off in the corners; quality: of the JPEG.
    """

    target: float = 0.3
    over: float = 1.0
    gamma: float = 0.7
    contrast: float = 1.0
    black: float = 0.0
    noise: float = 0.008
    blur: float = 0.5
    vignette: float = 0.2
    quality: int = 80

    @classmethod
    def draw(cls, rng: np.random.Generator, kind: str) -> "Sensor":
        """A cheap camera's sensor under a kind of light; at night it is noisier."""
        quiet = kind == "day" or rng.random() < 0.5
        return cls(
            target=rng.uniform(0.16, 0.5),
            over=float(rng.choice([1.0, 1.0, 1.0, 1.0, rng.uniform(1, 2)])),
            gamma=rng.uniform(0.5, 1.0),
            contrast=rng.uniform(0.7, 1.25),
            black=rng.uniform(-0.03, 0.06),
            noise=rng.uniform(0.002, 0.012) if quiet else rng.uniform(0.01, 0.04),
            blur=abs(rng.normal(0, 0.7)),
            vignette=rng.uniform(0, 0.5),
            quality=int(rng.uniform(35, 96)),
        )

    def gain_for(self, light: Floats, region: Floats | None = None) -> float:
        """The exposure that brings the picture, or the bed's outline (4, 2), to the target brightness."""
        seen = light
        if region is not None:
            mask = np.zeros(light.shape, np.uint8)
            cv2.fillConvexPoly(mask, region.astype(np.int32), 1)
            seen = light[mask > 0] if mask.any() else light
        bright = float(np.percentile(seen, 97))
        gain = self.target * self.over / (float(np.mean(np.clip(seen, 0, bright))) + 1e-5)
        return gain if self.over > 1 else min(gain, 1.05 / (bright + 1e-5))

    def develop(self, light: Floats, gain: float) -> Floats:
        """The picture without noise, grey levels 0..255 in floating point."""
        exposed = floats(light * gain * self._falloff(light.shape[0], light.shape[1]))
        if self.blur > 0.2:
            exposed = floats(cv2.GaussianBlur(exposed, (0, 0), self.blur))
        toned = np.clip(exposed, 0, 1) ** self.gamma
        toned = (toned - 0.5) * self.contrast + 0.5 + 0.5 * self.black
        return floats(255 * np.clip(toned, 0, 1))

    def read_out(self, rng: np.random.Generator, developed: Floats) -> Bytes:
        """The picture with the noise of one moment; bright pixels are noisier, saturated ones stay so."""
        spread = 255 * self.noise * np.sqrt(0.4 + developed / 255)
        noisy = developed + spread * rng.standard_normal(developed.shape, dtype=np.float32)
        noisy[developed >= 254.5] = 255
        return np.clip(noisy + 0.5, 0, 255).astype(np.uint8)

    def shoot(self, rng: np.random.Generator, light: Floats, gain: float) -> Bytes:
        """One picture as it arrives, compressed and decompressed."""
        return decoded(encoded(self.read_out(rng, self.develop(light, gain)), self.quality))

    def with_noise(self, noise: float) -> "Sensor":
        """The same sensor with other noise."""
        return replace(self, noise=noise)

    def _falloff(self, height: int, width: int) -> Floats:
        y, x = np.ogrid[0:height, 0:width]
        radius = ((x - width / 2) ** 2 + (y - height / 2) ** 2) / (width * width / 4)
        return floats((1 + self.vignette * radius) ** -1.5)


def encoded(picture: Bytes, quality: int) -> bytes:
    """The picture as a grey JPEG."""
    _, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality, cv2.IMWRITE_JPEG_OPTIMIZE, 1])
    return data.tobytes()


def decoded(jpeg: bytes) -> Bytes:
    """The grey picture in a JPEG."""
    return np.asarray(cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_GRAYSCALE), np.uint8)
