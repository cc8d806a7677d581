import CFuzzingDriver
import Glibc

// usage: DEEPER_FUZZ=request|onnx|safetensors|picture|prototxt|caffemodel|tflite fuzzing [libFuzzer option ...] CORPUS...

guard let name = getenv("DEEPER_FUZZ").map({ String(cString: $0) }), let subject = Subject(rawValue: name) else {
    let names = Subject.allCases.map(\.rawValue).joined(separator: ", ")
    _ = "DEEPER_FUZZ should be one of \(names)\n".withCString { write(STDERR_FILENO, $0, strlen($0)) }
    exit(64)
}
// A C function cannot capture which.
let callback: @convention(c) (UnsafePointer<UInt8>?, Int) -> Int32 =
    switch subject {
    case .request: { Subject.request.read(UnsafeRawBufferPointer(start: $0, count: $1)) }
    case .onnx: { Subject.onnx.read(UnsafeRawBufferPointer(start: $0, count: $1)) }
    case .safetensors: { Subject.safetensors.read(UnsafeRawBufferPointer(start: $0, count: $1)) }
    case .picture: { Subject.picture.read(UnsafeRawBufferPointer(start: $0, count: $1)) }
    case .prototxt: { Subject.prototxt.read(UnsafeRawBufferPointer(start: $0, count: $1)) }
    case .caffemodel: { Subject.caffemodel.read(UnsafeRawBufferPointer(start: $0, count: $1)) }
    case .tflite: { Subject.tflite.read(UnsafeRawBufferPointer(start: $0, count: $1)) }
    }
var count = CommandLine.argc
var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = CommandLine.unsafeArgv
exit(LLVMFuzzerRunDriver(&count, &arguments, callback))
