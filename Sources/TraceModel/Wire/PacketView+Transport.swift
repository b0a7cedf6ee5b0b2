internal import TraceBytes

extension PacketView {
  /// Reads the transport header of a whole packet or of its first fragment.
  @inline(__always)
  mutating func readTransport(_ bytes: RawSpan) {
    payloadOffset = min(transportOffset, networkEnd)
    payloadLength = transportLength
    payloadCaptured = networkEnd &- payloadOffset
    if fragmentOffset == 0 {
      do throws(WireFault) {
        try readTransportHeader(bytes)
      } catch {
        readPortsOnly(bytes)
        fail(error, in: .transport)
        if !isFragment { return }
      }
    }
    if isFragment {
      status = .fragment
    } else if payloadCaptured < payloadLength {
      status = .truncated
    }
  }

  /// Whether this is a part of a larger packet.
  @inlinable public var isFragment: Bool { fragmentOffset != 0 || moreFragments }

  @inline(__always)
  private mutating func readTransportHeader(_ bytes: RawSpan) throws(WireFault) {
    // The padding of a frame stands after the packet and must not be taken for its header.
    let room = bytes.extracting(0..<networkEnd)
    if ipProtocol == .tcp {
      let header = try TCPHeader(room, at: transportOffset, length: transportLength)
      hasTransport = true
      sourcePort = header.sourcePort
      destinationPort = header.destinationPort
      sequence = header.sequence
      acknowledgment = header.acknowledgment
      tcpFlags = header.flags
      setPayload(after: header.headerLength, length: transportLength &- header.headerLength)
    } else if ipProtocol == .udp {
      let header = try UDPHeader(room, at: transportOffset, length: transportLength)
      hasTransport = true
      sourcePort = header.sourcePort
      destinationPort = header.destinationPort
      setPayload(after: UDPHeader.length, length: header.payloadLength)
    } else if ipProtocol == .icmp || ipProtocol == .icmpv6 {
      let header = try ICMPHeader(room, at: transportOffset, length: transportLength)
      hasTransport = true
      icmpType = header.type
      setPayload(after: ICMPHeader.length, length: transportLength &- ICMPHeader.length)
    }
  }

  @inline(__always)
  private mutating func setPayload(after header: Int, length: Int) {
    payloadOffset = min(transportOffset &+ header, networkEnd)
    payloadLength = length
    payloadCaptured = min(length, networkEnd &- payloadOffset)
  }

  /// Takes the ports of a header that was cut: they name the conversation.
  private mutating func readPortsOnly(_ bytes: RawSpan) {
    payloadCaptured = 0
    payloadLength = 0
    guard ipProtocol == .tcp || ipProtocol == .udp, transportOffset &+ 4 <= networkEnd else {
      return
    }
    sourcePort = bytes.be16(transportOffset)
    destinationPort = bytes.be16(transportOffset &+ 2)
  }

  /// The packet that this fragment is part of, put together again.
  ///
  /// - Parameters:
  ///   - bytes: what the fragments carried, from the first on.
  ///   - length: how many bytes they carried, captured or not.
  public func reassembled(_ bytes: RawSpan, length: Int) -> PacketView {
    var whole = self
    whole.status = .complete
    whole.hasTransport = false
    whole.networkOffset = 0
    whole.networkEnd = bytes.byteCount
    whole.fragmentOffset = 0
    whole.moreFragments = false
    whole.transportOffset = 0
    whole.transportLength = max(length, bytes.byteCount)
    whole.ipProtocol = fragmentProtocol
    whole.readExtensions(bytes)
    return whole
  }
}
