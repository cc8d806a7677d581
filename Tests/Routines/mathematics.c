// Holds the functions of one number that kernels apply against float64, on floats of the whole range: for
// `make check-mathematics`.
//
// usage: mathematics STEP; every STEP-th of the 2^32 bit patterns, subnormal numbers, infinities and NaN among them.
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ckernels.h"

static double sigmoid(double x) { return 1 / (1 + exp(-x)); }
static double swish(double x) { return x / (1 + exp(-x)); }
static double softplus(double x) { return fmax(x, 0) + log1p(exp(-fabs(x))); }
static double mish(double x) { return x * tanh(softplus(x)); }
static double elu(double x) { return x < 0 ? expm1(x) : x; }
static double gelu(double x) { return 0.5 * x * erfc(-x * sqrt(0.5)); }
static double tanh_gelu(double x) { return 0.5 * x * (1 + tanh(sqrt(2 / M_PI) * (x + 0.044715 * x * x * x))); }
static double reciprocal(double x) { return 1 / x; }

// bound: units in the last place of the value, or of the argument where `of_argument` says so.
static const struct {
    const char *name;
    ck_activation activation;
    double (*exact)(double);
    double bound;
    int of_argument;
} functions[] = {
    {"exp", CK_EXP, exp, 2, 0},
    {"log", CK_LOG, log, 2, 0},
    {"erf", CK_ERF, erf, 2, 0},
    {"sqrt", CK_SQRT, sqrt, 0.51, 0},
    {"reciprocal", CK_RECIPROCAL, reciprocal, 0.51, 0},
    {"sigmoid", CK_SIGMOID, sigmoid, 2, 0},
    {"tanh", CK_TANH, tanh, 2, 0},
    {"swish", CK_SWISH, swish, 2.3, 0},
    {"softplus", CK_SOFTPLUS, softplus, 2, 0},
    {"mish", CK_MISH, mish, 2.9, 0},
    {"elu", CK_ELU, elu, 2, 0},
    {"gelu", CK_GELU, gelu, 2, 1},
    {"tanh gelu", CK_TANH_GELU, tanh_gelu, 2, 1},
};

static const float smallest = 1.17549435e-38f;
// What is lost near the subnormal numbers, which count as zero.
static const double lost = 1.1e-36;

static double units(double error, double of) {
    const float magnitude = (float)fabs(of);
    return error / (nextafterf(magnitude, INFINITY) - magnitude);
}

// The error of y in units; infinity for a value of the wrong kind.
static double error_of(size_t index, float x, float y) {
    const double exact = functions[index].exact(fabsf(x) < smallest ? copysignf(0, x) : x);
    // x times a function that is 0 far below has no limit that arithmetic finds.
    if (isnan(exact) || (isinf(x) && x < 0 && isnan(y))) return isnan(y) ? 0 : INFINITY;
    if (isnan(y)) return INFINITY;
    if (fabs(exact) > 3.4028235e38) return isinf(y) || fabsf(y) > 3.4e38f ? 0 : INFINITY;
    if (isinf(y)) return fabs(exact) > 3.4e38 ? 0 : INFINITY;
    const double error = fabs(y - exact);
    return error < lost ? 0 : units(error, functions[index].of_argument ? x : exact);
}

int main(int count, char **arguments) {
    enum { TOGETHER = 1 << 14 };
    static float x[TOGETHER], y[TOGETHER];
    const uint64_t step = count > 1 ? strtoull(arguments[1], 0, 10) : 43;
    if (step == 0) return 64;
    int wrong = 0;
    for (size_t index = 0; index < sizeof functions / sizeof *functions; ++index)
        for (size_t s = 0; ck_set_at(s); ++s) {
            if (ck_set_at(s)->features & ~ck_host_features()) continue;
            const ck_table *table = ck_set_at(s)->table;
            double worst = 0;
            float where = 0;
            uint64_t inputs = 0;
            for (uint64_t bits = 0; bits < UINT64_C(1) << 32;) {
                size_t n = 0;
                for (; n < TOGETHER && bits < UINT64_C(1) << 32; ++n, bits += step) {
                    const uint32_t pattern = (uint32_t)bits;
                    memcpy(&x[n], &pattern, sizeof pattern);
                }
                ck_epilogue ending = {
                    .activation = functions[index].activation, .alpha = 1, .lower = -INFINITY, .upper = INFINITY};
                const uint64_t mode = ck_enter_computing_mode();
                table->finish(y, 0, x, 0, 1, n, &ending);
                ck_restore_mode(mode);
                for (size_t i = 0; i < n; ++i) {
                    const double error = error_of(index, x[i], y[i]);
                    if (!(error <= worst)) {
                        worst = error;
                        where = x[i];
                    }
                }
                inputs += n;
            }
            const int fails = !(worst <= functions[index].bound);
            printf("%-10s %-8s %llu inputs, largest error %.2f units at %g, bound %.2f%s\n", functions[index].name,
                   table->name, (unsigned long long)inputs, worst, where, functions[index].bound,
                   fails ? ": EXCEEDED" : "");
            wrong += fails;
        }
    return wrong ? 1 : 0;
}
