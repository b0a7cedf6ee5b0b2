internal import TraceBytes

/// Undoes gzip and deflate content codings piece by piece, with a bound on what comes out.
public final class ContentDecoder {
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
  /// Absent until the first bytes tell what stands around the data.
  private var inflater: Inflater?
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
    if !coding.isDecodable { state = .unsupported }
  }

  /// A decoder for deflate data without a header of its own (RFC 1951), which may have any number of ends.
  package convenience init(rawDeflate: Void, limits: HTTPLimits = HTTPLimits()) {
    self.init(.deflate, limits: limits)
    inflater = Inflater(.none)
  }

  /// Decodes a piece; what comes out is good only during the call of `body`.
  public func decode(_ input: RawSpan, _ body: (RawSpan) -> Void) {
    inputBytes &+= UInt64(input.byteCount)
    var from = 0
    if inflater == nil, state == .running {
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
      inflater = Inflater(.gzip)
      return 0
    }
    // RFC 9110 section 8.4.1.2 says zlib; some servers send raw deflate. The zlib header is two
    // bytes that are a multiple of 31.
    guard let first = heldByte ?? (input.byteCount > 1 ? input.u8(0) : nil) else {
      heldByte = input.u8(0)
      return nil
    }
    let second = input.u8(heldByte == nil ? 1 : 0)
    let isZlib = first & 0x0F == 8 && (Int(first) << 8 | Int(second)) % 31 == 0
    inflater = Inflater(isZlib ? .zlib : .none)
    if let held = heldByte {
      heldByte = nil
      let one = [held]
      inflate(unsafe one.span.bytes, body)
    }
    return 0
  }

  /// Runs the inflater until it has no more to say about the input.
  private func inflate(_ input: RawSpan, _ body: (RawSpan) -> Void) {
    guard let inflater else { return }
    var at = 0
    while state == .running {
      if isBetweenMembers {
        guard at < input.byteCount else { return }
        guard input.u8(at) == 0x1F else {
          state = .complete
          break
        }
        isBetweenMembers = false
        inflater.reset()
      }
      let rest = input.extracting(at..<input.byteCount)
      let step = unsafe output.withUnsafeMutableBytes { unsafe inflater.expand(rest, into: $0) }
      at += step.taken
      give(step.given, body)
      guard state == .running else { break }
      switch step.status {
      case .ended where coding == .gzip: isBetweenMembers = true
      case .ended: state = .complete
      case .running: if step.given < output.count, at == input.byteCount { return }
      case .starved: return
      case .damaged: state = .corrupt
      }
    }
    if state == .complete { trailingBytes &+= UInt64(input.byteCount - at) }
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
