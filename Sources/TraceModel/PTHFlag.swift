/// Bits of PTH_Flag. The bits between have no known meaning and are never acted on.
public enum PTHFlag {
  /// Both ends are on the traced stack.
  public static let local: UInt8 = 0x80
  /// AT-TLS data that was left out (CtraceClearText Off).
  public static let confidential: UInt8 = 0x40
  /// AT-TLS data in clear (CtraceClearText On).
  public static let clearText: UInt8 = 0x20
  /// The record was sent; without the bit it was received.
  public static let outbound: UInt8 = 0x01

  /// The bits that have a name in the macro.
  public static let names: [(mask: UInt8, name: StaticString)] = [
    (local, "PTH_Local"), (confidential, "PTH_CfTxt"), (clearText, "PTH_ClearTxt"),
    (outbound, "PTH_Out"),
  ]
}
