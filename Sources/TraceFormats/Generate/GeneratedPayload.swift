internal import TraceBytes

/// What generated conversations carry beside HTTP: requests and answers of one kind, of the sizes asked for.
struct GeneratedPayload {
  let content: TraceGenerator.Payload
  let sizes: TraceGenerator.Sizes
  /// Bytes that one record can have.
  let most: Int

  /// The most that a record of a data trace holds here, and a packet on Ethernet.
  static func most(_ kind: TraceGenerator.Kind) -> Int { kind == .data ? 32_000 : 1448 }

  /// Bytes of the next send. Of real ones half are small, and a few carry most of the bytes.
  private func size(isRequest: Bool, _ random: inout SplitMix64) -> Int {
    let size: UInt64
    switch sizes {
    case .small: size = 1 + random.below(100)
    case .large: size = UInt64(most) / 2 + random.below(UInt64(most) / 2)
    case .real:
      switch random.below(100) {
      case ..<50: size = 20 + random.below(180)
      case ..<85: size = 200 + random.below(1200)
      case ..<98: size = isRequest ? 100 + random.below(900) : 1400 + random.below(7000)
      default: size = isRequest ? 1000 + random.below(2000) : 8000 + random.below(24_000)
      }
    }
    return min(most, Int(size))
  }

  func append(isRequest: Bool, to payload: inout [UInt8], _ random: inout SplitMix64) {
    let count = size(isRequest: isRequest, &random)
    let framed = min(count, most - 40)
    switch content {
    case .http, .mixed: break
    case .text: payload += Self.slice(Self.text, count, &random)
    case .ebcdic: payload += Self.slice(Self.ebcdic, count, &random)
    case .binary: payload += Self.slice(Self.binary, count, &random)
    case .drda:
      if isRequest {
        // EXCSQLIMM, and the statement as an object of the same request.
        let statement = "SELECT NAME, CITY FROM ACCT.CUSTOMER WHERE ID = \(random.below(1_000_000))"
        Self.segment(0x51, 0x200A, [], to: &payload)
        Self.segment(
          0x03, 0x2414, [0] + Self.long(statement.utf8.count) + statement.utf8 + [0xFF],
          to: &payload)
      } else {
        // Rows of the answer, and an SQLCARD that says that all is well.
        Self.segment(0x53, 0x241B, Array(Self.slice(Self.binary, framed, &random)), to: &payload)
        Self.segment(0x03, 0x2408, [0xFF], to: &payload)
      }
    }
  }

  /// Source: DRDA Volume 3, DSS and DDM headers: length, X'D0', format, correlation; length, code point.
  private static func segment(
    _ format: UInt8, _ code: UInt16, _ bytes: [UInt8], to payload: inout [UInt8]
  ) {
    let count = bytes.count + 4
    payload += [UInt8(truncatingIfNeeded: (count + 6) >> 8), UInt8(truncatingIfNeeded: count + 6)]
    payload += [0xD0, format, 0, 1]
    payload += [UInt8(truncatingIfNeeded: count >> 8), UInt8(truncatingIfNeeded: count)]
    payload += [UInt8(code >> 8), UInt8(truncatingIfNeeded: code)]
    payload += bytes
  }

  private static func long(_ value: Int) -> [UInt8] {
    (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) }
  }

  // MARK: - Bytes that sends are cut out of

  private static func slice(
    _ pool: [UInt8], _ count: Int, _ random: inout SplitMix64
  ) -> ArraySlice<UInt8> {
    let start = Int(random.below(UInt64(pool.count - count)))
    return pool[start..<start + count]
  }

  private static let poolBytes = 1 << 17

  private static let text: [UInt8] = {
    let words = [
      "account", "balance", "customer", "date", "order", "transfer", "region", "2026-01-05",
      "12.50", "the", "of", "for", "is", "total", "pending", "S0W1", "paid", "EUR", "page", "line",
    ].map { Array($0.utf8) }
    var random = SplitMix64(state: 7)
    var bytes: [UInt8] = []
    var column = 0
    while bytes.count < poolBytes {
      let word = words[Int(random.below(UInt64(words.count)))]
      column += word.count + 1
      bytes += word
      bytes.append(column > 70 ? 0x0A : 0x20)
      if column > 70 { column = 0 }
    }
    return bytes
  }()

  private static let ebcdic = text.map { TextEncoding.ibm1047[Int($0)] }

  private static let binary: [UInt8] = {
    var random = SplitMix64(state: 9)
    return (0..<poolBytes / 8).flatMap { _ in
      let value = random.next()
      return (0..<8).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }
  }()
}
