public import TraceBytes

/// Rendered bytes on their way to a sink.
///
/// Renderers write millions of single characters, so these land in memory of this module, where the
/// compiler sees through the call, and reach the sink in large pieces.
@safe
public final class RenderBuffer {
  /// Bytes that one ``reserve(_:)`` may ask for.
  static let largestReservation = 48 << 10
  private static let capacity = 64 << 10

  /// The sink that everything ends up in.
  public let sink: ByteSink
  private let memory: UnsafeMutablePointer<UInt8>
  private var used = 0

  /// Takes 64 KiB of memory; nothing reaches the sink before they are full or ``flush()`` is called.
  public init(_ sink: ByteSink) {
    self.sink = sink
    unsafe memory = .allocate(capacity: Self.capacity + 16)
  }

  deinit { unsafe memory.deallocate() }

  /// Hands what is buffered to the sink, which may keep it for a while.
  public func drain() throws(TraceError) {
    guard used > 0 else { return }
    let filled = used
    used = 0
    try sink.append(unsafe UnsafeRawBufferPointer(start: memory, count: filled).bytes)
  }

  /// Makes room for `count` bytes, at most ``largestReservation``.
  @inline(__always)
  func reserve(_ count: Int) throws(TraceError) {
    if used + count > Self.capacity { try drain() }
  }

  @inline(__always)
  func u8(_ byte: UInt8) throws(TraceError) {
    try reserve(1)
    unsafe memory[used] = byte
    used += 1
  }

  func append(_ bytes: RawSpan) throws(TraceError) {
    var done = 0
    while done < bytes.byteCount {
      let now = min(Self.largestReservation, bytes.byteCount - done)
      try reserve(now)
      unsafe bytes.extracting(done..<done + now).withUnsafeBytes { source in
        unsafe UnsafeMutableRawPointer(memory + used).copyMemory(
          from: source.baseAddress ?? UnsafeRawPointer(memory), byteCount: now)
      }
      used += now
      done += now
    }
  }

  func append(_ bytes: [UInt8]) throws(TraceError) { try unsafe append(bytes.span.bytes) }

  func append(_ text: StaticString) throws(TraceError) {
    try unsafe append(
      UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount).bytes)
  }

  func fill(_ byte: UInt8, _ count: Int) throws(TraceError) {
    var left = count
    while left > 0 {
      let now = min(left, Self.largestReservation)
      try reserve(now)
      for index in 0..<now { unsafe memory[used + index] = byte }
      used += now
      left -= now
    }
  }

  func decimal(_ value: UInt64, width: Int = 0) throws(TraceError) {
    try reserve(40)
    guard let small = UInt32(exactly: value), width < 10 else { return longDecimal(value, width) }
    put(small, width: width)
  }

  /// Writes a number where room has been reserved.
  @inline(__always)
  func put(_ value: UInt32, width: Int = 0) {
    let digits = max(Self.digits(value), width)
    let first = unsafe memory + used
    var at = digits
    var rest = value
    // Two digits at a time; the compiler divides by multiplying.
    while at >= 2 {
      let pair = rest % 100
      rest /= 100
      at &-= 2
      unsafe first[at] = 0x30 + UInt8(truncatingIfNeeded: pair / 10)
      unsafe first[at &+ 1] = 0x30 + UInt8(truncatingIfNeeded: pair % 10)
    }
    if at > 0 { unsafe first[0] = 0x30 + UInt8(truncatingIfNeeded: rest) }
    used &+= digits
  }

  /// Writes a byte where room has been reserved.
  @inline(__always)
  func put(_ byte: UInt8) {
    unsafe memory[used] = byte
    used &+= 1
  }

  /// Writes two hexadecimal digits where room has been reserved.
  @inline(__always)
  func putHex(_ value: UInt8) {
    let (high, low) = (value >> 4, value & 15)
    put(Hex.capital(high))
    put(Hex.capital(low))
  }

  /// Writes eight hexadecimal digits where room has been reserved.
  @inline(__always)
  func putHex(_ value: UInt32) {
    unsafe UnsafeMutableRawPointer(memory).storeBytes(
      of: EightBytes.hex(value).bigEndian, toByteOffset: used, as: UInt64.self)
    used &+= 8
  }

  /// Lets `body` write where room has been reserved; it returns how many bytes it wrote.
  @inline(__always)
  func writing(_ body: (UnsafeMutableRawPointer) -> Int) {
    used &+= unsafe body(UnsafeMutableRawPointer(memory + used))
  }

  @inline(__always)
  private static func digits(_ value: UInt32) -> Int {
    if value < 100 { return value < 10 ? 1 : 2 }
    if value < 10_000 { return value < 1000 ? 3 : 4 }
    if value < 1_000_000 { return value < 100_000 ? 5 : 6 }
    if value < 100_000_000 { return value < 10_000_000 ? 7 : 8 }
    return value < 1_000_000_000 ? 9 : 10
  }

  private func longDecimal(_ value: UInt64, _ width: Int) {
    var digits = 1
    var rest = value / 10
    while rest > 0 {
      digits += 1
      rest /= 10
    }
    let total = min(max(digits, width), 40)
    rest = value
    var at = used + total
    for _ in 0..<total {
      at -= 1
      unsafe memory[at] = 0x30 + UInt8(truncatingIfNeeded: rest % 10)
      rest /= 10
    }
    used += total
  }

  func decimal(_ value: Int) throws(TraceError) {
    if value < 0 { try u8(0x2D) }
    try decimal(UInt64(value.magnitude))
  }

  /// The lowest `digits` hexadecimal digits.
  @inline(__always)
  func hex(_ value: UInt64, digits: Int, upper: Bool = true) throws(TraceError) {
    try reserve(16)
    var shift = UInt64(4 * digits)
    for _ in 0..<min(digits, 16) {
      shift &-= 4
      let nibble = UInt8(truncatingIfNeeded: value >> shift) & 15
      unsafe memory[used] = upper ? Hex.capital(nibble) : Hex.small(nibble)
      used += 1
    }
  }

  /// `\x1b` for a byte.
  @inline(__always)
  func escape(_ byte: UInt8) throws(TraceError) {
    try reserve(4)
    let glyph = UInt32(truncatingIfNeeded: GlyphTable.escapes[Int(byte)]).littleEndian
    unsafe UnsafeMutableRawPointer(memory).storeBytes(
      of: glyph, toByteOffset: used, as: UInt32.self)
    used += 4
  }

  /// A character as UTF-8, or as a visible escape when it could act on a terminal.
  func scalar(_ scalar: Unicode.Scalar) throws(TraceError) {
    if VisibleText.isSafe(scalar) {
      for byte in UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter { try u8(byte) }
    } else {
      try append("\\u{")
      let value = UInt64(scalar.value)
      try hex(value, digits: value < 0x100 ? 2 : value < 0x10000 ? 4 : 6, upper: false)
      try u8(0x7D)
    }
  }

  /// Text from anywhere, made safe.
  public func visible(_ text: String) throws(TraceError) {
    for scalar in text.unicodeScalars { try self.scalar(scalar) }
  }

  // MARK: - Runs of payload

  /// Bytes of a run that are translated between two reservations.
  private static let runPiece = 8 << 10

  /// Appends the characters of `bytes` from `start` up to the first byte that the table does not
  /// translate by itself, and returns where that is.
  func translate(
    _ bytes: RawSpan, from start: Int, to end: Int, _ table: GlyphTable
  ) throws(TraceError) -> Int {
    var at = start
    while at < end {
      let stop = min(end, at + Self.runPiece)
      try reserve(4 * Self.runPiece)
      let reached =
        table.isASCII ? copyPrintable(bytes, at, stop, table) : translate(bytes, at, stop, table)
      guard reached == stop else { return reached }
      at = reached
    }
    return at
  }

  /// A store of four bytes for each character, of which its length counts. The reservation made by the
  /// caller covers four bytes for each of at most ``runPiece``.
  @inline(__always)
  private func translate(_ bytes: RawSpan, _ start: Int, _ end: Int, _ table: GlyphTable) -> Int {
    let target = unsafe UnsafeMutableRawPointer(memory)
    var out = used
    let reached = unsafe bytes.withUnsafeBytes { source in
      unsafe table.glyphs.withUnsafeBufferPointer { glyphs in
        let escapes = GlyphTable.escapes
        var at = start
        while at < end {
          let glyph = unsafe glyphs[Int(source[at])]
          let length = Int(truncatingIfNeeded: glyph >> 32)
          if length == 0 {
            // Begins no UTF-8 sequence; EBCDIC taken for ASCII is full of these.
            guard table.isASCII, at &+ 1 < end, unsafe source[at] >= 0xC2,
              unsafe source[at &+ 1] & 0xC0 != 0x80
            else { break }
            let escape = unsafe UInt32(truncatingIfNeeded: escapes[Int(source[at])])
            unsafe target.storeBytes(
              of: escape.littleEndian, toByteOffset: out, as: UInt32.self)
            out &+= 4
            at &+= 1
            continue
          }
          unsafe target.storeBytes(
            of: UInt32(truncatingIfNeeded: glyph).littleEndian, toByteOffset: out, as: UInt32.self)
          out &+= length
          at &+= 1
        }
        return at
      }
    }
    used = out
    return reached
  }

  /// As `translate`, for ASCII: up to sixteen printable characters at a time are copied as they are.
  @inline(__always)
  private func copyPrintable(
    _ bytes: RawSpan, _ start: Int, _ end: Int, _ table: GlyphTable
  ) -> Int {
    var at = start
    while at < end {
      at = copyRun(bytes, at, end)
      let stop = min(end, at + 16)
      at = translate(bytes, at, stop, table)
      if at < stop { break }
    }
    return at
  }

  /// Copies printable ASCII from `start` on, and returns where something else stands, or where fewer
  /// than sixteen bytes are left. There is room for sixteen bytes more than are copied.
  @inline(__always)
  private func copyRun(_ bytes: RawSpan, _ start: Int, _ end: Int) -> Int {
    let target = unsafe UnsafeMutableRawPointer(memory)
    var at = start
    var out = used
    unsafe bytes.withUnsafeBytes { source in
      guard let base = source.baseAddress else { return }
      while end &- at >= 16 {
        let one = unsafe base.loadUnaligned(fromByteOffset: at, as: UInt64.self).littleEndian
        let two = unsafe base.loadUnaligned(fromByteOffset: at &+ 8, as: UInt64.self).littleEndian
        unsafe target.storeBytes(of: one.littleEndian, toByteOffset: out, as: UInt64.self)
        unsafe target.storeBytes(of: two.littleEndian, toByteOffset: out &+ 8, as: UInt64.self)
        let (odd, odder) = (EightBytes.unprintable(one), EightBytes.unprintable(two))
        guard odd | odder == 0 else {
          // The lowest mark is exact; above it borrows can leave others.
          let count =
            odd != 0 ? odd.trailingZeroBitCount / 8 : 8 &+ odder.trailingZeroBitCount / 8
          out &+= count
          at &+= count
          return
        }
        out &+= 16
        at &+= 16
      }
    }
    used = out
    return at
  }

  /// Appends lines of printable ASCII, each after `indent` blanks, until something else comes. Returns
  /// where that is; `isAtLineStart` tells whether a line is open there.
  func asciiLines(
    _ bytes: RawSpan, from start: Int, indent: Int, isAtLineStart: inout Bool
  ) throws(TraceError) -> Int {
    var at = start
    let count = bytes.byteCount
    while at < count {
      let end = min(count, at + Self.runPiece)
      try reserve(Self.runPiece * 4)
      // Short lines grow by their indent; room for the rest of the piece is kept.
      let full = used + Self.runPiece * 3 - indent - 32
      while at < end, used < full {
        let byte = bytes.u8(at)
        if byte == 0x0A || byte == 0x0D && at + 1 < count && bytes.u8(at + 1) == 0x0A {
          unsafe memory[used] = 0x0A
          used &+= 1
          at &+= byte == 0x0A ? 1 : 2
          isAtLineStart = true
          continue
        }
        guard byte &- 0x20 < 0x5F else { return at }
        if isAtLineStart {
          for index in 0..<indent { unsafe memory[used &+ index] = 0x20 }
          used &+= indent
          isAtLineStart = false
        }
        at = copyRun(bytes, at, end)
        // The last bytes one by one.
        let stop = min(end, at &+ 16)
        while at < stop, bytes.u8(at) &- 0x20 < 0x5F {
          unsafe memory[used] = bytes.u8(at)
          used &+= 1
          at &+= 1
        }
      }
    }
    return at
  }
}

/// Tests on eight bytes at once. The compiler makes better code of these than of SIMD masks.
enum EightBytes {
  static let ones: UInt64 = 0x0101_0101_0101_0101
  static let highs: UInt64 = 0x8080_8080_8080_8080

  /// Eight hexadecimal digits, the first in the highest byte.
  @inline(__always)
  static func hex(_ value: UInt32) -> UInt64 {
    // A half, then a byte, then a digit goes into each part of twice the width.
    var digits = UInt64(value)
    digits = (digits << 16 | digits) & 0x0000_FFFF_0000_FFFF
    digits = (digits << 8 | digits) & 0x00FF_00FF_00FF_00FF
    digits = (digits << 4 | digits) & 0x0F0F_0F0F_0F0F_0F0F
    // Seven more for those from ten on.
    let letters = (digits &+ 0x0606_0606_0606_0606) >> 4 & ones
    return digits &+ 0x3030_3030_3030_3030 &+ letters &* 7
  }

  /// Not zero when a byte is not in 20...7E.
  @inline(__always)
  static func unprintable(_ bytes: UInt64) -> UInt64 {
    (bytes | below(bytes, 0x20) | equal(bytes, 0x7F)) & highs
  }

  /// Not zero in the high bits when a byte is below `limit`, at most 80.
  @inline(__always)
  private static func below(_ bytes: UInt64, _ limit: UInt64) -> UInt64 {
    (bytes &- ones &* limit) & ~bytes
  }

  /// Not zero in the high bits when a byte is `value`.
  @inline(__always)
  static func equal(_ bytes: UInt64, _ value: UInt64) -> UInt64 {
    let difference = bytes ^ (ones &* value)
    return (difference &- ones) & ~difference & highs
  }
}
