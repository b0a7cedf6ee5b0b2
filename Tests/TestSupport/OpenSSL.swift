/// Handshakes made on the spot with the openssl command.
public enum OpenSSL {
  /// The command, or nil when it is not installed.
  public static let path = RunCommand.find("openssl")

  /// One read or write of the client, in order.
  public struct Transfer: Sendable {
    public var isWritten: Bool
    public var bytes: [UInt8]
  }

  /// What a client and a server said to each other.
  public struct Exchange: Sendable {
    /// Port of the server.
    public var port: String
    public var transfers: [Transfer]
    /// What the client wrote about it.
    public var text: String
    /// Whether tcpdump could make wire.pcap in the folder.
    public var isCaptured: Bool

    /// All bytes of one direction.
    public func bytes(written: Bool) -> [UInt8] {
      transfers.filter { $0.isWritten == written }.flatMap(\.bytes)
    }
  }

  struct Failure: Error {
    var text: String
  }

  /// Makes a key and a certificate signed with it in a folder: k.pem and c.pem.
  public static func makeCertificate(
    in folder: ScratchFolder, subject: String, _ arguments: [String] = []
  ) throws {
    let made = try RunCommand.run(
      path ?? "openssl",
      [
        "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
        "-keyout", "k.pem", "-out", "c.pem", "-days", "2", "-subj", subject,
      ] + arguments, in: folder.path)
    guard made.status == 0 else { throw Failure(text: made.errors) }
  }

  /// A server on a free port of the loopback interface, tcpdump where the user may capture, and a
  /// client that sends a line of text.
  ///
  /// One shell runs them all: a program that outlives the call that started it would inherit the
  /// descriptors by which Foundation notices the end of other programs, and tests run side by side.
  /// Its threads block signals, and programs inherit that: only KILL ends them for sure.
  private static let script = """
    mkfifo keys; exec 9<>keys
    openssl s_server -accept 127.0.0.1:0 -cert c.pem -key k.pem $1 <keys >server.out 2>&1 &
    server=$!
    n=0; port=
    while [ -z "$port" ] && [ $n -lt 200 ]; do
      port=$(sed -n 's/^ACCEPT.*:\\([0-9][0-9]*\\)$/\\1/p' server.out); n=$((n+1)); sleep 0.05
    done
    echo "$port" >port
    dump=
    if [ -n "$3" ]; then
      device=lo; [ -e /sys/class/net/lo ] || device=lo0
      "$3" -i $device -w wire.pcap -U --immediate-mode -Z "$(id -un)" tcp port $port 2>dump.err &
      dump=$!
      n=0
      while ! grep -q 'listening on' dump.err && kill -0 $dump && [ $n -lt 200 ]; do
        n=$((n+1)); sleep 0.05
      done
    fi
    echo hello | openssl s_client -connect 127.0.0.1:$port -debug $2 >client.out 2>client.err
    if [ -n "$dump" ] && kill -0 $dump; then
      n=0
      while [ -z "$("$3" -r wire.pcap 'tcp[tcpflags] & (tcp-fin|tcp-rst) != 0')" ] \\
        && [ $n -lt 100 ]; do n=$((n+1)); sleep 0.05; done
      [ $n -lt 100 ] && touch captured
      kill -KILL $dump
    fi
    kill -KILL $server; wait
    """

  /// Makes a connection; options of the two sides are separated by blanks.
  public static func connect(
    in folder: ScratchFolder, server: String = "", client: String, captures: Bool = false
  ) throws -> Exchange {
    let tcpdump = captures ? RunCommand.find("tcpdump") ?? "" : ""
    let run = try RunCommand.run(
      "/bin/sh", ["-c", script, "sh", server, client, tcpdump], in: folder.path)
    let text = String(decoding: try RunCommand.bytes(folder("client.out")), as: UTF8.self)
    let port = String(decoding: try RunCommand.bytes(folder("port")), as: UTF8.self)
    let exchange = Exchange(
      port: port.filter(\.isNumber), transfers: transfers(text), text: text,
      isCaptured: try folder.contents().contains("captured"))
    guard !exchange.port.isEmpty, !exchange.transfers.isEmpty else {
      throw Failure(text: "no connection: \(run.errors)")
    }
    return exchange
  }

  /// Takes the hexadecimal dumps of -debug apart.
  private static func transfers(_ text: String) -> [Transfer] {
    var found: [Transfer] = []
    // "write to 0x55 [0x55] (7 bytes => 7 (0x7))": what was asked for and what was done.
    var done = 0
    for line in text.split(separator: "\n") {
      for (start, isWritten) in [("write to ", true), ("read from ", false)]
      where line.hasPrefix(start) {
        found.append(Transfer(isWritten: isWritten, bytes: []))
        let words = line.split(whereSeparator: { $0 == " " || $0 == ")" })
        done = words.firstIndex(of: "=>").flatMap { Int(words[$0 + 1]) } ?? 0
      }
      let parts = line.split(separator: " ", maxSplits: 2)
      guard !found.isEmpty, parts.count == 3, parts[0].count == 4,
        UInt32(parts[0], radix: 16) != nil, parts[1] == "-"
      else { continue }
      let bytes = parts[2].prefix(47).split { $0 == " " || $0 == "-" }
        .prefix { $0.count == 2 }.compactMap { UInt8($0, radix: 16) }
      let room = max(0, done - found[found.count - 1].bytes.count)
      found[found.count - 1].bytes += bytes.prefix(room)
    }
    return found.filter { !$0.bytes.isEmpty }
  }
}
