#!/usr/bin/env python3
"""Writes the golden file of TrainingTests: gradients of single operators and losses of GoogLeNet's first SGD steps, by
PyTorch, from weights and pictures that deeper makes by the same random numbers."""

import json
import sys

import torch
import torch.nn.functional as F

from googlenet import GoogLeNet
from seeded import labels, signed, uniform

# Layers of small networks, in order; each ends in a mean over the plane, a fully connected layer and the loss.
CASES = [
    ("1x1", [4, 20, 9, 7], [{"op": "conv", "filters": 12, "kernel": [1, 1]}]),
    ("3x3 + relu", [4, 6, 9, 7], [{"op": "conv", "filters": 40, "kernel": [3, 3], "pads": [1, 1]}, {"op": "relu"},
                                  {"op": "conv", "filters": 8, "kernel": [3, 3], "pads": [1, 1]}]),
    ("5x5, stride 2", [3, 4, 15, 13], [{"op": "conv", "filters": 8, "kernel": [1, 1]},
                                       {"op": "conv", "filters": 10, "kernel": [5, 5], "stride": 2, "pads": [2, 2]}]),
    ("groups and dilation", [3, 8, 11, 11],
     [{"op": "conv", "filters": 12, "kernel": [1, 1]},
      {"op": "conv", "filters": 6, "kernel": [3, 3], "pads": [2, 2], "dilation": 2, "groups": 2}]),
    ("max pool", [3, 4, 13, 13], [{"op": "conv", "filters": 20, "kernel": [3, 3]}, {"op": "relu"},
                                  {"op": "maxpool", "kernel": 3, "stride": 2, "pad": 1, "ceil": 1}]),
    ("average pool", [3, 4, 12, 12], [{"op": "conv", "filters": 20, "kernel": [3, 3]},
                                      {"op": "averagepool", "kernel": 3, "stride": 2, "pad": 1, "countsPadding": 1}]),
    ("lrn", [3, 4, 8, 8], [{"op": "conv", "filters": 24, "kernel": [1, 1]},
                           {"op": "lrn", "size": 5, "alpha": 0.5, "beta": 0.75, "bias": 1.0}]),
    ("batch normalisation", [5, 4, 8, 8], [{"op": "conv", "filters": 24, "kernel": [3, 3]}, {"op": "batchnorm"},
                                           {"op": "relu"}]),
]
CLASSES = 5


def gradients(case):
    name, shape, layers = case
    weights = {}

    def weight(key, shape, variance, add=0.0):
        value = torch.from_numpy(uniform(key, shape, variance)) + add
        weights[key] = value.clone().requires_grad_()
        return weights[key]

    count = shape[0] * shape[1] * shape[2] * shape[3]
    x = torch.from_numpy(signed(77, count).reshape(shape))
    for index, layer in enumerate(layers):
        key = f"layer{index}"
        if layer["op"] == "conv":
            groups, fan = layer.get("groups", 1), x.shape[1] // layer.get("groups", 1) * layer["kernel"][0] ** 2
            w = weight(f"{key}_w", (layer["filters"], x.shape[1] // groups, *layer["kernel"]), 2 / fan)
            b = weight(f"{key}_b", (layer["filters"],), 0.1)
            x = F.conv2d(x, w, b, layer.get("stride", 1), layer.get("pads", [0, 0]), layer.get("dilation", 1), groups)
        elif layer["op"] == "relu":
            x = F.relu(x)
        elif layer["op"] == "maxpool":
            x = F.max_pool2d(x, layer["kernel"], layer["stride"], layer["pad"], ceil_mode=bool(layer["ceil"]))
        elif layer["op"] == "averagepool":
            x = F.avg_pool2d(x, layer["kernel"], layer["stride"], layer["pad"],
                             count_include_pad=bool(layer["countsPadding"]))
        elif layer["op"] == "lrn":
            x = F.local_response_norm(x, layer["size"], layer["alpha"], layer["beta"], layer["bias"])
        elif layer["op"] == "batchnorm":
            scale = weight(f"{key}_scale", (x.shape[1],), 0.05, 1.0)
            shift = weight(f"{key}_shift", (x.shape[1],), 0.05)
            x = F.batch_norm(x, torch.zeros(x.shape[1]), torch.ones(x.shape[1]), scale, shift, True, 0.1, 1e-5)
    x = x.mean((2, 3))
    x = F.linear(x, weight("head_w", (CLASSES, x.shape[1]), 1.0), weight("head_b", (CLASSES,), 0.1))
    loss = F.cross_entropy(x, torch.from_numpy(labels(5, shape[0], CLASSES)))
    loss.backward()
    return {
        "name": name, "input": shape, "classes": CLASSES, "layers": layers, "loss": loss.item(),
        "gradients": {key: {"norm": value.grad.norm().item(), "first": value.grad.flatten()[:24].tolist()}
                      for key, value in weights.items()},
    }


# At ten times the rate PyTorch's own float32 and float64 losses are 5e-3 apart after 20 steps: rounding errors grow.
def googlenet(steps=20, batch=4, classes=10, rate=0.001, momentum=0.9):
    network = GoogLeNet(classes)
    optimizer = None
    losses = []
    for step in range(steps):
        pictures = torch.from_numpy(signed(1000 + step, batch * 3 * 224 * 224).reshape(batch, 3, 224, 224))
        target = torch.from_numpy(labels(2000 + step, batch, classes))
        all_losses = [F.cross_entropy(logits, target) for logits in network.logits(pictures)]
        if optimizer is None:
            optimizer = torch.optim.SGD(network.parameters(), lr=rate, momentum=momentum)
        optimizer.zero_grad()
        (all_losses[0] + 0.3 * all_losses[1] + 0.3 * all_losses[2]).backward()
        optimizer.step()
        losses.append([loss.item() for loss in all_losses])
        print(step, losses[-1], flush=True)
    return {"steps": steps, "batch": batch, "classes": classes, "rate": rate, "momentum": momentum, "losses": losses}


if __name__ == "__main__":
    result = {"torch": torch.__version__, "cases": [gradients(case) for case in CASES], "googlenet": googlenet()}
    with open(sys.argv[1], "w") as file:
        json.dump(result, file, indent=1)
        file.write("\n")
