public import TraceBytes

/// Writes one JSON object as one line into a sink, without building it first.
///
/// Source: RFC 8259. Control characters and what a terminal or a browser could act on are escaped.
public struct JSONLine {
  private let sink: ByteSink
  private var needsComma = false

  public init(_ sink: ByteSink) { self.sink = sink }

  public mutating func open() throws(TraceError) {
    try separate()
    try sink.u8(0x7B)
    needsComma = false
  }

  public mutating func open(_ name: StaticString) throws(TraceError) {
    try key(name)
    try sink.u8(0x7B)
    needsComma = false
  }

  public mutating func close() throws(TraceError) {
    try sink.u8(0x7D)
    needsComma = true
  }

  public mutating func openList(_ name: StaticString) throws(TraceError) {
    try key(name)
    try sink.u8(0x5B)
    needsComma = false
  }

  public mutating func closeList() throws(TraceError) {
    try sink.u8(0x5D)
    needsComma = true
  }

  /// Ends the line.
  public mutating func endLine() throws(TraceError) {
    try sink.u8(0x0A)
    needsComma = false
  }

  public mutating func number(_ name: StaticString, _ value: UInt64) throws(TraceError) {
    try key(name)
    try sink.decimal(value)
    needsComma = true
  }

  public mutating func number(_ name: StaticString, _ value: Int64) throws(TraceError) {
    try key(name)
    if value < 0 { try sink.u8(0x2D) }
    try sink.decimal(value.magnitude)
    needsComma = true
  }

  /// Writes a member that has no value.
  public mutating func null(_ name: StaticString) throws(TraceError) {
    try key(name)
    try sink.append("null" as StaticString)
    needsComma = true
  }

  public mutating func bool(_ name: StaticString, _ value: Bool) throws(TraceError) {
    try key(name)
    try sink.append(value ? "true" : "false" as StaticString)
    needsComma = true
  }

  public mutating func text(_ name: StaticString, _ value: String) throws(TraceError) {
    try key(name)
    try string(value)
  }

  /// A string whose characters are escaped already.
  mutating func escaped(_ name: StaticString, _ bytes: [UInt8]) throws(TraceError) {
    try key(name)
    try sink.u8(0x22)
    try sink.append(bytes)
    try sink.u8(0x22)
    needsComma = true
  }

  /// A string in a list.
  public mutating func text(_ value: String) throws(TraceError) {
    try separate()
    try string(value)
  }

  /// A number in a list.
  mutating func number(_ value: UInt64) throws(TraceError) {
    try separate()
    try sink.decimal(value)
    needsComma = true
  }

  private mutating func key(_ name: StaticString) throws(TraceError) {
    try separate()
    try sink.u8(0x22)
    try sink.append(name)
    try sink.append("\":" as StaticString)
  }

  private func separate() throws(TraceError) {
    if needsComma { try sink.u8(0x2C) }
  }

  private mutating func string(_ value: String) throws(TraceError) {
    try sink.u8(0x22)
    for scalar in value.unicodeScalars { try Self.escape(scalar, into: sink) }
    try sink.u8(0x22)
    needsComma = true
  }

  /// Appends one character, escaped where JSON needs it or a terminal could act on it.
  static func escape(_ scalar: Unicode.Scalar, into sink: ByteSink) throws(TraceError) {
    switch scalar {
    case "\"": try sink.append("\\\"" as StaticString)
    case "\\": try sink.append("\\\\" as StaticString)
    case "\n": try sink.append("\\n" as StaticString)
    case "\r": try sink.append("\\r" as StaticString)
    case "\t": try sink.append("\\t" as StaticString)
    default:
      if scalar.value < 0x20 || (0x7F..<0xA0).contains(scalar.value)
        || VisibleText.turnsText(scalar)
      {
        // Beyond U+FFFF JSON has surrogate pairs.
        for unit in UTF16.encode(scalar) ?? UTF16.encodedReplacementCharacter {
          try sink.append("\\u" as StaticString)
          try sink.hex(UInt64(unit), digits: 4, upper: false)
        }
      } else {
        for byte in UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter { try sink.u8(byte) }
      }
    }
  }
}
