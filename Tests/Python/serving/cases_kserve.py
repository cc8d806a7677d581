"""KServe's SDK, unmodified, over HTTP and gRPC.

It and tritonclient each bring the protocol's messages under the same names, which one process cannot have twice: this
file is a program, `cases_kserve.py HTTP GRPC`, that prints its records as JSON.
"""

import asyncio
import json
import sys

import httpx
from kserve import InferenceRESTClient, InferInput, InferRequest, RESTConfig
from kserve.inference_client import InferenceGRPCClient
from kserve.protocol.infer_type import RequestedOutput

from cases import CASES, case, run_all
from records import tensor
from target import Target, small_input


def request(binary=False, model="small", **keys):
    array = small_input()
    entry = InferInput("x", list(array.shape), "FP32")
    entry.set_data_from_numpy(array, binary_data=binary)
    return InferRequest(model, [entry], request_id="seven", **keys)


def answered(response):
    outputs = sorted(response.outputs, key=lambda output: output.name)
    return {"id": response.id, "model": response.model_name, "version": response.model_version,
            "tensors": [tensor(each.name, each.datatype, each.shape, each.as_numpy()) for each in outputs]}


def rest(target, work):
    """What `work`, a function of client and address, gives in an event loop."""

    async def run():
        client = InferenceRESTClient(RESTConfig(protocol="v2", timeout=20))
        try:
            return await work(client, f"http://{target.http}")
        except httpx.HTTPStatusError as error:
            return {"status": error.response.status_code}
        finally:
            await client.close()

    return asyncio.run(run())


@case
def kserve_health(target):
    async def work(client, address):
        return [await client.is_server_live(address), await client.is_server_ready(address),
                await client.is_model_ready(address, "small")]

    return rest(target, work)


@case
def kserve_model_ready_unknown(target):
    async def work(client, address):
        return {"ready": await client.is_model_ready(address, "nobody")}

    return rest(target, work)


@case
def kserve_infer(target):
    async def work(client, address):
        return answered(await client.infer(address, request(), "small"))

    return rest(target, work)


@case
def kserve_infer_binary(target):
    async def work(client, address):
        wanted = [RequestedOutput("prob", parameters={"binary_data": True})]
        return answered(await client.infer(address, request(binary=True, request_outputs=wanted), "small"))

    return rest(target, work)


@case
def kserve_infer_unknown(target):
    async def work(client, address):
        return answered(await client.infer(address, request(model="nobody"), "nobody"))

    return rest(target, work)


@case
def kserve_grpc(target):
    async def run():
        async with InferenceGRPCClient(target.grpc, timeout=20) as client:
            return {"live": await client.is_server_live(), "ready": await client.is_server_ready(),
                    "model": await client.is_model_ready("small"), **answered(await client.infer(request(binary=True)))}

    return asyncio.run(run())


if __name__ == "__main__":
    print(json.dumps(run_all(CASES, Target(*sys.argv[1:3]))))
