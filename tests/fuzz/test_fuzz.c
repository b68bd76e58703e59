/* Damaged files: whatever bytes are changed or cut, reading gives a graph or an error, and never a crash (this runs
 * under the sanitizers too). Seeded: a failing case repeats. */
#include "graph.h"
#include "support.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

enum { CASES = 200, BYTES_MAX = 1 << 20 };

static size_t read_all(const char *path, uint8_t *bytes)
{
    FILE *file = fopen(path, "rb");

    cr_assert_not_null(file, "%s", path);
    size_t count = fread(bytes, 1, BYTES_MAX, file);
    fclose(file);
    return count;
}

static void write_all(const char *path, const uint8_t *bytes, size_t count)
{
    FILE *file = fopen(path, "wb");

    cr_assert_not_null(file, "%s", path);
    cr_assert_eq(fwrite(bytes, 1, count, file), count);
    fclose(file);
}

/* 1 to 4 bytes changed, and every fourth file cut as well. */
static void damage(uint8_t *bytes, size_t *count, uint64_t *state)
{
    for (size_t change = 1 + random_below(state, 4); change > 0; change--)
        bytes[random_below(state, *count)] = (uint8_t)random_next(state);
    if (random_below(state, 4) == 0)
        *count = 1 + random_below(state, *count);
}

static void load_damaged(const char *original, uint64_t seed)
{
    uint8_t *bytes = malloc(BYTES_MAX), *copy = malloc(BYTES_MAX);
    const char *path = temporary_path("damaged.nir");
    size_t size = read_all(original, bytes), refused = 0;

    for (size_t index = 0; index < CASES; index++) {
        uint64_t state = seed + index;
        size_t count = size;
        struct arena arena = { 0 };
        struct graph graph = { .arena = &arena };
        struct diagnostics diagnostics;

        for (size_t byte = 0; byte < size; byte++)
            copy[byte] = bytes[byte];
        damage(copy, &count, &state);
        write_all(path, copy, count);
        diagnostics_begin(&diagnostics, path);
        int status = graph_load(&graph, path, &diagnostics);
        cr_assert_eq(status != 0, diagnostics.failed, "%s, seed %llu: a failure without a message", original,
                     (unsigned long long)(seed + index));
        refused += status != 0;
        diagnostics_free(&diagnostics);
        arena_free(&arena);
    }
    cr_assert_gt(refused, 0, "%s: no damage was noticed", original);
    free(bytes);
    free(copy);
}

Test(fuzz, damaged_graph_files, .timeout = 120)
{
    load_damaged("tests/golden/good.nir", 1);
    load_damaged("tests/golden/scalar_parameters.nir", 1001);
}
