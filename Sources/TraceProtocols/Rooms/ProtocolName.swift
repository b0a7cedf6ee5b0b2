/// What a field of a message names, for those who put another name in its place.
public enum ProtocolName: Sendable {
  /// A user, a job, a node, a terminal; in ASCII or EBCDIC, with blanks or zeros behind it.
  case name
  /// A host, whose labels count by themselves.
  case host
  /// Four bytes of an IPv4 address.
  case address
}
