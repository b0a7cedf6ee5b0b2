internal import CPcap

#if canImport(Glibc)
  private import Glibc
#elseif canImport(Musl)
  private import Musl
#elseif canImport(Darwin)
  private import Darwin
#endif

/// What expressions need of libpcap, loaded with the first of them.
///
/// Linked, it would be loaded at each start, with the libraries of D-Bus and systemd that it needs to capture: a
/// millisecond of five. And the command would not start where it is not installed.
@safe
struct PcapLibrary: @unchecked Sendable {
  typealias OpenOffline =
    @convention(c) (
      UnsafeMutableRawPointer?, UnsafeMutablePointer<CChar>?
    ) -> OpaquePointer?
  typealias Compile =
    @convention(c) (
      OpaquePointer?, UnsafeMutablePointer<bpf_program>?, UnsafePointer<CChar>?, Int32, UInt32
    ) -> Int32
  typealias ErrorText = @convention(c) (OpaquePointer?) -> UnsafeMutablePointer<CChar>?
  typealias Close = @convention(c) (OpaquePointer?) -> Void
  typealias FreeCode = @convention(c) (UnsafeMutablePointer<bpf_program>?) -> Void
  typealias Filter =
    @convention(c) (
      UnsafePointer<bpf_insn>?, UnsafePointer<UInt8>?, UInt32, UInt32
    ) -> UInt32

  let openOffline: OpenOffline
  let compile: Compile
  let errorText: ErrorText
  let close: Close
  let freeCode: FreeCode
  let filter: Filter

  /// That of this machine; nil when there is none.
  static let installed = PcapLibrary()
  static let missing =
    "libpcap is not installed; its package is libpcap0.8 in Debian and Ubuntu, libpcap elsewhere"

  /// Debian's name, that of other systems, and that of macOS.
  init?(_ names: [String] = ["libpcap.so.0.8", "libpcap.so.1", "/usr/lib/libpcap.A.dylib"]) {
    for name in names {
      guard let library = unsafe dlopen(name, RTLD_NOW | RTLD_LOCAL) else { continue }
      guard let open = unsafe dlsym(library, "pcap_fopen_offline"),
        let compile = unsafe dlsym(library, "pcap_compile"),
        let errorText = unsafe dlsym(library, "pcap_geterr"),
        let close = unsafe dlsym(library, "pcap_close"),
        let freeCode = unsafe dlsym(library, "pcap_freecode"),
        let filter = unsafe dlsym(library, "bpf_filter")
      else { continue }
      unsafe openOffline = unsafe unsafeBitCast(open, to: OpenOffline.self)
      unsafe self.compile = unsafe unsafeBitCast(compile, to: Compile.self)
      unsafe self.errorText = unsafe unsafeBitCast(errorText, to: ErrorText.self)
      unsafe self.close = unsafe unsafeBitCast(close, to: Close.self)
      unsafe self.freeCode = unsafe unsafeBitCast(freeCode, to: FreeCode.self)
      unsafe self.filter = unsafe unsafeBitCast(filter, to: Filter.self)
      return
    }
    return nil
  }
}
