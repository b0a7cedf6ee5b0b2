#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Ports by the names of their services.
enum ServiceNames {
  /// What is common beside z/OS, so that it is known on a machine without /etc/services.
  ///
  /// Source: IANA's registry of service names and port numbers, and what people call some of them.
  private static let known: [String: UInt16] = [
    "ftp-data": 20, "ftp": 21, "ssh": 22, "telnet": 23, "smtp": 25, "domain": 53, "dns": 53,
    "tftp": 69, "http": 80, "kerberos": 88, "pop3": 110, "sunrpc": 111, "ntp": 123, "nje": 175,
    "vmnet": 175, "snmp": 161, "snmptrap": 162, "imap": 143, "ldap": 389, "https": 443,
    "drda": 446, "ddm": 447, "ddm-ssl": 448, "submissions": 465, "syslog": 514, "printer": 515,
    "lpd": 515, "submission": 587, "ldaps": 636, "ftps-data": 989, "ftps": 990, "telnets": 992,
    "imaps": 993, "pop3s": 995, "ibm-mqseries": 1414, "mq": 1414, "nfs": 2049,
    "njenet-ssl": 2252, "kafka": 9092, "http-alt": 8080, "pcsync-https": 8443,
  ]

  /// The port of a name, in any case; of a name that only this system knows too.
  static func port(_ name: Substring) -> UInt16? {
    // No name of a service is a number or a range of them.
    guard name.contains(where: \.isLetter) else { return nil }
    if let port = known[name.lowercased()] { return port }
    for transport in ["tcp", "udp"] {
      guard let entry = unsafe getservbyname(String(name), transport) else { continue }
      return UInt16(bigEndian: UInt16(truncatingIfNeeded: unsafe entry.pointee.s_port))
    }
    return nil
  }
}
