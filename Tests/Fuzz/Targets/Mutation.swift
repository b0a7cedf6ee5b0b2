internal import Foundation

/// Damage to the captures, always the same for the same number.
public enum Mutation: String, CaseIterable, Sendable {
  case bitFlips, cut, swap, insertion, extremeLength

  /// A damaged copy, and which bytes of the whole one were concerned.
  public func apply(to bytes: [UInt8], seed: UInt64) -> (bytes: [UInt8], damage: Range<Int>) {
    var chance = Chance(seed &* 0x9E37_79B9_7F4A_7C15 &+ UInt64(bytes.count) &+ 1)
    guard bytes.count > 8 else { return (bytes, 0..<0) }
    var copy = bytes
    let at = chance.next(bytes.count)
    switch self {
    case .bitFlips:
      var damage = at..<at + 1
      copy[at] ^= 1 << UInt8(chance.next(8))
      for _ in 0..<chance.next(4) {
        let other = chance.next(bytes.count)
        copy[other] ^= 1 << UInt8(chance.next(8))
        damage = min(damage.lowerBound, other)..<max(damage.upperBound, other + 1)
      }
      return (copy, damage)
    case .cut:
      // Out of the middle, or everything from here on.
      let end = chance.next(2) == 0 ? bytes.count : min(bytes.count, at + 1 + chance.next(200))
      copy.removeSubrange(at..<end)
      return (copy, at..<end)
    case .swap:
      let length = 1 + chance.next(min(64, bytes.count / 2))
      let one = chance.next(bytes.count - length + 1)
      let two = chance.next(bytes.count - length + 1)
      guard abs(one - two) >= length else { return (copy, bytes.count..<bytes.count) }
      for index in 0..<length { copy.swapAt(one + index, two + index) }
      return (copy, min(one, two)..<max(one, two) + length)
    case .insertion:
      let fill = chance.next(3)
      let added = (0...chance.next(100)).map { _ in
        fill == 0 ? 0 : fill == 1 ? 0xFF : UInt8(chance.next(256))
      }
      copy.insert(contentsOf: added, at: at)
      return (copy, at..<at)
    case .extremeLength:
      let end = min(bytes.count, at + [2, 3, 4, 8][chance.next(4)])
      let value = [0x00, 0xFF, 0x7F, 0x80][chance.next(4)] as UInt8
      for index in at..<end {
        copy[index] = value == 0x7F && index > at ? 0xFF : value == 0x80 && index > at ? 0 : value
      }
      return (copy, at..<end)
    }
  }

  /// What a number of mutations showed.
  public struct Report: Sendable {
    /// A line for each kind.
    public var lines: [String] = []
    /// What went wrong, the first ones of each kind.
    public var findings: [String] = []
  }

  /// Damages every file of a folder, `count` times for each kind over all files, and renders what is
  /// left.
  public static func run(
    folder: String, kinds: [Mutation] = allCases, count: Int
  ) throws -> Report {
    let files = try captures(in: folder)
    let undamaged = try files.map { $0.target == .input ? try Undamaged($0.bytes) : nil }
    let rendering = Rendering()
    var report = Report()
    for kind in kinds {
      let start = Date()
      var slowest = 0.0
      var failed = 0
      for number in 0..<count {
        let file = files[number % files.count]
        let (damaged, damage) = kind.apply(to: file.bytes, seed: UInt64(number))
        let began = Date()
        do {
          try file.target.run(damaged, rendering)
          try undamaged[number % files.count]?.check(damaged, damage: damage)
        } catch {
          failed += 1
          if failed <= 20 { report.findings.append("\(file.name), \(kind) \(number): \(error)") }
        }
        slowest = max(slowest, Date().timeIntervalSince(began))
      }
      let seconds = Date().timeIntervalSince(start)
      report.lines.append(
        "\(kind): \(count) in \(Int(seconds)) s, the slowest \(Int(slowest * 1000)) ms, "
          + "\(failed) failed")
    }
    return report
  }

  /// Writes the mutation of a number that ``run(folder:kinds:count:)`` makes; returns a line about it.
  public func write(_ number: Int, folder: String, to path: String) throws -> String {
    let files = try Self.captures(in: folder)
    let file = files[number % files.count]
    let (bytes, damage) = apply(to: file.bytes, seed: UInt64(number))
    try Data(bytes).write(to: URL(fileURLWithPath: path))
    return "\(file.name), \(self) \(number): damage at \(damage)"
  }

  /// A capture, and the target that takes it.
  struct File {
    var name: String
    var bytes: [UInt8]
    var target: FuzzTarget
  }

  static func captures(in folder: String) throws -> [File] {
    let targets: [(folder: String, target: FuzzTarget)] = [
      ("attls", .log), ("containers", .input), ("data-trace", .input), ("ipcs", .input),
      ("listing", .input), ("near-misses", .input), ("packet-trace", .input), ("pcap", .input),
      ("policy", .policy), ("protocols", .input),
    ]
    return try targets.flatMap { name, target in
      let path = "\(folder)/\(name)"
      guard FileManager.default.fileExists(atPath: path) else { return [File]() }
      return try FileManager.default.contentsOfDirectory(atPath: path).sorted().map { file in
        let data = try Data(contentsOf: URL(fileURLWithPath: "\(path)/\(file)"))
        return File(name: "\(name)/\(file)", bytes: Array(data), target: target)
      }
    }
  }
}

/// A small generator (xorshift64*), the same on every machine.
struct Chance {
  private var state: UInt64

  init(_ seed: UInt64) { state = seed | 1 }

  mutating func next(_ bound: Int) -> Int {
    state ^= state >> 12
    state ^= state << 25
    state ^= state >> 27
    return Int((state &* 0x2545_F491_4F6C_DD1D) >> 33) % max(bound, 1)
  }
}
