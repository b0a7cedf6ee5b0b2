public import TraceBytes
public import TraceModel

/// Prints records the way TCPDATA and TCPTRACE do; ``ListingReader`` reads them back.
///
/// Where the tool prints a NUL (for bytes from X'E0' with `--PRINT A`) this prints a full stop, so
/// that a listing holds no control characters but its line ends.
public struct ListingWriter {
  /// How payloads are printed: the tool's `--PRINT` switch.
  public enum Style: Sendable, CaseIterable {
    /// Groups of eight digits, with both readings as text beside them (X).
    case hex
    /// Text, the bytes read as ASCII (A).
    case ascii
    /// Text, the bytes read as EBCDIC (E).
    case ebcdic
  }

  private let out: ByteSink
  private let style: Style
  private let zone: Zone
  /// The line being made; reused.
  private var line: [UInt8] = []
  private let asciiCharacters = ListingWriter.asciiTable
  private let ebcdicCharacters = ListingWriter.ebcdicTable

  /// Writes to `out`, with times of day in a zone.
  public init(_ out: ByteSink, style: Style = .hex, zone: Zone = .utc) {
    self.out = out
    self.style = style
    self.zone = zone
  }

  /// Prints one record and its payload.
  public mutating func write(_ record: borrowing TraceRecord, _ payload: RawSpan) throws(TraceError)
  {
    try writeHead(record, payload.byteCount)
    try writeAddresses(record)
    if record.kind == .packet { try writeCaptureRow(record, payload.byteCount) }
    switch style {
    case .hex: try writeHex(payload)
    case .ascii: try writeASCII(payload)
    case .ebcdic: try writeEBCDIC(payload)
    }
    try out.u8(0x0A)
  }

  /// Prints that records were lost, and how many where that is known.
  public func writeLost(packets: UInt64?, data: UInt64?) throws(TraceError) {
    try out.append("lost:")
    if let packets {
      try out.append("packet trace records:")
      try out.decimal(packets)
      try out.u8(0x0A)
    }
    if let data {
      try out.append("data trace records:")
      try out.decimal(data)
    }
    if packets == nil || data != nil { try out.u8(0x0A) }
  }

  private func writeHead(_ record: borrowing TraceRecord, _ length: Int) throws(TraceError) {
    switch record.kind {
    case .dataTrace: try out.append("Data trace.  ")
    case .packet: try out.append("Packet trace.  ")
    default:
      try out.append("Unknown CTE trace type ")
      try out.decimal(UInt64(record.entryID))
      try out.u8(0x0A)
    }
    if record.dropReason != 0 {
      try out.append("!Drop reason code ")
      try out.decimal(UInt64(record.dropReason))
      try out.u8(0x0A)
    }
    try out.append("Data length ")
    try out.decimal(UInt64(length))
    try out.append(".  ")
    if record.flags.contains(.local) { try out.append("PTH_ both locals .  ") }
    if record.flags.contains(.clearText) { try out.append("ATTLS Clear Text.  ") }
    if record.flags.contains(.confidential) { try out.append("PTH_Flag.Confidential.  ") }
    try out.u8(0x0A)
  }

  private func writeAddresses(_ record: borrowing TraceRecord) throws(TraceError) {
    try out.u8(record.direction == .outbound ? 0x3C : 0x3E)
    for index in 0..<(record.kind == .packet ? 16 : 8) {
      let character = ebcdicCharacters[Int(record.name.byte(index))]
      try out.u8(record.name.byte(index) == 0 ? 0x20 : character)
    }
    try out.append("  ")
    let micros = zone.local(record.time) / 1000
    let time = UInt64((micros % 86_400_000_000 + 86_400_000_000) % 86_400_000_000)
    try out.decimal(time / 3_600_000_000, width: 2)
    try out.u8(0x3A)
    try out.decimal(time / 60_000_000 % 60, width: 2)
    try out.u8(0x3A)
    try out.decimal(time / 1_000_000 % 60, width: 2)
    try out.u8(0x2E)
    try out.decimal(time % 1_000_000, width: 6)
    try out.append(" Src ")
    try writeAddress(record.source)
    try out.append(" Port ")
    try out.decimal(UInt64(record.sourcePort))
    try out.append(" Dst ")
    try writeAddress(record.destination)
    try out.append(" Port ")
    try out.decimal(UInt64(record.destinationPort))
    try out.append(" \n")
  }

  private func writeAddress(_ address: IPAddress) throws(TraceError) {
    guard address.isIPv4 else { return try out.append(address.description) }
    for shift in [24, 16, 8] as [UInt32] {
      try out.decimal(UInt64(address.ipv4 >> shift & 255))
      try out.u8(0x2E)
    }
    try out.decimal(UInt64(address.ipv4 & 255))
  }

  /// The pcap record header that the tool prints before the bytes of a packet.
  private mutating func writeCaptureRow(_ record: borrowing TraceRecord, _ length: Int)
    throws(TraceError)
  {
    let micros = max(0, record.time / 1000)
    var row: [UInt8] = []
    for value in [
      UInt32(truncatingIfNeeded: micros / 1_000_000),
      UInt32(truncatingIfNeeded: micros % 1_000_000),
      UInt32(truncatingIfNeeded: length), UInt32(truncatingIfNeeded: record.originalLength),
    ] {
      for shift in [24, 16, 8, 0] as [UInt32] {
        row.append(UInt8(truncatingIfNeeded: value >> shift))
      }
    }
    try writeHex(unsafe row.span.bytes)
  }

  private mutating func writeHex(_ bytes: RawSpan) throws(TraceError) {
    var offset = 0
    while offset < bytes.byteCount {
      let count = min(16, bytes.byteCount - offset)
      // A line without its bytes: eight digits, the colon, and blanks for all the columns.
      line.removeAll(keepingCapacity: true)
      for shift in stride(from: 28, through: 0, by: -4) {
        line.append(Hex.capital(UInt8(truncatingIfNeeded: offset >> shift) & 15))
      }
      line.append(0x20)
      line.append(0x3A)
      for index in 0..<16 {
        if index & 3 == 0 { line.append(0x20) }
        if index < count {
          let byte = bytes.u8(offset + index)
          line.append(Hex.capital(byte >> 4))
          line.append(Hex.capital(byte & 15))
        } else {
          line.append(0x20)
          line.append(0x20)
        }
      }
      line.append(0x20)
      line.append(0x20)
      for index in 0..<count { line.append(ebcdicCharacters[Int(bytes.u8(offset + index))]) }
      for _ in count...16 { line.append(0x20) }
      for index in 0..<count { line.append(asciiCharacters[Int(bytes.u8(offset + index))]) }
      for _ in count...16 { line.append(0x20) }
      line.append(0x0A)
      try out.append(line)
      offset += 16
    }
  }

  private mutating func writeASCII(_ bytes: RawSpan) throws(TraceError) {
    line.removeAll(keepingCapacity: true)
    for index in 0..<bytes.byteCount {
      let byte = bytes.u8(index)
      let isLineEnd = byte == 0x0A || byte == 0x0D
      if !isLineEnd { line.append(asciiCharacters[Int(byte)]) }
      if line.count == 80 || (isLineEnd && !line.isEmpty) { try endLine() }
    }
    try out.append(line)
  }

  private mutating func writeEBCDIC(_ bytes: RawSpan) throws(TraceError) {
    line.removeAll(keepingCapacity: true)
    for index in 0..<bytes.byteCount {
      line.append(ebcdicCharacters[Int(bytes.u8(index))])
      if index > 0, index % 80 == 0 { try endLine() }
    }
    try out.append(line)
  }

  private mutating func endLine() throws(TraceError) {
    line.append(0x0A)
    try out.append(line)
    line.removeAll(keepingCapacity: true)
  }

  /// What the tool's ASCII table prints for each byte, as it reads after the transfer.
  private static let asciiTable: [UInt8] = (0...255).map { (byte: Int) -> UInt8 in
    switch byte {
    case 0x5E: 0x5B
    case 0x60: 0x27
    case 0x7C: 0x20
    case 0x20...0x7E: UInt8(byte)
    default: 0x2E
    }
  }

  /// What each byte prints as EBCDIC.
  private static let ebcdicTable: [UInt8] = (0...255).map { (byte: Int) -> UInt8 in
    TextEncoding.isPrintable1047[byte] ? TextEncoding.latin1[byte] : 0x2E
  }
}
