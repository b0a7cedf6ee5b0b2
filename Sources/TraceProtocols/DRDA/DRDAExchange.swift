internal import TraceBytes
internal import TraceModel

/// The words of an exchange.
extension DRDAChain {
  /// Characters of a statement in the object; all that is kept stands in the details.
  private static let mostShown = 160

  func exchange(
    client: FlowSide, _ memory: inout DRDAMemory, _ asking: UInt16?, _ answering: UInt16?,
    missing: Exchange.Missing
  ) -> Exchange {
    var exchange = Exchange(.drda, client: client, operation: operation)
    exchange.request = request
    exchange.response = response
    exchange.missing = missing
    exchange.user = asked(.usrid)
    exchange.object = object(memory, asking)
    exchange.details = details(asking)
    if response != nil { setResult(&exchange) }
    if isInGap, response != nil {
      exchange.findings.append("bytes are missing; the answer may be that of another request")
    }
    if !wantsReply, request != nil, response == nil { exchange.result = "no answer expected" }
    return exchange
  }

  // MARK: - What was asked

  /// `PREPARE+OPEN`; a word that comes several times in turn has a number: `EXECUTE x3`.
  private var operation: String {
    if commands.isEmpty { return answeredOperation }
    let isLogon = commands.contains(.secchk) || commands.contains(.accrdb)
    var words: [(word: String, count: Int)] = []
    for command in commands {
      // The commands that open a connection are named once, by the last of them.
      if isLogon, [.excsat, .accsec].contains(command) { continue }
      if command == .secchk, commands.contains(.accrdb) { continue }
      let word =
        asked[DDMCode.prcnam.rawValue] != nil && command == .excsqlstt
        ? "CALL" : DRDACodes.verb(command)
      if words.last?.word == word {
        if word != "NEGOTIATE", word != "BIND" { words[words.count - 1].count += 1 }
      } else {
        words.append((word, 1))
      }
    }
    return words.map { $0.count > 1 ? "\($0.word) x\($0.count)" : $0.word }.joined(separator: "+")
  }

  /// What must have been asked, when only the answer was seen.
  private var answeredOperation: String {
    if replies.contains(.accrdbrm) { return "CONNECT" }
    for reply in replies {
      switch reply {
      case .secchkrm: return "LOGON"
      case .excsatrd, .accsecrd: return "NEGOTIATE"
      case .opnqryrm, .opnqflrm: return "OPEN"
      case .qrydta: return "FETCH"
      case .enduowrm: return answered[DDMCode.uowdsp.rawValue] == [2] ? "ROLLBACK" : "COMMIT"
      case .sqldard: return "PREPARE"
      case .sqldtard, .rslsetrm: return "CALL"
      default: continue
      }
    }
    return "request not seen"
  }

  private func object(_ memory: DRDAMemory, _ ccsid: UInt16?) -> String {
    var parts: [String] = []
    if commands.contains(.accrdb) || commands.contains(.secchk) || commands.contains(.accsec) {
      parts.append(asked(.rdbnam))
      let program = Self.program(asked[DDMCode.extnam.rawValue] ?? memory.program)
      let names = [asked(.prdid), program].filter { !$0.isEmpty }
      if !names.isEmpty { parts.append("(\(names.joined(separator: ", ")))") }
      return parts.filter { !$0.isEmpty }.joined(separator: " ")
    }
    let procedure = asked(.prcnam)
    if !procedure.isEmpty {
      parts.append(procedure)
    } else if !sql.isEmpty {
      parts.append(Self.quoted(sql, ccsid))
    } else if let known = memory.statement(self) {
      parts.append(Self.quoted(known, ccsid))
    } else if let setting = settings.first {
      parts.append(Self.quoted(setting, ccsid))
    }
    if let package { parts.append("pkg \(package.name) sect \(package.section)") }
    return parts.joined(separator: " ")
  }

  /// The name of the client's program: what stands behind it differs from product to product.
  private static func program(_ value: [UInt8]) -> String {
    String(DRDAText.text(value).prefix { $0 > " " && $0 < "\u{7F}" })
  }

  private static func quoted(_ sql: [UInt8], _ ccsid: UInt16?) -> String {
    let line = DRDAText.line(sql, ccsid: ccsid)
    return line.count > mostShown ? "\"\(line.prefix(mostShown))…\"" : "\"\(line)\""
  }

  // MARK: - What came of it

  private func setResult(_ exchange: inout Exchange) {
    var parts: [String] = []
    if let check = answered[DDMCode.secchkcd.rawValue]?.last {
      if check != 0 {
        exchange.isFailure = true
        exchange.status = Int64(check)
        let number = String(check, radix: 16, uppercase: true)
        let words = DRDACodes.securityCheck(check).map { "\($0)" } ?? "unknown reason"
        parts.append("LOGON FAILED: \(words) (\(number.count < 2 ? "0" : "")\(number))")
      }
    }
    let hasCode = cards.contains { $0.code < 0 }
    // Of an SQL error the code says more.
    if let failure, let words = DRDACodes.failure(failure),
      !(hasCode && [.sqlerrrm, .opnqflrm].contains(failure))
    {
      let isFailure = severity >= 8 || failure != .abnuowrm
      if isFailure { exchange.isFailure = true }
      let level = severity >= 8 ? DRDACodes.severity(severity).map { ", \($0)" } ?? "" : ""
      parts.append("\(failure.text): \(words)\(level)\(reason(failure))")
    }
    if let product = answered[DDMCode.prdid.rawValue] {
      parts.append(DRDACodes.product(DRDAText.text(product)))
    } else if replies.contains(.excsatrd), !answered(.srvrlslv).isEmpty {
      parts.append(
        [answered(.srvclsnm), answered(.srvrlslv)].filter { !$0.isEmpty }.joined(separator: " "))
    }
    if let mechanism = answered[DDMCode.secmec.rawValue], replies.contains(.accsecrd) {
      parts.append(Self.mechanisms(mechanism))
    }
    if resultSets > 0 {
      parts.append(resultSets == 1 ? "1 result set" : "\(resultSets) result sets")
    }
    if rowBytes > 0 { parts.append("\(rowBytes) B of rows") }
    if lobBytes > 0 { parts.append("\(lobBytes) B of large objects") }
    if isEndOfData { parts.append("end of data") }
    for text in cardTexts(&exchange) { parts.append(text) }
    if answered[DDMCode.uowdsp.rawValue] == [2], !commands.contains(.rdbrllbck) {
      parts.append("rolled back")
    }
    if !exchange.isFailure, exchange.status ?? 0 == 0 { parts.append("ok") }
    exchange.result = parts.joined(separator: ", ")
  }

  /// Numbers that say more of a protocol error.
  private func reason(_ failure: DDMCode) -> String {
    for (code, name) in [(DDMCode.synerrcd, "SYNERRCD"), (.prccnvcd, "PRCCNVCD")] {
      if let value = answered[code.rawValue]?.last {
        return " (\(name) \(Hex.text(UInt16(value), digits: 4)))"
      }
    }
    return ""
  }

  private static func mechanisms(_ value: [UInt8]) -> String {
    var names: [String] = []
    for at in stride(from: 0, to: value.count - 1, by: 2) {
      let code = UInt16(value[at]) << 8 | UInt16(value[at + 1])
      names.append(DRDACodes.mechanism(code).map { "\($0)" } ?? "unknown mechanism \(code)")
    }
    return "security: " + names.joined(separator: " or ")
  }

  /// Results that are not 0, each once; the worst gives the status.
  private func cardTexts(_ exchange: inout Exchange) -> [String] {
    var texts: [String] = []
    let changes = commands.contains { $0 == .excsqlstt || $0 == .excsqlimm }
    for card in cards {
      if card.code == 0 {
        if changes, card.rows > 0, rowBytes == 0, resultSets == 0 {
          texts.append(card.rows == 1 ? "1 row changed" : "\(card.rows) rows changed")
        }
        continue
      }
      if card.code < 0 { exchange.isFailure = true }
      let worst = exchange.status ?? 0
      if worst == 0 || (card.code < 0 && worst >= 0) { exchange.status = Int64(card.code) }
      var text = "SQLCODE \(card.code) \(card.state)"
      let words = SQLCode.words(card.code)
      // The end of data has been said.
      if card.code != 100 || !isEndOfData {
        text += words.map { ": \($0)" } ?? (SQLCard.stateWords(card.state).map { ": \($0)" } ?? "")
      }
      let tokens = card.tokens.filter { !$0.isEmpty }
      if !tokens.isEmpty {
        text += hasSecret ? ", tokens not shown" : ", tokens \(tokens.joined(separator: " "))"
      }
      if !texts.contains(text) { texts.append(text) }
    }
    return texts
  }

  // MARK: - What else stands in it

  private func details(_ ccsid: UInt16?) -> [Exchange.Detail] {
    var details: [Exchange.Detail] = []
    func add(_ name: String, _ value: String) {
      if !value.isEmpty { details.append(.init(name, value)) }
    }
    add("commands", commands.map(\.text).joined(separator: " "))
    add("statement", DRDAText.text(sql, ccsid: ccsid))
    for setting in settings { add("setting", DRDAText.text(setting, ccsid: ccsid)) }
    add("attributes", Self.attributes(attributes, ccsid))
    if let package {
      add("database", package.database)
      add("package", package.name)
      add("section", "\(package.section)")
    }
    add("procedure", asked(.prcnam))
    add("client program", DRDAText.line(asked[DDMCode.extnam.rawValue] ?? []))
    add("client host", asked(.srvnam))
    add("client release", asked(.srvrlslv))
    add(
      "client product",
      asked[DDMCode.prdid.rawValue].map { DRDACodes.product(DRDAText.text($0)) } ?? "")
    add("managers", Self.managers(asked[DDMCode.mgrlvlls.rawValue] ?? []))
    add("types", asked(.typdefnam))
    add(
      "correlation token",
      Self.token(asked[DDMCode.crrtkn.rawValue] ?? answered[DDMCode.crrtkn.rawValue] ?? []))
    add("replies", replies.map(\.text).joined(separator: " "))
    add("server", answered(.srvnam))
    add("server release", answered(.srvrlslv))
    add("server class", answered(.srvclsnm))
    add("server types", answered(.typdefnam))
    return details
  }

  /// The text in an object of attributes.
  private static func attributes(_ value: [UInt8], _ ccsid: UInt16?) -> String {
    var walker = SQLText()
    var text: [UInt8] = []
    walker.begin(total: value.count)
    unsafe walker.take(
      value.span.bytes, 0..<value.count, ccsid: ccsid, text: { text += value[$0] }, secret: { _ in }
    )
    return DRDAText.text(text, ccsid: ccsid)
  }

  /// Manager levels as pairs of name and level.
  private static func managers(_ value: [UInt8]) -> String {
    var names: [String] = []
    for at in stride(from: 0, to: value.count - 3, by: 4) {
      let code = DDMCode(rawValue: UInt16(value[at]) << 8 | UInt16(value[at + 1]))
      let level = Int(value[at + 2]) << 8 | Int(value[at + 3])
      names.append("\(code.manager) \(level)")
    }
    return names.joined(separator: ", ")
  }

  /// A correlation token: an address and a port as text, and a clock that is text in some and bytes in others.
  private static func token(_ value: [UInt8]) -> String {
    let isEBCDIC = unsafe DRDAText.isEBCDIC(value.span.bytes) ?? true
    let texts = value.map { isEBCDIC ? DRDAText.toASCII[Int($0)] : $0 }
    let count = texts.prefix {
      Byte.isLetter($0) || Byte.isDigit($0) || $0 == Byte.dot || $0 == Byte.colon
    }
    .count
    let text = String(decoding: texts.prefix(count), as: UTF8.self)
    let rest = Hex.text(value[count...])
    return rest.isEmpty || value[count...].allSatisfy { $0 == 0x40 } ? text : "\(text).\(rest)"
  }
}
