#if Server
/// The state of one model in a repository.
struct ModelSlot {
    enum Condition: Equatable {
        case waiting, loading, ready, unloaded
        case failed(String)

        var state: ModelRepository.State {
            switch self {
            case .ready: .ready
            case .loading: .loading
            case .waiting, .unloaded, .failed: .unavailable
            }
        }

        var reason: String {
            switch self {
            case .waiting: "not loaded yet"
            case .loading: "being loaded"
            case .ready: ""
            case .unloaded: "unloaded"
            case .failed(let message): message
            }
        }
    }

    var source: ModelSource
    /// Whether the server is not ready without this model; false if it was added at run time.
    var isRequired = true
    /// The source that was read last, successfully or not.
    var readSource: ModelSource?
    /// The files of that source.
    var files: [ModelFile] = []
    var condition = Condition.waiting
    /// The loaded versions, the newest last; empty unless the model is ready.
    var versions: [ServedModel] = []
    /// The number of the load in progress.
    var loading: Int?
    /// Changes with every unload: a load during which it changes is discarded.
    var generation: Int
}
#endif
