import TraceBytes
import TraceFormats
import TraceModel

/// The same records in every form of transfer, in captures/containers.
enum Containers {
  static let all: [Capture] =
    forms.map { container, what in
      Capture("containers/\(container.rawValue).ctr", what) {
        try DataTraces.clearText().laidOut(container) {
          // Small buffers and records, so that entries run from one record into the next.
          $0.bufferSize = 2048
          $0.recordSize = 700
          if container == .spanned { $0.blockSize = 100 }
        }
      }
    } + [
      Capture(
        "containers/chain.ctr.gz", "the same, gzip", { try gzip(DataTraces.clearText().laidOut()) }
      ),
      Capture(
        "containers/2cutc.pcapng", "the same as 2cUTC writes it: link type 147, an entry a packet",
        { twoCUTC(DataTraces.clearText().entries) }),
    ]

  private static let forms: [(Container, String)] = [
    (.chain, "the records of http-clear-text.ctr end to end"),
    (.rdw, "the same with record descriptor words (FTP `quote site rdw`)"),
    (.bdw, "the same with block and record descriptor words"),
    (.spanned, "the same in spanned records: RDWs with segment codes, blocks of 100 bytes"),
    (.length, "the same with 4-byte lengths (Zowe `--record`)"),
    (.ftpBlock, "the same in FTP block mode"),
    (.writer, "an external-writer data set with RDWs: trace buffers in records with a prefix"),
    (.writerBare, "the same without RDWs"),
  ]

  private static func twoCUTC(_ entries: [[UInt8]]) -> [UInt8] {
    var file = CaptureFile(bigEndian: false)
    file.section()
    file.interface(147)
    for (index, entry) in entries.enumerated() {
      let head = Array("2cUTC".utf8) + [0, 0, 0] + Array("SYSTCPDA".utf8)
      file.packet(0, 1_770_113_700_000_000 + UInt64(index) * 1000, head + entry)
    }
    return file.bytes
  }
}
