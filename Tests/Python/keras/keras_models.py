"""Networks as Keras saves them, written as ONNX by Keras and computed by deeper.

GoogLeNet with both auxiliary heads for CIFAR-10's classes, as the article has it, and a Sequential network, with random
weights: saved by Keras as .keras and as .h5, loaded again, exported as docs/models.md says, and compared with what Keras
predicts, within 1e-5.
"""

import os
import sys
import tempfile
import unittest
from pathlib import Path

os.environ["KERAS_BACKEND"] = "torch"

import deeper  # noqa: E402
import keras  # noqa: E402
import numpy as np  # noqa: E402
from keras import layers  # noqa: E402


def convolution(x, filters, size, stride=1):
    return layers.Conv2D(filters, size, strides=stride, padding="same", activation="relu")(x)


def inception(x, one, reduce3, three, reduce5, five, pool):
    branches = [
        convolution(x, one, 1), convolution(convolution(x, reduce3, 1), three, 3),
        convolution(convolution(x, reduce5, 1), five, 5),
        convolution(layers.MaxPooling2D(3, strides=1, padding="same")(x), pool, 1),
    ]
    return layers.Concatenate()(branches)


def head(x, name):
    x = layers.AveragePooling2D(5, strides=3)(x)
    x = layers.Flatten()(convolution(x, 128, 1))
    x = layers.Dropout(0.7)(layers.Dense(1024, activation="relu")(x))
    return layers.Dense(10, activation="softmax", name=name)(x)


def googlenet():
    """The article's network: 224 x 224 pixels, ten classes, three classifiers."""
    picture = keras.Input((224, 224, 3))
    x = layers.MaxPooling2D(3, strides=2, padding="same")(convolution(picture, 64, 7, 2))
    x = layers.BatchNormalization()(x)
    x = convolution(convolution(x, 64, 1), 192, 3)
    x = layers.MaxPooling2D(3, strides=2, padding="same")(layers.BatchNormalization()(x))
    x = inception(x, 64, 96, 128, 16, 32, 32)
    x = inception(x, 128, 128, 192, 32, 96, 64)
    x = layers.MaxPooling2D(3, strides=2, padding="same")(x)
    x = inception(x, 192, 96, 208, 16, 48, 64)
    first = head(x, "first")
    x = inception(x, 160, 112, 224, 24, 64, 64)
    x = inception(x, 128, 128, 256, 24, 64, 64)
    x = inception(x, 112, 144, 288, 32, 64, 64)
    second = head(x, "second")
    x = inception(x, 256, 160, 320, 32, 128, 128)
    x = layers.MaxPooling2D(3, strides=2, padding="same")(x)
    x = inception(x, 256, 160, 320, 32, 128, 128)
    x = inception(x, 384, 192, 384, 48, 128, 128)
    x = layers.Dropout(0.4)(layers.GlobalAveragePooling2D()(x))
    return keras.Model(picture, [layers.Dense(10, activation="softmax", name="main")(x), first, second])


def sequential():
    return keras.Sequential([
        keras.Input((32, 32, 3)),
        layers.Conv2D(16, 3, padding="same"), layers.BatchNormalization(), layers.LeakyReLU(),
        layers.DepthwiseConv2D(3, strides=2, padding="same"), layers.SeparableConv2D(24, 3, activation="relu6"),
        layers.ZeroPadding2D(1), layers.AveragePooling2D(2), layers.UpSampling2D(2, interpolation="bilinear"),
        layers.Conv2DTranspose(8, 3, strides=2, padding="same", activation="elu"), layers.PReLU(shared_axes=[1, 2]),
        layers.GlobalMaxPooling2D(), layers.Dense(5, activation="sigmoid"),
    ])


class Tests(unittest.TestCase):
    def check(self, model, extents):
        random = np.random.default_rng(3)
        for layer in model.layers:
            if isinstance(layer, (layers.BatchNormalization, layers.PReLU)):
                layer.set_weights([random.uniform(0.2, 1.2, weights.shape) for weights in layer.get_weights()])
        pictures = random.uniform(0, 1, (2, *extents)).astype(np.float32)
        for ending in (".keras", ".h5"):
            with self.subTest(ending), tempfile.TemporaryDirectory() as folder:
                saved, written = Path(folder, "model" + ending), Path(folder, "model.onnx")
                model.save(saved)
                with self.assertRaisesRegex(deeper.errors.UnsupportedError, "Keras"):
                    deeper.load(saved)
                loaded = keras.models.load_model(saved)
                expected = loaded.predict(pictures, verbose=0)
                loaded.export(written, format="onnx", verbose=False)
                engine = deeper.load(written)
                found = engine.run({engine.inputs[0].name: pictures})
                for one, other in zip(expected if isinstance(expected, list) else [expected], found.values()):
                    np.testing.assert_allclose(one, other, atol=1e-5, rtol=0)
                    print(f"{model.name}{ending}: largest difference {np.abs(one - other).max():.1e}", file=sys.stderr)

    def test_googlenet(self):
        keras.utils.set_random_seed(1)
        self.check(googlenet(), (224, 224, 3))

    def test_sequential(self):
        keras.utils.set_random_seed(2)
        self.check(sequential(), (32, 32, 3))


if __name__ == "__main__":
    unittest.main()
