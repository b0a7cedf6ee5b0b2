internal import TraceBytes
internal import TraceModel

/// Texts that rows name by their place.
struct StringTable {
  private(set) var texts: [String] = []
  private var places: [String: Int64] = [:]

  mutating func place(_ text: String) -> Int64 {
    if let known = places[text] { return known }
    let place = Int64(texts.count)
    places[text] = place
    texts.append(text)
    return place
  }
}

/// Rows of numbers as lists within a list of JSON: a tenth of what objects would take.
struct NumberRows {
  private let sink: ByteSink
  private var isFirst = true

  init(_ sink: ByteSink) { self.sink = sink }

  mutating func add(_ row: [Int64]) throws(TraceError) {
    try sink.append(isFirst ? "\n[" : ",\n[" as StaticString)
    isFirst = false
    for (place, number) in row.enumerated() {
      if place > 0 { try sink.u8(0x2C) }
      if number < 0 { try sink.u8(0x2D) }
      try sink.decimal(number.magnitude)
    }
    try sink.u8(0x5D)
  }
}

extension Int64 {
  init(_ count: UInt64?) { self = count.map { Int64(clamping: $0) } ?? -1 }
  init(_ flag: Bool) { self = flag ? 1 : 0 }
}
