_zcap_summary() {
    local -i ret=1
    local -ar ___color=('auto' 'always' 'never')
    local -ar ___direction=('in' 'out')
    local -ar ___kind=('data' 'packet' 'ee' 'frame' 'smc' 'old-packet' 'old-x25' 'old-ee' 'lost' 'capture' 'unknown')
    local -ar ___secure=('clear' 'confidential' 'plain')
    local -ar ___group=('job' 'server' 'protocol' 'security')
    local -ar ___by=('bytes' 'flows' 'failed' 'missing' 'slowest')
    local -ar arg_specs=(
        '*:files:_files'
        '--date[Day of a listing that has times only. Default\: the file'\''s day.]:yyyy-mm-dd:'
        '--leap-seconds[Seconds by which the system'\''s TOD clock is ahead of UTC (CVTLSO).]:n:'
        '--strict[End with status 3 when data was lost or damaged.]'
        '(--quiet -q)'{--quiet,-q}'[Leave out everything on standard error but errors.]'
        '--color[Colours\: auto (on a terminal and without NO_COLOR), always or never.]:when:{__zcap_complete "${___color[@]}"}'
        '--no-pager[On a terminal\: show everything at once, without ZCAP_PAGER, PAGER or less.]'
        '--sort[Put the records of all files into time order (uses temporary disk space).]'
        '*--ip[Address or network of either end; a port may follow\: 10.1.1.2\:4000, 10.1.1.2..4000.]:addr\[/prefix\]:'
        '*--src[The same of the source.]:addr\[/prefix\]:'
        '*--dst[The same of the destination.]:addr\[/prefix\]:'
        '*--port[Port of either end\: 443, 8800-8899, https, or several\: 80,443. Fragments without ports do not match.]:ports:'
        '*--job[Job name of data-trace records; * and ? stand for others. Several with commas.]:pattern:'
        '*--interface[Interface name of packets; * and ? stand for others.]:pattern:'
        '--since[From this time on\: 2026-01-05T08\:00\:00Z, "2026-01-05 08\:00\:00.5", or 08\:00 of any day (UTC).]:time:'
        '--until[Up to this time, its last digit included.]:time:'
        '*--direction[in or out, seen from the traced host.]:in|out:{__zcap_complete "${___direction[@]}"}'
        '*--kind[Kind of record\: data, packet, ee, frame, smc, lost, capture, …]:data|packet|…:{__zcap_complete "${___kind[@]}"}'
        '*--secure[Data-trace records by AT-TLS\: clear, confidential or plain.]:how:{__zcap_complete "${___secure[@]}"}'
        '*--flow[Conversation by the number that flows shows, udp\:n for UDP, or by its flow_id; or several\: 0,4.]:n:'
        '--count[Stop after this many records have passed.]:n:'
        '*--contains[Text within the data of one record, in ASCII (UTF-8) or EBCDIC.]:text:'
        '--ignore-case[--contains\: capital and small letters are the same.]'
        '--regex[--contains\: an extended regular expression.]'
        '--whole[--contains\: whole conversations in which it is found, within --since and --until; reads the inputs twice.]'
        '*-f[libpcap expression like '\''host 10.1.1.2 and port 8803'\''; data-trace records count as the packets that convert writes for them.]:expression:'
        '*--group[What conversations are put together by\: job, server, protocol or security. Default\: all.]:job|server|…:{__zcap_complete "${___group[@]}"}'
        '--by[Order of the groups\: bytes, flows, failed, missing or slowest (largest first).]:order:{__zcap_complete "${___by[@]}"}'
        '--top[How many of each kind are shown. Default\: 10.]:n:'
        '--max-memory[Memory for open conversations (half of it), data that waits for a packet before it and messages under way (a quarter each). Beyond it the conversation idle longest is put aside, the oldest hole becomes a gap, the longest message is cut; what was given up is said. Default\: 384M, 8M and 16M.]:n\[K|M|G\]:'
        '--columns[Columns of the table, in this order.]:a,b,c:'
        '(-o --output)'{-o,--output}'[File to write instead of standard output; a name that ends in .gz is compressed.]:file:_files'
        '--force[Replace files that exist.]'
        '--wide[Lines as long as they are, and all columns; by default they fit the terminal.]'
        '--json[One JSON object for the trace, and one for each group.]'
        '--version[Show the version.]'
        '(-h --help)'{-h,--help}'[Show help information.]'
    )
    _arguments -w -s -S : "${arg_specs[@]}" && ret=0

    return "${ret}"
}
