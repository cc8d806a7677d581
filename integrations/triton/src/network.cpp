#include "network.h"

#include "failure.h"

template <class Describe>
static deeper_port portAt(const deeper_model *model, size_t index, Describe describe) {
    deeper_port port = {};
    port.struct_size = sizeof port;
    check(describe(model, index, &port));
    return port;
}

Network::Network(const std::string &path) {
    deeper_model *model = nullptr;
    check(deeper_model_load(path.c_str(), &model));
    model_.reset(model);
    for (size_t index = 0; index < deeper_model_input_count(model); index++) {
        const deeper_port port = portAt(model, index, deeper_model_input);
        const Element *element = elementOf(port.element_type);
        if (element == nullptr) throw invalid("the input \"" + std::string(port.name) + "\" has no known type");
        std::vector<int64_t> extents;
        if (port.rank > 0) extents.assign(port.dimensions, port.dimensions + port.rank);
        inputs_.push_back({port.name, element, port.rank >= 0, extents});
    }
    for (size_t index = 0; index < deeper_model_output_count(model); index++) {
        outputNames_.push_back(portAt(model, index, deeper_model_output).name);
    }
}

void Network::prepare(const EngineSettings &settings) {
    deeper_engine_options options;
    check(deeper_engine_options_init(&options, sizeof options));
    options.threads = settings.threads;
    options.concurrent_calls = settings.concurrentCalls;
    options.prepared_plans = settings.preparedPlans;
    options.algorithm = settings.algorithm.c_str();
    // Triton's instances are the parallelism; OpenBLAS must not add its own.
    options.sets_blas_threads = 1;
    deeper_engine *engine = nullptr;
    check(deeper_engine_create(model_.get(), &options, &engine));
    engine_.reset(engine);
    model_.reset();
}

Outputs Network::run(const std::vector<deeper_tensor> &inputs) const {
    deeper_outputs *outputs = nullptr;
    check(deeper_engine_run(engine_.get(), inputs.data(), inputs.size(), &outputs));
    return Outputs(outputs);
}

deeper_tensor outputAt(const Outputs &outputs, size_t index) {
    deeper_tensor tensor = {};
    tensor.struct_size = sizeof tensor;
    check(deeper_outputs_get(outputs.get(), index, &tensor));
    return tensor;
}
