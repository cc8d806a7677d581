"""What clients of `deeper serve` rely on, seen from outside.

DEEPER is the command to test (default: .build/release/deeper), DEEPER_TEST_DATA the folder of test data. What needs
something that is missing here, a browser or promtool or a picture, is skipped and says so.
"""

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import numpy  # noqa: E402

import grpc_calls  # noqa: E402
from deeper_server import DeeperServer, Reference, deeper_file  # noqa: E402
from models import conformance_models  # noqa: E402
from processes import ServerError  # noqa: E402
from requests_oip import body_binary, body_json, input_json  # noqa: E402
from target import Target  # noqa: E402
from wire import outputs_of  # noqa: E402
from test_conformance import ConformanceTests  # noqa: E402,F401
from test_grpc_limits import GRPCMemoryTests, GRPCTimeoutTests  # noqa: E402,F401
from test_grpc_services import HealthTests, ReflectionTests  # noqa: E402,F401
from test_half import HalfTests  # noqa: E402,F401
from test_integers import IntegerTests  # noqa: E402,F401
from test_listeners import (  # noqa: E402,F401
    DescriptorTests, HeadTests, HealthPortTests, SocketTests)
from test_openapi import OpenAPITests  # noqa: E402,F401
from test_overload import FullQueueTests, SlowClientTests, StopTests  # noqa: E402,F401
from test_page import MetricsTests, PageTests  # noqa: E402,F401
from test_pictures import PictureTests  # noqa: E402,F401
from test_probes import ProbeTests  # noqa: E402,F401
from test_reload import CertificateTests, LogTests, ModelFolderTests  # noqa: E402,F401
from test_security import OriginTests, TLSTests, TokenTests  # noqa: E402,F401


class BitTests(unittest.TestCase):
    """A server's answers are bit for bit what `deeper run` writes, for every form of input and output."""

    @classmethod
    def setUpClass(cls):
        cls.folder = cls.enterClassContext(tempfile.TemporaryDirectory())
        cls.models = conformance_models(cls.folder)
        cls.server = cls.enterClassContext(DeeperServer(deeper_file(), cls.models)).wait_until_ready()
        cls.target = Target(cls.server.http, cls.server.grpc)
        cls.reference = Reference(deeper_file())

    def cases(self):
        """Models, inputs and what `deeper run` makes of them."""
        for model in self.models:
            for batch in (1, 2) if model.name == "squeezenet" else (1, 3, 8):
                array = model.input_array(batch, seed=batch)
                yield model, array, self.reference.run(model, array)

    def check(self, model, expected, found):
        for name, array in expected.items():
            self.assertEqual(array.tobytes(), found[name], f"{model.name}, {name}")

    def ask(self, model, body, *headers):
        answer = self.target.curl(f"/v2/models/{model.name}/infer", body=body, headers=headers)
        self.assertEqual(200, answer["status"], answer["data"][:300])
        return outputs_of(answer["headers"], answer["data"])

    def test_json_to_json(self):
        for model, array, expected in self.cases():
            entry = input_json(array, model.inputs[0].name)
            self.check(model, expected, self.ask(model, body_json(inputs=[entry])))

    def test_binary_to_binary(self):
        for model, array, expected in self.cases():
            body, line = body_binary(array, model.inputs[0].name, parameters={"binary_data_output": True})
            self.check(model, expected, self.ask(model, body, line))

    def test_fractions_survive_json(self):
        """Numbers with all the digits that a Float has, in both directions."""
        model = self.models[0]
        array = numpy.random.default_rng(11).standard_normal((2, *model.inputs[0].shape)).astype(numpy.float32)
        found = self.ask(model, body_json(inputs=[input_json(array)]))
        self.check(model, self.reference.run(model, array), found)

    def grpc(self, raw):
        for model, array, expected in self.cases():
            request = grpc_calls.infer_request(array, model.inputs[0].name, raw, model.name, outputs=())
            answer = grpc_calls.call(self.target, "ModelInfer", request)
            names = [output.name for output in answer.outputs]
            self.check(model, expected, dict(zip(names, answer.raw_output_contents)))

    def test_grpc_raw(self):
        self.grpc(raw=True)

    def test_grpc_typed(self):
        self.grpc(raw=False)

    def test_classification(self):
        """VALUE:INDEX[:LABEL] on both wires, with the values that printf's %f makes of the numbers."""
        for model, array, expected in self.cases():
            numbers = expected["prob"]
            wanted = []
            for row in numbers:
                for index in sorted(range(len(row)), key=lambda index: (-row[index], index))[:3]:
                    label = f":{model.labels[index]}" if model.labels else ""
                    wanted.append(f"{row[index]:f}:{index}{label}")
            outputs = [{"name": "prob", "parameters": {"classification": 3}}]
            body, line = body_binary(array, model.inputs[0].name, outputs)
            answer = self.target.curl(f"/v2/models/{model.name}/infer", body=body, headers=[line])
            self.assertEqual(wanted, answer["json"]["outputs"][0]["data"], model.name)
            request = grpc_calls.infer_request(array, model.inputs[0].name, model=model.name, outputs=(("prob", 3),))
            answer = grpc_calls.call(self.target, "ModelInfer", request)
            texts = grpc_calls.unpack(answer.raw_output_contents[0], "BYTES")
            self.assertEqual(wanted, [each.decode() for each in texts], model.name)


if __name__ == "__main__":
    try:
        deeper_file()
        subprocess.run(["curl", "--version"], capture_output=True, check=True)
    except (OSError, ServerError) as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(66)
    unittest.main(verbosity=2)
