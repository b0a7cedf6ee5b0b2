internal import TraceBytes

// Reads of a field at its place in a header that starts anywhere in a packet. A header checks with
// `has` that it is there as a whole and then reads; the loads are bounds-checked all the same.

extension RawSpan {
  /// The one-byte field of a header at `base`.
  @inline(__always)
  func u8(_ field: Field, in base: Int) -> UInt8 { u8(base &+ field.offset) }

  /// The big-endian two-byte field of a header at `base`.
  @inline(__always)
  func be16(_ field: Field, in base: Int) -> UInt16 { be16(base &+ field.offset) }

  /// The big-endian four-byte field of a header at `base`.
  @inline(__always)
  func be32(_ field: Field, in base: Int) -> UInt32 { be32(base &+ field.offset) }
}

/// Why a header could not be read.
public enum WireFault: Error, Sendable, Equatable {
  /// The captured bytes end inside the header.
  case truncated
  /// The header contradicts itself or the bytes around it.
  case malformed
}
