"""Part of serving_tests.py: gRPC's own health probes and server reflection, through the libraries of others."""

import os
import signal
import tempfile
import threading
import unittest

import grpc
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message_factory import GetMessageClass
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase
from tritonclient.grpc import service_pb2

import grpc_calls
from deeper_server import DeeperServer, deeper_file
from models import small

SERVING, NOT_SERVING = health_pb2.HealthCheckResponse.SERVING, health_pb2.HealthCheckResponse.NOT_SERVING
SERVICE = "inference.GRPCInferenceService"


class HealthTests(unittest.TestCase):
    """grpc_health_probe's protocol."""

    def setUp(self):
        folder = self.enterContext(tempfile.TemporaryDirectory())
        self.server = self.enterContext(DeeperServer(deeper_file(), [small(folder)], "--drain-delay", 2))
        self.server.wait_until_ready()
        self.channel = self.enterContext(grpc_calls.channel(self.server.grpc))
        self.stub = health_pb2_grpc.HealthStub(self.channel)

    def check(self, name):
        return self.stub.Check(health_pb2.HealthCheckRequest(service=name), timeout=10).status

    def test_check(self):
        for name in ("", SERVICE, "small"):
            self.assertEqual(SERVING, self.check(name), name)
        with self.assertRaises(grpc.RpcError) as caught:
            self.check("nothing")
        self.assertEqual(grpc.StatusCode.NOT_FOUND, caught.exception.code())
        unload = service_pb2.RepositoryModelUnloadRequest(model_name="small")
        grpc_calls.call(self.server, "RepositoryModelUnload", unload)
        self.assertEqual(NOT_SERVING, self.check("small"))
        self.assertEqual(SERVING, self.check(""))

    def test_watch(self):
        seen, changed = [], threading.Event()

        def watch():
            try:
                for answer in self.stub.Watch(health_pb2.HealthCheckRequest()):
                    seen.append(answer.status)
                    changed.set()
            except grpc.RpcError:
                pass

        threading.Thread(target=watch, daemon=True).start()
        self.assertTrue(changed.wait(10))
        changed.clear()
        os.kill(self.server.pid, signal.SIGTERM)
        self.assertTrue(changed.wait(10))
        self.assertEqual([SERVING, NOT_SERVING], seen)
        self.assertEqual(0, self.server.process.wait(20))


class ReflectionTests(unittest.TestCase):
    """What grpcurl does: services, their messages and a call, all without a .proto file."""

    @classmethod
    def setUpClass(cls):
        folder = cls.enterClassContext(tempfile.TemporaryDirectory())
        cls.server = cls.enterClassContext(DeeperServer(deeper_file(), [small(folder)])).wait_until_ready()
        cls.channel = cls.enterClassContext(grpc_calls.channel(cls.server.grpc))

    def test_services(self):
        database = ProtoReflectionDescriptorDatabase(self.channel)
        self.assertLessEqual({SERVICE, "grpc.health.v1.Health", "grpc.reflection.v1.ServerReflection"},
                             set(database.get_services()))

    def test_call_without_proto(self):
        pool = DescriptorPool(ProtoReflectionDescriptorDatabase(self.channel))
        method = pool.FindServiceByName(SERVICE).FindMethodByName("ModelMetadata")
        request, answer = GetMessageClass(method.input_type), GetMessageClass(method.output_type)
        call = self.channel.unary_unary(
            f"/{SERVICE}/ModelMetadata", request_serializer=request.SerializeToString,
            response_deserializer=answer.FromString)
        found = call(request(name="small"), timeout=10)
        self.assertEqual(("small", "x"), (found.name, found.inputs[0].name))

    def test_version_1_has_the_same_messages(self):
        call = self.channel.stream_stream(
            "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
            request_serializer=reflection_pb2.ServerReflectionRequest.SerializeToString,
            response_deserializer=reflection_pb2.ServerReflectionResponse.FromString)
        requests = [
            reflection_pb2.ServerReflectionRequest(file_containing_symbol=f"{SERVICE}.ModelInfer"),
            reflection_pb2.ServerReflectionRequest(file_by_filename="health.proto"),
            reflection_pb2.ServerReflectionRequest(file_containing_symbol="no.such.Thing"),
        ]
        first, second, third = call(iter(requests), timeout=10)
        self.assertEqual(1, len(first.file_descriptor_response.file_descriptor_proto))
        self.assertEqual(1, len(second.file_descriptor_response.file_descriptor_proto))
        self.assertEqual(grpc.StatusCode.NOT_FOUND.value[0], third.error_response.error_code)
