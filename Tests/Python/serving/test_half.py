"""Part of serving_tests.py: models with inputs and outputs of 16 bits, over HTTP and gRPC."""

import tempfile
import unittest
from pathlib import Path

import numpy
import onnx
import tritonclient.grpc
import tritonclient.http
from onnx import TensorProto, helper

from deeper_server import DeeperServer, deeper_file
from models import Model
from requests_oip import body_json
from target import Target


def write_half(folder, name, kind):
    """x [N,4] -> x * 3 + 0.5 -> y [N,4], both of 16 bits."""
    three, half = ([helper.make_tensor(label, kind, [1], [value]) for label, value in (("three", 3), ("half", 0.5))])
    graph = helper.make_graph(
        [helper.make_node("Mul", ["x", "three"], ["product"]), helper.make_node("Add", ["product", "half"], ["y"])],
        name, [helper.make_tensor_value_info("x", kind, ["N", 4])], [helper.make_tensor_value_info("y", kind, ["N", 4])],
        [three, half])
    path = Path(folder) / f"{name}.onnx"
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)
    return Model(name, path)


class HalfTests(unittest.TestCase):
    INPUT = numpy.array([[1, -2, 0.25, 1000]], numpy.float16)
    EXPECTED = INPUT.astype(numpy.float32) * 3 + 0.5

    @classmethod
    def setUpClass(cls):
        folder = cls.enterClassContext(tempfile.TemporaryDirectory())
        models = [write_half(folder, "half", TensorProto.FLOAT16), write_half(folder, "brain", TensorProto.BFLOAT16)]
        cls.server = cls.enterClassContext(DeeperServer(deeper_file(), models)).wait_until_ready()
        cls.target = Target(cls.server.http, cls.server.grpc)

    def test_metadata(self):
        for name, datatype in (("half", "FP16"), ("brain", "BF16")):
            found = self.target.curl(f"/v2/models/{name}")["json"]
            self.assertEqual([datatype, datatype], [found["inputs"][0]["datatype"], found["outputs"][0]["datatype"]])
            config = self.target.curl(f"/v2/models/{name}/config")["json"]
            self.assertEqual(f"TYPE_{datatype}", config["input"][0]["data_type"])

    def test_tritonclient_over_both_protocols(self):
        for client, address in ((tritonclient.http, self.server.http), (tritonclient.grpc, self.server.grpc)):
            with client.InferenceServerClient(address) as connection:
                given = client.InferInput("x", [1, 4], "FP16")
                given.set_data_from_numpy(self.INPUT)
                found = connection.infer("half", [given]).as_numpy("y")
            self.assertEqual(numpy.float16, found.dtype)
            numpy.testing.assert_array_equal(self.EXPECTED.astype(numpy.float16), found)

    def test_json(self):
        for name, datatype in (("half", "FP16"), ("brain", "BF16")):
            given = {"name": "x", "shape": [1, 4], "datatype": datatype, "data": [1, -2, 0.25, 1000]}
            [output] = self.target.curl(f"/v2/models/{name}/infer", body=body_json(inputs=[given]))["json"]["outputs"]
            self.assertEqual(datatype, output["datatype"])
            numpy.testing.assert_allclose(output["data"], self.EXPECTED[0], rtol=2**-8)

    def test_what_has_no_place_in_half_is_refused(self):
        given = {"name": "x", "shape": [1, 4], "datatype": "FP16", "data": [1, 2, 3, 70000]}
        answer = self.target.curl("/v2/models/half/infer", body=body_json(inputs=[given]))
        self.assertEqual(400, answer["status"])
        self.assertIn("70000", answer["json"]["error"])
