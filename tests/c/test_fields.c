/* RFC 9113 section 8, with RFC 9110, RFC 8441 and RFC 3986: what they and h2 4.4.1 demand of a list
 * of header fields. Each list that is checked here is also judged by the reference.
 */
#include "fields_reference.h"
#include "h2f_limits.h"

#define LEN(array) (sizeof(array) / sizeof *(array))
#define MAX_FIELDS 40

#define REQUEST H2F_SECTION_REQUEST
#define RESPONSE H2F_SECTION_RESPONSE
#define TRAILERS H2F_SECTION_TRAILERS
#define STRICT H2F_FIELDS_STRICT
#define OCTETS H2F_FIELDS_OCTETS

#define GET ":method: GET\n:scheme: https\n:authority: a.example\n:path: /\n"
#define CONNECT ":method: CONNECT\n:authority: a.example:443\n"
#define WEBSOCKET                                                                    \
    ":method: CONNECT\n:protocol: websocket\n:scheme: https\n:authority: a.example\n" \
    ":path: /chat\n"

/* The list at hand, each string in memory of exactly its size, and what was said of it. */
static h2f_field fields[MAX_FIELDS];
static size_t count;
static h2f_section_info info;

static void remove_last(void) {
    count--;
    free((void *)(uintptr_t)fields[count].name);
    free((void *)(uintptr_t)fields[count].value);
}

static void clear(void) {
    while (count > 0)
        remove_last();
}

static void add(const void *name, size_t name_len, const void *value, size_t value_len) {
    CHECK(count < MAX_FIELDS);
    fields[count++] = (h2f_field){.name = name_len ? exact_copy(name, name_len) : NULL,
                                  .value = value_len ? exact_copy(value, value_len) : NULL,
                                  .name_len = name_len,
                                  .value_len = value_len};
}

/* Adds a field for each line "name: value". */
static void add_lines(const char *text) {
    while (*text) {
        const char *colon = strstr(text, ": ");
        const char *end = strchr(text, '\n');
        CHECK(end != NULL && colon != NULL && colon < end);
        add(text, (size_t)(colon - text), colon + 2, (size_t)(end - colon - 2));
        text = end + 1;
    }
}

static int is_about_the_list(int error) {
    return error >= H2F_ERR_FIELD_AUTHORITY_MISMATCH && error <= H2F_ERR_FIELD_PSEUDO_IN_TRAILERS;
}

static int judge(int received, enum h2f_section section, unsigned flags) {
    memset(&info, 0xa5, sizeof info);
    int error = received ? h2f_fields_check_received(fields, count, section, flags, &info)
                         : h2f_fields_check_sent(fields, count, section, flags, &info);
    ref_list list = {fields, count, section, flags, received};
    size_t bad;
    CHECK_INT(error, ref_check(&list, &bad));
    if (bad < count || error == 0 || is_about_the_list(error))
        CHECK_INT(info.bad, bad);
    return error;
}

static int received(enum h2f_section section, const char *lines) {
    clear();
    add_lines(lines);
    int error = judge(1, section, 0);
    CHECK_INT(judge(0, section, OCTETS), error);
    return error;
}

static int sent(enum h2f_section section, const char *lines) {
    clear();
    add_lines(lines);
    return judge(0, section, 0);
}

/* What is refused without the strict mode is refused in it. */
static int strict(enum h2f_section section, const char *lines) {
    int lenient = received(section, lines), error = judge(1, section, STRICT);
    CHECK_INT(judge(0, section, STRICT), error);
    CHECK(error != 0 || lenient == 0);
    return error;
}

/* One field behind a right beginning. */
static int with_field(unsigned flags, const void *name, size_t name_len, const void *value,
                      size_t value_len) {
    clear();
    add_lines(GET);
    add(name, name_len, value, value_len);
    return judge(1, REQUEST, flags);
}

#define ERR(name) H2F_ERR_FIELD_##name

/* ---- RFC 9113 section 8.2.1: octets ---- */

static int name_octet(unsigned octet, int first) {
    if (octet >= 'A' && octet <= 'Z')
        return ERR(NAME_UPPERCASE);
    if (octet == ':')
        return first ? ERR(PSEUDO_UNKNOWN) : ERR(NAME_OCTET);
    return octet <= 0x20 || octet >= 0x7f ? ERR(NAME_OCTET) : H2F_OK;
}

/* At every position of names that are looked at octet by octet, and word by word. */
static void test_every_octet_in_a_name(void) {
    for (unsigned octet = 0; octet < 256; octet++)
        for (size_t len = 1; len < 26; len++)
            for (size_t at = 0; at < len; at++) {
                uint8_t name[26];
                memset(name, 'x', len);
                name[at] = (uint8_t)octet;
                int error = with_field(0, name, len, "v", 1);
                CHECK_INT(error, name_octet(octet, at == 0));
                if (error == ERR(NAME_OCTET))
                    CHECK_INT(info.bad_octet, octet);
                CHECK_INT(info.bad, error ? 4 : 5);
            }
}

static void test_every_octet_in_a_name_that_is_a_token(void) {
    for (unsigned octet = 0; octet < 256; octet++) {
        uint8_t name[12] = "x-aaaaaaaaa";
        name[7] = (uint8_t)octet;
        int is_token = octet < 0x7f && octet > 0x20 && !strchr("\"(),/:;<=>?@[\\]{}", (int)octet);
        int upper = octet >= 'A' && octet <= 'Z';
        CHECK_INT(with_field(STRICT, name, 11, "v", 1),
                  upper ? ERR(NAME_UPPERCASE) : is_token ? H2F_OK : ERR(NAME_OCTET));
    }
}

static void test_every_octet_in_a_value(void) {
    for (unsigned octet = 0; octet < 256; octet++)
        for (size_t len = 3; len < 28; len++)
            for (size_t at = 1; at < len - 1; at++) {
                uint8_t value[28];
                memset(value, 'v', len);
                value[at] = (uint8_t)octet;
                int illegal = octet == 0 || octet == '\n' || octet == '\r';
                int control = (octet < 0x20 && octet != '\t') || octet == 0x7f;
                CHECK_INT(with_field(0, "x", 1, value, len), illegal ? ERR(VALUE_OCTET) : H2F_OK);
                if (illegal)
                    CHECK_INT(info.bad_octet, octet);
                CHECK_INT(with_field(STRICT, "x", 1, value, len),
                          control ? ERR(VALUE_OCTET) : H2F_OK);
            }
}

static void test_every_octet_at_the_ends_of_a_value(void) {
    for (unsigned octet = 0; octet < 256; octet++)
        for (size_t len = 1; len < 20; len++)
            for (int last = 0; last < 2; last++) {
                uint8_t value[20];
                memset(value, 'v', len);
                value[last ? len - 1 : 0] = (uint8_t)octet;
                int illegal = octet == 0 || octet == '\n' || octet == '\r';
                int blank = octet == ' ' || octet == '\t';
                CHECK_INT(with_field(0, "x", 1, value, len),
                          illegal ? ERR(VALUE_OCTET) : blank ? ERR(VALUE_BLANK) : H2F_OK);
            }
}

static void test_values_of_every_length_are_right(void) {
    uint8_t value[600];
    memset(value, 0xff, sizeof value);
    for (size_t len = 0; len <= sizeof value; len++)
        CHECK_INT(with_field(STRICT, "x", 1, value, len), H2F_OK);
}

/* Also of those whose name is recognised, and so not looked at by octets. */
static void test_values_of_recognised_names_are_looked_at(void) {
    static const char *const names[] = {":path", "host", "te", "connection", ":custom", ""};
    for (size_t i = 0; i < LEN(names); i++)
        CHECK_INT(with_field(0, names[i], strlen(names[i]), "a\0b", 3), ERR(VALUE_OCTET));
}

static void test_empty_names(void) {
    CHECK_INT(received(REQUEST, GET ": v\n"), ERR(NAME_EMPTY));
    CHECK_INT(received(RESPONSE, ":status: 200\n: v\n"), ERR(NAME_EMPTY));
    CHECK_INT(received(TRAILERS, ": \n"), ERR(NAME_EMPTY));
    CHECK_INT(sent(TRAILERS, ": \n"), ERR(NAME_EMPTY));
}

static void test_empty_values(void) {
    CHECK_INT(received(REQUEST, GET "x: \n"), H2F_OK);
}

/* h2 leaves it to whoever receives the list, unless names and values are normalised. */
static void test_octets_of_sent_lists_are_checked_on_demand(void) {
    CHECK_INT(sent(REQUEST, GET "X:  \r \n"), H2F_OK);
    CHECK_INT(judge(0, REQUEST, OCTETS), ERR(NAME_UPPERCASE));
    CHECK_INT(sent(REQUEST, GET "x: \r\n"), H2F_OK);
    CHECK_INT(judge(0, REQUEST, OCTETS), ERR(VALUE_OCTET));
    CHECK_INT(judge(0, REQUEST, STRICT), ERR(VALUE_OCTET));
    CHECK_INT(sent(REQUEST, GET "x:  v\n"), H2F_OK);
    CHECK_INT(judge(0, REQUEST, OCTETS), ERR(VALUE_BLANK));
    CHECK_INT(sent(REQUEST, GET "TE: v\n"), H2F_OK);
}

/* ---- RFC 9113 section 8.2.2 ---- */

static void test_connection_specific_fields(void) {
    static const char *const names[] = {"connection", "proxy-connection", "keep-alive",
                                        "transfer-encoding", "upgrade"};
    for (size_t i = 0; i < LEN(names); i++)
        for (int section = 0; section < 3; section++) {
            clear();
            add(names[i], strlen(names[i]), "x", 1);
            CHECK_INT(judge(1, (enum h2f_section)section, 0), ERR(CONNECTION));
            CHECK_INT(judge(0, (enum h2f_section)section, 0), ERR(CONNECTION));
        }
}

/* A name that differs in one octet from one with a rule, or is a part of it, has none. */
static void test_names_like_those_with_rules(void) {
    static const char *const names[] = {"connection", "proxy-connection", "keep-alive", "te",
                                        "transfer-encoding", "upgrade", "host"};
    for (size_t i = 0; i < LEN(names); i++)
        for (size_t at = 0; at < strlen(names[i]); at++) {
            char name[20];
            strcpy(name, names[i]);
            name[at] = '_';
            CHECK_INT(with_field(0, name, strlen(name), "x", 1), H2F_OK);
            CHECK_INT(with_field(0, name, at + (at == 0), "x", 1), H2F_OK);
        }
}

static void test_te(void) {
    CHECK_INT(received(REQUEST, GET "te: trailers\n"), H2F_OK);
    CHECK_INT(received(REQUEST, GET "te: TRAILErs\n"), H2F_OK);
    CHECK_INT(received(REQUEST, GET "te: \n"), ERR(TE));
    CHECK_INT(received(REQUEST, GET "te: trailer\n"), ERR(TE));
    CHECK_INT(received(REQUEST, GET "te: trailers, gzip\n"), ERR(TE));
    CHECK_INT(received(REQUEST, GET "te: traimers\n"), ERR(TE));
    CHECK_INT(sent(REQUEST, GET "te: gzip\n"), ERR(TE));
    CHECK_INT(received(TRAILERS, "te: gzip\n"), ERR(TE));
    CHECK_INT(received(RESPONSE, ":status: 200\nte: trailers\n"), H2F_OK);
}

/* RFC 9110 section 10.1.4: it is a field of requests. */
static void test_te_is_for_requests_in_the_strict_mode(void) {
    CHECK_INT(strict(REQUEST, GET "te: trailers\n"), H2F_OK);
    CHECK_INT(strict(RESPONSE, ":status: 200\nte: trailers\n"), ERR(MISPLACED));
    CHECK_INT(strict(TRAILERS, "te: trailers\n"), ERR(MISPLACED));
}

/* ---- RFC 9113 section 8.3: pseudo-header fields ---- */

static void test_right_lists(void) {
    CHECK_INT(strict(REQUEST, GET), H2F_OK);
    CHECK_INT(strict(REQUEST, GET "host: a.example\nx: y\n"), H2F_OK);
    CHECK_INT(strict(REQUEST, ":path: *\n:scheme: http\n:method: OPTIONS\nhost: [::1]:80\n"),
              H2F_OK);
    CHECK_INT(strict(REQUEST, CONNECT), H2F_OK);
    CHECK_INT(strict(RESPONSE, ":status: 200\nserver: x\n"), H2F_OK);
    CHECK_INT(strict(RESPONSE, ":status: 103\nlink: x\n"), H2F_OK);
    CHECK_INT(strict(TRAILERS, "grpc-status: 0\nx-checksum: 1\ndate: x\n"), H2F_OK);
    CHECK_INT(strict(TRAILERS, ""), H2F_OK);
}

static void test_repeated_pseudo_header_fields(void) {
    CHECK_INT(received(REQUEST, GET ":path: /\n"), ERR(PSEUDO_REPEATED));
    CHECK_INT(received(RESPONSE, ":status: 200\n:status: 200\n"), ERR(PSEUDO_REPEATED));
    CHECK_INT(received(REQUEST, GET "x: y\n:path: /\n"), ERR(PSEUDO_REPEATED));
    CHECK_INT(info.bad, 5);
}

static void test_late_pseudo_header_fields(void) {
    CHECK_INT(received(REQUEST, ":method: GET\nx: y\n:path: /\n"), ERR(PSEUDO_LATE));
    CHECK_INT(received(REQUEST, "host: y\n:path: /\n"), ERR(PSEUDO_LATE));
    CHECK_INT(received(REQUEST, "te: trailers\n:path: /\n"), ERR(PSEUDO_LATE));
    CHECK_INT(received(TRAILERS, "x: y\n:path: /\n"), ERR(PSEUDO_LATE));
    CHECK_INT(received(REQUEST, GET "x: y\n:custom: z\n"), ERR(PSEUDO_LATE));
}

static void test_unknown_pseudo_header_fields(void) {
    CHECK_INT(received(REQUEST, ":custom: x\n" GET), ERR(PSEUDO_UNKNOWN));
    CHECK_INT(received(RESPONSE, ":version: HTTP/1.1\n"), ERR(PSEUDO_UNKNOWN));
    CHECK_INT(received(TRAILERS, ":stat: 1\n"), ERR(PSEUDO_UNKNOWN));
    clear();
    add(":", 1, "x", 1);
    CHECK_INT(judge(1, REQUEST, 0), ERR(PSEUDO_UNKNOWN));
    clear();
    add("::", 2, "x", 1);
    CHECK_INT(judge(1, REQUEST, 0), ERR(NAME_OCTET));
    CHECK_INT(judge(0, REQUEST, 0), ERR(PSEUDO_UNKNOWN));
}

/* RFC 9113 section 8.1 */
static void test_pseudo_header_fields_in_trailers(void) {
    CHECK_INT(received(TRAILERS, ":status: 200\nx: y\n"), ERR(PSEUDO_IN_TRAILERS));
    CHECK_INT(info.pseudo, H2F_PSEUDO_STATUS);
    CHECK_INT(received(TRAILERS, ":path: \n"), ERR(PSEUDO_IN_TRAILERS));
}

static void test_pseudo_header_fields_of_the_other_side(void) {
    static const char *const names[] = {":method", ":scheme", ":authority", ":path", ":protocol"};
    CHECK_INT(received(REQUEST, ":status: 200\n" GET), ERR(RESPONSE_PSEUDO));
    for (size_t i = 0; i < LEN(names); i++) {
        clear();
        add(names[i], strlen(names[i]), "", 0);
        add_lines(":status: 200\n");
        CHECK_INT(judge(1, RESPONSE, 0), ERR(REQUEST_PSEUDO));
    }
}

static void test_missing_pseudo_header_fields(void) {
    CHECK_INT(received(REQUEST, ""), ERR(METHOD_MISSING));
    CHECK_INT(received(REQUEST, ":scheme: a\n:path: /\n:authority: a\n"), ERR(METHOD_MISSING));
    CHECK_INT(received(REQUEST, ":method: GET\n:path: /\n:authority: a\n"), ERR(SCHEME_MISSING));
    CHECK_INT(received(REQUEST, ":method: GET\n:scheme: a\nhost: a\n"), ERR(PATH_MISSING));
    CHECK_INT(received(RESPONSE, ""), ERR(STATUS_MISSING));
    CHECK_INT(received(RESPONSE, ":method: GET\n"), ERR(STATUS_MISSING));
    CHECK_INT(received(TRAILERS, ""), H2F_OK);
}

/* RFC 9113 section 8.3.1 */
static void test_empty_path(void) {
    CHECK_INT(received(REQUEST, ":path: \n"), ERR(PATH_EMPTY));
    CHECK_INT(sent(REQUEST, ":method: GET\n:path: \nX: \n"), ERR(PATH_EMPTY));
    CHECK_INT(info.bad, 1);
}

/* RFC 9113 section 8.5 */
static void test_connect(void) {
    CHECK_INT(received(REQUEST, CONNECT), H2F_OK);
    CHECK_INT(received(REQUEST, CONNECT ":path: /\n"), ERR(CONNECT_PSEUDO));
    CHECK_INT(received(REQUEST, CONNECT ":scheme: https\n"), ERR(CONNECT_PSEUDO));
    CHECK_INT(received(REQUEST, ":method: CONNECT\n"), ERR(AUTHORITY_MISSING));
    CHECK_INT(received(REQUEST, ":method: connect\n:authority: a\n"), ERR(SCHEME_MISSING));
    CHECK_INT(strict(REQUEST, ":method: CONNECT\nhost: a.example\n"), ERR(AUTHORITY));
    CHECK_INT(info.bad, count);
}

/* RFC 8441 section 4 */
static void test_extended_connect(void) {
    CHECK_INT(received(REQUEST, WEBSOCKET), H2F_OK);
    CHECK_INT(received(REQUEST, CONNECT ":protocol: x\n"), ERR(SCHEME_MISSING));
    CHECK_INT(received(REQUEST, CONNECT ":protocol: x\n:scheme: x\n"), ERR(PATH_MISSING));
    CHECK_INT(received(REQUEST, GET ":protocol: x\n"), ERR(PROTOCOL_METHOD));
    CHECK_INT(strict(REQUEST, WEBSOCKET), ERR(PROTOCOL_UNEXPECTED));
    CHECK_INT(info.bad, 1);
    CHECK_INT(judge(1, REQUEST, STRICT | H2F_FIELDS_EXTENDED_CONNECT), H2F_OK);
    CHECK_INT(judge(0, REQUEST, STRICT | H2F_FIELDS_EXTENDED_CONNECT), H2F_OK);
}

/* ---- RFC 9113 section 8.3.1, RFC 9110 section 7.2: authority ---- */

static void test_host(void) {
    CHECK_INT(received(REQUEST, GET "host: a.example\n"), H2F_OK);
    CHECK_INT(received(REQUEST, GET "host: A.example\n"), ERR(AUTHORITY_MISMATCH));
    CHECK_INT(received(REQUEST, GET "host: \n"), ERR(AUTHORITY_MISMATCH));
    CHECK_INT(received(REQUEST, GET "host: a.example\nx: y\nhost: a.example\n"),
              ERR(HOST_REPEATED));
    CHECK_INT(info.bad, 6);
    CHECK_INT(received(RESPONSE, ":status: 200\nhost: a\nhost: b\n"), H2F_OK);
    CHECK_INT(received(TRAILERS, "host: a\nhost: b\n"), H2F_OK);
}

static void test_neither_authority_nor_host(void) {
    CHECK_INT(received(REQUEST, ":method: GET\n:scheme: a\n:path: /\n"), ERR(AUTHORITY_MISSING));
    CHECK_INT(received(REQUEST, ":method: GET\n:scheme: a\n:path: /\nhost: \n"), H2F_OK);
    CHECK_INT(received(REQUEST, ":method: GET\n:scheme: a\n:path: /\n:authority: \n"), H2F_OK);
}

/* ---- the strict mode, beyond what is above ---- */

/* Replaces one value of a request by "xx" with an octet between. */
static int request_with(const char *name, unsigned octet, unsigned flags) {
    uint8_t value[4] = "/x?y";
    if (strcmp(name, ":path") != 0)
        memcpy(value, "abcd", 4);
    value[2] = (uint8_t)octet;
    clear();
    add_lines(WEBSOCKET);
    for (size_t i = 0; i < count; i++)
        if (ref_named(&fields[i], name)) {
            free((void *)(uintptr_t)fields[i].value);
            fields[i].value = exact_copy(value, 4);
            fields[i].value_len = 4;
        }
    if (strcmp(name, ":method") == 0) { /* and so no CONNECT */
        clear();
        add(name, strlen(name), value, 4);
        add_lines(":scheme: https\n:path: /\nhost: a.example\n");
    }
    return judge(1, REQUEST, flags | H2F_FIELDS_EXTENDED_CONNECT);
}

static void test_every_octet_in_pseudo_header_fields_of_a_strict_request(void) {
    static const struct {
        const char *name, *others;
        int error;
    } rules[] = {{":method", REF_TOKEN, ERR(METHOD)},
                 {":protocol", REF_TOKEN, ERR(PROTOCOL)},
                 {":scheme", "+-.", ERR(SCHEME)},
                 {":path", REF_PATH, ERR(PATH)},
                 {":authority", REF_AUTHORITY, ERR(AUTHORITY)}};
    for (size_t i = 0; i < LEN(rules); i++)
        for (unsigned octet = 0; octet < 256; octet++) {
            uint8_t c = (uint8_t)octet;
            int control = (octet < 0x20 && octet != '\t') || octet == 0x7f;
            int right = ref_all(&c, 1, rules[i].others);
            CHECK_INT(request_with(rules[i].name, octet, STRICT),
                      control ? ERR(VALUE_OCTET) : right ? H2F_OK : rules[i].error);
            CHECK_INT(request_with(rules[i].name, octet, 0),
                      c == 0 || c == '\n' || c == '\r' ? ERR(VALUE_OCTET) : H2F_OK);
        }
}

static void test_empty_pseudo_header_fields_of_a_strict_request(void) {
    CHECK_INT(strict(REQUEST, ":method: \n:scheme: a\n:path: /\nhost: a\n"), ERR(METHOD));
    CHECK_INT(strict(REQUEST, ":method: X\n:scheme: \n:path: /\nhost: a\n"), ERR(SCHEME));
    CHECK_INT(strict(REQUEST, ":protocol: \n:method: CONNECT\n:scheme: a\n:path: /\n"
                              ":authority: a\n"),
              ERR(PROTOCOL_UNEXPECTED));
    CHECK_INT(judge(1, REQUEST, STRICT | H2F_FIELDS_EXTENDED_CONNECT), ERR(PROTOCOL));
    CHECK_INT(info.bad, 0);
    /* RFC 9113 section 8.3.1 says it of http and https. */
    static const char *const empty[] = {
        ":method: X\n:scheme: https\n:path: /\n:authority: \n",
        ":method: X\n:scheme: HTTP\n:path: /\nhost: \n",
        ":method: X\n:scheme: http\n:path: /\n:authority: \nhost: \n",
        ":method: CONNECT\n:authority: \n"};
    for (size_t i = 0; i < sizeof empty / sizeof *empty; i++)
        CHECK_INT(strict(REQUEST, empty[i]), ERR(AUTHORITY));
    CHECK_INT(strict(REQUEST, ":method: X\n:scheme: a\n:path: /\n:authority: \n"), H2F_OK);
}

/* RFC 3986 section 3.1: it begins with a letter. */
static void test_beginning_of_a_strict_scheme(void) {
    CHECK_INT(strict(REQUEST, ":method: X\n:scheme: 1a\n:path: /\nhost: a\n"), ERR(SCHEME));
    CHECK_INT(strict(REQUEST, ":method: X\n:scheme: +a\n:path: /\nhost: a\n"), ERR(SCHEME));
    CHECK_INT(strict(REQUEST, ":method: X\n:scheme: Z9\n:path: /\nhost: a\n"), H2F_OK);
    CHECK_INT(info.bad, 4);
}

/* RFC 9113 section 8.3.1 says so of http and https. */
static void test_beginning_of_a_strict_path(void) {
    CHECK_INT(strict(REQUEST, ":method: GET\n:scheme: http\n:path: a\nhost: a\n"), ERR(PATH));
    CHECK_INT(info.bad, 2);
    CHECK_INT(strict(REQUEST, ":method: GET\n:scheme: hTTpS\n:path: a\nhost: a\n"), ERR(PATH));
    CHECK_INT(strict(REQUEST, ":method: GET\n:scheme: httpx\n:path: a\nhost: a\n"), H2F_OK);
    CHECK_INT(strict(REQUEST, ":method: GET\n:scheme: htt\n:path: a\nhost: a\n"), H2F_OK);
    CHECK_INT(strict(REQUEST, ":method: GET\n:scheme: https\n:path: *\nhost: a\n"), ERR(PATH));
    CHECK_INT(strict(REQUEST, ":method: OPTIONS\n:scheme: https\n:path: *\nhost: a\n"), H2F_OK);
    CHECK_INT(strict(REQUEST, ":method: OPTIONS\n:scheme: https\n:path: **\nhost: a\n"), ERR(PATH));
    CHECK_INT(strict(REQUEST, ":method: GET\n:scheme: https\n:path: //\nhost: a\n"), H2F_OK);
}

static void test_userinfo_in_a_strict_authority(void) {
    CHECK_INT(strict(REQUEST, ":method: GET\n:scheme: https\n:path: /\n:authority: u:p@a\n"),
              ERR(AUTHORITY));
    CHECK_INT(info.bad, 3);
    CHECK_INT(strict(REQUEST, ":method: GET\n:scheme: https\n:path: /\nhost: u@a\n"),
              ERR(AUTHORITY));
    CHECK_INT(strict(REQUEST, ":method: CONNECT\n:authority: u@a:443\n"), ERR(AUTHORITY));
}

/* RFC 9113 sections 8.3.2 and 8.6 */
static void test_strict_status(void) {
    static const char *const wrong[] = {"", "2", "20", "2000", "20x", "x00", "2x0", "099", "000",
                                        "101", "+20", "2/0", "2:0"};
    for (size_t i = 0; i < LEN(wrong); i++) {
        clear();
        add(":status", 7, wrong[i], strlen(wrong[i]));
        CHECK_INT(judge(1, RESPONSE, 0), H2F_OK);
        CHECK_INT(info.status, strcmp(wrong[i], "101") == 0 ? 101 : 0);
        CHECK_INT(judge(1, RESPONSE, STRICT), ERR(STATUS));
        CHECK_INT(info.bad, 0);
    }
    for (int status = 100; status < 1000; status++) {
        char text[32];
        snprintf(text, sizeof text, ":status: %d\n", status);
        CHECK_INT(strict(RESPONSE, text), status == 101 ? ERR(STATUS) : H2F_OK);
        CHECK_INT(info.status, status);
    }
}

/* RFC 9110 section 6.5.1 */
static void test_fields_that_are_not_for_strict_trailers(void) {
    static const char *const names[] = {
        "authorization", "cache-control", "content-encoding", "content-length", "content-range",
        "content-type", "cookie", "expect", "host", "if-match", "if-modified-since",
        "if-none-match", "if-range", "if-unmodified-since", "max-forwards", "pragma",
        "proxy-authenticate", "proxy-authorization", "range", "set-cookie", "trailer",
        "www-authenticate"};
    for (size_t i = 0; i < LEN(names); i++) {
        clear();
        add_lines("x: y\n");
        add(names[i], strlen(names[i]), "1", 1);
        CHECK_INT(judge(1, TRAILERS, 0), H2F_OK);
        CHECK_INT(judge(1, TRAILERS, STRICT), ERR(MISPLACED));
        CHECK_INT(info.bad, 1);
        add_lines(":status: 1\n");
        CHECK_INT(judge(0, TRAILERS, STRICT), ERR(MISPLACED));
    }
    CHECK_INT(strict(TRAILERS, "transfer-encoding: chunked\n"), ERR(CONNECTION));
}

/* ---- precedence ---- */

/* Each line is broken by more than one rule: the first of the pipeline is named. */
static void test_first_rule_of_a_field_that_breaks_several(void) {
    CHECK_INT(received(REQUEST, "Con nection:  \n"), ERR(NAME_UPPERCASE));
    CHECK_INT(received(REQUEST, "c:A:  \n"), ERR(NAME_UPPERCASE));
    CHECK_INT(received(REQUEST, "c A:  \n"), ERR(NAME_OCTET));
    CHECK_INT(info.bad_octet, ' ');
    CHECK_INT(received(REQUEST, "a:b\x7f: v\n"), ERR(NAME_OCTET));
    CHECK_INT(info.bad_octet, 0x7f);
    CHECK_INT(received(REQUEST, "a:b:  \r\n"), ERR(NAME_OCTET));
    CHECK_INT(info.bad_octet, ':');
    CHECK_INT(received(REQUEST, "connection:  \r\n"), ERR(VALUE_OCTET));
    CHECK_INT(received(REQUEST, "connection:  v\n"), ERR(VALUE_BLANK));
    CHECK_INT(received(REQUEST, ":  v\n"), ERR(VALUE_BLANK));
    CHECK_INT(received(REQUEST, "te: trailers \n"), ERR(VALUE_BLANK));
    CHECK_INT(received(REQUEST, ":path: /\nx: y\n:path: \n"), ERR(PSEUDO_REPEATED));
    CHECK_INT(received(REQUEST, "x: y\n:path: \n"), ERR(PSEUDO_LATE));
    CHECK_INT(received(REQUEST, "x: y\n:paths: \n"), ERR(PSEUDO_LATE));
}

/* A field that comes earlier decides, however late its rule is. */
static void test_first_field_of_several_that_break_rules(void) {
    CHECK_INT(received(REQUEST, ":path: \nA: \n"), ERR(PATH_EMPTY));
    CHECK_INT(info.bad, 0);
    CHECK_INT(received(REQUEST, "host: a\nhost: b\nA: \n"), ERR(HOST_REPEATED));
    CHECK_INT(received(REQUEST, "x: y\nA: \n:path: \n"), ERR(NAME_UPPERCASE));
    CHECK_INT(strict(TRAILERS, "te: trailers\nA: \n"), ERR(MISPLACED));
}

static void test_fields_are_before_the_list(void) {
    CHECK_INT(received(TRAILERS, ":status: 200\nconnection: x\n"), ERR(CONNECTION));
    CHECK_INT(received(REQUEST, "x: y\nupgrade: h2c\n"), ERR(CONNECTION));
}

static void test_order_of_the_rules_of_a_list(void) {
    CHECK_INT(received(REQUEST, ":status: 200\n:protocol: x\n"), ERR(METHOD_MISSING));
    CHECK_INT(received(REQUEST, ":status: 200\n:protocol: x\n:method: GET\n"), ERR(SCHEME_MISSING));
    CHECK_INT(received(REQUEST, ":status: 200\n:protocol: x\n:method: GET\n:scheme: a\n"),
              ERR(PATH_MISSING));
    CHECK_INT(received(REQUEST, ":status: 200\n:protocol: x\n:method: GET\n:scheme: a\n:path: /\n"),
              ERR(RESPONSE_PSEUDO));
    CHECK_INT(received(REQUEST, ":protocol: x\n:method: GET\n:scheme: a\n:path: /\n"),
              ERR(PROTOCOL_METHOD));
    CHECK_INT(received(REQUEST, ":status: 200\n:method: CONNECT\n:path: /\n"), ERR(CONNECT_PSEUDO));
    CHECK_INT(received(REQUEST, ":status: 200\n:method: CONNECT\n"), ERR(RESPONSE_PSEUDO));
    CHECK_INT(strict(REQUEST, ":method: a b\n:scheme: a\n:path: /\n"), ERR(AUTHORITY_MISSING));
}

/* ---- what is found ---- */

static void test_fields_that_are_found(void) {
    CHECK_INT(received(REQUEST, GET "host: a.example\n"), H2F_OK);
    CHECK(info.known[H2F_KNOWN_METHOD] == &fields[0]);
    CHECK(info.known[H2F_KNOWN_SCHEME] == &fields[1]);
    CHECK(info.known[H2F_KNOWN_AUTHORITY] == &fields[2]);
    CHECK(info.known[H2F_KNOWN_PATH] == &fields[3]);
    CHECK(info.known[H2F_KNOWN_STATUS] == NULL);
    CHECK(info.known[H2F_KNOWN_PROTOCOL] == NULL);
    CHECK(info.known[H2F_KNOWN_HOST] == &fields[4]);
    CHECK_INT(info.pseudo, H2F_PSEUDO_METHOD | H2F_PSEUDO_SCHEME | H2F_PSEUDO_AUTHORITY |
                               H2F_PSEUDO_PATH);
    CHECK_INT(info.status, 0);
    CHECK_INT(received(REQUEST, WEBSOCKET), H2F_OK);
    CHECK(info.known[H2F_KNOWN_PROTOCOL] == &fields[1]);
    CHECK(info.pseudo & H2F_PSEUDO_PROTOCOL);
    CHECK_INT(received(RESPONSE, ":status: 204\n"), H2F_OK);
    CHECK(info.known[H2F_KNOWN_STATUS] == &fields[0]);
    CHECK_INT(info.status, 204);
    CHECK_INT(info.method, H2F_METHOD_NONE);
}

static void test_methods(void) {
    static const struct {
        const char *value;
        uint8_t method;
    } methods[] = {{"GET", H2F_METHOD_OTHER},     {"", H2F_METHOD_OTHER},
                   {"HEAD", H2F_METHOD_HEAD},     {"head", H2F_METHOD_OTHER},
                   {"CONNECT", H2F_METHOD_CONNECT}, {"CONNECTS", H2F_METHOD_OTHER},
                   {"OPTIONS", H2F_METHOD_OPTIONS}, {"OPTION", H2F_METHOD_OTHER}};
    for (size_t i = 0; i < LEN(methods); i++) {
        clear();
        add(":method", 7, methods[i].value, strlen(methods[i].value));
        h2f_fields_read(fields, count, &info);
        CHECK_INT(info.method, methods[i].method);
        CHECK_INT(info.pseudo, H2F_PSEUDO_METHOD);
    }
}

/* The first of each, wherever it stands. */
static void test_reading_a_list_that_breaks_rules(void) {
    clear();
    add_lines("te: y\n: \nHost: z\nhost: a\n:authority: b\nhost: c\n:method: HEAD\n:method: GET\n"
              ":status: 302\n:custom: x\n:authority: d\nupgrade: x\nte: z\nx: y\n");
    h2f_fields_read(fields, count, &info);
    CHECK(info.known[H2F_KNOWN_HOST] == &fields[3]);
    CHECK(info.known[H2F_KNOWN_AUTHORITY] == &fields[4]);
    CHECK(info.known[H2F_KNOWN_METHOD] == &fields[6]);
    CHECK(info.known[H2F_KNOWN_PATH] == NULL);
    CHECK_INT(info.method, H2F_METHOD_HEAD);
    CHECK_INT(info.status, 302);
    CHECK_INT(info.pseudo, H2F_PSEUDO_AUTHORITY | H2F_PSEUDO_METHOD | H2F_PSEUDO_STATUS);
    CHECK_INT(info.bad, count);
    h2f_fields_read(NULL, 0, &info);
    CHECK_INT(info.pseudo, 0);
    CHECK_INT(info.method, H2F_METHOD_NONE);
}

/* ---- RFC 9110 section 8.6: content-length ---- */

static int64_t length;
static size_t bad;

static int content_length(const char *lines) {
    clear();
    add_lines(lines);
    length = -2, bad = MAX_FIELDS + 1;
    int error = h2f_fields_content_length(fields, count, &length, &bad);
    if (error == 0)
        CHECK_INT(bad, count);
    else
        CHECK_INT(length, -1);
    return error;
}

static void test_content_length(void) {
    CHECK_INT(content_length(GET), 0);
    CHECK_INT(length, -1);
    CHECK_INT(content_length(GET "content-length: 0\n"), 0);
    CHECK_INT(length, 0);
    CHECK_INT(content_length("content-length: 1234567890\ncontent-lengths: x\n"), 0);
    CHECK_INT(length, 1234567890);
    CHECK_INT(content_length("content-length: 42\nx: y\ncontent-length: 0042\n"), 0);
    CHECK_INT(length, 42);
    CHECK_INT(content_length("content-length: 00\ncontent-length: 0\n"), 0);
    CHECK_INT(length, 0);
}

static void test_invalid_content_length(void) {
    static const char *const wrong[] = {"", "+1", "-1", "1,1", "0x1", "1 ", " 1", "1.0", "a", "1\t",
                                        "\xb2", "1_0", "/", ":"};
    for (size_t i = 0; i < LEN(wrong); i++) {
        clear();
        add_lines("x: y\n");
        add("content-length", 14, wrong[i], strlen(wrong[i]));
        CHECK_INT(h2f_fields_content_length(fields, count, &length, &bad), ERR(LENGTH_INVALID));
        CHECK_INT(bad, 1);
        CHECK_INT(length, -1);
    }
    CHECK_INT(content_length("content-length: 1\ncontent-length: x\n"), ERR(LENGTH_INVALID));
    CHECK_INT(bad, 1);
}

/* In strict mode, and in both directions. */
static void test_strict_content_lengths(void) {
    static const struct {
        const char *lines;
        int error;
        size_t bad;
    } cases[] = {
        {GET "content-length: 0\n", 0, 5},
        {GET "x: y\ncontent-length: 1\n", 0, 6},
        {GET "content-length: 1\nx: y\ncontent-length: 1\n", ERR(LENGTH_REPEATED), 6},
        {GET "content-length: 1\ncontent-length: 2\n", ERR(LENGTH_CONFLICT), 5},
        {GET "content-length: +1\n", ERR(LENGTH_INVALID), 4},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        clear();
        add_lines(cases[i].lines);
        CHECK_INT(h2f_fields_check_received(fields, count, H2F_SECTION_REQUEST, H2F_FIELDS_STRICT,
                                            &info),
                  cases[i].error);
        CHECK_INT(info.bad, cases[i].bad);
        CHECK_INT(
            h2f_fields_check_sent(fields, count, H2F_SECTION_REQUEST, H2F_FIELDS_STRICT, &info),
            cases[i].error);
        if (cases[i].error)
            CHECK_INT(h2f_fields_check_sent(fields, count, H2F_SECTION_REQUEST, 0, &info), 0);
    }
}

static void test_conflicting_content_lengths(void) {
    CHECK_INT(content_length("content-length: 1\ncontent-length: 1\ncontent-length: 2\n"),
              ERR(LENGTH_CONFLICT));
    CHECK_INT(bad, 2);
    CHECK_INT(content_length("content-length: 0\ncontent-length: 10\n"), ERR(LENGTH_CONFLICT));
    CHECK_INT(content_length("content-length: 1\ncontent-length: 10\n"), ERR(LENGTH_CONFLICT));
    CHECK_INT(content_length("content-length: 1\ncontent-length: 2\ncontent-length: x\n"),
              ERR(LENGTH_CONFLICT));
}

static void test_content_length_beyond_64_bits(void) {
    CHECK_INT(content_length("content-length: 9223372036854775806\n"), 0);
    CHECK_INT(length, INT64_MAX - 1);
    CHECK_INT(content_length("content-length: 009223372036854775807\n"), 0);
    CHECK_INT(length, INT64_MAX);
    CHECK_INT(content_length("content-length: 9223372036854775808\n"), 0);
    CHECK_INT(length, INT64_MAX);
    CHECK_INT(content_length("content-length: 99999999999999999999\n"
                             "content-length: 099999999999999999999\n"),
              0);
    CHECK_INT(length, INT64_MAX);
    CHECK_INT(content_length("content-length: 99999999999999999999\n"
                             "content-length: 99999999999999999998\n"),
              ERR(LENGTH_CONFLICT));
}

static void test_digits_of_a_content_length_are_limited(void) {
    char digits[H2F_MAX_LENGTH_DIGITS + 1];
    for (int zero = 0; zero < 2; zero++) {
        memset(digits, zero ? '0' : '1', sizeof digits);
        clear();
        add("content-length", 14, digits, H2F_MAX_LENGTH_DIGITS);
        CHECK_INT(h2f_fields_content_length(fields, count, &length, &bad), 0);
        CHECK_INT(length, zero ? 0 : INT64_MAX);
        clear();
        add("content-length", 14, digits, H2F_MAX_LENGTH_DIGITS + 1);
        CHECK_INT(h2f_fields_content_length(fields, count, &length, &bad), ERR(LENGTH_INVALID));
    }
}

/* ---- RFC 9110 section 15.2 ---- */

static int informational(const char *lines) {
    clear();
    add_lines(lines);
    return h2f_fields_informational(fields, count);
}

static void test_informational(void) {
    CHECK_INT(informational(":status: 100\n"), 1);
    CHECK_INT(informational(":status: 1\n"), 1);
    CHECK_INT(informational(":path: /\n:status: 100\n"), 1);
    CHECK_INT(informational(":path: /\n:custom: x\n:status: 1x\n"), 1);
    CHECK_INT(informational(":status: 200\n:status: 100\n"), 0);
    CHECK_INT(informational(":status: \n"), 0);
    CHECK_INT(informational("x: y\n:status: 100\n"), 0);
    CHECK_INT(informational(": y\n:status: 100\n"), 0);
    CHECK_INT(informational(GET), 0);
    CHECK_INT(informational(""), 0);
}

/* ---- anything ---- */

/* Pieces that rules look at, so that random lists come close to being right. */
static void add_random(uint64_t *random) {
    static const char *const names[] = {
        ":method", ":scheme", ":authority", ":path", ":status", ":protocol", "host", "te",
        "connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade", ":custom",
        "x", "cookie", "trailer", "content-length", "content-type", "", ":", "x-long-name-of-some"};
    static const char *const values[] = {
        "GET", "CONNECT", "OPTIONS", "HEAD", "https", "http", "/", "*", "/a?b", "a.example", "u@a",
        "200", "101", "99", "", "trailers", "Trailers", "websocket", "x y", "a longer value, 1"};
    uint8_t name[24], value[32];
    const char *some_name = names[random_below(random, LEN(names))];
    const char *some_value = values[random_below(random, LEN(values))];
    size_t name_len = strlen(some_name), value_len = strlen(some_value);
    memcpy(name, some_name, name_len);
    memcpy(value, some_value, value_len);
    if (name_len && random_below(random, 40) == 0)
        name[random_below(random, (uint32_t)name_len)] = (uint8_t)random_below(random, 256);
    if (value_len && random_below(random, 40) == 0)
        value[random_below(random, (uint32_t)value_len)] = (uint8_t)random_below(random, 256);
    add(name, name_len, value, value_len);
}

/* A right list with fields added, moved, left out, or with one another's values. */
static void make_random_list(uint64_t *random, const char *lines) {
    clear();
    add_lines(lines);
    for (uint32_t i = random_below(random, 4); i > 0; i--)
        add_random(random);
    for (uint32_t i = random_below(random, 3); i > 0 && count > 0; i--) {
        size_t a = random_below(random, (uint32_t)count), b = random_below(random, (uint32_t)count);
        h2f_field other = fields[a];
        fields[a] = fields[b];
        fields[b] = other;
    }
    if (count > 0 && random_below(random, 4) == 0)
        remove_last();
    if (count > 1 && random_below(random, 4) == 0) { /* two fields swap their values */
        h2f_field *one = &fields[random_below(random, (uint32_t)count)], *last = &fields[count - 1];
        h2f_field other = *one;
        one->value = last->value, one->value_len = last->value_len;
        last->value = other.value, last->value_len = other.value_len;
    }
}

static void test_random_lists_are_judged_as_the_reference_does(void) {
    static const char *const lines[] = {GET, CONNECT, WEBSOCKET, ":status: 200\nserver: x\n",
                                        "x: y\n", ""};
    uint64_t random = 9113;
    unsigned seen[64] = {0}, right = 0;
    for (int i = 0; i < 200000; i++) {
        make_random_list(&random, lines[random_below(&random, LEN(lines))]);
        int error = judge((int)random_below(&random, 2),
                          (enum h2f_section)random_below(&random, 3), random_below(&random, 8));
        right += error == 0;
        if (error)
            seen[ERR(NAME_UPPERCASE) - error]++;
    }
    CHECK(right > 10000);
    for (int error = ERR(NAME_UPPERCASE); error >= ERR(MISPLACED); error--)
        if (error != ERR(LENGTH_INVALID) && error != ERR(LENGTH_CONFLICT))
            CHECK(seen[ERR(NAME_UPPERCASE) - error] > 0);
}

/* Whatever is refused without the strict mode is refused in it. */
static void test_strict_mode_only_adds_rules(void) {
    uint64_t random = 9110;
    for (int i = 0; i < 50000; i++) {
        make_random_list(&random, GET);
        if (judge(1, REQUEST, 0) != 0)
            CHECK(judge(1, REQUEST, STRICT) != 0);
    }
}

int main(void) {
    RUN(test_every_octet_in_a_name);
    RUN(test_every_octet_in_a_name_that_is_a_token);
    RUN(test_every_octet_in_a_value);
    RUN(test_every_octet_at_the_ends_of_a_value);
    RUN(test_values_of_every_length_are_right);
    RUN(test_values_of_recognised_names_are_looked_at);
    RUN(test_empty_names);
    RUN(test_empty_values);
    RUN(test_octets_of_sent_lists_are_checked_on_demand);
    RUN(test_connection_specific_fields);
    RUN(test_names_like_those_with_rules);
    RUN(test_te);
    RUN(test_te_is_for_requests_in_the_strict_mode);
    RUN(test_right_lists);
    RUN(test_repeated_pseudo_header_fields);
    RUN(test_late_pseudo_header_fields);
    RUN(test_unknown_pseudo_header_fields);
    RUN(test_pseudo_header_fields_in_trailers);
    RUN(test_pseudo_header_fields_of_the_other_side);
    RUN(test_missing_pseudo_header_fields);
    RUN(test_empty_path);
    RUN(test_connect);
    RUN(test_extended_connect);
    RUN(test_host);
    RUN(test_neither_authority_nor_host);
    RUN(test_every_octet_in_pseudo_header_fields_of_a_strict_request);
    RUN(test_empty_pseudo_header_fields_of_a_strict_request);
    RUN(test_beginning_of_a_strict_scheme);
    RUN(test_beginning_of_a_strict_path);
    RUN(test_userinfo_in_a_strict_authority);
    RUN(test_strict_status);
    RUN(test_fields_that_are_not_for_strict_trailers);
    RUN(test_first_rule_of_a_field_that_breaks_several);
    RUN(test_first_field_of_several_that_break_rules);
    RUN(test_fields_are_before_the_list);
    RUN(test_order_of_the_rules_of_a_list);
    RUN(test_fields_that_are_found);
    RUN(test_methods);
    RUN(test_reading_a_list_that_breaks_rules);
    RUN(test_content_length);
    RUN(test_invalid_content_length);
    RUN(test_strict_content_lengths);
    RUN(test_conflicting_content_lengths);
    RUN(test_content_length_beyond_64_bits);
    RUN(test_digits_of_a_content_length_are_limited);
    RUN(test_informational);
    RUN(test_random_lists_are_judged_as_the_reference_does);
    RUN(test_strict_mode_only_adds_rules);
    clear();
    return 0;
}
