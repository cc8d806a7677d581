import DeeperTestSupport
import DeeperTraining
import Foundation

/// A recipe that learns ``DrawnPictures`` in seconds.
enum SmallRecipe {
    static func configuration(in folder: String) throws -> TrainingConfiguration {
        let (train, test) = ("\(folder)/train.bin", "\(folder)/test.bin")
        if !FileManager.default.fileExists(atPath: train) {
            try DrawnPictures.write(96, seed: 3, to: train)
            try DrawnPictures.write(20, seed: 4, to: test)
        }
        return try TrainingConfiguration(
            json: """
                {network: "inception-cifar10-train", batch: 16, epochs: 2, seed: 5,
                 data: {train: ["\(train)"], test: ["\(test)"]},
                 augmentation: {mirrors: true, padCrop: 2, distortion: 0.1},
                 initial: {method: "he"}, loss: {weights: [1, 0.3, 0.3], smoothing: 0.05},
                 optimizer: {kind: "nesterov", weightDecay: 0.0005, averageShare: 0.1, largestGradientNorm: 5},
                 schedule: {kind: "cosine", rate: 0.05}}
                """)
    }
}
