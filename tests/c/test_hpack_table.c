/* The index space and the dynamic table (RFC 7541 sections 2.3, 4 and appendix A). */
#include "check.h"
#include "h2f_error.h"
#include "h2f_limits.h"
#include "hpack_table.h"
#include "reference.h"

/* As a decoder does it: reserve, keep, insert. Returns where the octets are. */
static const uint8_t *insert(h2f_hpack_table *table, const char *name, const char *value) {
    size_t name_len = strlen(name), value_len = strlen(value);
    uint8_t *octets = h2f_hpack_table_reserve(table, name_len + value_len);
    CHECK(octets != NULL);
    memcpy(octets, name, name_len);
    memcpy(octets + name_len, value, value_len);
    h2f_hpack_table_keep(table, name_len + value_len);
    CHECK_INT(h2f_hpack_table_insert(table, octets, name_len, value_len), 0);
    return octets;
}

/* As an encoder does it. */
static void insert_copy(h2f_hpack_table *table, const char *name, const char *value) {
    size_t name_len = strlen(name), value_len = strlen(value);
    CHECK_INT(h2f_hpack_table_prepare(table, name_len + value_len), 0);
    h2f_hpack_table_insert_copy(table, (const uint8_t *)name, name_len, (const uint8_t *)value,
                                value_len);
}

static void check_entry(const h2f_hpack_table *table, uint64_t index, const char *name,
                        const char *value) {
    const h2f_hpack_entry *entry = h2f_hpack_table_get(table, index);
    CHECK(entry != NULL);
    CHECK_STRING(entry->name, entry->name_len, name);
    CHECK_STRING(entry->name + entry->name_len, entry->value_len, value);
}

/* The number of the entry in its name, padded so that the entry counts 50. */
static const char *numbered(uint32_t number) {
    static char name[16];
    snprintf(name, sizeof name, "entry-%08" PRIu32, number);
    return name;
}
#define NUMBERED_VALUE "four"
#define NUMBERED_SIZE 50u

/* The newest entry has this number, the others follow downwards. */
static void check_numbered(const h2f_hpack_table *table, uint32_t newest, uint32_t count) {
    CHECK_INT(table->count, count);
    CHECK_INT(table->size, count * NUMBERED_SIZE);
    for (uint32_t i = 0; i < count; i++)
        check_entry(table, 62 + i, numbered(newest - i), NUMBERED_VALUE);
    CHECK(h2f_hpack_table_get(table, 62 + count) == NULL);
}

static void test_static_table_is_appendix_a(void) {
    h2f_hpack_table table;
    h2f_hpack_table_init(&table, 4096);
    for (uint64_t i = 1; i <= 61; i++)
        check_entry(&table, i, ref_static[i - 1][0], ref_static[i - 1][1]);
}

static void test_indexes_without_entry(void) {
    h2f_hpack_table table;
    h2f_hpack_table_init(&table, 4096);
    static const uint64_t none[] = {0, 62, 63, UINT32_MAX, UINT32_MAX + UINT64_C(62), UINT64_MAX};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        CHECK(h2f_hpack_table_get(&table, none[i]) == NULL);
    insert(&table, "a", "b");
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        CHECK((h2f_hpack_table_get(&table, none[i]) != NULL) == (none[i] == 62));
    h2f_hpack_table_free(&table);
}

static void test_static_search_finds_the_first_name_and_the_exact_field(void) {
    for (uint32_t i = 0; i < 61; i++) {
        const char *name = ref_static[i][0], *value = ref_static[i][1];
        uint32_t first = i;
        while (first > 0 && strcmp(ref_static[first - 1][0], name) == 0)
            first--;
        uint64_t hash = h2f_hpack_name_hash((const uint8_t *)name, strlen(name));
        CHECK_INT(h2f_hpack_static_name(hash, (const uint8_t *)name, strlen(name)), first + 1);
        CHECK_INT(h2f_hpack_static_field(first + 1, (const uint8_t *)value, strlen(value)), i + 1);
        CHECK_INT(h2f_hpack_static_field(first + 1, (const uint8_t *)"no such value", 13), 0);
    }
}

/* Whatever the hash, only the octets decide. */
static void test_static_search_compares_octets(void) {
    for (uint64_t top = 0; top < 256; top++) {
        CHECK_INT(h2f_hpack_static_name(top << 56, (const uint8_t *)"x-unknown", 9), 0);
        CHECK_INT(h2f_hpack_static_name(top << 56, (const uint8_t *)"", 0), 0);
    }
    /* In the table, the value follows the name. */
    const uint8_t *longer = (const uint8_t *)":methodGET";
    uint64_t hash = h2f_hpack_name_hash(longer, 7);
    CHECK_INT(h2f_hpack_static_name(hash, longer, 7), 2);
    CHECK_INT(h2f_hpack_static_name(hash, longer, 6), 0);
    CHECK_INT(h2f_hpack_static_name(hash, longer, 8), 0);
    CHECK_INT(h2f_hpack_static_field(4, (const uint8_t *)"/index.htm", 10), 0);
}

static void test_the_oldest_is_evicted_first(void) {
    h2f_hpack_table table;
    h2f_hpack_table_init(&table, 3 * NUMBERED_SIZE + NUMBERED_SIZE - 1);
    for (uint32_t i = 1; i <= 100; i++) {
        insert(&table, numbered(i), NUMBERED_VALUE);
        check_numbered(&table, i, i < 3 ? i : 3);
        h2f_hpack_table_settle(&table);
        check_numbered(&table, i, i < 3 ? i : 3);
    }
    h2f_hpack_table_free(&table);
}

/* Section 4.4: it empties the table, and that is no error. */
static void test_entry_larger_than_the_table_empties_it(void) {
    for (int copied = 0; copied < 2; copied++) {
        h2f_hpack_table table;
        h2f_hpack_table_init(&table, NUMBERED_SIZE);
        insert(&table, numbered(1), NUMBERED_VALUE); /* exactly as large as the table */
        check_numbered(&table, 1, 1);
        if (copied)
            insert_copy(&table, numbered(2), NUMBERED_VALUE "5");
        else
            insert(&table, numbered(2), NUMBERED_VALUE "5");
        check_numbered(&table, 0, 0);
        insert(&table, numbered(3), NUMBERED_VALUE);
        check_numbered(&table, 3, 1);
        h2f_hpack_table_free(&table);
    }
}

static void test_table_of_size_0(void) {
    h2f_hpack_table table;
    h2f_hpack_table_init(&table, 0);
    insert(&table, "", "");
    insert_copy(&table, "", "");
    insert(&table, "name", "value");
    insert_copy(&table, "name", "value");
    check_numbered(&table, 0, 0);
    CHECK_INT(table.inserted, 0);
    h2f_hpack_table_free(&table);
}

static void test_empty_name_and_value_count_32(void) {
    h2f_hpack_table table;
    h2f_hpack_table_init(&table, 64);
    for (int i = 0; i < 40; i++) {
        insert(&table, "", "");
        insert_copy(&table, "", "");
        CHECK_INT(table.count, 2);
        CHECK_INT(table.size, 64);
    }
    check_entry(&table, 62, "", "");
    check_entry(&table, 63, "", "");
    h2f_hpack_table_free(&table);
}

static void test_resize_evicts_and_lets_grow(void) {
    h2f_hpack_table table;
    h2f_hpack_table_init(&table, 10 * NUMBERED_SIZE);
    for (uint32_t i = 1; i <= 10; i++)
        insert(&table, numbered(i), NUMBERED_VALUE);
    h2f_hpack_table_resize(&table, 10 * NUMBERED_SIZE - 1);
    check_numbered(&table, 10, 9);
    h2f_hpack_table_resize(&table, 4 * NUMBERED_SIZE);
    check_numbered(&table, 10, 4);
    h2f_hpack_table_resize(&table, 100 * NUMBERED_SIZE);
    check_numbered(&table, 10, 4);
    for (uint32_t i = 11; i <= 106; i++)
        insert(&table, numbered(i), NUMBERED_VALUE);
    check_numbered(&table, 106, 100);
    h2f_hpack_table_resize(&table, 0);
    check_numbered(&table, 0, 0);
    h2f_hpack_table_free(&table);
}

/* 300 insertions around the wrap, while the ring grows. */
static void test_sequence_numbers_wrap(void) {
    for (int copied = 0; copied < 2; copied++)
        for (uint32_t before = 0; before < 300; before += 7) {
            h2f_hpack_table table;
            h2f_hpack_table_init(&table, 64 * NUMBERED_SIZE);
            table.inserted = UINT32_MAX - before;
            for (uint32_t i = 1; i <= 300; i++) {
                if (copied)
                    insert_copy(&table, numbered(i), NUMBERED_VALUE);
                else
                    insert(&table, numbered(i), NUMBERED_VALUE);
                if (i % 50 == 0 || i == before + 1 || i == before + 2)
                    check_numbered(&table, i, i < 64 ? i : 64);
            }
            CHECK_INT(table.inserted, (uint32_t)(299 - before));
            h2f_hpack_table_free(&table);
        }
}

/* Octets given out within a block stay, evicted or not, however often the arena grows. */
static void test_views_hold_while_the_arena_grows(void) {
    enum { INSERTIONS = 5000 };
    static const uint8_t *views[INSERTIONS];
    h2f_hpack_table table;
    h2f_hpack_table_init(&table, 20 * NUMBERED_SIZE);
    for (uint32_t i = 0; i < INSERTIONS; i++)
        views[i] = insert(&table, numbered(i), NUMBERED_VALUE);
    for (uint32_t i = 0; i < INSERTIONS; i++)
        CHECK_STRING(views[i], 14, numbered(i));
    check_numbered(&table, INSERTIONS - 1, 20);
    CHECK(h2f_hpack_table_heap_size(&table) > INSERTIONS * 18);
    h2f_hpack_table_settle(&table);
    check_numbered(&table, INSERTIONS - 1, 20);
    CHECK(h2f_hpack_table_heap_size(&table) < 4096);
    h2f_hpack_table_free(&table);
}

/* However large its blocks were, a table then holds little more than its entries: at most three
 * times their octets, and two first chunks. */
static void check_settled_size(const h2f_hpack_table *table) {
    size_t live = (size_t)table->size - 32 * table->count;
    size_t ring = table->ring ? (table->mask + (size_t)1) * sizeof *table->ring : 0;
    size_t arena = h2f_hpack_table_heap_size(table) - ring;
    CHECK(arena <= 3 * live + 2 * 1024 + 64);
}

static void test_settle_reclaims_the_chunks_of_a_large_block(void) {
    h2f_hpack_table table;
    h2f_hpack_table_init(&table, 4096);
    insert(&table, "name", "value");
    for (int i = 0; i < 10; i++) {
        CHECK(h2f_hpack_table_reserve(&table, 100000) != NULL);
        h2f_hpack_table_keep(&table, 100000);
    }
    h2f_hpack_table_settle(&table);
    check_entry(&table, 62, "name", "value");
    check_settled_size(&table);
    h2f_hpack_table_free(&table);
}

static void test_settle_reclaims_a_large_first_chunk(void) {
    h2f_hpack_table table;
    h2f_hpack_table_init(&table, 4096);
    CHECK(h2f_hpack_table_reserve(&table, 100000) != NULL);
    h2f_hpack_table_keep(&table, 1);
    h2f_hpack_table_settle(&table);
    check_settled_size(&table);
    h2f_hpack_table_free(&table);
}

static void test_settle_keeps_a_hostile_table_small(void) {
    uint64_t random = 4;
    h2f_hpack_table table;
    h2f_hpack_table_init(&table, 4096);
    for (int block = 0; block < 2000; block++) {
        uint32_t fields = random_below(&random, 20);
        for (uint32_t i = 0; i < fields; i++) {
            size_t bound = random_below(&random, 6000), kept = random_below(&random, 600);
            uint8_t *octets = h2f_hpack_table_reserve(&table, bound);
            CHECK(octets != NULL);
            kept = kept < bound ? kept : bound;
            memset(octets, 'x', bound);
            h2f_hpack_table_keep(&table, kept);
            if (i % 2)
                CHECK_INT(h2f_hpack_table_insert(&table, octets, kept / 2, kept - kept / 2), 0);
        }
        h2f_hpack_table_settle(&table);
        check_settled_size(&table);
    }
    h2f_hpack_table_free(&table);
}

/* Whether it counts 32 octets too many or one. */
static void test_nothing_is_allocated_for_an_entry_that_is_too_large(void) {
    h2f_hpack_table table;
    h2f_hpack_table_init(&table, 100);
    CHECK_INT(h2f_hpack_table_prepare(&table, 100), 0);
    CHECK_INT(h2f_hpack_table_prepare(&table, 69), 0);
    CHECK_INT(h2f_hpack_table_heap_size(&table), 0);
    CHECK_INT(h2f_hpack_table_prepare(&table, 68), 0);
    CHECK(h2f_hpack_table_heap_size(&table) != 0);
    h2f_hpack_table_free(&table);
}

static void test_free_leaves_an_empty_table(void) {
    h2f_hpack_table table;
    h2f_hpack_table_init(&table, 1000);
    insert(&table, "name", "value");
    h2f_hpack_table_free(&table);
    CHECK_INT(h2f_hpack_table_heap_size(&table), 0);
    CHECK_INT(table.max_size, 1000);
    check_numbered(&table, 0, 0);
    h2f_hpack_table_free(&table);
}

/* Random fields, each prepared for; some are larger than the table. The buffers are malloc'ed, so
 * ASan says when a copy is inserted without room. */
static void prepare_and_insert(h2f_hpack_table *table, ref_decoder *ref, uint64_t *random) {
    static uint8_t octets[8000];
    ref_fields block = {0};
    uint32_t most = random_below(random, 4) ? 200 : 2500, fields = random_below(random, 40);
    for (uint32_t i = 0; i < fields; i++) {
        size_t name_len = random_below(random, most), value_len = random_below(random, most);
        random_fill(random, octets, 8);
        ref_field field = {.name = ref_string_new(octets, name_len),
                           .value = ref_string_new(octets, value_len)};
        ref_fields_put(&block, block.count, field);
    }
    const ref_field *field = block.items;
    for (uint32_t i = 0; i < fields; i++, field++) {
        if (random_below(random, 4) == 0)
            continue; /* a field that is not added */
        CHECK_INT(h2f_hpack_table_prepare(table, field->name.len + field->value.len), 0);
        h2f_hpack_table_insert_copy(table, field->name.octets, field->name.len,
                                    field->value.octets, field->value.len);
        ref_insert(ref, field);
    }
    ref_fields_free(&block);
}

static void check_same(const h2f_hpack_table *table, const ref_decoder *ref) {
    CHECK_INT(table->count, ref->table.count);
    CHECK_INT(table->size, ref->size);
    for (uint32_t i = 0; i < table->count; i++) {
        const h2f_hpack_entry *entry = h2f_hpack_table_get(table, 62 + i);
        const ref_field *field = &ref->table.items[i];
        CHECK_BYTES(entry->name, entry->name_len, field->name.octets, field->name.len);
        CHECK_BYTES(entry->name + entry->name_len, entry->value_len, field->value.octets,
                    field->value.len);
    }
}

static void test_prepared_copies_have_room(void) {
    static const uint32_t sizes[] = {0, 31, 32, 33, 64, 100, 500, 4096, 4097, 20000};
    uint64_t random = 5;
    for (int run = 0; run < 60; run++) {
        h2f_hpack_table table;
        ref_decoder ref;
        h2f_hpack_table_init(&table, 4096);
        ref_init(&ref, 4096);
        for (int block = 0; block < 40; block++) {
            if (random_below(&random, 4) == 0) {
                uint32_t size = sizes[random_below(&random, sizeof sizes / sizeof *sizes)];
                h2f_hpack_table_resize(&table, size);
                ref_resize(&ref, size);
            }
            prepare_and_insert(&table, &ref, &random);
            check_same(&table, &ref);
        }
        h2f_hpack_table_free(&table);
        ref_free(&ref);
    }
}

/* hpack's API accepts sizes that no table reaches. For some of these a half or a quarter as much
 * again is 2^64 (or 2^32, where that is a size_t): no sum may wrap to next to nothing. */
static void test_prepared_copies_have_room_whatever_the_size(void) {
    static const uint64_t sizes[] = {
        UINT64_MAX, UINT64_MAX / 3 * 2 + 1, UINT64_MAX / 5 * 4 + 1, UINT64_C(1) << 37,
        UINT32_MAX, UINT32_MAX / 3 * 2 + 1, UINT32_MAX / 5 * 4 + 1,
    };
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        h2f_hpack_table table;
        h2f_hpack_table_init(&table, sizes[i]);
        for (uint32_t number = 1; number <= 100; number++)
            insert_copy(&table, numbered(number), NUMBERED_VALUE);
        check_numbered(&table, 100, 100);
        h2f_hpack_table_free(&table);
    }
}

int main(void) {
    RUN(test_static_table_is_appendix_a);
    RUN(test_indexes_without_entry);
    RUN(test_static_search_finds_the_first_name_and_the_exact_field);
    RUN(test_static_search_compares_octets);
    RUN(test_the_oldest_is_evicted_first);
    RUN(test_entry_larger_than_the_table_empties_it);
    RUN(test_table_of_size_0);
    RUN(test_empty_name_and_value_count_32);
    RUN(test_resize_evicts_and_lets_grow);
    RUN(test_sequence_numbers_wrap);
    RUN(test_views_hold_while_the_arena_grows);
    RUN(test_settle_reclaims_the_chunks_of_a_large_block);
    RUN(test_settle_reclaims_a_large_first_chunk);
    RUN(test_settle_keeps_a_hostile_table_small);
    RUN(test_nothing_is_allocated_for_an_entry_that_is_too_large);
    RUN(test_free_leaves_an_empty_table);
    RUN(test_prepared_copies_have_room);
    RUN(test_prepared_copies_have_room_whatever_the_size);
    return 0;
}
