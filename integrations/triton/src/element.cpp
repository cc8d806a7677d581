#include "element.h"

#include "failure.h"

#include <algorithm>
#include <iterator>
#include <limits>

static const Element elements[] = {
    {DEEPER_FLOAT32, TRITONSERVER_TYPE_FP32, "TYPE_FP32", 4},
    {DEEPER_FLOAT64, TRITONSERVER_TYPE_FP64, "TYPE_FP64", 8},
    {DEEPER_INT8, TRITONSERVER_TYPE_INT8, "TYPE_INT8", 1},
    {DEEPER_UINT8, TRITONSERVER_TYPE_UINT8, "TYPE_UINT8", 1},
    {DEEPER_INT16, TRITONSERVER_TYPE_INT16, "TYPE_INT16", 2},
    {DEEPER_UINT16, TRITONSERVER_TYPE_UINT16, "TYPE_UINT16", 2},
    {DEEPER_INT32, TRITONSERVER_TYPE_INT32, "TYPE_INT32", 4},
    {DEEPER_UINT32, TRITONSERVER_TYPE_UINT32, "TYPE_UINT32", 4},
    {DEEPER_INT64, TRITONSERVER_TYPE_INT64, "TYPE_INT64", 8},
    {DEEPER_UINT64, TRITONSERVER_TYPE_UINT64, "TYPE_UINT64", 8},
    {DEEPER_BOOL, TRITONSERVER_TYPE_BOOL, "TYPE_BOOL", 1},
};

template <class Condition>
static const Element *first(Condition condition) {
    const auto found = std::find_if(std::begin(elements), std::end(elements), condition);
    return found == std::end(elements) ? nullptr : found;
}

const Element *elementOf(int32_t deeperType) {
    return first([&](const Element &each) { return each.type == deeperType; });
}

const Element *elementOf(TRITONSERVER_DataType type) {
    return first([&](const Element &each) { return each.tritonType == type; });
}

const Element *elementNamed(const std::string &configName) {
    return first([&](const Element &each) { return each.configName == configName; });
}

size_t byteCountOf(const std::vector<int64_t> &extents, const Element &element) {
    if (std::any_of(extents.begin(), extents.end(), [](int64_t extent) { return extent < 0; })) {
        throw invalid("the shape " + text(extents) + " has a negative extent");
    }
    if (std::count(extents.begin(), extents.end(), 0) > 0) return 0;
    int64_t count = static_cast<int64_t>(element.byteCount);
    for (const int64_t extent : extents) {
        if (count > std::numeric_limits<int64_t>::max() / extent) {
            throw invalid("the shape " + text(extents) + " has too many elements");
        }
        count *= extent;
    }
    return static_cast<size_t>(count);
}

std::string text(const std::vector<int64_t> &extents) {
    std::string result = "[";
    for (const int64_t extent : extents) {
        if (result.size() > 1) result += ", ";
        result += std::to_string(extent);
    }
    return result + "]";
}
