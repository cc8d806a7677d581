internal import DeeperTensors
internal import Foundation

/// CIFAR-10 batches of drawn pictures, whose colour tells the class.
public enum DrawnPictures {
    /// Writes `count` records: class k is a square of a hue of its own on noise.
    public static func write(_ count: Int, seed: UInt64, to path: String) throws {
        var generator = SeededGenerator(seed: seed)
        var bytes: [UInt8] = []
        for index in 0..<count {
            let label = index % 10
            bytes.append(UInt8(label))
            for channel in 0..<3 {
                for pixel in 0..<1024 {
                    let isInside = (8..<24).contains(pixel / 32) && (8..<24).contains(pixel % 32)
                    let noise = Int(generator.next() % 64)
                    let level = (label >> channel & 1) * 150 + (label > 7 ? 60 : 0)
                    bytes.append(UInt8(min(255, isInside ? level + noise / 4 : 80 + noise)))
                }
            }
        }
        try Data(bytes).write(to: URL(fileURLWithPath: path))
    }
}
