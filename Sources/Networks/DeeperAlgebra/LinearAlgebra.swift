internal import CDeeperLAPACKE
internal import DeeperTensors

/// The LAPACK routines that reduction and quantisation use. Everything is float32, row-major.
package enum LinearAlgebra {
    /// The decomposition A = U diag(s) V'. There are as many singular values as A's smaller extent, in descending
    /// order.
    package struct SingularValues {
        package let left: Matrix
        package let values: [Float]
        package let right: Matrix
    }

    /// - Throws: `internalFault` if LAPACK's divide and conquer does not converge; `invalidInput` for numbers that are
    ///   not finite.
    package static func singularValues(of matrix: Matrix) throws -> SingularValues {
        try check(matrix)
        let rank = min(matrix.rows, matrix.columns)
        var copy = matrix.values
        var values = [Float](repeating: 0, count: rank)
        var left = Matrix(rows: matrix.rows, columns: rank)
        var right = Matrix(rows: rank, columns: matrix.columns)
        guard rank > 0 else { return SingularValues(left: left, values: values, right: right) }
        let status = LAPACKE_sgesdd(
            LAPACK_ROW_MAJOR, CChar(UInt8(ascii: "S")), Int32(matrix.rows), Int32(matrix.columns), &copy,
            Int32(matrix.columns), &values, &left.values, Int32(rank), &right.values, Int32(matrix.columns))
        try succeed(status, "sgesdd", matrix)
        return SingularValues(left: left, values: values, right: right)
    }

    /// The eigenvalues of a symmetric matrix in descending order, and the eigenvectors as columns.
    package static func eigen(of matrix: Matrix) throws -> (values: [Float], vectors: Matrix) {
        precondition(matrix.rows == matrix.columns)
        try check(matrix)
        guard matrix.rows > 0 else { return ([], matrix) }
        var vectors = matrix
        var values = [Float](repeating: 0, count: matrix.rows)
        let status = LAPACKE_ssyevd(
            LAPACK_ROW_MAJOR, CChar(UInt8(ascii: "V")), CChar(UInt8(ascii: "L")), Int32(matrix.rows), &vectors.values,
            Int32(matrix.rows), &values)
        try succeed(status, "ssyevd", matrix)
        let falling = Array((0..<matrix.rows).reversed())
        return (falling.map { values[$0] }, vectors.transposed.permutedRows(falling).transposed)
    }

    /// Solves A X = B for X, with a symmetric positive definite A.
    package static func solve(_ a: Matrix, _ b: Matrix) throws -> Matrix {
        precondition(a.rows == a.columns && a.rows == b.rows)
        try check(a)
        try check(b)
        var (factor, result) = (a, b)
        guard a.rows > 0, b.columns > 0 else { return b }
        let status = LAPACKE_sposv(
            LAPACK_ROW_MAJOR, CChar(UInt8(ascii: "L")), Int32(a.rows), Int32(b.columns), &factor.values,
            Int32(a.rows), &result.values, Int32(b.columns))
        try succeed(status, "sposv", a)
        return result
    }

    /// The upper triangle U of the inverse of a symmetric positive definite matrix, A^-1 = U' U.
    package static func inverseFactor(of matrix: Matrix) throws -> Matrix {
        precondition(matrix.rows == matrix.columns)
        try check(matrix)
        guard matrix.rows > 0 else { return matrix }
        var result = matrix
        let extent = Int32(matrix.rows)
        let (lower, upper) = (CChar(UInt8(ascii: "L")), CChar(UInt8(ascii: "U")))
        try succeed(LAPACKE_spotrf(LAPACK_ROW_MAJOR, lower, extent, &result.values, extent), "spotrf", matrix)
        try succeed(LAPACKE_spotri(LAPACK_ROW_MAJOR, lower, extent, &result.values, extent), "spotri", matrix)
        for row in 0..<result.rows { for column in 0..<row { result[column, row] = result[row, column] } }
        try succeed(LAPACKE_spotrf(LAPACK_ROW_MAJOR, upper, extent, &result.values, extent), "spotrf", matrix)
        return result
    }

    private static func check(_ matrix: Matrix) throws {
        guard matrix.values.allSatisfy(\.isFinite) else {
            throw DeeperError(.invalidInput, "weights or activations are not finite")
        }
        guard max(matrix.rows, matrix.columns) <= 1 << 20, matrix.values.count <= Int(Int32.max) else {
            throw DeeperError(
                .limitExceeded, "a matrix of \(matrix.rows) x \(matrix.columns) is too large to factorise")
        }
    }

    private static func succeed(_ status: Int32, _ routine: String, _ matrix: Matrix) throws {
        guard status == 0 else {
            throw DeeperError(
                .internalFault,
                "LAPACK's \(routine) gave \(status) for a matrix of \(matrix.rows) x \(matrix.columns)")
        }
    }
}
