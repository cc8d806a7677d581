# The tasks of this checkout; `make` alone lists them. Every target works without a terminal.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

SWIFT ?= swift
PYTHON ?= python3
VENV := .venv
PEERS_VENV := .venv-peers
PACKAGING_VENV := .venv-packaging
SERVING_VENV := .venv-serving
KERAS_VENV := .venv-keras
BENCH_SERVING_VENV := .venv-bench-serving
MODELS ?= resnet50 vgg16 alexnet mobilenet_v1
DEEPER := .build/release/deeper

# SwiftPM passes the traits of a package to the compiler in the order of a Set, which changes from process to process
# unless hashing is deterministic; a new order compiles every module again.
SWIFT_BUILD := SWIFT_DETERMINISTIC_HASHING=1 $(SWIFT) build

# A target may import only the targets it names: this keeps the order of the modules in docs/architecture.md.
STRICT_IMPORTS := --explicit-target-dependency-import-check error

# The command without the server, which is built in a separate directory (docs/decisions/0031-two-executables.md).
COMMAND_TRAITS := --traits CommandLine,PictureFormats
SERVER_BUILD := .build-server

# Optimised tests: they can access the internals of modules, and every run starts in memory full of NaN.
TESTING := -c release --scratch-path .build-testing -Xswiftc -enable-testing -Xswiftc -DPOISONED_MEMORY $(STRICT_IMPORTS)

# How the command is linked: with Swift's libraries, stripped, and small to load (docs/decisions/0020-without-foundation.md).
LINKING := --static-swift-stdlib -Xswiftc -use-ld=lld \
	-Xlinker --strip-all -Xlinker --no-export-dynamic -Xlinker -z -Xlinker pack-relative-relocs

.PHONY: help
help: ## List the targets
	@echo 'usage: make TARGET [VARIABLE=value ...]'
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  %-19s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo
	@echo 'variables of demo: IMAGE, MODEL, PRESET, LABELS'
	@echo 'variables of bench-peers: MODELS (ONNX files, or names), THREADS, BATCH, ROUNDS'
	@echo 'variable of install: PREFIX ($(PREFIX))'
	@echo 'variables of all:  SWIFT=$(SWIFT) PYTHON=$(PYTHON)'

.PHONY: setup
setup: ## Install missing Debian packages, if any (root or sudo)
	@scripts/setup.sh

.PHONY: command build
command: setup ## Build the engine and the command deeper, optimised; runs on hosts without Swift too
	$(SWIFT_BUILD) -c release --product deeper $(COMMAND_TRAITS) $(LINKING) $(STRICT_IMPORTS)

build: command ## Build the command and the server, deeper-server, which takes some minutes more
	$(SWIFT_BUILD) -c release --product deeper-server --scratch-path $(SERVER_BUILD) $(LINKING) $(STRICT_IMPORTS)
	install -m 755 $(SERVER_BUILD)/release/deeper-server $(dir $(DEEPER))

.PHONY: demo
demo: command ## Classify drawings with the model that comes with deeper; IMAGE and MODEL choose another picture and model
ifneq ($(MODEL)$(IMAGE),)
	@[[ -n '$(IMAGE)' ]] || { echo 'make demo MODEL=... needs IMAGE=... too' >&2; exit 64; }
	$(DEEPER) classify $(if $(MODEL),--model '$(MODEL)') $(if $(PRESET),--preset '$(PRESET)') $(if $(LABELS),--labels '$(LABELS)') '$(IMAGE)'
else
	$(DEEPER) summary googlenet
	$(DEEPER) demo
endif

.PHONY: venv
venv: $(VENV)/.complete ## Create .venv with the Python references of the tests

$(VENV)/.complete: Tests/Python/requirements.txt
	$(PYTHON) -m venv --clear $(VENV)
	$(VENV)/bin/python -m pip install --no-input --disable-pip-version-check --requirement $<
	touch $@

.PHONY: test test-fast test-full test-library test-serving
# A few seconds of random bytes do not repay the minutes of an optimised build.
test: export OPTIMIZED := no
test: test-fast test-full test-library test-serving fuzz ## Run all tests: in debug, optimised, of the C library, Python, the server and the documentation, and the fuzzers
	$(MAKE) check-docs DOCS_BUILD=.build-testing/release

# Naming the products avoids building the tools of the packages that deeper depends on, which takes longer than deeper.
TEST_PRODUCTS := deeper deeperPackageTests

test-fast: setup venv ## Run all tests except for the heavy ones, in debug with its extra checks
	for product in $(TEST_PRODUCTS); do $(SWIFT_BUILD) --product $$product $(COMMAND_TRAITS) $(STRICT_IMPORTS); done
	DEEPER_TEST_TIER=fast $(SWIFT) test --skip-build $(COMMAND_TRAITS) $(STRICT_IMPORTS)

# The packages of the server take minutes to build, so `make test` builds only the optimised server.
.PHONY: test-server-debug
test-server-debug: setup ## Run the server's unit tests in debug
	$(SWIFT) test --scratch-path $(SERVER_BUILD) $(STRICT_IMPORTS) \
	    --filter 'JSONTextTests|InferenceProtocolTests|PrometheusMetricsTests|ModelServingTests|DeeperServingTests|ServeCommandTests'

# Testability changes every module's flags: a separate build directory spares `make build` a full rebuild.
.PHONY: build-testing
build-testing: setup
	for product in $(TEST_PRODUCTS) deeper-server; do $(SWIFT_BUILD) --product $$product $(TESTING); done

test-full: build-testing venv ## Run every test, optimised
	DEEPER_TEST_TIER=full $(SWIFT) test --skip-build $(TESTING)

# The C library as users get it: installed, used from CMake and pkg-config, and as a wheel.
test-library: install wheel venv
	cmake -S Examples/cpp -B build/example -DCMAKE_PREFIX_PATH=$(abspath $(PREFIX))
	cmake --build build/example
	$(VENV)/bin/python -m pip install --no-input --disable-pip-version-check --quiet --no-deps --force-reinstall \
	    build/wheels/deeper_engine-*.whl
	DEEPER_PREFIX='$(abspath $(PREFIX))' DEEPER_EXAMPLE=build/example/classify_service \
	    $(VENV)/bin/python Tests/Python/library_tests.py
	$(VENV)/bin/python Tests/Python/package_tests.py
	$(VENV)/bin/python -m mypy --strict --cache-dir build/mypy Tests/Python/typing/client.py
	$(VENV)/bin/python -m mypy.stubtest --mypy-config-file python/pyproject.toml \
	    --ignore-unused-allowlist --allowlist Tests/Python/typing/stubtest-allowlist.txt deeper
	$(VENV)/bin/python Tests/Python/backend_tests.py
	$(VENV)/bin/python Tests/Python/float16_tests.py
	for tests in caffe_tests tflite_tests; do \
	    DEEPER="$$(ls .build-testing/release/deeper 2>/dev/null || true)" $(VENV)/bin/python Tests/Python/$$tests.py; \
	done
	$(VENV)/bin/python Tests/Python/tflite_models.py

# The server as real clients see it, compared with recorded answers of a real Triton. Uses Chromium and promtool if they
# are installed.
test-serving: build-testing $(SERVING_VENV)/.complete
	DEEPER=.build-testing/release/deeper $(SERVING_VENV)/bin/python Tests/Python/serving/serving_tests.py

$(SERVING_VENV)/.complete: Tests/Python/serving/requirements.txt
	$(PYTHON) -m venv --clear $(SERVING_VENV)
	$(SERVING_VENV)/bin/python -m pip install --no-input --disable-pip-version-check --requirement $<
	touch $@

.PHONY: check-random-networks
check-random-networks: build-testing venv ## Compare deeper with ONNX Runtime on random networks (NETWORKS=2000)
	DEEPER_RANDOM_NETWORKS=$(or $(NETWORKS),2000) $(SWIFT) test --skip-build $(TESTING) --filter ONNXRuntimeTests

.PHONY: check-models
check-models: command venv ## Compare deeper with ONNX Runtime on the real models of the test data
	$(VENV)/bin/python Tests/Python/real_models.py $(DEEPER)

.PHONY: check-tflite
check-tflite: library venv ## Compare deeper with LiteRT on the networks of three Python packages
	PYTHONPATH=python DEEPER_LIBRARY='$(abspath $(LIBRARY))' $(VENV)/bin/python Tests/Python/tflite_models.py --large

# PyTorch, with which Keras writes ONNX, takes some gigabytes.
.PHONY: check-keras
check-keras: library $(KERAS_VENV)/.complete ## Compare deeper with Keras on networks that Keras saves and exports
	PYTHONPATH=python DEEPER_LIBRARY='$(abspath $(LIBRARY))' $(KERAS_VENV)/bin/python Tests/Python/keras/keras_models.py

$(KERAS_VENV)/.complete: Tests/Python/keras/requirements.txt
	$(PYTHON) -m venv --clear $(KERAS_VENV)
	$(KERAS_VENV)/bin/python -m pip install --no-input --disable-pip-version-check --requirement $<
	touch $@

.PHONY: check-quantized
check-quantized: command venv ## Compare every layer of QDQ models with ONNX Runtime (MODEL="FILES")
	$(VENV)/bin/python Tests/Python/quantized_layers.py $(DEEPER) $(MODEL)

.PHONY: fuzz
fuzz: setup ## Feed random bytes to the readers of requests, models and pictures (SECONDS_EACH=5)
	SWIFT='$(SWIFT)' scripts/fuzz.sh $(or $(SECONDS_EACH),5)

# SECONDS_OF_LOAD=600 gives the ten minutes of docs/serving.md.
.PHONY: check-load
check-load: build $(SERVING_VENV)/.complete ## Load the server with good, bad and hostile clients (SECONDS_OF_LOAD=600)
	$(SERVING_VENV)/bin/python Tests/Python/serving/mixed_load.py --deeper $(DEEPER) \
	    --seconds $(or $(SECONDS_OF_LOAD),600)
	$(SERVING_VENV)/bin/python Tests/Python/serving/mixed_load.py --deeper $(DEEPER) --hostile \
	    --seconds $(or $(SECONDS_OF_LOAD),600)

.PHONY: check-sanitizers
check-sanitizers: setup $(SERVING_VENV)/.complete ## Run the server's tests and hostile clients under ThreadSanitizer and AddressSanitizer
	SWIFT='$(SWIFT)' scripts/check-sanitizers.sh

.PHONY: check-names
check-names: setup ## Build a program whose targets have former names of deeper's targets
	SWIFT='$(SWIFT)' scripts/check-names.sh

.PHONY: check-dependency
check-dependency: setup ## Build a program that depends on deeper by URL and version
	SWIFT='$(SWIFT)' scripts/check-dependency.sh

.PHONY: check-routines
check-routines: ## Try CONTRIBUTING's recipe for a packed product in a copy of the SIMD loops
	SWIFT='$(SWIFT)' scripts/check-routines.sh

.PHONY: check-mathematics
check-mathematics: ## Compare vectorised functions with float64 on 10^8 floats (STEP=43: every 43rd)
	SWIFT='$(SWIFT)' scripts/check-mathematics.sh $(STEP)

.PHONY: check-arm64
check-arm64: ## Run the packed products for arm64 under qemu-user (installs a cross compiler's libraries and qemu-user)
	SWIFT='$(SWIFT)' scripts/check-arm64.sh

PREFIX ?= build/prefix
LIBRARY := .build-library/release/libDeeperC.so

.PHONY: library install wheel
library: setup ## Build libdeeper.so, the C library with Swift inside
	SWIFT='$(SWIFT)' scripts/build-library.sh .build-library $(STRICT_IMPORTS)

install: library ## Install libdeeper.so, deeper.h, the CMake package and the pkg-config file below PREFIX
	scripts/install.sh $(LIBRARY) '$(PREFIX)'

wheel: library $(PACKAGING_VENV)/.complete ## Build the Python package into build/wheels
	packaging/wheel/build.sh $(LIBRARY) build/wheels $(PACKAGING_VENV)/bin/python

$(PACKAGING_VENV)/.complete: packaging/wheel/requirements.txt
	$(PYTHON) -m venv --clear $(PACKAGING_VENV)
	$(PACKAGING_VENV)/bin/python -m pip install --no-input --disable-pip-version-check --requirement $<
	touch $@

PACKAGES := build/packages
PACKAGE_VERSION = $(shell sed -n 's/^\#define DEEPER_VERSION "\(.*\)"$$/\1/p' Sources/Interfaces/CDeeper/include/deeper.h)
DEB = $(PACKAGES)/deeper_$(PACKAGE_VERSION)_$(shell dpkg --print-architecture).deb
PYTHONS ?= $(PYTHON)

.PHONY: package source-archive deb image check-package check-deb check-image check-wheel
package: source-archive deb image wheel ## Make all packages: source archive, Debian package and image in build/packages, wheel in build/wheels (root)

source-archive: ## Make the source archive of the last commit in build/packages
	packaging/source.sh $(PACKAGES)

deb: build library ## Make the Debian package in build/packages
	packaging/debian/build.sh $(DEEPER) $(DEEPER)-server $(LIBRARY) $(PACKAGES)

image: deb ## Make an OCI image of the server in build/packages (root)
	packaging/oci/build.sh $(DEB) $(PACKAGES)

check-package: check-deb check-image check-wheel ## Install, use and remove every package in fresh systems (root)

check-deb: deb
	packaging/debian/check.sh $(DEB) build/debian-12.tar

check-image: image
	packaging/oci/check.sh $(PACKAGES)/deeper-$(PACKAGE_VERSION)-oci

check-wheel: wheel ## Try the wheel in fresh environments (PYTHONS="python3.11 python3.13") and in Debian 13
	packaging/wheel/check.sh build/wheels/*.whl $(PYTHONS)
	packaging/wheel/check-root.sh build/wheels/*.whl trixie http://deb.debian.org/debian

.PHONY: bench
bench: setup ## Run the benchmarks of the nested package in Benchmarks
	$(SWIFT) package --package-path Benchmarks benchmark

THREADS ?= 1,2
BATCH ?= 1,16

.PHONY: bench-peers
bench-peers: command $(PEERS_VENV)/.complete ## Time MODELS in deeper and other engines, in alternation (THREADS=1,2 BATCH=1,16 ROUNDS=10)
	$(PEERS_VENV)/bin/python Benchmarks/peers/compare.py $(MODELS) --threads $(THREADS) --batch $(BATCH) --rounds $(or $(ROUNDS),10) --json build/peers.json --plot build/peers.svg

.PHONY: bench-precision
bench-precision: command $(PEERS_VENV)/.complete ## Time MODEL in float32 and int8, as each engine quantises it, and compare answers (PICTURES=DIR OPTIONS=...)
	$(PEERS_VENV)/bin/python Benchmarks/peers/precision.py $(MODEL) --pictures $(PICTURES) $(OPTIONS) \
	    --rounds $(or $(ROUNDS),10) --json build/precision.json --plot build/precision.svg

.PHONY: bench-start
bench-start: command $(PEERS_VENV)/.complete ## Time whole processes of deeper, ncnn and ONNX Runtime that answer once (MODELS=FILE ROUNDS=10)
	$(PEERS_VENV)/bin/python Benchmarks/peers/start.py $(MODELS) --rounds $(or $(ROUNDS),10)

NETWORKS_VENV := .venv-networks

# Exporting takes minutes and some gigabytes of Python packages, but only once; networks are kept in build/networks.
.PHONY: bench-networks
bench-networks: command $(PEERS_VENV)/.complete build/networks/.complete ## Time networks as written by exporters in deeper and other engines (ROUNDS=10 ONLY=NAMES)
	$(PEERS_VENV)/bin/python Tests/Python/tflite_models.py --large --download
	$(PEERS_VENV)/bin/python Benchmarks/networks/compare.py build/networks --rounds $(or $(ROUNDS),10) \
	    $(if $(ONLY),--only $(ONLY)) --json build/networks.json --plot build/networks.svg

build/networks/.complete: $(NETWORKS_VENV)/.complete Benchmarks/networks/export.py
	$(NETWORKS_VENV)/bin/python Benchmarks/networks/export.py build/networks
	touch $@

$(NETWORKS_VENV)/.complete: Benchmarks/networks/requirements.txt
	$(PYTHON) -m venv --clear $(NETWORKS_VENV)
	$(NETWORKS_VENV)/bin/python -m pip install --no-input --disable-pip-version-check --requirement $<
	touch $@

$(PEERS_VENV)/.complete: Benchmarks/peers/requirements.txt Benchmarks/peers/requirements-without-dependencies.txt
	$(PYTHON) -m venv --clear $(PEERS_VENV)
	$(PEERS_VENV)/bin/python -m pip install --no-input --disable-pip-version-check --requirement $<
	$(PEERS_VENV)/bin/python -m pip install --no-input --disable-pip-version-check --no-deps \
	    --requirement Benchmarks/peers/requirements-without-dependencies.txt
	touch $@

.PHONY: bench-serve
bench-serve: build $(BENCH_SERVING_VENV)/.complete ## Measure deeper serve, FastAPI and Triton with ONNX Runtime under load (MODEL=NAME=FILE ROUNDS=5)
	$(BENCH_SERVING_VENV)/bin/python Benchmarks/serving/bench_serve.py --deeper $(DEEPER) --rounds $(or $(ROUNDS),5) \
	    $(if $(MODEL),--model $(MODEL)) $(if $(INSTANCES),--instances $(INSTANCES)) --loadgen --json build/serving.json --plot build/serving.svg

.PHONY: check-triton-answers
check-triton-answers: build $(BENCH_SERVING_VENV)/.complete ## Compare deeper serve with a real Triton, answer by answer
	$(BENCH_SERVING_VENV)/bin/python Tests/Python/serving/conform.py --deeper $(DEEPER) --triton

$(BENCH_SERVING_VENV)/.complete: Benchmarks/serving/requirements.txt Tests/Python/serving/requirements-triton.txt
	$(PYTHON) -m venv --clear $(BENCH_SERVING_VENV)
	$(BENCH_SERVING_VENV)/bin/python -m pip install --no-input --disable-pip-version-check --requirement $<
	touch $@

.PHONY: bench-kernels
bench-kernels: command $(PEERS_VENV)/.complete ## Time every convolution shape of MODEL, compared with OpenBLAS and the core's peak (MODEL="FLOAT QUANTISED" ROUNDS=25)
	$(PEERS_VENV)/bin/python Benchmarks/kernels/roofline.py $(or $(MODEL),googlenet) --rounds $(or $(ROUNDS),25) \
	    --json build/kernels.json --plot build/kernels.svg

.PHONY: bench-scaling
bench-scaling: command $(PEERS_VENV)/.complete ## Time MODEL against batch, threads, picture size and callers (ROUNDS=5)
	mkdir -p build/peers
	$(PEERS_VENV)/bin/python Benchmarks/scaling/scale.py $(or $(MODEL),googlenet) --rounds $(or $(ROUNDS),5) \
	    --json build/scaling.json --plot build/scaling.svg

.PHONY: bench-inception
bench-inception: command $(PEERS_VENV)/.complete ## Count, time and reduce Inception modules, and write docs/naive-vs-reduced.md
	$(PEERS_VENV)/bin/python Benchmarks/inception/inception.py --rounds $(or $(ROUNDS),10) \
	    $(if $(DEEPER_TEST_DATA),--data $(DEEPER_TEST_DATA))

# The counters need PyTorch, which takes gigabytes, so they have an environment of their own.
COUNTERS_VENV = .venv-counters
COUNTED_MODELS = $(addprefix $(or $(DEEPER_TEST_DATA),../shared/data)/,models/bvlc_googlenet.onnx \
    onnx/light/light_resnet50.onnx models/mobilenet_v1_025_224.onnx models/squeezenet_v1.1.onnx)

.PHONY: check-counters
check-counters: build-testing $(COUNTERS_VENV)/.complete ## Count with fvcore, ptflops and thop, and write the results for the tests
	$(COUNTERS_VENV)/bin/python Benchmarks/counters/count.py Tests/CountingTests/counters.json $(COUNTED_MODELS)
	$(SWIFT) test --skip-build $(TESTING) --filter CounterTests

$(COUNTERS_VENV)/.complete: Benchmarks/counters/requirements.txt
	$(PYTHON) -m venv --clear $(COUNTERS_VENV)
	$(COUNTERS_VENV)/bin/python -m pip install --no-input --disable-pip-version-check --requirement $<
	touch $@

# PyTorch's gradients and losses have one too.
PYTORCH_VENV = .venv-pytorch

.PHONY: check-pytorch
check-pytorch: build-testing $(PYTORCH_VENV)/.complete ## Compute gradients and losses with PyTorch, and write them for the tests
	$(PYTORCH_VENV)/bin/python Benchmarks/pytorch/golden.py Tests/TrainingTests/pytorch.json
	$(SWIFT) test --skip-build $(TESTING) --filter PyTorchTests

.PHONY: bench-training
bench-training: command $(PYTORCH_VENV)/.complete ## Time GoogLeNet's training steps and PyTorch's, in alternation (ROUNDS=10)
	$(PYTORCH_VENV)/bin/python Benchmarks/pytorch/step.py --rounds $(or $(ROUNDS),10) --json build/training-step.json

$(PYTORCH_VENV)/.complete: Benchmarks/pytorch/requirements.txt
	$(PYTHON) -m venv --clear $(PYTORCH_VENV)
	$(PYTORCH_VENV)/bin/python -m pip install --no-input --disable-pip-version-check --requirement $<
	touch $@

# The checks of the integrations need many packages: each has an environment of its own.
TRITON_VENV := .venv-triton-backend
MANIFESTS_VENV := .venv-manifests

.PHONY: check-triton
check-triton: install $(TRITON_VENV)/.complete ## Build the Triton backend and run it in the real Triton
	cmake -S integrations/triton -B build/triton -DCMAKE_PREFIX_PATH=$(abspath $(PREFIX))
	cmake --build build/triton
	cmake --install build/triton --prefix build/triton/stage
	cmake -S integrations/triton -B build/triton-host -DCMAKE_PREFIX_PATH=$(abspath $(PREFIX)) \
	    -DDEEPER_TRITON_TESTS=ON -DCMAKE_CXX_FLAGS=-fsanitize=address,undefined
	cmake --build build/triton-host --target host_test
	DEEPER_LIBRARY=$(abspath build/triton/stage/backends/deeper/libdeeper.so.1) $(TRITON_VENV)/bin/python \
	    integrations/triton/check.py build/triton/stage/backends build/triton-host/host_test

$(TRITON_VENV)/.complete: integrations/triton/requirements.txt
	$(PYTHON) -m venv --clear $(TRITON_VENV)
	$(TRITON_VENV)/bin/python -m pip install --no-input --disable-pip-version-check --requirement $<
	touch $@

RAY_VENV := .venv-ray

.PHONY: check-ray
check-ray: wheel $(RAY_VENV)/.complete ## Score pictures in bulk with Ray (DEEPER_RAY_PICTURES=2000 ROUNDS=3: the long run)
	$(RAY_VENV)/bin/python -m pip install --no-input --disable-pip-version-check --quiet --no-deps --force-reinstall \
	    build/wheels/deeper_engine-*.whl
	$(RAY_VENV)/bin/python Tests/Python/ray_tests.py

$(RAY_VENV)/.complete: python/pyproject.toml
	$(PYTHON) -m venv $(RAY_VENV)
	$(RAY_VENV)/bin/python -m pip install --no-input --disable-pip-version-check 'ray[data]==2.60.0' \
	    numpy==2.4.6 pillow==13.0.0
	touch $@

.PHONY: check-manifests
check-manifests: build $(MANIFESTS_VENV)/.complete ## Check the KServe manifests and the Containerfile
	$(MANIFESTS_VENV)/bin/python integrations/kserve/check.py --command $(DEEPER)
	$(MANIFESTS_VENV)/bin/python integrations/container/check.py --command $(DEEPER)

$(MANIFESTS_VENV)/.complete: integrations/kserve/requirements.txt integrations/container/requirements.txt
	$(PYTHON) -m venv --clear $(MANIFESTS_VENV)
	$(MANIFESTS_VENV)/bin/python -m pip install --no-input --disable-pip-version-check $(addprefix --requirement ,$^)
	touch $@

.PHONY: baseline
baseline: setup ## Build the plain-C baselines with CMake into build/baselines
	cmake -S Benchmarks/Baselines -B build/baselines -DCMAKE_BUILD_TYPE=Release
	cmake --build build/baselines

.PHONY: lint
lint: ## Check the format of Swift code and the syntax of scripts
	@SWIFT='$(SWIFT)' PYTHON='$(PYTHON)' scripts/lint.sh

DOCS_VENV := .venv-docs
# The build whose modules the documentation is made from and checked with. Another build, such as .build-testing/release, is
# used as it is, with its command.
DOCS_BUILD ?= .build-docs/debug
DOCS_COMMAND := $(if $(filter .build-docs/debug,$(DOCS_BUILD)),$(DEEPER),$(DOCS_BUILD)/deeper)
# The path at which a web server has the site, such as /deeper; empty for its top.
DOCS_BASE ?=

.PHONY: docs check-docs docs-modules
docs-modules: setup
ifeq ($(DOCS_BUILD),.build-docs/debug)
	for target in DeeperServing DeeperTraining DeeperBuiltinModel; do \
	    $(SWIFT_BUILD) --scratch-path .build-docs --target $$target; done
endif

docs: docs-modules $(DOCS_VENV)/.complete ## Write guides and references as a static site to build/docs
	SWIFT='$(SWIFT)' PYTHON='$(PYTHON)' scripts/docs/api.sh $(DOCS_BUILD) build/api $(DOCS_BASE)/api
	NO_MKDOCS_2_WARNING=1 $(DOCS_VENV)/bin/mkdocs build
	cp -R build/api/site/. build/docs/api

check-docs: docs library venv $(if $(filter $(DEEPER),$(DOCS_COMMAND)),command) ## Check the documentation's links, words and code, and that public symbols have comments
	$(PYTHON) scripts/docs/check-prose.py
	$(PYTHON) scripts/docs/check-links.py build/docs
	$(PYTHON) scripts/docs/check-symbols.py build/api/symbols
	DEEPER=$(DOCS_COMMAND) DEEPER_BUILD=$(DOCS_BUILD) DOCS_PYTHON=$(VENV)/bin/python \
	    PYTHONPATH='$(CURDIR)/python' DEEPER_LIBRARY='$(CURDIR)/$(LIBRARY)' $(PYTHON) scripts/docs/run-code.py

$(DOCS_VENV)/.complete: docs/requirements.txt
	$(PYTHON) -m venv --clear $(DOCS_VENV)
	$(DOCS_VENV)/bin/python -m pip install --no-input --disable-pip-version-check --requirement $<
	touch $@

.PHONY: proto
proto: venv ## Regenerate the Swift code of onnx.proto and inference.proto (needs protoc)
	scripts/generate-onnx-proto.sh
	scripts/generate-inference-proto.sh

.PHONY: clean
clean: ## Remove everything that was built; .venv stays
	rm -rf .build $(SERVER_BUILD) .build-testing .build-library .build-docs .build-fuzzing build Benchmarks/.build python/build python/*.egg-info
	rm -f python/deeper/libdeeper.so
