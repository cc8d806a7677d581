import Deeper
import Testing

@Suite struct InputShapeTests {
    @Test("shapes of inputs are read with and without a name; a name may have the sign of equality")
    func sound() {
        #expect(InputShape("1,3,640,640") == InputShape(extents: [1, 3, 640, 640]))
        #expect(InputShape("x=0,7") == InputShape(name: "x", extents: [0, 7]))
        #expect(InputShape("a=b=5") == InputShape(name: "a=b", extents: [5]))
        #expect(InputShape("=5") == InputShape(name: "", extents: [5]))
    }

    @Test(
        "other texts are none",
        arguments: ["", "x=", "x", "x=1,", "x=,1", "x=1,,2", "x=-1", "x=1.5", "x=1x2", "x=2147483648", "x=1 2"])
    func broken(text: String) { #expect(InputShape(text) == nil) }
}
