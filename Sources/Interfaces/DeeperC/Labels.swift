// Names are those of deeper.h.
// swift-format-ignore-file: AlwaysUseLowerCamelCase

internal import CDeeper
internal import Deeper
internal import Glibc

@c @implementation
public func deeper_model_label_count(_ model: OpaquePointer?) -> Int { ModelHandle.of(model)?.labels.count ?? 0 }

@c @implementation
public func deeper_model_label(_ model: OpaquePointer?, _ index: Int) -> UnsafePointer<CChar>? {
    text(at: index, of: ModelHandle.of(model)?.labels ?? [])
}

@c @implementation
public func deeper_model_preprocessing(_ model: OpaquePointer?) -> UnsafePointer<CChar>? {
    UnsafePointer(ModelHandle.of(model)?.preprocessing)
}

@c @implementation
public func deeper_imagenet_name(_ index: Int) -> UnsafePointer<CChar>? { text(at: index, of: ImageNetTexts.names) }

@c @implementation
public func deeper_imagenet_wnid(_ index: Int) -> UnsafePointer<CChar>? { text(at: index, of: ImageNetTexts.wnids) }

private func text(at index: Int, of texts: [UnsafeMutablePointer<CChar>?]) -> UnsafePointer<CChar>? {
    texts.indices.contains(index) ? UnsafePointer(texts[index]) : nil
}

/// ImageNet's classes in memory that is never freed, since C may keep its addresses. It is written once, here.
private enum ImageNetTexts {
    nonisolated(unsafe) static let names = ImageNetClasses.names.map { strdup($0) }
    nonisolated(unsafe) static let wnids = ImageNetClasses.wnids.map { strdup($0) }
}
