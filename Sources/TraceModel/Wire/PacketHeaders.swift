internal import TraceBytes

/// The IP and TCP or UDP headers in front of application data: what a data trace lacks and a packet
/// has. Checksums are valid.
///
/// Sources: RFC 791, RFC 8200, RFC 9293, RFC 768.
public struct PacketHeaders: Sendable {
  /// The sender; the headers are IPv4 when both addresses are.
  public var source: Endpoint
  /// The receiver.
  public var destination: Endpoint
  /// 17 for a UDP header; anything else is written with a TCP header.
  public var ipProtocol: UInt8
  /// TCP sequence number of the first payload byte; UDP has none.
  public var sequence: UInt32
  /// TCP acknowledgment number, written whether or not ``flags`` has ACK.
  public var acknowledgement: UInt32
  /// TCP flags: FIN 01, SYN 02, RST 04, PSH 08, ACK 10.
  public var flags: UInt8
  /// Payload bytes the packet had, where fewer are there.
  public var payloadLength: Int?

  /// - Parameter payloadLength: bytes the payload had; nil for as many as are there.
  public init(
    source: Endpoint, destination: Endpoint, ipProtocol: UInt8, sequence: UInt32 = 0,
    acknowledgement: UInt32 = 0, flags: UInt8 = 0, payloadLength: Int? = nil
  ) {
    self.source = source
    self.destination = destination
    self.ipProtocol = ipProtocol
    self.sequence = sequence
    self.acknowledgement = acknowledgement
    self.flags = flags
    self.payloadLength = payloadLength
  }

  /// Whether the network header is IPv4 and not IPv6.
  @inlinable public var isIPv4: Bool { source.address.isIPv4 && destination.address.isIPv4 }
  /// The link-layer type of the packet: 0800 or 86DD.
  @inlinable public var etherType: UInt16 { isIPv4 ? 0x0800 : 0x86DD }
  @inlinable var transportSize: Int { ipProtocol == 17 ? 8 : 20 }
  @inlinable var networkSize: Int { isIPv4 ? 20 : 40 }
  /// Bytes of both headers.
  @inlinable public var count: Int { networkSize + transportSize }

  /// The headers as bytes; for places where an array per packet does not matter.
  public func bytes(_ payload: RawSpan) -> [UInt8] {
    var block = HeaderBlock()
    encode(payload, into: &block)
    return block.copied()
  }

  /// Writes the headers for `payload` into `block`, after what it holds already.
  public func encode(_ payload: RawSpan, into block: inout HeaderBlock) {
    let length = payloadLength ?? payload.byteCount
    let sum = transportChecksum(payload, length)
    if isIPv4 {
      block.put(UInt16(0x4500))
      block.put(UInt16(truncatingIfNeeded: networkSize + transportSize + length))
      // Identification 0 with "do not fragment": RFC 6864 allows it for atomic datagrams.
      block.put(UInt32(0x0000_4000))
      block.put(UInt16(0x4000) | UInt16(ipProtocol))
      var checksum = Checksum()
      checksum.add(UInt16(0x4500))
      checksum.add(UInt16(truncatingIfNeeded: networkSize + transportSize + length))
      checksum.add(UInt32(0x0000_4000))
      checksum.add(UInt16(0x4000) | UInt16(ipProtocol))
      checksum.add(source.address.ipv4)
      checksum.add(destination.address.ipv4)
      block.put(checksum.value)
      block.put(source.address.ipv4)
      block.put(destination.address.ipv4)
    } else {
      block.put(UInt32(0x6000_0000))
      block.put(UInt16(truncatingIfNeeded: transportSize + length))
      block.put(UInt16(ipProtocol) << 8 | 64)
      block.put(source.address.high)
      block.put(source.address.low)
      block.put(destination.address.high)
      block.put(destination.address.low)
    }
    block.put(source.port)
    block.put(destination.port)
    if ipProtocol == 17 {
      block.put(UInt16(truncatingIfNeeded: 8 + length))
      // UDP sends a computed 0 as all ones: 0 means "no checksum".
      block.put(sum == 0 ? 0xFFFF : sum)
    } else {
      block.put(sequence)
      block.put(acknowledgement)
      block.put(UInt16(0x5000) | UInt16(flags))
      block.put(UInt16(0xFFFF))
      block.put(sum)
      block.put(UInt16(0))
    }
  }

  private func transportChecksum(_ payload: RawSpan, _ length: Int) -> UInt16 {
    var checksum = Checksum()
    if isIPv4 {
      checksum.add(source.address.ipv4)
      checksum.add(destination.address.ipv4)
    } else {
      checksum.add(source.address.high)
      checksum.add(source.address.low)
      checksum.add(destination.address.high)
      checksum.add(destination.address.low)
    }
    checksum.add(UInt16(ipProtocol))
    checksum.add(UInt32(transportSize + length))
    checksum.add(source.port)
    checksum.add(destination.port)
    if ipProtocol == 17 {
      checksum.add(UInt16(truncatingIfNeeded: 8 + length))
    } else {
      checksum.add(sequence)
      checksum.add(acknowledgement)
      checksum.add(UInt16(0x5000) | UInt16(flags))
      checksum.add(UInt16(0xFFFF))
    }
    checksum.add(payload)
    return checksum.value
  }
}

/// Up to 96 bytes of headers, built without an allocation.
@safe
public struct HeaderBlock {
  @usableFromInline var storage = InlineArray<96, UInt8>(repeating: 0)
  @usableFromInline var used = 0
  /// Bytes written.
  @inlinable public var count: Int { used }

  /// An empty block.
  @inlinable public init() {}

  /// Writes a number in network byte order; traps when the block is full.
  @inlinable @inline(__always)
  public mutating func put<T: FixedWidthInteger & BitwiseCopyable>(_ value: T) {
    let size = MemoryLayout<T>.size
    precondition(used + size <= 96)
    let at = used
    unsafe withUnsafeMutableBytes(of: &storage) { buffer in
      unsafe buffer.storeBytes(of: value.bigEndian, toByteOffset: at, as: T.self)
    }
    used = at + size
  }

  /// Runs `body` on the bytes written.
  @inlinable @inline(__always)
  public func withBytes<R, E: Error>(_ body: (RawSpan) throws(E) -> R) throws(E) -> R {
    let bytes = unsafe storage.span.bytes
    return try body(bytes.extracting(0..<used))
  }

  func copied() -> [UInt8] { withBytes { $0.copied() } }
}
