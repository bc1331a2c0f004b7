/* random - unpredictable bytes from the kernel (getrandom), buffered per thread. For ids, keys and
 * nonces. Stops the process when the kernel has none: nothing sensible can go on without. */
#ifndef WHORL_BASE_RANDOM_H
#define WHORL_BASE_RANDOM_H

#include <stddef.h>
#include <stdint.h>

void random_bytes(void *out, size_t n);
uint64_t random_u64(void);

#endif
