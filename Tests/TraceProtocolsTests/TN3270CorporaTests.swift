import Foundation
import TestSupport
internal import TraceModel
import Testing
import TraceProtocols

/// Sessions that x3270 recorded, where they are there.
@Suite("TN3270: sessions of x3270")
struct TN3270CorporaTests {
  /// The network data of a trace: `< 0x0   fffd28` is from the host.
  private static func session(_ path: String) -> [RoomStep] {
    guard let data = FileManager.default.contents(atPath: path) else { return [] }
    var steps: [RoomStep] = []
    for line in String(decoding: data, as: UTF8.self).split(whereSeparator: \.isNewline) {
      let parts = line.split(separator: " ", omittingEmptySubsequences: true)
      guard parts.count == 3, parts[1].hasPrefix("0x") else { continue }
      let bytes = hex(String(parts[2]))
      switch (parts[0], steps.last) {
      case ("<", .server(let before)) where parts[1] != "0x0":
        steps[steps.count - 1] = .server(before + bytes)
      case (">", .client(let before)) where parts[1] != "0x0":
        steps[steps.count - 1] = .client(before + bytes)
      case ("<", _): steps.append(.server(bytes))
      case (">", _): steps.append(.client(bytes))
      default: break
      }
    }
    return steps
  }

  private static let sessions: [[RoomStep]] = {
    guard let folder = ProcessInfo.processInfo.environment["ZCAP_CORPORA"] else { return [] }
    let names = FileManager.default.enumerator(atPath: folder + "/pmattes__x3270")
    return (names?.compactMap { $0 as? String } ?? []).filter { $0.hasSuffix(".trc") }.sorted()
      .map { session("\(folder)/pmattes__x3270/\($0)") }
      .filter { steps in
        // A session of a 3270: records that end.
        steps.contains {
          if case .server(let bytes) = $0 { bytes.suffix(2) == [0xFF, 0xEF] } else { false }
        }
      }
  }()

  @Test("no byte is passed over, and who is host is known")
  func whole() {
    var known = 0
    for steps in Self.sessions {
      let result = RoomPlay(.tn3270).play(steps)
      #expect(result.passedOver == 0)
      if !result.exchanges.isEmpty { known += 1 }
      for exchange in result.exchanges where !["QUERY", "READ"].contains(exchange.operation) {
        #expect(exchange.client == .lower, "\(exchange.line)")
      }
    }
    #expect(Self.sessions.isEmpty || known >= 40, "\(known) of \(Self.sessions.count)")
  }

  @Test("without the negotiation most are recognised")
  func late() {
    var recognised = 0
    var all = 0
    for steps in Self.sessions {
      let late = steps.filter { step in
        switch step {
        case .client(let bytes), .server(let bytes): bytes.first != 0xFF
        case .gap: false
        }
      }
      var (lower, upper): ([UInt8], [UInt8]) = ([], [])
      for step in late {
        switch step {
        case .client(let bytes): lower += bytes
        case .server(let bytes): upper += bytes
        case .gap: break
        }
      }
      guard !lower.isEmpty || !upper.isEmpty else { continue }
      all += 1
      let guess = unsafe ApplicationProtocol.guess(lower.span.bytes, upper.span.bytes)
      if guess.application == .tn3270 { recognised += 1 }
    }
    #expect(all == 0 || recognised * 10 >= all * 9, "\(recognised) of \(all)")
  }
}
