/* Export: random graphs of every primitive are written as the array computes them, read again, and quantised anew. What
 * is compared here is compared without the code that export proves itself with. */
#include <criterion/criterion.h>

#include "compile.h"
#include "export.h"
#include "random_graph.h"
#include "support.h"
#include "write_graph.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { GRAPHS = 80 };

static void print_errors(const struct diagnostics *diagnostics, uint64_t seed)
{
    for (size_t index = 0; index < diagnostics->count; index++)
        if (diagnostics->messages[index].severity == SEVERITY_ERROR)
            fprintf(stderr, "seed %llu: %s\n", (unsigned long long)seed, diagnostics->messages[index].text);
}

/* The integer network of a random graph, whose file is path. False where the compiler refuses it. */
static bool compile_random(struct image *image, const char *path, uint64_t seed, struct diagnostics *diagnostics)
{
    struct graph graph = {.arena = image->arena}, read = {.arena = image->arena};
    struct network network = {.arena = image->arena};
    struct options options = random_options(seed);
    struct input_range ranges[RANDOM_INPUTS_MAX];

    cr_assert_eq(random_graph(&graph, seed), 0);
    cr_assert_eq(write_graph(&graph, path, seed), 0);
    if (graph_load(&read, path, diagnostics) || network_lower(&network, &read, &options, diagnostics))
        return false;
    for (size_t input = 0; input < network.input_count; input++)
        ranges[input] = random_input_range(seed, network.inputs[input].name);
    if (image_quantize(image, &network, ranges, NULL, diagnostics))
        return false;
    image->board = arena_copy(image->arena, "sim-large");
    return true;
}

/* The weight of a connection; 0 where there is none. */
static int weight_of(const struct image_projection *projection, size_t source, size_t target)
{
    int32_t pattern = projection->map.pattern[source];

    for (size_t entry = pattern < 0 ? 0 : projection->map.first[pattern];
         pattern >= 0 && entry < projection->map.first[pattern + 1]; entry++)
        if (projection->map.offset[source] + projection->map.target[entry] == target)
            return projection->weight[entry];
    return 0;
}

static void expect_same_population(const struct image_population *one, const struct image_population *two, uint64_t seed)
{
    unsigned long long number = seed;

    cr_assert_str_eq(one->name, two->name);
    cr_assert(one->graded == two->graded && one->limit == two->limit && one->gain_exponent == two->gain_exponent &&
                  one->current_exponent == two->current_exponent && one->subtract == two->subtract,
              "seed %llu: %s", number, one->name);
    cr_assert_float_eq(one->scale, two->scale, 1e-9 * one->scale, "seed %llu: %s", number, one->name);
    for (size_t neuron = 0; neuron < one->size && one->model != MODEL_INPUT; neuron++) {
        for (size_t kind = 0; kind < NEURON_PARAMETERS; kind++)
            cr_assert_eq(one->parameter[kind][neuron], two->parameter[kind][neuron], "seed %llu: %s", number, one->name);
        for (size_t kind = 0; kind < CURRENT_PARAMETERS && one->current_unit; kind++)
            cr_assert_eq(one->current_parameter[kind][neuron], two->current_parameter[kind][neuron], "seed %llu: %s",
                         number, one->name);
    }
}

static void expect_same(const struct image *one, const struct image *two, uint64_t seed)
{
    cr_assert_eq(one->population_count, two->population_count);
    cr_assert_eq(one->projection_count, two->projection_count);
    for (size_t index = 0; index < one->population_count; index++)
        expect_same_population(&one->populations[index], &two->populations[index], seed);
    for (size_t index = 0; index < one->projection_count; index++) {
        const struct image_projection *a = &one->projections[index], *b = &two->projections[index];
        cr_assert(a->source == b->source && a->target == b->target && a->delay == b->delay);
        for (size_t source = 0; source < a->map.sources; source++)
            for (size_t target = 0; target < a->map.targets; target++)
                cr_assert_eq(weight_of(a, source, target), weight_of(b, source, target), "seed %llu",
                             (unsigned long long)seed);
    }
}

Test(export, random_graphs_come_back_as_the_same_integers, .timeout = 600)
{
    size_t compiled = 0, exported = 0, exact = 0;
    char path[512], written[512];

    snprintf(path, sizeof path, "%s", temporary_path("random.nir"));
    snprintf(written, sizeof written, "%s", temporary_path("written.nir"));
    for (uint64_t seed = 1; seed <= GRAPHS; seed++) {
        struct arena arena = {NULL};
        struct diagnostics diagnostics, of_export;
        struct image image = {.arena = &arena}, again = {.arena = &arena};
        struct compile_request request = {.path = written};
        bool ranges;

        diagnostics_begin(&diagnostics, NULL);
        diagnostics_begin(&of_export, NULL);
        unlink(written);
        if (compile_random(&image, path, seed, &diagnostics)) {
            compiled++;
            int status = network_export(&image, path, written, &ranges, &of_export);
            cr_assert_eq(access(written, F_OK), status, "seed %llu: a file is there if, and only if, it is right",
                         (unsigned long long)seed);
            if (status == 0) {
                exported++;
                exact += of_export.count == 0;
                request.options = image.options;
                cr_assert_eq(compile_integers(&again, &arena, &request, &diagnostics, &diagnostics), 0);
                expect_same(&image, &again, seed);
            } else {
                print_errors(&of_export, seed);
            }
        }
        diagnostics_free(&of_export);
        diagnostics_free(&diagnostics);
        arena_free(&arena);
    }
    cr_expect_geq(compiled, (size_t)GRAPHS * 9 / 10);
    cr_expect_geq(exported, compiled * 19 / 20);
    cr_expect_geq(exact, compiled / 5, "%zu of %zu without keeping weights as they were", exact, compiled);
}
