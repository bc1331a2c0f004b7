/* rocksdb_log - RocksDB's warnings and errors go to our log.
 *
 * Left alone, RocksDB keeps a LOG file in the data directory, and the library that Debian ships
 * stops the process by an assertion once that file could not be written, as on a full disk. */
#ifndef WHORL_STORE_ROCKSDB_LOG_H
#define WHORL_STORE_ROCKSDB_LOG_H

#include <rocksdb/c.h>

#ifdef __cplusplus
extern "C" {
#endif

void rocks_forward_log(rocksdb_options_t *options);

#ifdef __cplusplus
}
#endif

#endif
