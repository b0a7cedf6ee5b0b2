internal import TraceBytes
internal import TraceModel

/// The layout of classic pcap files. Source: pcap-savefile(5) and draft-ietf-opsawg-pcap;
/// see Formats/pcap.md.
enum Pcap {
  /// The 24 bytes at the beginning of a file.
  enum FileHeader {
    static let magic = Field<UInt32>("Magic Number", 0)
    static let major = Field<UInt16>("Major Version", 4)
    static let minor = Field<UInt16>("Minor Version", 6)
    static let snapLength = Field<UInt32>("SnapLen", 16)
    static let linkType = Field<UInt32>("LinkType and additional information", 20)
    static let size = 24
  }

  /// The header before each packet, 16 bytes.
  enum RecordHeader {
    static let seconds = Field<UInt32>("Timestamp (Seconds)", 0)
    static let fraction = Field<UInt32>("Timestamp (Microseconds or nanoseconds)", 4)
    static let captured = Field<UInt32>("Captured Packet Length", 8)
    static let original = Field<UInt32>("Original Packet Length", 12)
    static let size = 16
    /// Files of Alexey Kuznetzov's libpcap patches have 8 bytes more: interface index (4), protocol
    /// (2), packet type (1), fill (1).
    static let interfaceIndex = Field<UInt32>("Interface Index", 16)
    static let modifiedSize = 24
  }

  /// Magic numbers as the writer's machine had them.
  static let microseconds: UInt32 = 0xA1B2_C3D4
  static let nanoseconds: UInt32 = 0xA1B2_3C4D
  static let modified: UInt32 = 0xA1B2_CD34

  /// The captured length no writer exceeds (libpcap's MAXIMUM_SNAPLEN); beyond it a record must be
  /// followed by another to be believed.
  static let usualLimit = 262_144
  /// A record longer than this is damage.
  static let largestRecord = 16 << 20
  /// How far from its neighbours in time a record may be that is found by searching, in seconds.
  static let nearby: Int64 = 7 * 86_400

  /// The byte order and the magic number at the beginning of a file, where it is one of pcap.
  static func magic(_ window: RawSpan) -> (number: UInt32, bigEndian: Bool)? {
    guard window.has(4, at: 0) else { return nil }
    for bigEndian in [true, false] {
      let number = window.u32(0, bigEndian: bigEndian)
      if number == microseconds || number == nanoseconds || number == modified {
        return (number, bigEndian)
      }
    }
    return nil
  }

  /// What the file header says about the records.
  struct Layout {
    var bigEndian: Bool
    var headerSize: Int
    /// Nanoseconds per unit of the fraction, and units per second.
    var unit: Int64
    var unitsPerSecond: Int64
    /// Whether captured and original length stand in each other's place: always before version 2.3,
    /// and in 2.3 where the captured length is the larger, as libpcap decides.
    var swapped = false
    var perhapsSwapped = false
    var snapLength: UInt32
    var linkType: LinkType
    var major: UInt16
    var minor: UInt16

    /// Reads the file header; nil when the magic number is none of pcap.
    init?(_ window: RawSpan) {
      guard window.has(FileHeader.size, at: 0), let magic = Pcap.magic(window) else { return nil }
      bigEndian = magic.bigEndian
      headerSize =
        magic.number == Pcap.modified ? RecordHeader.modifiedSize : RecordHeader.size
      unit = magic.number == Pcap.nanoseconds ? 1 : 1000
      unitsPerSecond = magic.number == Pcap.nanoseconds ? 1_000_000_000 : 1_000_000
      major = window[FileHeader.major, bigEndian: bigEndian]
      minor = window[FileHeader.minor, bigEndian: bigEndian]
      snapLength = window[FileHeader.snapLength, bigEndian: bigEndian]
      // The upper half holds the length of the frame check sequence and reserved bits.
      let word = window[FileHeader.linkType, bigEndian: bigEndian]
      linkType = LinkType(rawValue: UInt16(truncatingIfNeeded: word))
      swapped = (major == 2 && minor < 3) || major == 543
      perhapsSwapped = major == 2 && minor == 3
    }

    /// The captured length that records may have without further proof.
    var limit: Int { min(max(Int(snapLength), usualLimit), largestRecord) }
    /// The captured length that fits the file's own snap length.
    var expected: Int { snapLength == 0 ? usualLimit : min(Int(snapLength), usualLimit) }
    /// Whether libpcap knows this version of the file.
    var isKnownVersion: Bool { (major == 2 && minor <= 4) || (major == 543 && minor == 0) }

    /// The record header at an index of the window; the caller has checked that it is there.
    @inline(__always)
    func record(_ window: RawSpan, at index: Int) -> RecordFields {
      var fields = RecordFields(
        seconds: window[RecordHeader.seconds, at: index, bigEndian: bigEndian],
        fraction: window[RecordHeader.fraction, at: index, bigEndian: bigEndian],
        captured: Int(window[RecordHeader.captured, at: index, bigEndian: bigEndian]),
        original: Int(window[RecordHeader.original, at: index, bigEndian: bigEndian]))
      if swapped || (perhapsSwapped && fields.captured > fields.original) {
        swap(&fields.captured, &fields.original)
      }
      return fields
    }
  }

  /// The fields of one record header.
  struct RecordFields {
    var seconds: UInt32
    var fraction: UInt32
    var captured: Int
    var original: Int

    /// A header of zeros is what a crash leaves in a file, not a packet of no bytes in 1970.
    var isZero: Bool { seconds == 0 && fraction == 0 && captured == 0 && original == 0 }
  }
}
