#!/usr/bin/env python3
"""Runs a model by ONNX Runtime: run_model.py MODEL INPUT.npy OUTPUT.npy. The model has one input; the first output is written."""

import sys

import numpy
import onnxruntime

model, source, target = sys.argv[1:]
options = onnxruntime.SessionOptions()
options.log_severity_level = 3
session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
numpy.save(target, session.run(None, {session.get_inputs()[0].name: numpy.load(source)})[0])
