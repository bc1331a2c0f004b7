/* fuzz_sentinel - the bodies of POST /v1/sentinel/inspect and /v1/pulse/..., and the classification of any head. */
#include "api/pulse.h"
#include "api/sentinel.h"

#include <assert.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct json_parser *parser;
    static struct arena arena;
    struct caller_facts facts;
    struct request head;
    struct event ev = { .id = { 0, 0 } };
    struct json root;
    struct str hash;
    const char *problem;
    size_t accepted, refused;
    if (!parser) {
        parser = json_parser_create();
        arena_init(&arena, (size_t)64 << 20);
    }
    arena_reset(&arena);
    struct str text = json_padded(&arena, (struct str){ (const char *)data, size });
    if (!parser || !text.p || json_parse(parser, text, &root)) return 0;
    if (!pulse_machine_read(&hash, root, &problem)) assert(hash.n == 64 && !problem);
    if (!pulse_events_read(&accepted, &refused, root, &problem)) assert(accepted + refused <= PULSE_EVENTS_MAX);
    if (sentinel_read(&head, root, &arena, &problem)) return 0;
    caller_classify(&facts, &head, &ev);
    assert(facts.reasons_count > 0 && facts.confidence > 0 && facts.confidence <= 1 && facts.category);
    return 0;
}
