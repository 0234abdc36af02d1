#include "settings.h"

#include "h2f_error.h"
#include "h2f_limits.h"
#include "window.h"

#define NO_LIMIT UINT32_MAX

/* What each setting begins with and may be. */
typedef struct {
    uint32_t initial, least, most;
    int error;
} setting_rule;

static const setting_rule rules[H2F_SETTINGS_KNOWN] = {
    /* RFC 9113 section 6.5.2 */
    [H2F_SETTINGS_HEADER_TABLE_SIZE] = {H2F_HPACK_DEFAULT_TABLE_SIZE, 0, NO_LIMIT, 0},
    [H2F_SETTINGS_ENABLE_PUSH] = {1, 0, 1, H2F_ERR_SETTING_RANGE},
    [H2F_SETTINGS_MAX_CONCURRENT_STREAMS] = {NO_LIMIT, 0, NO_LIMIT, 0},
    [H2F_SETTINGS_INITIAL_WINDOW_SIZE] = {H2F_DEFAULT_WINDOW, 0, H2F_WINDOW_MAX,
                                          H2F_ERR_SETTING_WINDOW},
    [H2F_SETTINGS_MAX_FRAME_SIZE] = {H2F_FRAME_DEFAULT_MAX_SIZE, H2F_FRAME_DEFAULT_MAX_SIZE,
                                     H2F_FRAME_MAX_SIZE, H2F_ERR_SETTING_RANGE},
    [H2F_SETTINGS_MAX_HEADER_LIST_SIZE] = {NO_LIMIT, 0, NO_LIMIT, 0},
    /* RFC 8441 section 3 */
    [H2F_SETTINGS_ENABLE_CONNECT_PROTOCOL] = {0, 0, 1, H2F_ERR_SETTING_RANGE},
    /* RFC 9218 section 2.1 */
    [H2F_SETTINGS_NO_RFC7540_PRIORITIES] = {0, 0, 1, H2F_ERR_SETTING_RANGE},
};

static const setting_rule unknown = {0, 0, NO_LIMIT, 0};

void h2f_settings_init(h2f_settings *settings) {
    for (unsigned id = 0; id < H2F_SETTINGS_KNOWN; id++)
        settings->value[id] = rules[id].initial;
}

int h2f_setting_check(h2f_setting setting) {
    const setting_rule *rule =
        setting.id < H2F_SETTINGS_KNOWN && rules[setting.id].most ? &rules[setting.id] : &unknown;
    return setting.value < rule->least || setting.value > rule->most ? rule->error : 0;
}

void h2f_settings_set(h2f_settings *settings, h2f_setting setting) {
    if (setting.id < H2F_SETTINGS_KNOWN)
        settings->value[setting.id] = setting.value;
}
