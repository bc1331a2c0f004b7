/* ipfile - see ipfile.h. */
#include "identify/enrich/ipfile.h"

#include "base/limits.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* Values of one record that a search may pass over. The largest records of MaxMind's City files have
 * about 100. */
enum { STEPS_MAX = 4096 };

/* ---- the copy ---- */

static enum err refuse(char *problem, enum err e, const char *path, const char *words)
{
    snprintf(problem, IPFILE_PROBLEM_BYTES, "%s: %s", path, words);
    return e;
}

static int nameless_file(const char *dir)
{
    char name[4096];
    if (!dir) return memfd_create("ipfile", MFD_CLOEXEC);
    if (snprintf(name, sizeof name, "%s/copy-XXXXXX", dir) >= (int)sizeof name) return -1;
    int fd = mkostemp(name, O_CLOEXEC);
    if (fd >= 0) unlink(name);
    return fd;
}

static bool copy_bytes(int from, int to)
{
    static _Thread_local char buffer[64 * 1024];
    ssize_t n;
    while ((n = read(from, buffer, sizeof buffer)) > 0)
        for (ssize_t done = 0, w; done < n; done += w)
            if ((w = write(to, buffer + done, (size_t)(n - done))) <= 0) return false;
    return n == 0;
}

/* The descriptor of a copy of `path`, or -1 with a problem. */
static int copy_file(const char *path, const char *dir, char *problem)
{
    struct stat info;
    int to = -1, from = open(path, O_RDONLY | O_CLOEXEC);
    if (from < 0 || fstat(from, &info) != 0) {
        refuse(problem, ERR_IO, path, strerror(errno));
    } else if (!S_ISREG(info.st_mode) || info.st_size > GEO_FILE_BYTES_MAX) {
        refuse(problem, ERR_IO, path, "is no file, or larger than 4 GB");
    } else if ((to = nameless_file(dir)) < 0 || !copy_bytes(from, to)) {
        snprintf(problem, IPFILE_PROBLEM_BYTES, "%s: cannot be copied to %s: %s", path,
                 dir ? dir : "memory", strerror(errno));
        if (to >= 0) close(to);
        to = -1;
    }
    if (from >= 0) close(from);
    return to;
}

enum err ipfile_open(struct ipfile *f, const char *path, const char *dir,
                     char problem[IPFILE_PROBLEM_BYTES])
{
    char copy[32];
    *f = (struct ipfile){ .built_s = 0 };
    int fd = copy_file(path, dir, problem);
    if (fd < 0) return ERR_IO;
    snprintf(copy, sizeof copy, "/proc/self/fd/%d", fd);
    int e = MMDB_open(copy, MMDB_MODE_MMAP, &f->db);
    close(fd);
    if (e == MMDB_OUT_OF_MEMORY_ERROR) return refuse(problem, ERR_NO_MEMORY, path, "no memory");
    if (e != MMDB_SUCCESS)
        return refuse(problem, ERR_CORRUPT, path,
                      "is no whole MaxMind DB file (.mmdb); fetch it again");
    const MMDB_metadata_s *meta = &f->db.metadata;
    if (meta->node_count == 0 || (meta->ip_version != 4 && meta->ip_version != 6)) {
        ipfile_close(f);
        return refuse(problem, ERR_CORRUPT, path, "its description of itself makes no sense");
    }
    f->has_v6 = meta->ip_version == 6;
    f->has_v4 = !f->has_v6 || f->db.ipv4_start_node.node_value < meta->node_count;
    f->built_s = (int64_t)meta->build_epoch;
    return ERR_OK;
}

void ipfile_close(struct ipfile *f)
{
    MMDB_close(&f->db);
}

/* ---- values ---- */

enum { /* types of the format; up to 7 stand in the first byte */
    TYPE_POINTER = 1, TYPE_TEXT, TYPE_DOUBLE, TYPE_BYTES, TYPE_UINT16, TYPE_UINT32, TYPE_MAP,
    TYPE_INT32, TYPE_UINT64, TYPE_UINT128, TYPE_ARRAY, TYPE_CACHE, TYPE_END, TYPE_BOOLEAN, TYPE_FLOAT
};

struct head {
    unsigned type;
    uint32_t size;   /* bytes, pairs, elements; or where a pointer leads */
    size_t at;       /* behind the head */
};

static uint64_t big_endian(const uint8_t *p, size_t n)
{
    uint64_t value = 0;
    for (size_t i = 0; i < n; i++) value = value << 8 | p[i];
    return value;
}

static bool read_head(const struct ipfile *f, size_t at, struct head *head)
{
    static const uint32_t size_base[] = { 29, 285, 65821 };
    static const uint32_t pointer_base[] = { 0, 2048, 526336, 0 };
    const uint8_t *data = f->db.data_section;
    size_t end = f->db.data_section_size;
    if (at >= end) return false;
    unsigned first = data[at++], bits = first & 31;
    head->type = first >> 5;
    if (head->type == TYPE_POINTER) {
        size_t more = (bits >> 3) + 1;
        if (end - at < more) return false;
        uint64_t value = big_endian(data + at, more);
        if (more < 4) value |= (uint64_t)(bits & 7) << (8 * more);
        head->size = (uint32_t)value + pointer_base[more - 1];
        head->at = at + more;
        return true;
    }
    if (head->type == 0) {
        if (at >= end) return false;
        head->type = data[at++] + 7u;
    }
    size_t more = bits < 29 ? 0 : bits - 28;
    if (end - at < more) return false;
    head->size = more ? (uint32_t)big_endian(data + at, more) + size_base[more - 1] : bits;
    head->at = at + more;
    if (head->type == TYPE_MAP || head->type == TYPE_ARRAY) return head->size <= end - head->at;
    return head->type == TYPE_BOOLEAN || head->size <= end - head->at;
}

/* The value at a place, a pointer followed (pointers to pointers are forbidden). */
static bool read_target(const struct ipfile *f, size_t at, struct head *head)
{
    if (!read_head(f, at, head)) return false;
    return head->type != TYPE_POINTER ||
           (read_head(f, head->size, head) && head->type != TYPE_POINTER);
}

/* The place behind the value at `at`, or SIZE_MAX. Not recursive: counts what is still to come. */
static size_t skip(const struct ipfile *f, size_t at, unsigned *steps)
{
    for (uint64_t left = 1; left > 0; left--) {
        struct head head;
        if (*steps == 0 || !read_head(f, at, &head)) return SIZE_MAX;
        --*steps;
        at = head.at;
        if (head.type == TYPE_MAP) left += 2 * (uint64_t)head.size;
        else if (head.type == TYPE_ARRAY) left += head.size;
        else if (head.type != TYPE_POINTER && head.type != TYPE_BOOLEAN) at += head.size;
    }
    return at;
}

static double number_of(const struct head *head, const uint8_t *p, bool *good)
{
    uint64_t bits = big_endian(p, head->size > 8 ? 8 : head->size);
    double value;
    float single;
    uint32_t low = (uint32_t)bits;
    switch (head->type) {
    case TYPE_DOUBLE:
        *good = head->size == 8;
        memcpy(&value, &bits, sizeof value);
        return value;
    case TYPE_FLOAT:
        *good = head->size == 4;
        memcpy(&single, &low, sizeof single);
        return (double)single;
    case TYPE_INT32:
        *good = head->size <= 4;
        return (double)(int32_t)low;
    default:
        *good = head->size <= 8;
        return (double)bits;
    }
}

static struct ipfile_value value_at(const struct ipfile *f, size_t at)
{
    struct head head;
    bool good = true;
    struct ipfile_value v = { .kind = IPFILE_DAMAGED };
    if (!read_target(f, at, &head)) return v;
    const uint8_t *p = f->db.data_section + head.at;
    switch (head.type) {
    case TYPE_TEXT:
        v.kind = IPFILE_TEXT;
        v.text = (struct str){ (const char *)p, head.size };
        break;
    case TYPE_MAP: case TYPE_ARRAY:
        v.kind = head.type == TYPE_MAP ? IPFILE_MAP : IPFILE_ARRAY;
        v.count = head.size;
        v.at = head.at;
        break;
    case TYPE_DOUBLE: case TYPE_FLOAT: case TYPE_INT32:
    case TYPE_UINT16: case TYPE_UINT32: case TYPE_UINT64:
        v.number = number_of(&head, p, &good);
        if (good) v.kind = IPFILE_NUMBER;
        break;
    case TYPE_BYTES: case TYPE_UINT128: case TYPE_BOOLEAN: v.kind = IPFILE_OTHER; break;
    default: break;
    }
    return v;
}

/* What looking for something in a value that has no parts gives. */
static struct ipfile_value nothing_of(struct ipfile_value v)
{
    enum ipfile_kind kind = v.kind == IPFILE_DAMAGED ? IPFILE_DAMAGED : IPFILE_ABSENT;
    return (struct ipfile_value){ .kind = kind };
}

struct ipfile_value ipfile_member(const struct ipfile *f, struct ipfile_value map, const char *key)
{
    static const struct ipfile_value damaged = { .kind = IPFILE_DAMAGED };
    unsigned steps = STEPS_MAX;
    size_t at = map.at, key_n = strlen(key);
    if (map.kind != IPFILE_MAP) return nothing_of(map);
    for (uint32_t i = 0; i < map.count; i++) {
        struct head name;
        size_t value_at_key = skip(f, at, &steps);
        if (value_at_key == SIZE_MAX || !read_target(f, at, &name) || name.type != TYPE_TEXT)
            return damaged;
        if (name.size == key_n && memcmp(f->db.data_section + name.at, key, key_n) == 0)
            return value_at(f, value_at_key);
        at = skip(f, value_at_key, &steps);
        if (at == SIZE_MAX) return damaged;
    }
    return (struct ipfile_value){ .kind = IPFILE_ABSENT };
}

struct ipfile_value ipfile_element(const struct ipfile *f, struct ipfile_value array, uint32_t i)
{
    unsigned steps = STEPS_MAX;
    size_t at = array.at;
    if (array.kind != IPFILE_ARRAY || i >= array.count) return nothing_of(array);
    for (uint32_t k = 0; k < i && at != SIZE_MAX; k++) at = skip(f, at, &steps);
    if (at == SIZE_MAX) return (struct ipfile_value){ .kind = IPFILE_DAMAGED };
    return value_at(f, at);
}

/* ---- the tree ---- */

bool ipfile_find(const struct ipfile *f, const struct address *a, struct ipfile_value *record,
                 struct network *network)
{
    struct sockaddr_in v4 = { .sin_family = AF_INET };
    struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };
    bool is_v4 = address_is_ipv4(a);
    int e = MMDB_SUCCESS;
    if (is_v4 ? !f->has_v4 : !f->has_v6) return false;
    memcpy(&v4.sin_addr, a->byte + 12, 4);
    memcpy(&v6.sin6_addr, a->byte, 16);
    const void *socket = is_v4 ? (const void *)&v4 : (const void *)&v6;
    MMDB_lookup_result_s hit = MMDB_lookup_sockaddr(&f->db, socket, &e);
    if (e != MMDB_SUCCESS || !hit.found_entry) return false;
    if (network) {
        unsigned bits = hit.netmask + (f->db.metadata.ip_version == 4 ? 96u : 0u);
        if (is_v4 && bits < 96) bits = 96;
        network->bits = (uint8_t)(bits > 128 ? 128 : bits);
        network->base = *a;
        address_cut(&network->base, network->bits);
    }
    *record = value_at(f, hit.entry.offset);
    return true;
}

/* Down from the root to a record, at random; an empty side is avoided where there is another.
 * Returns a type of record. */
static int walk_down(const struct ipfile *f, uint64_t random, struct ipfile_value *record)
{
    uint32_t node = 0;
    for (unsigned depth = 0; depth < f->db.depth; depth++) {
        MMDB_search_node_s n;
        if (MMDB_read_node(&f->db, node, &n) != MMDB_SUCCESS) return MMDB_RECORD_TYPE_INVALID;
        random = random * 6364136223846793005u + 1442695040888963407u; /* Knuth's MMIX */
        bool right = random >> 63;
        int side = right ? n.right_record_type : n.left_record_type;
        if (side == MMDB_RECORD_TYPE_EMPTY) right = !right;
        int type = right ? n.right_record_type : n.left_record_type;
        if (type == MMDB_RECORD_TYPE_DATA)
            *record = value_at(f, (right ? n.right_record_entry : n.left_record_entry).offset);
        if (type != MMDB_RECORD_TYPE_SEARCH_NODE) return type;
        node = (uint32_t)(right ? n.right_record : n.left_record);
    }
    return MMDB_RECORD_TYPE_INVALID; /* deeper than an address has bits: a circle */
}

bool ipfile_sample(const struct ipfile *f, unsigned count,
                   bool (*visit)(const struct ipfile *f, struct ipfile_value record, void *context),
                   void *context)
{
    for (unsigned i = 0; i < count; i++) {
        struct ipfile_value record;
        int type = walk_down(f, i * 0x9e3779b97f4a7c15u, &record);
        if (type == MMDB_RECORD_TYPE_EMPTY) continue;
        if (type != MMDB_RECORD_TYPE_DATA || !visit(f, record, context)) return false;
    }
    return true;
}
