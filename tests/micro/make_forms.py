#!/usr/bin/env python3
"""Makes the networks of this folder that index.json does not list: forms of graphs and of parameters, with inputs and
with outputs as numpy computes them here, equation by equation, in float64. Nothing of nirloom takes part.

Needs h5py and numpy. Run: python3 tests/micro/make_forms.py
"""
import os
import h5py
import numpy as np

FOLDER = os.path.dirname(os.path.abspath(__file__))
TEXT = h5py.string_dtype()
SAMPLES, STEPS = 4, 40
DT = 2.0 ** -10  # a binary fraction, so that r = 1024 is a gain of exactly 1
random = np.random.default_rng(20)


def put(group, node):
    for key, value in node.items():
        if key == "nodes":
            nodes = group.create_group("nodes")
            for name, content in value.items():
                put(nodes.create_group(name), content)
        elif key == "edges":
            group.create_dataset("edges", data=np.array(value, dtype=object), dtype=TEXT)
        elif isinstance(value, str):
            group.create_dataset(key, data=value, dtype=TEXT)
        elif isinstance(value, dict):
            put(group.create_group(key), value)
        else:
            group.create_dataset(key, data=value)


def graph(nodes, edges):
    return {"type": "NIRGraph", "nodes": nodes, "edges": edges}


def write_network(name, nodes, edges):
    with h5py.File(os.path.join(FOLDER, name + ".nir"), "w") as file:
        file.create_dataset("version", data="1.0.7", dtype=TEXT)
        put(file.create_group("node"), dict(graph(nodes, edges), metadata={"dt": np.float64(DT)}))


def write_data(path, node, array):
    """(samples, steps, neurons): spikes where bool, else values."""
    kind = "spikes" if array.dtype == bool else "values"
    with h5py.File(os.path.join(FOLDER, path), "w") as file:
        file.attrs["__type__"] = "NIRGraphData"
        group = file.create_group("nodes/" + node)
        group.attrs["__type__"] = "NIRNodeData"
        series = group.create_group("observables/" + kind)
        series.attrs["__type__"] = "TimeGriddedData"
        series.attrs["dt"] = DT
        series.create_dataset("data", data=array, compression="gzip")


def write_form(name, nodes, edges, given, step, zero):
    """step(state, x) of one sample and step returns (state, output); zero makes the first state."""
    write_network(name, nodes, edges)
    write_data(name + ".h5", "input", given)
    outputs = []
    for sample in given:
        state, rows = zero(), []
        for row in sample:
            state, output = step(state, row.astype(np.float64))
            rows.append(output)
        outputs.append(rows)
    write_data(name + ".expected.h5", "output", np.array(outputs))


def port(kind, *shape):
    return {"type": kind, "shape": np.array(shape)}


def full(size, value):
    return np.full(size, value, dtype=np.float32)


def if_node(size, threshold=1.0):
    return {"type": "IF", "r": full(size, 1 / DT), "v_threshold": full(size, threshold), "v_reset": full(size, 0)}


def lif_node(size, tau, r=1.0, threshold=1.0):
    return {"type": "LIF", "tau": full(size, tau), "r": full(size, r), "v_leak": full(size, 0),
            "v_threshold": full(size, threshold), "v_reset": full(size, 0)}


def li_node(size, tau, r=1.0):
    return {"type": "LI", "tau": full(size, tau), "r": full(size, r), "v_leak": full(size, 0)}


def linear(weight):
    return {"type": "Linear", "weight": weight}


def spikes(size, rate=0.4):
    return random.random((SAMPLES, STEPS, size)) < rate


def weights(rows, columns, scale=0.4):
    return (scale * random.standard_normal((rows, columns))).astype(np.float32)


def eighths(rows, columns):
    """Multiples of 1/8 that any weight width of the array holds."""
    return (random.integers(-3, 8, (rows, columns)) / 8).astype(np.float32)


def fire(v, threshold=1.0):
    z = v > threshold
    return np.where(z, 0.0, v), z


def single(r, dtype=np.float32):
    return np.float64(dtype(r))


IN = port("Input", 6)

# The output is the input.
write_form("input_output", {"input": port("Input", 6), "output": port("Output", 6)}, [("input", "output")], spikes(6),
           lambda state, x: (state, x > 0), lambda: None)

# Weights and a bias that the array holds as they are.
W, B = eighths(5, 6), np.float32([0.5, -1, 0, 0.25, 2])
write_form("affine_eighths", {"input": IN, "a": {"type": "Affine", "weight": W, "bias": B}, "output": port("Output", 5)},
           [("input", "a"), ("a", "output")], spikes(6), lambda state, x, W=W, B=B: (state, W @ x + B), lambda: None)

# The same edge twice: x counts twice.
W = eighths(5, 6)
write_form("duplicate_edges", {"input": IN, "fc": linear(W), "n": if_node(5, 2.0), "output": port("Output", 5)},
           [("input", "fc"), ("fc", "n"), ("fc", "n"), ("n", "output")], spikes(6),
           lambda v, x, W=W: fire(v + 2 * (W @ x), 2.0), lambda: np.zeros(5))

# A neuron that hears its own spike of the step before, no node between.
W = 2 * eighths(5, 6)


def self_step(state, x, W=W):
    v, last = state
    v, z = fire(v + W @ x + last, 3.0)
    return (v, z.astype(float)), z


write_form("rec_self", {"input": IN, "fc": linear(W), "n": if_node(5, 3.0), "output": port("Output", 5)},
           [("input", "fc"), ("fc", "n"), ("n", "n"), ("n", "output")], spikes(6, 0.2), self_step,
           lambda: (np.zeros(5), np.zeros(5)))

# Values that go round: an LI whose output comes back through weights.
W, B = weights(4, 6), weights(4, 4, 0.3)
TAU = single(0.01)


def li_loop_step(v, x, W=W, B=B):
    v = v + DT / TAU * (-v + W @ x + B @ v)
    return v, v


write_form("rec_li_loop", {"input": IN, "fc": linear(W), "back": linear(B), "n": li_node(4, 0.01),
                           "output": port("Output", 4)},
           [("input", "fc"), ("fc", "n"), ("n", "back"), ("back", "n"), ("n", "output")], spikes(6), li_loop_step,
           lambda: np.zeros(4))

# A cycle inside a nested graph.
W, B = weights(6, 6, 0.8), weights(6, 6, 0.5)


def nested_step(state, x, W=W, B=B):
    v, last = state
    v, z = fire(v + DT / TAU * (-v + 4.0 * (W @ x + B @ last)))
    return (v, z.astype(float)), z


write_form("rec_nested", {"input": IN, "fc": linear(W),
                          "block": graph({"input": port("Input", 6), "lif": lif_node(6, 0.01, 4.0), "w": linear(B),
                                          "output": port("Output", 6)},
                                         [("input", "lif"), ("lif", "w"), ("w", "lif"), ("lif", "output")]),
                          "output": port("Output", 6)},
           [("input", "fc"), ("fc", "block"), ("block", "output")], spikes(6), nested_step,
           lambda: (np.zeros(6), np.zeros(6)))

# Values from one population into another.
W, B = weights(4, 6, 0.8), weights(5, 4, 1.0)


def values_step(state, x, W=W, B=B):
    u, v = state
    u = u + DT / TAU * (-u + W @ x)
    v, z = fire(v + DT / TAU * (-v + 4.0 * (B @ u)))
    return (u, v), z


write_form("li_into_lif", {"input": IN, "fc": linear(W), "li": li_node(4, 0.01), "w": linear(B),
                           "n": lif_node(5, 0.01, 4.0), "output": port("Output", 5)},
           [("input", "fc"), ("fc", "li"), ("li", "w"), ("w", "n"), ("n", "output")], spikes(6, 0.6), values_step,
           lambda: (np.zeros(4), np.zeros(5)))

# Parameters that are one number each, without a shape.
W = weights(5, 6, 1.0)


def lif_step(v, x, W=W):
    return fire(v + DT / TAU * (-v + 6.0 * (W @ x)))


write_form("lif_scalar", {"input": IN, "fc": linear(W), "n": lif_node((), 0.01, 6.0), "output": port("Output", 5)},
           [("input", "fc"), ("fc", "n"), ("n", "output")], spikes(6), lif_step, lambda: np.zeros(5))

# Parameters that differ between channels, and are alike within.
K = eighths(3, 2 * 9).reshape(3, 2, 3, 3)
THRESHOLD = np.array([0.5, 1.0, 2.0], dtype=np.float32).reshape(3, 1, 1) * np.ones((3, 4, 4), dtype=np.float32)


def conv_step(v, x, K=K):
    image = x.reshape(2, 6, 6)
    drive = np.zeros((3, 4, 4))
    for row in range(3):
        for column in range(3):
            drive += np.tensordot(K[:, :, row, column], image[:, row:row + 4, column:column + 4], 1)
    v = v + drive
    z = v > THRESHOLD
    return np.where(z, 0.0, v), z.ravel()


write_form("if_channels",
           {"input": port("Input", 2, 6, 6),
            "conv": {"type": "Conv2d", "input_shape": np.array([6, 6]), "weight": K, "stride": np.array([1, 1]),
                     "padding": np.array([0, 0]), "dilation": np.array([1, 1]), "groups": np.int64(1),
                     "bias": np.zeros(3, dtype=np.float32)},
            "n": {"type": "IF", "r": full((3, 4, 4), 1 / DT), "v_threshold": THRESHOLD, "v_reset": full((3, 4, 4), 0)},
            "output": port("Output", 3, 4, 4)},
           [("input", "conv"), ("conv", "n"), ("n", "output")], spikes(72, 0.1), conv_step, lambda: np.zeros((3, 4, 4)))

# What the array refuses; there is nothing to run.
write_network("lif_fast", {"input": IN, "n": lif_node(6, DT / 2), "output": port("Output", 6)},
              [("input", "n"), ("n", "output")])
write_network("delay_long", {"input": IN, "d": {"type": "Delay", "delay": full(6, 4096 * DT)},
                             "output": port("Output", 6)}, [("input", "d"), ("d", "output")])
