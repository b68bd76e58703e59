/* The random graphs that other tests rest on: that they are valid, alive, repeatable, and have every primitive and
 * every form in them. */
#include "float.h"
#include "random_graph.h"
#include "random_graph_census.h"
#include "support.h"
#include "write_graph.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SEEDS = 1000, STEPS = 40, FILE_SEEDS = 100 };

static const char *last_text(const struct diagnostics *diagnostics)
{
    return diagnostics->count ? diagnostics->messages[diagnostics->count - 1].text : "";
}

/* Fills the Inputs' step; buffers has one an Input. */
static void draw_inputs(const struct random_case *subject, const struct float_network *network, uint64_t *state,
                        double **buffers)
{
    uint8_t spikes[1024];

    for (size_t input = 0; input < subject->input_count; input++) {
        size_t size = float_network_size(network, float_network_input_node(network, input));
        cr_assert(size <= sizeof spikes);
        if (subject->inputs[input].graded) {
            random_values(state, &subject->inputs[input], buffers[input], size);
            continue;
        }
        random_spikes(state, spikes, size);
        for (size_t index = 0; index < size; index++)
            buffers[input][index] = spikes[index];
    }
}

static double **make_buffers(struct arena *arena, const struct float_network *network)
{
    double **buffers = arena_allocate(arena, RANDOM_INPUTS_MAX, sizeof *buffers);

    cr_assert(buffers && float_network_input_count(network) <= RANDOM_INPUTS_MAX);
    for (size_t input = 0; input < float_network_input_count(network); input++) {
        size_t size = float_network_size(network, float_network_input_node(network, input));
        buffers[input] = arena_allocate(arena, size, sizeof **buffers);
        cr_assert_not_null(buffers[input]);
    }
    return buffers;
}

/* What a run showed. */
struct activity {
    size_t spikes;
    size_t spaces;   /* where a neuron might have fired and did not */
    size_t ties;     /* a membrane that is its threshold */
    double greatest; /* largest |value| of any node */
};

static void watch(struct activity *activity, const struct graph *graph, const struct float_network *network)
{
    for (size_t index = 0; index < graph->node_count; index++) {
        const struct node *node = &graph->nodes[index];
        const double *output = float_network_output(network, index), *v = float_network_membrane(network, index);
        for (size_t neuron = 0; neuron < float_network_size(network, index); neuron++) {
            cr_assert(isfinite(output[neuron]));
            activity->greatest = fmax(activity->greatest, fabs(output[neuron]));
            if (!node_fires(node->type))
                continue;
            activity->spikes += output[neuron] != 0;
            activity->spaces += output[neuron] == 0;
            const char *name = node->type == NODE_THRESHOLD ? "threshold" : "v_threshold";
            activity->ties += output[neuron] == 0 && v[neuron] == node_value(node, name, neuron);
        }
    }
}

static struct activity run(const struct random_case *subject, struct arena *arena, uint64_t seed,
                           struct diagnostics *diagnostics)
{
    struct activity activity = {0};
    struct float_network *network;
    uint64_t state = seed + 1;

    cr_assert_eq(float_network_open(&network, &subject->graph, &subject->options, diagnostics), 0, "seed %llu: %s",
                 (unsigned long long)seed, last_text(diagnostics));
    double **buffers = make_buffers(arena, network);
    for (size_t step = 0; step < STEPS; step++) {
        draw_inputs(subject, network, &state, buffers);
        float_network_step(network, (const double *const *)buffers);
        watch(&activity, &subject->graph, network);
    }
    float_network_close(network);
    return activity;
}

static void make(struct random_case *made, struct arena *arena, uint64_t seed, struct diagnostics *diagnostics)
{
    diagnostics_begin(diagnostics, NULL);
    cr_assert_eq(random_case_make(made, arena, seed, diagnostics), 0, "seed %llu: %s", (unsigned long long)seed,
                 last_text(diagnostics));
}

/* Shares of 1000 graphs, so that no primitive and no form is left to chance. */
Test(random_graph, has_every_primitive_and_form)
{
    static const char *const names[] = {
#define FORM(name, least) #name,
        CENSUS_FORMS
#undef FORM
    };
    static const size_t least[] = {
#define FORM(name, least) least,
        CENSUS_FORMS
#undef FORM
    };
    struct census census = {0};

    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        struct arena arena = {0};
        struct graph raw = {.arena = &arena};
        struct random_case subject;
        struct diagnostics diagnostics;
        cr_assert_eq(random_graph(&raw, seed), 0);
        make(&subject, &arena, seed, &diagnostics);
        cr_assert_eq(census_add(&census, &raw, &subject.graph), 0);
        diagnostics_free(&diagnostics);
        arena_free(&arena);
    }
    for (enum node_type type = 0; type < NODE_TYPES; type++)
        cr_expect(census.types[type] >= 100, "%s is in %zu graphs", node_type_name(type), census.types[type]);
    for (size_t form = 0; form < CENSUS_FORM_COUNT; form++)
        cr_expect(census.forms[form] >= least[form], "%s is in %zu graphs", names[form], census.forms[form]);
}

Test(random_graph, is_alive_and_stays_bounded)
{
    size_t spiking = 0, tied = 0;

    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        struct arena arena = {0};
        struct random_case subject;
        struct diagnostics diagnostics;
        make(&subject, &arena, seed, &diagnostics);
        struct activity activity = run(&subject, &arena, seed, &diagnostics);
        spiking += activity.spikes > 0 && activity.spaces > 0;
        tied += activity.ties > 0;
        cr_expect(activity.greatest < 1e5, "seed %llu: %g", (unsigned long long)seed, activity.greatest);
        diagnostics_free(&diagnostics);
        arena_free(&arena);
    }
    cr_expect(spiking > SEEDS * 8 / 10, "%zu of %d graphs have spikes", spiking, SEEDS);
    cr_expect(tied > SEEDS / 20, "%zu of %d graphs have a membrane at its threshold", tied, SEEDS);
}

static void expect_equal(const struct graph *left, const struct graph *right)
{
    cr_assert_eq(left->node_count, right->node_count);
    cr_assert_eq(left->edge_count, right->edge_count);
    cr_assert(memcmp(left->edges, right->edges, left->edge_count * sizeof *left->edges) == 0);
    for (size_t index = 0; index < left->node_count; index++) {
        const struct node *first = &left->nodes[index], *second = &right->nodes[index];
        cr_assert_str_eq(first->name, second->name);
        cr_assert_eq(first->type, second->type);
        cr_assert(shape_equal(&first->input, &second->input) && shape_equal(&first->output, &second->output));
        for (size_t each = 0; each < first->parameter_count; each++) {
            const struct tensor *one = &first->parameter[each].tensor, *other = &second->parameter[each].tensor;
            cr_assert_eq(one->count, other->count);
            cr_assert(one->count == 0 || memcmp(one->data, other->data, one->count * sizeof *one->data) == 0);
        }
    }
}

Test(random_graph, is_the_same_for_a_seed)
{
    size_t nodes = 0, changes = 0;

    for (uint64_t seed = 0; seed < FILE_SEEDS; seed++) {
        struct arena arena = {0};
        struct random_case subjects[2];
        struct diagnostics diagnostics[2];
        for (size_t side = 0; side < 2; side++)
            make(&subjects[side], &arena, seed, &diagnostics[side]);
        expect_equal(&subjects[0].graph, &subjects[1].graph);
        changes += subjects[0].graph.node_count != nodes;
        nodes = subjects[0].graph.node_count;
        diagnostics_free(&diagnostics[0]);
        diagnostics_free(&diagnostics[1]);
        arena_free(&arena);
    }
    cr_assert(changes > FILE_SEEDS / 2, "%zu seeds differ from the one before", changes);
}

/* Options that the array computes, each value in a fair share of the seeds; nothing else. */
Test(random_graph, draws_every_option)
{
    static const struct {
        const char *name;
        unsigned values;
    } drawn[] = {{"integrator", 2}, {"reset", 3}, {"compare", 2}, {"recurrent-bias", 2}, {"cuba-order", 2}};
    size_t counts[sizeof drawn / sizeof *drawn][8] = {{0}}, narrow = 0, wide = 0, graded = 0, silent_dt = 0;

    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        struct options options = random_options(seed);
        for (size_t index = 0; index < sizeof drawn / sizeof *drawn; index++)
            counts[index][option_choice_get(option_choice_find(drawn[index].name), &options)]++;
        cr_assert(options.weight_bits == 4 || options.weight_bits == 8 || options.weight_bits == 16);
        narrow += options.weight_bits == 4;
        wide += options.weight_bits == 16;
        silent_dt += options.dt == 0;
        graded += random_input_range(seed, "input").graded;
    }
    for (size_t index = 0; index < sizeof drawn / sizeof *drawn; index++)
        for (unsigned value = 0; value < 8; value++)
            cr_expect(value < drawn[index].values ? counts[index][value] > SEEDS / 5 : counts[index][value] == 0,
                      "%s %u: %zu", drawn[index].name, value, counts[index][value]);
    cr_expect(narrow > SEEDS / 5 && narrow < SEEDS / 2, "%zu", narrow);
    cr_expect(wide > SEEDS / 10 && wide < SEEDS / 4, "%zu", wide);
    cr_expect(graded > SEEDS / 5 && graded < SEEDS / 2, "%zu", graded);
    cr_expect(silent_dt > SEEDS / 20 && silent_dt < SEEDS / 2, "%zu", silent_dt);
}

/* Outputs of all nodes, step by step. */
static void compare_runs(const struct random_case *subject, const struct graph *loaded, struct arena *arena,
                         uint64_t seed, struct diagnostics *diagnostics)
{
    struct float_network *networks[2];
    uint64_t state = seed + 1;

    cr_assert_eq(float_network_open(&networks[0], &subject->graph, &subject->options, diagnostics), 0);
    cr_assert_eq(float_network_open(&networks[1], loaded, &subject->options, diagnostics), 0);
    cr_assert_eq(float_network_dt(networks[0]), float_network_dt(networks[1]));
    double **buffers = make_buffers(arena, networks[0]);
    for (size_t step = 0; step < STEPS; step++) {
        draw_inputs(subject, networks[0], &state, buffers);
        for (size_t side = 0; side < 2; side++)
            float_network_step(networks[side], (const double *const *)buffers);
        for (size_t node = 0; node < loaded->node_count; node++)
            cr_assert(memcmp(float_network_output(networks[0], node), float_network_output(networks[1], node),
                             float_network_size(networks[0], node) * sizeof(double)) == 0,
                      "seed %llu, step %zu, %s", (unsigned long long)seed, step, loaded->nodes[node].name);
    }
    float_network_close(networks[0]);
    float_network_close(networks[1]);
}

Test(random_graph, runs_the_same_from_a_file)
{
    const char *path = temporary_path("random_graph.nir");

    for (uint64_t seed = 0; seed < FILE_SEEDS; seed++) {
        struct arena arena = {0};
        struct graph raw = {.arena = &arena}, loaded = {.arena = &arena};
        struct random_case subject;
        struct diagnostics diagnostics;
        make(&subject, &arena, seed, &diagnostics);
        cr_assert_eq(random_graph(&raw, seed), 0);
        cr_assert_eq(write_graph(&raw, path, seed), 0);
        cr_assert_eq(graph_load(&loaded, path, &diagnostics), 0, "seed %llu: %s", (unsigned long long)seed,
                     last_text(&diagnostics));
        expect_equal(&subject.graph, &loaded);
        compare_runs(&subject, &loaded, &arena, seed, &diagnostics);
        diagnostics_free(&diagnostics);
        arena_free(&arena);
    }
}
