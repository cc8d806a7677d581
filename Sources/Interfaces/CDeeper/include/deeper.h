/*
 * deeper: convolutional networks on server CPUs, from C and C++.
 *
 *     deeper_model *model;
 *     deeper_engine *engine;
 *     if (deeper_model_load("model.onnx", &model)) puts(deeper_last_error());
 *     if (deeper_engine_create(model, NULL, &engine)) puts(deeper_last_error());
 *
 * Every function may be called from any thread, on the same model and engine too, and returns when its work is done.
 * Inputs are only read. A function that can fail returns a status; deeper_last_error() then says what was expected and
 * what came. Nothing is thrown, printed or kept of what the caller passed.
 *
 * After fork() the child's calls on engines of the parent fail with DEEPER_FORKED; it makes engines of its own. Models
 * may be used on both sides.
 *
 * Structures, deeper_prediction apart, begin with their size in the caller's version of this header, which lets later
 * versions add fields at the end. Functions are added, never changed; deeper_abi_version() grows only when that promise
 * is broken.
 */
#ifndef DEEPER_H
#define DEEPER_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* For Swift; elsewhere it would be an extension. */
#ifdef __swift__
#define DEEPER_NULLABLE _Nullable
#else
#define DEEPER_NULLABLE
#endif

/* The version of this header; the library answers deeper_abi_version(). */
#define DEEPER_ABI_VERSION 1

/* The version of deeper that this header came with. */
#define DEEPER_VERSION "0.1.0"

/* How a call ended. */
typedef enum deeper_status {
    DEEPER_OK = 0,
    /* The model's file breaks its format or contradicts itself. */
    DEEPER_INVALID_MODEL = 1,
    /* The file is well formed, but asks for something that deeper does not do. */
    DEEPER_UNSUPPORTED = 2,
    /* A tensor, picture, option or pointer that does not fit. */
    DEEPER_INVALID_INPUT = 3,
    /* The file does not exist or cannot be opened. */
    DEEPER_FILE_NOT_FOUND = 4,
    /* Beyond a limit of size, count or memory. */
    DEEPER_LIMIT_EXCEEDED = 5,
    DEEPER_CANCELLED = 6,
    DEEPER_OVERLOADED = 7,
    /* The engine was made before fork(), by the parent. */
    DEEPER_FORKED = 8,
    /* A defect in deeper. */
    DEEPER_INTERNAL_FAULT = 9
} deeper_status;

/* The type of a tensor's elements, in the machine's byte order. */
typedef enum deeper_element_type {
    DEEPER_FLOAT32 = 1,
    DEEPER_FLOAT64 = 2,
    DEEPER_INT8 = 3,
    DEEPER_UINT8 = 4,
    DEEPER_INT32 = 5,
    DEEPER_INT64 = 6,
    /* One byte, 0 or 1. */
    DEEPER_BOOL = 7,
    /* IEEE 754 half precision; and the upper half of a float32. Models compute with both in float32. */
    DEEPER_FLOAT16 = 8,
    DEEPER_BFLOAT16 = 9,
    DEEPER_INT16 = 10,
    DEEPER_UINT16 = 11,
    DEEPER_UINT32 = 12,
    DEEPER_UINT64 = 13
} deeper_element_type;

/* A network as its file describes it; immutable. */
typedef struct deeper_model deeper_model;
/* A model prepared for running, with its threads and memory. */
typedef struct deeper_engine deeper_engine;
/* What one run computed. */
typedef struct deeper_outputs deeper_outputs;
/* Text that the library made for the caller. */
typedef struct deeper_text deeper_text;

/* An input or output of a model. Pointers live as long as the model. */
typedef struct deeper_port {
    /* sizeof(deeper_port). */
    size_t struct_size;
    const char *DEEPER_NULLABLE name;
    /* A deeper_element_type; 0 where the model leaves it open. */
    int32_t element_type;
    /* -1 where the model leaves it open. */
    int32_t rank;
    /* `rank` extents, -1 where the model leaves one open; NULL for ranks of 0 and -1. */
    const int64_t *DEEPER_NULLABLE dimensions;
} deeper_port;

/* A dense row-major tensor in somebody's memory. */
typedef struct deeper_tensor {
    /* sizeof(deeper_tensor). */
    size_t struct_size;
    const char *DEEPER_NULLABLE name;
    /* A deeper_element_type. */
    int32_t element_type;
    /* 0 for a scalar. */
    int32_t rank;
    const int64_t *DEEPER_NULLABLE dimensions;
    /* Read in place if it lies on a 64-byte boundary, else copied once. */
    const void *DEEPER_NULLABLE data;
    /* The product of the dimensions times the bytes of an element. */
    size_t byte_count;
} deeper_tensor;

/* How an engine works; deeper_engine_options_init() fills in the defaults. */
typedef struct deeper_engine_options {
    /* sizeof(deeper_engine_options). */
    size_t struct_size;
    /* Threads that share one call, the caller's included. Default 0: all CPUs that the process may use, divided among the
     * calls that run at once. 1: a call runs on its caller's thread alone, for the highest throughput of many callers. */
    int32_t threads;
    /* Calls that run at once; others wait. Default 0: as many as the CPUs allow at `threads` each, or one for each CPU if
     * `threads` is 0. Neither number may be above 1024. */
    int32_t concurrent_calls;
    /* Sets of input shapes that stay prepared. Default 4. */
    int32_t prepared_plans;
    /* 1: OpenBLAS is set to one thread a call for the whole process. Default 0: that is the host's to decide. */
    int32_t sets_blas_threads;
    /* The most memory that one set of input shapes may take. Default 16 GiB. */
    int64_t memory_limit_bytes;
    /* "auto", "openblas", "packed" or "reference". Default NULL: auto. */
    const char *DEEPER_NULLABLE gemm;
    /* "auto", "direct" (smallest rounding errors) or "winograd". Default NULL: auto. */
    const char *DEEPER_NULLABLE algorithm;
    /* "portable", "avx2" or "avx512". Default NULL: the best that the CPU has. */
    const char *DEEPER_NULLABLE instruction_set;
} deeper_engine_options;

/* A class that a network thinks likely. */
typedef struct deeper_prediction {
    /* The position in the network's output. */
    int64_t index;
    /* The output's value there: a probability if the network ends in a softmax. */
    float score;
} deeper_prediction;

/* DEEPER_ABI_VERSION of the library that runs. */
uint32_t deeper_abi_version(void);

/* The version of the library, such as "0.1.0". */
const char *DEEPER_NULLABLE deeper_version(void);

/* What was wrong with the calling thread's last failed call; empty if none failed. Overwritten by its next failure. */
const char *DEEPER_NULLABLE deeper_last_error(void);

/* A status's name, such as "invalid_input"; "unknown" for other numbers. */
const char *DEEPER_NULLABLE deeper_status_name(int32_t status);

/* Reads an ONNX or TFLite file, the prototxt file of a network of Caffe with the caffemodel file next to it, or a file
 * that `deeper compile` wrote. Release the model when no more engine is to be made of it; engines keep what they need. */
deeper_status deeper_model_load(const char *DEEPER_NULLABLE path, deeper_model *DEEPER_NULLABLE *DEEPER_NULLABLE model);

/* The same with the weights in the file `weights`, for a prototxt file whose caffemodel file is elsewhere. NULL looks for
 * it. Other formats have their weights inside and are refused with a file of weights. */
deeper_status deeper_model_load_with_weights(
    const char *DEEPER_NULLABLE path, const char *DEEPER_NULLABLE weights,
    deeper_model *DEEPER_NULLABLE *DEEPER_NULLABLE model);

/* Reads an ONNX or TFLite file that is in memory; the bytes are copied. A model with external data cannot be read from memory. */
deeper_status deeper_model_load_bytes(
    const void *DEEPER_NULLABLE bytes, size_t byte_count, deeper_model *DEEPER_NULLABLE *DEEPER_NULLABLE model);

/* The model that ships with the library: it classifies pictures into the ten classes of CIFAR-10. `precision` is "float32"
 * or "int8"; NULL: float32. For trying things out without a file. */
deeper_status deeper_model_load_builtin(
    const char *DEEPER_NULLABLE precision, deeper_model *DEEPER_NULLABLE *DEEPER_NULLABLE model);

/* Nothing for NULL. */
void deeper_model_release(deeper_model *DEEPER_NULLABLE model);

/* 0 for NULL. */
size_t deeper_model_input_count(const deeper_model *DEEPER_NULLABLE model);

/* Fills in `port`, whose struct_size is set. */
deeper_status deeper_model_input(
    const deeper_model *DEEPER_NULLABLE model, size_t index, deeper_port *DEEPER_NULLABLE port);

/* 0 for NULL. */
size_t deeper_model_output_count(const deeper_model *DEEPER_NULLABLE model);

/* Fills in `port`, whose struct_size is set. */
deeper_status deeper_model_output(
    const deeper_model *DEEPER_NULLABLE model, size_t index, deeper_port *DEEPER_NULLABLE port);

/* The number of names that the model has for its classes; 0 for NULL and for a model without names. */
size_t deeper_model_label_count(const deeper_model *DEEPER_NULLABLE model);

/* The name, in UTF-8, of the class at this position of the scores, which are the model's first output with as many
 * scores for a picture as there are names; NULL if there is none. It lives as long as the model. */
const char *DEEPER_NULLABLE deeper_model_label(const deeper_model *DEEPER_NULLABLE model, size_t index);

/* How pictures become the model's input, as the JSON that docs/models.md describes; NULL if the model does not say. The
 * text lives as long as the model. */
const char *DEEPER_NULLABLE deeper_model_preprocessing(const deeper_model *DEEPER_NULLABLE model);

/* "int8" if the model multiplies 8-bit integers, else "float32"; NULL for NULL and for weights that cannot be read. */
const char *DEEPER_NULLABLE deeper_model_precision(const deeper_model *DEEPER_NULLABLE model);

/* What the model computes, as JSON: "source", "layers" with name, operator, output shape,
 * parameters and multiply-accumulates of one picture, and "total". The caller releases `text`. */
deeper_status deeper_model_summary(
    const deeper_model *DEEPER_NULLABLE model, deeper_text *DEEPER_NULLABLE *DEEPER_NULLABLE text);

/* The name of a class of ImageNet's 2012 challenge, in the order of the outputs of networks that were trained on it,
 * such as "tench, Tinca tinca" for 0; NULL from 1000 on. */
const char *DEEPER_NULLABLE deeper_imagenet_name(size_t index);

/* The WordNet number of such a class, such as "n01440764" for 0; NULL from 1000 on. */
const char *DEEPER_NULLABLE deeper_imagenet_wnid(size_t index);

/* Sets all fields to their defaults. `struct_size` is sizeof(deeper_engine_options). */
deeper_status deeper_engine_options_init(deeper_engine_options *DEEPER_NULLABLE options, size_t struct_size);

/* Makes an engine. `options` NULL: the defaults. */
deeper_status deeper_engine_create(
    const deeper_model *DEEPER_NULLABLE model, const deeper_engine_options *DEEPER_NULLABLE options,
    deeper_engine *DEEPER_NULLABLE *DEEPER_NULLABLE engine);

/* Ends the engine's threads and frees its memory; no call on it may be running. Nothing for NULL. In a forked child an
 * engine of the parent is let go without being freed: its threads exist in the parent alone. */
void deeper_engine_release(deeper_engine *DEEPER_NULLABLE engine);

/* Runs the model on `input_count` tensors, one for every input, in any order. The first run with new shapes prepares
 * them and takes longer. An initialiser that the model's file lists as an input has a value already, which a tensor of
 * its name replaces for this run. `outputs` is the caller's to release. */
deeper_status deeper_engine_run(
    const deeper_engine *DEEPER_NULLABLE engine, const deeper_tensor *DEEPER_NULLABLE inputs, size_t input_count,
    deeper_outputs *DEEPER_NULLABLE *DEEPER_NULLABLE outputs);

/* As deeper_engine_run, but writes results into the caller's memory: `outputs` are tensors with the name, the type, the
 * dimensions and `data` for as many outputs as are wanted, each at most once. Fails with DEEPER_INVALID_INPUT, and leaves
 * the memory as it was, if a name, type or shape is not that of the result. Buffers of
 * outputs must not overlap each other; they may overlap inputs, which are read before anything is written. */
deeper_status deeper_engine_run_into(
    const deeper_engine *DEEPER_NULLABLE engine, const deeper_tensor *DEEPER_NULLABLE inputs, size_t input_count,
    const deeper_tensor *DEEPER_NULLABLE outputs, size_t output_count);

/* Prepares the engine for inputs of these shapes, and runs it on them once, so that later calls only compute. With no
 * inputs, made-up ones of one picture are taken. */
deeper_status deeper_engine_prepare(
    const deeper_engine *DEEPER_NULLABLE engine, const deeper_tensor *DEEPER_NULLABLE inputs, size_t input_count);

/* Runs the model once and times every step, as JSON: an array of objects with name, operator, lowering,
 * multiply-accumulates and nanoseconds. The first run with new shapes is not the one that is timed. The caller releases
 * `text`. */
deeper_status deeper_engine_profile(
    const deeper_engine *DEEPER_NULLABLE engine, const deeper_tensor *DEEPER_NULLABLE inputs, size_t input_count,
    deeper_text *DEEPER_NULLABLE *DEEPER_NULLABLE text);

/* The text, in UTF-8 with a zero at its end; NULL for NULL. It lives until the release. */
const char *DEEPER_NULLABLE deeper_text_string(const deeper_text *DEEPER_NULLABLE text);

/* Nothing for NULL. */
void deeper_text_release(deeper_text *DEEPER_NULLABLE text);

/* Names the most likely classes of a picture file's bytes, best first. The library reads JPEG, PNG, BMP and PNM; WebP,
 * HEIC, AVIF, GIF and TIFF only if it was built with the trait PictureFormats. The picture is turned upright as its EXIF
 * block or XMP says, and laid out as the input's shape asks, N x C x H x W or N x H x W x C.
 *
 * `preprocessing` is a preset: "caffe", "cifar10", "inception-cifar10", "raw" or "torchvision", which is fitted to the
 * extent of the model's input if that is fixed. NULL takes what deeper_model_preprocessing says; if that is NULL too,
 * the call fails with DEEPER_INVALID_INPUT, as it does for a model without an output of one row of scores for each
 * picture. Before the call `count` holds the number of elements in `predictions`,
 * after it the number written. */
deeper_status deeper_engine_classify(
    const deeper_engine *DEEPER_NULLABLE engine, const void *DEEPER_NULLABLE bytes, size_t byte_count,
    const char *DEEPER_NULLABLE preprocessing, deeper_prediction *DEEPER_NULLABLE predictions,
    size_t *DEEPER_NULLABLE count);

/* As deeper_engine_classify, with a choice of orientation: "upright" turns the picture as its file says, "stored" reads
 * the pixels as they are in the file. NULL: upright. */
deeper_status deeper_engine_classify_oriented(
    const deeper_engine *DEEPER_NULLABLE engine, const void *DEEPER_NULLABLE bytes, size_t byte_count,
    const char *DEEPER_NULLABLE preprocessing, const char *DEEPER_NULLABLE orientation,
    deeper_prediction *DEEPER_NULLABLE predictions, size_t *DEEPER_NULLABLE count);

/* 0 for NULL. */
size_t deeper_outputs_count(const deeper_outputs *DEEPER_NULLABLE outputs);

/* Fills in `tensor`, whose struct_size is set, with the output of this position in the model. Its memory lives as long
 * as `outputs`. */
deeper_status deeper_outputs_get(
    const deeper_outputs *DEEPER_NULLABLE outputs, size_t index, deeper_tensor *DEEPER_NULLABLE tensor);

/* Nothing for NULL. */
void deeper_outputs_release(deeper_outputs *DEEPER_NULLABLE outputs);

#ifdef __cplusplus
}
#endif

#endif
