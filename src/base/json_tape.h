/* json_tape - private to json_in.c: the part of simdjson that we use, as four C functions. Text in,
 * simdjson's tape and string buffer out. See json_in.h for what it promises. */
#ifndef WHORL_BASE_JSON_TAPE_H
#define WHORL_BASE_JSON_TAPE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct json_parser;
enum json_tape_result { JSON_TAPE_OK, JSON_TAPE_MALFORMED, JSON_TAPE_NO_MEMORY };

struct json_parser *json_tape_create(void);
void json_tape_destroy(struct json_parser *parser);
enum json_tape_result json_tape_parse(struct json_parser *parser, const char *text, size_t n,
                                      const uint64_t **tape, const uint8_t **strings);
const char *json_tape_problem(const struct json_parser *parser);
/* Bytes that must be readable after the text. */
enum { JSON_TAPE_PADDING = 64 };

#ifdef __cplusplus
}
#endif

#endif
