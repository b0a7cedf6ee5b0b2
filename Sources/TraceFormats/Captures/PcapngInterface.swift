internal import TraceBytes
internal import TraceModel

/// What the packets of one interface of a section need to be read.
struct PcapngInterface {
  var id: UInt32
  var linkType: LinkType
  var snapLength: UInt32
  var name: RecordName = .none
  /// Units of the time stamps: powers of ten, or of two.
  private var isBinary = false
  private var exponent: UInt8 = 6
  /// Seconds to be added to every time stamp.
  private var offset: Int64 = 0

  /// Reads an Interface Description Block, and what of it is for people.
  init(
    _ block: RawSpan, bigEndian: Bool, id: UInt32, describing description: inout CaptureInterface?
  ) {
    typealias Layout = Pcapng.InterfaceDescription
    typealias Option = Pcapng.Option
    self.id = id
    linkType = LinkType(rawValue: block[Layout.linkType, bigEndian: bigEndian])
    snapLength = block[Layout.snapLength, bigEndian: bigEndian]
    var about = CaptureInterface(id: id, linkType: linkType)
    var options = PcapngOptions(
      from: Layout.options, to: block.byteCount - 4, bigEndian: bigEndian)
    while options.advance(in: block) {
      let value = options.value
      switch options.code {
      case Option.comment: about.comments.append(Self.comment(block, value))
      case Option.interfaceName: about.name = Self.text(block, value)
      case Option.interfaceText: about.text = Self.text(block, value)
      case Option.interfaceSystem: about.system = Self.text(block, value)
      case Option.interfaceFilter:
        // The first byte tells the kind; 0 is a libpcap expression, others are programs.
        guard value.count > 1, block.u8(value.lowerBound) == 0 else { continue }
        about.filter = Self.text(block, value.lowerBound + 1..<value.upperBound)
      case Option.interfaceResolution where value.count >= 1:
        let byte = block.u8(value.lowerBound)
        isBinary = byte & 0x80 != 0
        exponent = byte & 0x7F
      case Option.interfaceTimeOffset where value.count >= 8:
        offset = Int64(bitPattern: block.u64(value.lowerBound, bigEndian: bigEndian))
      default: continue
      }
    }
    if !about.name.isEmpty { name = RecordName(about.name, length: 16) }
    description = about
  }

  /// The comments of a Section Header Block.
  static func sectionComments(_ block: RawSpan, bigEndian: Bool) -> [String] {
    var options = PcapngOptions(
      from: Pcapng.SectionHeader.options, to: block.byteCount - 4, bigEndian: bigEndian)
    var comments: [String] = []
    while options.advance(in: block) {
      guard options.code == Pcapng.Option.comment else { continue }
      comments.append(comment(block, options.value))
    }
    return comments
  }

  /// A comment may have several lines.
  private static func comment(_ block: RawSpan, _ range: Range<Int>) -> String {
    String(decoding: block.extracting(range).copied(), as: UTF8.self)
  }

  /// Text of an option, safe to show and to write again; some writers end it with a NUL.
  private static func text(_ block: RawSpan, _ range: Range<Int>) -> String {
    var end = range.upperBound
    while end > range.lowerBound, block.u8(end - 1) == 0 { end -= 1 }
    return VisibleText.of(
      String(decoding: block.extracting(range.lowerBound..<end).copied(), as: UTF8.self))
  }

  /// Nanoseconds since 1970 of a time stamp, rounded down; what does not fit is the nearest that does.
  @inline(__always)
  func nanoseconds(_ stamp: UInt64) -> Int64 {
    if offset == 0, !isBinary {
      if exponent == 6, stamp <= UInt64(Int64.max) / 1000 { return Int64(stamp &* 1000) }
      if exponent == 9, stamp <= UInt64(Int64.max) { return Int64(stamp) }
    }
    return scaled(stamp)
  }

  private func scaled(_ stamp: UInt64) -> Int64 {
    var value = Int128(stamp)
    if isBinary {
      // Less than 2^94, so that no bit is lost before the shift.
      value = (value * 1_000_000_000) >> Int128(exponent)
    } else if exponent <= 9 {
      value *= Self.power(10, 9 - exponent)
    } else if exponent <= 28 {
      value /= Self.power(10, exponent - 9)
    } else {
      // 2^64 units are less than a nanosecond.
      value = 0
    }
    value += Int128(offset) * 1_000_000_000
    return Int64(clamping: value)
  }

  private static func power(_ base: Int128, _ exponent: UInt8) -> Int128 {
    var result: Int128 = 1
    for _ in 0..<exponent { result *= base }
    return result
  }
}
