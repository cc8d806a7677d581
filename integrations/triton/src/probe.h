// The outputs of a network, whose shapes its file does not contain.
#pragma once

#include "network.h"

#include <string>
#include <vector>

struct ProbedOutput {
    std::string name;
    const Element *element;
    // -1 where it follows the inputs' first extents.
    std::vector<int64_t> extents;
};

// Runs the network on zeros, with 1 and with 2 where the inputs' first extents are open. Throws if other extents are
// open.
std::vector<ProbedOutput> probe(const Network &network);
