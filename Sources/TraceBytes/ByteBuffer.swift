/// A growable stretch of raw memory that keeps bytes between reads: the carry of a window, the
/// stream of a framed file, the parts of one large record.
///
/// Bytes live in `start..<end`; taking from the front moves `start`, and room at the end is made by
/// moving what is left to the front, so memory stays at the high-water mark of what was kept, or until
/// ``releaseMemory()``.
@safe
public final class ByteBuffer {
  private var memory: UnsafeMutableRawBufferPointer
  /// Where the bytes that are kept begin in memory.
  public private(set) var start = 0
  /// Where they end.
  public private(set) var end = 0

  /// - Parameter capacity: bytes that fit before the memory grows.
  public init(capacity: Int = 0) {
    unsafe memory =
      capacity > 0
      ? .allocate(byteCount: max(capacity, 16), alignment: 16)
      : UnsafeMutableRawBufferPointer(start: nil, count: 0)
  }

  deinit { unsafe memory.deallocate() }

  /// How many bytes are kept.
  @inlinable public var count: Int { end - start }
  /// How many bytes its memory has room for.
  public var capacity: Int { unsafe memory.count }

  /// Runs `body` on the bytes kept.
  public func withBytes<R, E: Error>(_ body: (RawSpan) throws(E) -> R) throws(E) -> R {
    try unsafe body(UnsafeRawBufferPointer(rebasing: memory[start..<end]).bytes)
  }

  /// Forgets the first `count` bytes.
  public func removeFirst(_ count: Int) {
    precondition(count >= 0 && count <= self.count)
    start += count
    if start == end { removeAll() }
  }

  /// Forgets all bytes and keeps the memory.
  public func removeAll() {
    start = 0
    end = 0
  }

  /// Forgets all bytes and gives the memory back.
  public func releaseMemory() {
    removeAll()
    unsafe memory.deallocate()
    unsafe memory = UnsafeMutableRawBufferPointer(start: nil, count: 0)
  }

  /// Appends a copy of the bytes.
  public func append(_ bytes: RawSpan) {
    guard bytes.byteCount > 0 else { return }
    reserve(bytes.byteCount)
    unsafe bytes.withUnsafeBytes { source in
      unsafe UnsafeMutableRawBufferPointer(rebasing: memory[end...]).copyMemory(from: source)
    }
    end += bytes.byteCount
  }

  /// Makes room for `count` more bytes, moving what is kept to the front or growing.
  public func reserve(_ count: Int) {
    guard unsafe memory.count - end < count else { return }
    let kept = self.count
    let capacity = unsafe memory.count
    if kept + count <= capacity, start >= kept || start >= capacity / 2 {
      unsafe memory.copyMemory(from: UnsafeRawBufferPointer(rebasing: memory[start..<end]))
    } else {
      let larger = UnsafeMutableRawBufferPointer.allocate(
        byteCount: max(kept + count, capacity * 2), alignment: 16)
      unsafe larger.copyMemory(from: UnsafeRawBufferPointer(rebasing: memory[start..<end]))
      unsafe memory.deallocate()
      unsafe memory = larger
    }
    start = 0
    end = kept
  }

  /// Lets `fill` write up to `count` bytes after the last one; it returns how many it wrote.
  package func appending(
    upTo count: Int, _ fill: (UnsafeMutableRawBufferPointer) -> Int
  ) -> Int {
    reserve(count)
    let room = unsafe UnsafeMutableRawBufferPointer(rebasing: memory[end..<(end + count)])
    let written = unsafe fill(room)
    if written > 0 { end += written }
    return written
  }
}
