internal import Glibc

/// An object to which C holds an opaque pointer.
class Handle {
    /// The process that made it: its threads exist in no other.
    private let processID = getpid()

    /// Hands the object to C, which owns it until it calls a release function.
    final func passed() -> OpaquePointer { OpaquePointer(Unmanaged.passRetained(self).toOpaque()) }

    /// The object of a pointer that ``passed()`` returned; nil for NULL.
    final class func of(_ pointer: OpaquePointer?) -> Self? {
        pointer.map { Unmanaged<Self>.fromOpaque(UnsafeRawPointer($0)).takeUnretainedValue() }
    }

    /// Takes the object back from C. One that a parent process made stays in memory, or its threads, which are not here,
    /// would be waited for.
    final class func release(_ pointer: OpaquePointer?) {
        guard let pointer, of(pointer)?.processID == getpid() else { return }
        Unmanaged<Self>.fromOpaque(UnsafeRawPointer(pointer)).release()
    }
}
