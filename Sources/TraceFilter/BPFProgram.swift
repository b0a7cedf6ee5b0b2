internal import CPcap
internal import TraceModel

/// A libpcap expression compiled for one link type.
@safe
final class BPFProgram {
  private let program: bpf_program
  private let instructions: UnsafeMutablePointer<bpf_insn>?

  /// Compiles the expression.
  ///
  /// - Parameter link: the number libpcap itself uses, which is not that of files for all types.
  /// - Throws: libpcap's own message.
  init(_ expression: String, link: Int32) throws(FilterMistake) {
    var program = unsafe bpf_program()
    guard let handle = unsafe pcap_open_dead(link, Self.snapLength) else {
      throw FilterMistake("libpcap does not know link type \(link)")
    }
    defer { unsafe pcap_close(handle) }
    guard unsafe pcap_compile(handle, &program, expression, 1, Self.unknownNetmask) == 0 else {
      throw FilterMistake(unsafe String(cString: pcap_geterr(handle)))
    }
    unsafe self.program = program
    unsafe instructions = program.bf_insns
  }

  deinit {
    var program = unsafe self.program
    unsafe pcap_freecode(&program)
  }

  private static let snapLength: Int32 = 262_144
  /// PCAP_NETMASK_UNKNOWN: only broadcast tests need the true one.
  private static let unknownNetmask: UInt32 = 0xFFFF_FFFF

  /// The number that libpcap uses for a link type of a file.
  static func number(of linkType: LinkType) -> Int32 {
    switch linkType {
    case .raw: DLT_RAW
    case LinkType(rawValue: 100): DLT_ATM_RFC1483
    case LinkType(rawValue: 106): DLT_ATM_CLIP
    default: Int32(linkType.rawValue)
    }
  }

  /// Whether the packet passes.
  ///
  /// - Parameter length: bytes the packet had when it was captured.
  @inline(__always)
  func matches(_ packet: RawSpan, length: Int) -> Bool {
    unsafe packet.withUnsafeBytes { bytes in
      let start = unsafe bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
      return unsafe bpf_filter(
        instructions, start, UInt32(clamping: length), UInt32(clamping: bytes.count)) != 0
    }
  }
}
