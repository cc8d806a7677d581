#!/usr/bin/env python3
"""Prints the coefficients of the polynomials in Sources/Kernels/CDeeperKernels/mathematics.inc.

usage: .venv/bin/python scripts/fit-mathematics.py

Each is a minimax fit, found by Lawson's iteration: least squares whose weights grow where the error is large.
"""

import math

import numpy


def fit(name, low, high, degree, target, weight):
    """Fits a polynomial of a degree to target(x), with its error weighted by weight(x)."""
    x = (low + high) / 2 + (high - low) / 2 * numpy.cos(numpy.pi * (numpy.arange(2000) + 0.5) / 2000)
    values = numpy.array([target(v) for v in x])
    scale = numpy.array([weight(v) for v in x])
    powers = numpy.vander(x / high, degree + 1, increasing=True)
    shares = numpy.full(len(x), 1 / len(x))
    best = (math.inf, None)
    for _ in range(400):
        roots = numpy.sqrt(shares) * scale
        found = numpy.linalg.lstsq(powers * roots[:, None], values * roots, rcond=None)[0]
        error = numpy.abs(powers @ found - values) * scale
        if error.max() < best[0]:
            best = (error.max(), found / high ** numpy.arange(degree + 1))
        shares *= error
        shares /= shares.sum()
    print(f"{name}: largest error {best[0]:.1e}")
    print("    " + ", ".join(f"{numpy.float32(c):.9g}f" for c in best[1]))


def main():
    # exp(r) = 1 + r + r^2 q(r) where 2^n is split off; errors relative to exp(r) - 1, for expm1.
    half = math.log(2) / 2 * 1.001
    fit("exp", -half, half, 5,
        lambda r: (math.expm1(r) - r) / r**2 if abs(r) > 1e-3 else 0.5 + r / 6 + r**2 / 24,
        lambda r: abs(r**2 / math.expm1(r)) + 1e-9)
    # log(1 + u) = 2 s + s^3 q(s^2) with s = u / (2 + u), for u of 0 to 1.
    fit("log1p", 1e-9, 1 / 9, 4,
        lambda z: (2 * math.atanh(math.sqrt(z)) - 2 * math.sqrt(z)) / z**1.5 if z > 1e-5 else 2 / 3 + 2 * z / 5,
        lambda z: z)
    # tanh(x) = x + x^3 q(x^2) near zero.
    fit("tanh near zero", 1e-9, 0.55**2, 4,
        lambda z: (math.tanh(math.sqrt(z)) / math.sqrt(z) - 1) / z if z > 1e-4 else -1 / 3 + 2 * z / 15 - 17 * z**2 / 315,
        lambda z: z)
    # erf(x) = x + x q(x^2) near zero.
    near = 0.921875
    fit("erf near zero", 1e-9, near**2, 5,
        lambda z: math.erf(math.sqrt(z)) / math.sqrt(z) - 1, lambda z: 1)
    # erf(x) = 1 - exp(x q(x)) elsewhere, up to where it is 1 in float32.
    fit("erf elsewhere", near, 4, 6, lambda x: math.log(math.erfc(x)) / x, lambda x: x * math.erfc(x))


if __name__ == "__main__":
    main()
