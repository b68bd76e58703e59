/* State files: every bit comes back, the layout is that of NIRGraphData, and what is no state is refused. */
#include "plain_file.h"
#include "state.h"
#include "support.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct diagnostics messages;

static double membranes[3] = {0.1, -0.0, 0x1p-1074}, currents[3] = {-0x1.fffffffffffffp1023, 1.0 / 3, 0x1.8p-1};
static double graded[2] = {4e-320, -7}, line_values[6] = {1, 2, 3, 4, 5, -0.1};
static uint8_t last[6] = {1, 0, 1, 0, 0, 1}, line_spikes[4] = {0, 1, 1, 0};

static struct state_node state_nodes[] = {
    {.name = "block/inner/lif", .size = 3, .v = membranes, .i = currents, .spikes = last, .history = 2},
    {.name = "block/li", .size = 2, .v = graded, .values = graded, .history = 1},
    {.name = "delay", .size = 2, .delay_spikes = line_spikes, .delay_steps = 2},
    {.name = "line", .size = 2, .delay_values = line_values, .delay_steps = 3},
};
static const struct state full_state = {state_nodes, 4, 1e-4, 1234567890123};

static void write_state(const struct state *state, const char *path)
{
    diagnostics_begin(&messages, path);
    cr_assert_eq(state_write(state, path, &messages), 0, "%s", messages.count ? messages.messages[0].text : "");
    diagnostics_free(&messages);
}

static void expect_equal(const void *got, const void *wanted, size_t bytes, const char *name)
{
    cr_assert_eq(got == NULL, wanted == NULL, "%s is there or is not", name);
    if (wanted)
        cr_expect_arr_eq(got, wanted, bytes, "%s", name);
}

Test(state, every_bit_comes_back)
{
    const char *path = temporary_path("state.h5");
    struct arena arena = {0};
    struct state got;

    write_state(&full_state, path);
    diagnostics_begin(&messages, path);
    cr_assert_eq(state_read(&got, &arena, path, &messages), 0);
    cr_expect_eq(messages.count, 0);
    cr_expect_eq(got.dt, 1e-4);
    cr_expect_eq(got.step, 1234567890123);
    cr_assert_eq(got.count, 4);
    for (size_t index = 0; index < 4; index++) {
        const struct state_node *node = &got.nodes[index], *wanted = &state_nodes[index];
        cr_expect_str_eq(node->name, wanted->name);
        cr_expect_eq(node->size, wanted->size);
        cr_expect_eq(node->delay_steps, wanted->delay_steps);
        expect_equal(node->v, wanted->v, wanted->size * sizeof(double), "v");
        expect_equal(node->i, wanted->i, wanted->size * sizeof(double), "i");
        cr_expect_eq(node->history, wanted->history);
        expect_equal(node->spikes, wanted->spikes, wanted->history * wanted->size, "spikes");
        expect_equal(node->values, wanted->values, wanted->history * wanted->size * sizeof(double), "values");
        expect_equal(node->delay_spikes, wanted->delay_spikes, wanted->delay_steps * wanted->size, "delay_spikes");
        expect_equal(node->delay_values, wanted->delay_values, wanted->delay_steps * wanted->size * sizeof(double),
                     "delay_values");
    }
    arena_free(&arena);
    diagnostics_free(&messages);
}

/* A grid of that shape, with the dt of full_state. */
static void check_grid(hid_t file, const char *place, hsize_t steps, hsize_t neurons, hid_t wanted)
{
    char data[256];
    double dt = 0;
    hsize_t size[3] = {0};

    snprintf(data, sizeof data, "%s/data", place);
    hid_t group = H5Gopen2(file, place, H5P_DEFAULT), dataset = H5Dopen2(file, data, H5P_DEFAULT);
    cr_assert(group >= 0 && dataset >= 0, "no %s", place);
    hid_t type = H5Dget_type(dataset), space = H5Dget_space(dataset), attribute = H5Aopen(group, "dt", H5P_DEFAULT);
    cr_expect_gt(H5Tequal(type, wanted), 0, "%s is of another type", place);
    cr_assert_eq(H5Sget_simple_extent_ndims(space), 3);
    H5Sget_simple_extent_dims(space, size, NULL);
    cr_expect(size[0] == 1 && size[1] == steps && size[2] == neurons, "%s is of another shape", place);
    cr_assert_geq(H5Aread(attribute, H5T_NATIVE_DOUBLE, &dt), 0);
    cr_expect_eq(dt, 1e-4);
    plain_close(attribute);
    plain_close(space);
    plain_close(type);
    plain_close(dataset);
    plain_close(group);
}

Test(state, the_layout_is_nested_nodes)
{
    const char *path = temporary_path("layout.h5");
    long long step = 0;

    write_state(&full_state, path);
    hid_t file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT), bools = plain_bool_type();
    check_grid(file, "nodes/block/nodes/inner/nodes/lif/observables/v", 1, 3, H5T_IEEE_F64LE);
    check_grid(file, "nodes/block/nodes/inner/nodes/lif/observables/i", 1, 3, H5T_IEEE_F64LE);
    check_grid(file, "nodes/block/nodes/inner/nodes/lif/observables/spikes", 2, 3, bools);
    check_grid(file, "nodes/block/nodes/li/observables/values", 1, 2, H5T_IEEE_F64LE);
    check_grid(file, "nodes/delay/observables/delay_spikes", 2, 2, bools);
    check_grid(file, "nodes/line/observables/delay_values", 3, 2, H5T_IEEE_F64LE);
    hid_t attribute = H5Aopen(file, "step", H5P_DEFAULT), type = H5Aget_type(attribute);
    cr_expect_gt(H5Tequal(type, H5T_STD_I64LE), 0);
    cr_assert_geq(H5Aread(attribute, H5T_NATIVE_LLONG, &step), 0);
    cr_expect_eq(step, 1234567890123);
    plain_close(type);
    plain_close(attribute);
    plain_close(bools);
    plain_close(file);
}

/* A state as h5py makes it: single precision, bytes for spikes, no step. What is not known is left out, and told. */
Test(state, of_other_writers)
{
    static const float v[2] = {0.5F, -1.25F};
    static const unsigned char fired[2] = {0, 1};
    const char *path = temporary_path("other.h5");
    hid_t file = plain_create(path), node = plain_node(file, "lif");
    hid_t observable = plain_observable(node, "v", "TimeGriddedData");
    struct arena arena = {0};
    struct state got;

    plain_number(observable, "dt", 0.5);
    plain_dataset(observable, "data", H5T_IEEE_F32BE, H5T_NATIVE_FLOAT, 3, (hsize_t[]){1, 1, 2}, v, false);
    plain_close(observable);
    observable = plain_observable(node, "spikes", "TimeGriddedData");
    plain_number(observable, "dt", 0.5);
    plain_dataset(observable, "data", H5T_STD_U8LE, H5T_NATIVE_UCHAR, 3, (hsize_t[]){1, 1, 2}, fired, true);
    plain_close(observable);
    plain_grid(node, "refractory", 0.5, 1, 1, 2, (double[]){0, 0});
    plain_close(node);
    plain_close(file);
    diagnostics_begin(&messages, path);
    cr_assert_eq(state_read(&got, &arena, path, &messages), 0);
    cr_assert_eq(got.count, 1);
    cr_expect_eq(got.step, 0);
    cr_expect_eq(got.dt, 0.5);
    cr_expect_eq(got.nodes[0].size, 2);
    cr_expect(got.nodes[0].v[0] == 0.5 && got.nodes[0].v[1] == -1.25);
    cr_expect(got.nodes[0].spikes[0] == 0 && got.nodes[0].spikes[1] == 1);
    cr_expect_null(got.nodes[0].i);
    cr_assert_eq(messages.count, 1);
    cr_expect(strstr(messages.messages[0].text, "/lif/refractory: is no part of a state and left out"));
    arena_free(&arena);
    diagnostics_free(&messages);
}

/* ---- refused ---- */

struct part { /* an observable of (samples, steps, 2) with a first value */
    const char *name;
    hsize_t samples, steps;
    double dt, first;
};

static void expect_refused(const char *path, const char *said)
{
    struct arena arena = {0};
    struct state got;

    diagnostics_begin(&messages, path);
    cr_expect_eq(state_read(&got, &arena, path, &messages), -1, "%s", said);
    cr_expect_null(got.nodes);
    cr_assert_eq(messages.count, 1);
    cr_expect(strstr(messages.messages[0].text, said), "%s\nlacks\n%s", messages.messages[0].text, said);
    diagnostics_free(&messages);
    arena_free(&arena);
}

Test(state, what_is_no_state_is_refused)
{
    static const struct {
        struct part parts[2];
        const char *said;
    } cases[] = {
        {{{"v", 2, 1, 1, 0}}, "/lif/v: has 2 samples; a state is that of one"},
        {{{"v", 1, 3, 1, 0}}, "/lif/v: has 3 steps; a state is that of one"},
        {{{"spikes", 1, 1, 1, 0}, {"values", 1, 2, 1, 0}},
         "/lif/values: has 2 steps, but the node's other outputs have 1"},
        {{{"v", 1, 1, 1, NAN}}, "/lif/v: must be finite, got nan at element 0"},
        {{{"i", 1, 1, 1, -INFINITY}}, "/lif/i: must be finite, got -inf at element 0"},
        {{{"spikes", 1, 1, 1, 0.5}}, "/lif/spikes: must be 0 or 1 where it holds spikes, got 0.5 at element 0"},
        {{{"delay_spikes", 1, 4, 1, -1}}, "/lif/delay_spikes: must be 0 or 1 where it holds spikes, got -1"},
        {{{"i", 1, 1, 1, 0}, {"v", 1, 1, 2, 0}}, "/lif/v: has dt 2, but others have 1; give one dt"},
        {{{"delay_spikes", 1, 3, 1, 0}, {"delay_values", 1, 2, 1, 0}},
         "/lif/delay_values: has 2 steps, but the node's other line has 3"},
    };
    const char *path = temporary_path("refused.h5");

    for (size_t index = 0; index < sizeof cases / sizeof *cases; index++) {
        hid_t file = plain_create(path), node = plain_node(file, "lif");
        for (size_t which = 0; which < 2 && cases[index].parts[which].name; which++) {
            const struct part *part = &cases[index].parts[which];
            double values[8] = {part->first};
            plain_grid(node, part->name, part->dt, part->samples, part->steps, 2, values);
        }
        plain_close(node);
        plain_close(file);
        expect_refused(path, cases[index].said);
    }
}

Test(state, wrong_types_are_refused)
{
    const char *path = temporary_path("types.h5");
    double zero[2] = {0};

    for (int fault = 0; fault < 5; fault++) {
        static const char *const said[] = {
            "/lif/v: holds events; a state is TimeGriddedData", "/lif/v: attribute dt is missing",
            "/lif/v: data holds no numbers", "attribute step must be >= 0, got -1", "attribute step is not a number"};
        hid_t file = plain_create(path), node = plain_node(file, "lif");
        hid_t observable = plain_observable(node, "v", fault == 0 ? "EventData" : "TimeGriddedData");
        if (fault == 0) {
            plain_whole(observable, "n_neurons", 1);
            plain_number(observable, "t_max", 1);
            plain_dataset(observable, "idx", H5T_STD_I64LE, H5T_NATIVE_DOUBLE, 2, (hsize_t[]){1, 2}, zero, false);
            plain_dataset(observable, "time", H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, 2, (hsize_t[]){1, 2}, zero, false);
        } else if (fault == 2) {
            hid_t text = H5Tcopy(H5T_C_S1);
            H5Tset_size(text, 8);
            plain_dataset(observable, "data", text, text, 3, (hsize_t[]){1, 1, 2}, zero, false);
            plain_close(text);
        } else {
            plain_dataset(observable, "data", H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, 3, (hsize_t[]){1, 1, 2}, zero, false);
        }
        if (fault > 1)
            plain_number(observable, "dt", 1);
        if (fault == 3)
            plain_whole(file, "step", -1);
        if (fault == 4)
            plain_text(file, "step", "first");
        plain_close(observable);
        plain_close(node);
        plain_close(file);
        expect_refused(path, said[fault]);
    }
}

/* ---- the file as a whole ---- */

static void expect_unwritten(const struct state *state, const char *path, const char *said)
{
    diagnostics_begin(&messages, path);
    cr_expect_eq(state_write(state, path, &messages), -1, "%s", said);
    cr_assert_eq(messages.count, 1);
    cr_expect(strstr(messages.messages[0].text, said), "%s\nlacks\n%s", messages.messages[0].text, said);
    diagnostics_free(&messages);
}

Test(state, a_file_is_replaced_whole_or_kept)
{
    char path[4096];
    struct state_node twice[] = {state_nodes[0], state_nodes[0]}, one = {.name = "lif", .size = 2, .v = graded};
    struct state_node both[] = {{.name = "block", .size = 2, .v = graded}, state_nodes[1]};
    struct state small = {&one, 1, 2, 7}, wrong = {twice, 2, 1, 0}, mixed = {both, 2, 1, 0};
    struct state timeless = {&one, 1, 0, 0}, late = {&one, 1, 1, UINT64_MAX};
    struct arena arena = {0};
    struct state got;
    char *listed = NULL;

    snprintf(path, sizeof path, "%s", temporary_path("kept.h5"));
    write_state(&full_state, path);
    write_state(&small, path);
    expect_unwritten(&wrong, path, "/block/inner/lif/v: cannot be written: group v");
    expect_unwritten(&mixed, path, "/block/li/v: is both a node and a nested graph");
    expect_unwritten(&timeless, path, "dt must be > 0, got 0");
    expect_unwritten(&late, path, "step 18446744073709551615 is beyond 2^63");
    diagnostics_begin(&messages, path);
    cr_assert_eq(state_read(&got, &arena, path, &messages), 0);
    cr_assert_eq(got.count, 1);
    cr_expect_str_eq(got.nodes[0].name, "lif");
    cr_expect_eq(got.step, 7);
    cr_assert_eq(run_command(&listed, "ls '%s'*", path), 0);
    cr_expect_eq(strlen(listed), strlen(path) + 1, "more than the file is left: %s", listed);
    free(listed);
    arena_free(&arena);
    diagnostics_free(&messages);
    expect_refused("tests/golden/good.nir", "/nodes is missing; a data file is NIRGraphData");
    expect_refused("tests/golden/zip.nir", "is a zip archive");
}

Test(state, an_empty_one_keeps_its_step)
{
    const char *path = temporary_path("empty.h5");
    struct state_node bare = {.name = "lif", .size = 4};
    struct state empty = {&bare, 1, 1, 9}, got;
    struct arena arena = {0};

    write_state(&empty, path);
    diagnostics_begin(&messages, path);
    cr_assert_eq(state_read(&got, &arena, path, &messages), 0);
    cr_expect_eq(got.count, 0);
    cr_expect_eq(got.step, 9);
    cr_expect_eq(got.dt, 0);
    arena_free(&arena);
    diagnostics_free(&messages);
}
