internal import CZlib

/// Expands compressed bytes step by step: what reads gzip files and what reads coded bodies of messages.
@safe
public final class Inflater {
  /// What stands around the compressed data.
  public enum Wrapper: Int32, Sendable {
    /// RFC 1952.
    case gzip = 31
    /// RFC 1950.
    case zlib = 15
    /// Nothing (RFC 1951).
    case none = -15
  }

  /// How a step ended.
  public enum Status: Sendable {
    /// There may be more.
    case running
    /// Nothing can be done without more input or more room.
    case starved
    /// The end of the data was reached and verified.
    case ended
    /// The input is no such data.
    case damaged
  }

  /// What one step did.
  public struct Step: Sendable {
    /// Bytes of the input that it took.
    public var taken: Int
    /// Bytes that came out.
    public var given: Int
    /// What came of it.
    public var status: Status
  }

  private var stream = unsafe z_stream()
  private let isOpen: Bool

  /// Nothing is inflated yet.
  public init(_ wrapper: Wrapper) {
    let size = unsafe Int32(MemoryLayout<z_stream>.size)
    isOpen = unsafe inflateInit2_(&stream, wrapper.rawValue, ZLIB_VERSION, size) == Z_OK
  }

  deinit { if isOpen { _ = unsafe inflateEnd(&stream) } }

  /// Begins anew, for the next member of gzip data.
  public func reset() { _ = unsafe inflateReset(&stream) }

  /// Expands as much of the input as there is room for.
  public func expand(_ input: RawSpan, into room: UnsafeMutableRawBufferPointer) -> Step {
    guard isOpen else { return Step(taken: 0, given: 0, status: .damaged) }
    // Counts of zlib have 32 bits.
    let count = min(input.byteCount, 1 << 30)
    let place = min(room.count, 1 << 30)
    return unsafe input.withUnsafeBytes { source in
      unsafe stream.next_in = UnsafeMutablePointer(
        mutating: source.baseAddress?.assumingMemoryBound(to: UInt8.self))
      unsafe stream.avail_in = UInt32(count)
      unsafe stream.next_out = room.baseAddress?.assumingMemoryBound(to: UInt8.self)
      unsafe stream.avail_out = UInt32(place)
      let code = unsafe inflate(&stream, Z_NO_FLUSH)
      let status: Status =
        switch code {
        case Z_OK: .running
        case Z_BUF_ERROR: .starved
        case Z_STREAM_END: .ended
        default: .damaged
        }
      let step = Step(
        taken: count - Int(unsafe stream.avail_in), given: place - Int(unsafe stream.avail_out),
        status: status)
      unsafe stream.next_in = nil
      unsafe stream.next_out = nil
      return step
    }
  }
}
