"""Meshes and procedural materials in Blender."""

from functools import cache

import bpy
import numpy as np
from sculpt import Balls


def grid(name: str, points: np.ndarray, cloth: np.ndarray, material: bpy.types.Material,
         thick: float = 0.0) -> bpy.types.Object:  # fmt: skip
    """A surface over a grid of points (n, m, 3) with cloth coordinates (n, m, 2)."""
    rows, columns = points.shape[:2]
    index = np.arange(rows * columns).reshape(rows, columns)
    faces = np.stack([index[:-1, :-1], index[1:, :-1], index[1:, 1:], index[:-1, 1:]], -1).reshape(-1, 4)
    thing = mesh(name, points.reshape(-1, 3), faces, material)
    layer = thing.data.uv_layers.new()
    layer.data.foreach_set("uv", cloth.reshape(-1, 2)[faces.ravel()].astype(np.float32).ravel())
    if thick > 0:
        thing.modifiers.new("thick", "SOLIDIFY").thickness = thick
    return thing


def mesh(name: str, vertices: np.ndarray, faces: np.ndarray, material: bpy.types.Material,
         smooth: bool = True) -> bpy.types.Object:  # fmt: skip
    """Any mesh of triangles or quadrangles."""
    data = bpy.data.meshes.new(name)
    n, corners = len(faces), faces.shape[1]
    data.vertices.add(len(vertices))
    data.vertices.foreach_set("co", vertices.astype(np.float32).ravel())
    data.loops.add(n * corners)
    data.loops.foreach_set("vertex_index", faces.astype(np.int32).ravel())
    data.polygons.add(n)
    data.polygons.foreach_set("loop_start", (np.arange(n) * corners).astype(np.int32))
    data.update(calc_edges=True)
    data.shade_smooth() if smooth else data.shade_flat()
    data.materials.append(material)
    thing = bpy.data.objects.new(name, data)
    bpy.context.collection.objects.link(thing)
    return thing


def box(name: str, low: tuple, high: tuple, material: bpy.types.Material, bevel: float = 0.0,
        yaw: float = 0.0) -> bpy.types.Object:  # fmt: skip
    """A box between two corners, turned about its middle."""
    low, high = np.array(low, float), np.array(high, float)
    middle, half = (low + high) / 2, (high - low) / 2
    signs = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)], float)
    faces = np.array([[0, 1, 3, 2], [4, 6, 7, 5], [0, 4, 5, 1], [2, 3, 7, 6], [0, 2, 6, 4], [1, 5, 7, 3]])
    thing = mesh(name, signs * half, faces, material, smooth=False)
    thing.location, thing.rotation_euler = middle, (0, 0, yaw)
    if bevel > 0:
        edge = thing.modifiers.new("bevel", "BEVEL")
        edge.width, edge.segments = bevel, 2
    return thing


def flesh(name: str, balls: Balls, material: bpy.types.Material) -> bpy.types.Object:
    """Balls grown together: their union remeshed and smoothed."""
    vertices, faces = _sphere()
    points = (vertices[None] * balls.radii[:, None, None] + balls.centres[:, None]).reshape(-1, 3)
    triangles = (faces[None] + (np.arange(len(balls.radii)) * len(vertices))[:, None, None]).reshape(-1, 3)
    thing = mesh(name, points, triangles, material)
    union = thing.modifiers.new("union", "REMESH")
    union.mode, union.voxel_size, union.use_smooth_shade = "VOXEL", 0.014, True
    even = thing.modifiers.new("even", "SMOOTH")
    even.factor, even.iterations = 0.5, 5
    return thing


@cache
def _sphere() -> tuple:
    """Vertices and triangles of a unit icosphere."""
    bpy.ops.mesh.primitive_ico_sphere_add(subdivisions=2, radius=1)
    made = bpy.context.object
    vertices = np.array([v.co[:] for v in made.data.vertices])
    faces = np.array([f.vertices[:] for f in made.data.polygons])
    bpy.data.objects.remove(made, do_unlink=True)
    return vertices, faces


PRINTS = ("plain", "plain", "stripes", "rings", "checks", "cells", "blotches", "bricks", "swirls")
RELIEFS = ("none", "wrinkled", "quilted", "ribbed", "patches", "crumpled")


def cloth(rng: np.random.Generator, shade: float, printed: str | None = None,
          relief: str | None = None, ambient: float = 0.0,
          coordinates: str = "UV") -> bpy.types.Material:  # fmt: skip
    """A cloth, paint or wood of a shade 0..1, with a print and a relief. ambient: light from everywhere."""
    printed = str(rng.choice(PRINTS)) if printed is None else printed
    relief = str(rng.choice(RELIEFS)) if relief is None else relief
    material = bpy.data.materials.new("cloth")
    material.use_nodes = True
    nodes, links = material.node_tree.nodes, material.node_tree.links
    nodes.clear()
    where = nodes.new("ShaderNodeTexCoord").outputs[coordinates]
    diffuse = nodes.new("ShaderNodeBsdfDiffuse")
    colour = _print(rng, nodes, links, where, shade, printed)
    if colour is None:
        diffuse.inputs["Color"].default_value = (shade, shade, shade, 1)
    else:
        links.new(colour, diffuse.inputs["Color"])
    _relief(rng, nodes, links, where, relief, diffuse)
    out = nodes.new("ShaderNodeOutputMaterial")
    surface = diffuse.outputs[0]
    if ambient > 0:
        glow, both = nodes.new("ShaderNodeEmission"), nodes.new("ShaderNodeAddShader")
        glow.inputs["Strength"].default_value = ambient
        glow.inputs["Color"].default_value = (shade, shade, shade, 1)
        if colour is not None:
            links.new(colour, glow.inputs["Color"])
        links.new(surface, both.inputs[0])
        links.new(glow.outputs[0], both.inputs[1])
        surface = both.outputs[0]
    links.new(surface, out.inputs["Surface"])
    return material


def _print(rng: np.random.Generator, nodes: object, links: object, where: object, shade: float, printed: str):
    kinds = {"stripes": "Wave", "rings": "Wave", "checks": "Checker", "cells": "Voronoi", "blotches": "Noise",
             "bricks": "Brick", "swirls": "Magic"}  # fmt: skip
    if printed == "plain":
        return None
    texture = nodes.new(f"ShaderNodeTex{kinds[printed]}")
    links.new(where, texture.inputs["Vector"])
    texture.inputs["Scale"].default_value = rng.uniform(2, 14)
    if printed == "rings":
        texture.wave_type = "RINGS"
    if printed in ("stripes", "rings"):
        texture.inputs["Distortion"].default_value = rng.choice([0.0, rng.uniform(0, 12)])
    if printed == "bricks":
        texture.inputs["Color1"].default_value = (1, 1, 1, 1)
        texture.inputs["Color2"].default_value = (0.5, 0.5, 0.5, 1)
    ramp = nodes.new("ShaderNodeValToRGB")
    other = float(np.clip(shade + rng.choice([-1, 1]) * rng.uniform(0.1, 0.6), 0.04, 0.95))
    ends = ramp.color_ramp.elements
    ends[0].color, ends[1].color = (shade,) * 3 + (1,), (other,) * 3 + (1,)
    ends[0].position, ends[1].position = sorted(rng.uniform(0.2, 0.8, 2))
    links.new(texture.outputs[0], ramp.inputs["Fac"])
    return ramp.outputs["Color"]


def _relief(
    rng: np.random.Generator, nodes: object, links: object, where: object, relief: str, diffuse: object
) -> None:
    if relief == "none":
        return
    kinds = {
        "wrinkled": "Noise",
        "quilted": "Voronoi",
        "ribbed": "Wave",
        "patches": "Brick",
        "crumpled": "Voronoi",
    }
    texture = nodes.new(f"ShaderNodeTex{kinds[relief]}")
    links.new(where, texture.inputs["Vector"])
    texture.inputs["Scale"].default_value = rng.uniform(4, 16)
    if relief == "quilted":
        texture.feature = "DISTANCE_TO_EDGE"
        texture.inputs["Randomness"].default_value = float(rng.choice([0.0, 0.3, 1.0]))
    bump = nodes.new("ShaderNodeBump")
    bump.inputs["Strength"].default_value = rng.uniform(0.1, 0.7)
    bump.inputs["Distance"].default_value = rng.uniform(0.01, 0.04)
    links.new(texture.outputs[0], bump.inputs["Height"])
    links.new(bump.outputs["Normal"], diffuse.inputs["Normal"])
