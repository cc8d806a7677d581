#if Server
internal import Synchronization

/// A flag that several threads read.
final class SharedFlag: Sendable {
    private let flag: Atomic<Bool>

    init(_ isSet: Bool) { flag = Atomic(isSet) }

    var isSet: Bool { flag.load(ordering: .relaxed) }

    func clear() { flag.store(false, ordering: .relaxed) }
}
#endif
