#!/usr/bin/env python3
"""Makes the .nir files of this folder: one per fault that the front end must name, or oddity that it must repair.

The .err files beside them hold every expected message, warnings too, and are judged and written by hand; an empty one
means that the file loads in silence. Needs h5py and numpy. Run: python3 tests/golden/make.py
"""
import os
import numpy as np
import h5py

FOLDER = os.path.dirname(os.path.abspath(__file__))
TEXT = h5py.string_dtype()


def put(group, name, node):
    if name is not None:
        group = group.create_group(name)
    for key, value in node.items():
        if key == "nodes":
            nodes = group.create_group("nodes")
            for inner, content in value.items():
                put(nodes, inner, content)
        elif key == "edges":
            group.create_dataset("edges", data=np.array(value, dtype=object) if value else np.zeros(0), dtype=TEXT if value else "f8")
        elif isinstance(value, dict):
            put(group, key, value)
        elif isinstance(value, str):
            group.create_dataset(key, data=value, dtype=TEXT)
        else:
            group.create_dataset(key, data=value)


def write(name, nodes, edges, **options):
    with h5py.File(os.path.join(FOLDER, name + ".nir"), "w", **options) as file:
        file.create_dataset("version", data="1.0.7", dtype=TEXT)
        put(file, "node", {"type": "NIRGraph", "nodes": nodes, "edges": edges})


def creation_plan():
    """Of a dataset, without the time of its making: the same files every time."""
    plan = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    plan.set_obj_track_times(False)
    return plan


def port(kind, *shape):
    return {"type": kind, "shape": np.array(shape, dtype="i8")}


def linear(outputs, inputs):
    return {"type": "Linear", "weight": np.ones((outputs, inputs), dtype="f4")}


def lif(count, **changes):
    node = {"type": "LIF", "tau": np.full(count, 0.01), "r": np.ones(count), "v_leak": np.zeros(count),
            "v_threshold": np.ones(count), "v_reset": np.zeros(count)}
    node.update(changes)
    return node


def chain(**inner):
    """Input, the given nodes one after the other, Output."""
    names = ["input", *inner, "output"]
    nodes = {"input": port("Input", 3), **inner, "output": port("Output", 4)}
    return nodes, list(zip(names, names[1:]))


def raw(name, content):
    with open(os.path.join(FOLDER, name + ".nir"), "wb") as file:
        file.write(content)


raw("empty", b"")
raw("not_hdf5", b"# weights of the network\n1 2 3\n")
raw("zip", b"PK\x03\x04" + bytes(60))
raw("lfs_pointer", b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 34808\n")

write("tau_zero", *chain(fc=linear(4, 3), lif=lif(4, tau=np.array([0.01, 0.01, 0.01, 0]))))
write("tau_negative", *chain(fc=linear(4, 3), lif=lif(4, tau=np.float64(-2))))
weight = np.ones((4, 3), dtype="f4")
weight[2, 1] = np.nan
write("nan_weight", *chain(fc={"type": "Linear", "weight": weight}, lif=lif(4)))
write("shape_mismatch", *chain(fc=linear(5, 3), lif=lif(4)))
write("transposed", *chain(fc=linear(4, 3), fc2=linear(4, 6), lif=lif(4)))
write("transposed_first", *chain(fc=linear(3, 4), lif=lif(4)))
nodes, edges = chain(fc={"type": "Affine", "weight": np.arange(12).reshape(3, 4), "bias": np.arange(4)}, lif=lif(4))
nodes["output"] = port("Output", 2)
nodes["deep"] = {"type": "NIRGraph", "nodes": {"input": port("Input", 4), "fc": {"type": "Linear", "weight":
      np.arange(8, dtype=">f4").reshape(4, 2)}, "output": port("Output", 2)}, "edges": [("input", "fc"), ("fc", "output")],
      "metadata": {"weight": np.ones((2, 3))}}
write("transposed_all", nodes, edges[:-1] + [("lif", "deep"), ("deep", "output")])
write("unknown_type", *chain(pool={"type": "MaxPool2d", "kernel_size": 2}))
write("missing_type", *chain(fc={"weight": weight}))
write("missing_parameter", *chain(fc=linear(4, 3), lif={k: v for k, v in lif(4).items() if k != "tau"}))
nodes, edges = chain(fc=linear(4, 3), lif1=lif(4))
edges = [(s.replace("lif1", "lif"), t.replace("lif1", "lif")) for s, t in edges]
write("dangling_repaired", nodes, edges)
write("dangling_edge", {**nodes, "lif2": lif(4)}, edges)
write("dangling_far", {**{k: v for k, v in nodes.items() if k != "lif1"}, "cells": lif(4)}, edges)
nodes, edges = chain(fc=linear(4, 3), a=linear(4, 4), b=linear(4, 4))
write("algebraic_loop", nodes, edges + [("b", "a")])
nodes, edges = chain(fc=linear(4, 3), scale={"type": "Scale", "scale": np.ones(4)}, lif=lif(4))
write("cycle_without_state", nodes, edges + [("scale", "scale")])
write("slash", *chain(**{"a/b": linear(4, 3)}))
write("padding_word", *chain(conv={"type": "Conv1d", "weight": np.ones((1, 3, 1)), "bias": np.zeros(1), "padding": "circular"}))
write("kernel_too_large", {"input": port("Input", 1, 4), "conv": {"type": "Conv1d", "weight": np.ones((2, 1, 7)),
      "bias": np.zeros(2)}, "output": port("Output", 2, 1)}, [("input", "conv"), ("conv", "output")])
write("type_case", *chain(fc=linear(4, 3), lif={**lif(4), "type": "lif"}))
write("no_bias", *chain(fc={"type": "Affine", "weight": np.ones((4, 3))}))
write("delay_negative", *chain(fc=linear(4, 3), wait={"type": "Delay", "delay": np.array([0, 0.1, -0.1, -0.2])}))
with h5py.File(os.path.join(FOLDER, "graph_at_root.nir"), "w") as file:
    put(file, None, {"type": "NIRGraph", "nodes": {"input": port("Input", 3)}, "edges": []})
whole = open(os.path.join(FOLDER, "tau_zero.nir"), "rb").read()
raw("truncated", whole[: len(whole) // 2])

# ---- repaired ----

nodes, edges = chain(fc=linear(4, 3), lif=lif(4))
write("good", nodes, edges[::-1])
write("duplicate_edge", nodes, edges + [("fc", "lif")])
write("threshold_below_reset", *chain(fc=linear(4, 3), lif=lif(4, v_reset=np.array([0, 0, 1, 2.5]))))
scalar = {"type": "LIF", "tau": 0.5, "r": np.ones(1), "v_leak": 0.0, "v_threshold": np.ones(1)}
write("scalar_parameters", *chain(fc=linear(4, 3), lif=scalar))
nodes, edges = chain(fc=linear(4, 3), lif=lif(4))
nodes["input"] = port("Input", 25, 3)
nodes["output"] = port("Output", 1, 1, 4)
write("input_with_time", nodes, edges)
nodes, edges = chain(fc=linear(4, 3), lif=lif(4, extra=np.ones(2)))
del nodes["input"], nodes["output"]
write("no_ports", nodes, edges[1:-1])
write("cycle_no_ports", {"a": lif(4), "w": linear(4, 4)}, [("a", "w"), ("w", "a")])
write("no_edges", {"input": port("Input", 2)}, [])
write("flatten_batch", {"input": port("Input", 2, 3, 4), "flat": {"type": "Flatten", "start_dim": 1, "end_dim": -1},
      "fc": linear(5, 24), "output": port("Output", 5)}, [("input", "flat"), ("flat", "fc"), ("fc", "output")])
write("output_disagrees", {"input": port("Input", 2, 8, 9), "conv": {"type": "Conv2d", "weight": np.ones((4, 2, 3, 5)),
      "bias": np.zeros(4), "input_shape": np.array([8, 9])}, "output": port("Output", 4, 6, 7)},
      [("input", "conv"), ("conv", "output")])
write("nested_input_shape", {"input": port("Input", 3), "fc": linear(4, 3), "output": port("Output", 4), "cell": {
      "type": "NIRGraph", "nodes": {"input": port("Input", 3), "lif": lif(4), "w": linear(4, 4), "output": port("Output", 4)},
      "edges": [("input", "lif"), ("lif", "w"), ("w", "lif"), ("lif", "output")]}},
      [("input", "fc"), ("fc", "cell"), ("cell", "output")])
with h5py.File(os.path.join(FOLDER, "bare_node.nir"), "w") as file:
    put(file, "node", lif(3))
with h5py.File(os.path.join(FOLDER, "bare_scalars.nir"), "w") as file:
    put(file, "node", {"type": "LI", "tau": 0.5, "r": 1.0, "v_leak": 0.0})
write("mixed_scalars", *chain(fc=linear(4, 3), lif=lif(4, r=np.ones(1), v_leak=np.float32(0))))
nodes, edges = chain(fc=linear(4, 3), lif=lif(4), aside=lif(4))
write("unconnected", nodes, [("input", "fc"), ("fc", "lif"), ("aside", "output")])
nodes = {"_0": port("Input", 3), "1": linear(4, 3), "a.b": lif(4), "class": lif(4), "10": port("Output", 4)}
write("names", nodes, [("class", "10"), ("a.b", "class"), ("1", "a.b"), ("_0", "1")])

# Axes too many: a batch of one, the steps of a recording, a Flatten that counts a batch axis.
conv = {"type": "Conv1d", "weight": np.ones((4, 2, 3)), "bias": np.zeros(4), "stride": 1, "padding": 0, "dilation": 1, "groups": 1}
for name, axes in {"batch_conv": (1, 2, 20), "time_conv": (25, 2, 20)}.items():
    write(name, {"input": port("Input", *axes), "conv": conv, "output": port("Output", 4, 18)}, [("input", "conv"), ("conv", "output")])
write("time_alone", {"input": port("Input", 1000), "fc": linear(4, 1), "output": port("Output", 4)}, [("input", "fc"), ("fc", "output")])
nodes, edges = chain(fc=linear(4, 3), lif={k: v if k == "type" else v.reshape(1, 4) for k, v in lif(4).items()})
write("batch_neurons", nodes, edges)
flat = {"type": "Flatten", "start_dim": 1, "end_dim": 3}
write("flatten_beyond", {"input": port("Input", 2, 3, 4), "flat": flat, "fc": linear(5, 24), "output": port("Output", 5)},
      [("input", "flat"), ("flat", "fc"), ("fc", "output")])
scalar = {"type": "LI", "tau": 0.5, "r": 1.0, "v_leak": 0.0}
write("flatten_then_scalars", {"input": port("Input", 2, 3, 4), "flat": {**flat, "end_dim": -1}, "li": scalar,
      "fc": linear(5, 24), "output": port("Output", 5)}, [("input", "flat"), ("flat", "li"), ("li", "fc"), ("fc", "output")])

# Nested graphs with several Inputs and Outputs: the edge must say which.
cell = {"type": "NIRGraph", "nodes": {"drive": port("Input", 4), "reset": port("Input", 4), "lif": lif(4), "w": linear(4, 4),
        "spikes": port("Output", 4), "weighted": port("Output", 12)},
        "edges": [("drive", "lif"), ("reset", "w"), ("w", "lif"), ("lif", "w"), ("lif", "spikes"), ("w", "weighted")]}
nodes = {"input": port("Input", 3), "a": linear(4, 3), "b": linear(4, 3), "cell": cell, "output": port("Output", 4),
         "second": port("Output", 4)}
edges = [("input", "a"), ("input", "b"), ("a", "cell.drive"), ("b", "cell/reset"), ("cell.spikes", "output")]
write("nested_ports", nodes, edges + [("cell.weighted", "second")])
write("nested_ambiguous", nodes, edges + [("cell", "second")])
inner = {"type": "NIRGraph", "nodes": {"input": port("Input", 4), "lif": lif(4), "output": port("Output", 4)},
         "edges": [("input", "lif"), ("lif", "output")]}
write("nested_no_ports", {"cell": inner}, [])
# A recurrent cell whose input goes through the recurrent weights, as some importers build it.
write("nested_through_weights", {"input": port("Input", 4), "cell": {"type": "NIRGraph", "nodes": {"input": port("Input", 4),
      "lif": lif(4), "w_rec": linear(4, 4), "output": port("Output", 4)}, "edges": [("input", "w_rec"), ("w_rec", "lif"),
      ("lif", "w_rec"), ("lif", "output")]}, "output": port("Output", 4)}, [("input", "cell"), ("cell", "output")])

# The oldest writers: nodes and edges by number, no version, no shape of an Output.
with h5py.File(os.path.join(FOLDER, "oldest.nir"), "w") as file:
    put(file, "node", {"type": "NIRGraph", "nodes": {str(n): node for n, node in enumerate(
        [port("Input", 3), linear(4, 3), *[lif(4)] * 8, {"type": "Output"}])}})
    file["node/edges"] = np.array([[n, n + 1] for n in reversed(range(10))], dtype=">i2")

# Old and foreign writers: no version, fixed-length strings, big-endian and narrow numbers, compression, numbers as names.
with h5py.File(os.path.join(FOLDER, "odd_types.nir"), "w") as file:
    root = file.create_group("node")
    root.create_dataset("type", data=np.bytes_(b"NIRGraph"))
    root.create_group("metadata").create_dataset("dt", data=np.float32(0.25))
    inner = root.create_group("nodes")
    for number, kind in enumerate(["Input", "Affine", "CubaLIF", "Output"]):
        inner.create_group(str(number)).create_dataset("type", data=np.array(kind, dtype="S12"))
    inner["0"].create_dataset("shape", data=np.array([3], dtype=">i2"))
    inner["1"].create_dataset("weight", data=np.arange(6, dtype=">f4").reshape(2, 3), chunks=(1, 2), compression="gzip", shuffle=True)
    inner["1"].create_dataset("bias", data=np.array([-1, 2], dtype="i1"))
    for key, value in {"tau_syn": 1, "tau_mem": 2, "r": 3, "v_leak": -4, "v_threshold": 5}.items():
        inner["2"].create_dataset(key, data=np.full(2, value, dtype=[">i8", "<u2", "<f2", ">i4", "f8"][abs(value) - 1]))
    root.create_dataset("edges", data=np.array([[2, 3], [0, 1], [1, 2]], dtype="<i8"))

# ---- hostile ----

def with_fc(name, make):
    nodes, edges = chain(fc={"type": "Linear"}, lif=lif(4))
    write(name, nodes, edges)
    with h5py.File(os.path.join(FOLDER, name + ".nir"), "a") as file:
        make(file, file["node/nodes/fc"])


def external_data(file, fc):
    plan = creation_plan()
    plan.set_external(b"weights.raw", 0, 96)
    h5py.h5d.create(fc.id, b"weight", h5py.h5t.IEEE_F64LE, h5py.h5s.create_simple((4, 3)), plan)


def soft_link(file, fc):
    fc["weight"] = h5py.SoftLink("/node/nodes/lif/tau")


def external_link(file, fc):
    fc["weight"] = h5py.ExternalLink("other.nir", "/weight")


def filtered(number, name):
    def make(file, fc):
        plan = creation_plan()
        plan.set_chunk((4, 3))
        plan.set_filter(number, h5py.h5z.FLAG_OPTIONAL)
        h5py.h5d.create(fc.id, b"weight", h5py.h5t.IEEE_F32LE, h5py.h5s.create_simple((4, 3)), plan)
    with_fc(name, make)


filtered(32001, "filter_blosc")
filtered(32099, "filter_unknown")
with_fc("filter_lzf", lambda file, fc: fc.create_dataset("weight", data=np.ones((4, 3), dtype="f4"), compression="lzf"))
with_fc("soft_link", soft_link)
with_fc("external_link", external_link)
with_fc("external_data", external_data)
with_fc("weight_group", lambda file, fc: fc.create_group("weight"))
with_fc("weight_text", lambda file, fc: fc.create_dataset("weight", data="heavy", dtype=TEXT))
with_fc("weight_compound", lambda file, fc: fc.create_dataset("weight", data=np.zeros(3, dtype=[("a", "f4"), ("b", "i4")])))
with_fc("weight_huge", lambda file, fc: fc.create_dataset("weight", (1 << 20, 1 << 20), dtype="f4", chunks=(64, 64)))
with_fc("weight_unwritten", lambda file, fc: fc.create_dataset("weight", (1 << 13, 1 << 13), dtype="f8", chunks=(64, 64)))
with_fc("weight_chunk", lambda file, fc: fc.create_dataset("weight", (4, 3), maxshape=(None, None), dtype="f4", chunks=(1 << 15, 1 << 14)))
with_fc("weight_rank", lambda file, fc: fc.create_dataset("weight", data=np.ones((1,) * 9)))
with_fc("weight_empty", lambda file, fc: fc.create_dataset("weight", (0, 3), dtype="f4"))
with_fc("weight_null", lambda file, fc: fc.create_dataset("weight", data=h5py.Empty("f4")))


def contains_itself(file, fc):
    root = file["node"]
    root["nodes/again"] = root


with_fc("contains_itself", contains_itself)
deep, edges = {"type": "NIRGraph", "nodes": {"input": port("Input", 3)}, "edges": []}, []
for level in range(70):
    deep = {"type": "NIRGraph", "nodes": {"g": deep}, "edges": []}
write("deep", {"g": deep}, [], libver="latest")

# ---- odd, but sound ----


def sound(name, make):
    write(name, *chain(fc=linear(4, 3), lif=lif(4)))
    with h5py.File(os.path.join(FOLDER, name + ".nir"), "a") as file:
        make(file["node"])


def padded_text(root):
    for node, pad in zip([root, *root["nodes"].values()], [h5py.h5t.STR_NULLPAD, h5py.h5t.STR_SPACEPAD, h5py.h5t.STR_NULLTERM] * 2):
        text = node["type"][()]
        del node["type"]
        kind = h5py.h5t.C_S1.copy()
        kind.set_size(20)
        kind.set_strpad(pad)
        dataset = h5py.h5d.create(node.id, b"type", kind, h5py.h5s.create(h5py.h5s.SCALAR), creation_plan())
        padded = text.ljust(20, b" " if pad == h5py.h5t.STR_SPACEPAD else b"\0")
        dataset.write(h5py.h5s.ALL, h5py.h5s.ALL, np.array(padded, dtype="S20"), kind)
    edges = root["edges"][()].astype("S8")
    del root["edges"]
    root["edges"] = edges


def compact(root):
    del root["nodes/fc/weight"]
    plan = creation_plan()
    plan.set_layout(h5py.h5d.COMPACT)
    dataset = h5py.h5d.create(root["nodes/fc"].id, b"weight", h5py.h5t.IEEE_F32BE, h5py.h5s.create_simple((4, 3)), plan)
    dataset.write(h5py.h5s.ALL, h5py.h5s.ALL, np.ones((4, 3), dtype="f4"))


def metadata(root):
    for group in (root, root["nodes/fc"]):
        data = group.create_group("metadata")
        data["text"] = "weights of the network"
        data["compound"] = np.zeros(2, dtype=[("x", "f4")])
        data["none"] = h5py.Empty("f4")
        data["opaque"] = np.void(b"bytes")
        data["link"] = h5py.SoftLink("/nowhere")
        data["many"] = np.zeros((2,) * 10)
        data.create_group("type/weight/nodes")
        data["dt"] = "fast"
        data["again"] = group
        data.attrs["kind"] = 1


def strays(root):
    root.file["extra"] = 1
    root["surplus"] = 1
    root["nodes/fc/surplus"] = np.ones(4)
    root["nodes/surplus"] = np.ones(4)


def none(root):
    del root["nodes/lif/v_reset"]
    root["nodes/lif/v_reset"] = h5py.Empty("f8")
    root["nodes/lif"].create_group("input_type")["input"] = np.array([4])


for make in (padded_text, compact, metadata, strays, none):
    sound(make.__name__, make)
