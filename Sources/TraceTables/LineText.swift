internal import TraceBytes

// What lines of text are made of: JSON strings, base64, times.

extension ByteSink {
  /// Appends a JSON string with its quotes; what a terminal or a browser could act on is escaped.
  ///
  /// - Parameter bytes: well-formed UTF-8.
  func jsonString(_ bytes: RawSpan) throws(TraceError) {
    try u8(0x22)
    var start = 0
    var at = 0
    let count = bytes.byteCount
    while at < count {
      let byte = bytes.u8(at)
      if byte >= 0x20, byte < 0x7F, byte != 0x22, byte != 0x5C {
        at += 1
        continue
      }
      try append(bytes.extracting(start..<at))
      if byte < 0x80 {
        try jsonEscape(byte)
        at += 1
      } else {
        // What follows up to the next ASCII character is looked at as characters.
        var end = at
        while end < count, bytes.u8(end) >= 0x80 { end += 1 }
        let text = String(decoding: bytes.extracting(at..<end).copied(), as: UTF8.self)
        for scalar in text.unicodeScalars { try jsonScalar(scalar) }
        at = end
      }
      start = at
    }
    try append(bytes.extracting(start..<count))
    try u8(0x22)
  }

  func jsonString(_ text: String) throws(TraceError) { try unsafe jsonString(text.utf8.span.bytes) }

  private func jsonEscape(_ byte: UInt8) throws(TraceError) {
    switch byte {
    case 0x22: try append("\\\"" as StaticString)
    case 0x5C: try append("\\\\" as StaticString)
    case 0x0A: try append("\\n" as StaticString)
    case 0x0D: try append("\\r" as StaticString)
    case 0x09: try append("\\t" as StaticString)
    default: try jsonEscape(unit: UInt16(byte))
    }
  }

  private func jsonEscape(unit: UInt16) throws(TraceError) {
    try append("\\u" as StaticString)
    try hex(UInt64(unit), digits: 4, upper: false)
  }

  private func jsonScalar(_ scalar: Unicode.Scalar) throws(TraceError) {
    if VisibleText.isSafe(scalar) { return try append(String(scalar)) }
    // Beyond U+FFFF JSON has surrogate pairs.
    for unit in UTF16.encode(scalar) ?? UTF16.encodedReplacementCharacter {
      try jsonEscape(unit: unit)
    }
  }

  /// Appends base64 (RFC 4648 section 4).
  func base64(_ bytes: RawSpan) throws(TraceError) {
    let digits: StaticString = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    var at = 0
    while at < bytes.byteCount {
      let count = min(3, bytes.byteCount - at)
      var group: UInt32 = 0
      for index in 0..<3 {
        group = group << 8 | (index < count ? UInt32(bytes.u8(at + index)) : 0)
      }
      for index in 0..<4 {
        let digit = Int(group >> UInt32(18 - 6 * index)) & 63
        try u8(index <= count ? unsafe digits.utf8Start[digit] : 0x3D)
      }
      at += 3
    }
  }

  /// Appends a number.
  func number(_ value: Int64) throws(TraceError) {
    if value < 0 { try u8(0x2D) }
    try decimal(value.magnitude)
  }

  /// Appends `2026-01-05T08:00:00.123456Z` of microseconds since 1970.
  func isoTime(microseconds: Int64) throws(TraceError) {
    let (nanoseconds, overflow) = microseconds.multipliedReportingOverflow(by: 1000)
    var text = ShortText()
    CivilDate.append(
      overflow ? (microseconds < 0 ? .min : .max) : nanoseconds, digits: 6, separator: "T",
      to: &text)
    text.append(UInt8(ascii: "Z"))
    try append(text)
  }

  /// Appends a value as JSON has it: times as text, bytes as base64.
  func jsonValue(_ values: borrowing ColumnValues, _ row: Int) throws(TraceError) {
    guard values.present[row] || values.type == .texts else {
      return try append("null" as StaticString)
    }
    switch values.type {
    case .text: try unsafe jsonString(values.bytes.span.bytes.extracting(values.range(row)))
    case .binary:
      try u8(0x22)
      try unsafe base64(values.bytes.span.bytes.extracting(values.range(row)))
      try u8(0x22)
    case .bool: try append(values.numbers[row] != 0 ? "true" : "false" as StaticString)
    case .int32, .int64: try number(values.numbers[row])
    case .time:
      try u8(0x22)
      try isoTime(microseconds: values.numbers[row])
      try u8(0x22)
    case .texts:
      try u8(0x5B)
      let items = values.items(row)
      for item in items {
        if item > items.lowerBound { try u8(0x2C) }
        try unsafe jsonString(values.bytes.span.bytes.extracting(values.itemRange(item)))
      }
      try u8(0x5D)
    }
  }
}
