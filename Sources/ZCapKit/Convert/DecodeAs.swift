internal import TraceProtocols

/// The `-d` arguments that make tshark and Wireshark dissect what the port does not tell: clear text on
/// ports that they bind to TLS, and TLS on ports that they bind to something else.
///
/// HTTP needs none: Wireshark's heuristic finds it on TLS ports too. Measured with tshark 4.0 and 4.4:
/// SMTP and FTP end as plain data, TN3270, LDAP and EBCDIC as "SSL Continuation Data".
enum DecodeAs {
  private static let protocols: [(port: UInt16, name: StaticString)] = [
    (324, "http"), (465, "smtp"), (636, "ldap"), (853, "dns"), (989, "ftp-data"), (990, "ftp"),
    (992, "telnet"), (993, "imap"), (995, "pop"), (2252, "data"), (3269, "ldap"), (5061, "sip"),
    (5671, "amqp"), (8883, "mqtt"), (11207, "memcache"),
  ]

  /// Arguments for the ports seen: `-d tcp.port==992,telnet`. What was recognised counts before what a port
  /// is used for mostly.
  static func arguments(_ ports: [UInt16: Int], _ dissectors: [UInt16: Dissector]) -> String {
    var names: [UInt16: StaticString] = [:]
    for (port, name) in protocols where ports[port] != nil && dissectors[port] == nil {
      names[port] = name
    }
    for (port, dissector) in dissectors where !dissector.ports.contains(port) {
      if let name = dissector.decodeAs { names[port] = name }
    }
    return names.sorted { $0.key < $1.key }
      .map { "-d tcp.port==\($0.key),\($0.value)" }
      .joined(separator: " ")
  }

  /// Ports above the well-known ones that Wireshark binds to a protocol, where z/OS may have TLS.
  private static let bound: Set<UInt16> = [
    1414, 1521, 1830, 2049, 3306, 4369, 5060, 5432, 5900, 6000, 8080, 50000,
  ]
  /// Ports that it binds to TLS.
  private static let tls: Set<UInt16> = [
    261, 443, 448, 465, 563, 585, 614, 636, 684, 695, 832, 853, 989, 990, 992, 993, 994, 995,
  ]

  /// Arguments that show TLS on the ports seen: `-d tcp.port==25,tls`.
  static func tlsArguments(_ ports: [UInt16: Int]) -> String {
    ports.keys.sorted().filter { ($0 < 1024 || bound.contains($0)) && !tls.contains($0) }
      .map { "-d tcp.port==\($0),tls" }
      .joined(separator: " ")
  }
}
