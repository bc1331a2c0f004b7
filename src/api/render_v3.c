/* render_v3 - see render_v3.h. */
#include "api/render_v3.h"

#include "base/err.h"

bool render_webhook_path(char *out, const char *v3)
{
    struct str rest = str_of(v3), part;
    const char *identification = "products.identification.data.", *bot = "products.botd.data.bot";
    if (strncmp(v3, identification, strlen(identification)) == 0) {
        memcpy(out, v3 + strlen(identification), strlen(v3 + strlen(identification)) + 1);
        return strncmp(out, "sdk.", 4) != 0 && strcmp(out, "suspect") != 0; /* W(..., "sdk") is required */
    }
    if (strncmp(v3, bot, strlen(bot)) == 0) {
        v3 += strlen(bot) - strlen("bot");
        memcpy(out, v3, strlen(v3) + 1);
        return true;
    }
    if (strncmp(v3, "products.botd.", 14) == 0 || strncmp(v3, "products.incognito.", 19) == 0) return false;
    for (size_t i = 0, n = 0; str_split(&rest, '.', &part); i++) {
        if (i == 0 || i == 2) continue; /* products, data */
        if (i > 2) out[n++] = '.';
        memcpy(out + n, part.p, part.n), n += part.n;
        out[n] = 0;
    }
    return true;
}

struct str render_product_of(struct str verdict)
{
    static const char *const names[][2] = {
        { "bot", "botd" },
        { "ip_blocklist", "ipBlocklist" },
        { "virtual_machine", "virtualMachine" },
        { "developer_tools", "developerTools" },
        { "privacy", "privacySettings" },
        { "high_activity", "highActivity" },
        { "rare_device", "rareDevice" },
        { "suspect_score", "suspectScore" },
        { "root_apps", "rootApps" },
        { "cloned_app", "clonedApp" },
        { "factory_reset", "factoryReset" },
        { "mitm_attack", "mitmAttack" },
        { "location_spoofing", "locationSpoofing" },
        { "remote_control", "remoteControl" },
        { "ip_info", "ipInfo" },
        { "raw_device_attributes", "rawDeviceAttributes" },
    };
    for (size_t i = 0; i < COUNT_OF(names); i++)
        if (str_eq(verdict, str_of(names[i][0]))) return str_of(names[i][1]);
    return verdict;
}

/* Verdicts without a product of their own. */
static bool has_product(struct str verdict)
{
    return !str_eq(verdict, STR("clock")) && !str_eq(verdict, STR("datacenter")) &&
           !str_eq(verdict, STR("replayed")) && !str_eq(verdict, STR("simulator")) &&
           !str_eq(verdict, STR("active_call"));
}

void render_failed_products(struct json_out *out, const struct event *ev)
{
    struct str rest = ev->failed, verdict;
    while (rest.n && str_split(&rest, ' ', &verdict)) {
        const struct err_info *info = err_info(ERR_VERDICT_FAILED);
        if (!has_product(verdict)) continue;
        json_out_key_str(out, render_product_of(verdict));
        json_out_open(out, '{');
        json_out_key(out, "error");
        json_out_open(out, '{');
        json_out_key(out, "code"), json_out_str(out, str_of(info->v3_code));
        json_out_key(out, "message"), json_out_str(out, str_of(info->message));
        json_out_close(out, '}');
        json_out_close(out, '}');
    }
}
