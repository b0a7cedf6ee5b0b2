/// Why the stack or the adapter discarded a packet (PTH_DropRsn).
///
/// Source: the ranges of the z/OS Communications Server IP Diagnosis Guide; only the names that are
/// known are given, everything else is its number and the layer it belongs to.
public enum DiscardReason {
  private static let layers:
    [(codes: ClosedRange<UInt16>, name: StaticString, words: StaticString)] = [
      (1...0x0FFF, "OSA-Express", "OSA-Express"), (0x1000...0x1FFF, "IP", "interface or IP layer"),
      (0x2000...0x2FFF, "TCP", "TCP layer"), (0x3000...0x3FFF, "UDP", "UDP layer"),
      (0x4000...0x4FFF, "RAW", "RAW layer"),
    ]

  private static let names: [(code: UInt16, name: StaticString)] = [
    (0x1000, "IP_NO_INTERF"), (0x1001, "IP_NOT_ACTIVE"), (0x1002, "IP_MAL_VER"),
    (0x1003, "IP_MAL_IPHL"), (0x1004, "IP_MAL_IPLEN"), (0x1005, "IP_MAL_DATA"),
    (0x1006, "IP_BAD_CKSUM"), (0x1007, "IP_BAD_IPLEN"),
  ]

  /// The part of the system that a reason belongs to, where it is known.
  public static func layer(_ reason: UInt16) -> StaticString? {
    layers.first { $0.codes.contains(reason) }?.name
  }

  /// The same in a sentence.
  public static func layerInWords(_ reason: UInt16) -> StaticString {
    layers.first { $0.codes.contains(reason) }?.words ?? "unknown layer"
  }

  /// The name of a reason, where it is known.
  public static func name(_ reason: UInt16) -> StaticString? {
    names.first { $0.code == reason }?.name
  }
}
