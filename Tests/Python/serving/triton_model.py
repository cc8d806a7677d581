"""What Triton's Python backend runs for a model of these tests: ONNX Runtime, one run for all requests of a batch."""

import json

import numpy
import onnxruntime
import triton_python_backend_utils as triton


class TritonPythonModel:
    def initialize(self, arguments):
        config = json.loads(arguments["model_config"])
        parameters = {key: value["string_value"] for key, value in config["parameters"].items()}
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = int(parameters["threads"])
        self.session = onnxruntime.InferenceSession(
            parameters["file"], options, providers=["CPUExecutionProvider"])
        self.inputs = [port["name"] for port in config["input"]]
        self.outputs = [port["name"] for port in config["output"]]

    def execute(self, requests):
        given = [[triton.get_input_tensor_by_name(each, name).as_numpy() for name in self.inputs] for each in requests]
        feed = {name: numpy.concatenate(arrays) for name, arrays in zip(self.inputs, zip(*given))}
        found = self.session.run(self.outputs, feed)
        responses, start = [], 0
        for request, arrays in zip(requests, given):
            end = start + len(arrays[0])
            asked = set(request.requested_output_names())
            tensors = [
                triton.Tensor(name, whole[start:end]) for name, whole in zip(self.outputs, found) if name in asked]
            responses.append(triton.InferenceResponse(tensors))
            start = end
        return responses
