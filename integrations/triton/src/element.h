// The types of a tensor's elements, as deeper and Triton call them.
#pragma once

#include <deeper.h>
#include <triton/core/tritonbackend.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

struct Element {
    deeper_element_type type;
    TRITONSERVER_DataType tritonType;
    // The name in a model configuration.
    const char *configName;
    size_t byteCount;
};

// NULL for types that deeper does not have.
const Element *elementOf(int32_t deeperType);
const Element *elementOf(TRITONSERVER_DataType type);
const Element *elementNamed(const std::string &configName);

// The product of the extents times the bytes of an element; throws for negative extents and products beyond 2^63 - 1.
size_t byteCountOf(const std::vector<int64_t> &extents, const Element &element);

// "[1, 3, -1]".
std::string text(const std::vector<int64_t> &extents);
