#include "config.h"

#include "failure.h"
#include "probe.h"

#include <algorithm>
#include <memory>

using nlohmann::json;

namespace {

struct MessageDelete {
    void operator()(TRITONSERVER_Message *message) const { logged(TRITONSERVER_MessageDelete(message)); }
};
using Message = std::unique_ptr<TRITONSERVER_Message, MessageDelete>;

json parsed(TRITONSERVER_Message *message) {
    const char *base = nullptr;
    size_t byteCount = 0;
    check(TRITONSERVER_MessageSerializeToJson(message, &base, &byteCount));
    return json::parse(base, base + byteCount);
}

// The JSON form of Protocol Buffers has 64-bit numbers as strings.
int64_t integer(const json &value) {
    return value.is_string() ? std::stoll(value.get<std::string>()) : value.get<int64_t>();
}

std::vector<int64_t> integers(const json &values) {
    std::vector<int64_t> result;
    for (const json &value : values) result.push_back(integer(value));
    return result;
}

json port(const std::string &name, const Element &element, const std::vector<int64_t> &extents, bool isBatched) {
    if (isBatched && (extents.empty() || extents[0] >= 0)) {
        throw invalid("\"" + name + "\" is " + text(extents) + ", without a batch: max_batch_size: 0 serves it");
    }
    const std::vector<int64_t> rest(extents.begin() + (isBatched ? 1 : 0), extents.end());
    return {{"name", name}, {"data_type", element.configName}, {"dims", rest}};
}

bool isOpen(const std::vector<int64_t> &extents) { return !extents.empty() && extents[0] < 0; }

std::string quoted(const std::vector<std::string> &names) {
    std::string result;
    for (const std::string &each : names) result += (result.empty() ? "\"" : ", \"") + each + "\"";
    return result;
}

void checkShape(const PortConfig &config, const Port &port, bool isBatched) {
    if (!port.hasShape) return;
    std::vector<int64_t> extents = config.extents;
    if (isBatched) extents.insert(extents.begin(), -1);
    bool fits = extents.size() == port.extents.size();
    for (size_t axis = 0; fits && axis < extents.size(); axis++) {
        fits = extents[axis] < 0 || port.extents[axis] < 0 || extents[axis] == port.extents[axis];
    }
    if (!fits) {
        throw invalid("\"" + config.name + "\" is configured as " + text(extents) + (isBatched ? " with its batch" : "")
                      + ", the model has " + text(port.extents));
    }
}

void checkNames(const std::vector<PortConfig> &ports, const std::vector<std::string> &known, const char *kind) {
    for (const PortConfig &each : ports) {
        if (std::find(known.begin(), known.end(), each.name) != known.end()) continue;
        throw invalid("the model has no " + std::string(kind) + " \"" + each.name + "\"; it has " + quoted(known));
    }
}

// The setting that Triton has for all backends.
const char defaultBatch[] = "default-max-batch-size";

}  // namespace

ModelConfig::ModelConfig(TRITONBACKEND_Model *model) : model_(model) {
    TRITONSERVER_Message *message = nullptr;
    check(TRITONBACKEND_ModelConfig(model, 1, &message));
    json_ = parsed(Message(message).get());
    check(TRITONBACKEND_ModelAutoCompleteConfig(model, &completes_));

    TRITONBACKEND_Backend *backend = nullptr;
    check(TRITONBACKEND_ModelBackend(model, &backend));
    check(TRITONBACKEND_BackendConfig(backend, &message));
    commandLine_ = parsed(message).value("cmdline", json::object());
}

std::string ModelConfig::fileName() const {
    const std::string name = json_.value("default_model_filename", "");
    return name.empty() ? "model.onnx" : name;
}

int64_t ModelConfig::maxBatch() const {
    return json_.contains("max_batch_size") ? integer(json_["max_batch_size"]) : 0;
}

std::string ModelConfig::setting(const std::string &key, const std::string &otherwise) const {
    const json parameters = json_.value("parameters", json::object());
    if (parameters.contains(key)) return parameters[key].value("string_value", otherwise);
    return commandLine_.value(key, otherwise);
}

int32_t ModelConfig::number(const std::string &key, int32_t otherwise) const {
    const std::string value = setting(key, std::to_string(otherwise));
    const bool isNumber = !value.empty() && value.size() <= 4
        && std::all_of(value.begin(), value.end(), [](char each) { return each >= '0' && each <= '9'; });
    if (!isNumber) throw invalid("the parameter " + key + " is \"" + value + "\", expected a number below 10000");
    return std::stoi(value);
}

EngineSettings ModelConfig::engineSettings() const {
    const int64_t rows = completesBatch() ? number(defaultBatch, 4) : maxBatch();
    // Joined requests can have any number of rows; keeping a plan for each avoids preparing it repeatedly.
    const auto plans = static_cast<int32_t>(std::clamp<int64_t>(rows, 4, 32));
    return {number("threads", 1), number("concurrent_calls", 0), number("prepared_plans", plans),
            setting("algorithm", "auto")};
}

bool ModelConfig::isEmpty(const char *key) const { return !json_.contains(key) || json_[key].empty(); }

std::vector<PortConfig> ModelConfig::ports(const char *key) const {
    std::vector<PortConfig> found;
    for (const json &each : json_.value(key, json::array())) {
        const std::string name = each.value("name", ""), type = each.value("data_type", "");
        const Element *element = elementNamed(type);
        if (element == nullptr) {
            throw Failure(TRITONSERVER_ERROR_UNSUPPORTED, "\"" + name + "\" has data_type \"" + type
                              + "\"; deeper has FP32, FP64, INT8, UINT8, INT16, UINT16, INT32, UINT32, INT64, UINT64 and "
                                "BOOL");
        }
        // Triton reshapes before and after the backend, which sees only the inner shape.
        const json shape = each.contains("reshape") ? each["reshape"].value("shape", json::array()) : each.at("dims");
        found.push_back({name, element, integers(shape)});
    }
    return found;
}

bool ModelConfig::completesBatch() const {
    return completes_ && maxBatch() == 0 && isEmpty("input") && isEmpty("output");
}

void ModelConfig::complete(const Network &network) {
    if (!completes_ || (!isEmpty("input") && !isEmpty("output"))) return;
    std::vector<ProbedOutput> outputs;
    if (isEmpty("output")) outputs = probe(network);
    const auto &inputs = network.inputs();
    const auto hasBatch = [](const auto &each) { return isOpen(each.extents); };
    if (completesBatch() && std::all_of(inputs.begin(), inputs.end(), hasBatch)
        && std::all_of(outputs.begin(), outputs.end(), hasBatch)) {
        json_["max_batch_size"] = number(defaultBatch, 4);
        if (maxBatch() > 1 && !json_.contains("dynamic_batching") && !json_.contains("sequence_batching")) {
            json_["dynamic_batching"] = json::object();
        }
    }
    if (isEmpty("input")) {
        json_["input"] = json::array();
        for (const Port &each : inputs) {
            if (!each.hasShape) throw invalid("the input \"" + each.name + "\" has no shape: it has to be configured");
            json_["input"].push_back(port(each.name, *each.element, each.extents, maxBatch() > 0));
        }
    }
    if (isEmpty("output")) {
        json_["output"] = json::array();
        for (const ProbedOutput &each : outputs) {
            json_["output"].push_back(port(each.name, *each.element, each.extents, maxBatch() > 0));
        }
    }
    publish();
}

void ModelConfig::publish() {
    const std::string text = json_.dump();
    TRITONSERVER_Message *message = nullptr;
    check(TRITONSERVER_MessageNewFromSerializedJson(&message, text.data(), text.size()));
    check(TRITONBACKEND_ModelSetConfig(model_, 1, Message(message).get()));
}

void ModelConfig::validate(const Network &network) const {
    const bool isBatched = maxBatch() > 0;
    const std::vector<PortConfig> inputs = this->inputs(), outputs = this->outputs();
    std::vector<std::string> inputNames;
    for (const Port &port : network.inputs()) inputNames.push_back(port.name);
    checkNames(inputs, inputNames, "input");
    for (const Port &port : network.inputs()) {
        const auto found = std::find_if(
            inputs.begin(), inputs.end(), [&](const PortConfig &each) { return each.name == port.name; });
        if (found == inputs.end()) throw invalid("the input \"" + port.name + "\" of the model is not configured");
        if (port.element != found->element) {
            throw invalid("the input \"" + port.name + "\" is configured as " + found->element->configName
                          + ", the model has " + port.element->configName);
        }
        if (isBatched && port.hasShape && !isOpen(port.extents)) {
            throw invalid("max_batch_size is " + std::to_string(maxBatch()) + ", but the input \"" + port.name
                          + "\" has the fixed shape " + text(port.extents) + "; max_batch_size: 0 serves it");
        }
        checkShape(*found, port, isBatched);
    }
    if (outputs.empty()) throw invalid("no output is configured");
    checkNames(outputs, network.outputNames(), "output");
}
