#!/usr/bin/env bash
# Makes the int8 form of the model that comes with deeper, from pictures of CIFAR-10 that it was trained on.
#
# usage: scripts/quantize-builtin-model.sh FOLDER
#
# FOLDER has a subfolder of pictures for each class, those of CIFAR-10's training set. The last bits of the weights
# depend on the instruction set; docs/builtin-model.md says how the committed file was made, and how accurate it is.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
[[ $# == 1 ]] || { echo "usage: scripts/quantize-builtin-model.sh FOLDER" >&2; exit 64; }

.build/release/deeper quantize builtin -o Sources/Networks/CDeeperBuiltinModel/inception-cifar10-int8.onnx \
    --calibrate "folder:$1" --pictures 512
