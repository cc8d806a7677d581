/// The extents of an attention and the layout of its operands.
public struct AttentionShape: Sendable {
    /// The distances in elements from one image, one head and one row to the next. Elements of a row are contiguous.
    public struct Strides: Sendable {
        public var image: Int
        public var head: Int
        public var row: Int

        /// The strides of rows of `width` elements: [image, head, row, width] or, interleaved, [image, row, head,
        /// width].
        public init(heads: Int, rows: Int, width: Int, isInterleaved: Bool) {
            image = heads * rows * width
            head = isInterleaved ? width : rows * width
            row = isInterleaved ? heads * width : width
        }
    }

    public var images: Int
    public var queryHeads: Int
    /// The number of heads of keys and values, which divides `queryHeads`: neighbouring query heads share such a head.
    public var keyHeads: Int
    /// The number of rows of Q, of K and V, and of the past keys and values.
    public var queries: Int, keys: Int, past: Int
    /// The number of elements of a row of Q and K, and of V.
    public var headSize: Int, valueSize: Int
    /// Whether the rows of all heads are interleaved.
    public var isInterleaved: Bool

    public init(
        images: Int, queryHeads: Int, keyHeads: Int, queries: Int, keys: Int, past: Int, headSize: Int, valueSize: Int,
        isInterleaved: Bool
    ) {
        precondition(keyHeads > 0 && queryHeads % keyHeads == 0 && headSize > 0 && valueSize > 0)
        self.images = images
        self.queryHeads = queryHeads
        self.keyHeads = keyHeads
        self.queries = queries
        self.keys = keys
        self.past = past
        self.headSize = headSize
        self.valueSize = valueSize
        self.isInterleaved = isInterleaved
    }

    /// The number of keys, past ones included.
    public var total: Int { past + keys }
    /// The number of query heads that share a head of keys.
    var group: Int { queryHeads / keyHeads }

    var queryStrides: Strides { strides(queryHeads, queries, headSize) }
    var keyStrides: Strides { strides(keyHeads, keys, headSize) }
    var valueStrides: Strides { strides(keyHeads, keys, valueSize) }
    var outputStrides: Strides { strides(queryHeads, queries, valueSize) }

    private func strides(_ heads: Int, _ rows: Int, _ width: Int) -> Strides {
        Strides(heads: heads, rows: rows, width: width, isInterleaved: isInterleaved)
    }
}

/// The mask of an attention: which keys a query sees, and what is added to its scores.
public struct AttentionMask: Sendable {
    /// A mask that is an operand: numbers that are added to the scores, or bools that tell which keys are seen.
    public struct Table: Sendable {
        public var isBool: Bool
        /// The distances in elements from one image, head, query and key to the next; 0 along an axis where the mask
        /// repeats.
        public var image: Int, head: Int, query: Int, key: Int
        /// The number of keys of the table; further keys are not seen.
        public var keys: Int

        public init(isBool: Bool, image: Int, head: Int, query: Int, key: Int, keys: Int) {
            self.isBool = isBool
            self.image = image
            self.head = head
            self.query = query
            self.key = key
            self.keys = keys
        }
    }

    public var table: Table?
    /// Whether a query sees no keys after its own position.
    public var isCausal = false
    /// How many keys before and after its own position a query sees; nil for all.
    public var leftWindow: Int?, rightWindow: Int?
    /// Whether an operand gives the number of keys of each image; the remaining keys are padding. The queries are at
    /// the end of these keys.
    public var hasLengths = false

    public init() {}
}
