/// The extents of an attention, and how its operands lie.
public struct AttentionShape: Sendable {
    /// Elements from one image, one head and one row to the next; elements of a row are contiguous.
    public struct Strides: Sendable {
        public var image: Int
        public var head: Int
        public var row: Int

        /// Rows of `width` elements, of all heads of an image one after the other, or interleaved: [image, head, row,
        /// width] or [image, row, head, width].
        public init(heads: Int, rows: Int, width: Int, isInterleaved: Bool) {
            image = heads * rows * width
            head = isInterleaved ? width : rows * width
            row = isInterleaved ? heads * width : width
        }
    }

    public var images: Int
    public var queryHeads: Int
    /// Divides `queryHeads`: so many neighbouring query heads share a head of keys and values.
    public var keyHeads: Int
    /// Rows of Q, of K and V, and of the keys and values that came before these.
    public var queries: Int, keys: Int, past: Int
    /// Elements of a row of Q and K, and of V.
    public var headSize: Int, valueSize: Int
    /// Whether rows hold all heads.
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

    /// Keys of a query.
    public var total: Int { past + keys }
    /// Query heads that share a head of keys.
    var group: Int { queryHeads / keyHeads }

    var queryStrides: Strides { strides(queryHeads, queries, headSize) }
    var keyStrides: Strides { strides(keyHeads, keys, headSize) }
    var valueStrides: Strides { strides(keyHeads, keys, valueSize) }
    var outputStrides: Strides { strides(queryHeads, queries, valueSize) }

    private func strides(_ heads: Int, _ rows: Int, _ width: Int) -> Strides {
        Strides(heads: heads, rows: rows, width: width, isInterleaved: isInterleaved)
    }
}

/// Which keys a query sees, and what is added to its scores.
public struct AttentionMask: Sendable {
    /// A mask that is an operand: numbers that are added, or bools of what is seen.
    public struct Table: Sendable {
        public var isBool: Bool
        /// Elements from one image, head, query and key to the next; 0 where the mask repeats.
        public var image: Int, head: Int, query: Int, key: Int
        /// Keys from here on are not seen.
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
    /// Whether an operand says for each image how many keys there are; the rest is padding. Queries stand at the end of
    /// them.
    public var hasLengths = false

    public init() {}
}
