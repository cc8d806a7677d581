import DeeperInferenceProtocol
import DeeperTestSupport
import Testing

struct LoadParametersTests {
    @Test(
        "a request that brings a model or its configuration is refused by the parameter's name",
        arguments: ["config", "file:1/model.onnx"])
    func refused(name: String) {
        let body = "{\"parameters\":{\"unload_dependents\":false,\"\(name)\":\"{}\"}}"
        #expect { try LoadParameters.check(body: Array(body.utf8)) } throws: { error in
            (error as? ServingError)?.kind == .badRequest && "\(error)".contains("\"\(name)\"")
        }
    }

    @Test(
        "others may be sent",
        arguments: ["", "{}", "{\"parameters\":null}", "{\"parameters\":{\"unload_dependents\":true}}"])
    func taken(body: String) throws { try LoadParameters.check(body: Array(body.utf8)) }

    @Test(
        "a body that is no JSON is refused",
        arguments: ["{", "[]", "{\"parameters\":1}", "{\"parameters\":{\"unload_dependents\":[]}}"])
    func malformed(body: String) {
        #expect { try LoadParameters.check(body: Array(body.utf8)) } throws: {
            ($0 as? ServingError)?.kind == .badRequest
        }
    }
}
