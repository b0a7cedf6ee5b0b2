internal import TestSupport
internal import TraceModel
import Testing
import TraceProtocols

@Suite("DRDA: secrets") struct DRDASecretsTests {
  private static func room() throws -> ProtocolRoom {
    try #require(ProtocolRegistry.room(.drda))
  }

  private static func secrets(_ bytes: [UInt8], drip: Bool = false) throws -> [UInt8] {
    let run = try RoomRun(room()).run([.data(.lower, bytes)], drip: drip)
    return run.secretText(.lower, [.data(.lower, bytes)])
  }

  /// Statements with what is secret in them; `…` stands for it.
  static let statements: [(text: String, secrets: [String])] = [
    ("SET ENCRYPTION PASSWORD = '…'", ["pw1"]),
    ("SET ENCRYPTION PASSWORD '…' WITH HINT 'ocean'", ["pw1"]),
    ("set passwd='…', name = 'Ann'", ["pw1"]),
    ("CONNECT TO LOCDB2 USER IBMUSER USING …", ["S3cretPw"]),
    ("CONNECT TO LOCDB2 USER IBMUSER USING '…' NEW \"…\" CONFIRM …", ["S3cret", "Neu", "Neu"]),
    (
      "CREATE TRUSTED CONTEXT C BASED UPON CONNECTION USING SYSTEM AUTHID A WITH PASSWORD '…'",
      ["x1"]
    ),
    ("ALTER TRUSTED CONTEXT C ALTER USER U USING '…'", ["x1"]),
    ("CREATE USER u IDENTIFIED BY …", ["geheim!1"]),
    ("ALTER USER u IDENTIFIED BY \"…\" REPLACE …", ["neu", "alt"]),
    ("GRANT CONNECT TO u IDENTIFIED BY …; SELECT 'x' FROM t", ["pw"]),
    ("CREATE SERVER s TYPE DB2/UDB AUTHORIZATION \"a\" PASSWORD \"…\"", ["fed"]),
    (
      "CREATE USER MAPPING FOR u SERVER s OPTIONS (REMOTE_AUTHID 'a', REMOTE_PASSWORD '…')", ["fed"]
    ),
    ("SELECT 1 FROM users WHERE name = 'Ann' AND password = '…' AND x = 'y'", ["it''s"]),
    ("SELECT 1 FROM users WHERE password IN ('…', '…') OR x IN ('a', 'b')", ["a1", "b2"]),
    ("UPDATE t SET USER_PWD = '…' || '…' WHERE id = 'z'", ["a1", "b2"]),
    ("UPDATE t SET \"Password\" = N'…'", ["a1"]),
    (
      "INSERT INTO users (id, password, city) VALUES ('1', '…', 'Rome'), ('2', '…', 'Ulm')",
      ["p1", "p2"]
    ),
    ("SELECT DECRYPT_CHAR(ssn, '…') FROM t WHERE n = 'x'", ["k1"]),
    ("VALUES ENCRYPT(CAST(? AS CHAR(9)), '…', 'hint')", ["k1"]),
    ("CALL SYSCS_UTIL.SYSCS_CREATE_USER('fred', '…')", ["k1"]),
    ("CALL SYSCS_UTIL.SYSCS_MODIFY_PASSWORD('…')", ["k1"]),
    ("CALL SYSCS_UTIL.SYSCS_SET_DATABASE_PROPERTY('derby.user.fred', '…')", ["k1"]),
    ("SET PASSWORD /* not 'this' */ = -- nor 'that'\n '…'", ["k1"]),
    // Nothing secret.
    ("SELECT password FROM users WHERE name = 'Ann'", []),
    ("SELECT password, 'x' FROM users", []),
    ("CREATE TABLE u (password VARCHAR(20), name CHAR(3) DEFAULT 'abc')", []),
    ("SELECT * FROM t START WITH a = 'b' CONNECT BY PRIOR a = c", []),
    ("MERGE INTO t USING s ON t.a = 'x'", []),
    ("UPDATE t SET password = ? WHERE name = 'Ann'", []),
    ("UPDATE t SET password = :pw WHERE name = 'Ann'", []),
    ("CALL SYSCS_UTIL.SYSCS_SET_DATABASE_PROPERTY('derby.locks.waitTimeout', '60')", []),
    ("SELECT 'it''s PASSWORD ''x''' FROM t WHERE a = 'b' -- PASSWORD 'x'", []),
  ]

  private static func filled(_ item: (text: String, secrets: [String])) -> String {
    var text = ""
    var next = item.secrets.makeIterator()
    for character in item.text {
      if character == "…" { text += next.next() ?? "" } else { text.append(character) }
    }
    return text
  }

  @Test("passwords in statements, in both codes", arguments: statements.indices)
  func inStatements(_ index: Int) throws {
    let item = Self.statements[index]
    let text = Self.filled(item)
    // A quote that is doubled within a text stays.
    let wanted = item.secrets.joined().filter { $0 != "'" }
    #expect(
      String(decoding: try Self.secrets(DRDAMaker.execute(Array(text.utf8))), as: UTF8.self)
        == wanted)
    let ebcdic = DRDAMaker.ebcdic(text)
    #expect(try Self.secrets(DRDAMaker.execute(ebcdic)) == DRDAMaker.ebcdic(wanted))
  }

  @Test("passwords in statements, wherever segments cut them", arguments: statements.indices)
  func cut(_ index: Int) throws {
    let item = Self.statements[index]
    let text = Self.filled(item)
    let wanted = item.secrets.joined().filter { $0 != "'" }
    for segment in [1, 2, 3, 7, 16, 33] {
      for (bytes, secret) in [
        (Array(text.utf8), Array(wanted.utf8)),
        (DRDAMaker.ebcdic(text), DRDAMaker.ebcdic(wanted)),
      ] {
        let cut = DRDAMaker.execute(bytes, segment: segment)
        #expect(try Self.secrets(cut) == secret, "segments of \(segment)")
        #expect(try Self.secrets(cut, drip: true) == secret, "segments of \(segment)")
      }
    }
  }

  @Test("no secret stands in an exchange", arguments: statements.indices)
  func exchanges(_ index: Int) throws {
    let item = Self.statements[index]
    let text = Self.filled(item)
    for bytes in [Array(text.utf8), DRDAMaker.ebcdic(text)] {
      for segment in [nil, 5] {
        let run = try RoomRun(Self.room())
        // An error whose tokens repeat the statement.
        let card =
          hex("00 FFFFFF98 3432363031 44534E4E58483120 00") + [UInt8](repeating: 0, count: 24)
          + [UInt8](repeating: 0x20, count: 11) + [0, 0] + DRDAMaker.word(text.utf8.count)
          + Array(text.utf8) + [0, 0]
        let reply = DRDAMaker.structure(0x03, 1, 0x2408, card)
        run.run([.data(.lower, DRDAMaker.execute(bytes, segment: segment)), .data(.upper, reply)])
        #expect(run.exchanges.count == 1)
        let exchange = try #require(run.exchanges.first)
        #expect(exchange.status == -104 && exchange.isFailure)
        let all =
          exchange.object + exchange.result + exchange.details.map(\.value).joined(separator: "\n")
        let rest = item.text.split(separator: "…", omittingEmptySubsequences: false).joined()
        for secret in item.secrets where !rest.contains(secret) { #expect(!all.contains(secret)) }
        // The tokens are masked where the statement held a secret, and nowhere else.
        #expect(run.secrets.upper.isEmpty == item.secrets.isEmpty)
      }
    }
  }

  /// SECCHK with user, password and new password.
  private static func logon(_ code: (String) -> [UInt8], mechanism: Int) -> [UInt8] {
    DRDAMaker.parameter(0x11A2, DRDAMaker.word(mechanism))
      + DRDAMaker.parameter(0x2110, code("LOCDB2            "))
      + DRDAMaker.parameter(0x11A0, code("IBMUSER")) + DRDAMaker.parameter(0x11A1, code("S3CRETPW"))
      + DRDAMaker.parameter(0x11DE, code("N3WPW"))
  }

  @Test("passwords of a logon, in both codes, wherever segments cut them")
  func logons() throws {
    for code in [DRDAMaker.ebcdic, { Array($0.utf8) }] {
      let body = Self.logon(code, mechanism: 5)
      for segment in [nil] + (1...40).map(Optional.some) {
        let bytes = DRDAMaker.structure(0x01, 1, 0x106E, body, segment: segment)
        #expect(try Self.secrets(bytes) == code("S3CRETPWN3WPW"))
        #expect(try Self.secrets(bytes, drip: true) == code("S3CRETPWN3WPW"))
      }
    }
  }

  @Test("tokens of a security check, and not the public keys of a negotiation")
  func tokens() throws {
    let token: [UInt8] = Array(1...32)
    for mechanism in [7, 9, 10, 11] {
      let body =
        DRDAMaker.parameter(0x11A2, DRDAMaker.word(mechanism)) + DRDAMaker.parameter(0x11DC, token)
      let check = DRDAMaker.structure(0x01, 1, 0x106E, body)
      #expect(try Self.secrets(check) == token)
      let negotiation = DRDAMaker.structure(0x01, 1, 0x106D, body)
      #expect(try Self.secrets(negotiation) == (mechanism == 7 ? [] : token))
    }
  }
}
