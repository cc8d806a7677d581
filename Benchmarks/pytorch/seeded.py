"""The random numbers of deeper's zoo (SeededGenerator, uniformTensor), for PyTorch to begin with the same weights."""

import numpy as np

MASK = (1 << 64) - 1


def fnv(text):
    value = 0xCBF29CE484222325
    for byte in text.encode():
        value = ((value ^ byte) * 0x100000001B3) & MASK
    return value


def words(seed, count):
    """SplitMix64 from a seed."""
    with np.errstate(over="ignore"):
        state = np.uint64(seed & MASK) + np.arange(1, count + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return state ^ (state >> np.uint64(31))


def signed(seed, count):
    """Multiples of 2^-23 in -1..<1, float32."""
    return ((words(seed, count).view(np.int64) >> np.int64(40)).astype(np.float32) * np.float32(2.0**-23))


def uniform(name, shape, variance, seed=1):
    bound = np.float32((3 * variance) ** 0.5)
    return (bound * signed((seed ^ fnv(name)) & MASK, int(np.prod(shape)))).reshape(shape)


def labels(seed, count, classes):
    return (words(seed, count) % np.uint64(classes)).astype(np.int64)
