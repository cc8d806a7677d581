import Testing

@testable import DeeperKernels

@Suite struct ConvolutionGeometryTests {
    @Test("a geometry can be made again from its text", arguments: ConvolutionCase.named)
    func text(problem: ConvolutionCase) throws {
        let geometry = problem.shape.geometry
        #expect(try #require(ConvolutionGeometry(geometry.description)) == geometry)
    }

    @Test(
        "other text is none",
        arguments: [
            "", "3x8x9", "3x8x9 to 4x8x9", "3x8x9 to 4x8x9, ", "3x8 to 4x8, 1x1", "3x8x9 to 4x8x9, 1x1, stride",
            "3x8x9 to 4x8x9, 1x1, colour 2", "3x8x9 to 4x8x9, 1x1, stride 1x1", "3x8x9  to 4x8x9, 1x1",
            "3x8x9 to 4x8x9, 1x1, pad 1x1x1x1", "3x8x99999999999999999999 to 4x8x9, 1x1", "03x8x9 to 4x8x9, 1x1",
        ])
    func others(text: String) { #expect(ConvolutionGeometry(text) == nil) }
}
