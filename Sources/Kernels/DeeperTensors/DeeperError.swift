/// The one error type of deeper: what kind of failure, what was expected and what came, where, and why.
///
/// The description reads from the outside in, for example
/// `model.onnx > node "inception_3a/5x5" (Conv) > shape inference: pads has 2 values, expected 4`.
public struct DeeperError: Error, Sendable, CustomStringConvertible {
    /// The kind of a failure; stable, meant for programs.
    public enum Code: String, Sendable, CaseIterable {
        /// A model, tensor or dataset file breaks its format or contradicts itself.
        case invalidModel
        /// The file is well formed but asks for an operator, opset, element type or form that is not supported.
        case unsupported
        /// A tensor, picture or value handed in does not fit what the model or function expects.
        case invalidInput
        /// The named file does not exist or cannot be opened.
        case fileNotFound
        /// A size, count or depth is beyond the limit set for it.
        case limitExceeded
        /// The caller cancelled the call, or its deadline passed.
        case cancelled
        /// The queue of waiting calls is full.
        case overloaded
        /// The process was forked after the engine was made; make the engine in the child.
        case forked
        /// A promise that deeper makes itself was broken: a defect in deeper.
        case internalFault
    }

    /// The kind of failure.
    public var code: Code
    /// What was expected and what came.
    public var message: String
    /// The way to the failing place, outermost first: file, node, phase.
    public var breadcrumbs: [String]
    /// The error of a lower layer that led to this one.
    public var cause: (any Error)?

    /// Makes an error without breadcrumbs; callers on the way out add theirs with ``within(_:)``.
    public init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.breadcrumbs = []
        self.cause = cause
    }

    /// The same error seen from one level further out.
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

/// Runs `body`; an error leaving it carries `place` as its outermost breadcrumb. Foreign errors pass unchanged.
public func locating<Result>(_ place: @autoclosure () -> String, _ body: () throws -> Result) throws -> Result {
    do {
        return try body()
    } catch let error as DeeperError {
        throw error.within(place())
    }
}
