"""Part of serving_tests.py: integers of 16 bits and unsigned ones, over HTTP and gRPC."""

import tempfile
import unittest
from pathlib import Path

import grpc
import numpy
import onnx
import tritonclient.grpc
import tritonclient.http
from onnx import TensorProto, helper
from tritonclient.grpc import service_pb2

import grpc_calls
from deeper_server import DeeperServer, deeper_file
from models import Model
from requests_oip import body_json
from target import Target

TYPES = [
    (numpy.int16, TensorProto.INT16, "INT16", "int_contents"),
    (numpy.uint16, TensorProto.UINT16, "UINT16", "uint_contents"),
    (numpy.uint32, TensorProto.UINT32, "UINT32", "uint_contents"),
    (numpy.uint64, TensorProto.UINT64, "UINT64", "uint64_contents"),
]


def write_model(folder, kind, datatype):
    """x [N,2] -> x + 1, which wraps -> y [N,2]."""
    graph = helper.make_graph(
        [helper.make_node("Add", ["x", "one"], ["y"])], datatype, [helper.make_tensor_value_info("x", kind, ["N", 2])],
        [helper.make_tensor_value_info("y", kind, ["N", 2])], [helper.make_tensor("one", kind, [1], [1])])
    path = Path(folder) / f"{datatype}.onnx"
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)
    return Model(datatype, path)


class IntegerTests(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = cls.enterClassContext(tempfile.TemporaryDirectory())
        models = [write_model(folder, kind, datatype) for _, kind, datatype, _ in TYPES]
        cls.server = cls.enterClassContext(DeeperServer(deeper_file(), models)).wait_until_ready()
        cls.target = Target(cls.server.http, cls.server.grpc)

    def given(self, dtype):
        """The ends of the type's range."""
        limits = numpy.iinfo(dtype)
        return numpy.array([[limits.min, limits.max]], dtype)

    def test_metadata(self):
        for _, _, datatype, _ in TYPES:
            found = self.target.curl(f"/v2/models/{datatype}")["json"]
            self.assertEqual([datatype, datatype], [found["inputs"][0]["datatype"], found["outputs"][0]["datatype"]])
            config = self.target.curl(f"/v2/models/{datatype}/config")["json"]
            self.assertEqual(f"TYPE_{datatype}", config["input"][0]["data_type"])

    def test_tritonclient_over_both_protocols(self):
        for dtype, _, datatype, _ in TYPES:
            for client, address in ((tritonclient.http, self.server.http), (tritonclient.grpc, self.server.grpc)):
                with client.InferenceServerClient(address) as connection:
                    given = client.InferInput("x", [1, 2], datatype)
                    given.set_data_from_numpy(self.given(dtype))
                    found = connection.infer(datatype, [given]).as_numpy("y")
                self.assertEqual(dtype, found.dtype)
                numpy.testing.assert_array_equal(self.given(dtype) + dtype(1), found)

    def test_json(self):
        for dtype, _, datatype, _ in TYPES:
            given = {"name": "x", "shape": [1, 2], "datatype": datatype, "data": self.given(dtype)[0].tolist()}
            answer = self.target.curl(f"/v2/models/{datatype}/infer", body=body_json(inputs=[given]))
            [output] = answer["json"]["outputs"]
            self.assertEqual(datatype, output["datatype"])
            self.assertEqual((self.given(dtype) + dtype(1))[0].tolist(), output["data"])

    def test_typed_contents(self):
        for dtype, _, datatype, field in TYPES:
            request = service_pb2.ModelInferRequest(model_name=datatype)
            entry = request.inputs.add(name="x", datatype=datatype, shape=[1, 2])
            getattr(entry.contents, field).extend(self.given(dtype)[0].tolist())
            answer = grpc_calls.call(self.target, "ModelInfer", request)
            self.assertEqual((self.given(dtype) + dtype(1)).tobytes(), answer.raw_output_contents[0])

    def test_numbers_beyond_the_range_are_refused(self):
        for dtype, _, datatype, field in TYPES:
            beyond = int(numpy.iinfo(dtype).max) + 1
            given = {"name": "x", "shape": [1, 2], "datatype": datatype, "data": [0, beyond]}
            answer = self.target.curl(f"/v2/models/{datatype}/infer", body=body_json(inputs=[given]))
            self.assertEqual(400, answer["status"])
            if dtype().itemsize > 2:
                continue
            request = service_pb2.ModelInferRequest(model_name=datatype)
            entry = request.inputs.add(name="x", datatype=datatype, shape=[1, 2])
            getattr(entry.contents, field).extend([0, beyond])
            answer = grpc_calls.call(self.target, "ModelInfer", request)
            self.assertEqual(grpc.StatusCode.INVALID_ARGUMENT, answer.code())
