/* json_number - prints a number as JavaScript does (ECMA-262, Number::toString radix 10): the
 * shortest digits that read back as the same double. Hashes that browsers make from numbers can
 * only be recomputed with this form. The digits come from C++17's std::to_chars. */
#ifndef WHORL_BASE_JSON_NUMBER_H
#define WHORL_BASE_JSON_NUMBER_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { JSON_NUMBER_BYTES = 32 };
/* value must be finite. Not NUL-terminated; returns the length. */
size_t json_number_print(char out[JSON_NUMBER_BYTES], double value);

#ifdef __cplusplus
}
#endif

#endif
