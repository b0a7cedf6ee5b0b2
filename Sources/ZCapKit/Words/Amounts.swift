package import TraceConvert
package import TraceProtocols

/// A size in bytes, as people write it: 1500, 64K, 100M, 4G (powers of ten).
package struct ByteSize: Sendable, Equatable, CustomStringConvertible {
  private static let scales: [(Character, UInt64)] = [
    ("G", 1_000_000_000), ("M", 1_000_000), ("K", 1000),
  ]

  package var bytes: UInt64

  package init(bytes: UInt64) { self.bytes = bytes }

  package init?(_ text: String) {
    let last = text.uppercased().last
    let scale = Self.scales.first { $0.0 == last }?.1
    guard let number = UInt64(scale == nil ? Substring(text) : text.dropLast()), number > 0 else {
      return nil
    }
    let (bytes, overflow) = number.multipliedReportingOverflow(by: scale ?? 1)
    guard !overflow else { return nil }
    self.bytes = bytes
  }

  package var description: String {
    for (letter, scale) in Self.scales where bytes % scale == 0 {
      return "\(bytes / scale)\(letter)"
    }
    return "\(bytes)"
  }
}

/// A time: `500ms`, `1.5s`, `2`; seconds where there is no unit.
package struct TimeSpan: Sendable, Equatable {
  package var nanoseconds: Int64

  package init?(_ text: String) {
    let units: [(String, Double)] = [("ms", 1e6), ("us", 1e3), ("ns", 1), ("s", 1e9), ("", 1e9)]
    guard let (unit, scale) = units.first(where: { text.hasSuffix($0.0) }),
      let number = Double(text.dropLast(unit.count)), number >= 0, number < 1e9
    else { return nil }
    nanoseconds = Int64(number * scale)
  }
}

/// Some protocols: `drda,mq`.
package struct ProtocolNames: Sendable, Equatable {
  package var protocols: [ApplicationProtocol] = []

  package init?(_ text: String) {
    for word in text.split(separator: ",").map({ $0.lowercased() }) {
      guard let known = ApplicationProtocol(keyword: Self.elsewhere[word] ?? word) else {
        return nil
      }
      protocols.append(known)
    }
  }

  /// Protocols by what people call the servers.
  private static let elsewhere = ["db2": "drda", "3270": "tn3270"]

  /// The names there are.
  package static var all: [String] {
    ApplicationProtocol.allCases.filter { $0 != .unknown }.map(\.keyword)
  }
}

extension PortMap {
  /// - Parameter text: `auto`, or `992=23,8443=80`.
  package init?(_ text: String) {
    self.init()
    if text == "auto" {
      self = .automatic
      return
    }
    for pair in text.split(separator: ",", omittingEmptySubsequences: false) {
      let ports = pair.split(separator: "=").compactMap { UInt16($0) }
      guard ports.count == 2 else { return nil }
      map(ports[0], to: ports[1])
    }
  }
}
