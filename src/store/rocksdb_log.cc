/* rocksdb_log - see rocksdb_log.h. The only file that knows RocksDB's C++ side. */
#include "store/rocksdb_log.h"

#include <cstdarg>
#include <cstdio>
#include <memory>
#include <rocksdb/env.h>

extern "C" {
#include "base/log.h"
}

/* What the C interface hides behind this name (db/c.cc): it has a call that takes such a logger,
 * and in this version none that makes one. */
struct rocksdb_logger_t {
    std::shared_ptr<rocksdb::Logger> rep;
};

namespace {

class Forwarder : public rocksdb::Logger {
public:
    Forwarder() : Logger(rocksdb::InfoLogLevel::WARN_LEVEL) {}

    using Logger::Logv;

    void Logv(const char *format, va_list args) override
    {
        Logv(rocksdb::InfoLogLevel::HEADER_LEVEL, format, args);
    }

    /* HEADER_LEVEL, the highest, is a dump of all options at every opening. */
    void Logv(const rocksdb::InfoLogLevel level, const char *format, va_list args) override
    {
        if (level < rocksdb::InfoLogLevel::WARN_LEVEL || level > rocksdb::InfoLogLevel::FATAL_LEVEL)
            return;
        char text[700];
        if (vsnprintf(text, sizeof text, format, args) < 0) return;
        log_line(level == rocksdb::InfoLogLevel::WARN_LEVEL ? LOG_WARN : LOG_ERROR, "rocksdb", "%s",
                 text);
    }
};

} // namespace

extern "C" void rocks_forward_log(rocksdb_options_t *options)
{
    rocksdb_logger_t logger{ std::shared_ptr<rocksdb::Logger>(new Forwarder) };
    rocksdb_options_set_info_log(options, &logger); /* keeps its own share */
}
