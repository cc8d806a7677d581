import DeeperGraphs
import DeeperImport
import DeeperTensors
import DeeperTestSupport
import Testing

@Suite("networks of Caffe, without weights") struct CaffeTests {
    private func contents(_ text: String) throws -> ModelContents {
        try Array(text.utf8).withUnsafeBytes { try CaffeModel.contents(text: $0, weights: nil) }
    }

    private func message(_ text: String) -> String {
        do {
            _ = try contents(text)
            return ""
        } catch { return "\(error)" }
    }

    private let start = "input: 'x' input_shape { dim: 2 dim: 4 dim: 9 dim: 9 }\n"

    private func layer(_ type: String, _ parameters: String = "", name: String = "y", bottom: String = "x") -> String {
        "layer { name: '\(name)' type: '\(type)' bottom: '\(bottom)' top: '\(name)' \(parameters) }\n"
    }

    private func shapes(_ text: String) throws -> [String: [Int]] {
        let graph = try contents(text).graph
        let types = try graph.inferTypes(graph.declaredTypes(batch: 2, open: 1))
        let outputs = try graph.outputs.map { (graph.name(of: $0), try types.type($0).shape.dimensions) }
        return Dictionary(uniqueKeysWithValues: outputs)
    }

    @Test("both brackets, comments, lists, separators and joined texts") func grammar() throws {
        let text = """
            # a comment { with a bracket
            name: "a" 'b' ; input: "x", input_dim: [1, 0x2] input_dim: 010; input_dim: 3
            layers < name: "y" type: RELU bottom: "x" top: "y" relu_param: { negative_slope: 1e-1f } >
            """
        let graph = try contents(text).graph
        #expect(graph.name == "ab")
        #expect(graph.inputs[0].type.dimensions == [.symbol("N"), .fixed(2), .fixed(8), .fixed(3)])
        #expect(graph.nodes.map(\.operatorName) == ["LeakyRelu"])
    }

    @Test("errors name the line") func lines() {
        #expect(message(start + "layer { name: 'a").contains("line 2: a quoted text does not end"))
        #expect(message(start + "\nlayer { type: 'ReLU'").contains("line 3: the bracket opened in line 3"))
        #expect(message(start + "layer ( )").contains("line 2"))
        #expect(message(start + "layer: [ { } { } ]").contains("line 2: expected ',' or ']'"))
        #expect(
            message(start + layer("Magic")).contains(
                "unknown types: \"Magic\"; the first one is layer \"y\" (Magic, line 2)"))
        #expect(message(start + layer("ReLU", "relu_param { slope: 1 }")).contains("\"slope\" (line 2)"))
        #expect(message(start + layer("Softmax", "softmax_param { axis: 7 }")).contains("axis 7"))
    }

    @Test("hostile texts are refused, not obeyed") func hostile() throws {
        let deep = String(repeating: "a {", count: 10_000)
        let wide = String(repeating: "a:1 ", count: 300_000)
        let heavy = start + layer("InnerProduct", "inner_product_param { num_output: 2000000000 }")
        let boxes =
            start + "layer { name: 'p' type: 'PriorBox' bottom: 'x' bottom: 'x' top: 'p' prior_box_param { "
            + String(repeating: "min_size: 1 ", count: 100_000) + "} }"
        for text in [deep, wide, heavy, boxes] {
            #expect(try errorCode { _ = try contents(text) } == .limitExceeded)
        }
        let long = start + layer("Convolution", "convolution_param { num_output: 4 kernel_size: 99999999999 }")
        for text in ["", "\0", "{", ": 1", start, long, start + layer("ReLU", bottom: "z")] {
            #expect(try errorCode { _ = try contents(text) } == .invalidModel)
        }
    }

    @Test("extents of pooling are rounded up, and a window that begins in the padding is left out") func pooling()
        throws
    {
        func extents(_ parameters: String) throws -> [Int]? {
            try shapes(start + layer("Pooling", "pooling_param { \(parameters) }"))["y"]
        }
        #expect(try extents("kernel_size: 2 stride: 2") == [2, 4, 5, 5])
        #expect(try extents("kernel_size: 2 stride: 2 round_mode: FLOOR") == [2, 4, 4, 4])
        #expect(try extents("kernel_size: 3 stride: 2 pad: 1") == [2, 4, 5, 5])
        #expect(try extents("kernel_size: 2 stride: 2 pad: 1") == [2, 4, 5, 5])
        #expect(try extents("global_pooling: true pool: AVE") == [2, 4, 1, 1])
        // Without padding, Caffe computes with a window that is empty.
        #expect(message(start + layer("Pooling", "pooling_param { kernel_size: 1 stride: 4 }")).isEmpty)
        let outside = start.replacing("9", with: "7") + layer("Pooling", "pooling_param { kernel_size: 1 stride: 4 }")
        #expect(message(outside).contains("outside of the picture"))
    }

    @Test("layers in place keep the names of Caffe's blobs at the outputs") func inPlace() throws {
        let text =
            start + "layer { name: 'r' type: 'ReLU' bottom: 'x' top: 'x' }"
            + layer("Sigmoid", name: "s") + "layer { name: 't' type: 'TanH' bottom: 's' top: 's' }"
        let graph = try contents(text).graph
        #expect(graph.nodes.map(\.name) == ["r", "s", "t"])
        #expect(graph.outputs.map { graph.name(of: $0) } == ["s"])
        #expect(Set(graph.valueNames).count == graph.valueCount)
        let alone = try contents(start + "layer { name: 'r' type: 'ReLU' bottom: 'x' top: 'x' }").graph
        #expect(alone.inputs.map { alone.name(of: $0.value) } == ["x"])
        #expect(alone.outputs.map { alone.name(of: $0) } == ["r"])
    }

    @Test("layers of the phase TRAIN and of other stages are left out") func phases() throws {
        let rules = [
            "include { phase: TRAIN }", "exclude { phase: TEST }", "include { min_level: 1 }", "include { stage: 'a' }",
        ]
        for rule in rules {
            let graph = try contents(start + layer("Sigmoid") + layer("Magic", rule, name: "z")).graph
            #expect(graph.nodes.count == 1)
        }
        let staged = "state { level: 2 stage: 'deploy' }\n" + start
        for rule in ["include { stage: 'deploy' }", "include { min_level: 1 max_level: 3 }"] {
            #expect(message(staged + layer("Magic", rule)).contains("unknown types"))
            #expect(!message(start + layer("Magic", rule)).contains("unknown types"))
        }
        for rule in ["include { phase: TEST }", "exclude { phase: TRAIN }", "include { not_stage: 'a' }", ""] {
            #expect(message(start + layer("Magic", rule)).contains("unknown types"))
        }
    }

    @Test("the classifier with the largest loss is the first output; what Silence reads is none") func losses() throws {
        let text =
            start + layer("Sigmoid", name: "aux") + layer("TanH", name: "main") + layer("ReLU", name: "quiet")
            + "layer { name: 'l1' type: 'SoftmaxWithLoss' bottom: 'aux' bottom: 'x' top: 'l1' loss_weight: 0.3 }\n"
            + "layer { name: 'l2' type: 'SoftmaxWithLoss' bottom: 'main' bottom: 'x' top: 'l2' }\n"
            + "layer { name: 's' type: 'Silence' bottom: 'quiet' }\n"
        let graph = try contents(text).graph
        #expect(graph.outputs.map { graph.name(of: $0) } == ["main", "aux"])
        #expect(message(text + layer("ReLU", bottom: "l1")).contains("which are left out"))
    }

    @Test("a layer of data becomes an input with the preprocessing of its text") func data() throws {
        let text = """
            layer { name: 'd' type: 'Data' top: 'x' top: 'label' data_param { batch_size: 4 source: 'a' }
              transform_param { crop_size: 9 mean_value: 10 mean_value: 20 mean_value: 30 scale: 0.5 } }
            \(layer("ReLU"))
            layer { name: 'a' type: 'Accuracy' bottom: 'y' bottom: 'label' top: 'a' }
            """
        // The source of a layer of data is of no use here.
        let contents = try contents(text)
        #expect(contents.graph.inputs.map { contents.graph.name(of: $0.value) } == ["x"])
        #expect(contents.graph.inputs[0].type.dimensions == [.symbol("N"), .fixed(3), .fixed(9), .fixed(9)])
        #expect(
            contents.metadata["deeper.preprocessing"]
                == #"{"resize":null,"crop":{"width":9,"height":9},"channels":"bgr","scale":0.5,"mean":[5.0,10.0,15.0]}"#
        )
        #expect(contents.graph.outputs.map { contents.graph.name(of: $0) } == ["y"])
    }
}
