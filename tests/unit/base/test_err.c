#include "base/err.h"
#include "tests/unit/test.h"

static void test_rows_match_the_enum(void)
{
    CHECK_STR(str_of(err_name(ERR_OK)), STR("OK"));
    CHECK_STR(str_of(err_name(ERR_PENDING)), STR("PENDING"));
    CHECK_STR(str_of(err_name(ERR_BAD_REQUEST)), STR("BAD_REQUEST"));
    CHECK_STR(str_of(err_name(ERR_IN_USE)), STR("IN_USE"));
#define E(row, status_, v3, v4, message_, v4_message_)                                             \
    CHECK_STR(str_of(err_info(ERR_##row)->name), STR(#row));                                       \
    CHECK_INT(err_info(ERR_##row)->status, status_);
#include "base/errors.def"
#undef E
}

/* The closed lists of the published schemas: v3 ErrorCode, v4 ErrorCode. */
static void test_every_row_can_be_shown(void)
{
    static const char *const v3_codes[] = {
        "RequestCannotBeParsed", "TokenRequired", "TokenNotFound", "SubscriptionNotActive",
        "WrongRegion", "FeatureNotEnabled", "WorkspaceScopedSecretKeyRequired", "RequestNotFound",
        "VisitorNotFound", "TooManyRequests", "429 Too Many Requests", "StateNotReady", "Failed",
    };
    static const char *const v4_codes[] = {
        "request_cannot_be_parsed", "request_read_timeout", "secret_api_key_required",
        "secret_api_key_not_found", "public_api_key_required", "public_api_key_not_found",
        "subscription_not_active", "wrong_region", "feature_not_enabled", "visitor_not_found",
        "too_many_requests", "state_not_ready", "failed", "event_not_found", "missing_module",
        "payload_too_large", "service_unavailable", "ruleset_not_found",
    };
    for (int e = ERR_PENDING + 1; e < ERR_COUNT; e++) {
        const struct err_info *info = err_info((enum err)e);
        bool v3_known = false, v4_known = false;
        for (size_t i = 0; i < COUNT_OF(v3_codes); i++)
            v3_known |= str_eq(str_of(info->v3_code), str_of(v3_codes[i]));
        for (size_t i = 0; i < COUNT_OF(v4_codes); i++)
            v4_known |= str_eq(str_of(info->v4_code), str_of(v4_codes[i]));
        CHECK(v3_known && v4_known);
        CHECK(info->status >= 400 && info->status < 600);
        CHECK(info->message && info->message[0] && (!info->v4_message || info->v4_message[0]));
    }
}

int main(void)
{
    RUN(test_rows_match_the_enum);
    RUN(test_every_row_can_be_shown);
    return test_end();
}
