/// The error type of deeper. It has the kind of failure, a message with the expected and the actual state, the place,
/// and the cause.
///
/// The description reads from the outside in, for example
/// `model.onnx > node "inception_3a/5x5" (Conv) > shape inference: pads has 2 values, expected 4`.
public struct DeeperError: Error, Sendable, CustomStringConvertible {
    /// The kind of a failure. Codes are stable and meant to be evaluated by programs.
    public enum Code: String, Sendable, CaseIterable {
        /// A model, tensor or dataset file violates its format or contradicts itself.
        case invalidModel
        /// The file is well-formed, but requires an operator, opset, element type or form that is not supported.
        case unsupported
        /// A tensor, picture or value that was passed does not match what the model or function expects.
        case invalidInput
        /// The named file does not exist or cannot be opened.
        case fileNotFound
        /// A size, count or depth exceeds its limit.
        case limitExceeded
        /// The caller cancelled the call, or its deadline passed.
        case cancelled
        /// The queue of waiting calls is full.
        case overloaded
        /// The process was forked after the engine was made; make the engine in the child.
        case forked
        /// An internal invariant was violated: a defect in deeper.
        case internalFault
    }

    /// The kind of failure.
    public var code: Code
    /// What was expected, and what was found instead.
    public var message: String
    /// The path to the place of the failure, outermost first: file, node, phase.
    public var breadcrumbs: [String]
    /// The error of a lower layer that led to this one.
    public var cause: (any Error)?

    /// Makes an error without breadcrumbs. Callers add theirs with ``within(_:)`` as the error propagates.
    public init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.breadcrumbs = []
        self.cause = cause
    }

    /// The same error with one more breadcrumb, on the outside.
    public func within(_ place: String) -> DeeperError {
        var copy = self
        copy.breadcrumbs.insert(place, at: 0)
        return copy
    }

    public var description: String {
        var text = breadcrumbs.isEmpty ? message : breadcrumbs.joined(separator: " > ") + ": " + message
        if let cause { text += " (\(cause))" }
        return text
    }
}

/// Runs `body` and adds `place` as the outermost breadcrumb of a ``DeeperError`` that it throws. Other errors pass
/// unchanged.
public func locating<Result>(_ place: @autoclosure () -> String, _ body: () throws -> Result) throws -> Result {
    do {
        return try body()
    } catch let error as DeeperError {
        throw error.within(place())
    }
}
