/// Writes JSON objects into a sink, one a line, without building them first: the only writer of JSON.
///
/// A member is one call. A value that is nil is null: which keys an object has depends on its type, never on
/// what is known. Formats/json.md lists the types and their keys.
///
/// Source: RFC 8259. Control characters and what a terminal or a browser could act on are escaped.
public struct JSONLine {
  private let sink: ByteSink
  private var needsComma = false
  private var moment = TimeText.iso

  /// No line is begun.
  public init(_ sink: ByteSink) { self.sink = sink }

  // MARK: - Lines

  /// Begins a line: an object that says what it is and which version its keys have.
  public mutating func begin(_ type: String, schema: Int = 1) throws(TraceError) {
    try open()
    try key("type" as StaticString)
    try text(type)
    try number("schema", schema)
  }

  /// Ends the object of the line, and the line.
  public mutating func end() throws(TraceError) {
    try close()
    try endLine()
  }

  /// Ends the line.
  public mutating func endLine() throws(TraceError) {
    try sink.u8(0x0A)
    needsComma = false
  }

  // MARK: - Objects and lists

  /// Opens an object: the whole text, or an item of a list.
  public mutating func open() throws(TraceError) {
    try separate()
    try sink.u8(0x7B)
    needsComma = false
  }

  /// Opens an object that is a member.
  public mutating func open(_ name: StaticString) throws(TraceError) {
    try key(name)
    try open()
  }

  /// Closes the object.
  public mutating func close() throws(TraceError) {
    try sink.u8(0x7D)
    needsComma = true
  }

  /// Opens a list that is a member.
  public mutating func openList(_ name: StaticString) throws(TraceError) {
    try key(name)
    try openList()
  }

  /// Opens a list.
  public mutating func openList() throws(TraceError) {
    try separate()
    try sink.u8(0x5B)
    needsComma = false
  }

  /// Closes the list.
  public mutating func closeList() throws(TraceError) {
    try sink.u8(0x5D)
    needsComma = true
  }

  /// A member that is an object; `body` writes what is in it.
  public mutating func object<Value>(
    _ name: StaticString, _ value: Value?,
    _ body: (inout JSONLine, Value) throws(TraceError) -> Void
  ) throws(TraceError) {
    guard let value else { return try null(name) }
    try open(name)
    try body(&self, value)
    try close()
  }

  /// A member that is a list of objects; `body` writes what is in each.
  public mutating func objects<Value>(
    _ name: StaticString, _ values: [Value]?,
    _ body: (inout JSONLine, Value) throws(TraceError) -> Void
  ) throws(TraceError) {
    guard let values else { return try null(name) }
    try openList(name)
    for value in values {
      try open()
      try body(&self, value)
      try close()
    }
    try closeList()
  }

  /// A member that is a list of strings.
  public mutating func texts(
    _ name: StaticString, _ values: [String]?
  ) throws(TraceError) {
    guard let values else { return try null(name) }
    try openList(name)
    for value in values { try text(value) }
    try closeList()
  }

  // MARK: - Members

  /// A member that has no value.
  public mutating func null(_ name: StaticString) throws(TraceError) {
    try key(name)
    try null()
  }

  /// A string.
  public mutating func text(_ name: StaticString, _ value: String?) throws(TraceError) {
    try key(name)
    if let value { try text(value) } else { try null() }
  }

  /// A string that is null when it is empty: empty stands for what is not known.
  public mutating func known(_ name: StaticString, _ value: String) throws(TraceError) {
    try text(name, value.isEmpty ? nil : value)
  }

  /// A word of ours.
  public mutating func word(_ name: StaticString, _ value: StaticString?) throws(TraceError) {
    try key(name)
    guard let value else { return try null() }
    try sink.u8(0x22)
    try sink.append(value)
    try sink.u8(0x22)
    needsComma = true
  }

  /// A number, a time or an address.
  public mutating func text(_ name: StaticString, _ value: ShortText?) throws(TraceError) {
    try key(name)
    guard let value else { return try null() }
    try sink.u8(0x22)
    try sink.append(value)
    try sink.u8(0x22)
    needsComma = true
  }

  /// Captured text: in a code page, or UTF-8, whose malformed bytes become U+FFFD.
  public mutating func text(
    _ name: StaticString, _ value: RawSpan, _ page: CodePage? = nil
  ) throws(TraceError) {
    try key(name)
    try text(value, page)
  }

  /// Bytes in base64.
  public mutating func base64(_ name: StaticString, _ value: RawSpan) throws(TraceError) {
    try key(name)
    try base64(value)
  }

  /// True or false.
  public mutating func bool(_ name: StaticString, _ value: Bool?) throws(TraceError) {
    try key(name)
    if let value { try bool(value) } else { try null() }
  }

  /// A number.
  @inlinable
  public mutating func number<Number: FixedWidthInteger>(
    _ name: StaticString, _ value: Number?
  ) throws(TraceError) {
    guard let value else { return try null(name) }
    if Number.isSigned {
      try signed(name, Int64(clamping: value))
    } else {
      try unsigned(name, UInt64(clamping: value))
    }
  }

  /// Nanoseconds since 1970 as `2026-01-05T08:00:00.123456789Z`.
  public mutating func time(_ name: StaticString, _ nanoseconds: Int64?) throws(TraceError) {
    try key(name)
    guard let nanoseconds else { return try null() }
    try sink.u8(0x22)
    try moment.write(nanoseconds, digits: 9, to: sink)
    try sink.u8(0x22)
    needsComma = true
  }

  // MARK: - Values: items of lists, and what follows a key

  /// A string.
  public mutating func text(_ value: String) throws(TraceError) {
    try unsafe text(value.utf8.span.bytes, nil)
  }

  /// Captured text.
  public mutating func text(_ value: RawSpan, _ page: CodePage?) throws(TraceError) {
    try separate()
    try sink.jsonString(value, page)
    needsComma = true
  }

  /// Bytes in base64.
  public mutating func base64(_ value: RawSpan) throws(TraceError) {
    try separate()
    try sink.u8(0x22)
    try sink.base64(value)
    try sink.u8(0x22)
    needsComma = true
  }

  /// A number.
  public mutating func number(_ value: Int64) throws(TraceError) {
    try separate()
    try sink.number(value)
    needsComma = true
  }

  /// True or false.
  public mutating func bool(_ value: Bool) throws(TraceError) {
    try separate()
    try sink.append(value ? "true" : "false" as StaticString)
    needsComma = true
  }

  /// No value.
  public mutating func null() throws(TraceError) {
    try separate()
    try sink.append("null" as StaticString)
    needsComma = true
  }

  /// Microseconds since 1970 as `2026-01-05T08:00:00.123456Z`.
  public mutating func time(microseconds: Int64) throws(TraceError) {
    try separate()
    try sink.u8(0x22)
    try moment.write(microseconds: microseconds, to: sink)
    try sink.u8(0x22)
    needsComma = true
  }

  /// A number with three decimals, given in thousandths.
  public mutating func thousandths(_ name: StaticString, _ value: Int64) throws(TraceError) {
    try signed(name, value / 1000)
    try sink.u8(0x2E)
    try sink.decimal((value % 1000).magnitude, width: 3)
  }

  // MARK: - Keys

  /// The key of the next value.
  public mutating func key(_ name: StaticString) throws(TraceError) {
    try sink.jsonKey(
      unsafe UnsafeRawBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount).bytes,
      needsComma)
    needsComma = false
  }

  /// The key of the next value: letters, digits, `_`, `.` and `@`.
  public mutating func key(_ name: String) throws(TraceError) {
    try unsafe sink.jsonKey(name.utf8.span.bytes, needsComma)
    needsComma = false
  }

  @usableFromInline
  mutating func signed(_ name: StaticString, _ value: Int64) throws(TraceError) {
    try key(name)
    try number(value)
  }

  @usableFromInline
  mutating func unsigned(_ name: StaticString, _ value: UInt64) throws(TraceError) {
    try key(name)
    try sink.decimal(value)
    needsComma = true
  }

  @inline(__always)
  private func separate() throws(TraceError) {
    if needsComma { try sink.u8(0x2C) }
  }
}
