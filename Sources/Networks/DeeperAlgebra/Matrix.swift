internal import DeeperKernels
internal import DeeperTensors

/// A dense row-major matrix of float32.
package struct Matrix {
    package var rows: Int
    package var columns: Int
    package var values: [Float]

    package init(rows: Int, columns: Int, _ values: [Float]) {
        precondition(values.count == rows * columns)
        self.rows = rows
        self.columns = columns
        self.values = values
    }

    package init(rows: Int, columns: Int) {
        self.init(rows: rows, columns: columns, [Float](repeating: 0, count: rows * columns))
    }

    package subscript(_ row: Int, _ column: Int) -> Float {
        get { values[row * columns + column] }
        set { values[row * columns + column] = newValue }
    }

    package var transposed: Matrix {
        Matrix(
            rows: columns, columns: rows,
            [Float](unsafeUninitializedCapacity: values.count) { buffer, count in
                for row in 0..<rows {
                    for column in 0..<columns { buffer[column * rows + row] = values[row * columns + column] }
                }
                count = values.count
            })
    }

    /// The first columns.
    package func prefix(columns count: Int) -> Matrix {
        Matrix(rows: rows, columns: count, (0..<rows).flatMap { values[$0 * columns..<$0 * columns + count] })
    }

    /// The first rows.
    package func prefix(rows count: Int) -> Matrix {
        Matrix(rows: count, columns: columns, Array(values[..<(count * columns)]))
    }

    /// A block of rows and columns.
    package func block(rows rowRange: Range<Int>, columns columnRange: Range<Int>) -> Matrix {
        Matrix(
            rows: rowRange.count, columns: columnRange.count,
            rowRange.flatMap { values[$0 * columns + columnRange.lowerBound..<$0 * columns + columnRange.upperBound] })
    }

    package mutating func setBlock(row: Int, column: Int, _ block: Matrix) {
        for line in 0..<block.rows {
            let first = (row + line) * columns + column
            values.replaceSubrange(
                first..<first + block.columns, with: block.values[line * block.columns..<(line + 1) * block.columns])
        }
    }

    /// The matrix with row i multiplied by factors[i].
    package func scaledRows(_ factors: [Float]) -> Matrix {
        var result = self
        for row in 0..<rows {
            for column in 0..<columns { result.values[row * columns + column] *= factors[row] }
        }
        return result
    }

    /// The matrix with rows and columns in another order: element (i, j) is this matrix's element (order[i], order[j]).
    package func permuted(_ order: [Int]) -> Matrix { permutedRows(order).transposed.permutedRows(order).transposed }

    package func permutedRows(_ order: [Int]) -> Matrix {
        Matrix(
            rows: order.count, columns: columns, order.flatMap { values[$0 * columns..<($0 + 1) * columns] })
    }

    package static func * (a: Matrix, b: Matrix) -> Matrix {
        precondition(a.columns == b.rows)
        return Matrix(
            rows: a.rows, columns: b.columns,
            matrixProduct(a.values, b.values, m: a.rows, n: b.columns, k: a.columns, by: OpenBLASGemm()))
    }

    package mutating func add(_ other: Matrix) {
        precondition(rows == other.rows && columns == other.columns)
        for index in values.indices { values[index] += other.values[index] }
    }

    package static func + (a: Matrix, b: Matrix) -> Matrix {
        var sum = a
        sum.add(b)
        return sum
    }

    package static func - (a: Matrix, b: Matrix) -> Matrix {
        precondition(a.rows == b.rows && a.columns == b.columns)
        return Matrix(rows: a.rows, columns: a.columns, zip(a.values, b.values).map { $0 - $1 })
    }

    /// The sum of all squares, in float64.
    package var squaredNorm: Double { values.reduce(0) { $0 + Double($1) * Double($1) } }

    /// The mean of the diagonal.
    package var meanDiagonal: Double {
        (0..<min(rows, columns)).reduce(0) { $0 + Double(self[$1, $1]) } / Double(max(1, min(rows, columns)))
    }
}
