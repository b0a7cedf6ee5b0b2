/// Reasons and codes of TN3270E in words. Source: RFC 2355.
enum TelnetCodes {
  /// Why a device type was refused, RFC 2355 section 7.1.6.
  static func reject(_ code: UInt8) -> String {
    switch code {
    case 0: "CONN-PARTNER"
    case 1: "DEVICE-IN-USE"
    case 2: "INV-ASSOCIATE"
    case 3: "INV-NAME"
    case 4: "INV-DEVICE-TYPE"
    case 5: "TYPE-NAME-ERROR"
    case 6: "UNKNOWN-ERROR"
    case 7: "UNSUPPORTED-REQ"
    default: "unknown reason"
    }
  }

  /// What a terminal could not do with a record, RFC 2355 section 10.4.1.
  static func negative(_ code: UInt8) -> String {
    switch code {
    case 0: "command reject"
    case 1: "intervention required"
    case 2: "operation check"
    case 3: "component disconnected"
    default: "unknown code"
    }
  }

  /// Why a session ended: the type of an SNA UNBIND.
  static func unbind(_ code: UInt8) -> String {
    switch code {
    case 0x01: "normal end"
    case 0x02: "another BIND follows"
    case 0x07: "virtual route inoperative"
    case 0x08: "route extension inoperative"
    case 0x09: "hierarchical reset"
    case 0x0A: "SSCP gone"
    case 0x0B: "virtual route deactivated"
    case 0x0C: "LU failed for good"
    case 0x0E: "LU failed for a time"
    case 0x0F: "cleanup"
    case 0xFE: "protocol error"
    default: "unknown reason"
    }
  }
}
