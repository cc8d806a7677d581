"""GoogLeNet with both auxiliary heads in PyTorch, in the form and with the weights of deeper's zoo; no dropout."""

import torch
import torch.nn.functional as F

from seeded import uniform

MODULES = {
    "3a": (64, 96, 128, 16, 32, 32), "3b": (128, 128, 192, 32, 96, 64), "4a": (192, 96, 208, 16, 48, 64),
    "4b": (160, 112, 224, 24, 64, 64), "4c": (128, 128, 256, 24, 64, 64), "4d": (112, 144, 288, 32, 64, 64),
    "4e": (256, 160, 320, 32, 128, 128), "5a": (256, 160, 320, 32, 128, 128), "5b": (384, 192, 384, 48, 128, 128),
}


class GoogLeNet:
    def __init__(self, classes, seed=1):
        self.classes, self.seed, self.weights = classes, seed, {}

    def parameters(self):
        return list(self.weights.values())

    def weight(self, name, shape, variance):
        if name not in self.weights:
            value = torch.zeros(shape) if variance == 0 else torch.from_numpy(uniform(name, shape, variance, self.seed))
            self.weights[name] = value.clone().requires_grad_()
        return self.weights[name]

    def conv(self, name, x, filters, kernel, stride=1, padding=0):
        fan = x.shape[1] * kernel * kernel
        w = self.weight(f"{name}_w", (filters, x.shape[1], kernel, kernel), 2 / fan)
        return F.relu(F.conv2d(x, w, self.weight(f"{name}_b", (filters,), 0), stride, padding))

    def linear(self, name, x, outputs, gain):
        w = self.weight(f"{name}_w", (outputs, x.shape[1]), gain / x.shape[1])
        return F.linear(x, w, self.weight(f"{name}_b", (outputs,), 0))

    def inception(self, name, x, f):
        n = f"inception_{name}"
        ones = self.conv(f"{n}/1x1", x, f[0], 1)
        threes = self.conv(f"{n}/3x3", self.conv(f"{n}/3x3_reduce", x, f[1], 1), f[2], 3, padding=1)
        fives = self.conv(f"{n}/5x5", self.conv(f"{n}/5x5_reduce", x, f[3], 1), f[4], 5, padding=2)
        pool = self.conv(f"{n}/pool_proj", F.max_pool2d(x, 3, 1, 1, ceil_mode=True), f[5], 1)
        return torch.cat([ones, threes, fives, pool], 1)

    def head(self, name, x):
        x = self.conv(f"{name}/conv", F.avg_pool2d(x, 5, 3, ceil_mode=True), 128, 1)
        x = F.relu(self.linear(f"{name}/fc", x.flatten(1), 1024, 2))
        return self.linear(f"{name}/classifier", x, self.classes, 1 / 1024)

    def logits(self, x):
        """Of the network's end and of both heads."""
        def lrn(x):
            return F.local_response_norm(x, 5, 1e-4, 0.75, 1)

        def pool(x):
            return F.max_pool2d(x, 3, 2, ceil_mode=True)

        x = lrn(pool(self.conv("conv1/7x7_s2", x, 64, 7, 2, 3)))
        x = self.conv("conv2/3x3", self.conv("conv2/3x3_reduce", x, 64, 1), 192, 3, padding=1)
        x = pool(lrn(x))
        heads = []
        for name, filters in MODULES.items():
            x = self.inception(name, x, filters)
            if name == "4a":
                heads.append(self.head("loss1", x))
            if name == "4d":
                heads.append(self.head("loss2", x))
            if name in ("3b", "4e"):
                x = pool(x)
        x = x.mean((2, 3))
        return [self.linear("loss3/classifier", x, self.classes, 1 / 1024)] + heads
