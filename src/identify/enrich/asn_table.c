/* asn_table - see asn_table.h; asn_image.h has the form, asn_csv.c makes it. */
#include "identify/enrich/asn_table.h"

#include "base/log.h"
#include "base/limits.h"
#include "identify/enrich/asn_image.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

struct asn_table {
    const struct asn_image_header *image;
    bool mapped; /* else malloc'ed */
    const struct asn_range6 *v6;
    const struct asn_range4 *v4;
    const uint32_t *v4_from;
    const struct asn_system *systems;
    const char *names;
};

/* ---- opening ---- */

/* Is this an image, whole and unchanged? The checksum answers for everything inside. */
static bool image_is_whole(const struct asn_image_header *h, size_t n)
{
    if (n < sizeof *h || memcmp(h->magic, "whorlasn", 8) != 0) return false;
    if (h->version != ASN_IMAGE_VERSION || h->byte_order != ASN_BYTE_ORDER) return false;
    if (h->total_bytes != n || asn_image_bytes(h) != n) return false;
    const char *from = (const char *)&h->total_bytes;
    struct str body = { from, n - (size_t)(from - (const char *)h) };
    return h->checksum == str_hash(body, ASN_IMAGE_VERSION);
}

static enum err wrap(struct asn_table **out, const struct asn_image_header *h, bool mapped)
{
    struct asn_table *t = malloc(sizeof *t);
    if (!t) return ERR_NO_MEMORY;
    *t = (struct asn_table){ .image = h, .mapped = mapped };
    t->v6 = (const struct asn_range6 *)(h + 1);
    t->v4 = (const struct asn_range4 *)(t->v6 + h->v6_count);
    t->v4_from = (const uint32_t *)(t->v4 + h->v4_count);
    t->systems = (const struct asn_system *)(t->v4_from + ASN_V4_INDEX);
    t->names = (const char *)(t->systems + h->systems_count);
    *out = t;
    return ERR_OK;
}

static int64_t time_ns(const struct stat *info)
{
    return (int64_t)info->st_mtim.tv_sec * 1000000000 + info->st_mtim.tv_nsec;
}

/* The mapped image of `path`, or NULL when there is none that fits the source. */
static const struct asn_image_header *map_image(const char *path, const struct stat *source)
{
    struct stat info;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return NULL;
    void *p = MAP_FAILED;
    if (fstat(fd, &info) == 0 && info.st_size >= (off_t)sizeof(struct asn_image_header))
        p = mmap(NULL, (size_t)info.st_size, PROT_READ, MAP_SHARED, fd, 0);
    close(fd);
    if (p == MAP_FAILED) return NULL;
    const struct asn_image_header *h = p;
    if (image_is_whole(h, (size_t)info.st_size) && h->source_bytes == (uint64_t)source->st_size &&
        h->source_time_ns == time_ns(source))
        return h;
    munmap(p, (size_t)info.st_size);
    return NULL;
}

static bool write_all(int fd, const void *p, size_t n)
{
    for (const char *at = p; n > 0;) {
        ssize_t w = write(fd, at, n);
        if (w <= 0) return false;
        at += w;
        n -= (size_t)w;
    }
    return true;
}

/* Under another name first: a reader finds a whole image or none. Not synced: what a crash leaves
 * of it fails the checksum and is made again. */
static bool write_image(const char *path, const struct asn_image_header *h)
{
    char temporary[4096 + 8];
    snprintf(temporary, sizeof temporary, "%s.new", path);
    int fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0) return false;
    bool good = write_all(fd, h, h->total_bytes);
    if (close(fd) != 0) good = false;
    if (good && rename(temporary, path) == 0) return true;
    unlink(temporary);
    return false;
}

static enum err read_source(const char *path, struct stat *info, struct str *out, char *problem)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    char *text = NULL;
    size_t n = 0;
    ssize_t got = 0;
    errno = 0;
    bool good = fd >= 0 && fstat(fd, info) == 0 && S_ISREG(info->st_mode) &&
                info->st_size <= GEO_FILE_BYTES_MAX && (text = malloc((size_t)info->st_size + 1));
    while (good && n < (size_t)info->st_size &&
           (got = read(fd, text + n, (size_t)info->st_size - n)) > 0)
        n += (size_t)got;
    if (fd >= 0) close(fd);
    if (!good || got < 0) {
        snprintf(problem, IPFILE_PROBLEM_BYTES, "%s: %s", path,
                 errno ? strerror(errno) : "is no file, or larger than 4 GB");
        free(text);
        return ERR_IO;
    }
    *out = (struct str){ text, n };
    return ERR_OK;
}

static enum err compile_file(struct asn_table **out, const char *csv, const char *cache,
                             char *problem)
{
    struct stat info;
    struct str text;
    struct asn_image_header *h;
    enum err e = read_source(csv, &info, &text, problem);
    if (e) return e;
    e = asn_csv_compile(text, csv, &h, problem);
    free((char *)text.p);
    if (e) return e;
    h->source_bytes = (uint64_t)info.st_size;
    h->source_time_ns = time_ns(&info);
    asn_image_seal(h);
    if (cache && write_image(cache, h)) {
        const struct asn_image_header *mapped = map_image(cache, &info);
        if (mapped) {
            free(h);
            return wrap(out, mapped, true);
        }
    }
    if (cache) log_warn("asn", "%s cannot be kept (%s); compiled again next time", cache,
                        strerror(errno));
    return wrap(out, h, false);
}

enum err asn_table_open(struct asn_table **out, const char *csv, const char *dir,
                        char problem[IPFILE_PROBLEM_BYTES])
{
    struct stat info;
    char cache[4096];
    uint64_t name = str_hash(str_of(csv), 0);
    int n = dir ? snprintf(cache, sizeof cache, "%s/asn-%016llx", dir, (unsigned long long)name) : 0;
    if (!dir || n >= (int)sizeof cache) return compile_file(out, csv, NULL, problem);
    if (stat(csv, &info) == 0) {
        const struct asn_image_header *mapped = map_image(cache, &info);
        if (mapped) return wrap(out, mapped, true);
    }
    return compile_file(out, csv, cache, problem);
}

enum err asn_table_compile(struct asn_table **out, struct str csv, const char *name,
                           char problem[IPFILE_PROBLEM_BYTES])
{
    struct asn_image_header *h;
    enum err e = asn_csv_compile(csv, name, &h, problem);
    return e ? e : wrap(out, h, false);
}

void asn_table_close(struct asn_table *t)
{
    if (!t) return;
    if (t->mapped) munmap((void *)(uintptr_t)t->image, t->image->total_bytes);
    else free((void *)(uintptr_t)t->image);
    free(t);
}

bool asn_table_has_v4(const struct asn_table *t)
{
    return t->image->v4_count > 0;
}

bool asn_table_has_v6(const struct asn_table *t)
{
    return t->image->v6_count > 0;
}

/* ---- look-up ---- */

/* 128 bits, the high ones first. */
struct wide {
    uint64_t high, low;
};

static bool is_below(struct wide a, struct wide b)
{
    return a.high != b.high ? a.high < b.high : a.low < b.low;
}

static struct wide wide_of(const struct address *a)
{
    struct wide w = { 0, 0 };
    for (size_t i = 0; i < 8; i++) {
        w.high = w.high << 8 | a->byte[i];
        w.low = w.low << 8 | a->byte[8 + i];
    }
    return w;
}

/* The largest block around `a` inside of a range: its number of bits. Every smaller one is inside
 * too, so the first that is not ends the search. */
static unsigned block_bits(struct wide a, struct wide start, struct wide end)
{
    unsigned bits = 128;
    while (bits > 0) {
        unsigned host = 128 - (bits - 1); /* bits that the next larger block leaves free */
        uint64_t low = host >= 64 ? UINT64_MAX : ((uint64_t)1 << host) - 1;
        uint64_t high = host <= 64 ? 0 : host == 128 ? UINT64_MAX : ((uint64_t)1 << (host - 64)) - 1;
        struct wide first = { a.high & ~high, a.low & ~low }, last = { a.high | high, a.low | low };
        if (is_below(first, start) || is_below(end, last)) break;
        bits--;
    }
    return bits;
}

static void tell(const struct asn_table *t, uint32_t system, const struct address *a,
                 struct wide start, struct wide end, struct asn_facts *out)
{
    const struct asn_system *s = &t->systems[system];
    out->number = s->number;
    out->name = (struct str){ t->names + s->name_at, s->name_n };
    out->kind = s->type < ASN_KINDS ? (enum asn_kind)s->type : ASN_UNKNOWN;
    out->network.bits = (uint8_t)block_bits(wide_of(a), start, end);
    out->network.base = *a;
    address_cut(&out->network.base, out->network.bits);
}

static bool find_v4(const struct asn_table *t, const struct address *a, struct asn_facts *out)
{
    static const uint64_t prefix = 0xffff00000000; /* ::ffff:0:0 */
    uint32_t ip = (uint32_t)wide_of(a).low;
    uint32_t low = t->v4_from[ip >> 16], high = t->v4_from[(ip >> 16) + 1];
    while (low < high) { /* the first that starts behind ip */
        uint32_t middle = low + (high - low) / 2;
        if (t->v4[middle].start <= ip) low = middle + 1;
        else high = middle;
    }
    if (low == 0 || ip > t->v4[low - 1].end) return false;
    const struct asn_range4 *r = &t->v4[low - 1];
    tell(t, r->system, a, (struct wide){ 0, prefix | r->start }, (struct wide){ 0, prefix | r->end },
         out);
    return true;
}

static bool find_v6(const struct asn_table *t, const struct address *a, struct asn_facts *out)
{
    struct wide ip = wide_of(a);
    uint32_t low = 0, high = t->image->v6_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        struct wide start = { t->v6[middle].start[0], t->v6[middle].start[1] };
        if (is_below(ip, start)) high = middle;
        else low = middle + 1;
    }
    if (low == 0) return false;
    const struct asn_range6 *r = &t->v6[low - 1];
    struct wide start = { r->start[0], r->start[1] }, end = { r->end[0], r->end[1] };
    if (is_below(end, ip)) return false;
    tell(t, r->system, a, start, end, out);
    return true;
}

bool asn_table_find(const struct asn_table *t, const struct address *a, struct asn_facts *out)
{
    return address_is_ipv4(a) ? find_v4(t, a, out) : find_v6(t, a, out);
}
