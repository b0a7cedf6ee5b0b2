internal import Synchronization

/// The files that this run has read from, by device and number: none of them is replaced by an output.
enum ReadFiles {
  private struct File: Hashable {
    var device: UInt64
    var number: UInt64
  }

  private static let files = Mutex<Set<File>>([])

  static func add(device: UInt64, number: UInt64) {
    _ = files.withLock { $0.insert(File(device: device, number: number)) }
  }

  static func contain(device: UInt64, number: UInt64) -> Bool {
    files.withLock { $0.contains(File(device: device, number: number)) }
  }
}
