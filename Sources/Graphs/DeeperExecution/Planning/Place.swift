import DeeperGraphs
import DeeperTensors

/// Where a value is stored while a plan is being made: it refers to buffers, which have no arena offsets yet.
struct Place: Hashable {
    enum Location: Hashable {
        case buffer(Int, byteOffset: Int)
        case constant(Int)
        case input(Int)
        case state(Int, offset: Int)

        var isBuffer: Bool { if case .buffer = self { true } else { false } }

        func advanced(by bytes: Int) -> Location {
            if case .buffer(let index, let offset) = self { return .buffer(index, byteOffset: offset + bytes) }
            return self
        }
    }

    var location: Location
    var descriptor: TensorDescriptor

    init(_ location: Location, _ descriptor: TensorDescriptor) {
        self.location = location
        self.descriptor = descriptor
    }
}

/// Where an output is to be stored.
struct Target {
    var descriptor: TensorDescriptor
    /// The place of the wider value, if one of its other slices was already made.
    var existing: Place.Location?
    /// The offset in bytes from the wider value's first element.
    var byteOffset = 0
    /// The wider value that this output is a slice of.
    var root: SliceRoot?
}

/// A wider value that is allocated together with the first of its slices.
struct SliceRoot {
    var value: ValueID
    var type: TensorType
}
