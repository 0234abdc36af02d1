#include "fields.h"

#include "fields_table.h"
#include "h2f_bytes.h"
#include "h2f_limits.h"

/* What a rule has to do with a name, beyond enum h2f_known_field. */
enum {
    NAME_TE = H2F_KNOWN_COUNT,
    NAME_CONNECTION,
    NAME_PSEUDO, /* one that begins with a colon and is not known */
    NAME_EMPTY,
    NAME_OTHER
};

typedef struct {
    enum h2f_section section;
    unsigned flags;
    int regular; /* a field that is no pseudo-header field was seen */
    h2f_section_info *info;
} checker;

#define ONES 0x0101010101010101u
#define HIGH (ONES * 0x80)

/* ---- names ---- */

#define IS(literal) (memcmp(name, literal, sizeof(literal) - 1) == 0)

/* The length decides nearly always; what is compared has exactly that many octets. */
static inline unsigned identify(const uint8_t *name, size_t len) {
    switch (len) {
    case 0:
        return NAME_EMPTY;
    case 2:
        if (IS("te"))
            return NAME_TE;
        break;
    case 4:
        if (IS("host"))
            return H2F_KNOWN_HOST;
        break;
    case 5:
        if (IS(":path"))
            return H2F_KNOWN_PATH;
        break;
    case 7:
        if (IS(":method"))
            return H2F_KNOWN_METHOD;
        if (IS(":scheme"))
            return H2F_KNOWN_SCHEME;
        if (IS(":status"))
            return H2F_KNOWN_STATUS;
        if (IS("upgrade"))
            return NAME_CONNECTION;
        break;
    case 9:
        if (IS(":protocol"))
            return H2F_KNOWN_PROTOCOL;
        break;
    case 10:
        if (IS(":authority"))
            return H2F_KNOWN_AUTHORITY;
        if (IS("connection") || IS("keep-alive"))
            return NAME_CONNECTION;
        break;
    case 16:
        if (IS("proxy-connection"))
            return NAME_CONNECTION;
        break;
    case 17:
        if (IS("transfer-encoding"))
            return NAME_CONNECTION;
        break;
    default:
        break;
    }
    return name[0] == ':' ? NAME_PSEUDO : NAME_OTHER;
}

/* RFC 9110 section 6.5.1: what frames, routes, authenticates or changes a message, or says how to
 * read its content, is of no use behind the content, and a danger where trailers are merged. */
static int is_misplaced_in_trailers(const uint8_t *name, size_t len) {
    static const char *const names[] = {
        "authorization", "cache-control", "content-encoding", "content-length", "content-range",
        "content-type", "cookie", "expect", "host", "if-match", "if-modified-since",
        "if-none-match", "if-range", "if-unmodified-since", "max-forwards", "pragma",
        "proxy-authenticate", "proxy-authorization", "range", "set-cookie", "te", "trailer",
        "www-authenticate"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strlen(names[i]) == len && memcmp(name, names[i], len) == 0)
            return 1;
    return 0;
}

/* ---- octets (RFC 9113 section 8.2.1) ---- */

/* The index of the first octet that is in none of the sets, or len. */
static size_t first_outside(const uint8_t *p, size_t len, unsigned sets) {
    size_t i = 0;
    while (i < len && (h2f_octet_table[p[i]] & sets))
        i++;
    return i;
}

/* Nonzero if there is anything but H2F_OCTET_NAME among eight octets. Sums of seven bits reach the
 * eighth where the octet is at least what they add up from, and never the next octet. */
static inline uint64_t word_no_name(uint64_t word) {
    uint64_t low = word & ~HIGH;
    uint64_t blank = ~(low + ONES * (0x80 - 0x21));
    uint64_t del = low + ONES * (0x80 - 0x7f);
    uint64_t upper = (low + ONES * (0x80 - 'A')) & ~(low + ONES * (0x7f - 'Z'));
    uint64_t colon = (low + ONES * (0x80 - ':')) & ~(low + ONES * (0x7f - ':'));
    return (word | blank | del | upper | colon) & HIGH;
}

/* Nonzero if there is a control character among eight octets. */
static inline uint64_t word_control(uint64_t word) {
    uint64_t low = word & ~HIGH;
    uint64_t text = (low + ONES * (0x80 - 0x20)) & ~(low + ONES * (0x80 - 0x7f));
    return ~(text | word) & HIGH;
}

static inline int is_plain_name(const uint8_t *p, size_t len) {
    if (H2F_UNLIKELY(len < 4))
        return first_outside(p, len, H2F_OCTET_NAME) == len;
    if (len < 8)
        return word_no_name(h2f_load_short(p, len)) == 0;
    const uint8_t *last = p + len - 8;
    uint64_t bad = word_no_name(h2f_load_le64(last));
    for (; p < last; p += 8)
        bad |= word_no_name(h2f_load_le64(p));
    return bad == 0;
}

/* Has no control character. HTAB, and for h2 most of them, would be right, but are rare. */
static inline int is_plain_value(const uint8_t *p, size_t len) {
    if (len < 4)
        return first_outside(p, len, H2F_OCTET_TEXT) == len;
    if (len < 8)
        return word_control(h2f_load_short(p, len)) == 0;
    const uint8_t *last = p + len - 8;
    uint64_t bad = word_control(h2f_load_le64(last));
    for (; p < last; p += 8)
        bad |= word_control(h2f_load_le64(p));
    return bad == 0;
}

/* Of a name that is not empty, in h2's order: capitals and foreign octets from the left, then
 * colons but at the beginning. */
static int check_name_octets(checker *c, const uint8_t *name, size_t len) {
    for (size_t i = 0; i < len; i++) {
        if (name[i] >= 'A' && name[i] <= 'Z')
            return H2F_ERR_FIELD_NAME_UPPERCASE;
        c->info->bad_octet = name[i];
        if (!(h2f_octet_table[name[i]] & H2F_OCTET_NAME) && name[i] != ':')
            return H2F_ERR_FIELD_NAME_OCTET;
    }
    size_t start = name[0] == ':';
    unsigned sets = c->flags & H2F_FIELDS_STRICT ? H2F_OCTET_TOKEN : H2F_OCTET_NAME;
    size_t at = start + first_outside(name + start, len - start, sets);
    if (at == len)
        return H2F_OK;
    c->info->bad_octet = name[at];
    return H2F_ERR_FIELD_NAME_OCTET;
}

static int check_value_octets(checker *c, const uint8_t *value, size_t len) {
    unsigned sets = c->flags & H2F_FIELDS_STRICT ? H2F_OCTET_TEXT : H2F_OCTET_VALUE;
    size_t at = first_outside(value, len, sets);
    if (at == len)
        return H2F_OK;
    c->info->bad_octet = value[at];
    return H2F_ERR_FIELD_VALUE_OCTET;
}

static inline int is_blank(uint8_t octet) {
    return octet == ' ' || octet == '\t';
}

/* A name that was recognised has no wrong octet. */
static inline int check_octets(checker *c, const h2f_field *field, unsigned name) {
    const uint8_t *value = field->value;
    size_t len = field->value_len;
    int strict = (c->flags & H2F_FIELDS_STRICT) != 0, error;
    if (name >= NAME_PSEUDO && name != NAME_EMPTY &&
        (strict || !is_plain_name(field->name, field->name_len)) &&
        (error = check_name_octets(c, field->name, field->name_len)) != 0)
        return error;
    if (len == 0)
        return H2F_OK;
    if (!is_plain_value(value, len) && (error = check_value_octets(c, value, len)) != 0)
        return error;
    return is_blank(value[0]) || is_blank(value[len - 1]) ? H2F_ERR_FIELD_VALUE_BLANK : H2F_OK;
}

/* ---- single fields ---- */

static inline int value_is(const h2f_field *field, const char *literal, size_t len) {
    return field->value_len == len && memcmp(field->value, literal, len) == 0;
}

#define VALUE_IS(field, literal) value_is(field, literal, sizeof(literal) - 1)

static uint8_t method_of(const h2f_field *field) {
    if (VALUE_IS(field, "CONNECT"))
        return H2F_METHOD_CONNECT;
    if (VALUE_IS(field, "HEAD"))
        return H2F_METHOD_HEAD;
    return VALUE_IS(field, "OPTIONS") ? H2F_METHOD_OPTIONS : H2F_METHOD_OTHER;
}

static inline int is_digit(uint8_t octet) {
    return octet >= '0' && octet <= '9';
}

/* RFC 9113 section 8.3.2: three digits. RFC 9110 section 15 leaves no number below 100. */
static int status_of(const h2f_field *field) {
    const uint8_t *v = field->value;
    if (field->value_len != 3 || !is_digit(v[0]) || !is_digit(v[1]) || !is_digit(v[2]))
        return 0;
    int status = (v[0] - '0') * 100 + (v[1] - '0') * 10 + v[2] - '0';
    return status >= 100 ? status : 0;
}

static inline void note(h2f_section_info *info, const h2f_field *field, unsigned name) {
    info->known[name] = field;
    if (name < H2F_KNOWN_HOST)
        info->pseudo |= (uint8_t)(1u << name);
    if (name == H2F_KNOWN_METHOD)
        info->method = method_of(field);
    else if (name == H2F_KNOWN_STATUS)
        info->status = status_of(field);
}

/* RFC 9113 section 8.2.2. Setting the bit of lower case makes letters equal, and nothing else
 * equal to a letter. */
static int is_trailers(const h2f_field *field) {
    return field->value_len == 8 &&
           (h2f_load_be64(field->value) | ONES * 0x20) == 0x747261696c657273u;
}

/* RFC 9113 section 8.3 */
static int check_pseudo(checker *c, const h2f_field *field, unsigned name) {
    if (name != NAME_PSEUDO) {
        if (c->info->known[name] != NULL)
            return H2F_ERR_FIELD_PSEUDO_REPEATED;
        note(c->info, field, name);
    }
    if (c->regular)
        return H2F_ERR_FIELD_PSEUDO_LATE;
    if (name == NAME_PSEUDO)
        return H2F_ERR_FIELD_PSEUDO_UNKNOWN;
    if (name == H2F_KNOWN_PATH && field->value_len == 0 && c->section == H2F_SECTION_REQUEST)
        return H2F_ERR_FIELD_PATH_EMPTY;
    return H2F_OK;
}

static int check_known(checker *c, const h2f_field *field, unsigned name) {
    if (name < H2F_KNOWN_HOST || name == NAME_PSEUDO)
        return check_pseudo(c, field, name);
    switch (name) {
    case NAME_EMPTY:
        return H2F_ERR_FIELD_NAME_EMPTY;
    case NAME_CONNECTION:
        return H2F_ERR_FIELD_CONNECTION;
    case NAME_TE:
        if (!is_trailers(field))
            return H2F_ERR_FIELD_TE;
        break;
    default: /* host */
        if (c->info->known[H2F_KNOWN_HOST] == NULL)
            note(c->info, field, H2F_KNOWN_HOST);
        else if (c->section == H2F_SECTION_REQUEST)
            return H2F_ERR_FIELD_HOST_REPEATED;
        break;
    }
    c->regular = 1;
    return H2F_OK;
}

static int check_place(const checker *c, const h2f_field *field, unsigned name) {
    int misplaced = 0;
    if (c->section == H2F_SECTION_TRAILERS)
        misplaced = is_misplaced_in_trailers(field->name, field->name_len);
    else if (c->section == H2F_SECTION_RESPONSE)
        misplaced = name == NAME_TE;
    return misplaced ? H2F_ERR_FIELD_MISPLACED : H2F_OK;
}

static inline int check_field(checker *c, const h2f_field *field) {
    unsigned name = identify(field->name, field->name_len);
    int error = H2F_OK;
    if (c->flags & H2F_FIELDS_OCTETS)
        error = check_octets(c, field, name);
    if (H2F_UNLIKELY(error != 0))
        return error;
    if (name == NAME_OTHER)
        c->regular = 1;
    else if ((error = check_known(c, field, name)) != 0)
        return error;
    return c->flags & H2F_FIELDS_STRICT ? check_place(c, field, name) : H2F_OK;
}

/* ---- whole lists ---- */

static int check_response(const h2f_section_info *info) {
    if (!(info->pseudo & H2F_PSEUDO_STATUS))
        return H2F_ERR_FIELD_STATUS_MISSING;
    return info->pseudo == H2F_PSEUDO_STATUS ? H2F_OK : H2F_ERR_FIELD_REQUEST_PSEUDO;
}

/* RFC 9113 sections 8.3.1 and 8.5, RFC 8441 section 4 */
static int check_request(const h2f_section_info *info) {
    unsigned pseudo = info->pseudo;
    if (!(pseudo & H2F_PSEUDO_METHOD))
        return H2F_ERR_FIELD_METHOD_MISSING;
    if (info->method == H2F_METHOD_CONNECT && !(pseudo & H2F_PSEUDO_PROTOCOL)) {
        if (pseudo & (H2F_PSEUDO_SCHEME | H2F_PSEUDO_PATH))
            return H2F_ERR_FIELD_CONNECT_PSEUDO;
    } else if (!(pseudo & H2F_PSEUDO_SCHEME)) {
        return H2F_ERR_FIELD_SCHEME_MISSING;
    } else if (!(pseudo & H2F_PSEUDO_PATH)) {
        return H2F_ERR_FIELD_PATH_MISSING;
    }
    if (pseudo & H2F_PSEUDO_STATUS)
        return H2F_ERR_FIELD_RESPONSE_PSEUDO;
    if (info->method != H2F_METHOD_CONNECT && pseudo & H2F_PSEUDO_PROTOCOL)
        return H2F_ERR_FIELD_PROTOCOL_METHOD;

    const h2f_field *authority = info->known[H2F_KNOWN_AUTHORITY];
    const h2f_field *host = info->known[H2F_KNOWN_HOST];
    if (authority == NULL && host == NULL)
        return H2F_ERR_FIELD_AUTHORITY_MISSING;
    if (authority != NULL && host != NULL &&
        (authority->value_len != host->value_len ||
         !h2f_bytes_equal(authority->value, host->value, host->value_len)))
        return H2F_ERR_FIELD_AUTHORITY_MISMATCH;
    return H2F_OK;
}

static int consists_of(const h2f_field *field, unsigned sets) {
    return first_outside(field->value, field->value_len, sets) == field->value_len;
}

static int is_token(const h2f_field *field) {
    return field->value_len > 0 && consists_of(field, H2F_OCTET_TOKEN);
}

/* RFC 3986 section 3.1 */
static int is_scheme(const h2f_field *field) {
    return field->value_len > 0 && (uint8_t)((field->value[0] | 0x20) - 'a') < 26 &&
           consists_of(field, H2F_OCTET_SCHEME);
}

/* In whatever case (RFC 3986 section 3.1). */
static int is_http(const h2f_field *scheme) {
    if (scheme->value_len != 4 && scheme->value_len != 5)
        return 0;
    return (h2f_load_be32(scheme->value) | 0x20202020u) == 0x68747470u &&
           (scheme->value_len == 4 || (scheme->value[4] | 0x20) == 's');
}

/* RFC 9113 sections 8.3.1 and 8.5. A CONNECT has no scheme. */
static int needs_host(const h2f_field *scheme) {
    return scheme == NULL || is_http(scheme);
}

/* RFC 9113 section 8.3.1. The path is not empty, and has a scheme beside it. */
static int is_path(const h2f_section_info *info) {
    const h2f_field *path = info->known[H2F_KNOWN_PATH];
    if (!consists_of(path, H2F_OCTET_PATH))
        return 0;
    return path->value[0] == '/' || !is_http(info->known[H2F_KNOWN_SCHEME]) ||
           (info->method == H2F_METHOD_OPTIONS && VALUE_IS(path, "*"));
}

/* The list keeps the rules of check_request. *wrong is the field an error is about. */
static int check_request_strictly(const h2f_section_info *info, unsigned flags,
                                  const h2f_field **wrong) {
    const h2f_field *const *known = info->known;
    const h2f_field *authority = known[H2F_KNOWN_AUTHORITY];
    if (!is_token(*wrong = known[H2F_KNOWN_METHOD]))
        return H2F_ERR_FIELD_METHOD;
    if ((*wrong = known[H2F_KNOWN_SCHEME]) != NULL && !is_scheme(*wrong))
        return H2F_ERR_FIELD_SCHEME;
    if ((*wrong = known[H2F_KNOWN_PATH]) != NULL && !is_path(info))
        return H2F_ERR_FIELD_PATH;
    *wrong = authority;
    if (info->method == H2F_METHOD_CONNECT && authority == NULL)
        return H2F_ERR_FIELD_AUTHORITY;
    if (authority == NULL) /* there is one of them, and they do not differ */
        *wrong = known[H2F_KNOWN_HOST];
    if (!consists_of(*wrong, H2F_OCTET_AUTHORITY) ||
        ((*wrong)->value_len == 0 && needs_host(known[H2F_KNOWN_SCHEME])))
        return H2F_ERR_FIELD_AUTHORITY;
    if ((*wrong = known[H2F_KNOWN_PROTOCOL]) == NULL)
        return H2F_OK;
    if (!(flags & H2F_FIELDS_EXTENDED_CONNECT))
        return H2F_ERR_FIELD_PROTOCOL_UNEXPECTED;
    return is_token(*wrong) ? H2F_OK : H2F_ERR_FIELD_PROTOCOL;
}

static int is_length(const h2f_field *field) {
    return field->name_len == 14 && memcmp(field->name, "content-length", 14) == 0;
}

/* RFC 9110 section 8.6 lets two that agree pass; what stands behind us may take the other one. */
static int check_lengths(const h2f_field *fields, size_t count, size_t *bad) {
    int64_t length;
    int seen = 0, error = h2f_fields_content_length(fields, count, &length, bad);
    for (size_t i = 0; !error && i < count; i++) {
        if (!is_length(&fields[i]) || !seen++)
            continue;
        *bad = i;
        return H2F_ERR_FIELD_LENGTH_REPEATED;
    }
    return error;
}

static int check_list(const checker *c, const h2f_field **wrong) {
    const h2f_section_info *info = c->info;
    int strict = (c->flags & H2F_FIELDS_STRICT) != 0;
    int error;
    switch (c->section) {
    case H2F_SECTION_REQUEST:
        error = check_request(info);
        return error || !strict ? error : check_request_strictly(info, c->flags, wrong);
    case H2F_SECTION_RESPONSE:
        error = check_response(info);
        if (error || !strict || (info->status >= 100 && info->status != 101))
            return error;
        *wrong = info->known[H2F_KNOWN_STATUS];
        return H2F_ERR_FIELD_STATUS;
    default: /* RFC 9113 section 8.1 */
        return info->pseudo ? H2F_ERR_FIELD_PSEUDO_IN_TRAILERS : H2F_OK;
    }
}

static int check(const h2f_field *fields, size_t count, enum h2f_section section, unsigned flags,
                 h2f_section_info *info) {
    checker c = {.section = section, .flags = flags, .info = info};
    *info = (h2f_section_info){.bad = count};
    for (size_t i = 0; i < count; i++) {
        int error = check_field(&c, &fields[i]);
        if (H2F_UNLIKELY(error != 0)) {
            info->bad = i;
            return error;
        }
    }
    const h2f_field *wrong = NULL;
    int error = check_list(&c, &wrong);
    if (error && wrong != NULL)
        info->bad = (size_t)(wrong - fields);
    return error || !(flags & H2F_FIELDS_STRICT) ? error : check_lengths(fields, count, &info->bad);
}

int h2f_fields_check_received(const h2f_field *fields, size_t count, enum h2f_section section,
                              unsigned flags, h2f_section_info *info) {
    return check(fields, count, section, flags | H2F_FIELDS_OCTETS, info);
}

int h2f_fields_check_sent(const h2f_field *fields, size_t count, enum h2f_section section,
                          unsigned flags, h2f_section_info *info) {
    if (flags & H2F_FIELDS_STRICT)
        flags |= H2F_FIELDS_OCTETS;
    return check(fields, count, section, flags, info);
}

void h2f_fields_read(const h2f_field *fields, size_t count, h2f_section_info *info) {
    *info = (h2f_section_info){.bad = count};
    for (size_t i = 0; i < count; i++) {
        unsigned name = identify(fields[i].name, fields[i].name_len);
        if (name < H2F_KNOWN_COUNT && info->known[name] == NULL)
            note(info, &fields[i], name);
    }
}

/* ---- content-length and 1xx ---- */

/* A number by its digits without leading zeros; none of them is 0. */
typedef struct {
    const uint8_t *digits;
    size_t len;
} decimal;

static int parse_decimal(decimal *number, const uint8_t *value, size_t len) {
    if (len == 0 || len > H2F_MAX_LENGTH_DIGITS)
        return 0;
    for (size_t i = 0; i < len; i++)
        if (!is_digit(value[i]))
            return 0;
    size_t zeros = 0;
    while (zeros < len && value[zeros] == '0')
        zeros++;
    *number = (decimal){value + zeros, len - zeros};
    return 1;
}

static int64_t saturated(decimal number) {
    int64_t n = 0;
    for (size_t i = 0; i < number.len; i++) {
        int digit = number.digits[i] - '0';
        if (n > (INT64_MAX - digit) / 10)
            return INT64_MAX;
        n = n * 10 + digit;
    }
    return n;
}

int h2f_fields_content_length(const h2f_field *fields, size_t count, int64_t *length, size_t *bad) {
    decimal first = {NULL, 0}, number;
    *length = -1;
    *bad = count;
    for (size_t i = 0; i < count; i++) {
        if (H2F_LIKELY(!is_length(&fields[i])))
            continue;
        *bad = i;
        if (!parse_decimal(&number, fields[i].value, fields[i].value_len))
            return H2F_ERR_FIELD_LENGTH_INVALID;
        if (first.digits == NULL)
            first = number;
        else if (number.len != first.len || memcmp(number.digits, first.digits, number.len) != 0)
            return H2F_ERR_FIELD_LENGTH_CONFLICT;
    }
    *bad = count;
    if (first.digits != NULL)
        *length = saturated(first);
    return H2F_OK;
}

int h2f_fields_check_promised(const h2f_field *fields, size_t count, const h2f_section_info *info) {
    const h2f_field *method = info->known[H2F_KNOWN_METHOD];
    int64_t length;
    size_t bad;
    if (info->method != H2F_METHOD_HEAD &&
        (method == NULL || method->value_len != 3 || memcmp(method->value, "GET", 3) != 0))
        return H2F_ERR_FIELD_PROMISE;
    int error = h2f_fields_content_length(fields, count, &length, &bad);
    return !error && length > 0 ? H2F_ERR_FIELD_PROMISE : error;
}

int h2f_fields_informational(const h2f_field *fields, size_t count) {
    for (size_t i = 0; i < count; i++) {
        const h2f_field *field = &fields[i];
        if (field->name_len == 0 || field->name[0] != ':')
            return 0;
        if (identify(field->name, field->name_len) == H2F_KNOWN_STATUS)
            return field->value_len > 0 && field->value[0] == '1';
    }
    return 0;
}
