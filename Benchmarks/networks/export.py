"""Writes networks as exporters write them today: torchvision's, timm's and Ultralytics' definitions with seeded weights.

Statistics of batch normalisations are random, too: those of a fresh network are 0 and 1, and a converter would fold them
into nothing. A file that exists is not written again.

usage: export.py FOLDER [NAME ...]
"""

import logging
import os
import pathlib
import sys
import warnings

os.environ["YOLO_OFFLINE"] = "True"
os.environ["YOLO_AUTOINSTALL"] = "False"
warnings.filterwarnings("ignore")
logging.disable(logging.WARNING)

import torch  # noqa: E402
from torch import nn  # noqa: E402

SEED = 0


class FirstOutput(nn.Module):
    """A segmentation network without its dictionary."""

    def __init__(self, network):
        super().__init__()
        self.network = network

    def forward(self, x):
        return self.network(x)["out"]


def block(channels, filters):
    def layer(count):
        return [nn.Conv2d(count, filters, 3, padding=1, bias=False), nn.BatchNorm2d(filters), nn.ReLU(inplace=True)]

    return nn.Sequential(*layer(channels), *layer(filters))


class UNet(nn.Module):
    """Four levels; up by a transposed convolution, or by bilinear interpolation and a 1x1 convolution."""

    def __init__(self, is_bilinear):
        super().__init__()
        widths = [16, 32, 64, 128]
        self.down = nn.ModuleList(block(a, b) for a, b in zip([3, *widths], widths))
        self.widen, self.up = nn.ModuleList(), nn.ModuleList()
        for wide, narrow in zip(widths[:0:-1], widths[-2::-1]):
            bilinear = nn.Sequential(
                nn.Upsample(scale_factor=2, mode="bilinear", align_corners=True), nn.Conv2d(wide, narrow, 1)
            )
            self.widen.append(bilinear if is_bilinear else nn.ConvTranspose2d(wide, narrow, 2, 2))
            self.up.append(block(2 * narrow, narrow))
        self.head = nn.Conv2d(widths[0], 2, 1)

    def forward(self, x):
        kept = []
        for index, layer in enumerate(self.down):
            x = layer(x if index == 0 else nn.functional.max_pool2d(x, 2))
            kept.append(x)
        kept.pop()
        for widen, layer in zip(self.widen, self.up):
            x = layer(torch.cat([kept.pop(), widen(x)], 1))
        return self.head(x)


class SuperResolution(nn.Module):
    """Residual blocks with PReLU, a pixel shuffle, and the picture itself by bicubic interpolation."""

    def __init__(self, width=32, depth=6):
        super().__init__()
        self.head = nn.Conv2d(3, width, 3, padding=1)
        self.body = nn.ModuleList(
            nn.Sequential(
                nn.Conv2d(width, width, 3, padding=1), nn.PReLU(width), nn.Conv2d(width, width, 3, padding=1)
            )
            for _ in range(depth)
        )
        self.tail = nn.Sequential(nn.Conv2d(width, 12, 3, padding=1), nn.PixelShuffle(2))

    def forward(self, x):
        y = self.head(x)
        for layer in self.body:
            y = y + layer(y)
        return self.tail(y) + nn.functional.interpolate(x, scale_factor=2, mode="bicubic", align_corners=False)


def vision(name, **options):
    def make():
        from torchvision import models

        return getattr(models, name)(weights=None, **options)

    return make


def segmentation(name):
    def make():
        from torchvision.models import segmentation as models

        return FirstOutput(getattr(models, name)(weights=None, weights_backbone=None))

    return make


def timm(name):
    def make():
        import timm

        return timm.create_model(name, pretrained=False)

    return make


def yolo(name):
    def make():
        from ultralytics.nn import tasks

        kind = tasks.ClassificationModel if name.endswith("-cls") else tasks.DetectionModel
        network = kind(f"{name}.yaml", verbose=False)
        for module in network.modules():
            if hasattr(module, "export"):
                module.export, module.format = True, "onnx"
        return network

    return make


# Name: definition, extents of the picture.
NETWORKS = {
    "googlenet": (vision("googlenet", init_weights=True, aux_logits=False), 224),
    "inception_v3": (vision("inception_v3", init_weights=True), 299),
    "inception_v4": (timm("inception_v4"), 299),
    "xception": (timm("legacy_xception"), 299),
    "alexnet": (vision("alexnet"), 224),
    "vgg11_bn": (vision("vgg11_bn"), 224),
    "resnet18": (vision("resnet18"), 224),
    "resnet50": (vision("resnet50"), 224),
    "resnext50": (vision("resnext50_32x4d"), 224),
    "densenet121": (vision("densenet121"), 224),
    "hrnet_w18_small": (timm("hrnet_w18_small"), 224),
    "dla34": (timm("dla34"), 224),
    "cspdarknet53": (timm("cspdarknet53"), 256),
    "repvgg_a0": (timm("repvgg_a0"), 224),
    "mobileone_s0": (timm("mobileone_s0"), 224),
    "fastvit_t8": (timm("fastvit_t8"), 256),
    "squeezenet1_1": (vision("squeezenet1_1"), 224),
    "mobilenet_v2": (vision("mobilenet_v2"), 224),
    "mobilenet_v3_large": (vision("mobilenet_v3_large"), 224),
    "mobilenetv4_small": (timm("mobilenetv4_conv_small"), 224),
    "mnasnet1_0": (vision("mnasnet1_0"), 224),
    "shufflenet_v2": (vision("shufflenet_v2_x1_0"), 224),
    "ghostnet": (timm("ghostnet_100"), 224),
    "regnet_y_400mf": (vision("regnet_y_400mf"), 224),
    "rexnet_100": (timm("rexnet_100"), 224),
    "efficientnet_b0": (vision("efficientnet_b0"), 224),
    "efficientnet_v2_s": (vision("efficientnet_v2_s"), 224),
    "efficientnet_lite0": (timm("efficientnet_lite0"), 224),
    "levit_128s": (timm("levit_128s"), 224),
    "convnext_tiny": (vision("convnext_tiny"), 224),
    "deeplabv3_mobilenet": (segmentation("deeplabv3_mobilenet_v3_large"), 256),
    "lraspp": (segmentation("lraspp_mobilenet_v3_large"), 256),
    "unet": (lambda: UNet(is_bilinear=False), 256),
    "unet_bilinear": (lambda: UNet(is_bilinear=True), 256),
    "super_resolution": (SuperResolution, 96),
    "yolov8n": (yolo("yolov8n"), 640),
    "yolo11n": (yolo("yolo11n"), 640),
    "yolo11n_cls": (yolo("yolo11n-cls"), 224),
}


def with_random_statistics(network):
    generator = torch.Generator().manual_seed(SEED)
    for module in network.modules():
        if isinstance(module, (nn.BatchNorm1d, nn.BatchNorm2d)):
            count = module.running_mean.shape
            module.running_mean.copy_(torch.randn(count, generator=generator) * 0.1)
            module.running_var.copy_(torch.rand(count, generator=generator) + 0.5)
    return network.eval().float()


def export(name, folder):
    path = folder / f"{name}.onnx"
    if path.exists():
        return
    make, extent = NETWORKS[name]
    torch.manual_seed(SEED)
    with torch.no_grad():
        network = with_random_statistics(make())
        picture = torch.rand(1, 3, extent, extent)
        network(picture)
        # Under another name first: an export that was interrupted must not look like a network.
        part = path.with_suffix(".part")
        torch.onnx.export(network, (picture,), str(part), dynamo=False, input_names=["input"])
        part.rename(path)
    print(path, flush=True)


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for name in sys.argv[2:] or NETWORKS:
        export(name, folder)


if __name__ == "__main__":
    main()
