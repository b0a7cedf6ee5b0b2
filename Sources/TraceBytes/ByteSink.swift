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
  @inlinable static var capacity: Int { 1 << 18 }

  /// What changes with each append. It stands in memory of its own: a property of the object would be checked for
  /// overlapping accesses each time another module appends a byte.
  @safe
  @usableFromInline
  struct Filling {
    @usableFromInline var memory: UnsafeMutableRawPointer
    @usableFromInline var used = 0
    /// Bytes handed on.
    @usableFromInline var before: UInt64 = 0
  }

  private let target: any ByteTarget
  private let background: BackgroundWriter?
  @usableFromInline let filling: UnsafeMutablePointer<Filling>

  /// Bytes appended since the beginning.
  public var total: UInt64 { unsafe filling.pointee.before &+ UInt64(filling.pointee.used) }

  /// An empty buffer in front of a target.
  public init(_ target: any ByteTarget) {
    self.target = target
    background = target as? BackgroundWriter
    unsafe filling = .allocate(capacity: 1)
    unsafe filling.initialize(
      to: Filling(memory: .allocate(byteCount: Self.capacity, alignment: 16)))
  }

  deinit {
    unsafe filling.pointee.memory.deallocate()
    unsafe filling.deallocate()
  }

  /// Hands what is buffered to the target.
  public func flush() throws(TraceError) {
    let count = unsafe filling.pointee.used
    guard count > 0 else { return }
    unsafe filling.pointee.used = 0
    unsafe filling.pointee.before &+= UInt64(count)
    let memory = unsafe UnsafeMutableRawBufferPointer(
      start: filling.pointee.memory, count: Self.capacity)
    if let background {
      if let free = unsafe try background.exchange(memory, used: count).baseAddress {
        unsafe filling.pointee.memory = free
      }
      return
    }
    try target.write(unsafe UnsafeRawBufferPointer(rebasing: memory[0..<count]).bytes)
  }

  /// Flushes and makes the output final.
  public func commit() throws(TraceError) {
    try flush()
    try target.commit()
  }

  /// Makes sure `count` bytes (at most the capacity) fit without a flush in between.
  @inlinable @inline(__always)
  public func reserve(_ count: Int) throws(TraceError) {
    if unsafe filling.pointee.used &+ count > Self.capacity { try flush() }
  }

  /// Lets `body` write where room has been reserved; it returns how many bytes it wrote.
  @inlinable @inline(__always)
  package func writing(_ body: (UnsafeMutableRawPointer) -> Int) {
    let written = unsafe body(filling.pointee.memory + filling.pointee.used)
    unsafe filling.pointee.used &+= written
  }

  /// Lets `body` write up to `count` bytes, at most the capacity; it returns how many it wrote.
  @inline(__always)
  func writing(upTo count: Int, _ body: (UnsafeMutablePointer<UInt8>) -> Int) throws(TraceError) {
    try reserve(count)
    unsafe writing { unsafe body($0.assumingMemoryBound(to: UInt8.self)) }
  }

  /// Writes a byte where room has been reserved.
  @inlinable @inline(__always)
  package func put(_ byte: UInt8) {
    unsafe writing { place in
      unsafe place.storeBytes(of: byte, as: UInt8.self)
      return 1
    }
  }

  /// Appends a run of bytes of any length.
  public func append(_ bytes: RawSpan) throws(TraceError) {
    let count = bytes.byteCount
    guard count > 0 else { return }
    if unsafe filling.pointee.used + count > Self.capacity {
      try flush()
      if count > Self.capacity {
        unsafe filling.pointee.before &+= UInt64(count)
        return try target.write(bytes)
      }
    }
    unsafe writing { place in
      var at = 0
      unsafe Self.copy(bytes, to: place, &at)
      return at
    }
  }

  /// Appends four runs of bytes with one check: a packet's header, its parts and its trailer.
  public func append(_ a: RawSpan, _ b: RawSpan, _ c: RawSpan, _ d: RawSpan) throws(TraceError) {
    let count = a.byteCount &+ b.byteCount &+ c.byteCount &+ d.byteCount
    if unsafe filling.pointee.used &+ count > Self.capacity {
      try flush()
      if count > Self.capacity {
        try append(a)
        try append(b)
        try append(c)
        return try append(d)
      }
    }
    unsafe writing { place in
      var at = 0
      unsafe Self.copy(a, to: place, &at)
      unsafe Self.copy(b, to: place, &at)
      unsafe Self.copy(c, to: place, &at)
      unsafe Self.copy(d, to: place, &at)
      return at
    }
  }

  @inline(__always)
  private static func copy(_ bytes: RawSpan, to memory: UnsafeMutableRawPointer, _ at: inout Int) {
    unsafe bytes.withUnsafeBytes { source in
      guard let base = source.baseAddress else { return }
      unsafe (memory + at).copyMemory(from: base, byteCount: source.count)
    }
    at &+= bytes.byteCount
  }

  @inline(__always)
  private func store<T: FixedWidthInteger & BitwiseCopyable>(_ value: T) throws(TraceError) {
    try reserve(MemoryLayout<T>.size)
    unsafe writing { place in
      unsafe place.storeBytes(of: value, as: T.self)
      return MemoryLayout<T>.size
    }
  }

  /// Appends a byte.
  @inlinable @inline(__always)
  public func u8(_ value: UInt8) throws(TraceError) {
    try reserve(1)
    put(value)
  }

  /// Appends a number of 32 bits, its lowest byte first.
  public func le32(_ value: UInt32) throws(TraceError) { try store(value.littleEndian) }
  /// Appends a number of 32 bits, its highest byte first.
  public func be32(_ value: UInt32) throws(TraceError) { try store(value.bigEndian) }

  /// Appends `count` copies of one byte.
  public func fill(_ byte: UInt8, _ count: Int) throws(TraceError) {
    var left = count
    while left > 0 {
      let now = min(left, Self.capacity)
      try reserve(now)
      unsafe writing { place in
        unsafe place.initializeMemory(as: UInt8.self, repeating: byte, count: now)
        return now
      }
      left -= now
    }
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
}

/// A target that keeps everything in memory, for programs and tests that want the bytes.
public final class MemoryTarget: ByteTarget {
  /// What was written.
  public private(set) var bytes: [UInt8] = []
  /// Whether it is final.
  public private(set) var isCommitted = false

  /// Nothing is written yet.
  public init() {}

  /// Keeps the bytes.
  public func write(_ bytes: RawSpan) throws(TraceError) { self.bytes.append(bytes) }
  /// Notes that it is final.
  public func commit() throws(TraceError) { isCommitted = true }

  /// What was written since the last time.
  public func take() -> [UInt8] {
    var taken: [UInt8] = []
    swap(&taken, &bytes)
    return taken
  }
}
