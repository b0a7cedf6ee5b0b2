/// A short text put together byte by byte: numbers, times and addresses, which rows consist of, without
/// a String for each of their parts.
public struct ShortText: Sendable {
  /// Longer than any number, time or address.
  private static let capacity = 64
  fileprivate var bytes = InlineArray<64, UInt8>(repeating: 0)
  fileprivate var count = 0

  /// No text yet.
  public init() {}

  /// The text so far.
  public var text: String {
    unsafe String(unsafeUninitializedCapacity: count) { place in
      for index in 0..<count { unsafe place[index] = bytes[index] }
      return count
    }
  }

  /// Appends an ASCII character; what does not fit is left out.
  public mutating func append(_ character: UInt8) {
    guard count < Self.capacity else { return }
    bytes[count] = character
    count += 1
  }

  /// Takes the last characters off.
  mutating func removeLast(_ characters: Int) { count = max(0, count - characters) }

  /// Appends a number in decimal, with leading zeros up to `width` digits.
  public mutating func decimal(_ value: UInt64, width: Int = 1) {
    number(value, width: width, grouped: false)
  }

  /// Appends thousandths as a number with three decimals: `12.345`.
  public mutating func thousandths(_ value: UInt64, grouped isGrouped: Bool = false) {
    number(value / 1000, width: 1, grouped: isGrouped)
    append(UInt8(ascii: "."))
    decimal(value % 1000, width: 3)
  }

  /// Appends a number in decimal with a comma every three digits.
  public mutating func grouped(_ value: UInt64) { number(value, width: 1, grouped: true) }

  private mutating func number(_ value: UInt64, width: Int, grouped: Bool) {
    var digits = 1
    var divisor: UInt64 = 1
    while digits < min(width, 20) || value / divisor >= 10 {
      divisor *= 10
      digits += 1
    }
    while digits > 0 {
      append(0x30 + UInt8(truncatingIfNeeded: value / divisor % 10))
      divisor /= 10
      digits -= 1
      if grouped, digits > 0, digits % 3 == 0 { append(0x2C) }
    }
  }
}

extension ShortText {
  /// Appends the bytes of the text to others.
  public func append(to bytes: inout [UInt8]) {
    unsafe bytes.append(self.bytes.span.bytes.extracting(0..<count))
  }
}

extension ByteSink {
  /// Appends a short text.
  public func append(_ text: ShortText) throws(TraceError) {
    try unsafe append(text.bytes.span.bytes.extracting(0..<text.count))
  }
}
