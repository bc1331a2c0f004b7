/* asn_csv - compiles a CSV file of autonomous systems; see asn_image.h. Runs when a file is loaded, not
 * in the path of a request. */
#include "identify/enrich/asn_image.h"

#include "identify/enrich/asn.h"

#include <stdio.h>
#include <stdlib.h>

struct row {
    struct address start, end;
    uint32_t number, line;
    struct str name; /* as in the file: quoted ones without the outer quotes */
    bool quoted;
};

struct rows {
    struct row *list;
    size_t count, capacity, v6_count;
    size_t names_bytes; /* at most */
};

/* ---- lines ---- */

/* The name of a system is the rest of the line. A quoted one ends with its quote; inside, a quote
 * is written twice. */
static const char *read_name(struct row *row, struct str rest)
{
    row->quoted = rest.n && rest.p[0] == '"';
    row->name = rest;
    if (!row->quoted) return NULL;
    if (rest.n < 2 || rest.p[rest.n - 1] != '"') return "the quote of the name does not end";
    row->name = str_sub(rest, 1, rest.n - 1);
    return NULL;
}

static const char *read_row(struct row *row, struct str line)
{
    struct str start, end, number;
    uint64_t value;
    if (!str_split(&line, ',', &start) || !str_split(&line, ',', &end) ||
        !str_split(&line, ',', &number))
        return "wants: first address, last address, number, name";
    if (!address_parse(&row->start, start))
        return str_to_u64(start, &value)
                   ? "the first address is a number; take the file without \"-num\" in its name"
                   : "the first address is none";
    if (!address_parse(&row->end, end)) return "the last address is none";
    if (address_is_ipv4(&row->start) != address_is_ipv4(&row->end))
        return "one address is IPv4, the other IPv6";
    if (memcmp(&row->start, &row->end, sizeof row->start) > 0)
        return "the last address is before the first";
    if (!str_to_u64(number, &value) || value > UINT32_MAX)
        return "the number of the autonomous system is none";
    row->number = (uint32_t)value;
    return read_name(row, line);
}

static bool room_for_row(struct rows *rows)
{
    if (rows->count < rows->capacity) return true;
    size_t capacity = rows->capacity ? 2 * rows->capacity : 4096;
    struct row *list = realloc(rows->list, capacity * sizeof *list);
    if (!list) return false;
    rows->list = list;
    rows->capacity = capacity;
    return true;
}

static enum err wrong_line(char *problem, const char *name, size_t line, const char *words)
{
    snprintf(problem, IPFILE_PROBLEM_BYTES, "%s:%zu: %s", name, line, words);
    return ERR_CORRUPT;
}

static enum err read_rows(struct rows *rows, struct str csv, const char *name, char *problem)
{
    struct str rest = csv, line;
    for (uint32_t number = 1; str_split(&rest, '\n', &line); number++) {
        if (line.n && line.p[line.n - 1] == '\r') line.n--;
        if (line.n == 0) continue;
        if (!rest.p) return wrong_line(problem, name, number, "the file is cut off; fetch it again");
        if (!room_for_row(rows)) return ERR_NO_MEMORY;
        struct row *row = &rows->list[rows->count];
        const char *wrong = read_row(row, line);
        if (wrong) return wrong_line(problem, name, number, wrong);
        row->line = number;
        rows->count++;
        rows->names_bytes += row->name.n;
    }
    return rows->count ? ERR_OK : wrong_line(problem, name, 1, "the file is empty");
}

/* ---- order ---- */

/* By start; of two with the same start the larger one first, then the order of the file. */
static int by_start(const void *a, const void *b)
{
    const struct row *x = a, *y = b;
    int order = memcmp(&x->start, &y->start, sizeof x->start);
    if (order == 0) order = memcmp(&y->end, &x->end, sizeof x->end);
    return order ? order : x->line < y->line ? -1 : x->line > y->line;
}

static void step_back(struct address *a)
{
    for (size_t i = sizeof a->byte; i-- > 0;)
        if (a->byte[i]-- != 0) return;
}

/* Ranges become disjoint (the package of June 2026 has one pair that is not). Where two overlap, the
 * one that starts later counts, being more exact as a rule, and the other one ends before it. */
static void sort_rows(struct rows *rows)
{
    size_t kept = 0;
    for (size_t i = 1; i < rows->count; i++)
        if (by_start(&rows->list[i - 1], &rows->list[i]) > 0) {
            qsort(rows->list, rows->count, sizeof *rows->list, by_start);
            break;
        }
    for (size_t i = 0; i < rows->count; i++) {
        const struct row *row = &rows->list[i];
        struct row *before = kept ? &rows->list[kept - 1] : NULL;
        if (before && memcmp(&before->start, &row->start, sizeof row->start) == 0) {
            kept--;
        } else if (before && memcmp(&before->end, &row->start, sizeof row->start) >= 0) {
            before->end = row->start;
            step_back(&before->end);
        }
        rows->list[kept++] = *row;
    }
    rows->count = kept;
    rows->v6_count = 0;
    for (size_t i = 0; i < kept; i++) rows->v6_count += !address_is_ipv4(&rows->list[i].start);
}

static int by_number(const void *a, const void *b)
{
    const struct row *x = *(const struct row *const *)a, *y = *(const struct row *const *)b;
    if (x->number != y->number) return x->number < y->number ? -1 : 1;
    return x->line < y->line ? -1 : x->line > y->line;
}

/* ---- the image ---- */

size_t asn_image_bytes(const struct asn_image_header *h)
{
    const uint64_t most = 1u << 28; /* each count; no sum below overflows */
    if (h->v6_count > most || h->v4_count > most || h->systems_count > most) return SIZE_MAX;
    return sizeof *h + h->v6_count * sizeof(struct asn_range6) +
           h->v4_count * sizeof(struct asn_range4) + ASN_V4_INDEX * sizeof(uint32_t) +
           h->systems_count * sizeof(struct asn_system) + h->names_bytes;
}

void asn_image_seal(struct asn_image_header *image)
{
    const char *from = (const char *)&image->total_bytes;
    size_t n = image->total_bytes - (size_t)(from - (const char *)image);
    image->checksum = str_hash((struct str){ from, n }, ASN_IMAGE_VERSION);
}

static uint32_t put_name(char *out, const struct row *row)
{
    uint32_t n = 0;
    for (size_t i = 0; i < row->name.n && n < GEO_TEXT_BYTES_MAX; i++) {
        out[n++] = row->name.p[i];
        if (row->quoted && row->name.p[i] == '"' && i + 1 < row->name.n && row->name.p[i + 1] == '"')
            i++;
    }
    return n;
}

static uint64_t big_endian_64(const uint8_t *p)
{
    uint64_t value = 0;
    for (size_t i = 0; i < 8; i++) value = value << 8 | p[i];
    return value;
}

static uint32_t v4_of(const struct address *a)
{
    return (uint32_t)big_endian_64(a->byte + 8);
}

/* Writes systems and names; a system that has several names gets the first of the file. Each row's
 * `number` becomes the system's place. Returns where the image ends. */
static void fill_systems(struct asn_image_header *h, struct asn_system *systems,
                         struct row **order, size_t count)
{
    /* names stand where the largest possible table of systems would end, and move at the end */
    char *names = (char *)(systems + h->systems_count);
    uint32_t used = 0, names_n = 0;
    for (size_t i = 0; i < count; i++) {
        uint32_t number = order[i]->number;
        if (used == 0 || systems[used - 1].number != number) {
            uint32_t n = put_name(names + names_n, order[i]);
            struct str name = { names + names_n, n };
            systems[used++] = (struct asn_system){ number, names_n, (uint16_t)n,
                                                   (uint8_t)asn_kind_of(number, name), 0 };
            names_n += n;
        }
        order[i]->number = used - 1;
    }
    memmove(systems + used, names, names_n);
    h->systems_count = used;
    h->names_bytes = names_n;
}

static void fill_ranges(const struct rows *rows, struct asn_range6 *v6, struct asn_range4 *v4,
                        uint32_t *v4_from)
{
    uint32_t v4_count = 0;
    size_t next = 0; /* of v4_from */
    for (size_t i = 0; i < rows->count; i++) {
        const struct row *row = &rows->list[i];
        const uint8_t *start = row->start.byte, *end = row->end.byte;
        if (!address_is_ipv4(&row->start)) {
            *v6++ = (struct asn_range6){ { big_endian_64(start), big_endian_64(start + 8) },
                                         { big_endian_64(end), big_endian_64(end + 8) },
                                         row->number, 0 };
            continue;
        }
        struct asn_range4 range = { v4_of(&row->start), v4_of(&row->end), row->number };
        while (next <= range.start >> 16) v4_from[next++] = v4_count;
        v4[v4_count++] = range;
    }
    while (next < ASN_V4_INDEX) v4_from[next++] = v4_count;
}

static enum err make_image(struct rows *rows, struct asn_image_header **image)
{
    struct asn_image_header most = {
        .magic = { 'w', 'h', 'o', 'r', 'l', 'a', 's', 'n' },
        .version = ASN_IMAGE_VERSION, .byte_order = ASN_BYTE_ORDER,
        .v6_count = (uint32_t)rows->v6_count,
        .v4_count = (uint32_t)(rows->count - rows->v6_count),
        .systems_count = (uint32_t)rows->count, .names_bytes = (uint32_t)rows->names_bytes,
    };
    size_t bytes = asn_image_bytes(&most);
    struct row **order = malloc(rows->count * sizeof *order);
    struct asn_image_header *h = bytes == SIZE_MAX || !order ? NULL : malloc(bytes);
    if (!h) {
        free(order);
        return ERR_NO_MEMORY;
    }
    memset(h, 0, sizeof *h);
    *h = most;
    struct asn_range6 *v6 = (struct asn_range6 *)(h + 1);
    struct asn_range4 *v4 = (struct asn_range4 *)(v6 + h->v6_count);
    uint32_t *v4_from = (uint32_t *)(v4 + h->v4_count);
    for (size_t i = 0; i < rows->count; i++) order[i] = &rows->list[i];
    qsort(order, rows->count, sizeof *order, by_number);
    fill_systems(h, (struct asn_system *)(v4_from + ASN_V4_INDEX), order, rows->count);
    fill_ranges(rows, v6, v4, v4_from);
    h->total_bytes = asn_image_bytes(h);
    free(order);
    *image = h;
    return ERR_OK;
}

enum err asn_csv_compile(struct str csv, const char *name, struct asn_image_header **image,
                         char problem[IPFILE_PROBLEM_BYTES])
{
    struct rows rows = { .count = 0 };
    snprintf(problem, IPFILE_PROBLEM_BYTES, "%s: no memory", name);
    enum err e = csv.n > UINT32_MAX ? wrong_line(problem, name, 1, "the file is larger than 4 GB")
                                    : read_rows(&rows, csv, name, problem);
    if (!e) sort_rows(&rows);
    if (!e) e = make_image(&rows, image);
    free(rows.list);
    return e;
}
