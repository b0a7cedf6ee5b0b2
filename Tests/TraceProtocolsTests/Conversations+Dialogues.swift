internal import TraceModel
import TraceProtocols

extension ConversationCase {
  static let dialogues: [ConversationCase] = [
    .init(
      "SMTP with AUTH and mail",
      [
        .s("220 mail.example ESMTP\r\n"),
        .c("EHLO me\r\n"),
        .s("250-mail.example\r\n250 AUTH LOGIN\r\n"),
        .c("AUTH LOGIN\r\n"),
        .s("334 VXNlcg==\r\n"),
        .c("dXNlcg==\r\n"),
        .s("334 UGFzcw==\r\n"),
        .c("cGFzcw==\r\n"),
        .s("235 ok\r\n"),
        .c("MAIL FROM:<a>\r\nRCPT TO:<b>\r\nDATA\r\n"),
        .s("250 a\r\n250 b\r\n354 go\r\n"),
        .c("Subject: x\r\n\r\n..dot\r\n.x\r\n.\r\nQUIT\r\n"),
        .s("250 queued\r\n221 bye\r\n"),
      ],
      #"""
      s smtp reply 220 '220 mail.example ESMTP'
      c smtp command 'EHLO me'
      s smtp replyPart 250 '250-mail.example'
      s smtp reply 250 '250 AUTH LOGIN'
      c smtp command 'AUTH LOGIN'
      s smtp reply 334 '334 VXNlcg=='
      c smtp authData 'dXNlcg=='
      s smtp reply 334 '334 UGFzcw=='
      c smtp authData 'cGFzcw=='
      s smtp reply 235 '235 ok'
      c smtp command 'MAIL FROM:<a>'
      c smtp command 'RCPT TO:<b>'
      c smtp command 'DATA'
      s smtp reply 250 '250 a'
      s smtp reply 250 '250 b'
      s smtp reply 354 '354 go'
      mail @75
      mail 'Subject: x\r\n\r\n..dot\r\n.x\r\n'
      mail end 25
      c smtp command 'QUIT'
      s smtp reply 250 '250 queued'
      s smtp reply 221 '221 bye'
      """#),
    .init(
      "SMTP DATA refused",
      [
        .s("220 x\r\n"),
        .c("HELO me\r\n"),
        .s("250 x\r\n"),
        .c("DATA\r\n"),
        .s("503 no\r\n"),
        .c("QUIT\r\n"),
        .s("221 x\r\n"),
      ],
      #"""
      s replyDialogue reply 220 '220 x'
      c smtp command 'HELO me'
      s smtp reply 250 '250 x'
      c smtp command 'DATA'
      s smtp reply 503 '503 no'
      c smtp command 'QUIT'
      s smtp reply 221 '221 x'
      """#),
    .init(
      "SMTP BDAT and STARTTLS",
      [
        .s("220 x\r\n"),
        .c("EHLO me\r\n"),
        .s("250 x\r\n"),
        .c("BDAT 5\r\nabc\r\nBDAT 0 LAST\r\n"),
        .s("250 x\r\n250 x\r\n"),
        .c("STARTTLS\r\n"),
        .s("220 go\r\n"),
        .c([0x16, 3, 1]),
        .s([0x16, 3, 3]),
      ],
      #"""
      s replyDialogue reply 220 '220 x'
      c smtp command 'EHLO me'
      s smtp reply 250 '250 x'
      c smtp command 'BDAT 5'
      mail @17
      mail 'abc\r\n'
      mail end 5
      c smtp command 'BDAT 0 LAST'
      mail @35
      mail end 0
      s smtp reply 250 '250 x'
      s smtp reply 250 '250 x'
      c smtp command 'STARTTLS'
      s smtp reply 220 '220 go'
      0 hand-over tls ''
      c opaque '\16\03\01'
      s opaque '\16\03\03'
      """#),
    .init(
      "STARTTLS, then clear text",
      [
        .s("220 x SMTP\r\n"),
        .c("STARTTLS\r\n"),
        .s("220 go\r\n"),
        .c("EHLO me\r\n"),
        .s("250 x\r\n"),
      ],
      #"""
      s smtp reply 220 '220 x SMTP'
      c smtp command 'STARTTLS'
      s smtp reply 220 '220 go'
      c smtp command 'EHLO me'
      s smtp reply 250 '250 x'
      """#),
    .init(
      "AUTH TLS, records, CCC, then clear text",
      [
        .s("220 FTP\r\n"),
        .c("AUTH TLS\r\n"),
        .s("234 go\r\n"),
        .c([0x16, 3, 1, 0, 2, 0x41, 0x42]),
        .s([0x16, 3, 3, 0, 1, 0x0A]),
        .c([0x17, 3, 3, 0, 3, 1, 2, 3, 0x15, 3, 3, 0, 2, 1, 0] + Array("USER u\r\n".utf8)),
        .s([0x17, 3, 3, 0, 1, 9] + Array("331 pw\r\n".utf8)),
      ],
      #"""
      s ftp reply 220 '220 FTP'
      c ftp command 'AUTH TLS'
      s ftp reply 234 '234 go'
      0 hand-over tls ''
      c opaque '\16\03\01\00\02AB'
      s opaque '\16\03\03\00\01\n'
      c opaque '\17\03\03\00\03\01\02\03\15\03\03\00\02\01\00'
      c ftp command 'USER u'
      s opaque '\17\03\03\00\01\09'
      s ftp reply 331 '331 pw'
      """#),
    .init(
      "STARTTLS, a gap, then clear text",
      [
        .s("220 x SMTP\r\n"),
        .c("STARTTLS\r\n"),
        .s("220 go\r\n"),
        .gap(.lower, 4),
        .c("IL FROM:<someone@example>\r\nQUIT\r\n"),
        .s("250 x\r\n"),
      ],
      #"""
      s smtp reply 220 '220 x SMTP'
      c smtp command 'STARTTLS'
      s smtp reply 220 '220 go'
      c smtp command 'IL FROM:<someone@example>' cut
      c smtp command 'QUIT'
      s smtp reply 250 '250 x'
      """#),
    .init(
      "STARTTLS, a gap, then the rest of a record",
      [
        .s("220 x SMTP\r\n"),
        .c("STARTTLS\r\n"),
        .s("220 go\r\n"),
        .gap(.lower, 4),
        .c([0x41, 0x42, 0x43, 0x80, 0x0D, 0x0A]),
      ],
      #"""
      s smtp reply 220 '220 x SMTP'
      c smtp command 'STARTTLS'
      s smtp reply 220 '220 go'
      0 hand-over tls ''
      c opaque 'ABC\80\r\n'
      """#),
    .init(
      "SMTP pipelined mails",
      [
        .s("220 x SMTP\r\n"),
        .c("MAIL FROM:<a>\r\nRCPT TO:<b>\r\nDATA\r\n"),
        .s("250 a\r\n550 b\r\n354 go\r\n"),
        .c("one\r\n.\r\nMAIL FROM:<a>\r\nRCPT TO:<b>\r\nDATA\r\n"),
        .s("250 ok\r\n250 a\r\n250 b\r\n354 go\r\n"),
        .c("two\n.\n"),
        .s("250 ok\r\n"),
      ],
      #"""
      s smtp reply 220 '220 x SMTP'
      c smtp command 'MAIL FROM:<a>'
      c smtp command 'RCPT TO:<b>'
      c smtp command 'DATA'
      s smtp reply 250 '250 a'
      s smtp reply 550 '550 b'
      s smtp reply 354 '354 go'
      mail @34
      mail 'one\r\n'
      mail end 5
      c smtp command 'MAIL FROM:<a>'
      c smtp command 'RCPT TO:<b>'
      c smtp command 'DATA'
      s smtp reply 250 '250 ok'
      s smtp reply 250 '250 a'
      s smtp reply 250 '250 b'
      s smtp reply 354 '354 go'
      mail @76
      mail 'two\n'
      mail end 4
      s smtp reply 250 '250 ok'
      """#),
    .init(
      "SMTP mail cut by a gap and the end",
      [
        .s("220 x SMTP\r\n"),
        .c("DATA\r\n"),
        .s("354 go\r\n"),
        .c("one\r\n."),
        .gap(.lower, 5),
        .c("two"),
        .end(.lower),
      ],
      #"""
      s smtp reply 220 '220 x SMTP'
      c smtp command 'DATA'
      s smtp reply 354 '354 go'
      mail @6
      mail 'one\r\n.two'
      mail end 9 gapped cut
      """#),
    .init(
      "FTP of z/OS with AUTH TLS",
      [
        .s("220-FTPD1 IBM FTP CS V2R4\r\n220 Connection will close if idle\r\n"),
        .c("USER bob\r\n"),
        .s("331 Send password\r\n"),
        .c("PASS secret\r\n"),
        .s("230-hi\r\n text\r\n230 ok\r\n"),
        .c("AUTH TLS\r\n"),
        .s("234 ok\r\n"),
        .c([0x16, 3, 1]),
        .s("x"),
      ],
      #"""
      s ftp replyPart 220 '220-FTPD1 IBM FTP CS V2R4'
      s ftp reply 220 '220 Connection will close if idle'
      c ftp command 'USER bob'
      s ftp reply 331 '331 Send password'
      c ftp command 'PASS secret'
      s ftp replyPart 230 '230-hi'
      s ftp replyPart 230 ' text'
      s ftp reply 230 '230 ok'
      c ftp command 'AUTH TLS'
      s ftp reply 234 '234 ok'
      0 hand-over tls ''
      c opaque '\16\03\01'
      s opaque 'x'
      """#),
    .init(
      "FTP from the middle",
      [
        .c("RETR 'SYS1.PARMLIB(IEASYS00)'\r\n"),
        .s("125 Sending data set\r\n"),
        .gap(.upper, 4),
        .s("mplete\r\n221 Quit"),
        .end(.upper),
      ],
      #"""
      c ftp command 'RETR 'SYS1.PARMLIB(IEASYS00)''
      s ftp reply 125 '125 Sending data set'
      s ftp replyPart 'mplete' cut
      s ftp reply 221 '221 Quit' cut
      """#),
  ]
}
