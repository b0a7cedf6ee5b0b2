internal import TraceBytes

/// The tables of a STATISTICS or TALLY report: counts of records by device, address and port.
///
/// They hold no records. Of the device types the numbers are kept, because no header that names them is to be
/// had: `34(Loopback)` at the end of a line.
struct IPCSStatistics: Sendable {
  /// Whether the line at hand is of a table.
  var isOpen = false
  /// Whether there was a table.
  private(set) var isSeen = false
  /// `34 (Loopback)`, each once.
  private(set) var devices: [String] = []

  private static let mostDevices = 32

  /// Whether the line belongs to a table; one begins with `… Report`.
  mutating func take(_ line: RawSpan) -> Bool {
    let end = line.endWithoutBlanks
    if end >= 7, line.stands("Report", at: end - 6), end < 80 {
      isOpen = true
      isSeen = true
      return true
    }
    if line.stands("OPTIONS((STAT", at: 0) || line.stands(" OPTIONS((STAT", at: 0) { isSeen = true }
    guard isOpen, end > 0 else { return isOpen }
    note(line.extracting(0..<end))
    return true
  }

  private mutating func note(_ line: RawSpan) {
    guard devices.count < Self.mostDevices, line.u8(line.byteCount - 1) == UInt8(ascii: ")"),
      let open = line.firstIndex(of: UInt8(ascii: "("), in: 0..<line.byteCount), open > 0
    else { return }
    var start = open
    while start > 0, (0x30...0x39).contains(line.u8(start - 1)) { start -= 1 }
    guard start < open, open - start <= 3, start == 0 || line.u8(start - 1) <= 0x20 else { return }
    let device = line.text(start..<open) + " is " + line.text(open + 1..<line.byteCount - 1)
    if !devices.contains(device) { devices.append(device) }
  }
}
