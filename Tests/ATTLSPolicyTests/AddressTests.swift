import ATTLSPolicy
import Testing
import TraceModel

@Suite struct AddressTests {
  @Test(arguments: [
    ("10.1.1.2", "10.1.1.2"), ("::FFFF:10.1.1.2", "10.1.1.2"), ("::", "::"), ("::1", "::1"),
    ("2001:DB8:0:0:1:0:0:1", "2001:db8::1:0:0:1"), ("1:0:0:2:0:0:0:3", "1:0:0:2::3"),
    ("1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"), ("64:ff9b::192.0.2.33", "64:ff9b::c000:221"),
    ("1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:102:304"), ("fe80::", "fe80::"),
    ("1:0:2:3:4:5:6:7", "1:0:2:3:4:5:6:7"),
  ])
  func addressesAreReadAndWritten(_ text: String, _ expected: String) {
    #expect(IPAddress(text)?.description == expected)
  }

  @Test(arguments: [
    "", "10.1.1", "10.1.1.256", "10.1.1.2.3", "1.2.3.-4", "1.2.3.0004", "1:2:3", ":::", "1::2::3",
    "1:2:3:4:5:6:7:8:9", "12345::", "g::", "1.2.3.4::", "::1.2.3", "+1::", "All", "1:2:3:4:5:6:7:",
  ])
  func whatIsNoAddressIsRefused(_ text: String) {
    #expect(IPAddress(text) == nil)
  }

  @Test(arguments: [
    ("10.1.1.2/32", "10.1.1.2"), ("10.1.1.2/24", "10.1.1.0/24"), ("0.0.0.0/0", "0.0.0.0/0"),
    ("10.1.0.0-10.1.3.255", "10.1.0.0/22"), ("10.1.0.1-10.1.0.4", "10.1.0.1-10.1.0.4"),
    ("2001:db8::/32", "2001:db8::/32"), ("::/0", "::/0"), ("::1/128", "::1"),
  ])
  func rangesAreReadAndWritten(_ text: String, _ expected: String) {
    #expect(AddressRange(text)?.description == expected)
  }

  @Test(arguments: ["10.1.1.2/33", "10.1.1.2/", "10.1.1.2/-1", "10.1.1.2-10.1.1.1", "10.1.1.2-::1"])
  func whatIsNoRangeIsRefused(_ text: String) {
    #expect(AddressRange(text) == nil)
  }

  @Test(arguments: [("4000", "4000-4000"), ("1:3", "1-3"), ("1 3", "1-3"), ("0-65535", "0-65535")])
  func portsAreReadAndWritten(_ text: String, _ expected: String) {
    #expect(PortRange(text)?.description == expected)
  }

  @Test(arguments: ["", "65536", "3-1", "-1", "1-2-3", "+1", "a"])
  func whatIsNoPortIsRefused(_ text: String) {
    #expect(PortRange(text) == nil)
  }

  @Test func anIPv4RangeHoldsMappedAddresses() throws {
    let range = AddressSet([try #require(AddressRange("10.1.0.0/16"))])
    #expect(range.contains(try #require(IPAddress("::ffff:10.1.255.255"))))
    #expect(!range.contains(try #require(IPAddress("10.2.0.0"))))
    #expect(!range.contains(try #require(IPAddress("::a01:1"))))
  }

  static let endpoints: [(String, String?, UInt16?)] = [
    ("10.1.1.2..4000", "10.1.1.2", 4000), ("::FFFF:10.1.1.2..2252", "10.1.1.2", 2252),
    ("..25", nil, 25), ("*..25", nil, 25), ("10.1.1.2", "10.1.1.2", nil), ("::1..*", "::1", nil),
  ]

  @Test(arguments: endpoints)
  func endpointsAsMessagesWriteThem(_ text: String, _ address: String?, _ port: UInt16?) throws {
    let end = try #require(PolicyConnection.endpoint(text))
    #expect(end.address?.description == address)
    #expect(end.port == port)
  }

  @Test(arguments: ["x..1", "1.2.3.4..99999", "1.2.3.4..x"])
  func whatIsNoEndpointIsRefused(_ text: String) {
    #expect(PolicyConnection.endpoint(text) == nil)
  }
}
