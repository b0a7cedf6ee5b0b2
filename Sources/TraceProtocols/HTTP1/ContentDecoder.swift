internal import CZlib

/// Undoes gzip and deflate content codings piece by piece, with a bound on what comes out.
@safe public final class ContentDecoder {
  /// How far the decoder came.
  public enum State: UInt8, Sendable {
    /// More input may follow.
    case running
    /// The end of the coded data was reached and verified.
    case complete
    /// The input stopped before its end; what came out is good.
    case truncated
    /// The input is not what the coding says; what came out before is good.
    case corrupt
    /// More came out, in bytes or in proportion, than is allowed.
    case limitReached
    /// The coding is not one that is decoded here.
    case unsupported
  }

  /// The coding that is undone.
  public let coding: ContentCoding
  /// How far it came.
  public private(set) var state = State.running
  /// Bytes taken in.
  public private(set) var inputBytes: UInt64 = 0
  /// Bytes given out.
  public private(set) var outputBytes: UInt64 = 0
  /// Bytes after the end of the coded data, left alone.
  public private(set) var trailingBytes: UInt64 = 0

  private let limits: HTTPLimits
  private let stream: UnsafeMutablePointer<z_stream>
  private var isOpen = false
  private var output: [UInt8]
  /// The first byte of deflate data, until the second tells what kind it is.
  private var heldByte: UInt8?
  /// A gzip member has ended; another may follow (RFC 1952 section 2.2).
  private var isBetweenMembers = false

  /// A decoder for one body.
  public init(_ coding: ContentCoding, limits: HTTPLimits = HTTPLimits()) {
    self.coding = coding
    self.limits = limits
    output = [UInt8](repeating: 0, count: coding.isDecodable ? 32 * 1024 : 0)
    unsafe stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    unsafe stream.initialize(to: z_stream())
    if !coding.isDecodable { state = .unsupported }
  }

  /// A decoder for deflate data without a header of its own (RFC 1951), which may have any number of ends.
  convenience init(rawDeflate: Void, limits: HTTPLimits = HTTPLimits()) {
    self.init(.deflate, limits: limits)
    open(windowBits: -15)
  }

  deinit {
    if isOpen { unsafe inflateEnd(stream) }
    unsafe stream.deinitialize(count: 1)
    unsafe stream.deallocate()
  }

  /// Decodes a piece; what comes out is good only during the call of `body`.
  public func decode(_ input: RawSpan, _ body: (RawSpan) -> Void) {
    inputBytes &+= UInt64(input.byteCount)
    var from = 0
    if !isOpen, state == .running {
      guard let skipped = begin(input, body) else { return }
      from = skipped
    }
    if state == .complete { trailingBytes &+= UInt64(input.byteCount - from) }
    guard state == .running, from < input.byteCount else { return }
    inflate(input.extracting(from..<input.byteCount), body)
  }

  /// No more input follows: what is missing now is missing for good.
  public func finish() {
    guard state == .running else { return }
    state = isBetweenMembers ? .complete : .truncated
  }

  /// Chooses the format; returns how many bytes of the input it used, nil if it needs more.
  private func begin(_ input: RawSpan, _ body: (RawSpan) -> Void) -> Int? {
    guard input.byteCount > 0 else { return nil }
    guard coding == .deflate else {
      open(windowBits: 15 + 16)
      return 0
    }
    // RFC 9110 section 8.4.1.2 says zlib; some servers send raw deflate. The zlib header is two
    // bytes that are a multiple of 31.
    guard let first = heldByte ?? (input.byteCount > 1 ? input.byte(0) : nil) else {
      heldByte = input.byte(0)
      return nil
    }
    let second = input.byte(heldByte == nil ? 1 : 0)
    let isZlib = first & 0x0F == 8 && (Int(first) << 8 | Int(second)) % 31 == 0
    open(windowBits: isZlib ? 15 : -15)
    if let held = heldByte {
      heldByte = nil
      let one = [held]
      inflate(unsafe one.span.bytes, body)
    }
    return 0
  }

  private func open(windowBits: Int32) {
    let size = unsafe Int32(MemoryLayout<z_stream>.size)
    isOpen = unsafe inflateInit2_(stream, windowBits, ZLIB_VERSION, size) == Z_OK
    if !isOpen { state = .corrupt }
  }

  private func inflate(_ input: RawSpan, _ body: (RawSpan) -> Void) {
    unsafe input.withUnsafeBytes { bytes in
      guard let base = bytes.baseAddress else { return }
      var at = 0
      // avail_in has 32 bits.
      while at < bytes.count, state == .running {
        let count = min(bytes.count - at, 1 << 30)
        let source = unsafe UnsafeMutableRawPointer(mutating: base + at)
        unsafe stream.pointee.next_in = source.assumingMemoryBound(to: Bytef.self)
        unsafe stream.pointee.avail_in = UInt32(count)
        run(body)
        at += unsafe count - Int(stream.pointee.avail_in)
        if state == .complete { trailingBytes &+= UInt64(bytes.count - at) }
        unsafe stream.pointee.next_in = nil
      }
    }
  }

  /// Runs the inflater until it has no more to say about the input it has.
  private func run(_ body: (RawSpan) -> Void) {
    while state == .running {
      if isBetweenMembers {
        guard unsafe stream.pointee.avail_in > 0 else { return }
        guard unsafe stream.pointee.next_in.pointee == 0x1F else {
          state = .complete
          return
        }
        isBetweenMembers = false
        unsafe inflateReset(stream)
      }
      let room = output.count
      let (code, count) = unsafe output.withUnsafeMutableBufferPointer { buffer in
        unsafe stream.pointee.next_out = buffer.baseAddress
        unsafe stream.pointee.avail_out = UInt32(room)
        let code = unsafe CZlib.inflate(stream, Z_NO_FLUSH)
        unsafe stream.pointee.next_out = nil
        return (code, room - Int(unsafe stream.pointee.avail_out))
      }
      give(count, body)
      guard state == .running else { return }
      switch code {
      case Z_STREAM_END:
        if coding == .gzip {
          isBetweenMembers = true
        } else {
          state = .complete
        }
      case Z_OK:
        if count < room, unsafe stream.pointee.avail_in == 0 { return }
      case Z_BUF_ERROR: return
      default: state = .corrupt
      }
    }
  }

  private func give(_ count: Int, _ body: (RawSpan) -> Void) {
    guard count > 0 else { return }
    let room = limits.decodedBytes > outputBytes ? limits.decodedBytes - outputBytes : 0
    let allowed = Int(clamping: min(room, UInt64(count)))
    if allowed > 0 {
      body(unsafe output.span.bytes.extracting(0..<allowed))
      outputBytes &+= UInt64(allowed)
    }
    let (most, isHuge) = inputBytes.multipliedReportingOverflow(by: limits.decodedRatio)
    if allowed < count || outputBytes > limits.ratioFloorBytes && !isHuge && outputBytes > most {
      state = .limitReached
    }
  }
}
