/* nirloom run --state-in, --state-out: 100 steps at once against twice 50 through a file, on every device; and the
 * states that are refused. */
#include "random_data.h"
#include "state.h"
#include "support.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { STEPS = 100, HALF = 50, NAME_BYTES = 128 };

static const char *const networks[] = {"li", "cubalif", "delay", "rec_affine_bias", "lif_delay_lif",
                                       "rec_two_pop_loop"};

static struct diagnostics messages;

static const char *program(void)
{
    const char *path = getenv("NIRLOOM");

    return path ? path : "build/nirloom";
}

/* Paths of a test: files in one temporary folder. */
static const char *place(char *path, const char *name)
{
    snprintf(path, 4096, "%s", temporary_path(name));
    return path;
}

static void write_part(const struct data *data, size_t first, size_t steps, const char *path)
{
    struct data part;

    random_data_part(&part, data, first, steps);
    diagnostics_begin(&messages, path);
    cr_assert_eq(data_write(&part, path, &messages), 0);
    diagnostics_free(&messages);
    data_free(&part);
}

static void read_output(struct data *data, const char *path)
{
    diagnostics_begin(&messages, path);
    cr_assert_eq(data_read(data, path, 0, 0, 1e-4, &messages), 0, "%s cannot be read", path);
    diagnostics_free(&messages);
}

/* Steps of part, the one sample, against those of whole from first on. Returns how many are not 0. */
static size_t expect_part(const struct data *whole, const char *path, size_t first, const char *name)
{
    struct data part;
    size_t activity = 0;

    read_output(&part, path);
    cr_assert(part.samples == 1 && part.steps == HALF && part.series_count == whole->series_count);
    cr_assert_gt(part.series_count, 0);
    for (size_t index = 0; index < whole->series_count; index++) {
        const struct data_series *one = &whole->series[index];
        const struct data_series *other = data_find(&part, one->node, one->observable);

        cr_assert(other && one->neurons == other->neurons && !one->spikes == !other->spikes);
        for (size_t element = 0; element < HALF * one->neurons; element++) {
            size_t there = first * one->neurons + element;
            double wanted = one->spikes ? one->spikes[there] : one->values[there];
            double got = other->spikes ? other->spikes[element] : other->values[element];

            cr_assert_eq(memcmp(&wanted, &got, sizeof got), 0, "%s: %s, step %zu: %.17g, not %.17g", name, one->node,
                         there / one->neurons, got, wanted);
            activity += got != 0;
        }
    }
    data_free(&part);
    return activity;
}

static void expect_bytes(const char *part, const char *node, const void *one, const void *other, size_t bytes)
{
    cr_assert_eq(one == NULL, other == NULL, "%s of %s", part, node);
    if (one)
        cr_assert_eq(memcmp(one, other, bytes), 0, "%s of %s differs", part, node);
}

static void expect_equal_states(const char *left, const char *right)
{
    struct arena arena = {0};
    struct state one, other;

    diagnostics_begin(&messages, left);
    cr_assert_eq(state_read(&one, &arena, left, &messages), 0);
    cr_assert_eq(state_read(&other, &arena, right, &messages), 0);
    diagnostics_free(&messages);
    cr_expect(one.step == STEPS && other.step == STEPS && one.dt == other.dt);
    cr_assert(one.count > 0 && one.count == other.count);
    for (size_t index = 0; index < one.count; index++) {
        const struct state_node *a = &one.nodes[index], *b = &other.nodes[index];

        cr_assert(strcmp(a->name, b->name) == 0 && a->size == b->size);
        cr_assert(a->history == b->history && a->delay_steps == b->delay_steps);
        expect_bytes("v", a->name, a->v, b->v, a->size * sizeof(double));
        expect_bytes("i", a->name, a->i, b->i, a->size * sizeof(double));
        expect_bytes("spikes", a->name, a->spikes, b->spikes, a->history * a->size);
        expect_bytes("values", a->name, a->values, b->values, a->history * a->size * sizeof(double));
        expect_bytes("delay_values", a->name, a->delay_values, b->delay_values,
                     a->delay_steps * a->size * sizeof(double));
    }
    arena_free(&arena);
}

static void run(const char *network, const char *input, const char *output, const char *device, const char *more)
{
    char *said;
    int status = run_command(&said, "'%s' run '%s' -i '%s' -o '%s' --device %s %s 2>&1", program(), network, input,
                             output, device, more);

    cr_assert_eq(status, 0, "%s on %s: %s", network, device, said);
    free(said);
}

/* whole and begun on first, resumed on second. */
static void check_network(const char *network, const char *file, const struct data *data, const char *first,
                          const char *second)
{
    char all[4096], begin[4096], end[4096], all_out[4096], begin_out[4096], end_out[4096], state[4096], last[4096];
    char options[3 * 4096];
    struct data whole;

    write_part(data, 0, STEPS, place(all, "all.h5"));
    write_part(data, 0, HALF, place(begin, "begin.h5"));
    write_part(data, HALF, HALF, place(end, "end.h5"));
    place(all_out, "all_out.h5");
    place(begin_out, "begin_out.h5");
    place(end_out, "end_out.h5");
    place(state, "state.h5");
    snprintf(options, sizeof options, "--state-out '%s'", place(last, "last.h5"));
    run(file, all, all_out, first, options);
    snprintf(options, sizeof options, "--state-out '%s'", state);
    run(file, begin, begin_out, first, options);
    snprintf(options, sizeof options, "--state-in '%s' --state-out '%s'", state, state); /* in place */
    run(file, end, end_out, second, options);
    read_output(&whole, all_out);
    expect_part(&whole, begin_out, 0, network);
    cr_expect_gt(expect_part(&whole, end_out, HALF, network), 0, "%s: no output", network);
    expect_equal_states(last, state);
    data_free(&whole);
}

/* compiled: through an image, whose scales do not depend on which half is run. */
static void check_device(bool compiled, const char *first, const char *second)
{
    for (size_t index = 0; index < sizeof networks / sizeof networks[0]; index++) {
        char network[NAME_BYTES], samples[NAME_BYTES], image[4096], *said;
        struct data data;

        snprintf(network, sizeof network, "own/micro/%s.nir", networks[index]);
        snprintf(samples, sizeof samples, "own/micro/%s.h5", networks[index]);
        const char *network_path = shared_data(network), *samples_path = shared_data(samples);
        if (!network_path || !samples_path)
            cr_skip_test("the shared micro networks are not on this machine");
        if (compiled)
            cr_assert_eq(run_command(&said, "'%s' compile '%s' -o '%s' --calibrate '%s' 2>&1", program(), network_path,
                                     place(image, "state.loom"), samples_path),
                         0, "%s", said);
        random_data(&data, samples_path, STEPS, 40 + index);
        check_network(networks[index], compiled ? image : network_path, &data, first, second);
        if (compiled)
            free(said);
        data_free(&data);
    }
}

Test(state_files, float_of_a_graph, .timeout = 60)
{
    check_device(false, "float", "float");
}

Test(state_files, float_of_an_image, .timeout = 60)
{
    check_device(true, "float", "float");
}

Test(state_files, ref, .timeout = 60)
{
    check_device(true, "ref", "ref");
}

Test(state_files, sim, .timeout = 120)
{
    check_device(true, "sim", "sim");
}

Test(state_files, between_ref_and_sim, .timeout = 120)
{
    check_device(true, "ref", "sim");
    check_device(true, "sim", "ref");
}

/* Where no Delay is, both keep the same parts; what comes after is not the same, as integers are rounded. */
Test(state_files, float_and_ref_take_each_others, .timeout = 60)
{
    static const char *const exchanged[] = {"li", "cubalif", "rec_affine_bias", "rec_two_pop_loop"};
    static const char *const devices[][2] = {{"float", "ref"}, {"ref", "float"}};

    for (size_t index = 0; index < 8; index++) {
        const char *first = devices[index / 4][0], *second = devices[index / 4][1];
        char name[NAME_BYTES], image[4096], output[4096], state[4096], options[2 * 4096], *said;

        snprintf(name, sizeof name, "own/micro/%s.nir", exchanged[index % 4]);
        const char *network = shared_data(name);
        snprintf(name, sizeof name, "own/micro/%s.h5", exchanged[index % 4]);
        const char *samples = shared_data(name);
        if (!network || !samples)
            cr_skip_test("the shared micro networks are not on this machine");
        cr_assert_eq(run_command(&said, "'%s' compile '%s' -o '%s' --calibrate '%s' 2>&1", program(), network,
                                 place(image, "exchanged.loom"), samples),
                     0, "%s", said);
        free(said);
        place(output, "exchanged.h5");
        snprintf(options, sizeof options, "--limit 1 --state-out '%s'", place(state, "exchanged_state.h5"));
        run(image, samples, output, first, options);
        snprintf(options, sizeof options, "--skip 1 --limit 1 --state-in '%s'", state);
        run(image, samples, output, second, options);
    }
}

/* ---- refused ---- */

static double numbers[8] = {0.5};
static uint8_t bits[16] = {1};

static void expect_refused(const char *network, struct state_node *nodes, size_t count, const char *said)
{
    const struct state state = {nodes, count, 1e-3, 3};
    char path[4096], *got;
    char network_name[NAME_BYTES], samples_name[NAME_BYTES];

    snprintf(network_name, sizeof network_name, "own/micro/%s.nir", network);
    snprintf(samples_name, sizeof samples_name, "own/micro/%s.h5", network);
    const char *network_path = shared_data(network_name), *samples = shared_data(samples_name);
    if (!network_path || !samples)
        cr_skip_test("the shared micro networks are not on this machine");
    diagnostics_begin(&messages, "state");
    cr_assert_eq(state_write(&state, place(path, "refused.h5"), &messages), 0);
    diagnostics_free(&messages);
    int status = run_command(&got, "'%s' run '%s' -i '%s' -o '%s' --device float --limit 1 --state-in '%s' 2>&1",
                             program(), network_path, samples, temporary_path("not_made.h5"), path);
    cr_expect_eq(status, 1, "%s", got);
    cr_expect(strstr(got, "refused.h5: ") && strstr(got, said), "%s\nlacks\n%s", got, said);
    cr_expect(access(temporary_path("not_made.h5"), F_OK) != 0, "an output was written");
    free(got);
}

Test(state_files, what_is_not_the_networks_is_refused, .timeout = 60)
{
    struct state_node lif = {.name = "lif", .size = 8, .v = numbers, .spikes = bits, .history = 1};
    struct state_node other = {.name = "cell", .size = 8, .v = numbers};
    struct state_node nodes[] = {lif, other};

    expect_refused("rec_affine_bias", nodes, 2,
                   "/cell: the network has no such node with a state on this device; there are lif\n");
    expect_refused("rec_affine_bias", nodes, 0, "/lif: is missing: a state has every node that keeps one\n");
    nodes[0].size = 5;
    expect_refused("rec_affine_bias", nodes, 1, "/lif: has 5 neurons, but the network's has 8\n");
    nodes[0] = lif;
    nodes[0].v = NULL;
    expect_refused("rec_affine_bias", nodes, 1, "/lif/v: is missing: the node needs 1 step of it\n");
    nodes[0] = lif;
    nodes[0].i = numbers;
    expect_refused("rec_affine_bias", nodes, 1, "/lif/i: is no state of this node on this device; leave it out\n");
    nodes[0] = lif;
    nodes[0].history = 2;
    expect_refused("rec_affine_bias", nodes, 1, "/lif/spikes: has 2 steps, but the network needs the last 1\n");
    nodes[0] = lif;
    nodes[0].spikes = NULL;
    nodes[0].values = numbers;
    expect_refused("rec_affine_bias", nodes, 1, "/lif/values: is no state of this node on this device; leave it out\n");
    expect_refused("delay", nodes, 0, "/a: is missing: a state has every node that keeps one; what a Delay holds is in "
                                      "states of the float device alone\n");
}

Test(state_files, a_state_is_that_of_one_sample, .timeout = 60)
{
    const char *network = shared_data("own/micro/li.nir"), *samples = shared_data("own/micro/li.h5");
    char *said, state[4096], output[4096];

    if (!network || !samples)
        cr_skip_test("the shared micro networks are not on this machine");
    place(output, "out.h5");
    place(state, "unwritten.h5");
    cr_expect_eq(run_command(&said, "'%s' run '%s' -i '%s' -o '%s' --device float --state-out '%s' 2>&1", program(),
                             network, samples, output, state),
                 1);
    cr_expect(strstr(said, "4 samples would be run, but a state is that of one: --skip N --limit 1"), "%s", said);
    cr_expect(access(state, F_OK) != 0 && access(output, F_OK) != 0, "something was written");
    free(said);
    cr_expect_eq(run_command(&said, "'%s' run '%s' -i '%s' -o '%s' --device float --limit 1 --state-out '%s' 2>&1",
                             program(), network, samples, output, output),
                 2);
    cr_expect(strstr(said, "is the file of -o; name another"), "%s", said);
    free(said);
    cr_expect_eq(run_command(&said, "'%s' run '%s' -i '%s' -o '%s' --device float --limit 1 --state-in '%s' 2>&1",
                             program(), network, samples, output, state),
                 1);
    cr_expect(strstr(said, "unwritten.h5: cannot be opened"), "%s", said);
    free(said);
}
