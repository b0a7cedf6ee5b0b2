// What lines of text are made of: strings of JSON, base64, moments.

extension ByteSink {
  /// Appends a string of JSON with its quotes; what a terminal or a browser could act on is escaped.
  ///
  /// - Parameters:
  ///   - bytes: UTF-8, whose malformed bytes become U+FFFD, or characters of `page`.
  ///   - page: the code page of the bytes.
  public func jsonString(_ bytes: RawSpan, _ page: CodePage? = nil) throws(TraceError) {
    try u8(0x22)
    var at = 0
    // Where the characters of two bytes (between SO and SI) end.
    var pairsEnd = 0
    while at < bytes.byteCount {
      let end = min(bytes.byteCount, at + Self.textPiece)
      // The longest is an escape of six bytes for a byte.
      try unsafe writing(upTo: 6 * (Self.textPiece + 4)) { place in
        var text = unsafe JSONCharacters(place)
        if let page {
          while at < end {
            let byte = bytes.u8(at)
            if at < pairsEnd {
              let scalar = at + 1 < pairsEnd ? page.scalar(byte, bytes.u8(at + 1)) : nil
              text.append(scalar?.value ?? 0xFFFD)
              at = min(pairsEnd, at &+ 2)
              if at == pairsEnd, at < bytes.byteCount, bytes.u8(at) == CodePage.shiftIn { at &+= 1 }
            } else if byte == CodePage.shiftOut, let pairs = page.pairsBehind(bytes, at) {
              // SO, and characters of two bytes that the page knows.
              pairsEnd = pairs.upperBound
              at = pairs.lowerBound
            } else {
              text.append(UInt32(page.scalars[Int(byte)]))
              at &+= 1
            }
          }
        } else {
          while at < end {
            at = text.appendPlain(bytes, at, end)
            guard at < end else { break }
            let byte = bytes.u8(at)
            if byte < 0x80 {
              text.append(UInt32(byte))
              at &+= 1
            } else if let (scalar, length) = UTF8Sequence.read(bytes, at) {
              text.append(scalar.value)
              at &+= length
            } else {
              text.append(0xFFFD)
              at &+= 1
            }
          }
        }
        return text.count
      }
    }
    try u8(0x22)
  }

  /// Bytes that become text between two looks at the room left.
  private static let textPiece = 4096

  /// Appends a key of JSON, which needs no escapes, and its colon.
  func jsonKey(_ name: RawSpan, _ needsComma: Bool) throws(TraceError) {
    let length = min(name.byteCount, Self.textPiece)
    try unsafe writing(upTo: length + 4) { place in
      var at = 0
      if needsComma {
        unsafe place[0] = 0x2C
        at = 1
      }
      unsafe place[at] = 0x22
      unsafe name.withUnsafeBytes { source in
        guard let base = source.baseAddress else { return }
        unsafe (place + at + 1).update(
          from: base.assumingMemoryBound(to: UInt8.self), count: length)
      }
      unsafe place[at + 1 + length] = 0x22
      unsafe place[at + 2 + length] = 0x3A
      return at + 3 + length
    }
  }

  /// Appends base64.
  public func base64(_ bytes: RawSpan) throws(TraceError) {
    var at = 0
    while at < bytes.byteCount {
      let end = min(bytes.byteCount, at + 3 * Self.textPiece)
      try unsafe writing(upTo: Base64.length(end - at)) { place in
        unsafe Base64.write(bytes, at..<end, to: place)
      }
      at = end
    }
  }
}

/// Characters of a JSON string on their way into memory that has room for them.
@safe
private struct JSONCharacters {
  private let place: UnsafeMutablePointer<UInt8>
  private(set) var count = 0

  init(_ place: UnsafeMutablePointer<UInt8>) { unsafe self.place = place }

  @inline(__always)
  mutating func append(_ scalar: UInt32) {
    if scalar >= 0x20, scalar < 0x7F, scalar != 0x22, scalar != 0x5C {
      return put(UInt8(truncatingIfNeeded: scalar))
    }
    appendOther(Unicode.Scalar(scalar) ?? "\u{FFFD}")
  }

  /// Appends characters that stand for themselves, eight at a time, and returns where others begin or fewer
  /// than eight are left. There is room for eight bytes more than are appended.
  @inline(__always)
  mutating func appendPlain(_ bytes: RawSpan, _ start: Int, _ end: Int) -> Int {
    let (ones, highs): (UInt64, UInt64) = (0x0101_0101_0101_0101, 0x8080_8080_8080_8080)
    var at = start
    while at &+ 8 <= end {
      let run = bytes.le64(at)
      let (quote, backslash) = (run ^ (ones &* 0x22), run ^ (ones &* 0x5C))
      let delete = run ^ (ones &* 0x7F)
      // The classic tests for a byte below 20, and for one that is a quote, a backslash or a delete.
      let below = (run &- ones &* 0x20) & ~run
      let equal =
        (quote &- ones) & ~quote | (backslash &- ones) & ~backslash | (delete &- ones) & ~delete
      let marks = (run | below | equal) & highs
      unsafe UnsafeMutableRawPointer(place).storeBytes(
        of: run.littleEndian, toByteOffset: count, as: UInt64.self)
      guard marks == 0 else {
        // The lowest mark is exact; above it borrows can leave others.
        let plain = marks.trailingZeroBitCount / 8
        count &+= plain
        return at &+ plain
      }
      count &+= 8
      at &+= 8
    }
    return at
  }

  private mutating func appendOther(_ scalar: Unicode.Scalar) {
    switch scalar {
    case "\"", "\\":
      put(0x5C)
      put(UInt8(truncatingIfNeeded: scalar.value))
    case "\n": escape(0x6E)
    case "\r": escape(0x72)
    case "\t": escape(0x74)
    default:
      if VisibleText.isSafe(scalar) {
        for byte in UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter { put(byte) }
        return
      }
      // Beyond U+FFFF JSON has surrogate pairs.
      for unit in UTF16.encode(scalar) ?? UTF16.encodedReplacementCharacter {
        escape(0x75)
        for shift in [12, 8, 4, 0] as [UInt16] {
          let nibble = UInt8(truncatingIfNeeded: unit >> shift) & 15
          put(Hex.small(nibble))
        }
      }
    }
  }

  private mutating func escape(_ letter: UInt8) {
    put(0x5C)
    put(letter)
  }

  @inline(__always)
  private mutating func put(_ byte: UInt8) {
    unsafe place[count] = byte
    count &+= 1
  }
}
