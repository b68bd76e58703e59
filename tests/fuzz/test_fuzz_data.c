/* Damaged data and state files: whatever bytes are changed or cut, reading gives data or an error, and never a crash
 * (this runs under the sanitizers too). Seeded: a failing case repeats. */
#include "data.h"
#include "state.h"
#include "support.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CASES = 400, BYTES_MAX = 1 << 16 };

struct sample_file {
    uint8_t bytes[BYTES_MAX];
    size_t count;
};

static void load_file(struct sample_file *file, const char *path)
{
    FILE *stream = fopen(path, "rb");

    cr_assert_not_null(stream, "%s", path);
    file->count = fread(file->bytes, 1, BYTES_MAX, stream);
    fclose(stream);
    cr_assert_lt(file->count, BYTES_MAX);
}

/* 1 to 4 bytes changed, and every eighth file cut as well. */
static void write_damaged(const struct sample_file *file, const char *path, uint64_t seed)
{
    static uint8_t bytes[BYTES_MAX];
    uint64_t state = seed * 0x9e3779b97f4a7c15U + 1;
    size_t count = file->count;
    FILE *stream = fopen(path, "wb");

    cr_assert_not_null(stream, "%s", path);
    memcpy(bytes, file->bytes, count);
    for (size_t change = 1 + random_below(&state, 4); change > 0; change--) {
        size_t place = random_below(&state, count);
        bytes[place] = (uint8_t)random_next(&state);
    }
    if (random_below(&state, 8) == 0)
        count = 1 + random_below(&state, count);
    cr_assert_eq(fwrite(bytes, 1, count, stream), count);
    fclose(stream);
}

static void write_data(const char *path, bool events)
{
    struct data data = {.samples = 2, .steps = 4, .dt = 1e-4};
    struct diagnostics diagnostics;
    struct data_series *spikes = data_add(&data, "block/lif", "spikes", 3, true);

    cr_assert(spikes);
    spikes->spikes[1] = spikes->spikes[17] = 1;
    struct data_series *values = data_add(&data, "out", "values", 2, false);
    cr_assert(values);
    values->values[3] = 0.5;
    diagnostics_begin(&diagnostics, path);
    cr_assert_eq((events ? data_write_events : data_write)(&data, path, &diagnostics), 0);
    diagnostics_free(&diagnostics);
    data_free(&data);
}

static void write_state(const char *path)
{
    static double v[3] = {1, 2, 3};
    static uint8_t line[6] = {0, 1, 0, 0, 1, 1};
    struct state_node nodes[] = {{.name = "block/lif", .size = 3, .v = v},
                                 {.name = "delay", .size = 3, .delay_spikes = line, .delay_steps = 2}};
    struct state state = {nodes, 2, 1e-4, 5};
    struct diagnostics diagnostics;

    diagnostics_begin(&diagnostics, path);
    cr_assert_eq(state_write(&state, path, &diagnostics), 0);
    diagnostics_free(&diagnostics);
}

static int read_as_data(const char *path, struct diagnostics *diagnostics)
{
    struct data data;
    int status = data_read(&data, path, 0, 0, 1e-4, diagnostics);

    data_free(&data);
    return status;
}

static int read_as_state(const char *path, struct diagnostics *diagnostics)
{
    struct arena arena = {0};
    struct state state;
    int status = state_read(&state, &arena, path, diagnostics);

    arena_free(&arena);
    return status;
}

static void read_damaged(const char *original, int (*read)(const char *, struct diagnostics *))
{
    static struct sample_file file;
    const char *path = temporary_path("damaged.h5");
    size_t refused = 0;

    load_file(&file, original);
    for (uint64_t seed = 1; seed <= CASES; seed++) {
        struct diagnostics diagnostics;

        write_damaged(&file, path, seed);
        diagnostics_begin(&diagnostics, path);
        int status = read(path, &diagnostics);
        cr_assert_eq(status != 0, diagnostics.failed, "%s, seed %llu: a failure without a message", original,
                     (unsigned long long)seed);
        refused += status != 0;
        diagnostics_free(&diagnostics);
    }
    cr_assert(refused > 0 && refused < CASES, "%zu of %d files were refused", refused, CASES);
}

Test(fuzz_data, damaged_grids, .timeout = 120)
{
    const char *path = temporary_path("grids.h5");

    write_data(path, false);
    read_damaged(path, read_as_data);
}

Test(fuzz_data, damaged_events, .timeout = 120)
{
    const char *path = temporary_path("events.h5");

    write_data(path, true);
    read_damaged(path, read_as_data);
}

Test(fuzz_data, damaged_states, .timeout = 120)
{
    const char *path = temporary_path("state.h5");

    write_state(path);
    read_damaged(path, read_as_state);
}
