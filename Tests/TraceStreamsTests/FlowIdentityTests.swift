import Testing
import TraceModel

@testable import TraceStreams

@Suite struct FlowIdentityTests {
  private static func key(
    _ one: (String, UInt16), _ other: (String, UInt16), _ ipProtocol: UInt8, plane: UInt8 = 0
  ) -> FlowKey {
    FlowKey(
      Endpoint(IPAddress(one.0) ?? .unspecified, one.1),
      Endpoint(IPAddress(other.0) ?? .unspecified, other.1), ipProtocol: ipProtocol, plane: plane)
  }

  /// Values of the Python package communityid, the first one also in the specification's baseline.
  @Test func communityIDsAreThoseOfOthers() {
    let tcp = Self.key(("128.232.110.120", 34855), ("66.35.250.204", 80), 6)
    #expect(FlowIdentity.communityID(tcp) == "1:LQU9qZlK+B5F3KDmev6m5PMibrg=")
    let other = Self.key(("66.35.250.204", 80), ("128.232.110.120", 34855), 6)
    #expect(FlowIdentity.communityID(other) == "1:LQU9qZlK+B5F3KDmev6m5PMibrg=")
    let udp = Self.key(("fe80::200:86ff:fe05:80da", 32768), ("ff02::2", 53), 17)
    #expect(FlowIdentity.communityID(udp) == "1:0ZSOnzVckQqhR00Smu5nEJIB/kA=")
  }

  /// Computed by a few lines of Python from the definition.
  @Test func identityIsTheHashOfTheDefinition() {
    let key = Self.key(("10.1.0.77", 50123), ("10.1.1.2", 8803), 6, plane: 1)
    #expect(FlowIdentity.text(key, firstTime: 1_770_113_700_001_250_000) == "d8c6ab12963ec27c")
    #expect(FlowIdentity.digits(1) == "0000000000000001")
    #expect(FlowIdentity.hash(key, firstTime: 0) != FlowIdentity.hash(key, firstTime: 1))
  }
}
