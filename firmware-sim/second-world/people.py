"""People: joints from a few angles, then balls along the bones, by what covers them."""

import math

import numpy as np
from sculpt import Balls, Bed

UP = np.array([0.0, 0.0, 1.0])
LYING = ("on the back", "on the side", "curled up", "on the front")


def _unit(v: np.ndarray) -> np.ndarray:
    return v / (np.linalg.norm(v) + 1e-9)


class Person:
    """Balls by material: skin, hair, shirt, trousers."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.size, self.stout = rng.uniform(1.5, 1.88) / 1.7, rng.uniform(0.85, 1.3)
        self.hair = rng.uniform(0, 1)
        self.chains: dict = {"skin": [], "hair": [], "shirt": [], "trousers": []}
        self.long_sleeves = rng.random() < 0.5
        self.bare_legs = rng.random() < 0.4

    def balls(self) -> dict:
        """The balls of every material that there are any of."""
        return {name: Balls.of(chain) for name, chain in self.chains.items() if chain}

    def all_balls(self) -> Balls:
        """All of them as one."""
        return Balls.of([ball for chain in self.chains.values() for ball in chain])

    def pose(self, pelvis: np.ndarray, along: np.ndarray, front: np.ndarray, legs: list, arms: list, bow: float,
             nod: float = 0.1) -> "Person":  # fmt: skip
        """along: from the pelvis to the head. legs, arms: for each side (raise, bend, out) in radians; bow:
        of the back; nod: of the head.
        """
        a, f = _unit(along), front - along * float(front @ along)
        f = _unit(f)
        left = np.cross(a, f)
        m, g = self.size, self.stout
        upper, breast = (
            _unit(a * math.cos(bow) + f * math.sin(bow)),
            _unit(f * math.cos(bow) - a * math.sin(bow)),
        )
        belly, chest = pelvis + 0.16 * m * a, pelvis + 0.16 * m * a + 0.2 * m * upper
        for side in (-1, 1):
            self._bone(
                "trousers",
                pelvis + side * 0.07 * m * left,
                belly + side * 0.05 * m * left,
                0.115 * g,
                0.115 * g,
            )
            self._bone(
                "shirt", belly + side * 0.05 * m * left, chest + side * 0.07 * m * left, 0.118 * g, 0.115 * g
            )
        self._bone("shirt", belly + 0.05 * g * f, chest + 0.02 * breast, 0.1 * g * g, 0.1 * g)
        top = chest + 0.13 * m * upper
        self._bone("shirt", top - 0.15 * m * left, top + 0.15 * m * left, 0.075 * g, 0.075 * g)
        self._head(top, _unit(upper * math.cos(nod) + breast * math.sin(nod)), breast)
        for side, leg, arm in zip((-1, 1), legs, arms, strict=True):
            self._leg(pelvis + side * 0.09 * m * left, a, f, side * left, leg)
            self._arm(top + side * 0.17 * m * left, upper, breast, side * left, arm)
        return self

    def moved(self, by: np.ndarray) -> "Person":
        """Elsewhere."""
        for name, chain in self.chains.items():
            self.chains[name] = [(c + by, r) for c, r in chain]
        return self

    def laid_on(self, height: float, sunk: float = 0.03) -> "Person":
        """Every ball comes to rest: the lowest on what is below, the others towards it."""
        for name, chain in self.chains.items():
            self.chains[name] = [(np.array([c[0], c[1], max(c[2], height + r - sunk)]), r) for c, r in chain]
        return self

    def _bone(self, name: str, start: np.ndarray, end: np.ndarray, thick: float, thin: float) -> None:
        count = max(2, int(np.linalg.norm(end - start) / (0.45 * min(thick, thin))) + 1)
        for t in np.linspace(0, 1, count):
            self.chains[name].append((start + t * (end - start), thick + t * (thin - thick)))

    def _head(self, top: np.ndarray, up: np.ndarray, front: np.ndarray) -> None:
        face = _unit(front - up * float(front @ up))
        side, middle = np.cross(up, face), top + 0.2 * up
        self._bone("skin", top, top + 0.1 * up, 0.055, 0.055)
        self._bone("skin", middle + 0.03 * up, middle - 0.055 * up + 0.025 * face, 0.088, 0.062)
        self._bone("skin", middle + 0.09 * face, middle + 0.1 * face - 0.03 * up, 0.012, 0.018)
        for way in (-1, 1):
            self._bone(
                "skin", middle + 0.085 * way * side, middle + 0.085 * way * side - 0.03 * up, 0.018, 0.014
            )
        if self.hair > 0.2:
            self._bone("hair", middle + 0.05 * up - 0.012 * face, middle - 0.045 * face, 0.088, 0.085)
            self._bone("hair", middle - 0.05 * face, middle - 0.06 * face - 0.18 * self.hair * up, 0.07, 0.05)

    def _leg(self, hip: np.ndarray, a: np.ndarray, f: np.ndarray, out: np.ndarray, angles: tuple) -> None:
        lift, bend, spread = angles
        thigh = _unit(-a * math.cos(lift) + f * math.sin(lift) + out * math.sin(spread))
        shin = _unit(-a * math.cos(lift - bend) + f * math.sin(lift - bend) + 0.5 * out * math.sin(spread))
        knee = hip + 0.42 * self.size * thigh
        ankle = knee + 0.4 * self.size * shin
        toes = f * math.cos(lift - bend) + a * math.sin(lift - bend)
        self._bone("trousers", hip, knee, 0.085 * self.stout, 0.06)
        self._bone("skin" if self.bare_legs else "trousers", knee, ankle, 0.058, 0.042)
        self._bone("skin", ankle, ankle + 0.15 * self.size * _unit(toes + 0.3 * shin), 0.042, 0.03)

    def _arm(
        self, shoulder: np.ndarray, a: np.ndarray, f: np.ndarray, out: np.ndarray, angles: tuple
    ) -> None:
        lift, bend, spread = angles
        first = _unit(-a * math.cos(lift) + f * math.sin(lift) + out * math.sin(spread))
        second = _unit(-a * math.cos(lift + bend) + f * math.sin(lift + bend) - 0.3 * out * math.sin(bend))
        elbow = shoulder + 0.29 * self.size * first
        wrist = elbow + 0.25 * self.size * second
        self._bone("shirt", shoulder, elbow, 0.055, 0.043)
        self._bone("shirt" if self.long_sleeves else "skin", elbow, wrist, 0.042, 0.032)
        self._bone("skin", wrist, wrist + 0.14 * self.size * second, 0.034, 0.018)


def lying(rng: np.random.Generator, bed: Bed, how: str, pillow: float) -> Person:
    """In bed, on a pillow of this height."""
    person = Person(rng)
    person.size = min(person.size, (bed.length - 0.12) / 1.86)
    askew = rng.normal(0, 0.1)
    along = np.array([math.sin(askew), math.cos(askew), 0.0])
    roll = {"on the back": rng.normal(0, 0.2), "on the front": math.pi + rng.normal(0, 0.2)}.get(
        how, rng.choice([-1, 1]) * rng.normal(1.45, 0.2))  # fmt: skip
    front = UP * math.cos(roll) + np.cross(UP, along) * math.sin(roll)
    bow = rng.uniform(0.2, 0.7) if how == "curled up" else rng.uniform(0, 0.15)
    raised = {"on the side": (0.2, 0.9), "curled up": (0.9, 1.7)}.get(how, (0.0, 0.2))
    lift = rng.uniform(*raised)
    legs = [
        (lift + rng.normal(0, 0.12), 1.3 * lift + abs(rng.normal(0, 0.2)), rng.uniform(0.02, 0.25))
        for _ in "lr"
    ]
    arms = [(rng.uniform(-0.2, 1.2), rng.uniform(0, 1.9), rng.uniform(0.05, 0.6)) for _ in "lr"]
    y = bed.length - rng.uniform(0.06, 0.25) - (0.72 if how == "curled up" else 0.81) * person.size
    x = bed.width / 2 + rng.normal(0, 0.09 * bed.width)
    if bed.width > 1.3:
        x += float(rng.choice([-1, 1])) * 0.22 * bed.width
    person.pose(np.array([x, y, bed.top + 0.1]), along, front, legs, arms, bow)
    person.laid_on(bed.top)
    _limbs_fall(person, bed.top + 0.28)
    return _heads_up(person, pillow)


def _limbs_fall(person: Person, limit: float) -> None:
    """Nobody asleep holds an arm or a knee up: what rises above the limit sinks most of the way to it."""
    for name, chain in person.chains.items():
        person.chains[name] = [(c - np.array([0, 0, 0.75 * max(0.0, c[2] - limit)]), r) for c, r in chain]


def _heads_up(person: Person, pillow: float) -> Person:
    """The head lies on the pillow and not in it."""
    for name in ("skin", "hair"):
        near = [c for c, r in person.chains[name] if r > 0.08]
        if not near:
            continue
        for i, (c, r) in enumerate(person.chains[name]):
            if min(np.linalg.norm(c - n) for n in near) < 0.14:
                person.chains[name][i] = (c + np.array([0, 0, 0.6 * pillow]), r)
    return person


def sitting_up(rng: np.random.Generator, bed: Bed) -> Person:
    """In bed with the legs along it."""
    lean = rng.uniform(0.1, 0.8)
    along = np.array([rng.normal(0, 0.08), math.sin(lean), math.cos(lean)])
    front = np.array([0.0, -math.cos(lean), math.sin(lean)])
    lift = math.pi / 2 - lean + rng.choice([0.0, 0.5])
    bend = max(0.0, 2 * (lift - math.pi / 2 + lean))
    legs = [(lift, bend, rng.uniform(0.02, 0.2)) for _ in "lr"]
    arms = [(rng.uniform(0, 1), rng.uniform(0.1, 1), 0.15) for _ in "lr"]
    pelvis = np.array(
        [bed.width / 2 + rng.normal(0, 0.08), bed.length - rng.uniform(0.35, 0.7), bed.top + 0.09]
    )
    return Person(rng).pose(pelvis, along, front, legs, arms, rng.uniform(0, 0.4), rng.uniform(0, 0.5))


def on_the_edge(rng: np.random.Generator, bed: Bed) -> Person:
    """Sitting with the feet on the floor."""
    side = float(rng.choice([-1, 1]))
    front = _unit(np.array([side, rng.normal(0, 0.3), 0]))
    lean = rng.uniform(-0.1, 0.5)
    legs = [(math.pi / 2 + lean - 0.1, math.pi / 2 - rng.uniform(0, 0.2), 0.12) for _ in "lr"]
    arms = [(rng.uniform(0, 0.8), rng.uniform(0.1, 0.9), 0.15) for _ in "lr"]
    pelvis = np.array(
        [0.13 if side < 0 else bed.width - 0.13, rng.uniform(0.5, bed.length - 0.5), bed.top + 0.1]
    )
    along = UP * math.cos(lean) + front * math.sin(lean)
    return Person(rng).pose(pelvis, along, front, legs, arms, rng.uniform(0, 0.5), rng.uniform(0, 0.6))


def beside(rng: np.random.Generator, bed: Bed) -> Person:
    """Standing, bent over the bed, or fallen: not in it."""
    side = float(rng.choice([-1, 1]))
    away = rng.uniform(0.3, 0.8)
    x, y = (-away if side < 0 else bed.width + away), rng.uniform(0, bed.length)
    arms = [(rng.uniform(-0.1, 0.9), rng.uniform(0, 0.8), 0.12) for _ in "lr"]
    if rng.random() < 0.3:
        along = _unit(np.array([rng.normal(0, 0.3), float(rng.choice([-1, 1])), 0]))
        legs = [(rng.uniform(0, 0.9), rng.uniform(0, 1.2), 0.1) for _ in "lr"]
        roll = rng.uniform(-3, 3)
        front = UP * math.cos(roll) + np.cross(UP, along) * math.sin(roll)
        return (
            Person(rng).pose(np.array([x, bed.length / 2, 0.12]), along, front, legs, arms, 0.2).laid_on(0, 0)
        )
    person, lean = Person(rng), rng.choice([0.05, rng.uniform(0.3, 0.8)])
    front = _unit(np.array([-side, rng.normal(0, 0.5), 0]))
    legs = [(lean + rng.normal(0, 0.1), abs(rng.normal(0, 0.1)), 0.05) for _ in "lr"]
    along = UP * math.cos(lean) + front * math.sin(lean)
    return person.pose(
        np.array([x, y, 0.88 * person.size]), along, front, legs, arms, 0.1, rng.uniform(0, 0.5)
    )
