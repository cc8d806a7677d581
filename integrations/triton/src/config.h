// A model's configuration: the contents of config.pbtxt, completed from the network where Triton allows it.
#pragma once

#include "network.h"

#include <triton/core/tritonbackend.h>

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

struct PortConfig {
    std::string name;
    const Element *element;
    // Without the batch; -1 for an extent that may vary.
    std::vector<int64_t> extents;
};

class ModelConfig {
  public:
    explicit ModelConfig(TRITONBACKEND_Model *model);

    // The file within the version's folder.
    std::string fileName() const;
    // 0: requests have no batch and are not joined.
    int64_t maxBatch() const;
    std::vector<PortConfig> inputs() const { return ports("input"); }
    std::vector<PortConfig> outputs() const { return ports("output"); }

    // From `parameters`, else from --backend-config=deeper,KEY=VALUE.
    EngineSettings engineSettings() const;

    // Fills in inputs and outputs if they are missing, and the batch if all three are missing. To find the outputs,
    // the network runs on zeros.
    void complete(const Network &network);

    // Throws where configuration and network contradict each other.
    void validate(const Network &network) const;

  private:
    std::string setting(const std::string &key, const std::string &otherwise) const;
    int32_t number(const std::string &key, int32_t otherwise) const;
    std::vector<PortConfig> ports(const char *key) const;
    bool isEmpty(const char *key) const;
    bool completesBatch() const;
    void publish();

    TRITONBACKEND_Model *model_;
    nlohmann::json json_, commandLine_;
    bool completes_ = false;
};
