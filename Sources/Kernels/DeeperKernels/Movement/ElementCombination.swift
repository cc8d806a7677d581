public import DeeperTensors

/// The function that combines updates with elements, as a loop over a row of both.
///
/// It is inlinable so that the function is compiled into the loop of the operator that defines it; otherwise every
/// element would cost a call.
public struct ElementCombination: Sendable {
    @usableFromInline
    typealias Body = @Sendable (UnsafeMutableRawPointer, UnsafeRawPointer, Int) -> Void

    /// Bytes of one element.
    let byteCount: Int
    private let body: Body

    /// target[i] = combine(target[i], source[i]).
    @inlinable
    public init<Element: TensorElement>(_ combine: @escaping @Sendable (Element, Element) -> Element) {
        self.init(byteCount: Element.elementType.byteCount) { target, source, count in
            let target = target.assumingMemoryBound(to: Element.self)
            let source = source.assumingMemoryBound(to: Element.self)
            for index in 0..<count { target[index] = combine(target[index], source[index]) }
        }
    }

    @usableFromInline
    init(byteCount: Int, body: @escaping Body) {
        self.byteCount = byteCount
        self.body = body
    }

    /// target[i] = source[i].
    public static func replacement(_ type: ElementType) -> ElementCombination {
        ElementCombination(byteCount: type.byteCount) { [byteCount = type.byteCount] target, source, count in
            target.copyMemory(from: source, byteCount: count * byteCount)
        }
    }

    /// Combines `count` elements of `target` from index `at` on with those of `source` from index `from` on.
    @inline(__always)
    func apply(_ target: UnsafeMutableRawPointer, at: Int, _ source: UnsafeRawPointer, from: Int, count: Int) {
        body(target + at * byteCount, source + from * byteCount, count)
    }
}
