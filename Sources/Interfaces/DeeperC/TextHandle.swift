// Names are those of deeper.h.
// swift-format-ignore-file: AlwaysUseLowerCamelCase

internal import CDeeper
internal import Glibc

/// Text in memory that C reads until it releases it.
final class TextHandle: Handle {
    let string: UnsafeMutablePointer<CChar>?

    init(_ text: String) { string = strdup(text) }

    deinit { free(string) }
}

@c @implementation
public func deeper_text_string(_ text: OpaquePointer?) -> UnsafePointer<CChar>? {
    UnsafePointer(TextHandle.of(text)?.string)
}

@c @implementation
public func deeper_text_release(_ text: OpaquePointer?) { TextHandle.release(text) }
