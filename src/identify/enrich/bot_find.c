/* bot_find - see bot_find.h. The automaton is a table: state and class of the byte give the next
 * state; what is reached at a token's end carries the token's row. 255 tokens make some 2,300
 * states of 45 classes, 0.2 MB. */
#include "identify/enrich/bot_find.h"

#include "base/limits.h"

#include <assert.h>
#include <stdlib.h>

enum { NO_ROW = UINT16_MAX, STATES_MAX = UINT16_MAX };

struct state {
    uint16_t row;     /* whose token ends here, or NO_ROW */
    uint16_t shorter; /* the next state whose token ends at the same byte; 0: none */
    uint16_t fail;    /* the longest proper suffix that is a state too */
};

struct bot_finder {
    uint8_t class_of[256]; /* of bytes, capitals like small letters; 0: in no token */
    size_t classes, states;
    struct state *state;
    uint16_t *next; /* [state * classes + class] */
};

static unsigned char lower(char c)
{
    return (unsigned char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
}

static bool is_letter(char c)
{
    unsigned char l = lower(c);
    return (l >= 'a' && l <= 'z') || (l >= '0' && l <= '9');
}

static size_t number_classes(struct bot_finder *f)
{
    size_t bytes = 1;
    f->classes = 1;
    for (size_t r = 0; r < bot_rows_count; r++)
        for (const char *p = bot_rows[r].token; *p; p++, bytes++) {
            uint8_t *class = &f->class_of[lower(*p)];
            if (!*class) *class = (uint8_t)f->classes++;
        }
    for (int c = 'A'; c <= 'Z'; c++) f->class_of[c] = f->class_of[c + 32];
    return bytes;
}

static void add_token(struct bot_finder *f, uint16_t row)
{
    size_t at = 0;
    for (const char *p = bot_rows[row].token; *p; p++) {
        uint16_t *next = &f->next[at * f->classes + f->class_of[lower(*p)]];
        if (!*next) {
            f->state[f->states].row = NO_ROW;
            *next = (uint16_t)f->states++;
        }
        at = *next;
    }
    assert(f->state[at].row == NO_ROW); /* the generator refuses a token that is there twice */
    f->state[at].row = row;
}

/* Breadth first, so that a state's suffixes are complete before it. */
static enum err link_states(struct bot_finder *f)
{
    uint16_t *queue = malloc(f->states * sizeof *queue);
    size_t head = 0, tail = 0;
    if (!queue) return ERR_NO_MEMORY;
    for (size_t c = 0; c < f->classes; c++)
        if (f->next[c]) queue[tail++] = f->next[c];
    while (head < tail) {
        uint16_t s = queue[head++], fail = f->state[s].fail;
        f->state[s].shorter =
            f->state[fail].row != NO_ROW ? fail : f->state[fail].shorter;
        for (size_t c = 0; c < f->classes; c++) {
            uint16_t *next = &f->next[s * f->classes + c];
            uint16_t of_suffix = f->next[fail * f->classes + c];
            if (*next) {
                f->state[*next].fail = of_suffix;
                queue[tail++] = *next;
            } else {
                *next = of_suffix;
            }
        }
    }
    free(queue);
    return ERR_OK;
}

enum err bot_finder_create(struct bot_finder **out)
{
    struct bot_finder *f = calloc(1, sizeof *f);
    if (!f) return ERR_NO_MEMORY;
    size_t states_max = number_classes(f);
    assert(states_max < STATES_MAX && bot_rows_count < NO_ROW && f->classes < 256);
    f->state = calloc(states_max, sizeof *f->state);
    f->next = calloc(states_max * f->classes, sizeof *f->next);
    enum err e = f->state && f->next ? ERR_OK : ERR_NO_MEMORY;
    if (!e) {
        f->state[0].row = NO_ROW;
        f->states = 1;
        for (size_t r = 0; r < bot_rows_count; r++) add_token(f, (uint16_t)r);
        e = link_states(f);
    }
    if (e) bot_finder_destroy(f);
    else *out = f;
    return e;
}

void bot_finder_destroy(struct bot_finder *f)
{
    if (!f) return;
    free(f->state);
    free(f->next);
    free(f);
}

/* A token that ends (or begins) with a letter or digit must not go on with one. */
static bool is_whole_word(struct str text, size_t end, const char *token)
{
    size_t n = strlen(token), start = end - n;
    if (start > 0 && is_letter(token[0]) && is_letter(text.p[start - 1])) return false;
    return end == text.n || !is_letter(token[n - 1]) || !is_letter(text.p[end]);
}

const struct bot_row *bot_find(const struct bot_finder *f, struct str text)
{
    size_t best = NO_ROW, state = 0;
    text = str_sub(text, 0, USER_AGENT_BYTES_MAX);
    for (size_t i = 0; i < text.n; i++) {
        state = f->next[state * f->classes + f->class_of[(unsigned char)text.p[i]]];
        size_t hit = f->state[state].row != NO_ROW ? state : f->state[state].shorter;
        for (; hit; hit = f->state[hit].shorter) {
            size_t row = f->state[hit].row;
            if (row < best && is_whole_word(text, i + 1, bot_rows[row].token)) best = row;
        }
    }
    return best == NO_ROW ? NULL : &bot_rows[best];
}

const struct bot_row *bot_of_agent(struct str origin)
{
    for (size_t i = 0; i < bot_rows_count; i++)
        for (const struct bot_proof *p = bot_rows[i].proofs; p->kind != BOT_PROOF_END; p++)
            if (p->kind == BOT_PROOF_AGENT && str_eq_nocase(str_of(p->value), origin))
                return &bot_rows[i];
    return NULL;
}

/* ---- masks ---- */

/* The last label, cut off *rest; false when nothing is left. */
static bool take_label(struct str *rest, struct str *label)
{
    if (!rest->p) return false;
    size_t start = rest->n;
    while (start > 0 && rest->p[start - 1] != '.') start--;
    *label = str_sub(*rest, start, rest->n);
    if (start > 0) rest->n = start - 1;
    else rest->p = NULL;
    return true;
}

/* '*' stands for any characters. Linear: only the last star is tried again. */
static bool label_matches(struct str mask, struct str label)
{
    size_t m = 0, l = 0, star = SIZE_MAX, from = 0;
    while (l < label.n) {
        if (m < mask.n && mask.p[m] == '*') {
            star = m++;
            from = l;
        } else if (m < mask.n && lower(mask.p[m]) == lower(label.p[l])) {
            m++, l++;
        } else if (star != SIZE_MAX) {
            m = star + 1;
            l = ++from;
        } else {
            return false;
        }
    }
    while (m < mask.n && mask.p[m] == '*') m++;
    return m == mask.n;
}

bool bot_mask_matches(const char *mask_text, struct str host)
{
    struct str mask = str_of(mask_text), m, h;
    if (host.n && host.p[host.n - 1] == '.') host.n--;
    if (host.n == 0) return false;
    while (take_label(&mask, &m)) {
        bool any = m.n == 1 && m.p[0] == '*' && !mask.p; /* "*." in front */
        if (!take_label(&host, &h) || h.n == 0) return false;
        if (any) return true;
        if (!label_matches(m, h)) return false;
    }
    return !host.p;
}

bool bot_has_masks(const struct bot_row *row)
{
    for (const struct bot_proof *p = row->proofs; p->kind != BOT_PROOF_END; p++)
        if (p->kind == BOT_PROOF_DNS) return true;
    return false;
}
