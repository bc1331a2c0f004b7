/* iplist_read - see iplist_read.h. This file: entries, and the shapes that have lines. JSON is in
 * iplist_json.c. */
#include "identify/enrich/iplist_reader.h"

#include "base/json_in.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

/* ---- entries ------------------------------------------------------------------------------- */

void reader_format(struct reader *r, const char *format)
{
    if (!r->report->format) r->report->format = format;
}

enum err reader_refuse(struct reader *r, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(r->report->problem, sizeof r->report->problem, format, arguments);
    va_end(arguments);
    return ERR_MALFORMED;
}

void reader_note(struct reader *r, struct str text, const char *why)
{
    struct iplist_report *report = r->report;
    /* the first line that nobody understands is always among them: a refusal names it */
    if (report->notes_count == IPLIST_NOTES_MAX && report->unreadable != 1) return;
    if (report->notes_count == IPLIST_NOTES_MAX) report->notes_count--;
    struct iplist_note *note = &report->notes[report->notes_count++];
    note->line = r->line;
    note->why = why;
    size_t n = text.n < sizeof note->text ? text.n : sizeof note->text - 1;
    for (size_t i = 0; i < n; i++) {
        bool printable = text.p[i] >= ' ' && text.p[i] <= '~';
        note->text[i] = '?';
        if (printable) note->text[i] = text.p[i];
    }
    note->text[n] = 0;
}

static bool is_digits(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] < '0' || s.p[i] > '9') return false;
    return s.n > 0;
}

/* Without "scheme://", "user:pass@", ":port" and brackets. */
static struct str host_of(struct str s)
{
    for (size_t i = 0; i + 2 < s.n; i++)
        if (memcmp(s.p + i, "://", 3) == 0) {
            s = str_sub(s, i + 3, s.n);
            break;
        }
    for (size_t i = s.n; i > 0; i--)
        if (s.p[i - 1] == '@') {
            s = str_sub(s, i, s.n);
            break;
        }
    if (s.n && s.p[0] == '[') {
        size_t close = str_find_char(s, ']', 0);
        struct str behind = str_sub(s, close == SIZE_MAX ? s.n : close + 1, s.n);
        bool port = behind.n > 1 && behind.p[0] == ':' && is_digits(str_sub(behind, 1, behind.n));
        if (close != SIZE_MAX && (behind.n == 0 || port)) return str_sub(s, 1, close);
    }
    size_t colon = str_find_char(s, ':', 0);
    bool one = colon != SIZE_MAX && str_find_char(s, ':', colon + 1) == SIZE_MAX;
    return one && is_digits(str_sub(s, colon + 1, s.n)) ? str_sub(s, 0, colon) : s;
}

bool reader_parse(struct str token, struct network *out)
{
    if (network_parse(out, token)) return true;
    struct str host = host_of(token);
    return host.n < token.n && network_parse(out, host);
}

/* RFC 6890 and the IANA registries behind it, without the addresses for documentation. IPv6: all but
 * 2000::/3, the only space that is given out. */
bool iplist_is_reserved(const struct network *n)
{
    static const struct { uint32_t base; uint8_t bits; } reserved[] = {
        { 0x00000000, 8 },  /* this network */
        { 0x0a000000, 8 },  /* 10: private */
        { 0x64400000, 10 }, /* 100.64: between carrier and customer */
        { 0x7f000000, 8 },  /* 127: loopback */
        { 0xa9fe0000, 16 }, /* 169.254: link-local */
        { 0xac100000, 12 }, /* 172.16: private */
        { 0xc0000000, 24 }, /* 192.0.0: protocol assignments */
        { 0xc0a80000, 16 }, /* 192.168: private */
        { 0xc6120000, 15 }, /* 198.18: benchmarks */
        { 0xe0000000, 3 },  /* 224: multicast, reserved, broadcast */
    };
    const uint8_t *p = n->base.byte;
    bool v4 = memcmp(p, "\0\0\0\0\0\0\0\0\0\0\xff\xff", 12) == 0 && n->bits >= 96;
    if (!v4) return p[0] >> 5 != 1 && n->bits >= 3;
    uint32_t a = (uint32_t)p[12] << 24 | (uint32_t)p[13] << 16 | (uint32_t)p[14] << 8 | p[15];
    for (size_t i = 0; i < COUNT_OF(reserved); i++)
        if (n->bits - 96 >= reserved[i].bits && (a ^ reserved[i].base) >> (32 - reserved[i].bits) == 0)
            return true;
    return false;
}

static bool clear_host_bits(struct network *n)
{
    bool any = false;
    for (unsigned i = 0; i < 16; i++) {
        unsigned keep = n->bits > 8 * i ? n->bits - 8 * i : 0;
        uint8_t mask = (uint8_t)(keep < 8 ? 0xff00u >> keep : 0xffu);
        any |= (n->base.byte[i] & ~mask) != 0;
        n->base.byte[i] = (uint8_t)(n->base.byte[i] & mask);
    }
    return any;
}

bool reader_add(struct reader *r, struct str token)
{
    struct iplist_report *report = r->report;
    struct network n;
    report->lines++;
    if (!reader_parse(token, &n)) {
        report->unreadable++;
        reader_note(r, token, "this is no address, network or AS number");
        return false;
    }
    bool v4 = memcmp(n.base.byte, "\0\0\0\0\0\0\0\0\0\0\xff\xff", 12) == 0 && n.bits >= 96;
    if (iplist_is_reserved(&n)) {
        report->reserved++;
        reader_note(r, token, "no client on the internet has such an address; ignored");
        return true;
    }
    if (n.bits < (v4 ? 96 + 8 : 12)) {
        report->too_wide++;
        reader_note(r, token, "wider than any network that is given out; ignored");
        return true;
    }
    if (clear_host_bits(&n)) {
        report->host_bits++;
        reader_note(r, token, "bits behind the network are set; they are cleared");
    }
    if (v4) report->v4++;
    else report->v6++;
    iplist_add(r->out, r->list, &n);
    return true;
}

bool reader_add_asn(struct reader *r, struct str digits)
{
    uint64_t number;
    r->report->lines++;
    if (!str_to_u64(digits, &number) || number == 0 || number > UINT32_MAX) {
        r->report->unreadable++;
        reader_note(r, digits, "this is no AS number");
        return false;
    }
    r->report->asn++;
    iplist_add_asn(r->out, r->list, (uint32_t)number);
    return true;
}

/* ---- lines --------------------------------------------------------------------------------- */

static bool next_line(struct str *rest, struct str *line)
{
    if (!str_split(rest, '\n', line)) return false;
    while (line->n && (line->p[line->n - 1] == '\r' || line->p[line->n - 1] == ' ')) line->n--;
    *line = str_trim(*line);
    return true;
}

/* The next line that is neither empty nor a comment. */
static bool next_data(struct reader *r, struct str *rest, struct str *line)
{
    while (next_line(rest, line)) {
        r->line++;
        if (line->n && line->p[0] != '#' && line->p[0] != ';') return true;
    }
    return false;
}

static size_t token_end(struct str line)
{
    struct network n;
    size_t i = 0;
    while (i < line.n && !strchr(" \t;", line.p[i])) i++;
    /* a comment without a blank before it; but a proxy's password may hold a '#' */
    size_t hash = str_find_char(str_sub(line, 0, i), '#', 0);
    return hash == SIZE_MAX || reader_parse(str_sub(line, 0, i), &n) ? i : hash;
}

/* "AS9009" without "AS"; empty when it is something else. */
static struct str asn_digits(struct str token)
{
    struct str digits = str_sub(token, 2, token.n);
    bool asn = token.n > 2 && (token.p[0] | 32) == 'a' && (token.p[1] | 32) == 's';
    return asn && is_digits(digits) ? digits : (struct str){ "", 0 };
}

/* Is this an IPv6 or IPv4 network of more than one address, for the format's name? */
static const char *plain_name(struct str token)
{
    struct network n;
    if (asn_digits(token).n) return "AS numbers, one a line";
    if (!network_parse(&n, token)) return "addresses with ports, one a line";
    return "addresses and networks, one a line";
}

static enum err read_plain(struct reader *r)
{
    struct str rest = r->text, line;
    while (next_data(r, &rest, &line)) {
        struct str token = str_sub(line, 0, token_end(line));
        struct str digits = asn_digits(token);
        if (digits.n ? reader_add_asn(r, digits) : reader_add(r, token))
            reader_format(r, plain_name(token));
    }
    return ERR_OK;
}

/* Lines "ExitAddress 162.247.74.201 2019-02-18 01:22:36" between three others. */
static enum err read_exit_addresses(struct reader *r)
{
    static const char *const others[] = { "ExitNode ", "Published ", "LastStatus " };
    struct str rest = r->text, line;
    reader_format(r, "Tor exit addresses (ExitAddress lines)");
    while (next_data(r, &rest, &line)) {
        bool known = false;
        for (size_t i = 0; i < COUNT_OF(others); i++) known |= str_starts(line, str_of(others[i]));
        if (known) continue;
        if (str_starts(line, STR("ExitAddress "))) line = str_sub(line, 12, line.n);
        reader_add(r, str_sub(line, 0, token_end(line)));
    }
    return ERR_OK;
}

/* ---- CSV ----------------------------------------------------------------------------------- */

/* Cuts the next cell off; quotes go, and "" inside them stays as it is: no entry has one. */
static bool next_cell(struct str *rest, struct str *cell)
{
    if (!rest->p) return false;
    *rest = str_trim(*rest);
    if (rest->n && rest->p[0] == '"') {
        size_t end = str_find_char(*rest, '"', 1);
        if (end != SIZE_MAX) {
            *cell = str_trim(str_sub(*rest, 1, end));
            size_t comma = str_find_char(*rest, ',', end);
            *rest = comma == SIZE_MAX ? (struct str){ NULL, 0 } : str_sub(*rest, comma + 1, rest->n);
            return true;
        }
    }
    bool any = str_split(rest, ',', cell);
    *cell = str_trim(*cell);
    return any;
}

struct columns {
    size_t entry;   /* which column */
    bool known, asn;
    bool all;       /* every cell is an entry */
};

/* From a line with data, or a header that names a column "asn". */
static void learn_columns(struct columns *c, struct str line)
{
    struct network n;
    size_t cells = 0, addresses = 0;
    struct str cell;
    while (next_cell(&line, &cell)) {
        bool address = reader_parse(cell, &n);
        if ((address || str_eq_nocase(cell, STR("asn"))) && !c->known) {
            c->known = true;
            c->entry = cells;
            c->asn = !address;
        }
        cells += cell.n > 0;
        addresses += address;
    }
    c->all = addresses == cells && cells > 2;
}

static void read_row(struct reader *r, struct columns *c, struct str line)
{
    struct str rest = line, cell = { "", 0 };
    for (size_t i = 0; next_cell(&rest, &cell); i++) {
        if (!c->all && i != c->entry) continue;
        struct str digits = asn_digits(cell);
        if (c->all && cell.n == 0) continue;
        if (digits.n || c->asn) reader_add_asn(r, digits.n ? digits : cell);
        else reader_add(r, cell);
        if (!c->all) return;
    }
    if (c->all) return;
    r->report->lines++;
    r->report->unreadable++;
    reader_note(r, line, "this line has too few columns");
}

static enum err read_csv(struct reader *r)
{
    struct str rest = r->text, line;
    struct columns c = { 0 };
    bool first = true;
    while (next_data(r, &rest, &line)) {
        bool header = false;
        if (!c.known) {
            learn_columns(&c, line);
            header = first && (!c.known || c.asn);
        }
        first = false;
        if (!header) read_row(r, &c, line);
    }
    reader_format(r, c.asn ? "CSV, a column of AS numbers" : c.all ? "addresses between commas"
                                                             : "CSV, a column of networks");
    return ERR_OK;
}

/* ---- which shape it is --------------------------------------------------------------------- */

/* Drops U+FEFF and U+200B to U+200D, and makes blanks of no-break spaces. */
static size_t drop_invisible(char *p, size_t n)
{
    size_t out = 0;
    for (size_t i = 0; i < n; i++) {
        const uint8_t *at = (const uint8_t *)p + i;
        bool mark = n - i >= 3 && at[0] == 0xef && at[1] == 0xbb && at[2] == 0xbf;
        bool zero = n - i >= 3 && at[0] == 0xe2 && at[1] == 0x80 && at[2] >= 0x8b && at[2] <= 0x8d;
        if (mark || zero) {
            i += 2;
        } else if (n - i >= 2 && at[0] == 0xc2 && at[1] == 0xa0) {
            p[out++] = ' ';
            i++;
        } else {
            p[out++] = p[i];
        }
    }
    return out;
}

static size_t line_of(struct str text, size_t at)
{
    size_t line = 1;
    for (size_t i = 0; i < at; i++) line += text.p[i] == '\n';
    return line;
}

static enum err refuse_binary(struct reader *r)
{
    struct str t = r->text;
    if (str_starts(t, STR("\x1f\x8b"))) return reader_refuse(r, "line 1: this is a gzip file; unpack it first");
    if (str_starts(t, STR("PK\x03\x04"))) return reader_refuse(r, "line 1: this is a zip file; unpack it first");
    size_t nul = str_find_char(t, 0, 0);
    if (nul == SIZE_MAX) return ERR_OK;
    return reader_refuse(r, "line %zu holds a NUL byte: this is no text", line_of(t, nul));
}

static enum err read_any(struct reader *r)
{
    struct str rest = r->text, first, second;
    if (!next_data(r, &rest, &first)) return reader_refuse(r, "the file holds no entry at all");
    size_t line = r->line;
    /* two lines that begin objects are lines of JSON */
    bool lines = first.p[0] == '{' && first.p[first.n - 1] == '}';
    if (lines && next_data(r, &rest, &second)) lines = second.p[0] == '{';
    else if (lines) lines = str_starts(first, STR("{\"cidr\"")) || str_starts(first, STR("{\"asn\""));
    r->line = 0;
    if (lines) return reader_read_json_lines(r);
    if (first.p[0] == '{' || first.p[0] == '[') {
        struct network n; /* "[2001:db8::1]:80" is an address */
        if (first.p[0] == '{' || !reader_parse(str_sub(first, 0, token_end(first)), &n))
            return reader_read_json(r);
    }
    if (first.p[0] == '<')
        return reader_refuse(r, "line %zu begins with \"<\": this is a web page, not a list. Is the "
                                "address right, or does it want a login?", line);
    if (str_starts(first, STR("ExitNode ")) || str_starts(first, STR("ExitAddress ")))
        return read_exit_addresses(r);
    struct str token = str_sub(first, 0, token_end(first));
    struct network n;
    bool plain = asn_digits(token).n || reader_parse(token, &n);
    bool comma = str_find_char(first, ',', 0) != SIZE_MAX;
    return !plain && comma ? read_csv(r) : read_plain(r);
}

/* Is what was read a list, or did something else look like one here and there? */
static enum err judge(struct reader *r)
{
    const struct iplist_report *p = r->report;
    const struct iplist_note *note = NULL;
    for (size_t i = 0; i < p->notes_count && !note; i++)
        if (!strstr(p->notes[i].why, "ignored") && !strstr(p->notes[i].why, "cleared"))
            note = &p->notes[i];
    if (p->unreadable * 10 > p->lines) {
        if (note)
            return reader_refuse(r, "line %zu: %s: \"%s\"; %zu of %zu entries cannot be read",
                                 note->line, note->why, note->text, p->unreadable, p->lines);
        return reader_refuse(r, "%zu of %zu entries cannot be read", p->unreadable, p->lines);
    }
    if (p->v4 + p->v6 + p->asn > IPLIST_ENTRIES_MAX)
        return reader_refuse(r, "more than %d entries", IPLIST_ENTRIES_MAX);
    if (p->v4 + p->v6 + p->asn) return ERR_OK;
    if (p->lines)
        return reader_refuse(r, "none of the %zu entries counts; the first one, line %zu: %s",
                             p->lines, p->notes[0].line, p->notes[0].why);
    return reader_refuse(r, "the file holds no entry at all");
}

enum err iplist_read(char *text, size_t bytes, unsigned list, struct iplist_builder *out,
                     struct iplist_report *report)
{
    struct iplist_mark mark = iplist_builder_mark(out);
    struct reader r = { .list = list, .out = out, .report = report };
    *report = (struct iplist_report){ 0 };
    r.text = (struct str){ text, bytes };
    enum err e = refuse_binary(&r);
    if (!e) {
        r.text.n = drop_invisible(text, bytes);
        e = read_any(&r);
    }
    if (!e) e = judge(&r);
    if (!e && out->failed) e = ERR_NO_MEMORY;
    if (e) iplist_builder_cut(out, mark);
    if (e == ERR_NO_MEMORY) reader_refuse(&r, "there is not enough memory for this file");
    reader_format(&r, "unknown");
    return e;
}

static enum err read_open(FILE *file, unsigned list, struct iplist_builder *out,
                          struct iplist_report *report)
{
    struct stat st;
    struct reader r = { .report = report };
    if (fstat(fileno(file), &st) != 0 || !S_ISREG(st.st_mode)) {
        reader_refuse(&r, "this is no plain file");
        return ERR_IO;
    }
    if (st.st_size > IPLIST_FILE_BYTES_MAX)
        return reader_refuse(&r, "the file has %lld bytes; a list may have %d",
                             (long long)st.st_size, IPLIST_FILE_BYTES_MAX);
    size_t room = (size_t)st.st_size;
    char *text = calloc(1, room + JSON_PADDING);
    if (!text) {
        reader_refuse(&r, "there is not enough memory for this file");
        return ERR_NO_MEMORY;
    }
    size_t n = fread(text, 1, room, file);
    enum err e = ERR_OK;
    if (ferror(file)) {
        reader_refuse(&r, "it cannot be read: %s", strerror(errno));
        e = ERR_IO;
    }
    if (!e) e = iplist_read(text, n, list, out, report);
    free(text);
    return e;
}

enum err iplist_read_file(const char *path, unsigned list, struct iplist_builder *out,
                          struct iplist_report *report)
{
    *report = (struct iplist_report){ .format = "unknown" };
    FILE *file = fopen(path, "re");
    if (!file) {
        snprintf(report->problem, sizeof report->problem, "it cannot be opened: %s",
                 strerror(errno));
        return ERR_IO;
    }
    enum err e = read_open(file, list, out, report);
    fclose(file);
    return e;
}
