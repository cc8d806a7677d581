"""The engines, each as one function that loads a model and returns a function that runs it once.

A loader takes (ONNX file, work folder, batch, threads) and returns a function of an input array [batch, C, H, W] that
returns the output array. Conversion to an engine's own format is done once, before, by prepare().
"""

import importlib.util
import pathlib
import subprocess
import sys


def load_onnxruntime(model, folder, batch, threads):
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    return lambda data: session.run(None, {name: data})[0]


def load_openvino(model, folder, batch, threads):
    import openvino

    core = openvino.Core()
    network = core.read_model(str(model))
    port = network.inputs[0]
    shape = port.get_partial_shape()
    for axis, extent in enumerate(SHAPES.get(model, [batch])):
        shape[axis] = extent
    shape[0] = batch
    network.reshape({port: shape})
    settings = {
        "INFERENCE_NUM_THREADS": threads,
        "PERFORMANCE_HINT": "LATENCY",
        "INFERENCE_PRECISION_HINT": "f32",
    }
    request = core.compile_model(network, "CPU", settings).create_infer_request()
    return lambda data: request.infer([data])[0]


def load_opencv(model, folder, batch, threads):
    import cv2

    cv2.setNumThreads(threads)
    network = cv2.dnn.readNetFromONNX(str(model))

    def run(data):
        network.setInput(data)
        return network.forward()

    return run


def load_ncnn(model, folder, batch, threads):
    import ncnn
    import numpy

    network = ncnn.Net()
    network.opt.num_threads = threads
    # fp32 throughout, as the others.
    network.opt.use_fp16_packed = network.opt.use_fp16_storage = network.opt.use_fp16_arithmetic = False
    network.opt.use_bf16_storage = False
    stem = folder / model.stem
    assert network.load_param(f"{stem}.ncnn.param") == 0 and network.load_model(f"{stem}.ncnn.bin") == 0

    def run(data):
        outputs = []
        # It has no batch: one image after the other.
        for image in data:
            extractor = network.create_extractor()
            extractor.input("in0", ncnn.Mat(image))
            outputs.append(numpy.array(extractor.extract("out0")[1]))
        return numpy.stack(outputs)

    return run


def load_mnn(model, folder, batch, threads):
    import MNN
    import numpy

    interpreter = MNN.Interpreter(str(folder / f"{model.stem}.mnn"))
    session = interpreter.createSession({"backend": "CPU", "numThread": threads, "precision": "high"})
    port = interpreter.getSessionInput(session)
    interpreter.resizeTensor(port, (batch, *network_input(model)[1:]))
    interpreter.resizeSession(session)

    def run(data):
        port.copyFrom(MNN.Tensor(data.shape, MNN.Halide_Type_Float, data, MNN.Tensor_DimensionType_Caffe))
        if interpreter.runSession(session) != 0:
            raise RuntimeError("MNN cannot run this network")
        output = interpreter.getSessionOutput(session)
        host = MNN.Tensor(
            output.getShape(),
            MNN.Halide_Type_Float,
            numpy.empty(output.getShape(), numpy.float32),
            MNN.Tensor_DimensionType_Caffe,
        )
        output.copyToHostTensor(host)
        return host.getNumpyData().copy()

    return run


def load_pytorch(model, folder, batch, threads):
    import torch
    import torch_graph

    torch.set_num_threads(threads)
    torch.set_num_interop_threads(1)
    network = torch_graph.Network(model).eval()
    extents = network_input(model)
    example = torch.rand([batch, *extents[1:]]).contiguous(memory_format=torch.channels_last)
    with torch.inference_mode():
        traced = torch.jit.optimize_for_inference(torch.jit.freeze(torch.jit.trace(network, example)))

    def run(data):
        with torch.inference_mode():
            return traced(torch.from_numpy(data).contiguous(memory_format=torch.channels_last)).numpy()

    return run


def load_litert(model, folder, batch, threads):
    """TFLite's own files, with the accelerated kernels that the interpreter uses by default."""
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(str(model), num_threads=threads)
    interpreter.allocate_tensors()
    place, result = interpreter.get_input_details()[0]["index"], interpreter.get_output_details()[0]["index"]

    def run(data):
        interpreter.set_tensor(place, data)
        interpreter.invoke()
        return interpreter.get_tensor(result)

    return run


# Extents for networks that leave theirs open, by their files.
SHAPES = {}


def network_input(model):
    """The extents of the model's input: declared, or those of SHAPES."""
    if model in SHAPES:
        return SHAPES[model]
    if model.suffix == ".tflite":
        from ai_edge_litert.interpreter import Interpreter

        return [int(extent) for extent in Interpreter(str(model)).get_input_details()[0]["shape"]]
    import onnx

    graph = onnx.load(str(model), load_external_data=False).graph
    constants = {tensor.name for tensor in graph.initializer}
    port = next(value for value in graph.input if value.name not in constants)
    return [dimension.dim_value for dimension in port.type.tensor_type.shape.dim]


LOADERS = {
    "onnxruntime": ("onnxruntime", load_onnxruntime),
    "openvino": ("openvino", load_openvino),
    "ncnn": ("ncnn", load_ncnn),
    "opencv": ("cv2", load_opencv),
    "mnn": ("MNN", load_mnn),
    "litert": ("ai_edge_litert", load_litert),
    "pytorch": ("torch", load_pytorch),
}


def available():
    """The engines that are installed."""
    return [name for name, (module, _) in LOADERS.items() if importlib.util.find_spec(module)]


def prepare(name, model: pathlib.Path, folder: pathlib.Path, shape):
    """Converts a model where an engine needs its own format; does nothing where that was done already."""
    folder.mkdir(parents=True, exist_ok=True)
    if name == "ncnn" and not (folder / f"{model.stem}.ncnn.bin").exists():
        # The converter writes next to its input.
        copy = folder / model.name
        copy.write_bytes(model.read_bytes())
        tool = pathlib.Path(importlib.util.find_spec("pnnx").origin).parent / "pnnx"
        extents = ",".join(str(extent) for extent in [1, *shape[1:]])
        tool.chmod(0o755)
        command = [str(tool), str(copy), f"inputshape=[{extents}]", "fp16=0"]
        subprocess.run(command, check=True, capture_output=True)
    if name == "mnn" and not (folder / f"{model.stem}.mnn").exists():
        target = folder / f"{model.stem}.mnn"
        arguments = ["mnnconvert", "-f", "ONNX", "--modelFile", str(model), "--MNNModel", str(target)]
        # Not by the command of this name: it installs packages and asks a service for credentials.
        code = f"import MNN, _tools; _tools.mnnconvert({[*arguments, '--bizCode', 'deeper']!r})"
        subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
        if not target.exists():
            raise subprocess.CalledProcessError(1, arguments)
