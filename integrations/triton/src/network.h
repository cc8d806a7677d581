// A model of deeper with the engine that runs it.
#pragma once

#include "element.h"

#include <deeper.h>

#include <memory>
#include <string>
#include <vector>

// An input of a network.
struct Port {
    std::string name;
    const Element *element;
    bool hasShape;
    // -1 where the network leaves an extent open.
    std::vector<int64_t> extents;
};

struct EngineSettings {
    int32_t threads;
    int32_t concurrentCalls;
    int32_t preparedPlans;
    std::string algorithm;
};

struct OutputsDelete {
    void operator()(deeper_outputs *outputs) const { deeper_outputs_release(outputs); }
};
using Outputs = std::unique_ptr<deeper_outputs, OutputsDelete>;

class Network {
  public:
    explicit Network(const std::string &path);

    // Must be called once, before `run`.
    void prepare(const EngineSettings &settings);

    // May be called by several threads.
    Outputs run(const std::vector<deeper_tensor> &inputs) const;

    const std::vector<Port> &inputs() const { return inputs_; }
    // Their types and shapes are known once the network has run.
    const std::vector<std::string> &outputNames() const { return outputNames_; }

  private:
    struct ModelDelete {
        void operator()(deeper_model *model) const { deeper_model_release(model); }
    };
    struct EngineDelete {
        void operator()(deeper_engine *engine) const { deeper_engine_release(engine); }
    };

    std::unique_ptr<deeper_model, ModelDelete> model_;
    std::unique_ptr<deeper_engine, EngineDelete> engine_;
    std::vector<Port> inputs_;
    std::vector<std::string> outputNames_;
};

// An output of a run, whose data lives as long as `outputs`.
deeper_tensor outputAt(const Outputs &outputs, size_t index);
