/// Where finished bytes go: a file, standard output, memory.
public protocol ByteTarget: AnyObject {
  /// Writes all the bytes or throws.
  func write(_ bytes: RawSpan) throws(TraceError)
  /// Makes what was written final: the file appears under its name.
  func commit() throws(TraceError)
}

/// A buffer in front of a target, with the appenders that writers and renderers need.
///
/// Nothing is allocated per append; the buffer is handed on when it is full or flushed.
@safe
public final class ByteSink {
  /// Large enough that handing it to the thread that writes costs little.
  private static let capacity = 1 << 20

  private let target: any ByteTarget
  private let background: BackgroundWriter?
  private var memory: UnsafeMutableRawBufferPointer
  private var used = 0
  // Stored properties of hot paths are private and read through computed ones: then the compiler can
  // prove that accesses do not overlap, and leaves out the run-time check.
  private var appended: UInt64 = 0
  /// Bytes appended since the beginning.
  public var total: UInt64 { appended }

  public init(_ target: any ByteTarget) {
    self.target = target
    background = target as? BackgroundWriter
    unsafe memory = .allocate(byteCount: Self.capacity, alignment: 16)
  }

  deinit { unsafe memory.deallocate() }

  /// Hands what is buffered to the target.
  public func flush() throws(TraceError) {
    guard used > 0 else { return }
    let filled = used
    used = 0
    if let background {
      unsafe memory = try background.exchange(memory, used: filled)
      return
    }
    try target.write(unsafe UnsafeRawBufferPointer(rebasing: memory[0..<filled]).bytes)
  }

  /// Flushes and makes the output final.
  public func commit() throws(TraceError) {
    try flush()
    try target.commit()
  }

  /// Makes sure `count` bytes (at most the capacity) fit without a flush in between.
  @inline(__always)
  public func reserve(_ count: Int) throws(TraceError) {
    if used + count > Self.capacity { try flush() }
  }

  /// Appends a run of bytes of any length.
  public func append(_ bytes: RawSpan) throws(TraceError) {
    let count = bytes.byteCount
    guard count > 0 else { return }
    if used + count > Self.capacity {
      try flush()
      if count > Self.capacity {
        appended += UInt64(count)
        return try target.write(bytes)
      }
    }
    unsafe bytes.withUnsafeBytes { source in
      unsafe UnsafeMutableRawBufferPointer(rebasing: memory[used...]).copyMemory(from: source)
    }
    used += count
    appended += UInt64(count)
  }

  /// Appends four runs of bytes with one check: a packet's header, its parts and its trailer.
  public func append(_ a: RawSpan, _ b: RawSpan, _ c: RawSpan, _ d: RawSpan) throws(TraceError) {
    let count = a.byteCount &+ b.byteCount &+ c.byteCount &+ d.byteCount
    if used &+ count > Self.capacity {
      try flush()
      if count > Self.capacity {
        try append(a)
        try append(b)
        try append(c)
        return try append(d)
      }
    }
    var at = used
    let memory = unsafe self.memory
    unsafe Self.copy(a, to: memory, &at)
    unsafe Self.copy(b, to: memory, &at)
    unsafe Self.copy(c, to: memory, &at)
    unsafe Self.copy(d, to: memory, &at)
    used = at
    appended &+= UInt64(count)
  }

  @inline(__always)
  private static func copy(
    _ bytes: RawSpan, to memory: UnsafeMutableRawBufferPointer, _ at: inout Int
  ) {
    guard bytes.byteCount > 0 else { return }
    unsafe bytes.withUnsafeBytes { source in
      unsafe UnsafeMutableRawBufferPointer(rebasing: memory[at...]).copyMemory(from: source)
    }
    at &+= bytes.byteCount
  }

  /// Lets `body` write up to `count` bytes, at most the capacity; it returns how many it wrote.
  @inline(__always)
  func writing(upTo count: Int, _ body: (UnsafeMutablePointer<UInt8>) -> Int) throws(TraceError) {
    try reserve(count)
    guard let base = unsafe memory.baseAddress else { return }
    let written = unsafe body(base.assumingMemoryBound(to: UInt8.self) + used)
    used &+= written
    appended &+= UInt64(written)
  }

  @inline(__always)
  private func store<T: FixedWidthInteger & BitwiseCopyable>(_ value: T) throws(TraceError) {
    let size = MemoryLayout<T>.size
    try reserve(size)
    unsafe memory.storeBytes(of: value, toByteOffset: used, as: T.self)
    used += size
    appended += UInt64(size)
  }

  public func u8(_ value: UInt8) throws(TraceError) { try store(value) }
  public func le16(_ value: UInt16) throws(TraceError) { try store(value.littleEndian) }
  public func le32(_ value: UInt32) throws(TraceError) { try store(value.littleEndian) }
  public func le64(_ value: UInt64) throws(TraceError) { try store(value.littleEndian) }
  public func be16(_ value: UInt16) throws(TraceError) { try store(value.bigEndian) }
  public func be24(_ value: UInt32) throws(TraceError) {
    try u8(UInt8(truncatingIfNeeded: value >> 16))
    try be16(UInt16(truncatingIfNeeded: value))
  }
  public func be32(_ value: UInt32) throws(TraceError) { try store(value.bigEndian) }
  public func be64(_ value: UInt64) throws(TraceError) { try store(value.bigEndian) }

  /// Appends `count` copies of one byte.
  public func fill(_ byte: UInt8, _ count: Int) throws(TraceError) {
    var left = count
    while left > 0 {
      let now = min(left, Self.capacity)
      try reserve(now)
      for index in 0..<now { unsafe memory[used + index] = byte }
      used += now
      left -= now
    }
    appended += UInt64(max(0, count))
  }

  /// Appends the bytes of an array.
  public func append(_ bytes: [UInt8]) throws(TraceError) { try unsafe append(bytes.span.bytes) }

  /// Appends the UTF-8 bytes of a literal.
  public func append(_ text: StaticString) throws(TraceError) {
    let bytes = unsafe UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
    try append(unsafe bytes.bytes)
  }

  /// Appends the UTF-8 bytes of a text.
  public func append(_ text: String) throws(TraceError) {
    try unsafe append(text.utf8.span.bytes)
  }

  /// Appends a number in decimal.
  public func decimal(_ value: UInt64) throws(TraceError) {
    try unsafe writing(upTo: 20) { place in
      var digits = 1
      var rest = value / 10
      while rest > 0 {
        digits &+= 1
        rest /= 10
      }
      rest = value
      for at in stride(from: digits - 1, through: 0, by: -1) {
        unsafe place[at] = 0x30 + UInt8(truncatingIfNeeded: rest % 10)
        rest /= 10
      }
      return digits
    }
  }

  /// Appends a number in decimal, with a minus sign where it is below zero.
  public func number(_ value: Int64) throws(TraceError) {
    if value < 0 { try u8(0x2D) }
    try decimal(value.magnitude)
  }

  /// Appends a number in decimal with leading zeros up to `width` digits, 20 at most.
  public func decimal(_ value: UInt64, zeroPadded width: Int) throws(TraceError) {
    var text = ShortText()
    text.decimal(value, width: width)
    try append(text)
  }

  /// Appends the lowest `digits` hexadecimal digits of a number.
  public func hex(_ value: UInt64, digits: Int, upper: Bool = true) throws(TraceError) {
    for index in (0..<digits).reversed() {
      let nibble = UInt8(truncatingIfNeeded: value >> (4 * UInt64(index))) & 15
      try u8(upper ? Hex.capital(nibble) : Hex.small(nibble))
    }
  }
}

/// A target that keeps everything in memory, for programs and tests that want the bytes.
public final class MemoryTarget: ByteTarget {
  public private(set) var bytes: [UInt8] = []
  public private(set) var isCommitted = false

  public init() {}

  public func write(_ bytes: RawSpan) throws(TraceError) { self.bytes.append(bytes) }
  public func commit() throws(TraceError) { isCommitted = true }

  /// What was written since the last time.
  public func take() -> [UInt8] {
    defer { bytes.removeAll(keepingCapacity: true) }
    return bytes
  }
}
