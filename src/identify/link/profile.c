/* profile - see profile.h. On disk: a form byte, fixed fields, then runs of 32-bit values, each preceded by a
 * bit mask of those that are not 0. */
#include "identify/link/profile.h"

/* Form 2 ended before `hardware`. */
enum { PROFILE_FORM = 3, PROFILE_FORM_OLDEST = 2 };
/* No clock says more; differences of two such times do not overflow. */
#define TIME_MAX_MS ((int64_t)1 << 53)

const uint8_t profile_slot_of[TRAIT_COUNT] = {
#define T(trait, how, given, also, slots, share, sigma, daily, wobble, private, words) SLOT_##trait,
#include "identify/link/traits.def"
};

/* Values of traits that depend on the hour or the colour scheme have a slot for each side. */
static bool two_sided(const struct trait_info *info)
{
    return info->how == TRAIT_TIMED || info->how == TRAIT_TINTED;
}

static void put_first(uint32_t *list, unsigned room, uint32_t value)
{
    unsigned i = 0;
    while (i + 1 < room && list[i] && list[i] != value) i++;
    memmove(list + 1, list, i * sizeof *list);
    list[0] = value;
}

uint64_t profile_remember(struct profile *p, const struct look *look, const uint32_t *value,
                          uint64_t bare, int64_t now_ms)
{
    uint64_t fresh = 0;
    for (unsigned t = 0; t < TRAIT_COUNT; t++) {
        const struct trait_info *info = &trait_infos[t];
        uint32_t *slot = &p->slot[profile_slot_of[t]], v = value[t];
        bool known = false;
        if (!v || !info->slots || bare >> t & 1) continue;
        for (unsigned i = 0; i < info->slots; i++) known |= slot[i] == v;
        if (!known) fresh |= (uint64_t)1 << t;
        if (two_sided(info)) slot[info->how == TRAIT_TIMED ? look->night : look->dark] = v;
        else put_first(slot, info->slots, v);
    }
    for (unsigned w = 0; w < 2; w++)
        if (look->version[w] > p->version[w]) p->version[w] = look->version[w];
    if (value[TRAIT_fonts] && !(bare >> TRAIT_fonts & 1)) p->fonts = look->fonts;
    p->release = look->release;
    p->family = look->family;
    p->class = look->class;
    p->kind = look->kind;
    if (now_ms > p->last_ms) p->last_ms = now_ms;
    if (now_ms < p->first_ms) p->first_ms = now_ms;
    return fresh;
}

bool profile_remember_network(struct profile *p, const struct look *look, bool fresh[NET_LEVELS])
{
    unsigned at = 0;
    for (unsigned l = 0; l < NET_LEVELS; l++) {
        fresh[l] = true;
        for (unsigned i = 0; i < PROFILE_NETS; i++) fresh[l] &= p->net[i][l] != look->net[l];
    }
    while (at + 1 < PROFILE_NETS && p->net[at][0] && p->net[at][0] != look->net[0]) at++;
    bool is_new = p->net[at][0] != look->net[0];
    memmove(&p->net[1], &p->net[0], at * sizeof p->net[0]);
    memcpy(p->net[0], look->net, sizeof p->net[0]);
    return is_new;
}

/* ---- on disk ------------------------------------------------------------------------------- */

/* Numbers out of range would make a search choose nobody's place: such a profile is not readable. */
static float get_float(struct cursor *c, float most)
{
    float value = cursor_float(c);
    if (value >= 0 && value <= most) return value;
    c->bad = true;
    return 0;
}

static void put_words(struct bytes_out *out, const uint32_t *word, unsigned count)
{
    for (unsigned from = 0; from < count; from += 8) {
        uint8_t mask = 0;
        for (unsigned i = 0; i < 8 && from + i < count; i++)
            if (word[from + i]) mask |= (uint8_t)(1u << i);
        bytes_put_u8(out, mask);
        for (unsigned i = 0; i < 8 && from + i < count; i++)
            if (word[from + i]) bytes_put(out, &word[from + i], sizeof *word);
    }
}

static void get_words(struct cursor *c, uint32_t *word, unsigned count)
{
    for (unsigned from = 0; from < count; from += 8) {
        uint8_t mask = cursor_u8(c);
        for (unsigned i = 0; i < 8 && from + i < count; i++) {
            word[from + i] = 0;
            if (!(mask >> i & 1)) continue;
            struct str raw = cursor_bytes(c, sizeof *word);
            if (raw.n == sizeof *word) memcpy(&word[from + i], raw.p, sizeof *word);
        }
    }
}

void profile_put_id(struct bytes_out *out, struct visitor_id id)
{
    uint8_t key[VISITOR_ID_KEY_BYTES];
    bool there = id.high || id.low;
    bytes_put_u8(out, there);
    if (!there) return;
    visitor_id_to_key(key, id);
    bytes_put(out, key, sizeof key);
}

struct visitor_id profile_get_id(struct cursor *c)
{
    struct visitor_id none = { 0, 0 };
    if (!cursor_u8(c)) return none;
    struct str raw = cursor_bytes(c, VISITOR_ID_KEY_BYTES);
    if (raw.n != VISITOR_ID_KEY_BYTES) return none;
    struct visitor_id id = visitor_id_from_key((const uint8_t *)raw.p);
    return visitor_id_valid(id) ? id : none;
}

void profile_write(struct bytes_out *out, const struct profile *p, const struct profile_ids *ids)
{
    bytes_put_u8(out, PROFILE_FORM);
    bytes_put_u8(out, p->kind);
    bytes_put_u8(out, (uint8_t)(p->made_private | p->proven << 1));
    bytes_put_signed(out, p->first_ms);
    bytes_put_signed(out, p->last_ms - p->first_ms);
    bytes_put_varint(out, p->family);
    bytes_put_varint(out, p->class);
    const float numbers[] = { p->sessions, p->private_sessions, p->kept[0], p->kept[1], p->lost[0],
                              p->lost[1],  p->purity,           p->weight,  p->of_parent, p->moved_on };
    for (size_t i = 0; i < COUNT_OF(numbers); i++) bytes_put_float(out, numbers[i]);
    bytes_put_varint(out, p->version[0]);
    bytes_put_varint(out, p->version[1]);
    bytes_put_varint(out, p->release);
    bytes_put_varint(out, p->stock);
    bytes_put_u64(out, p->fonts);
    put_words(out, p->slot, SLOT_COUNT);
    put_words(out, p->net[0], PROFILE_NETS * NET_LEVELS);
    /* the keys follow from the rest as well as they need to: see population_restore */
    profile_put_id(out, ids->parent);
    profile_put_id(out, ids->child);
    profile_put_id(out, ids->high_recall);
    bytes_put_varint(out, p->hardware);
}

bool profile_read(struct profile *p, struct profile_ids *ids, struct str bytes)
{
    struct cursor c = cursor_of(bytes);
    *p = (struct profile){ .parent = NOBODY, .child = NOBODY, .high_recall = NOBODY };
    uint8_t form = cursor_u8(&c);
    if (form < PROFILE_FORM_OLDEST || form > PROFILE_FORM) return false;
    p->kind = cursor_u8(&c);
    uint8_t flags = cursor_u8(&c);
    p->made_private = flags & 1;
    p->proven = flags >> 1 & 1;
    int64_t first_ms = cursor_signed(&c), span_ms = cursor_signed(&c);
    if (first_ms < 0 || first_ms > TIME_MAX_MS || span_ms < 0 || span_ms > TIME_MAX_MS) return false;
    p->first_ms = first_ms;
    p->last_ms = first_ms + span_ms;
    p->family = (uint32_t)cursor_varint(&c);
    p->class = (uint32_t)cursor_varint(&c);
    float *numbers[] = { &p->sessions, &p->private_sessions, &p->kept[0], &p->kept[1],  &p->lost[0],
                         &p->lost[1],  &p->purity,           &p->weight,  &p->of_parent, &p->moved_on };
    enum { SHARES_FROM = 6 }; /* the last four are probabilities */
    for (size_t i = 0; i < COUNT_OF(numbers); i++) *numbers[i] = get_float(&c, i < SHARES_FROM ? 1e12f : 1);
    p->version[0] = cursor_varint(&c);
    p->version[1] = cursor_varint(&c);
    p->release = (uint32_t)cursor_varint(&c);
    p->stock = (uint32_t)cursor_varint(&c);
    p->fonts = cursor_u64(&c);
    get_words(&c, p->slot, SLOT_COUNT);
    get_words(&c, p->net[0], PROFILE_NETS * NET_LEVELS);
    ids->parent = profile_get_id(&c);
    ids->child = profile_get_id(&c);
    ids->high_recall = profile_get_id(&c);
    if (form > 2) p->hardware = cursor_varint(&c);
    /* more private sessions than sessions would be a negative chance to come in an open window */
    bool counts_fit = p->private_sessions <= p->sessions * 1.001f;
    return !c.bad && p->class != 0 && p->kind < KIND_COUNT && counts_fit;
}
