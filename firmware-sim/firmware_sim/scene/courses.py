"""How something goes on over the frames of a film: wandering, swinging, flickering, coming and going."""

import math

import numpy as np

from firmware_sim.scene.kernel import Floats, floats

FRAMES_PER_SECOND = 10


def frames_of(seconds: float) -> int:
    """How many frames a film of so many seconds has."""
    return max(1, round(seconds * FRAMES_PER_SECOND))


def moments(count: int) -> Floats:
    """Seconds of each frame."""
    return floats(np.arange(count) / FRAMES_PER_SECOND)


def wandering(rng: np.random.Generator, count: int, slowest: float, fastest: float) -> Floats:
    """Chance between two frequencies in Hz, of standard deviation 1."""
    spectrum = np.fft.rfftfreq(2 * count, 1 / FRAMES_PER_SECOND)
    white = rng.standard_normal((2, len(spectrum))) * ((spectrum >= slowest) & (spectrum <= fastest))
    course = np.fft.irfft(white[0] + 1j * white[1], 2 * count)[:count]
    return floats(course / (course.std() + 1e-9))


def swinging(rng: np.random.Generator, count: int, rate: float, evenness: float = 0.95) -> Floats:
    """A swing of about `rate` Hz between -1 and 1 that is never quite the same; evenness 1: exactly the same."""
    uneven = 1 - evenness
    rates = rate * (1 + uneven * wandering(rng, count, 0.02, 0.2))
    phase = 2 * math.pi * (np.cumsum(rates) / FRAMES_PER_SECOND + rng.random())
    strength = 1 + 3 * uneven * wandering(rng, count, 0.02, 0.15)
    return floats(np.clip(strength, 0.2, 1.8) * np.sin(phase))


def flickering(rng: np.random.Generator, count: int, changes: float) -> Floats:
    """Steps to another level 0..1, about `changes` of them a second, as the scenes of a film follow each other."""
    steps = rng.random(count) < min(1.0, changes / FRAMES_PER_SECOND)
    levels = rng.random(count)
    last = np.maximum.accumulate(np.where(steps, np.arange(count), 0))
    return floats(levels[last])


def passing(count: int, begin: float, seconds: float) -> Floats:
    """Rises to 1 and falls again, once: how much of a car's light there is."""
    share = (moments(count) - begin) / seconds
    return floats(np.where((share > 0) & (share < 1), np.sin(math.pi * np.clip(share, 0, 1)) ** 2, 0))
