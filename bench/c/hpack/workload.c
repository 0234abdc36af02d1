#include "workload.h"

#include <string.h>

#include "h2f_bytes.h"

static size_t take_number(const uint8_t **at) {
    size_t number = h2f_load_le32(*at);
    *at += 4;
    return number;
}

/* What RFC 7541 section 7.1.3 says may be better never indexed, as nghttp2 understands it: that is
 * how it encodes these fields, marked or not. */
static int is_sensitive(const nghttp2_nv *field) {
    static const char authorization[] = "authorization", cookie[] = "cookie";
    if (field->namelen == sizeof authorization - 1)
        return memcmp(field->name, authorization, field->namelen) == 0;
    return field->namelen == sizeof cookie - 1 && field->valuelen < 20 &&
           memcmp(field->name, cookie, field->namelen) == 0;
}

static nghttp2_nv take_field(const uint8_t **at) {
    nghttp2_nv field = {0};
    field.namelen = take_number(at);
    field.valuelen = take_number(at);
    field.name = (uint8_t *)*at;
    field.value = field.name + field.namelen;
    field.flags = is_sensitive(&field) ? NGHTTP2_NV_FLAG_NO_INDEX : NGHTTP2_NV_FLAG_NONE;
    *at = field.value + field.valuelen;
    return field;
}

static header_list take_list(const uint8_t **at) {
    header_list list = {.count = take_number(at)};
    list.fields = allocate(list.count * sizeof *list.fields);
    for (size_t i = 0; i < list.count; i++)
        list.fields[i] = take_field(at);
    return list;
}

static story take_story(const uint8_t **at) {
    story taken = {.count = take_number(at)};
    taken.lists = allocate(taken.count * sizeof *taken.lists);
    for (size_t i = 0; i < taken.count; i++)
        taken.lists[i] = take_list(at);
    return taken;
}

void workload_read(workload *load, const char *path) {
    const uint8_t *at = read_file(path).octets;
    *load = (workload){.story_count = take_number(&at)};
    load->stories = allocate(load->story_count * sizeof *load->stories);
    for (size_t i = 0; i < load->story_count; i++) {
        story *taken = &load->stories[i];
        *taken = take_story(&at);
        load->list_count += taken->count;
        for (size_t j = 0; j < taken->count; j++)
            load->field_count += taken->lists[j].count;
    }
}
