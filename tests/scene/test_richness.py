"""What makes rendered bedrooms varied, and that none of it gives away whether somebody is in the bed."""

import numpy as np
import pytest

from firmware_sim.scene.bedding import Surface
from firmware_sim.scene.belongings import left_on
from firmware_sim.scene.camera import Camera, aimed, place
from firmware_sim.scene.care import Bend
from firmware_sim.scene.home import Home
from firmware_sim.scene.kernel import floats
from firmware_sim.scene.light import Light
from firmware_sim.scene.materials import Material
from firmware_sim.scene.prints import CLOTHS, PRINTS, RELIEFS, cloth_bank
from firmware_sim.scene.raster import Buffer
from firmware_sim.scene.room import Bed
from firmware_sim.scene.shapes import box, plane
from firmware_sim.scene.states import EMPTY, OCCUPIED, arrange
from firmware_sim.scene.sunlight import Window, shadowed, through, world

CARE_BED = Bed(0.9, 2.0, 0.6, 0.2, care=True)
DOWN = floats([0.0, 0.0, -1.0])


def from_above(target: tuple[float, float, float], height: float = 2.0) -> Camera:
    return aimed(
        floats([target[0], target[1] - 0.01, target[2] + height]), floats(target), 0.0, 120.0, 160, 120
    )


def test_every_cloth_is_a_full_range_pattern() -> None:
    bank = cloth_bank()
    assert len(bank) == CLOTHS > max(*PRINTS, *RELIEFS)
    assert bank.min() == 0
    assert bank.max(axis=(1, 2)) == pytest.approx(1, abs=1e-3)
    assert bank.std(axis=(1, 2)).min() > 0.05


def test_an_unraised_bed_bends_nothing() -> None:
    flat = Bend(CARE_BED, 1.0, 0.0, 0.6, 0.0)
    points = floats(np.random.default_rng(1).uniform((0, 0, 0.6), (0.9, 2, 1), (50, 3)))
    assert flat.of(points) == pytest.approx(points, abs=2e-2)


def test_a_raised_head_end_lifts_the_head_and_leaves_the_feet() -> None:
    bend = Bend(CARE_BED, 1.0, 0.7, 0.6, 0.0)
    foot, head = bend.of(floats([[0.4, 0.2, 0.65], [0.4, 1.9, 0.65]]))
    assert foot == pytest.approx([0.4, 0.2, 0.65], abs=2e-2)
    assert head[2] > 0.65 + 0.8 * np.sin(0.7) * 0.9
    assert head[1] < 1.9


def test_bending_keeps_lengths_along_the_mattress() -> None:
    bend = Bend(CARE_BED, 1.0, 0.8, 0.6, 0.3)
    line = floats([[0.4, y, 0.6] for y in np.linspace(0.1, 1.9, 60)])
    assert np.linalg.norm(np.diff(bend.of(line), axis=0), axis=1).sum() == pytest.approx(1.8, rel=0.02)


def test_care_beds_are_raised_alike_with_and_without_somebody_in_them() -> None:
    def raised(state: str) -> float:
        scenes = [arrange(np.random.default_rng(seed), CARE_BED, state) for seed in range(30)]
        return float(np.mean([any(mesh.material == Material.MATTRESS for mesh in s.meshes) for s in scenes]))

    assert 0.3 < raised("made") < 0.8
    assert raised("made") == pytest.approx(raised("uncovered"), abs=0.3)


def test_a_tidy_bed_stays_flat_and_has_nobody_beside_it() -> None:
    for seed in range(20):
        scene = arrange(np.random.default_rng(seed), CARE_BED, "made", tidy=True)
        assert not scene.bodies
        assert not any(mesh.material == Material.MATTRESS for mesh in scene.meshes)


def test_as_much_lies_about_on_occupied_beds_as_on_empty_ones() -> None:
    """By the materials that only belongings and further bedding have."""
    told = {Material.SPREAD, Material.CLOTHES, Material.PLUSH, Material.BAG}

    def share(states: list[str]) -> float:
        cluttered = []
        for i, state in enumerate(states * 10):
            scene = arrange(np.random.default_rng(i), CARE_BED, state)
            stuff = {m.material for m in scene.meshes} | {c.duvet.material for c in scene.cloths}
            cluttered.append(bool(stuff & told) or any(skin == Material.PLUSH for _, skin in scene.bodies))
        return float(np.mean(cluttered))

    assert share(["covered", "head_covered", "to_the_hips"]) == pytest.approx(
        share(["made", "messy", "tunnel"]), abs=0.2
    )


def test_what_is_left_on_a_bed_lies_on_it_unless_it_slides_off() -> None:
    still_there = []
    for seed in range(30):
        surface = Surface.of(CARE_BED)
        things = left_on(np.random.default_rng(seed), surface)
        points = [mesh.vertices for mesh in things.meshes] + [body.starts for body, _ in things.bodies]
        points += [cloth.cloth.points.reshape(-1, 3) for cloth in things.cloths]
        still_there.append(np.concatenate(points)[:, 2].max() > CARE_BED.top)
    assert np.mean(still_there) > 0.85


def test_the_wardrobe_never_stands_between_the_camera_and_the_bed() -> None:
    found = 0
    for seed in range(40):
        rng = np.random.default_rng(seed)
        home = Home.draw(rng)
        camera = place(rng, home.room)
        if home.room.wardrobe is not None and camera is not None:
            found += 1
            assert not home.room.hides(camera.position, home.bed.corners)
    assert found > 5


def test_a_box_casts_its_shadow_away_from_the_sun() -> None:
    camera = from_above((0, 0, 0))
    buffer = Buffer.blank(camera)
    buffer.draw(
        camera, [plane((-2, -2, 0), (4, 0, 0), (0, 4, 0), 0), *box((0, 0, 0.1), (0.15, 0.15, 0.1), 1)]
    )
    reached = shadowed(buffer, camera, floats([0.7, 0.0, -0.7]))
    on_floor = buffer.material == 0
    right, left = on_floor.copy(), on_floor.copy()
    right[:, :82], left[:, 78:] = False, False
    assert reached[left].min() == 1
    assert (reached[right] < 0.7).sum() > 50


def test_sun_falls_only_where_the_window_lets_it() -> None:
    camera = from_above((0, 0, 0.6))
    buffer = Buffer.blank(camera)
    buffer.draw(camera, [plane((-2, -2, 0.6), (4, 0, 0), (0, 4, 0), 0)])
    share = through(Window((0.0, 0.0), (0.3, 0.2), 0.0, 1, 0.02), buffer, camera, DOWN)
    where = world(buffer, camera)
    inside = (np.abs(where[..., 0]) < 0.28) & (np.abs(where[..., 1]) < 0.18)
    outside = (np.abs(where[..., 0]) > 0.32) | (np.abs(where[..., 1]) > 0.22)
    assert share[inside].min() > 0.9
    assert share[outside].max() == 0


def test_a_bedside_lamp_lights_what_is_near_it() -> None:
    home = Home.draw(np.random.default_rng(6))
    scene = arrange(np.random.default_rng(6), home.bed, "bare", tidy=True)
    scene.meshes = []
    camera = from_above((home.bed.width / 2, home.bed.length / 2, home.bed.top))
    dark = Light("dim", 0.0, 1.0, 0.0, 0.0, (0.0, 0.0, -1.0), 0.0)
    lit = Light("dim", 0.0, 1.0, 0.0, 0.0, (0.0, 0.0, -1.0), 0.0, lamp=(0.1, 1.9, home.bed.top + 0.5, 1.0))
    assert home.light(scene, camera, dark).max() == 0
    brightness = home.light(scene, camera, lit)
    assert brightness[:40].mean() > 2 * brightness[80:].mean()


@pytest.mark.parametrize("state", [*OCCUPIED, *EMPTY])
def test_cluttered_scenes_repeat_from_the_seed(state: str) -> None:
    def heights() -> float:
        scene = arrange(np.random.default_rng(77), CARE_BED, state)
        return float(sum(mesh.vertices.sum() for mesh in scene.all_meshes()))

    assert heights() == heights()
