#include "probe.h"

#include "failure.h"

#include <algorithm>

static Outputs runOnZeros(const Network &network, int64_t rows) {
    std::vector<std::vector<int64_t>> extents;
    std::vector<std::vector<char>> zeros;
    for (const Port &each : network.inputs()) {
        extents.push_back(each.extents);
        if (!extents.back().empty() && extents.back()[0] < 0) extents.back()[0] = rows;
        const bool isOpen = std::any_of(
            extents.back().begin(), extents.back().end(), [](int64_t extent) { return extent < 0; });
        if (!each.hasShape || isOpen) {
            throw invalid("the outputs have to be configured, for the input \"" + each.name + "\" has an open shape");
        }
        zeros.emplace_back(byteCountOf(extents.back(), *each.element));
    }
    std::vector<deeper_tensor> tensors;
    for (size_t index = 0; index < zeros.size(); index++) {
        const Port &each = network.inputs()[index];
        tensors.push_back({sizeof(deeper_tensor), each.name.c_str(), each.element->type,
                           static_cast<int32_t>(extents[index].size()), extents[index].data(), zeros[index].data(),
                           zeros[index].size()});
    }
    return network.run(tensors);
}

std::vector<ProbedOutput> probe(const Network &network) {
    const Outputs one = runOnZeros(network, 1), two = runOnZeros(network, 2);
    std::vector<ProbedOutput> found;
    for (size_t index = 0; index < network.outputNames().size(); index++) {
        const deeper_tensor first = outputAt(one, index), second = outputAt(two, index);
        if (first.rank != second.rank) throw invalid("the outputs have to be configured: their rank varies");
        std::vector<int64_t> extents;
        for (int32_t axis = 0; axis < first.rank; axis++) {
            const bool isFixed = first.dimensions[axis] == second.dimensions[axis];
            extents.push_back(isFixed ? first.dimensions[axis] : -1);
        }
        found.push_back({network.outputNames()[index], elementOf(first.element_type), extents});
    }
    return found;
}
