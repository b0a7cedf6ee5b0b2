internal import TraceBytes

/// The header of a block in FTP's block mode. Source: RFC 959 section 3.4.2.
struct FTPBlock {
  enum Layout {
    static let descriptor = Field<UInt8>("descriptor", 0)
    static let count = Field<UInt16>("byte count", 1)
    static let size = count.end
  }

  /// Bits of the descriptor; the four lowest are not defined.
  enum Descriptor {
    static let endOfRecord: UInt8 = 0x80
    static let endOfFile: UInt8 = 0x40
    static let restartMarker: UInt8 = 0x10
    static let undefined: UInt8 = 0x0F
  }

  /// No system writes a longer restart marker.
  private static let longestMarker = 64

  var descriptor: UInt8
  /// Bytes behind the header.
  var count: Int

  /// The header of a block that ends a record.
  init(record count: Int) { (descriptor, self.count) = (Descriptor.endOfRecord, count) }

  /// The header that ends a file.
  static let end = {
    var block = FTPBlock(record: 0)
    block.descriptor = Descriptor.endOfFile
    return block
  }()

  /// Reads a header; nil where none can stand. A restart marker is a few printable characters.
  init?(_ bytes: RawSpan, at: Int) {
    guard bytes.has(Layout.size, at: at) else { return nil }
    descriptor = bytes[Layout.descriptor, at: at]
    count = Int(bytes[Layout.count, at: at])
    guard descriptor & Descriptor.undefined == 0 else { return nil }
    guard !isData else { return }
    let marker = at + Layout.size
    guard descriptor == Descriptor.restartMarker, count <= Self.longestMarker,
      bytes.has(count, at: marker),
      (marker..<marker + count).allSatisfy({ bytes.u8($0) >= 0x20 })
    else { return nil }
  }

  /// Whether the block carries data of the file.
  var isData: Bool { descriptor & Descriptor.restartMarker == 0 }

  /// Whether the next block continues the record.
  var continues: Bool { descriptor & Descriptor.endOfRecord == 0 }

  /// The header as bytes.
  var bytes: [UInt8] {
    var header = [UInt8](repeating: 0, count: Layout.size)
    header.set(Layout.descriptor, descriptor)
    header.set(Layout.count, UInt16(truncatingIfNeeded: count))
    return header
  }
}
