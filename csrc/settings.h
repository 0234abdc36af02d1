/* The settings of one side of a connection (RFC 9113 section 6.5). */
#ifndef H2F_SETTINGS_H
#define H2F_SETTINGS_H

#include <stdint.h>

enum h2f_setting_id {
    H2F_SETTINGS_HEADER_TABLE_SIZE = 1,
    H2F_SETTINGS_ENABLE_PUSH = 2,
    H2F_SETTINGS_MAX_CONCURRENT_STREAMS = 3,
    H2F_SETTINGS_INITIAL_WINDOW_SIZE = 4,
    H2F_SETTINGS_MAX_FRAME_SIZE = 5,
    H2F_SETTINGS_MAX_HEADER_LIST_SIZE = 6,
    H2F_SETTINGS_ENABLE_CONNECT_PROTOCOL = 8, /* RFC 8441 section 3 */
    H2F_SETTINGS_NO_RFC7540_PRIORITIES = 9    /* RFC 9218 section 2.1 */
};

/* One more than the highest identifier above. */
#define H2F_SETTINGS_KNOWN 10

typedef struct {
    uint32_t value[H2F_SETTINGS_KNOWN]; /* by identifier */
} h2f_settings;

/* One entry of a SETTINGS frame. */
typedef struct {
    uint16_t id;
    uint32_t value;
} h2f_setting;

/* The values before any SETTINGS; of limits that have none, UINT32_MAX. */
void h2f_settings_init(h2f_settings *settings);

/* Whether a value is in the range of its setting. Returns 0, which it is for every unknown
 * identifier, or H2F_ERR_SETTING_RANGE (PROTOCOL_ERROR) or H2F_ERR_SETTING_WINDOW
 * (FLOW_CONTROL_ERROR). */
int h2f_setting_check(h2f_setting setting);

/* Sets the value of a known identifier; an unknown one is not kept. */
void h2f_settings_set(h2f_settings *settings, h2f_setting setting);

#endif
