extension Array where Element == UInt8 {
    /// Copies bytes that C code owns, so that no pointer has to be kept.
    ///
    /// - Parameter start: the first of `count` bytes that can be read.
    public init(copying start: UnsafePointer<UInt8>, count: Int) {
        self.init(UnsafeBufferPointer(start: start, count: count))
    }
}
