// One convolution as im2col and one matrix product on bare cblas_sgemm: the time that deeper has to beat.
//
// Letters are those of docs/glossary.md: C channels, H W in, K filters, R kernel, P Q out. Everything is NCHW with one
// image: weights [K, C*R*R], columns [C*R*R, P*Q], output [K, P*Q].

#define _POSIX_C_SOURCE 200809L

#include <cblas.h>
#include <float.h>
#include <getopt.h>
#include <inttypes.h>
#include <lapacke.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    EXIT_CHECK_FAILED = 1,
    EXIT_USAGE = 64,  // EX_USAGE of sysexits.h
    EXIT_MEMORY = 71, // EX_OSERR
    WARM_UP_COUNT = 3,
    SAMPLE_COUNT = 256,
};

/// The most floats in one buffer: 4 GiB, which also keeps every matrix extent within the `int` of BLAS.
static const int64_t MAXIMUM_ELEMENT_COUNT = INT64_C(1) << 30;

typedef struct {
    int64_t channels, height, width, filters, kernel, stride, padding, iterations, seed;
    bool json, svd_check;
} options;

/// Extents that follow from the options.
typedef struct {
    int64_t out_height, out_width; // P, Q
    int64_t depth;                 // C*R*R
    int64_t pixels;                // P*Q
} extents;

static const char HELP[] =
    "usage: im2col_baseline [options]\n"
    "\n"
    "Times one convolution of one image, im2col included, on one thread of OpenBLAS.\n"
    "\n"
    "  --channels N    input channels (192)\n"
    "  --height N      input height (28)\n"
    "  --width N       input width (28)\n"
    "  --filters N     output channels (128)\n"
    "  --kernel N      kernel height and width (3)\n"
    "  --stride N      stride along both axes (1)\n"
    "  --padding N     zeros on every side (1)\n"
    "  --iterations N  timed runs, after 3 that are not timed (50)\n"
    "  --seed N        seed of the random data (1)\n"
    "  --json          print one JSON object\n"
    "  --svd-check     check LAPACKE_sgesdd on a small matrix instead\n"
    "  --help          print this text\n"
    "\n"
    "OpenBLAS picks its kernels by the processor; the report ends with its choice. An old release that does not know\n"
    "the processor falls back to slow ones: set OPENBLAS_CORETYPE (Haswell, SkylakeX, ...) to choose.\n"
    "\n"
    "Exit codes: 0, 1 for a wrong result, 64 for wrong arguments, 71 without memory.\n";

static _Noreturn void fail_usage(const char *message, const char *name) {
    fprintf(stderr, "im2col_baseline: %s%s%s (try --help)\n", name, *name ? ": " : "", message);
    exit(EXIT_USAGE);
}

static int64_t parse_integer(const char *name, const char *text, int64_t minimum, int64_t maximum) {
    char *end;
    const int64_t value = strtoimax(text, &end, 10);
    if (end == text || *end != '\0' || value < minimum || value > maximum) {
        char message[128];
        snprintf(message, sizeof message, "expected an integer from %" PRId64 " to %" PRId64, minimum, maximum);
        fail_usage(message, name);
    }
    return value;
}

static options parse_options(int argc, char **argv) {
    options o = {.channels = 192, .height = 28, .width = 28, .filters = 128, .kernel = 3, .stride = 1,
                 .padding = 1, .iterations = 50, .seed = 1};
    const struct {
        const char *name;
        int64_t *value;
        int64_t minimum, maximum;
    } numbers[] = {
        {"channels", &o.channels, 1, 1 << 16}, {"height", &o.height, 1, 1 << 14}, {"width", &o.width, 1, 1 << 14},
        {"filters", &o.filters, 1, 1 << 16},   {"kernel", &o.kernel, 1, 1 << 10}, {"stride", &o.stride, 1, 1 << 10},
        {"padding", &o.padding, 0, 1 << 10},   {"iterations", &o.iterations, 1, 1000000},
        {"seed", &o.seed, 0, INT64_MAX},
    };
    enum { NUMBER_COUNT = sizeof numbers / sizeof *numbers, JSON, SVD, HELP_OPTION };
    struct option table[NUMBER_COUNT + 4] = {{0}};
    for (int i = 0; i < NUMBER_COUNT; i++) {
        table[i] = (struct option){numbers[i].name, required_argument, NULL, i};
    }
    table[NUMBER_COUNT] = (struct option){"json", no_argument, NULL, JSON};
    table[NUMBER_COUNT + 1] = (struct option){"svd-check", no_argument, NULL, SVD};
    table[NUMBER_COUNT + 2] = (struct option){"help", no_argument, NULL, HELP_OPTION};

    for (int code; (code = getopt_long(argc, argv, "", table, NULL)) != -1;) {
        switch (code) {
            case JSON: o.json = true; break;
            case SVD: o.svd_check = true; break;
            case HELP_OPTION: fputs(HELP, stdout); exit(EXIT_SUCCESS);
            case '?': exit(EXIT_USAGE); // getopt_long has said why
            default:
                *numbers[code].value =
                    parse_integer(numbers[code].name, optarg, numbers[code].minimum, numbers[code].maximum);
        }
    }
    if (optind < argc) { fail_usage("unexpected argument", argv[optind]); }
    return o;
}

static extents extents_of(const options *o) {
    const int64_t padded_height = o->height + 2 * o->padding, padded_width = o->width + 2 * o->padding;
    if (o->kernel > padded_height || o->kernel > padded_width) {
        fail_usage("the kernel is larger than the padded image", "kernel");
    }
    const extents e = {
        .out_height = (padded_height - o->kernel) / o->stride + 1,
        .out_width = (padded_width - o->kernel) / o->stride + 1,
        .depth = o->channels * o->kernel * o->kernel,
        .pixels = ((padded_height - o->kernel) / o->stride + 1) * ((padded_width - o->kernel) / o->stride + 1),
    };
    // The options' ranges keep every factor below 2^36, so that these divisions decide without overflow.
    if (e.depth > MAXIMUM_ELEMENT_COUNT / e.pixels || e.depth > MAXIMUM_ELEMENT_COUNT / o->filters ||
        o->filters > MAXIMUM_ELEMENT_COUNT / e.pixels ||
        o->channels > MAXIMUM_ELEMENT_COUNT / (o->height * o->width)) {
        fail_usage("a buffer would be larger than 4 GiB", "");
    }
    return e;
}

static float *allocate(int64_t count) {
    float *floats = aligned_alloc(64, ((size_t)count * sizeof(float) + 63) / 64 * 64);
    if (floats == NULL) {
        fprintf(stderr, "im2col_baseline: the system refused %" PRId64 " floats\n", count);
        exit(EXIT_MEMORY);
    }
    return floats;
}

/// SplitMix64.
static uint64_t next_random(uint64_t *state) {
    uint64_t mixed = *state += UINT64_C(0x9E3779B97F4A7C15);
    mixed = (mixed ^ (mixed >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    mixed = (mixed ^ (mixed >> 27)) * UINT64_C(0x94D049BB133111EB);
    return mixed ^ (mixed >> 31);
}

/// Uniform numbers in [-1, 1).
static float *random_floats(int64_t count, uint64_t *state) {
    float *floats = allocate(count);
    for (int64_t i = 0; i < count; i++) {
        floats[i] = (float)(next_random(state) >> 40) * 0x1p-23f - 1.0f;
    }
    return floats;
}

/// Writes the C*R*R input values under each output pixel into one column.
static void im2col(const options *o, const extents *e, const float *input, float *columns) {
    for (int64_t c = 0; c < o->channels; c++) {
        for (int64_t r = 0; r < o->kernel; r++) {
            for (int64_t s = 0; s < o->kernel; s++) {
                for (int64_t p = 0; p < e->out_height; p++) {
                    const int64_t y = p * o->stride + r - o->padding;
                    if (y < 0 || y >= o->height) {
                        memset(columns, 0, (size_t)e->out_width * sizeof *columns);
                        columns += e->out_width;
                        continue;
                    }
                    const float *row = input + (c * o->height + y) * o->width;
                    for (int64_t q = 0; q < e->out_width; q++) {
                        const int64_t x = q * o->stride + s - o->padding;
                        *columns++ = x < 0 || x >= o->width ? 0.0f : row[x];
                    }
                }
            }
        }
    }
}

static void convolve(
    const options *o, const extents *e, const float *input, const float *weights, float *columns, float *output) {
    im2col(o, e, input, columns);
    const int m = (int)o->filters, n = (int)e->pixels, k = (int)e->depth;
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, m, n, k, 1.0f, weights, k, columns, n, 0.0f, output, n);
}

/// Whether output [filter, p, q] is the sum it should be, formed in double by its definition. The bound on the error is
/// that of any order of summation in float: C*R*R * 2^-24 times the sum of magnitudes.
static bool is_right(
    const options *o, const extents *e, const float *input, const float *weights, const float *output,
    int64_t filter, int64_t pixel) {
    const int64_t p = pixel / e->out_width, q = pixel % e->out_width;
    double sum = 0, magnitude = 0;
    for (int64_t i = 0; i < e->depth; i++) {
        const int64_t c = i / (o->kernel * o->kernel), r = i / o->kernel % o->kernel, s = i % o->kernel;
        const int64_t y = p * o->stride + r - o->padding, x = q * o->stride + s - o->padding;
        if (y < 0 || y >= o->height || x < 0 || x >= o->width) { continue; }
        const double term =
            (double)weights[filter * e->depth + i] * (double)input[(c * o->height + y) * o->width + x];
        sum += term;
        magnitude += fabs(term);
    }
    const double got = (double)output[filter * e->pixels + pixel];
    const double bound = (double)e->depth * 0x1p-24 * magnitude;
    if (fabs(got - sum) <= bound) { return true; }
    fprintf(stderr, "im2col_baseline: output[%" PRId64 ", %" PRId64 ", %" PRId64 "] is %.9g, expected %.9g +- %.3g\n",
            filter, p, q, got, sum, bound);
    return false;
}

static double milliseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec * 1e-6;
}

static int compare_doubles(const void *left, const void *right) {
    const double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

static void print_report(const options *o, const extents *e, double minimum, double median) {
    const double flops = 2.0 * (double)o->filters * (double)e->depth * (double)e->pixels;
    const char *format = o->json
        ? "{\"channels\": %" PRId64 ", \"height\": %" PRId64 ", \"width\": %" PRId64 ", \"filters\": %" PRId64
          ", \"kernel\": %" PRId64 ", \"stride\": %" PRId64 ", \"padding\": %" PRId64 ", \"iterations\": %" PRId64
          ", \"flops\": %.0f, \"minimum_ms\": %.6f, \"median_ms\": %.6f, \"minimum_gflops\": %.3f"
          ", \"median_gflops\": %.3f, \"library\": \"%s\"}\n"
        : "convolution  C %" PRId64 "  H %" PRId64 "  W %" PRId64 "  K %" PRId64 "  kernel %" PRId64 "  stride %" PRId64
          "  padding %" PRId64 ", %" PRId64 " runs of %.0f FLOP\n"
          "minimum      %.3f ms\nmedian       %.3f ms\nat minimum   %.1f GFLOP/s\nat median    %.1f GFLOP/s\n"
          "library      %s\n";
    printf(format, o->channels, o->height, o->width, o->filters, o->kernel, o->stride, o->padding, o->iterations, flops,
           minimum, median, flops / minimum * 1e-6, flops / median * 1e-6, openblas_get_config());
}

static int run_convolution(const options *o) {
    const extents e = extents_of(o);
    uint64_t state = (uint64_t)o->seed;
    float *input = random_floats(o->channels * o->height * o->width, &state);
    float *weights = random_floats(o->filters * e.depth, &state);
    float *columns = allocate(e.depth * e.pixels);
    float *output = allocate(o->filters * e.pixels);
    double *times = malloc((size_t)o->iterations * sizeof *times);
    if (times == NULL) { return EXIT_MEMORY; }

    for (int i = 0; i < WARM_UP_COUNT; i++) { convolve(o, &e, input, weights, columns, output); }
    for (int64_t i = 0; i < o->iterations; i++) {
        const double start = milliseconds();
        convolve(o, &e, input, weights, columns, output);
        times[i] = milliseconds() - start;
    }

    bool right = true;
    for (int i = 0; i < SAMPLE_COUNT && right; i++) {
        // The first and the last pixel see the padding; the others are drawn.
        const uint64_t pixel = i == 0 ? 0 : i == 1 ? (uint64_t)e.pixels - 1 : next_random(&state);
        right = is_right(o, &e, input, weights, output, (int64_t)(next_random(&state) % (uint64_t)o->filters),
                         (int64_t)(pixel % (uint64_t)e.pixels));
    }
    if (right) {
        qsort(times, (size_t)o->iterations, sizeof *times, compare_doubles);
        const double median = (times[(o->iterations - 1) / 2] + times[o->iterations / 2]) / 2;
        print_report(o, &e, times[0], median);
    }
    free(input);
    free(weights);
    free(columns);
    free(output);
    free(times);
    return right ? EXIT_SUCCESS : EXIT_CHECK_FAILED;
}

/// Takes a random matrix apart with LAPACKE_sgesdd and puts it together again.
static int run_svd_check(const options *o) {
    enum { ROWS = 8, COLUMNS = 5 };
    uint64_t state = (uint64_t)o->seed;
    float *original = random_floats(ROWS * COLUMNS, &state);
    float work[ROWS * COLUMNS], values[COLUMNS], left[ROWS * COLUMNS], right[COLUMNS * COLUMNS];
    memcpy(work, original, sizeof work);
    const lapack_int status = LAPACKE_sgesdd(
        LAPACK_ROW_MAJOR, 'S', ROWS, COLUMNS, work, COLUMNS, values, left, COLUMNS, right, COLUMNS);

    double error = status == 0 ? 0 : INFINITY;
    for (int i = 0; i < ROWS && status == 0; i++) {
        for (int j = 0; j < COLUMNS; j++) {
            double sum = 0;
            for (int k = 0; k < COLUMNS; k++) {
                sum += (double)left[i * COLUMNS + k] * (double)values[k] * (double)right[k * COLUMNS + j];
            }
            error = fmax(error, fabs(sum - (double)original[i * COLUMNS + j]));
        }
    }
    free(original);
    const bool right_result = error <= 64 * (double)FLT_EPSILON;
    printf("%s LAPACKE_sgesdd of %dx%d: status %d, largest difference %.3g\n", right_result ? "ok" : "WRONG", ROWS,
           COLUMNS, (int)status, error);
    return right_result ? EXIT_SUCCESS : EXIT_CHECK_FAILED;
}

int main(int argc, char **argv) {
    const options o = parse_options(argc, argv);
    openblas_set_num_threads(1);
    return o.svd_check ? run_svd_check(&o) : run_convolution(&o);
}
