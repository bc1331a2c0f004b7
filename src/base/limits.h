/* limits - every bound on outside input, where its number comes from, and what passing it does. */
#ifndef WHORL_BASE_LIMITS_H
#define WHORL_BASE_LIMITS_H

enum {
    /* Request line. Search URLs with every filter stay under 4 kB. Beyond: 414. */
    TARGET_BYTES_MAX = 8 * 1024,
    /* Request line and all header lines. Browsers with many cookies send up to 8 kB. Beyond:
     * 431. */
    HEAD_BYTES_MAX = 16 * 1024,
    /* Recorded browsers send 15 to 25 header lines. Beyond: 431. */
    HEADERS_MAX = 100,
    /* Recorded identify bodies are 5 to 14 kB; 200 speech voices or a 16 kB tag make them several
     * times larger. Beyond: 413. */
    BODY_BYTES_MAX = 256 * 1024,
    /* What one chunk-size line may hold, extensions included. Beyond: 400. */
    CHUNK_LINE_BYTES_MAX = 256,

    /* Time to send a whole head, from its first byte. Beyond: 408. A real head is one packet. */
    HEAD_TIMEOUT_MS = 10 * 1000,
    /* Time to send a whole body. 14 kB at 2 kB/s is 7 s. Beyond: 408. */
    BODY_TIMEOUT_MS = 20 * 1000,
    /* The same for what servers ask while their own client waits: POST /v4/edge, where the vendor documents 5 s. */
    BRIEF_BODY_TIMEOUT_MS = 5 * 1000,
    /* A kept-alive connection without a request: closed silently. */
    IDLE_TIMEOUT_MS = 75 * 1000,
    /* Time for a client to take an answer. Beyond: the connection is cut. */
    WRITE_TIMEOUT_MS = 30 * 1000,
    /* After an answer that closes: how long we read on, so that the answer is not lost to a
     * reset. */
    LINGER_TIMEOUT_MS = 2 * 1000,
    /* After SIGTERM: how long accepted requests may take to finish. */
    STOP_TIMEOUT_MS = 10 * 1000,
    /* Open connections per loop; further ones wait in the kernel's queue. */
    CONNECTIONS_MAX = 10 * 1000,

    /* HTTP/2: requests of one connection that are open, or cancelled and still with the
     * application. RFC 9113 6.5.2 asks for 100 at least. Beyond: REFUSED_STREAM. */
    HTTP2_STREAMS_MAX = 100,
    /* Bytes of a body that each stream may send at once: an ordinary identify, with room. Together
     * with the next two, one connection holds at most 100 * 32 kB + 4 * 256 kB of bodies. */
    HTTP2_WINDOW_BYTES = 32 * 1024,
    /* Bodies beyond that window which a connection may send at a time; others wait for a place. */
    HTTP2_LARGE_BODIES_MAX = 4,
    /* Not yet taken bytes of all streams; they are taken at once, so this never slows anybody. */
    HTTP2_CONNECTION_WINDOW_BYTES = 1024 * 1024,
    /* All header fields, 32 bytes for each counted on top (RFC 9113 6.5.2). Beyond: 431. */
    HTTP2_HEADER_LIST_BYTES_MAX = HEAD_BYTES_MAX + 32 * HEADERS_MAX,
    /* CONTINUATION frames of one header block. That list fits two frames. Beyond: GOAWAY. */
    HTTP2_CONTINUATIONS_MAX = 4,
    /* Answers that wait for the client's window, copied; beyond, no further request is begun. */
    HTTP2_ANSWERS_BYTES_MAX = 1024 * 1024,
    /* Memory of nghttp2 for one connection. Measured (nghttp2 1.52, 2026-11-20): 26 kB with 1
     * stream open, 49 kB with 100, 64 kB with 100 of 20 further fields each. Beyond: cut. */
    HTTP2_SESSION_BYTES_MAX = 512 * 1024,
    /* Acknowledgements of SETTINGS and PING that wait to be sent. Beyond: GOAWAY. */
    HTTP2_ACKS_MAX = 100,
    /* Streams that a client may reset at once, and per second, without having been served as many
     * (http2_watch.h). A browser that leaves a page resets what is open. Beyond: GOAWAY. */
    HTTP2_RESETS_BURST = 200,
    HTTP2_RESETS_PER_S = 20,
    /* Frames without a request's content, the same way. nghttp's and browsers' window updates are
     * paid for by the answers that caused them. Beyond: GOAWAY. */
    HTTP2_CONTROL_BURST = 1000,
    HTTP2_CONTROL_PER_S = 100,

    /* Memory that one request may use, body not included. Beyond: 500. Measured: an ordinary
     * identify needs about 60 kB; 256 kB bodies of many small values expand up to 8-fold. */
    ARENA_BYTES_MAX = 8 * 1024 * 1024,
    /* JSON.stringify nests as deep as its input; simdjson's own limit is this. Beyond: 400. */
    JSON_DEPTH_MAX = 1024,

    /* Bytes of a linkedId: 256 characters (documented), each up to 4 bytes. Beyond: 400. */
    LINKED_ID_CHARS_MAX = 256,
    /* Bytes of a tag as JSON (documented). Beyond: 400. */
    TAG_BYTES_MAX = 16 * 1024,
    /* Page URL and referrer; longer ones are cut at this length, at a character boundary. */
    URL_BYTES_MAX = 4 * 1024,
    /* User-Agent. Browsers send 70 to 250 bytes; the rest is neither stored nor searched. */
    USER_AGENT_BYTES_MAX = 1024,
    /* Characters of an API key in the URL of the agent's script; ours are shorter. Beyond: 404. */
    AGENT_KEY_CHARS_MAX = 64,
    /* --ingress-path goes into that script's head (api/assets.h). Beyond: whorl does not start. */
    INGRESS_PATH_BYTES_MAX = 128,
    /* Wallet addresses in one identify; further ones are dropped. */
    WALLETS_MAX = 20,

    /* A visitor's history in one answer: default and most (documented for v3). */
    VISITS_LIMIT_DEFAULT = 100,
    VISITS_LIMIT_MAX = 500,
    /* A v3 visitors answer (documented: 1 MB). */
    VISITS_BYTES_MAX = 1024 * 1024,

    /* Events in one page of a search: v3's text speaks of 200, v4's schema has 1 to 100 and 10. */
    SEARCH_LIMIT_V3_MAX = 200,
    SEARCH_LIMIT_V4_MAX = 100,
    SEARCH_LIMIT_V4_DEFAULT = 10,
    /* total_hits (documented). */
    SEARCH_HITS_MAX = 1000,
    /* A search that takes longer gets the documented time-out, 504. Counted from its arrival. */
    SEARCH_TIMEOUT_MS = 10 * 1000,
    /* Memory for an answer while it is written: a page of events is at most some 4 MB. */
    SEARCH_ANSWER_BYTES_MAX = 32 * 1024 * 1024,
    /* Searches that wait for a thread. Beyond: 429, "too many search requests". */
    SEARCHES_WAITING_MAX = 64,

    /* Verifying bots by DNS: addresses remembered (0.6 kB each), addresses that wait to be asked
     * about (further ones stay unknown), and seconds an answer is kept: within these bounds as its
     * TTL says; a no, which has no TTL of its own here; and no answer at all. */
    BOT_DNS_CACHE_MAX = 4096,
    BOT_DNS_QUEUE_MAX = 256,
    BOT_DNS_TTL_MIN_S = 60,
    BOT_DNS_TTL_MAX_S = 24 * 60 * 60,
    BOT_DNS_REFUTED_S = 10 * 60,
    BOT_DNS_FAILED_S = 60,
    BOT_DNS_TIMEOUT_MS = 2 * 1000,
    /* Keys of signing agents, in all, and one key document; published ones have 1 to 3 keys in 1 kB.
     * Beyond: the server does not start, or keeps the keys it had. */
    BOT_KEYS_MAX = 64,
    BOT_KEYS_FILE_BYTES_MAX = 64 * 1024,
    /* Wrong signatures by known keys that are refuted in a second, for all requests: at 0.1 ms each 5 %
     * of a core. Beyond, signatures are not looked at until the second is over. */
    BOT_SIGNATURES_WRONG_PER_S = 500,
    /* Fetching key directories (--bot-key-origin): seconds that one may take (1 kB at 1 kbit/s); hours
     * between two without Cache-Control, and the bounds of its max-age; and the pause after a failure. */
    BOT_KEYS_FETCH_TIMEOUT_S = 30,
    BOT_KEYS_FETCH_EVERY_S = 4 * 60 * 60,
    BOT_KEYS_FETCH_MIN_S = 10 * 60,
    BOT_KEYS_FETCH_MAX_S = 24 * 60 * 60,
    BOT_KEYS_RETRY_S = 10 * 60,
    /* A Signature-Agent's URL; signatures of one request; components that one covers (published
     * examples: 1 and 2). Beyond: the signature is invalid. */
    ORIGIN_BYTES_MAX = 512,
    SIGNATURES_MAX = 8,
    SIGNATURE_COMPONENTS_MAX = 16,
    /* Nonces remembered against replay: only signatures that are right get in. */
    BOT_NONCES_MAX = 16 * 1024,

    /* Event loops. More than the processors of any machine this was thought for. */
    WORKERS_MAX = 64,
    /* Origin patterns on one key. */
    ORIGINS_MAX = 32,
    /* Names of workspaces and environments. */
    NAME_BYTES_MAX = 64,
    /* Proxies whose word is taken (--trusted-proxy). */
    TRUSTED_PROXIES_MAX = 64,

    /* A PROXY header that is read. Real ones are 28 to 107 bytes, some 500 with TLVs about a client's
     * certificate; the field allows 64 kB. Beyond: the connection is closed. */
    PROXY_BYTES_MAX = 4 * 1024,
    /* A saved SYN: IP header (20 to 60, IPv6 40) and TCP header (20 to 60). Beyond: not known. */
    SYN_BYTES_MAX = 120,
    /* Entries of a brand list (Client Hints) that are kept. Chromium sends 3, one of them GREASE. */
    BRANDS_MAX = 8,
    /* Entries of Accept-Language that are kept. Browsers cut theirs at about 10. */
    LANGUAGES_MAX = 16,

    /* A ClientHello and the lists in it. Recorded clients send 0.2 to 2.1 kB (a post-quantum key is
     * 1.2 kB, a ticket 0.3 kB). Beyond any of these the handshake goes on, and the connection has
     * no TLS fingerprint. */
    HELLO_BYTES_MAX = 16 * 1024,
    /* Recorded: 16 to 60. IANA has given out some 360 numbers, and a scanner may send them all. */
    HELLO_CIPHERS_MAX = 512,
    /* Recorded: 5 to 18. IANA has given out some 65 numbers, 16 more are GREASE. */
    HELLO_EXTENSIONS_MAX = 128,
    /* Recorded: 3 to 14 groups, 6 to 26 signature algorithms. */
    HELLO_GROUPS_MAX = 128,
    HELLO_ALGORITHMS_MAX = 128,
    /* The most that the length byte of these two allows. */
    HELLO_POINT_FORMATS_MAX = 255,
    HELLO_VERSIONS_MAX = 127,
    /* Recorded: 1 to 3 of each. */
    HELLO_KEY_SHARES_MAX = 32,
    HELLO_ALPN_MAX = 32,
    /* How long a name of ALPN may be to be kept as a fact. The longest that IANA lists has 19. */
    HELLO_ALPN_KEPT_BYTES_MAX = 32,

    /* Files of one --geo-city or --geo-asn. Two per maker, IPv4 and IPv6. */
    GEO_FILES_MAX = 8,
    /* A text of a geo or ASN record: the longest name of an organisation seen is 169 bytes
     * (2026-11-20, @ip-location-db/asn). Longer ones are cut. */
    GEO_TEXT_BYTES_MAX = 200,
    /* Lists of addresses, --list and --feed together. 25 public ones are known to be useful. */
    IPLISTS_MAX = 128,
    /* Bytes of one list's file. The largest public ones seen have 30 MB. Beyond: refused. */
    IPLIST_FILE_BYTES_MAX = 128 * 1024 * 1024,
    /* Entries of one list. Beyond: refused. */
    IPLIST_ENTRIES_MAX = 4 * 1000 * 1000,
    /* Name of a list: a provider's. */
    IPLIST_NAME_BYTES_MAX = 48,
    /* Bytes of one feed. As a file may have; no more memory is needed for it than for a list. */
    FEED_BYTES_MAX = IPLIST_FILE_BYTES_MAX,
    /* Seconds to fetch one: 30 MB at 1 Mbit/s, --feed-timeout; and to connect. */
    FEED_TIMEOUT_S = 300,
    FEED_CONNECT_TIMEOUT_S = 15,
    /* One for a moved address, one for a mirror, and some. */
    FEED_REDIRECTS_MAX = 5,
    /* A year. */
    FEED_INTERVAL_HOURS_MAX = 8760,
};

/* A MaxMind DB or CSV file of addresses; offsets in the format have 32 bits. Larger ones are
 * refused. */
#define GEO_FILE_BYTES_MAX (4LL * 1024 * 1024 * 1024)

#endif
