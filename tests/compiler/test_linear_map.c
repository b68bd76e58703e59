/* linear_map: rows by hand, shared patterns, and random rows against a plain copy of them. */
#include "linear_map.h"
#include "support.h"

#include <criterion/criterion.h>
#include <string.h>

Test(linear_map, rows_by_hand)
{
    struct arena arena = {0};
    struct linear_map map;
    double *weight;
    struct linear_map_builder *builder = linear_map_begin(5, 10);

    cr_assert(builder);
    cr_assert_eq(linear_map_add(builder, 0, 2, (const uint32_t[]){3, 5}, (const double[]){1, 0}), 0);
    cr_assert_eq(linear_map_add(builder, 2, 2, (const uint32_t[]){0, 2}, (const double[]){1, 0}), 0); /* the same */
    /* Other bits. */
    cr_assert_eq(linear_map_add(builder, 3, 2, (const uint32_t[]){0, 2}, (const double[]){1, -0.0}), 0);
    cr_assert_eq(linear_map_add(builder, 4, 2, (const uint32_t[]){7, 8}, (const double[]){1, 0}), 0); /* other place */
    cr_assert_eq(linear_map_add(builder, 1, 0, NULL, NULL), 0);
    cr_assert_eq(linear_map_finish(builder, &arena, &map, &weight), 0);
    const int32_t pattern[] = {0, LINEAR_MAP_NONE, 0, 1, 2};
    const uint32_t offset[] = {3, 0, 0, 0, 7}, target[] = {0, 2, 0, 2, 0, 1};
    const size_t first[] = {0, 2, 4, 6};
    cr_expect_eq(map.sources, 5);
    cr_expect_eq(map.targets, 10);
    cr_expect_eq(map.pattern_count, 3);
    cr_expect_eq(linear_map_entries(&map), 6);
    cr_expect_arr_eq(map.pattern, pattern, sizeof pattern);
    cr_expect_arr_eq(map.offset, offset, sizeof offset);
    cr_expect_arr_eq(map.first, first, sizeof first);
    cr_expect_arr_eq(map.target, target, sizeof target);
    cr_expect(weight[0] == 1 && weight[1] == 0 && weight[4] == 1);
    cr_expect(linear_map_check(&map));
    arena_free(&arena);
}

Test(linear_map, empty)
{
    struct arena arena = {0};
    struct linear_map map;
    double *weight;
    struct linear_map_builder *builder = linear_map_begin(3, 4);

    cr_assert(builder);
    cr_assert_eq(linear_map_finish(builder, &arena, &map, &weight), 0);
    cr_expect_eq(map.pattern_count, 0);
    cr_expect_eq(linear_map_entries(&map), 0);
    cr_expect_eq(map.pattern[2], LINEAR_MAP_NONE);
    cr_expect(linear_map_check(&map));
    cr_expect_null(linear_map_begin((size_t)INT32_MAX + 1, 1));
    cr_expect_null(linear_map_begin(1, (size_t)INT32_MAX + 1));
    linear_map_abandon(linear_map_begin(3, 4));
    arena_free(&arena);
}

/* Each is a map that reads or writes beyond its arrays, or the one beside it that does not. */
Test(linear_map, check)
{
    int32_t pattern[] = {0, LINEAR_MAP_NONE, 1};
    uint32_t offset[] = {4, 0, 8}, target[] = {0, 2, 5, 0, 1};
    size_t first[] = {0, 3, 5};
    struct linear_map map = {3, 10, 2, pattern, offset, first, target};

    cr_assert(linear_map_check(&map));
    map.targets = 9; /* 4 + 5 and 8 + 1 */
    cr_expect_not(linear_map_check(&map));
    map.targets = 10;
    offset[0] = 5;
    cr_expect_not(linear_map_check(&map));
    offset[0] = UINT32_MAX;
    cr_expect_not(linear_map_check(&map));
    offset[0] = 4;
    pattern[1] = 2;
    cr_expect_not(linear_map_check(&map));
    pattern[1] = -2;
    cr_expect_not(linear_map_check(&map));
    pattern[1] = LINEAR_MAP_NONE;
    target[1] = 5;
    cr_expect_not(linear_map_check(&map));
    target[1] = 2;
    target[3] = 1;
    target[4] = 2;
    cr_expect_not(linear_map_check(&map));
    target[3] = 0;
    target[4] = 1;
    first[1] = 5;
    cr_expect_not(linear_map_check(&map));
    first[1] = 3;
    first[0] = 1;
    cr_expect_not(linear_map_check(&map));
    first[0] = 0;
    cr_expect(linear_map_check(&map));
}

enum { SOURCES = 700, TARGETS = 60 };

/* Rows of few kinds, so that many are shared, and the table grows. */
Test(linear_map, random_rows)
{
    static double want[SOURCES][TARGETS];
    static bool there[SOURCES][TARGETS];
    struct arena arena = {0};
    struct linear_map map;
    uint64_t state = 7;
    double *weight;
    struct linear_map_builder *builder = linear_map_begin(SOURCES, TARGETS);

    for (size_t source = 0; source < SOURCES; source++) {
        uint32_t targets[TARGETS];
        double weights[TARGETS];
        size_t count = 0, modulus = 1 + random_below(&state, 12), at = random_below(&state, TARGETS);
        for (; at < TARGETS && count < 9; at += modulus) {
            targets[count] = (uint32_t)at;
            weights[count] = (double)(count % 3) + (source % 2 ? (double)random_below(&state, 2) : 0);
            want[source][at] = weights[count++];
            there[source][at] = true;
        }
        cr_assert_eq(linear_map_add(builder, source, count, targets, weights), 0);
    }
    cr_assert_eq(linear_map_finish(builder, &arena, &map, &weight), 0);
    cr_assert(linear_map_check(&map));
    cr_expect(map.pattern_count > 64 && map.pattern_count < SOURCES, "%zu", map.pattern_count);
    for (size_t source = 0; source < SOURCES; source++) {
        size_t first = map.first[map.pattern[source]], last = map.first[map.pattern[source] + 1];
        for (size_t entry = first; entry < last; entry++) {
            size_t target = map.offset[source] + map.target[entry];
            cr_assert(there[source][target] && want[source][target] == weight[entry], "%zu %zu", source, target);
            there[source][target] = false;
        }
        for (size_t target = 0; target < TARGETS; target++)
            cr_assert_not(there[source][target], "%zu %zu", source, target);
    }
    for (size_t pattern = 0; pattern < map.pattern_count; pattern++)
        for (size_t other = 0; other < pattern; other++) {
            size_t first = map.first[pattern], count = map.first[pattern + 1] - first, from = map.first[other];
            cr_assert(count != map.first[other + 1] - from ||
                          memcmp(map.target + first, map.target + from, count * sizeof *map.target) != 0 ||
                          memcmp(weight + first, weight + from, count * sizeof *weight) != 0,
                      "%zu %zu", pattern, other);
        }
    arena_free(&arena);
}
