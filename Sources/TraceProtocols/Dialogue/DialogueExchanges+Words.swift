extension DialogueExchanges {
  /// The mailbox in `FROM:<a@b> SIZE=1`.
  static func address(_ argument: String) -> String {
    guard let open = argument.firstIndex(of: "<"),
      let close = argument[open...].firstIndex(of: ">")
    else { return argument }
    return String(argument[open...close])
  }

  /// The port in `10,0,0,2,19,137`: four numbers of an address and two of a port.
  static func port(numbers text: String) -> UInt16? {
    let numbers = text.split(separator: ",").compactMap { UInt8($0) }
    return numbers.count == 6 ? UInt16(numbers[4]) << 8 | UInt16(numbers[5]) : nil
  }
}

extension DialogueLine {
  /// A line of a reply whose beginning, with its code, is missing.
  var isRest: Bool { kind == .replyPart && code == 0 }
}
