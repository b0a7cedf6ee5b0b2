internal import TraceBytes

/// The layout of pcapng files, for reader and writer. Source: draft-ietf-opsawg-pcapng; see
/// Formats/pcapng.md. Offsets count from the beginning of the block.
enum Pcapng {
  /// Block types.
  enum Block {
    static let section: UInt32 = 0x0A0D_0D0A
    static let interface: UInt32 = 1
    /// The obsolete Packet Block.
    static let packet: UInt32 = 2
    static let simplePacket: UInt32 = 3
    static let nameResolution: UInt32 = 4
    static let interfaceStatistics: UInt32 = 5
    static let enhancedPacket: UInt32 = 6
    static let journal: UInt32 = 9
    static let secrets: UInt32 = 10
    static let custom: UInt32 = 0x0000_0BAD
    static let customNotCopied: UInt32 = 0x4000_0BAD

    /// Type, length and the length again at the end.
    static let type = Field<UInt32>("Block Type", 0)
    static let length = Field<UInt32>("Block Total Length", 4)
    static let smallest = 12

    /// Whether the registry of the draft assigns the type.
    static func isAssigned(_ type: UInt32) -> Bool {
      switch type {
      case 1...0xB, 0x101...0x102, 0x201...0x221, custom, customNotCopied, section: true
      default: false
      }
    }

    /// Whether a search may believe in a block of this type.
    static func isSearchable(_ type: UInt32) -> Bool {
      type == section || (1...6).contains(type) || type == journal || type == secrets
        || type == custom || type == customNotCopied
    }

    /// Whether a block may be passed over without its bytes being in a window.
    static func isSkippable(_ type: UInt32) -> Bool {
      switch type {
      case nameResolution, interfaceStatistics, journal, custom, customNotCopied: true
      default: false
      }
    }
  }

  enum SectionHeader {
    static let byteOrder = Field<UInt32>("Byte-Order Magic", 8)
    static let major = Field<UInt16>("Major Version", 12)
    static let minor = Field<UInt16>("Minor Version", 14)
    static let sectionLength = Field<UInt64>("Section Length", 16)
    static let smallest = 28
    static let options = sectionLength.end
    static let byteOrderMagic: UInt32 = 0x1A2B_3C4D
  }

  enum InterfaceDescription {
    static let linkType = Field<UInt16>("LinkType", 8)
    static let snapLength = Field<UInt32>("SnapLen", 12)
    static let options = snapLength.end
    static let smallest = 20
  }

  enum EnhancedPacket {
    static let interface = Field<UInt32>("Interface ID", 8)
    static let timeHigh = Field<UInt32>("Timestamp (Upper 4 bytes)", 12)
    static let timeLow = Field<UInt32>("Timestamp (Lower 4 bytes)", 16)
    static let captured = Field<UInt32>("Captured Packet Length", 20)
    static let original = Field<UInt32>("Original Packet Length", 24)
    static let data = 28
    static let smallest = 32
  }

  enum SimplePacket {
    static let original = Field<UInt32>("Original Packet Length", 8)
    static let data = 12
    static let smallest = 16
  }

  /// The obsolete block differs from the Enhanced Packet Block in its first word only.
  enum OldPacket {
    static let interface = Field<UInt16>("Interface ID", 8)
    static let drops = Field<UInt16>("Drops Count", 10)
    static let dropsUnknown: UInt16 = 0xFFFF
  }

  enum InterfaceStatistics {
    static let interface = Field<UInt32>("Interface ID", 8)
    static let timeHigh = Field<UInt32>("Timestamp (Upper 4 bytes)", 12)
    static let timeLow = Field<UInt32>("Timestamp (Lower 4 bytes)", 16)
    static let options = timeLow.end
  }

  enum Secrets {
    static let type = Field<UInt32>("Secrets Type", 8)
    static let length = Field<UInt32>("Secrets Length", 12)
    static let data = 16
    static let smallest = 20
  }

  /// Option codes, by the block they belong to.
  enum Option {
    static let end: UInt16 = 0
    static let comment: UInt16 = 1

    static let sectionHardware: UInt16 = 2
    static let sectionSystem: UInt16 = 3
    static let sectionApplication: UInt16 = 4

    static let interfaceName: UInt16 = 2
    static let interfaceText: UInt16 = 3
    static let interfaceResolution: UInt16 = 9
    static let interfaceFilter: UInt16 = 11
    static let interfaceSystem: UInt16 = 12
    static let interfaceTimeOffset: UInt16 = 14

    /// The same codes in Enhanced Packet Block and Packet Block.
    static let packetFlags: UInt16 = 2
    static let packetDrops: UInt16 = 4
    static let packetID: UInt16 = 5

    static let statisticsStart: UInt16 = 2
    static let statisticsEnd: UInt16 = 3
    static let statisticsReceived: UInt16 = 4
    static let statisticsDropped: UInt16 = 5
  }

  /// A block longer than this, of a kind that must be in a window whole, is damage.
  static let largestBlock = (16 << 20) + (128 << 10)
  /// The longest block that a search for the next good one believes in.
  static let largestSearched = 1 << 20
  /// More interfaces than this in one section are not kept.
  static let largestInterfaceCount = 65_536

  /// The length rounded up to the 4-byte boundary on which options and blocks end.
  @inline(__always)
  static func padded(_ length: Int) -> Int { (length &+ 3) & ~3 }
}

/// The options at the end of a block, one after another.
struct PcapngOptions {
  private let bigEndian: Bool
  private let end: Int
  private var next: Int
  /// Code and value range of the option that ``advance(in:)`` came to.
  private(set) var code: UInt16 = 0
  private(set) var value: Range<Int> = 0..<0

  /// Options from `start` to the trailing length at `end`.
  init(from start: Int, to end: Int, bigEndian: Bool) {
    self.bigEndian = bigEndian
    self.end = end
    next = start
  }

  /// Goes to the next option; false after the last one, or where one does not fit its block.
  mutating func advance(in block: RawSpan) -> Bool {
    guard next &+ 4 <= end else { return false }
    code = block.u16(next, bigEndian: bigEndian)
    let length = Int(block.u16(next &+ 2, bigEndian: bigEndian))
    guard code != Pcapng.Option.end, length <= end &- next &- 4 else { return false }
    value = next &+ 4..<next &+ 4 &+ length
    next = next &+ 4 &+ Pcapng.padded(length)
    return true
  }
}
