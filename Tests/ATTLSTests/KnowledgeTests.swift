import Testing

@testable import ATTLS

@Suite struct KnowledgeTests {
  struct Table: Sendable, CustomTestStringConvertible {
    var name: String
    var bytes: [UInt8]
    var key: [String]
    var testDescription: String { name }
  }

  static let tables = [
    Table(name: "return codes", bytes: PackageResources.return_codes_tsv, key: ["code", "name"]),
    Table(name: "cipher suites", bytes: PackageResources.cipher_suites_tsv, key: ["code"]),
    Table(name: "GSK names", bytes: PackageResources.gsk_names_tsv, key: ["name"]),
    Table(name: "alerts", bytes: PackageResources.tls_alerts_tsv, key: ["code"]),
    Table(name: "numbers", bytes: PackageResources.tls_numbers_tsv, key: ["set", "code"]),
    Table(name: "messages", bytes: PackageResources.messages_tsv, key: ["id"]),
    Table(name: "levels", bytes: PackageResources.trace_levels_tsv, key: ["bit"]),
    Table(name: "flags", bytes: PackageResources.trace_flags_tsv, key: ["mask"]),
    Table(name: "discards", bytes: PackageResources.discard_reasons_tsv, key: ["from"]),
    Table(
      name: "services", bytes: PackageResources.services_tsv, key: ["service", "code", "name"]),
  ]

  @Test(arguments: tables)
  func everyRowIsWhole(_ table: Table) {
    let parsed = KnowledgeTable(table.bytes)
    #expect(parsed.rows.count > 5)
    var keys = Set<String>()
    for row in parsed.rows {
      let key = table.key.map { row[$0] }.joined(separator: "/")
      #expect(row.cells.count == parsed.header.count, "\(key)")
      #expect(keys.insert(key).inserted, "twice: \(key)")
      #expect(Confidence(rawValue: row["confidence"]) != nil, "\(key)")
      #expect(!row["source"].isEmpty, "\(key)")
      #expect(row.cells.allSatisfy { !$0.isEmpty }, "\(key)")
      if parsed.header.contains("meaning") { #expect(!row["meaning"].isEmpty, "\(key)") }
    }
  }

  @Test func everyReturnCodeHasANumberOrAName() {
    #expect(Knowledge.returnCodes.count == 156 - 1)
    for entry in Knowledge.returnCodes {
      #expect(entry.codes != nil || entry.name != nil)
      #expect(!entry.look.isEmpty)
      #expect(entry.causes.allSatisfy { !$0.isEmpty })
    }
  }

  /// What was recalled or never confirmed must say so.
  @Test func doubtIsMarked() {
    for row in KnowledgeTable(PackageResources.return_codes_tsv).rows
    where row["source"].contains("recalled") || row["source"].contains("not confirmed")
      || row["source"].contains("unconfirmed")
    {
      #expect(row["confidence"] != "certain", "\(row["code"])")
    }
    for row in KnowledgeTable(PackageResources.gsk_names_tsv).rows
    where row["source"].contains("recalled") || row["source"].contains("not confirmed") {
      #expect(row["confidence"] != "certain", "\(row["name"])")
    }
  }

  @Test func lookups() {
    #expect(Knowledge.returnCode(417)?.name == "GSK_ERR_SELF_SIGNED")
    #expect(Knowledge.returnCode(5010)?.isRangeOnly == true)
    #expect(Knowledge.returnCode(-22)?.meaning.contains("420") == true)
    #expect(Knowledge.returnCode(7777) == nil)
    #expect(Knowledge.returnCode(named: "gsk_err_io")?.codes == 406...406)
    #expect(Knowledge.cipherSuite("c02c")?.name == "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384")
    #expect(Knowledge.cipherSuite("35")?.name == "TLS_RSA_WITH_AES_256_CBC_SHA")
    #expect(Knowledge.cipherSuite("3A3A")?.name == "GREASE")
    #expect(Knowledge.cipherSuite("V2-1")?.versions.contains("SSLv2") == true)
    #expect(Knowledge.cipherSuite("ZZZZ") == nil)
    #expect(Knowledge.alert(48)?.name == "unknown_ca")
    #expect(Knowledge.name(.group, 0x001D) == "x25519")
    #expect(Knowledge.gsk(207)?.name == "GSK_CONNECT_CIPHER_SPEC")
    #expect(Knowledge.traceLevels(in: 7).map(\.bit) == [1, 2, 4])
    #expect(Knowledge.traceFlags(in: 0x60).map(\.name) == ["PTH_CfTxt", "PTH_ClearTxt"])
    #expect(Knowledge.discardReason(0x1006)?.name == "IP_BAD_CKSUM")
    #expect(Knowledge.discardReason(8200)?.layer == "TCP")
    #expect(Knowledge.discardReason(99_999) == nil)
  }
}
