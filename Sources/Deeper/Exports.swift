// What a user of `import Deeper` needs of the rooms below.
@_exported import class Execution.Plan
@_exported import struct Graphs.DeclaredType
@_exported import enum Graphs.DeclaredDimension
@_exported import struct Graphs.Graph
@_exported import enum Kernels.GemmChoice
@_exported import enum Kernels.InstructionSet
@_exported import struct Imaging.DecodingLimits
@_exported import struct Imaging.Extent
@_exported import struct Imaging.Picture
@_exported import struct Imaging.Preprocessing
@_exported import enum Imaging.ResizeFilter
@_exported import struct Tensors.DeeperError
@_exported import enum Tensors.ElementType
@_exported import struct Tensors.SeededGenerator
@_exported import struct Tensors.Shape
@_exported import struct Tensors.Tensor
@_exported import protocol Tensors.TensorElement
