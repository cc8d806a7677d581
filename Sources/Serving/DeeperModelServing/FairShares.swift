#if Server
/// Decides which model's batch runs next: models with waiting requests share the computing time in proportion to their
/// priorities, whatever their batches cost and however many requests wait for each.
///
/// Every model has a virtual time, which advances by the time its batches take, divided by its priority; the model with
/// the smallest virtual time is next. This is fair queueing by start times (Goyal, Vin and Cheng, 1996).
struct FairShares {
    private struct Share {
        var time: Double
        /// The part of `time` that is estimated, for batches that are being computed.
        var guessed = 0.0
        /// The cost of a row of the last batch, in nanoseconds.
        var rowCost = 0.0
    }

    private var shares: [String: Share] = [:]
    /// The virtual time at which the last batch began.
    private var now = 0.0

    /// The virtual time of a model, to be compared with those of other models.
    func time(of model: String) -> Double { shares[model]?.time ?? now }

    /// Records that a model has waiting requests again. It is not compensated for the time in which it had none.
    mutating func arrive(_ model: String) {
        shares[model, default: Share(time: now)].time = max(time(of: model), now)
    }

    /// Charges a model for a batch that begins. The cost is estimated, so that other threads do not begin more batches
    /// of the same model in the meantime than its share.
    ///
    /// - Returns: the estimated cost in nanoseconds.
    mutating func begin(_ model: String, rows: Int, priority: Int) -> Double {
        var share = shares[model] ?? Share(time: now)
        // A bad estimate must not affect the virtual time of other models.
        now = max(now, share.time - share.guessed)
        let guess = share.rowCost * Double(rows)
        share.time += guess / Double(priority)
        share.guessed += guess / Double(priority)
        shares[model] = share
        return guess
    }

    /// Corrects the estimate when the batch has ended.
    mutating func end(_ model: String, rows: Int, priority: Int, nanoseconds: Int, guess: Double) {
        var share = shares[model] ?? Share(time: now)
        share.time += (Double(nanoseconds) - guess) / Double(priority)
        share.guessed -= guess / Double(priority)
        share.rowCost = Double(nanoseconds) / Double(max(1, rows))
        shares[model] = share
    }
}
#endif
