import TraceBytes
import TraceFormats
import TraceModel

/// What people hand over by mistake, in captures/near-misses.
enum NearMisses {
  static let all: [Capture] = [
    Capture("near-misses/empty.ctr", "no bytes", { [] }),
    Capture("near-misses/zeros.ctr", "nothing but zeros", { Array(repeating: 0, count: 4096) }),
    Capture(
      "near-misses/login.html", "a login page that was saved instead of the file",
      {
        Array(
          "<!DOCTYPE html>\n<html><head><title>Sign in</title></head><body></body></html>\n".utf8)
      }),
    Capture(
      "near-misses/trace.xmit", "the first records of a TSO XMIT file",
      { [0x50, 0xE0] + (CodePage.ibm1047.bytes("INMR01") ?? []) + Array(repeating: 0, count: 72) }),
    Capture(
      "near-misses/trace.trs", "the head of an AMATERSE file",
      {
        [0x02, 0x00, 0x6D, 0x56, 0x00, 0x00, 0x36, 0x54, 0x00, 0x00, 0x6D, 0x56] + filler(100)
      }),
    Capture(
      "near-misses/gtf.bin", "the control record of a GTF data set behind an RDW",
      {
        var bytes: [UInt8] = [0, 32, 0, 0, 0, 1, 0, 0, 0, 0]
        append(TOD.clock(nanoseconds: EntryList().time), &bytes)
        return bytes + Array(repeating: 0, count: 32 - bytes.count)
      }),
    Capture(
      "near-misses/dump.bin", "the beginning of a record of an SVC dump",
      { (CodePage.ibm1047.bytes("DR2 ") ?? []) + filler(100) }),
    Capture(
      "near-misses/smf.bin", "a dump header record of SMF behind an RDW",
      {
        [0, 18, 0, 0, 0xDE, 2, 0, 0x38, 0x12, 0x34, 0x01, 0x26, 0x03, 0x4F]
          + (CodePage.ibm1047.bytes("S0W1") ?? [])
      }),
    Capture(
      "near-misses/ascii-transfer.ctr", "http-clear-text.ctr after an FTP transfer without BINARY",
      {
        // What the server does: each byte from 1047 to Latin-1, NEL as a line end.
        try DataTraces.clearText().laidOut(.rdw).flatMap { byte -> [UInt8] in
          if byte == 0x15 || byte == 0x25 { return [0x0D, 0x0A] }
          let scalar = CodePage.ibm1047.scalars[Int(byte)]
          return [UInt8(truncatingIfNeeded: scalar)]
        }
      }),
    Capture(
      "near-misses/notes.txt", "plain text",
      { Array("Remember to start the trace before the test.\nThen stop it.\n".utf8) }),
    Capture(
      "near-misses/archive.zip", "the head of a ZIP archive",
      { [0x50, 0x4B, 0x03, 0x04, 0x14, 0, 0, 0] + filler(40) }),
    Capture(
      "near-misses/trace.ctr.xz", "the head of an xz file",
      { [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0, 0, 4] + filler(40) }),
    Capture(
      "near-misses/trace.ctr.bz2", "the head of a bzip2 file",
      { Array("BZh91AY&SY".utf8) + filler(40) }),
    Capture(
      "near-misses/traces.7z", "the head of a 7-Zip archive",
      { [0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C, 0, 4] + filler(40) }),
    Capture(
      "near-misses/traces.tar", "the header of a tar archive",
      {
        let name = Array("a.ctr".utf8)
        return name + Array(repeating: 0, count: 257 - name.count) + Array("ustar".utf8)
          + Array(repeating: 0, count: 250)
      }),
    Capture("near-misses/noise.bin", "bytes without any form", { noise(600) }),
  ]

  private static func noise(_ count: Int) -> [UInt8] {
    var state: UInt64 = 42
    return (0..<count).map { _ in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return UInt8(truncatingIfNeeded: state >> 56)
    }
  }
}
