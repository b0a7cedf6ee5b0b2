import ATTLS
import Foundation

/// Reads a log in windows of a given size and returns its messages.
func messages(in text: String, window: Int = .max, year: Int? = nil) -> [ATTLSMessage] {
  var reader = ATTLSLogReader(year: year)
  return read(text, with: &reader, window: window)
}

func read(_ text: String, with reader: inout ATTLSLogReader, window: Int = .max) -> [ATTLSMessage] {
  var found: [ATTLSMessage] = []
  let bytes = Array(text.utf8)
  var start = 0
  repeat {
    let end = window < bytes.count - start ? start + window : bytes.count
    let slice = Array(bytes[start..<end])
    unsafe reader.read(slice.span.bytes, atEnd: end == bytes.count) { found.append($0) }
    start = end
  } while start < bytes.count
  return found
}

/// One connection as syslogd writes it, one record a line.
let syslogdLog = """
  Apr  2 17:25:53 S0W1 TTLS[16842781]: 17:25:53 TCPIP    EZD1281I TTLS Map   CONNID: 00000032 LOCAL: 10.1.1.2..4000 REMOTE: 10.1.0.2..60742 JOBNAME: COLATTLS USERID: START1 TYPE: InBound STATUS: Appl Control RULE: COLATTLJ ACTIONS: TNGA TNEA TNCA
  Apr  2 17:25:53 S0W1 TTLS[16842781]: 17:25:53 TCPIP    EZD1283I TTLS Event GRPID: 00000007 ENVID: 00000000 CONNID: 00000032 RC:    0 Connection Init
  Apr  2 17:25:53 S0W1 sshd[123]: Accepted publickey for colin
  Apr  2 17:25:53 S0W1 TTLS[16842781]: 17:25:53 TCPIP    EZD1284I TTLS Flow  GRPID: 00000007 ENVID: 00000004 CONNID: 00000032 RC:    0 Set GSK_KEYRING_FILE(201) start1/TN3270
  Apr  2 17:25:53 S0W1 TTLS[16842781]: 17:25:53 TCPIP    EZD1282I TTLS Start GRPID: 00000007 ENVID: 00000003 CONNID: 00000032 Initial Handshake ACTIONS: TNGA TNEA TNCA HS-ServerWithClientAuth
  Apr  2 17:25:53 S0W1 TTLS[16842781]: 17:25:53 TCPIP    EZD1285I TTLS Data  CONNID: 00000032 RECV CIPHER 1603010116
  Apr  2 17:25:53 S0W1 TTLS[16842781]: 17:25:53 TCPIP    EZD1284I TTLS Flow  GRPID: 00000007 ENVID: 00000003 CONNID: 00000032 RC:    0 Call GSK_SECURE_SOCKET_INIT - 0000005011440BB0
  Apr  2 17:25:53 S0W1 TTLS[16842781]: 17:25:53 TCPIP    EZD1284I TTLS Flow  GRPID: 00000007 ENVID: 00000003 CONNID: 00000032 RC:    0 Get GSK_CONNECT_CIPHER_SPEC(207) - C02C
  Apr  2 17:25:54 S0W1 TTLS[16842781]: 17:25:54 TCPIP    EZD1283I TTLS Event GRPID: 00000007 ENVID: 00000003 CONNID: 00000032 RC:    0 Initial Handshake 0000005011440BB0 0000005011422870 TLSV1.2 C02C
  Apr  2 17:25:59 S0W1 TTLS[16842781]: 17:25:59 TCPIP    EZD1283I TTLS Event GRPID: 00000007 ENVID: 00000003 CONNID: 00000032 RC:    0 Connection Close

  """

/// The same kind of records broken over lines, as web pages and listings show them.
let wrappedLog = """
  Apr 2 17:25:53 S0W1 TTLS[16842781]: 17:25:53 TCPIP
  EZD1281I TTLS Map CONNID: 00000032 LOCAL: 10.1.1.2..4000
  REMOTE: 10.1.0.2..60742 JOBNAME: COLATTLS USERID: START1
  TYPE: InBound STATUS: Appl Control RULE: COLATTLJ ACTIONS:
  TNGA TNEA TNCA
  Apr 2 17:25:53 S0W1 TTLS[16842781]: 17:25:53 TCPIP
  EZD1283I TTLS Event GRPID: 00000007 ENVID: 00000003 CONNID: 00000032
  RC: 0 Initial Handshake 0000005011440BB0
  0000005011422870 TLSV1.2 C02C

  This line is a remark of whoever pasted it.
  EZD1285I TTLS Data CONNID: 00000032 SEND CIPHER1603030004
  0E000000
  """

let consoleCopyLog = """
  IEF403I COLATTLS - STARTED - TIME=17.16.51
  BPXF024I (TCPIP) Apr  2 17:17:03 TTLS 16842781 : 17:17:03 TCPIP
  EZD1281I TTLS Map   CONNID: 0000002F LOCAL: 10.1.1.2..4000 REMOTE:
  10.1.0.2..43012 JOBNAME: COLATTLS USERID: START1 TYPE: InBound
  STATUS: Appl Control RULE: COLATTLJ ACTIONS: TNGA TNEA TNCA
  BPXF024I (TCPIP) Apr  2 17:17:03 TTLS 16842781 : 17:17:03 TCPIP
  EZD1283I TTLS Event GRPID: 00000007 ENVID: 00000000 CONNID: 0000002F
  RC:    0 Connection Init
  BPXF024I (TCPIP) Apr  2 17:17:03 TTLS 16842781 : 17:17:03 TCPIP
  EZD1282I TTLS Start GRPID: 00000007 ENVID: 00000001 CONNID: 00000000
  Environment Create ACTIONS: TNGA TNEA **N/A**
  BPXF024I (TCPIP) Apr  2 17:17:03 TTLS 16842781 : 17:17:03 TCPIP
  EZD1284I TTLS Flow  GRPID: 00000007 ENVID: 00000002 CONNID: 0000002F
  RC:    0 Call GSK_ENVIRONMENT_OPEN - 0000005011421D10
  IEF404I COLATTLS - ENDED - TIME=17.17.51

  """

/// Hardcopy log: the lines of two multi-line messages are mixed.
let syslogHardcopy = """
  M 4040000 S0W1     25092 17:17:03.12 STC00123 00000090  EZD1287I TTLS Error RC: 5003 Data Decryption 123
  N 4000000 S0W1     25092 17:17:03.13 STC00777 00000090  IEF404I COLATTLS - ENDED - TIME=17.17.03
  M 4040000 S0W1     25092 17:17:03.20 STC00123 00000090  EZD1287I TTLS Error RC:  435 Initial Handshake 124
  D                                         123 00000090    LOCAL: ::FFFF:10.1.1.2..2252
  D                                         124 00000090    LOCAL: 10.1.1.2..8803
  D                                         123 00000090    REMOTE: ::FFFF:10.1.0.2..41288
  D                                         124 00000090    REMOTE: 10.1.0.2..45168
  D                                         124 00000090    JOBNAME: GPMSERVE RULE: GPMRULE
  E                                         123 00000090    JOBNAME: JES2S001 RULE: CPJES2IN
  E                                         124 00000090    USERID: START1 GRPID: 00000003 ENVID: 00000001 CONNID: 0001EEF1

  """

let jobLog = """
  17.17.03 STC00123  EZD1287I TTLS Error RC:  435 Initial Handshake 124
     124               LOCAL: 10.1.1.2..8803
     124               REMOTE: 10.1.0.2..45168
     124               JOBNAME: GPMSERVE RULE: GPMRULE
     124               USERID: START1 GRPID: 00000003 ENVID: 00000001 CONNID: 0001EEF1
  17.17.04 STC00123  EZZ4250I something else

  """

let zosmfLog = """
  {"timezone":-4,"source":"OPERLOG","totalitems":3,"items":[
  {"jobName":"TCP342  ","system":"P00     ","color":"green","time":"Tue Aug 10 06:16:35 GMT 2021","message":" EZD1287I TTLS Error RC: 5004 Initial Handshake\\r   LOCAL: ::FFFF:000.000.000.002..3973\\r   REMOTE: ::FFFF:000.000.000.003..8803\\r   JOBNAME: P00SVR00 RULE: DDSClientRule\\r   USERID: IZUSVR0 GRPID: 00000003 ENVID: 00000001 CONNID: 0001EEF1","type":"HARDCOPY","timestamp":1628576195960},
  {"jobName":"MYJOB","system":"P00","message":" IEF403I MYJOB - \\u0053TARTED","time":"Tue Aug 10 06:16:35 GMT 2021"},
  {"jobName":"TCP342  ","system":"P00     ","time":"Tue Aug 10 06:16:35 GMT 2021","message":" EZD1287I TTLS Error RC:  406 Initial Handshake\\r   LOCAL: ::FFFF:000.000.000.002..3973\\r   REMOTE: ::FFFF:000.000.000.003..8803\\r   JOBNAME: P00SVR00 RULE: DDSClientRule\\r   USERID: IZUSVR0 GRPID: 00000003 ENVID: 00000001 CONNID: 0001EEF1"}
  ]}
  """

/// The text of a file in captures/attls.
func fixture(_ name: String) throws -> String {
  let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()
  let file = folder.appendingPathComponent("captures/attls/\(name)")
  return String(decoding: try Data(contentsOf: file), as: UTF8.self)
}
