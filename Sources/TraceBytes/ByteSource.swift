#if canImport(Glibc)
  private import Glibc
#elseif canImport(Musl)
  private import Musl
#elseif canImport(Darwin)
  private import Darwin
#endif

/// A file, pipe or standard input as a window of bytes that moves forward once.
///
/// Bytes are read with `read(2)` into one reused buffer; what a reader leaves is carried to the front
/// of the next window. Gzip input (also of several members) is expanded on the way; bytes behind the
/// last member are given as they are, so that a reader says what they are. Offsets are those of the
/// expanded bytes.
@safe
public final class ByteSource {
  /// Bytes asked of the system at a time.
  public static let readSize = 256 << 10
  /// The largest window a reader can ask for; a structure that claims more is damage.
  public static let largestWindow = 24 << 20

  /// The name shown in messages.
  public let name: String
  /// Offset of the first byte of the window.
  public private(set) var offset: UInt64 = 0
  /// Whether the last byte of the input is in the window.
  public private(set) var atEnd = false
  /// Size of the file, where it is one and not compressed.
  public private(set) var size: UInt64?
  /// Modification time of the file in seconds since 1970, where it is one.
  public private(set) var modified: Int64?
  /// Whether the input is compressed with gzip.
  public private(set) var isCompressed = false
  /// Whether a signal ended the input before its end was reached.
  public private(set) var isStopped = false
  /// What ended a file that is followed, beside a signal.
  public private(set) var change: Change?

  /// What can happen to a file that is followed.
  public enum Change: String, Sendable {
    /// It is shorter than what was read of it.
    case truncated = "was truncated"
    /// Another file has its name.
    case replaced = "was replaced"
  }

  private let descriptor: Int32
  private let ownsDescriptor: Bool
  /// Whether reading can wait for somebody: for a pipe or a terminal, never for a file.
  private let canWait: Bool
  /// Whether more is waited for at the end of the file, and how far it was read.
  private var isFollowed = false
  private var position: UInt64 = 0
  /// Milliseconds between two looks at a file that has not grown.
  private static let pollTime: Int32 = 50
  /// Bytes in memory that are not in the window yet, in place of a descriptor.
  private var memory: UnsafeRawBufferPointer.SubSequence?
  private let buffer = ByteBuffer(capacity: ByteSource.readSize)
  private var inflater: GzipMembers?
  private var started = false

  /// Opens a file; "-" is standard input.
  ///
  /// - Parameter follows: at the end of the file more is waited for, until a signal comes or the file is
  ///   truncated or replaced.
  public convenience init(path: String, follows: Bool = false) throws(TraceError) {
    if path == "-" {
      self.init(descriptor: 0, name: "standard input")
      var status = stat()
      if unsafe fstat(0, &status) == 0 { Self.note(status) }
      return
    }
    let descriptor = Int32(retryingInterrupts { Int(unsafe open(path, O_RDONLY | O_CLOEXEC)) })
    guard descriptor >= 0 else {
      throw TraceError(path, .io(operation: "cannot open", errno: errno))
    }
    self.init(descriptor: descriptor, name: path, owned: true)
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else { return }
    if status.st_mode & S_IFMT == S_IFDIR {
      throw TraceError(path, .unrecognised("this is a directory; name the trace files in it"))
    }
    Self.note(status)
    if status.st_mode & S_IFMT == S_IFREG {
      if follows { isFollowed = true } else { size = UInt64(max(0, status.st_size)) }
      #if canImport(Darwin)
        modified = Int64(status.st_mtimespec.tv_sec)
      #else
        modified = Int64(status.st_mtim.tv_sec)
      #endif
    }
  }

  private static func note(_ status: stat) {
    guard status.st_mode & S_IFMT == S_IFREG else { return }
    ReadFiles.add(device: UInt64(status.st_dev), number: UInt64(status.st_ino))
  }

  /// Reads from a descriptor that is open already.
  public init(descriptor: Int32, name: String, owned: Bool = false) {
    self.descriptor = descriptor
    self.name = name
    ownsDescriptor = owned
    var status = stat()
    canWait = unsafe fstat(descriptor, &status) != 0 || status.st_mode & S_IFMT != S_IFREG
  }

  /// Reads bytes in memory, which must stay there as long as this is used.
  public init(bytes: UnsafeRawBufferPointer, name: String) {
    descriptor = -1
    self.name = name
    ownsDescriptor = false
    canWait = false
    size = UInt64(bytes.count)
    unsafe memory = bytes[...]
  }

  deinit { if ownsDescriptor { close(descriptor) } }

  /// How many bytes are in the window.
  public var count: Int { buffer.count }

  /// Begins at an offset of a file that is not compressed, before anything was read.
  public func start(at offset: UInt64) throws(TraceError) {
    guard lseek(descriptor, off_t(clamping: offset), SEEK_SET) >= 0 else {
      throw TraceError(name, at: offset, .io(operation: "cannot seek", errno: errno))
    }
    self.offset = offset
    started = true
  }

  /// Runs `body` on the window.
  public func withWindow<R, E: Error>(_ body: (RawSpan) throws(E) -> R) throws(E) -> R {
    try buffer.withBytes(body)
  }

  /// Moves the window `count` bytes forward; bytes beyond the window are read and passed over.
  public func consume(_ count: Int) throws(TraceError) {
    var left = count
    while left > buffer.count {
      left -= buffer.count
      offset += UInt64(buffer.count)
      buffer.removeAll()
      guard try fill() else { return }
    }
    offset += UInt64(left)
    buffer.removeFirst(left)
  }

  /// Whether ``fill()`` has bytes to give within so many milliseconds, or knows that there are none.
  public func isReady(within milliseconds: Int) -> Bool {
    if atEnd || (inflater?.input.count ?? 0) > 0 { return true }
    if isFollowed {
      guard case .waiting = look() else { return true }
      return false
    }
    if !canWait { return true }
    return Interrupt.wait(for: descriptor, milliseconds: Int32(clamping: milliseconds)) != .timeout
  }

  /// Reads more bytes into the window. False when there are no more, or when a signal says that there are
  /// enough.
  ///
  /// An error (thrown once) ends the input there; the window still holds what came before it.
  public func fill() throws(TraceError) -> Bool {
    if atEnd { return false }
    let before = buffer.count
    do throws(TraceError) {
      while buffer.count == before {
        let got = inflater == nil ? try readPlain(into: buffer) : try inflateMore()
        if got == 0 {
          atEnd = true
          return false
        }
        if !started {
          started = true
          try startInflatingIfCompressed()
        }
      }
    } catch {
      atEnd = true
      throw error
    }
    return true
  }

  private func readPlain(into target: ByteBuffer) throws(TraceError) -> Int {
    if let left = unsafe memory {
      let part = unsafe left.prefix(Self.readSize)
      unsafe target.append(UnsafeRawBufferPointer(rebasing: part).bytes)
      unsafe memory = left.dropFirst(part.count)
      return unsafe part.count
    }
    Interrupt.heed()
    if Interrupt.hasCome
      || canWait && Interrupt.wait(for: descriptor, milliseconds: -1) == .interrupt
    {
      isStopped = true
      return 0
    }
    while true {
      let got = try readOnce(into: target)
      position &+= UInt64(got)
      if got > 0 || !isFollowed || !awaitGrowth() { return got }
    }
  }

  private func readOnce(into target: ByteBuffer) throws(TraceError) -> Int {
    var code: Int32 = 0
    let got = unsafe target.appending(upTo: Self.readSize) { room in
      let result = retryingInterrupts { unsafe read(descriptor, room.baseAddress, room.count) }
      code = result < 0 ? errno : 0
      return result
    }
    guard got >= 0 else {
      throw TraceError(
        name, at: offset + UInt64(target.count), .io(operation: "cannot read", errno: code))
    }
    return got
  }

  // MARK: - A file that grows

  private enum Growth { case waiting, grown, changed(Change) }

  /// How the file is against what was read of it. A name that nobody has any more is waited for.
  private func look() -> Growth {
    var (now, named) = (stat(), stat())
    guard unsafe fstat(descriptor, &now) == 0 else { return .waiting }
    let size = UInt64(max(0, now.st_size))
    if size != position { return size > position ? .grown : .changed(.truncated) }
    guard unsafe stat(name, &named) == 0 else { return .waiting }
    let isSame = now.st_dev == named.st_dev && now.st_ino == named.st_ino
    return isSame ? .waiting : .changed(.replaced)
  }

  /// Waits until there is more; false when nothing more comes of this file.
  private func awaitGrowth() -> Bool {
    while true {
      switch look() {
      case .grown: return true
      case .changed(let how):
        change = how
        return false
      case .waiting: break
      }
      if Interrupt.wait(milliseconds: Self.pollTime) == .interrupt {
        isStopped = true
        return false
      }
    }
  }

  private func startInflatingIfCompressed() throws(TraceError) {
    while buffer.count < 3 { if try readPlain(into: buffer) == 0 { break } }
    let compressed = buffer.withBytes { $0.starts(with: [0x1F, 0x8B, 0x08]) }
    guard compressed else { return }
    isCompressed = true
    size = nil
    let inflater = GzipMembers(name: name)
    buffer.withBytes { inflater.input.append($0) }
    buffer.removeAll()
    self.inflater = inflater
  }

  /// Expands the next stretch; at a damaged or cut member the input ends with an error that is kept
  /// until the bytes before it have been read.
  private func inflateMore() throws(TraceError) -> Int {
    guard let inflater else { return 0 }
    while true {
      let needed = inflater.isBetweenMembers ? 2 : 1
      while inflater.input.count < needed { if try readPlain(into: inflater.input) == 0 { break } }
      let left = inflater.input.count
      if inflater.isBetweenMembers, !inflater.startsMember {
        self.inflater = nil
        return try giveRest(inflater.input)
      }
      let got = left > 0 ? try inflater.expand(into: buffer, at: offset + UInt64(buffer.count)) : 0
      if got > 0 || isStopped || change != nil { return got }
      guard inflater.isBetweenMembers || inflater.input.count < left else {
        throw TraceError(
          name, at: offset + UInt64(buffer.count),
          .failed("the gzip data is cut short here; what came before was read"))
      }
    }
  }

  /// Gives what stands behind the last gzip member: another file put there, or damage. Zeros up to the
  /// end are padding, which gzip(1) passes over too.
  private func giveRest(_ rest: ByteBuffer) throws(TraceError) -> Int {
    while rest.withBytes({ $0.firstIndex(after: 0, otherThan: 0) == $0.byteCount }),
      rest.count < 1 << 20
    {
      if try readPlain(into: rest) == 0 { return 0 }
    }
    rest.withBytes { buffer.append($0) }
    return rest.count
  }
}

/// The members of a gzip file, one behind the other.
private final class GzipMembers {
  let input = ByteBuffer(capacity: ByteSource.readSize)
  private let name: String
  private let inflater = Inflater(.gzip)
  private(set) var isBetweenMembers = true

  init(name: String) { self.name = name }

  func expand(into output: ByteBuffer, at offset: UInt64) throws(TraceError) -> Int {
    isBetweenMembers = false
    var status = Inflater.Status.running
    var taken = 0
    let got = unsafe output.appending(upTo: ByteSource.readSize) { room in
      let step = input.withBytes { unsafe inflater.expand($0, into: room) }
      (status, taken) = (step.status, step.taken)
      return step.given
    }
    input.removeFirst(taken)
    switch status {
    case .running, .starved: return got
    case .ended:
      isBetweenMembers = true
      inflater.reset()
      return got
    case .damaged:
      if got > 0 { return got }
      throw TraceError(
        name, at: offset, .failed("the gzip data is damaged here; what came before was read"))
    }
  }

  /// Whether the input goes on with another member.
  var startsMember: Bool { input.withBytes { $0.has(2, at: 0) && $0.be16(0) == 0x1F8B } }
}
