"""Writes what fvcore, ptflops and thop count for ONNX networks: the golden file of deeper's tests.

    count.py OUTPUT MODEL...
"""

import argparse
import collections
import contextlib
import datetime
import importlib.metadata
import io
import json
import logging
import pathlib

import torch
from fvcore.nn import FlopCountAnalysis
from network import Network
from ptflops import get_model_complexity_info
from thop import profile


def _by_operator(network, counts):
    """Sums a count for each layer by the ONNX operator that the layer stands for."""
    result = collections.Counter()
    for (_, _, operator), count in zip(network.steps, counts):
        result[operator] += int(count)
    return {operator: count for operator, count in sorted(result.items()) if count}


def fvcore(network, shape):
    analysis = FlopCountAnalysis(network, torch.zeros(shape))
    analysis.unsupported_ops_warnings(False).uncalled_modules_warnings(False)
    modules = analysis.by_module()
    return int(analysis.total()), _by_operator(network, [modules[f"layers.{i}"] for i in range(len(network.layers))])


def thop(network, shape):
    total, _, info = profile(network, inputs=(torch.zeros(shape),), verbose=False, ret_layer_info=True)
    layers = info["layers"][2]
    return int(total), _by_operator(network, [layers[str(i)][0] for i in range(len(network.layers))])


class _Single(torch.nn.Module):
    """One layer with the inputs it has in its network."""

    def __init__(self, layer, shapes):
        super().__init__()
        self.layer, self.shapes = layer, shapes

    def forward(self, _):
        return self.layer(*[torch.zeros(shape) for shape in self.shapes])


def _complexity(module, shape):
    with contextlib.redirect_stdout(io.StringIO()):
        return int(get_model_complexity_info(module, tuple(shape[1:]), as_strings=False, print_per_layer_stat=False)[0])


def ptflops(network, shape):
    """It also counts functions that modules call, for which it keeps only the total: layers are counted one by one."""
    shapes = {}
    for index, layer in enumerate(network.layers):
        layer.register_forward_hook(
            lambda _, inputs, __, index=index: shapes.__setitem__(index, [tuple(x.shape) for x in inputs]))
    network(torch.zeros(shape))
    counts = [_complexity(_Single(layer, shapes[i]), (1, 1)) for i, layer in enumerate(network.layers)]
    return _complexity(network, shape), _by_operator(network, counts)


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("output", type=pathlib.Path)
    arguments.add_argument("models", nargs="+", type=pathlib.Path)
    options = arguments.parse_args()
    logging.disable(logging.WARNING)
    result = {
        "date": datetime.date.today().isoformat(),
        "versions": {name: importlib.metadata.version(name) for name in ("fvcore", "ptflops", "thop", "torch")},
        "networks": [],
    }
    for path in options.models:
        counts = {}
        for counter in (fvcore, ptflops, thop):
            # Counters leave attributes in the modules: each gets fresh ones.
            network = Network(path).eval()
            total, operators = counter(network, (1, 3, 224, 224))
            counts[counter.__name__] = {"total": total, "operators": operators}
        parameters = sum(parameter.numel() for parameter in Network(path).parameters())
        result["networks"].append({"model": path.name, "parameters": parameters, "counters": counts})
        print(path.name, {name: entry["total"] for name, entry in counts.items()})
    options.output.write_text(json.dumps(result, indent=1, sort_keys=True) + "\n")


main()
