"""The states of a bed in this second world, and the room around it."""

import bpy
import numpy as np
import people
import sculpt
import stuff
from sculpt import Bed, Ground, Sheet

OCCUPIED = ("covered", "covered", "covered", "covered", "head_covered", "to_the_hips", "to_the_hips", "uncovered",
            "sitting_up", "on_edge")  # fmt: skip
EMPTY = ("made", "made", "messy", "messy", "thrown_back", "thrown_back", "piled", "piled", "collapsed", "bare",
         "bystander", "bystander")  # fmt: skip


class Bedroom:
    """One room with one bed; everything drawn from `rng`. ambient: light from everywhere, 0..1."""

    def __init__(self, rng: np.random.Generator, ambient: float) -> None:
        self.rng, self.ambient = rng, ambient
        self.bed = Bed(float(rng.choice([0.8, 0.9, 0.9, 1.0, 1.2, 1.4, 1.6])), rng.uniform(1.9, 2.1),
                       rng.uniform(0.4, 0.7))  # fmt: skip
        self.ground = Ground(self.bed)
        self.left, self.right = -rng.uniform(0.5, 2.2), self.bed.width + rng.uniform(0.5, 2.2)
        self.near, self.far = -rng.uniform(1.2, 2.4), self.bed.length + rng.uniform(0.08, 0.3)
        self.linen = float(rng.uniform(0.5, 0.95))
        self.pillow_height = 0.0
        self.white = rng.random() < 0.3

    def paint(self, shade: float | None = None, **kind: str) -> bpy.types.Material:
        """A material of the room."""
        shade = float(self.rng.uniform(0.08, 0.9)) if shade is None else shade
        return stuff.cloth(self.rng, shade, ambient=self.ambient, **kind)

    def build(self, state: str) -> None:
        """Everything, with the bed in this state."""
        self._walls()
        self._frame()
        self._furniture()
        getattr(self, f"_{state}")()
        if self.rng.random() < 0.35:
            self._litter()
        if state != "bystander" and self.rng.random() < 0.1:
            self._person(people.beside(self.rng, self.bed))

    def _walls(self) -> None:
        wall = self.paint(float(self.rng.uniform(0.3, 0.9)), relief="none", coordinates="Object")
        a, b, c, d = self.left, self.right, self.near, self.far
        thin = 0.05
        floor = self.paint(float(self.rng.uniform(0.08, 0.6)), relief="none", coordinates="Object")
        stuff.box("floor", (a, c, -thin), (b, d, 0), floor)
        stuff.box("far", (a, d, 0), (b, d + thin, 2.9), wall)
        stuff.box("left", (a - thin, c, 0), (a, d, 2.9), wall)
        stuff.box("right", (b, c, 0), (b + thin, d, 2.9), wall)
        stuff.box("near", (a, c - thin, 0), (b, c, 2.9), wall)

    def _frame(self) -> None:
        bed, rng = self.bed, self.rng
        wood = self.paint(coordinates="Object")
        thick = rng.uniform(0.12, 0.22)
        stuff.box("frame", (-0.03, -0.03, 0.1 if rng.random() < 0.5 else 0), (bed.width + 0.03, bed.length + 0.03,
                  bed.top - thick), wood, 0.01)  # fmt: skip
        sheet = self.paint(self.linen, printed="plain" if rng.random() < 0.8 else None, relief="wrinkled",
                           coordinates="Object")  # fmt: skip
        stuff.box("mattress", (0, 0, bed.top - thick), (bed.width, bed.length, bed.top), sheet, 0.04)
        if rng.random() < 0.75:
            high = bed.top + rng.uniform(0.1, 0.7)
            stuff.box(
                "head", (-0.04, bed.length + 0.02, 0), (bed.width + 0.04, bed.length + 0.06, high), wood, 0.02
            )
        if rng.random() < 0.45:
            stuff.box(
                "foot", (-0.04, -0.08, 0), (bed.width + 0.04, -0.04, bed.top + rng.uniform(-0.1, 0.25)), wood
            )
        if rng.random() < 0.3:
            metal = self.paint(0.6, printed="plain", relief="none")
            for x in ([-0.05], [bed.width + 0.05], [-0.05, bed.width + 0.05])[int(rng.integers(3))]:
                for z in (0.12, 0.22, 0.32):
                    stuff.box(
                        "rail",
                        (x - 0.012, 0.4, bed.top + z),
                        (x + 0.012, bed.length - 0.1, bed.top + z + 0.025),
                        metal,
                    )

    def _furniture(self) -> None:
        rng, bed = self.rng, self.bed
        for side in (-1, 1):
            if rng.random() < 0.5:
                x = -0.38 if side < 0 else bed.width + 0.38
                high = rng.uniform(0.4, 0.65)
                stuff.box(
                    "table",
                    (x - 0.2, bed.length - 0.5, 0),
                    (x + 0.2, bed.length - 0.1, high),
                    self.paint(),
                    0.01,
                )
            if rng.random() < 0.35:
                self._chair(-rng.uniform(0.5, 0.9) if side < 0 else bed.width + rng.uniform(0.5, 0.9))
        for _ in range(int(rng.integers(0, 3))):
            x, z, w, h = (
                rng.uniform(self.left + 0.3, self.right - 0.5),
                rng.uniform(1.2, 1.6),
                *rng.uniform(0.2, 0.6, 2),
            )
            stuff.box(
                "picture", (x, self.far - 0.03, z), (x + w, self.far, z + h), self.paint(coordinates="Object")
            )
        if rng.random() < 0.4:
            y, shape = rng.uniform(self.near, 0.5), np.linspace(0, 1.2, 80)
            fold = 0.05 * np.sin(shape * rng.uniform(30, 60))
            x = self.left + 0.1 + fold
            points = np.stack([np.stack([x, y + shape, np.full(80, z)], -1) for z in (0.05, 2.3)], 1)
            flat = np.stack([np.stack([shape, np.full(80, z)], -1) for z in (0.05, 2.3)], 1)
            stuff.grid("curtain", points, flat, self.paint())
        if rng.random() < 0.4:
            x, y = rng.uniform(self.left, self.right - 1), rng.uniform(self.near, 0.8)
            stuff.box("carpet", (x, y, 0), (x + rng.uniform(0.7, 1.8), y + rng.uniform(0.8, 1.8), 0.012),
                      self.paint(coordinates="Object"))  # fmt: skip

    def _chair(self, x: float) -> None:
        wood, y = self.paint(coordinates="Object"), self.rng.uniform(0, self.bed.length - 0.5)
        stuff.box("seat", (x - 0.2, y - 0.2, 0.43), (x + 0.2, y + 0.2, 0.48), wood, 0.01)
        stuff.box("back", (x - 0.2, y + 0.18, 0.48), (x + 0.2, y + 0.22, 0.95), wood, 0.01)
        for dx in (-0.18, 0.18):
            for dy in (-0.18, 0.18):
                stuff.box(
                    "leg", (x + dx - 0.02, y + dy - 0.02, 0), (x + dx + 0.02, y + dy + 0.02, 0.43), wood
                )

    def _pillows(self, chance: float = 0.95) -> None:
        if self.rng.random() > chance:
            return
        linen = self.paint(self.linen * self.rng.uniform(0.9, 1.05), printed="plain" if self.white else None)
        beside = 2 if self.bed.width > 1.3 else 1
        for i in range(beside):
            before = self.ground.heights.max()
            x = self.bed.width * (i + 0.5) / beside + self.rng.normal(0, 0.03)
            self._pillow(x, self.bed.length - self.rng.uniform(0.2, 0.3), self.rng.normal(0, 0.2), linen)
            self.pillow_height = max(0.0, float(self.ground.heights.max() - before))

    def _pillow(self, x: float, y: float, yaw: float, material: bpy.types.Material) -> None:
        points, flat = sculpt.pillow(self.rng, self.ground, x, y, yaw)
        stuff.grid("pillow", points, flat, material)

    def _cover(self, head_end: float, crumple: float, **changes: float) -> None:
        rng, bed = self.rng, self.bed
        padded = rng.random() < 0.65
        size = (bed.width + rng.uniform(0.2, 0.8), rng.uniform(1.5, 2.15))
        sheet = Sheet(size, head_end, rng.normal(0, 0.04), rng.uniform(0.02, 0.05) if padded else 0.008,
                      rng.uniform(2e-4, 2.5e-3), crumple, **changes)  # fmt: skip
        points, flat = sheet.over(rng, self.ground)
        stuff.grid("duvet", points, flat, self._duvet_cloth(), 0.025 if padded else 0.006)

    def _duvet_cloth(self) -> bpy.types.Material:
        if self.white:
            return self.paint(self.linen, printed="plain")
        return self.paint(float(self.rng.uniform(0.12, 0.95)))

    def _person(self, person: people.Person, only: tuple = ("skin", "hair", "shirt", "trousers")) -> None:
        rng = self.rng
        hair = rng.choice([rng.uniform(0.05, 0.2), rng.uniform(0.5, 0.9)])
        shades = {"skin": rng.uniform(0.35, 0.75), "hair": hair}
        shades |= {"shirt": rng.uniform(0.1, 0.95), "trousers": rng.uniform(0.1, 0.95)}
        if self.white and rng.random() < 0.5:
            shades["shirt"] = self.linen
        for name, balls in person.balls().items():
            if name in only:
                printed = "plain" if name in ("skin", "hair") else None
                relief = {"skin": "none", "hair": "ribbed"}.get(name, "wrinkled")
                stuff.flesh(name, balls, self.paint(float(shades[name]), printed=printed, relief=relief,
                                                    coordinates="Object"))  # fmt: skip

    def _sleeper(self, only: tuple = ("skin", "hair", "shirt", "trousers")) -> people.Person:
        how = str(self.rng.choice(people.LYING, p=(0.38, 0.32, 0.2, 0.1)))
        person = people.lying(self.rng, self.bed, how, self.pillow_height)
        self.ground.put(person.all_balls(), self.bed.top + 0.5)
        self._person(person, only)
        return person

    def _litter(self) -> None:
        rng, bed = self.rng, self.bed
        spot = (rng.uniform(0.15, 0.85) * bed.width, rng.uniform(0.1, 0.7) * bed.length)
        kind = rng.random()
        if kind < 0.5:
            points, flat = sculpt.heap(
                rng, self.ground, spot, rng.uniform(0.15, 0.3), rng.uniform(0.03, 0.12)
            )
            stuff.grid("clothes", points, flat, self.paint())
        elif kind < 0.75:
            self._pillow(*spot, rng.uniform(0, 3), self.paint())
        else:
            z = float(self.ground.at(np.array(spot[0]), np.array(spot[1]), self.ground.heights))
            low, high = (
                (spot[0] - 0.15, spot[1] - 0.1, z),
                (spot[0] + 0.15, spot[1] + 0.1, z + rng.uniform(0.02, 0.2)),
            )
            stuff.box("bag", low, high, self.paint(), 0.03, rng.uniform(0, 3))

    # ---- occupied

    def _covered(self) -> None:
        self._pillows()
        self._sleeper(("skin", "hair", "shirt"))
        self._cover(
            self.bed.length - self.rng.uniform(0.4, 0.65),
            self.rng.choice([0.006, self.rng.uniform(0.01, 0.05)]),
        )

    def _head_covered(self) -> None:
        self._pillows()
        self._sleeper(("hair",))
        self._cover(self.bed.length - self.rng.uniform(-0.05, 0.1), self.rng.uniform(0.005, 0.04))

    def _to_the_hips(self) -> None:
        self._pillows()
        self._sleeper()
        self._cover(self.bed.length * self.rng.uniform(0.4, 0.62), self.rng.uniform(0.01, 0.05))

    def _uncovered(self) -> None:
        self._pillows()
        self._sleeper()
        if self.rng.random() < 0.6:
            self._heap(0.2)

    def _sitting_up(self) -> None:
        self._pillows()
        person = people.sitting_up(self.rng, self.bed)
        self.ground.put(person.all_balls(), self.bed.top + 0.25)
        self._person(person)
        if self.rng.random() < 0.7:
            self._cover(self.bed.length * self.rng.uniform(0.4, 0.55), self.rng.uniform(0.01, 0.05))

    def _on_edge(self) -> None:
        self._pillows()
        if self.rng.random() < 0.7:
            self._heap(0.5)
        self._person(people.on_the_edge(self.rng, self.bed))

    # ---- empty

    def _made(self) -> None:
        below = self.rng.random() < 0.5
        self._pillows()
        self._cover(
            self.bed.length - (0.0 if below else self.rng.uniform(0.4, 0.7)), self.rng.uniform(0.0, 0.008)
        )
        if self.rng.random() < 0.3:
            for _ in range(int(self.rng.integers(1, 4))):
                spot = (
                    self.rng.uniform(0.2, 0.8) * self.bed.width,
                    self.bed.length - self.rng.uniform(0.2, 0.6),
                )
                self._pillow(*spot, self.rng.normal(0, 0.3), self.paint())

    def _messy(self) -> None:
        self._pillows()
        self._cover(self.bed.length - self.rng.uniform(0.1, 0.7), self.rng.uniform(0.03, 0.1))

    def _thrown_back(self) -> None:
        self._pillows()
        back = self.rng.uniform(0.3, 0.9)
        self._cover(
            self.bed.length - self.rng.uniform(0, 0.3), self.rng.uniform(0.01, 0.05), turned_back=back
        )

    def _piled(self) -> None:
        self._pillows()
        self._heap(0.5)

    def _heap(self, lowest: float) -> None:
        rng, bed = self.rng, self.bed
        spot = (rng.uniform(0.2, 0.8) * bed.width, rng.uniform(0.1, lowest + 0.1) * bed.length)
        points, flat = sculpt.heap(rng, self.ground, spot, rng.uniform(0.35, 0.6), rng.uniform(0.1, 0.28))
        stuff.grid("heap", points, flat, self._duvet_cloth(), 0.01)

    def _collapsed(self) -> None:
        """The duvet keeps something of the shape of whoever crept out."""
        self._pillows()
        before = self.ground.heights.copy()
        how = str(self.rng.choice(people.LYING))
        self.ground.put(people.lying(self.rng, self.bed, how, 0.0).all_balls(), self.bed.top + 0.4)
        self.ground.heights = before + self.rng.uniform(0.15, 0.45) * (self.ground.skin(0, 4e-4) - before)
        self._cover(self.bed.length - self.rng.uniform(0.3, 0.7), self.rng.uniform(0.03, 0.08))

    def _bare(self) -> None:
        self._pillows(0.5)

    def _bystander(self) -> None:
        getattr(self, str(self.rng.choice(["_made", "_messy", "_thrown_back", "_piled"])))()
        self._person(people.beside(self.rng, self.bed))
