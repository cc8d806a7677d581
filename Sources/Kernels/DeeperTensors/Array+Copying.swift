extension Array where Element == UInt8 {
    /// Bytes that C code keeps, so that whoever needs them holds no pointer.
    ///
    /// - Parameter start: the first of `count` bytes that can be read.
    public init(copying start: UnsafePointer<UInt8>, count: Int) {
        self.init(UnsafeBufferPointer(start: start, count: count))
    }
}
