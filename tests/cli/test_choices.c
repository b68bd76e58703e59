/* The numeric choices that compile tells, of networks built by hand, beside what the formulas of docs/numbers.md make
 * of the same parameters here. */
#include "hand_graph.h"
#include "nirloom_command.h"
#include "write_graph.h"

#include <math.h>
#include <stdio.h>

static const double dt = 1e-4;

/* in (2) to Linear w to whatever is added to node `neurons`, to an Output. */
static size_t begin_chain(struct builder *builder, const double *weights, enum node_type type)
{
    begin(builder);
    size_t input = add_node(builder, "in", NODE_INPUT, 2, 2), linear = add_node(builder, "w", NODE_LINEAR, 2, 2);
    size_t neurons = add_node(builder, "neurons", type, 2, 2), output = add_node(builder, "out", NODE_OUTPUT, 2, 2);

    set_all(builder, input, "shape", 2);
    set_all(builder, output, "shape", 2);
    set(builder, linear, "weight", 2, 2, weights);
    join(builder, input, linear);
    join(builder, linear, neurons);
    join(builder, neurons, output);
    return neurons;
}

static struct json_object *compile(struct builder *builder, const char *options)
{
    const char *network = temporary_path("hand.nir");

    cr_assert_eq(write_graph(&builder->subject.graph, network, 0), 0);
    struct json_object *object =
        nirloom_json("compile '%s' -o '%s' --json --dt 1e-4 %s", network, temporary_path("hand.loom"), options);
    close_subject(&builder->subject);
    return object;
}

/* Multiples of one number stay exact: integers times units are the weights times dt/tau r. */
Test(choices, units_and_sums_are_those_of_the_weights)
{
    struct builder builder;
    size_t lif = begin_chain(&builder, (const double[]){3, -1, 4, 2}, NODE_LIF);
    double tau[] = {3e-3, 3e-3}, leak = dt / tau[0];

    set(&builder, lif, "tau", 2, 0, tau);
    set_all(&builder, lif, "r", 2);
    set_all(&builder, lif, "v_leak", 0);
    set_all(&builder, lif, "v_threshold", 1);
    struct json_object *object = compile(&builder, ""), *population = json_named(object, "populations", "neurons");
    struct json_object *projection = json_element(object, "projections", 0);

    double scale = json_number(projection, "scale");

    cr_expect_float_eq(json_number(projection, "largest_weight") * scale, 4 * 2 * leak, 1e-9);
    cr_expect_float_eq(json_number(population, "accumulator_bound") * scale, 6 * 2 * leak, 1e-9);
    cr_expect_eq(json_number(projection, "weight_bits"), 8);
    cr_expect_eq(json_number(projection, "stored_bits"), 8);
    cr_expect_not(json_truth(projection, "graded"));
    cr_expect_eq(json_object_array_length(json_member(projection, "nodes")), 1);
    cr_expect_str_eq(json_object_get_string(json_element(projection, "nodes", 0)), "w");
    cr_expect_str_eq(json_text(population, "units"), "population");
    cr_expect_eq(json_number(population, "smallest_scale"), json_number(population, "scale"));
    cr_expect_eq(json_number(population, "limit"), 1);
    cr_expect_float_eq(json_number(population, "range"), 32767 * json_number(population, "scale"), 1e-9);
    cr_expect_float_eq(json_number(population, "scale") * exp2(json_number(population, "gain_exponent")),
                       scale, 1e-12);
    /* 1092.27 units of 2^-15 become 1092 */
    cr_expect_eq(json_number(population, "leak_unit"), 0x1p-15);
    cr_expect_float_eq(json_number(population, "leak_error"), 1 - 1092 / (32768 * leak), 1e-9);
    cr_expect_null(json_member(population, "current_scale"));
    cr_expect_null(json_member(population, "current_leak_error"));
    json_object_put(object);
}

/* With the current c its gain turns into v: one unit of v is c / 2^e. */
Test(choices, a_current_has_a_unit_and_a_range)
{
    struct builder builder;
    size_t cuba = begin_chain(&builder, (const double[]){0.3, -1, 0.7, 2}, NODE_CUBA_LIF);
    double leak = 1 - exp(-dt / 7e-3), current_leak = 1 - exp(-dt / 9e-4);

    set_all(&builder, cuba, "tau_mem", 7e-3);
    set_all(&builder, cuba, "tau_syn", 9e-4);
    set_all(&builder, cuba, "r", 2);
    set_all(&builder, cuba, "w_in", 1);
    set_all(&builder, cuba, "v_leak", 0);
    set_all(&builder, cuba, "v_threshold", 1);
    struct json_object *object = compile(&builder, "--integrator exp --weight-bits 3");
    struct json_object *population = json_named(object, "populations", "neurons");
    struct json_object *projection = json_element(object, "projections", 0);
    double unit = json_number(population, "scale") * exp2(json_number(population, "gain_exponent"));

    cr_expect_float_eq(json_number(population, "current_scale") * 2 * leak / unit, 1, 1e-9);
    cr_expect_float_eq(json_number(population, "current_range"), 32767 * json_number(population, "current_scale"),
                       1e-9);
    cr_expect_float_eq(unit * exp2(json_number(population, "current_exponent")), json_number(projection, "scale"),
                       1e-12);
    cr_expect_float_eq(json_number(population, "leak_error"), fabs(round(32768 * leak) / (32768 * leak) - 1), 1e-9);
    cr_expect_float_eq(json_number(population, "current_leak_error"),
                       fabs(round(32768 * current_leak) / (32768 * current_leak) - 1), 1e-9);
    cr_expect_eq(json_number(projection, "stored_bits"), 4);
    cr_expect_leq(json_number(projection, "largest_weight"), 3);
    json_object_put(object);
}

/* The second neuron's weights are a thousandth of the first one's, and so is its unit. */
Test(choices, neurons_have_units_of_their_own_where_asked_for)
{
    struct builder builder;
    size_t fire = begin_chain(&builder, (const double[]){0.3, -1, 0.0003, -0.001}, NODE_IF);

    set_all(&builder, fire, "r", 1 / dt);
    set(&builder, fire, "v_threshold", 2, 0, (const double[]){1, 0.001});
    struct json_object *object = compile(&builder, "--scales channel");
    struct json_object *population = json_named(object, "populations", "neurons");

    cr_expect_str_eq(json_text(population, "units"), "neuron");
    cr_expect_float_eq(json_number(population, "smallest_scale") / json_number(population, "scale"), 1e-3, 1e-5);
    cr_expect_null(json_member(population, "leak_error"));
    /* multiples of 0.1, of which 8 bits hold eighths */
    cr_expect_eq(json_number(json_element(object, "projections", 0), "largest_weight"), 80);
    json_object_put(object);
}

/* The names of a projection's nodes, in the order of the alphabet. */
static void nodes_of(char names[64], struct json_object *projection)
{
    struct json_object *list = json_member(projection, "nodes");

    names[0] = '\0';
    for (char name = 'a'; name <= 'z'; name++)
        for (size_t index = 0; index < json_object_array_length(list); index++)
            if (json_object_get_string(json_object_array_get_idx(list, index))[0] == name)
                snprintf(names + strlen(names), 64 - strlen(names), "%c", name);
    cr_expect_eq(strlen(names), json_object_array_length(list));
}

/* in to Linear a, Delay b and LIF first; Delay d and Linear c from there to LIF second, and back to first; Scale e into
 * an Output. What closes the cycle is cut behind d, which so becomes a relay (docs/architecture.md); so is the Output. */
Test(choices, projections_name_the_nodes_that_they_stand_for)
{
    static const struct {
        const char *source, *target, *nodes;
    } wanted[] = {{"in", "first", "ab"}, {"first", "d", "d"}, {"d", "second", "c"}, {"d", "first", "c"},
                  {"second", "out", "e"}};
    struct builder builder;

    begin(&builder);
    size_t input = add_node(&builder, "in", NODE_INPUT, 2, 2), a = add_node(&builder, "a", NODE_LINEAR, 2, 2);
    size_t b = add_node(&builder, "b", NODE_DELAY, 2, 2), first = add_lif(&builder, "first", 2, 1);
    size_t d = add_node(&builder, "d", NODE_DELAY, 2, 2), c = add_node(&builder, "c", NODE_LINEAR, 2, 2);
    size_t second = add_lif(&builder, "second", 2, 1), e = add_node(&builder, "e", NODE_SCALE, 2, 2);
    size_t output = add_node(&builder, "out", NODE_OUTPUT, 2, 2);
    size_t ends[][2] = {{input, a}, {a, b}, {b, first}, {first, d}, {d, c}, {c, second}, {c, first}, {second, e},
                        {e, output}};
    set_all(&builder, input, "shape", 2);
    set_all(&builder, output, "shape", 2);
    set(&builder, a, "weight", 2, 2, (const double[]){3, 1, 1, 2});
    set(&builder, c, "weight", 2, 2, (const double[]){1, 0, 1, 5});
    set(&builder, b, "delay", 2, 0, (const double[]){2e-4, 2e-4});
    set(&builder, d, "delay", 2, 0, (const double[]){3e-4, 3e-4});
    set(&builder, e, "scale", 2, 0, (const double[]){2, 1});
    for (size_t edge = 0; edge < sizeof ends / sizeof *ends; edge++)
        join(&builder, ends[edge][0], ends[edge][1]);
    struct json_object *object = compile(&builder, ""), *projections = json_member(object, "projections");

    cr_assert_eq(json_object_array_length(projections), sizeof wanted / sizeof *wanted);
    for (size_t index = 0; index < sizeof wanted / sizeof *wanted; index++) {
        bool found = false;

        for (size_t at = 0; at < json_object_array_length(projections); at++) {
            struct json_object *projection = json_object_array_get_idx(projections, at);
            char names[64];
            if (strcmp(json_text(projection, "source"), wanted[index].source) != 0 ||
                strcmp(json_text(projection, "target"), wanted[index].target) != 0)
                continue;
            nodes_of(names, projection);
            cr_expect_str_eq(names, wanted[index].nodes);
            found = true;
        }
        cr_expect(found, "no projection from %s to %s", wanted[index].source, wanted[index].target);
    }
    json_object_put(object);
}

/* What inspect says of an image is what compile said of it. */
Test(choices, inspect_says_the_same)
{
    const char *image = temporary_path("example.loom");
    struct json_object *made = nirloom_json("compile examples/mnist/mnist.nir -o '%s' --json --weight-bits 4", image);
    struct json_object *read = nirloom_json("inspect '%s' --json", image);

    cr_expect(json_object_equal(json_member(made, "populations"), json_member(read, "populations")));
    cr_expect(json_object_equal(json_member(made, "projections"), json_member(read, "projections")));
    json_object_put(made);
    json_object_put(read);
}
