/* Values of settings (RFC 9113 section 6.5.2, RFC 8441 section 3, RFC 9218 section 2.1). */
#include "check.h"
#include "h2f_error.h"
#include "settings.h"

static void test_initial_values(void) {
    static const uint32_t expected[H2F_SETTINGS_KNOWN] = {
        0, 4096, 1, UINT32_MAX, 65535, 16384, UINT32_MAX, 0, 0, 0};
    h2f_settings settings;
    h2f_settings_init(&settings);
    for (unsigned id = 1; id < H2F_SETTINGS_KNOWN; id++)
        CHECK_INT(settings.value[id], expected[id]);
}

static void test_ranges(void) {
    static const struct {
        uint16_t id;
        uint32_t least, most;
        int error;
    } ranges[] = {
        {H2F_SETTINGS_HEADER_TABLE_SIZE, 0, UINT32_MAX, 0},
        {H2F_SETTINGS_ENABLE_PUSH, 0, 1, H2F_ERR_SETTING_RANGE},
        {H2F_SETTINGS_MAX_CONCURRENT_STREAMS, 0, UINT32_MAX, 0},
        {H2F_SETTINGS_INITIAL_WINDOW_SIZE, 0, 0x7fffffff, H2F_ERR_SETTING_WINDOW},
        {H2F_SETTINGS_MAX_FRAME_SIZE, 16384, 0xffffff, H2F_ERR_SETTING_RANGE},
        {H2F_SETTINGS_MAX_HEADER_LIST_SIZE, 0, UINT32_MAX, 0},
        {7, 0, UINT32_MAX, 0},
        {H2F_SETTINGS_ENABLE_CONNECT_PROTOCOL, 0, 1, H2F_ERR_SETTING_RANGE},
        {H2F_SETTINGS_NO_RFC7540_PRIORITIES, 0, 1, H2F_ERR_SETTING_RANGE},
        {0, 0, UINT32_MAX, 0},
        {10, 0, UINT32_MAX, 0},
        {0xffff, 0, UINT32_MAX, 0},
    };
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++) {
        h2f_setting setting = {ranges[i].id, ranges[i].least};
        CHECK_INT(h2f_setting_check(setting), 0);
        if (ranges[i].least != 0) {
            setting.value--;
            CHECK_INT(h2f_setting_check(setting), ranges[i].error);
        }
        setting.value = ranges[i].most;
        CHECK_INT(h2f_setting_check(setting), 0);
        if (ranges[i].most != UINT32_MAX) {
            setting.value++;
            CHECK_INT(h2f_setting_check(setting), ranges[i].error);
            setting.value = UINT32_MAX;
            CHECK_INT(h2f_setting_check(setting), ranges[i].error);
        }
    }
}

static void test_unknown_settings_are_not_kept(void) {
    h2f_settings settings, before;
    h2f_settings_init(&settings);
    before = settings;
    for (unsigned id = H2F_SETTINGS_KNOWN; id < 0x10000; id++)
        h2f_settings_set(&settings, (h2f_setting){(uint16_t)id, 5});
    CHECK(memcmp(&settings, &before, sizeof settings) == 0);
    h2f_settings_set(&settings, (h2f_setting){H2F_SETTINGS_MAX_FRAME_SIZE, 20000});
    CHECK_INT(settings.value[H2F_SETTINGS_MAX_FRAME_SIZE], 20000);
}

int main(void) {
    RUN(test_initial_values);
    RUN(test_ranges);
    RUN(test_unknown_settings_are_not_kept);
    return 0;
}
