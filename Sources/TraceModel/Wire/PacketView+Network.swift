internal import TraceBytes

extension PacketView {
  /// No packet of use has more extension headers; a chain of empty ones is an attack.
  private static let mostExtensions = 64

  @inline(__always)
  mutating func readIPv4(_ bytes: RawSpan, originalLength: Int) {
    do throws(WireFault) {
      let header = try IPv4Header(bytes, at: networkOffset)
      hasNetwork = true
      ipVersion = 4
      source = header.source
      destination = header.destination
      ipProtocol = header.ipProtocol
      fragmentID = UInt32(header.identification)
      fragmentOffset = header.fragmentOffset
      moreFragments = header.moreFragments
      // Segmentation offload captures packets before their length is filled in. A length beyond the end of
      // the frame contradicts what was there; Wireshark believes the frame, too.
      let room = originalLength &- networkOffset
      let length =
        header.totalLength == 0 || header.totalLength > room ? room : header.totalLength
      guard length >= header.headerLength else { throw .malformed }
      networkEnd = min(bytes.byteCount, networkOffset &+ length)
      transportOffset = networkOffset &+ header.headerLength
      transportLength = length &- header.headerLength
      fragmentStart = transportOffset
      fragmentLength = transportLength
      fragmentProtocol = ipProtocol
      guard transportOffset <= networkEnd else { throw .truncated }
    } catch {
      return fail(error, in: .network)
    }
    if ipProtocol == .authentication && fragmentOffset == 0 {
      readExtensions(bytes)
    } else {
      readTransport(bytes)
    }
  }

  @inline(__always)
  mutating func readIPv6(_ bytes: RawSpan, originalLength: Int) {
    do throws(WireFault) {
      let header = try IPv6Header(bytes, at: networkOffset)
      hasNetwork = true
      ipVersion = 6
      source = header.source
      destination = header.destination
      ipProtocol = header.nextHeader
      transportOffset = networkOffset &+ IPv6Header.length
      transportLength =
        header.payloadLength != 0
        ? header.payloadLength
        : payloadWithoutLength(header, bytes, originalLength: originalLength)
      networkEnd = min(bytes.byteCount, transportOffset &+ transportLength)
    } catch {
      return fail(error, in: .network)
    }
    if IPv6Extension.isExtension(ipProtocol) {
      readExtensions(bytes)
    } else {
      readTransport(bytes)
    }
  }

  /// Length of a payload whose header says 0: a jumbogram's option, or all that was captured.
  private func payloadWithoutLength(
    _ header: IPv6Header, _ bytes: RawSpan, originalLength: Int
  ) -> Int {
    if header.nextHeader == .hopByHop,
      let hopByHop = try? IPv6Extension(.hopByHop, bytes, at: transportOffset),
      let jumbo = hopByHop.jumboLength(bytes, at: transportOffset)
    {
      return jumbo
    }
    return header.nextHeader == .noNextHeader ? 0 : max(0, originalLength &- transportOffset)
  }

  /// Passes over extension headers up to a fragment's bytes or the transport header.
  mutating func readExtensions(_ bytes: RawSpan) {
    var seen = 0
    while IPv6Extension.isExtension(ipProtocol) {
      seen &+= 1
      // IPv4 knows the authentication header only.
      guard ipVersion == 6 || ipProtocol == .authentication else { break }
      guard seen <= Self.mostExtensions else { return fail(.malformed, in: .networkExtension) }
      do throws(WireFault) {
        let header = try IPv6Extension(ipProtocol, bytes, at: transportOffset)
        guard header.length <= transportLength else { throw .malformed }
        guard transportOffset &+ header.length <= networkEnd else { throw .truncated }
        if ipProtocol == .fragment { readFragment(bytes) }
        ipProtocol = header.nextHeader
        transportOffset &+= header.length
        transportLength &-= header.length
      } catch {
        return fail(error, in: .networkExtension)
      }
      if fragmentOffset != 0 { break }
    }
    readTransport(bytes)
  }

  private mutating func readFragment(_ bytes: RawSpan) {
    typealias Layout = IPv6Extension.FragmentLayout
    let value = bytes[Layout.offset, at: transportOffset]
    fragmentID = bytes[Layout.identification, at: transportOffset]
    fragmentOffset = Int(value & Layout.units)
    moreFragments = value & Layout.more != 0
    // A fragment's bytes start here, whatever extension headers they begin with.
    fragmentStart = transportOffset &+ 8
    fragmentLength = transportLength &- 8
    fragmentProtocol = IPProtocol(rawValue: bytes.u8(transportOffset))
  }
}
