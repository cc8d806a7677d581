internal import Glibc

/// ln(1 + exp(x)) without overflow.
func softplus(_ x: Float) -> Float { max(x, 0) + log1p(exp(-abs(x))) }
