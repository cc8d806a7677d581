// A service structured like many servers: requests arrive, several threads share one engine, and every request is
// answered once. Requests are lines of standard input, each the path of a JPEG or PNG file; answers are lines of
// standard output, in the order in which they are done.
//
//   usage: classify_service MODEL PREPROCESSING [WORKERS] < paths

#include <deeper.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace {

// Turns a failed call into an exception, whose text names file, node and shapes.
void check(deeper_status status) {
    if (status != DEEPER_OK) {
        throw std::runtime_error(std::string(deeper_status_name(status)) + ": " + deeper_last_error());
    }
}

struct Release {
    void operator()(deeper_model *model) const { deeper_model_release(model); }
    void operator()(deeper_engine *engine) const { deeper_engine_release(engine); }
};

using Engine = std::unique_ptr<deeper_engine, Release>;

Engine makeEngine(const char *path, int32_t workers) {
    deeper_model *loaded = nullptr;
    check(deeper_model_load(path, &loaded));
    const std::unique_ptr<deeper_model, Release> model(loaded);

    deeper_engine_options options;
    check(deeper_engine_options_init(&options, sizeof options));
    // Every worker's call runs on the worker's own thread.
    options.threads = 1;
    options.concurrent_calls = workers;
    options.sets_blas_threads = 1;
    deeper_engine *engine = nullptr;
    check(deeper_engine_create(model.get(), &options, &engine));
    return Engine(engine);
}

std::string answer(const deeper_engine *engine, const std::string &preprocessing, const std::string &path) {
    try {
        std::ifstream file(path, std::ios::binary);
        if (!file) throw std::runtime_error("cannot be opened");
        const std::vector<char> bytes{std::istreambuf_iterator<char>(file), {}};
        std::array<deeper_prediction, 1> best;
        size_t count = best.size();
        check(deeper_engine_classify(
            engine, bytes.data(), bytes.size(), preprocessing.c_str(), best.data(), &count));
        if (count == 0) throw std::runtime_error("no classes");
        std::array<char, 64> text;
        std::snprintf(text.data(), text.size(), "\t%lld\t%.6f", static_cast<long long>(best[0].index),
                      static_cast<double>(best[0].score));
        return path + text.data();
    } catch (const std::exception &error) {
        return path + "\terror\t" + error.what();
    }
}

// Standard input and output, a line at a time for whichever worker is free.
class Lines {
  public:
    std::optional<std::string> next() {
        const std::lock_guard<std::mutex> lock(input);
        std::string line;
        if (!std::getline(std::cin, line)) return std::nullopt;
        return line;
    }

    void put(const std::string &line) {
        const std::lock_guard<std::mutex> lock(output);
        std::cout << line << '\n';
    }

  private:
    std::mutex input, output;
};

}  // namespace

int main(int argc, char **argv) {
    const int workers = argc == 4 ? std::atoi(argv[3]) : 2;
    if (argc < 3 || argc > 4 || workers < 1 || workers > 256) {
        std::cerr << "usage: classify_service MODEL PREPROCESSING [WORKERS] < paths\n";
        return 64;
    }
    if (deeper_abi_version() != DEEPER_ABI_VERSION) {
        std::cerr << "libdeeper.so is of another version than deeper.h\n";
        return 70;
    }
    try {
        const Engine engine = makeEngine(argv[1], workers);
        const std::string preprocessing = argv[2];
        Lines lines;
        std::vector<std::thread> threads;
        for (int worker = 0; worker < workers; worker++) {
            threads.emplace_back([&] {
                while (const auto path = lines.next()) lines.put(answer(engine.get(), preprocessing, *path));
            });
        }
        for (auto &thread : threads) thread.join();
    } catch (const std::exception &error) {
        std::cerr << "error: " << error.what() << '\n';
        return 65;
    }
}
