internal import CPcap
internal import TraceModel

#if canImport(Glibc)
  private import Glibc
#elseif canImport(Musl)
  private import Musl
#elseif canImport(Darwin)
  private import Darwin
#endif

/// A libpcap expression compiled for one link type.
@safe
final class BPFProgram {
  private let library: PcapLibrary
  private let program: bpf_program
  private let instructions: UnsafeMutablePointer<bpf_insn>?

  /// Compiles the expression as for a capture file.
  ///
  /// libpcap tests the address families of BSD loopback packets differently for files than for live
  /// captures, and by the byte order of the file, so it is given one: a header without packets.
  ///
  /// - Parameter bigEndian: the byte order of the host that captured.
  /// - Throws: libpcap's own message.
  init(_ expression: String, _ linkType: LinkType, bigEndian: Bool = false) throws(FilterMistake) {
    guard let library = PcapLibrary.installed else { throw FilterMistake(PcapLibrary.missing) }
    self.library = library
    var program = unsafe bpf_program()
    var header = Self.header(linkType, bigEndian: bigEndian)
    let failure: String? = unsafe header.withUnsafeMutableBytes { bytes in
      guard let file = unsafe fmemopen(bytes.baseAddress, bytes.count, "rb") else {
        return "there is no memory for it"
      }
      var message = [CChar](repeating: 0, count: Int(PCAP_ERRBUF_SIZE))
      guard let handle = unsafe library.openOffline(file, &message) else {
        unsafe fclose(file)
        return "link type \(linkType.rawValue) is not known"
      }
      defer { unsafe library.close(handle) }
      guard unsafe library.compile(handle, &program, expression, 1, Self.unknownNetmask) != 0 else {
        return nil
      }
      return unsafe library.errorText(handle).map { unsafe String(cString: $0) } ?? "no reason"
    }
    if let failure { throw FilterMistake(failure) }
    unsafe self.program = program
    unsafe instructions = program.bf_insns
  }

  deinit {
    var program = unsafe self.program
    unsafe library.freeCode(&program)
  }

  /// PCAP_NETMASK_UNKNOWN: only broadcast tests need the true one.
  private static let unknownNetmask: UInt32 = 0xFFFF_FFFF

  /// The header of a capture file: magic number, version 2.4, zone, accuracy, snap length, link type.
  private static func header(_ linkType: LinkType, bigEndian: Bool) -> [UInt8] {
    let fields: [(value: UInt32, size: Int)] = [
      (0xA1B2_C3D4, 4), (2, 2), (4, 2), (0, 4), (0, 4), (262_144, 4),
      (UInt32(linkType.rawValue), 4),
    ]
    return fields.flatMap { field in
      let bytes = (0..<field.size).map {
        UInt8(truncatingIfNeeded: field.value >> UInt32(8 * $0))
      }
      return bigEndian ? bytes.reversed() : bytes
    }
  }

  /// Whether the packet passes.
  ///
  /// - Parameter length: bytes the packet had when it was captured.
  @inline(__always)
  func matches(_ packet: RawSpan, length: Int) -> Bool {
    unsafe packet.withUnsafeBytes { bytes in
      let start = unsafe bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
      return unsafe library.filter(
        instructions, start, UInt32(clamping: length), UInt32(clamping: bytes.count)) != 0
    }
  }
}
