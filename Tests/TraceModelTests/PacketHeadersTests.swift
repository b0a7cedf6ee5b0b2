import TestSupport
import Testing
import TraceBytes
import TraceModel

@Suite struct PacketHeadersTests {
  private func headers(_ ipProtocol: UInt8, _ addresses: (String, String)) throws -> PacketHeaders {
    PacketHeaders(
      source: Endpoint(try #require(IPAddress(addresses.0)), 514),
      destination: Endpoint(try #require(IPAddress(addresses.1)), 1024), ipProtocol: ipProtocol)
  }

  /// The checksum that the headers have for a payload of two bytes.
  private func checksum(_ headers: PacketHeaders, _ payload: UInt16) -> UInt16 {
    let bytes = [UInt8(payload >> 8), UInt8(payload & 0xFF)]
    let written = unsafe headers.bytes(bytes.span.bytes)
    let at = (headers.isIPv4 ? 20 : 40) + (headers.ipProtocol == 17 ? 6 : 16)
    return UInt16(written[at]) << 8 | UInt16(written[at + 1])
  }

  /// A payload that is the checksum of the same packet with zeros makes the sum 0. UDP has to write it as
  /// FFFF, because 0 says that there is none (RFC 768); TCP writes it as it is.
  @Test(arguments: [("10.1.1.2", "10.1.2.3"), ("2001:db8::1", "2001:db8::2")])
  func aChecksumOfZero(addresses: (String, String)) throws {
    for (ipProtocol, expected) in [(17, 0xFFFF), (6, 0)] as [(UInt8, UInt16)] {
      let headers = try headers(ipProtocol, addresses)
      let payload = checksum(headers, 0)
      #expect(payload != 0 && payload != 0xFFFF)
      #expect(checksum(headers, payload) == expected)
      #expect(checksum(headers, payload - 1) == 1)
    }
  }

  /// An IPv4 and a UDP header worked out by hand.
  @Test func aHeaderByHand() throws {
    let headers = try headers(17, ("10.1.1.2", "10.1.2.3"))
    let payload = Array("hi".utf8)
    // 0A01 + 0102 + 0A01 + 0203 + 0011 + 000A + 0202 + 0400 + 000A + 6869 = 8597; its complement is 7A68.
    #expect(
      unsafe headers.bytes(payload.span.bytes)
        == hex("4500001E 00004000 401123C9 0A010102 0A010203 0202 0400 000A 7A68"))
  }
}
