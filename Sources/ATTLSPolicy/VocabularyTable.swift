/// The AT-TLS policy language as one table; every reader, writer and check works from it.
///
/// `[Statement < parents; flags]` opens a statement. A row is: keyword, values, default, flags,
/// separated by two or more blanks. Values: `A|B` (a choice), `lo..hi` (a number), `word`,
/// `label` (rest of the line), `codes` (lists of four-digit codes), `ciphers`, `ciphers2`,
/// `address`, `prefix`, `ports`, `job`, `user`, `->Statement` (a reference).
/// Flags: `required`, `list` (may be repeated), `always` (shown even when default), `home`
/// (where `generate` writes a keyword that several statements know; `home=connection` names the
/// scope when one statement serves two), `tls13=` (default while TLSv1.3 is On), `likely` (not
/// confirmed for this statement), `as=` (kept under another keyword's name).
/// Sources and confidence: Formats/attls-policy.md.
let vocabularyTable = """
  [TTLSRule; top]
  LocalAddr                 address  All
  LocalAddrRef              ->IpAddr
  LocalAddrSetRef           ->IpAddrSet
  LocalAddrGroupRef         ->IpAddrGroup
  RemoteAddr                address  All
  RemoteAddrRef             ->IpAddr
  RemoteAddrSetRef          ->IpAddrSet
  RemoteAddrGroupRef        ->IpAddrGroup
  LocalPortRange            ports  0
  LocalPortRangeRef         ->PortRange
  LocalPortGroupRef         ->PortGroup
  RemotePortRange           ports  0
  RemotePortRangeRef        ->PortRange
  RemotePortGroupRef        ->PortGroup
  JobName                   job
  UserId                    user
  Direction                 Inbound|Outbound|Both  -  required,always
  Priority                  1..2000000000  1
  IpTimeConditionRef        ->IpTimeCondition  -  list
  TTLSGroupActionRef        ->TTLSGroupAction
  TTLSEnvironmentActionRef  ->TTLSEnvironmentAction
  TTLSConnectionActionRef   ->TTLSConnectionAction

  [IpAddr < IpAddrGroup; top]
  Addr                      address  -  required

  [IpAddrSet < IpAddrGroup; top]
  Prefix                    prefix
  Range                     address

  [IpAddrGroup; top]
  IpAddrRef                 ->IpAddr  -  list
  IpAddrSetRef              ->IpAddrSet  -  list

  [PortRange < PortGroup; top]
  Port                      ports  -  required

  [PortGroup; top]
  PortRangeRef              ->PortRange  -  list

  [IpTimeCondition < TTLSRule; top]
  DayOfMonthMask            word
  MonthOfYearMask           word
  DayOfWeekMask             word
  TimeOfDayRange            label
  ConditionTimeRange        label
  TimeZone                  word  Local

  [TTLSGroupAction < TTLSRule; top]
  TTLSEnabled               On|Off  -  required,always
  CtraceClearText           Off|On  Off  home
  Trace                     0..255  2  home
  FIPS140                   Off|On|Level1|Level2|Level3  Off
  GroupUserInstance         0..65535

  [TTLSGroupAdvancedParms < TTLSGroupAction; top]
  SecondaryMap              Off|On  Off  home
  SyslogFacility            Daemon|Auth  Daemon
  Envfile                   label

  [TTLSEnvironmentAction < TTLSRule; top]
  HandshakeRole             Client|Server|ServerWithClientAuth  -  required,always,home
  SuiteBProfile             Off|128|128Min|192|192Min|All  Off
  CtraceClearText           Off|On  Off
  Trace                     0..255  2
  EnvironmentUserInstance   0..65535

  [TTLSConnectionAction < TTLSRule; top]
  HandshakeRole             Client|Server|ServerWithClientAuth
  CtraceClearText           Off|On  Off
  Trace                     0..255  2
  ConnectionUserInstance    0..65535

  [TTLSCipherParms < TTLSEnvironmentAction TTLSConnectionAction; top]
  V2CipherSuites            ciphers2  -  list,home=environment
  V3CipherSuites            ciphers  -  list,home=connection
  V3CipherSuites4Char       ciphers  -  list,as=V3CipherSuites

  [TTLSEnvironmentAdvancedParms < TTLSEnvironmentAction; top]
  SSLv2                     Off|On  Off  home
  SSLv3                     Off|On  Off
  TLSv1                     On|Off  On  always
  TLSv1.1                   On|Off  On  always
  TLSv1.2                   Off|On  Off  always
  TLSv1.3                   Off|On  Off  always
  MiddleBoxCompatMode       Off|On  Off  home
  ApplicationControlled     Off|On  Off  home
  HandshakeTimeout          0..600  10  home
  ResetCipherTimer          0..1440  0  home
  Renegotiation             Default|Disabled|All|Abbreviated  Default  home
  RenegotiationIndicator    Optional|Client|Server|Both  Optional  home
  RenegotiationCertCheck    Off|On  Off  home
  ServerCertificateLabel    label
  CertificateLabel          label
  ClientAuthType            Required|PassThru|Full|SAFCheck  Required  home
  SecondaryMap              Off|On  Off
  TruncatedHMAC             Off|Required|Optional  Off  home
  CertValidationMode        Any|RFC2459|RFC3280|RFC5280  Any  home
  ClientMaxSSLFragment      Off|Required|Optional  Off  home
  ClientMaxSSLFragmentLength  512|1024|2048|4096  -  home
  ServerMaxSSLFragment      Off|Required|Optional  Off  home
  ClientHandshakeSNI        Off|Required|Optional  Off  home
  ClientHandshakeSNIMatch   Required|Optional  -  home
  ClientHandshakeSNIList    label  -  list,home
  ServerHandshakeSNI        Off|Required|Optional  Off  home
  ServerHandshakeSNIMatch   Required|Optional  -  home
  ServerHandshakeSNIList    label  -  list,home
  3DesKeyCheck              Off|On  Off  home
  ClientEDHGroupSize        Legacy|2048  Legacy  home
  ServerEDHGroupSize        Legacy|2048|Match  Legacy  home
  PeerMinCertVersion        Any|3  Any  home
  PeerMinDHKeySize          0..65535  1024  home
  PeerMinDsaKeySize         0..65535  1024  home
  PeerMinECCKeySize         0..65535  192  home
  PeerMinRsaKeySize         0..65535  1024  home
  ServerScsv                Off|On  Off  home
  ClientExtendedMasterSecret  On|Off|Required  On  home
  ServerExtendedMasterSecret  On|Off|Required  On  home
  HostReferenceIdDNS        label  -  list,home
  HostReferenceIdCN         label  -  list,home
  HostRefWildcardValidation  word  -  home

  [TTLSConnectionAdvancedParms < TTLSConnectionAction; top]
  SSLv2                     Off|On  Off  likely
  SSLv3                     Off|On  Off  home
  TLSv1                     On|Off  On  home,always
  TLSv1.1                   On|Off  On  home,always
  TLSv1.2                   Off|On  Off  home,always
  TLSv1.3                   Off|On  Off  home,always
  ServerCertificateLabel    label  -  home
  CertificateLabel          label  -  home
  ApplicationControlled     Off|On  Off
  SecondaryMap              Off|On  Off
  HandshakeTimeout          0..600  10
  ResetCipherTimer          0..1440  0  likely
  MiddleBoxCompatMode       Off|On  Off  likely
  Renegotiation             Default|Disabled|All|Abbreviated  Default  likely
  RenegotiationIndicator    Optional|Client|Server|Both  Optional  likely
  RenegotiationCertCheck    Off|On  Off  likely
  TruncatedHMAC             Off|Required|Optional  Off  likely
  ClientMaxSSLFragment      Off|Required|Optional  Off  likely
  ClientMaxSSLFragmentLength  512|1024|2048|4096  -  likely
  ServerMaxSSLFragment      Off|Required|Optional  Off  likely
  ClientHandshakeSNI        Off|Required|Optional  Off  likely
  ClientHandshakeSNIMatch   Required|Optional  -  likely
  ClientHandshakeSNIList    label  -  list,likely
  ServerHandshakeSNI        Off|Required|Optional  Off  likely
  ServerHandshakeSNIMatch   Required|Optional  -  likely
  ServerHandshakeSNIList    label  -  list,likely
  HostReferenceIdDNS        label  -  list
  HostReferenceIdCN         label  -  list
  HostRefWildcardValidation  word

  [TTLSKeyringParms < TTLSEnvironmentAction; top]
  Keyring                   word  -  required
  KeyringPw                 word
  KeyringStashFile          label

  [TTLSSignatureParms < TTLSEnvironmentAction TTLSConnectionAction; top]
  ClientECurves             codes  0021,0023,0024,0025,0019  list,home=connection,tls13=0021,0023,0024,0025,0019,0029
  ClientKeyShareGroups      codes  0023  list,home=connection
  ServerKeyShareGroups      codes  0023,0024,0025,0029,0030  list,home=environment
  ServerKexECurves          codes  0023,0024,0025,0021,0019  list,home=environment
  SignaturePairs            codes  0601,0603,0501,0503,0401,0403,0402,0301,0303,0302,0201,0203,0202  list,home=connection,tls13=0601,0603,0501,0503,0401,0403,0402,0301,0303,0302,0201,0203,0202,0806,0805,0804
  SignaturePairsCert        codes  -  list,home=connection

  [TTLSGskAdvancedParms < TTLSEnvironmentAction; top]
  GSK_SYSPLEX_SIDCACHE      Off|On
  GSK_V2_SESSION_TIMEOUT    0..4294967295
  GSK_V2_SIDCACHE_SIZE      0..4294967295
  GSK_V3_SESSION_TIMEOUT    0..4294967295  86400
  GSK_V3_SIDCACHE_SIZE      0..4294967295  512
  GSK_SESSION_TICKET_CLIENT_ENABLE  On|Off  On
  GSK_SESSION_TICKET_CLIENT_MAXSIZE  0..4294967295  8192
  GSK_SESSION_TICKET_SERVER_ENABLE  On|Off  On
  GSK_SESSION_TICKET_SERVER_ALGORITHM  AESCBC128|AESCBC256  AESCBC128
  GSK_SESSION_TICKET_SERVER_COUNT  0..4294967295  2
  GSK_SESSION_TICKET_SERVER_KEY_REFRESH  0..4294967295  300
  GSK_SESSION_TICKET_SERVER_TIMEOUT  0..4294967295  300
  AIACDPPriority            On|Off
  MaxSrcRevExtLocValues     0..4294967295
  MaxValidRevExtLocValues   0..4294967295
  RevocationSecurityLevel   Low|Medium|High

  [TTLSGskLdapParms < TTLSGskAdvancedParms; top]
  GSK_LDAP_SERVER           label  -  list
  GSK_LDAP_SERVER_PORT      0..65535
  GSK_LDAP_USER             label
  GSK_LDAP_USER_PW          label
  GSK_CRL_CACHE_TIMEOUT     0..4294967295
  GSK_CRL_SECURITY_LEVEL    Low|Medium|High
  CRLCacheSize              word
  CRLCacheEntryMaxsize      0..4294967295

  [TTLSGskHttpCdpParms < TTLSGskAdvancedParms; top]
  HttpCdpEnable             Off|On  Off
  HttpCdpProxyServerName    label
  HttpCdpProxyServerPort    0..65535  80
  HttpCdpResponseTimeout    0..4294967295  15
  HttpCdpMaxResponseSize    0..4294967295  204800
  HttpCdpCacheSize          0..4294967295  32
  HttpCdpCacheEntryMaxsize  0..4294967295  0

  [TTLSGskOcspParms < TTLSGskAdvancedParms; top]
  OcspUrl                   label  -  list
  OcspAiaEnable             Off|On  Off
  OcspProxyServerName       label
  OcspProxyServerPort       0..65535  80
  OcspRetrieveViaGet        Off|On  Off
  OcspUrlPriority           On|Off  On
  OcspRequestSigkeylabel    label
  OcspRequestSigalg         codes  0401  list
  OcspResponseSigAlgPairs   codes  -  list
  OcspClientCacheSize       0..4294967295  256
  OcspCliCacheEntryMaxsize  0..4294967295  0
  OcspNonceGenEnable        Off|On  Off
  OcspNonceCheckEnable      Off|On  Off
  OcspNonceSize             0..4294967295  8
  OcspResponseTimeout       0..4294967295  15
  OcspMaxResponseSize       0..4294967295  20480
  OcspServerStapling        Off|Any|EndEntity  Off
  """
