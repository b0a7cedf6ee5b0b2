internal import TraceBytes

/// What the codes of IMS Connect mean.
enum IMSConnectCodes {
  /// Message types (IRM_F4). Source: "Format of user portion of IRM for HWSSMPL0, HWSSMPL1".
  enum MessageType: Sendable, Equatable {
    case sendReceive, sendOnly, sendOnlyAck, sendOnlyError, ack, nak, deallocate, resume,
      cancelTimer
    case calloutResponse, calloutResponseAck
    case unknown(UInt8)

    /// `folded` is the byte as an ASCII character.
    init(_ byte: UInt8, folded: UInt8) {
      switch Unicode.Scalar(folded) {
      case " ", "\0":
        self = byte == 0x40 || byte == 0x20 || byte == 0 ? .sendReceive : .unknown(byte)
      case "S": self = .sendOnly
      case "K": self = .sendOnlyAck
      case "J": self = .sendOnlyError
      case "A": self = .ack
      case "N": self = .nak
      case "D": self = .deallocate
      case "R": self = .resume
      case "C": self = .cancelTimer
      case "L": self = .calloutResponseAck
      case "M": self = .calloutResponse
      default: self = .unknown(byte)
      }
    }

    var name: String {
      switch self {
      case .sendReceive: "SEND-RECEIVE"
      case .sendOnly: "SEND-ONLY"
      case .sendOnlyAck: "SEND-ONLY WITH ACK"
      case .sendOnlyError: "SEND-ONLY ERROR"
      case .ack: "ACK"
      case .nak: "NAK"
      case .deallocate: "DEALLOCATE"
      case .resume: "RESUME TPIPE"
      case .cancelTimer: "CANCEL TIMER"
      case .calloutResponse: "CALLOUT RESPONSE"
      case .calloutResponseAck: "CALLOUT RESPONSE WITH ACK"
      case .unknown(let byte): "message type \(Hex.shown(byte)) (unknown)"
      }
    }

    /// Whether IMS Connect sends nothing back when all goes well.
    var hasNoAnswer: Bool {
      switch self {
      case .sendOnly, .calloutResponse: true
      default: false
      }
    }

    /// Whether an answer may come or not, as the commit mode has it.
    var mayHaveNoAnswer: Bool {
      switch self {
      case .ack, .nak, .deallocate, .sendOnlyError: true
      default: hasNoAnswer
      }
    }

    /// Whether it carries no data and names no transaction.
    var isControl: Bool {
      switch self {
      case .ack, .nak, .deallocate, .resume, .cancelTimer: true
      default: false
      }
    }
  }

  /// Return codes in the request status message. Source: IBM, IMS Messages and Codes, "Return and reason
  /// codes for IMS Connect exits".
  static func returnCode(_ code: UInt32) -> String {
    switch code {
    case 4: "the exit refused the request, socket closed"
    case 8: "error found by IMS Connect, socket closed"
    case 12: "error from OTMA, socket closed"
    case 16: "error from OTMA with a sense code, socket closed"
    case 20: "answer of the exit to a ping"
    case 24: "SCI error, socket closed"
    case 28: "OM error, socket closed"
    case 32: "timer expired, socket closed"
    case 36: "default timer expired, socket closed"
    case 40: "timer expired, socket stays open"
    case 44: "timer cancelled"
    default: "unknown return code"
    }
  }

  /// Whether a return code says that the time to wait was over.
  static func isTimeout(_ code: UInt32) -> Bool { code == 32 || code == 36 || code == 40 }

  /// The meaning of a reason code, which depends on the return code. Same source; 150 to 157 are those of
  /// IMS Connect Extensions.
  static func reasonCode(_ code: UInt32, of returnCode: UInt32) -> String {
    switch returnCode {
    case 16: return "OTMA sense code X'\(String(code, radix: 16, uppercase: true))'"
    case 24, 28: return "CSL reason X'\(String(code, radix: 16, uppercase: true))'"
    case 32, 36, 40: return timer(UInt8(truncatingIfNeeded: code))
    default: break
    }
    switch code {
    case 0: return "no reason given"
    case 4: return "input larger than the buffer"
    case 5: return "negative length"
    case 6: return "length of the IRM is wrong"
    case 7: return "total length is wrong"
    case 8: return "OTMA NAK without a sense code"
    case 9: return "content of the buffer is wrong"
    case 10: return "output larger than the buffer"
    case 11: return "wrong Unicode definition"
    case 12: return "message without data"
    case 16: return "client not known"
    case 20: return "length of an OTMA segment is wrong"
    case 24: return "first in chain missing"
    case 28: return "last in chain missing"
    case 32: return "sequence number wrong"
    case 34: return "context token not found"
    case 36: return "protocol error"
    case 40: return "security violation"
    case 44: return "message incomplete"
    case 48: return "message length wrong"
    case 51: return "security failure: no OTMA security header"
    case 52: return "security failure: no data in the OTMA security header"
    case 53: return "security failure: no password in the OTMA user data"
    case 54: return "security failure: no user id in the OTMA security header"
    case 55: return "security failure: neither password nor user id"
    case 56: return "client id is in use"
    case 57: return "token not valid, internal error"
    case 58: return "client status not valid, internal error"
    case 59: return "timer cancelled"
    case 70: return "component not found"
    case 71: return "function not found"
    case 72: return "data store not found or stopped"
    case 73: return "IMS Connect is shutting down"
    case 74: return "data store or IMSplex is stopping or down"
    case 75: return "communication with the data store failed"
    case 76: return "data store or IMSplex stopped by command"
    case 77: return "communication failed while the client waited"
    case 78: return "security failure: RACF call failed, see the console"
    case 79: return "protocol error of IMS Connect"
    case 80: return "IMSplex connection is not active"
    case 81: return "resume tpipe cancelled, ACK did not come in time"
    case 93: return "resume tpipe with commit mode 1"
    case 97: return "deallocated, committed"
    case 98: return "deallocated, ended abnormally"
    case 150: return "pacing limit reached"
    case 153: return "message exit not active"
    case 154: return "security failure: user id, password or group missing or not valid"
    case 156: return "message exit deleted"
    case 157: return "address blocked by a rule"
    default: return "unknown reason code"
    }
  }

  /// Return codes of RACROUTE REQUEST=VERIFY (RSM_RACFRC). Source: IBM, z/OS Security Server RACROUTE
  /// Macro Reference, RACF return codes of VERIFY, in hexadecimal there.
  static func racf(_ code: UInt8) -> String {
    switch code {
    case 0x00: "verified"
    case 0x04: "user not defined to RACF"
    case 0x08: "password or PassTicket not authorized"
    case 0x0C: "password expired"
    case 0x10: "new password not valid"
    case 0x14: "user not connected to the group"
    case 0x18: "failed by the installation exit"
    case 0x1C: "access revoked"
    case 0x20: "RACF not active"
    case 0x24: "access to the group revoked"
    case 0x28: "OIDCARD needed"
    case 0x2C: "OIDCARD not valid"
    case 0x30: "not authorized to the port of entry"
    case 0x34: "not authorized to the application"
    case 0x38: "not authorized to the security label"
    default: "unknown RACF return code"
    }
  }

  /// The time that IRM_TIMER stands for. Source: "Format of fixed portion of IRM", IRM_TIMER.
  static func timer(_ byte: UInt8) -> String {
    switch byte {
    case 0x00: "default time (0.25 s)"
    case 0x01...0x19: hundredths(Int(byte))
    case 0x1A...0x28: hundredths(25 + 5 * (Int(byte) - 0x19))
    case 0x29...0x63: "\(Int(byte) - 0x27) s"
    case 0x64...0x9E: "\(Int(byte) - 0x62) min"
    case 0xE9: "no wait"
    case 0xFF: "for ever"
    default: "time \(Hex.shown(byte)) (unknown)"
    }
  }

  private static func hundredths(_ count: Int) -> String {
    "\(count / 100).\(count % 100 < 10 ? "0" : "")\(count % 100) s"
  }

  /// IRM_F2: commit mode.
  static func commitMode(_ flag: UInt8) -> String? {
    switch flag & 0x60 {
    case 0x40: "CM0 (commit, then send)"
    case 0x20: "CM1 (send, then commit)"
    case 0x60: "commit mode \(Hex.shown(flag)) (unknown)"
    default: nil
    }
  }

  /// IRM_F3: synchronization level in its last bits.
  static func syncLevel(_ flag: UInt8) -> String {
    switch flag & 0x03 {
    case 0: "none"
    case 1: "confirm"
    case 2: "syncpoint"
    default: "\(Hex.shown(flag)) (unknown)"
    }
  }

  /// IRM_SOCT.
  static func socket(_ byte: UInt8) -> String {
    switch byte {
    case 0x00: "transaction"
    case 0x10: "persistent"
    case 0x40: "non-persistent"
    default: "\(Hex.shown(byte)) (unknown)"
    }
  }
}
