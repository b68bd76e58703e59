#!/usr/bin/python3
"""PyTorch's CPU inference of a NIR network, as fast as it goes, for tests/bench/bench_ref.c.

    torch_reference.py NET.nir TEST.h5 THREADS SAMPLES SECONDS

The network is built from the file by h5py: a chain of Linear, Affine, Conv2d, SumPool2d, Flatten and LIF, IF, CubaLIF, which
may hear itself through an Affine. float32, no gradients. All steps of a layer are one matrix product or convolution over
(steps x batch); then the neurons go step by step, two operations each: what a step finds (one fused multiply and add into
the buffer of inputs) and what it leaves (one threshold). Membranes are negated, so that torch.threshold is the reset;
spikes are then one comparison over all steps. Loops run as Python and as TorchScript; products are those of the BLAS that
PyTorch is linked with, or oneDNN's, whichever is faster.

Reads lines "BATCH" from standard input; answers each with samples a second: of the fastest form,
in the fastest stretch of at least 16 samples within SECONDS, so that a machine with other work to do does not count twice.
First prints "ready" and the predictions of all samples.
"""
import sys
import time

import h5py
import numpy
import torch
import torch.nn.functional as functional


# ---- neurons, over time -----------------------------------------------------------------------------------------

def run_lif(x: torch.Tensor, keep: float, threshold: float, reset: float) -> torch.Tensor:
    """x (steps, batch, ...) holds negated inputs; becomes negated membranes before reset."""
    inputs = x.unbind(0)
    after = functional.threshold(inputs[0], threshold, reset)
    for step in range(1, len(inputs)):
        after = functional.threshold(inputs[step].add_(after, alpha=keep), threshold, reset)
    return x


def run_cuba(x: torch.Tensor, keep_current: float, keep: float, threshold: float, reset: float) -> torch.Tensor:
    inputs = x.unbind(0)
    current = inputs[0].clone()
    after = functional.threshold(inputs[0], threshold, reset)
    for step in range(1, len(inputs)):
        current = torch.add(inputs[step], current, alpha=keep_current)
        torch.add(current, after, alpha=keep, out=inputs[step])
        after = functional.threshold(inputs[step], threshold, reset)
    return x


def run_recurrent(x: torch.Tensor, weight: torch.Tensor, keep_current: float, keep: float, threshold: float,
                  reset: float) -> torch.Tensor:
    """weight (neurons, neurons), negated, of the spikes of the step before."""
    inputs = x.unbind(0)
    current = inputs[0].clone()
    after = functional.threshold(inputs[0], threshold, reset)
    spikes = torch.zeros_like(current)
    for step in range(1, len(inputs)):
        torch.le(inputs[step - 1], threshold, out=spikes)
        current = torch.addmm(inputs[step], spikes, weight).add_(current, alpha=keep_current)
        torch.add(current, after, alpha=keep, out=inputs[step])
        after = functional.threshold(inputs[step], threshold, reset)
    return x


def run_recurrent_onednn(x: torch.Tensor, weight: torch.Tensor, keep_current: float, keep: float, threshold: float,
                         reset: float) -> torch.Tensor:
    """The same with oneDNN's product; weight is the transpose, as torch.utils.mkldnn has it."""
    inputs = x.unbind(0)
    current = inputs[0].clone()
    after = functional.threshold(inputs[0], threshold, reset)
    spikes = torch.zeros_like(current)
    for step in range(1, len(inputs)):
        torch.le(inputs[step - 1], threshold, out=spikes)
        heard = torch._C._nn.mkldnn_linear(spikes.to_mkldnn(), weight).to_dense()
        current = heard.add_(inputs[step]).add_(current, alpha=keep_current)
        torch.add(current, after, alpha=keep, out=inputs[step])
        after = functional.threshold(inputs[step], threshold, reset)
    return x


SCRIPTED_LIF, SCRIPTED_CUBA = torch.jit.script(run_lif), torch.jit.script(run_cuba)
FORMS = ((run_lif, run_cuba, run_recurrent), (SCRIPTED_LIF, SCRIPTED_CUBA, torch.jit.script(run_recurrent)),
         (run_lif, run_cuba, run_recurrent_onednn), (SCRIPTED_LIF, SCRIPTED_CUBA, torch.jit.script(run_recurrent_onednn)))


class Product:
    """x W^T + b by the BLAS or by oneDNN, whichever is faster for as many rows: found out once."""

    def __init__(self, weight, bias):
        self.weight, self.bias, self.onednn = weight, bias, weight.to_mkldnn()
        self.onednn_bias = None if bias is None else bias.to_mkldnn()
        self.choice = {}

    def by_blas(self, x):
        return functional.linear(x, self.weight, self.bias)

    def by_onednn(self, x):
        return torch._C._nn.mkldnn_linear(x.to_mkldnn(), self.onednn, self.onednn_bias).to_dense()

    def __call__(self, x):
        if len(x) not in self.choice:
            times = []
            for form in (self.by_blas, self.by_onednn):
                spent = []
                for _ in range(3):
                    begin = time.perf_counter()
                    form(x)
                    spent.append(time.perf_counter() - begin)
                times.append((min(spent), form))
            self.choice[len(x)] = min(times, key=lambda pair: pair[0])[1]
        return self.choice[len(x)](x)


# ---- the network ------------------------------------------------------------------------------------------------

def uniform(values):
    values = numpy.unique(numpy.asarray(values, numpy.float64))
    assert values.size == 1, "parameters of a layer that differ"
    return float(values[0])


class Network:
    def __init__(self, path):
        with h5py.File(path) as file:
            node = file["node"]
            self.dt = float(node["metadata/dt"][()])
            edges = [tuple(name.decode() for name in edge) for edge in node["edges"][()]]
            nodes = {name: {key: value[()] for key, value in group.items()} for name, group in node["nodes"].items()}
        self.layers = []
        types = {name: parameters["type"].decode() for name, parameters in nodes.items()}
        name = next(name for name in types if types[name] == "Input")
        linear, visited = [], {name}
        while types[name] != "Output":
            following = [target for source, target in edges if source == name and target not in visited]
            # an Affine that leads back to the neurons it comes from
            back = [target for target in following if (target, name) in edges]
            following = [target for target in following if target not in back]
            assert len(following) == 1 and len(back) <= 1
            if "threshold" in "".join(nodes[name]):
                self.layers.append(self.layer(linear, types[name], nodes[name], nodes[back[0]] if back else None))
                linear = []
            visited.update(back)
            name = following[0]
            visited.add(name)
            if types[name] not in ("LIF", "IF", "CubaLIF", "Output"):
                linear.append((types[name], nodes[name]))

    def layer(self, linear, kind, neuron, back):
        """Gain and sign go into the weights of the last linear node."""
        reset, threshold = -uniform(neuron.get("v_reset", 0)), -uniform(neuron["v_threshold"])
        assert uniform(neuron.get("v_leak", 0)) == 0
        if kind == "CubaLIF":
            gain = uniform(neuron["w_in"]) * self.dt / uniform(neuron["tau_syn"]) \
                * uniform(neuron["r"]) * self.dt / uniform(neuron["tau_mem"])
            keeps = (1 - self.dt / uniform(neuron["tau_syn"]), 1 - self.dt / uniform(neuron["tau_mem"]))
        elif kind == "LIF":
            gain, keeps = uniform(neuron["r"]) * self.dt / uniform(neuron["tau"]), (1 - self.dt / uniform(neuron["tau"]),)
        else:
            gain, keeps = uniform(neuron["r"]) * self.dt, (1.0,)
        steps = []
        for index, (type_, parameters) in enumerate(linear):
            factor = -gain if index == len(linear) - 1 else 1.0
            if type_ in ("Linear", "Affine", "Conv2d"):
                weight = torch.tensor(parameters["weight"] * factor, dtype=torch.float32)
                bias = torch.tensor(parameters["bias"] * factor, dtype=torch.float32) if "bias" in parameters else None
            if type_ in ("Linear", "Affine"):
                steps.append(("linear", Product(weight, bias)))
            elif type_ == "Conv2d":
                steps.append(("conv", weight, bias, *(tuple(int(x) for x in parameters[key])
                              for key in ("stride", "padding", "dilation")), int(parameters["groups"])))
            elif type_ == "SumPool2d":
                steps.append(("pool", *(tuple(int(x) for x in parameters[key])
                              for key in ("kernel_size", "stride", "padding"))))
            elif type_ == "Flatten":
                steps.append(("flatten",))
            else:
                raise SystemExit(f"no {type_}")
        recurrent = None
        if back is not None:
            weight = torch.tensor(-gain * back["weight"], dtype=torch.float32)
            recurrent = (weight.T.contiguous(), weight.to_mkldnn())
            if "bias" in back:
                last = steps[-1]
                steps[-1] = ("linear", Product(last[1].weight, last[1].bias - torch.tensor(gain * back["bias"],
                                                                                           dtype=torch.float32)))
        return steps, kind, keeps, threshold, reset, recurrent

    @torch.no_grad()
    def run(self, x, functions):
        """x (steps, batch, ...) of 0 and 1; returns output spikes alike."""
        count, batch = x.shape[:2]
        for steps, kind, keeps, threshold, reset, recurrent in self.layers:
            x = x.flatten(0, 1)
            for name, *arguments in steps:
                if name == "linear":
                    x = arguments[0](x)
                elif name == "conv":
                    x = functional.conv2d(x, *arguments)
                elif name == "pool":
                    kernel, stride, padding = arguments
                    x = functional.avg_pool2d(x, kernel, stride, padding, divisor_override=1)
                else:
                    x = x.flatten(1)
            x = x.unflatten(0, (count, batch))
            if recurrent is not None:
                x = functions[2](x, recurrent[functions in FORMS[2:]], *keeps, threshold, reset)
            elif kind == "CubaLIF":
                x = functions[1](x, *keeps, threshold, reset)
            else:
                x = functions[0](x, *keeps, threshold, reset)
            x = (x < threshold).to(torch.float32)
        return x


def main():
    path, samples_path, threads, limit, seconds = *sys.argv[1:3], int(sys.argv[3]), int(sys.argv[4]), float(sys.argv[5])
    torch.set_num_threads(threads)
    network = Network(path)
    with h5py.File(path) as file, h5py.File(samples_path) as data:
        shape = [int(size) for size in file["node/nodes/input/shape"][()]]
        given = data["nodes/input/observables/spikes/data"][:limit]
    inputs = torch.tensor(given.astype(numpy.float32)).transpose(0, 1).contiguous()
    inputs = inputs.reshape(*inputs.shape[:2], *shape)
    forms = FORMS if any(layer[-1] is not None for layer in network.layers) else FORMS[:2]
    counts = [network.run(inputs, form).sum(0) for form in forms]
    predictions = counts[0].argmax(1)
    assert all((other.argmax(1) == predictions).float().mean() > 0.99 for other in counts)
    print("ready", " ".join(str(int(answer)) for answer in predictions), flush=True)
    for line in sys.stdin:
        batch = min(int(line), inputs.shape[1])
        batches = [inputs[:, first:first + batch].contiguous() for first in range(0, inputs.shape[1] - batch + 1, batch)]
        best = 0.0
        for functions in forms:
            for x in batches[:2]:
                network.run(x, functions)
            index, end = 0, time.perf_counter() + seconds / len(forms)
            while time.perf_counter() < end or index == 0:
                begin = time.perf_counter()
                for _ in range(max(1, 16 // batch)):
                    network.run(batches[index % len(batches)], functions)
                    index += 1
                best = max(best, batch * max(1, 16 // batch) / (time.perf_counter() - begin))
        print(best, flush=True)


if __name__ == "__main__":
    main()
