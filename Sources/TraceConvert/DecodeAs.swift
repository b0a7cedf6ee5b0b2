/// The `-d` arguments that make tshark and Wireshark show clear text on ports that they bind to TLS.
///
/// HTTP needs none: Wireshark's heuristic finds it on TLS ports too. Measured with tshark 4.0 and 4.4:
/// SMTP and FTP end as plain data, TN3270, LDAP and EBCDIC as "SSL Continuation Data".
public enum DecodeAs {
  private static let protocols: [(port: UInt16, name: StaticString)] = [
    (324, "http"), (465, "smtp"), (636, "ldap"), (853, "dns"), (989, "ftp-data"), (990, "ftp"),
    (992, "telnet"), (993, "imap"), (995, "pop"), (2252, "data"), (3269, "ldap"), (5061, "sip"),
    (5671, "amqp"), (8883, "mqtt"), (11207, "memcache"),
  ]

  /// Arguments for the ports seen: `-d tcp.port==992,telnet`.
  public static func arguments(_ ports: [UInt16: Int]) -> String {
    protocols.filter { ports[$0.port] != nil }
      .map { "-d tcp.port==\($0.port),\($0.name)" }
      .joined(separator: " ")
  }
}
