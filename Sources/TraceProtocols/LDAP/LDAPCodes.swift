/// Names of operations and results. Source: RFC 4511 sections 4.2 to 4.13 and appendix A.
enum LDAPCodes {
  enum Operation: UInt8 {
    case bindRequest = 0x60
    case bindResponse = 0x61
    case unbind = 0x42
    case search = 0x63
    case entry = 0x64
    case searchDone = 0x65
    case reference = 0x73
    case modify = 0x66
    case modifyResponse = 0x67
    case add = 0x68
    case addResponse = 0x69
    case delete = 0x4A
    case deleteResponse = 0x6B
    case modifyName = 0x6C
    case modifyNameResponse = 0x6D
    case compare = 0x6E
    case compareResponse = 0x6F
    case abandon = 0x50
    case extended = 0x77
    case extendedResponse = 0x78
    case intermediate = 0x79

    var isRequest: Bool {
      switch self {
      case .bindRequest, .unbind, .search, .modify, .add, .delete, .modifyName, .compare, .abandon,
        .extended:
        true
      default: false
      }
    }

    var name: String {
      switch self {
      case .bindRequest, .bindResponse: "bind"
      case .unbind: "unbind"
      case .search, .entry, .searchDone, .reference: "search"
      case .modify, .modifyResponse: "modify"
      case .add, .addResponse: "add"
      case .delete, .deleteResponse: "delete"
      case .modifyName, .modifyNameResponse: "modify name"
      case .compare, .compareResponse: "compare"
      case .abandon: "abandon"
      case .extended, .extendedResponse: "extended"
      case .intermediate: "intermediate"
      }
    }
  }

  static func result(_ code: Int64) -> String {
    switch code {
    case 0: "success"
    case 1: "operationsError"
    case 2: "protocolError"
    case 3: "timeLimitExceeded"
    case 4: "sizeLimitExceeded"
    case 5: "compareFalse"
    case 6: "compareTrue"
    case 7: "authMethodNotSupported"
    case 8: "strongerAuthRequired"
    case 10: "referral"
    case 11: "adminLimitExceeded"
    case 12: "unavailableCriticalExtension"
    case 13: "confidentialityRequired"
    case 14: "saslBindInProgress"
    case 16: "noSuchAttribute"
    case 17: "undefinedAttributeType"
    case 18: "inappropriateMatching"
    case 19: "constraintViolation"
    case 20: "attributeOrValueExists"
    case 21: "invalidAttributeSyntax"
    case 32: "noSuchObject"
    case 33: "aliasProblem"
    case 34: "invalidDNSyntax"
    case 36: "aliasDereferencingProblem"
    case 48: "inappropriateAuthentication"
    case 49: "invalidCredentials"
    case 50: "insufficientAccessRights"
    case 51: "busy"
    case 52: "unavailable"
    case 53: "unwillingToPerform"
    case 54: "loopDetect"
    case 64: "namingViolation"
    case 65: "objectClassViolation"
    case 66: "notAllowedOnNonLeaf"
    case 67: "notAllowedOnRDN"
    case 68: "entryAlreadyExists"
    case 69: "objectClassModsProhibited"
    case 71: "affectsMultipleDSAs"
    case 80: "other"
    default: "unknown result"
    }
  }

  /// Names of extended operations by their object identifiers.
  static func extended(_ identifier: String) -> String {
    switch identifier {
    case "1.3.6.1.4.1.1466.20037": "StartTLS"
    case "1.3.6.1.4.1.4203.1.11.1": "password modify"
    case "1.3.6.1.4.1.4203.1.11.3": "who am I"
    case "1.3.6.1.1.8": "cancel"
    case "1.3.6.1.4.1.1466.20036": "notice of disconnection"
    default: identifier
    }
  }
}
