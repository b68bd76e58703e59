/* Checking: defaults, bounds, Inputs and Outputs that are made, edges; on graphs built here, not read. */
#include "graph.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

static struct arena check_arena;
static struct diagnostics check_messages;
static struct graph check_result;

static void begin(size_t nodes, size_t edges)
{
    diagnostics_begin(&check_messages, NULL);
    check_result = (struct graph){.arena = &check_arena, .version = arena_copy(&check_arena, ""), .edge_count = edges};
    check_result.nodes = arena_allocate(&check_arena, nodes + 1, sizeof *check_result.nodes);
    check_result.edges = arena_allocate(&check_arena, edges + 1, sizeof *check_result.edges);
}

static void finish(void)
{
    diagnostics_free(&check_messages);
    arena_free(&check_arena);
}

static struct node *add(const char *name, enum node_type type)
{
    struct node *node = &check_result.nodes[check_result.node_count++];
    const struct parameter_rule *rules = node_type_rules(type, &node->parameter_count);

    node->name = arena_copy(&check_arena, name);
    node->type = type;
    for (size_t index = 0; index < node->parameter_count; index++)
        node->parameter[index].name = rules[index].name;
    return node;
}

/* Gives a parameter count equal values in one axis (count 0: a scalar). */
static double *give(struct node *node, const char *name, size_t count, double value)
{
    struct parameter *parameter = (struct parameter *)(uintptr_t)node_parameter(node, name);
    size_t numbers = count ? count : 1;

    parameter->present = true;
    parameter->tensor = (struct tensor){.rank = count > 0, .size = {count}, .count = numbers};
    parameter->tensor.data = arena_allocate(&check_arena, numbers, sizeof(double));
    for (size_t index = 0; index < numbers; index++)
        parameter->tensor.data[index] = value;
    return parameter->tensor.data;
}

/* A node with every parameter that nodes.def requires set to 1, for three neurons. */
static struct node *add_full(const char *name, enum node_type type)
{
    struct node *node = add(name, type);
    size_t count;
    const struct parameter_rule *rules = node_type_rules(type, &count);

    for (size_t index = 0; index < count; index++)
        if (rules[index].required)
            give(node, rules[index].name, 3, 1);
    return node;
}

static const enum node_type neurons[] = {NODE_I, NODE_IF, NODE_LI, NODE_LIF, NODE_CUBA_LI, NODE_CUBA_LIF,
                                         NODE_THRESHOLD, NODE_SCALE, NODE_DELAY};
enum { NEURON_TYPES = sizeof neurons / sizeof neurons[0] };

Test(check, names_of_types)
{
    static const char *const names[] = {"Input",  "Output",    "NIRGraph",  "Affine",  "Linear", "Scale",     "Conv1d",
                                        "Conv2d", "SumPool2d", "AvgPool2d", "Flatten", "Delay",  "Threshold", "I",
                                        "IF",     "LI",        "LIF",       "CubaLI",  "CubaLIF"};
    for (size_t index = 0; index < sizeof names / sizeof names[0]; index++)
        cr_expect_str_eq(node_type_name(node_type_find(names[index])), names[index]);
    cr_expect_eq(node_type_find("MaxPool2d"), NODE_TYPES);
    cr_expect_eq(node_type_find(""), NODE_TYPES);
    cr_expect(node_is_stateful(NODE_I) && node_is_stateful(NODE_CUBA_LI) && node_is_stateful(NODE_DELAY));
    cr_expect(!node_is_stateful(NODE_THRESHOLD) && !node_is_stateful(NODE_AFFINE));
    cr_expect(node_fires(NODE_THRESHOLD) && node_fires(NODE_IF) && !node_fires(NODE_LI) && !node_fires(NODE_DELAY));
}

Test(check, defaults_and_ports, .fini = finish)
{
    for (size_t type = 0; type < NEURON_TYPES; type++) {
        begin(4, 0);
        add_full("n", neurons[type]);
        cr_assert_eq(graph_check(&check_result, &check_messages), 0, "%s", node_type_name(neurons[type]));
        const struct parameter *reset = node_parameter(&check_result.nodes[0], "v_reset");
        const struct parameter *gain = node_parameter(&check_result.nodes[0], "w_in");
        cr_expect(!reset || (reset->present && reset->tensor.count == 1 && reset->tensor.data[0] == 0));
        cr_expect(!gain || (gain->present && gain->tensor.count == 1 && gain->tensor.data[0] == 1));
        cr_assert_eq(check_result.node_count, 3);
        cr_expect_str_eq(check_result.nodes[1].name, "input_n");
        cr_expect_eq(check_result.nodes[1].type, NODE_INPUT);
        cr_expect_str_eq(check_result.nodes[2].name, "output_n");
        cr_expect_eq(check_result.nodes[2].type, NODE_OUTPUT);
        finish();
    }
}

/* Each required parameter of each type: absent, NaN and infinite are refused, and by name. */
Test(check, every_required_parameter, .fini = finish)
{
    static const double bad[] = {NAN, INFINITY, -INFINITY};

    for (enum node_type type = 0; type < NODE_TYPES; type++) {
        size_t count;
        const struct parameter_rule *rules = node_type_rules(type, &count);
        for (size_t index = 0; index < count; index++)
            for (size_t fault = 0; rules[index].required && fault < 4; fault++) {
                begin(4, 0);
                struct node *node = add_full("n", type);
                if (fault < 3)
                    give(node, rules[index].name, 3, 1)[2] = bad[fault];
                else
                    node->parameter[index].present = false;
                cr_expect_eq(graph_check(&check_result, &check_messages), -1, "%s %s", node_type_name(type),
                             rules[index].name);
                const char *place = arena_print(&check_arena, "/n/%s: ", rules[index].name);
                cr_assert_gt(check_messages.count, 0);
                cr_expect_eq(strncmp(check_messages.messages[0].text, place, strlen(place)), 0, "%s",
                             check_messages.messages[0].text);
                finish();
            }
    }
}

Test(check, bounds, .fini = finish)
{
    static const struct {
        enum node_type type;
        const char *name;
        double value;
        int status;
    } cases[] = {
        {NODE_LIF, "tau", 0, -1},           {NODE_LIF, "tau", -0.0, -1},     {NODE_LIF, "tau", 1e-300, 0},
        {NODE_LI, "tau", -3211, -1},        {NODE_CUBA_LI, "tau_syn", 0, -1}, {NODE_CUBA_LIF, "tau_mem", -1, -1},
        {NODE_DELAY, "delay", -0.001, -1},  {NODE_DELAY, "delay", 0, 0},     {NODE_LIF, "v_threshold", -5, 0},
        {NODE_LIF, "r", 0, 0},              {NODE_SCALE, "scale", -1, 0},    {NODE_INPUT, "shape", 2.5, -1},
        {NODE_INPUT, "shape", 0, -1},       {NODE_INPUT, "shape", -3, -1},   {NODE_INPUT, "shape", 1e9, -1},
    };

    for (size_t index = 0; index < sizeof cases / sizeof cases[0]; index++) {
        begin(4, 0);
        give(add_full("n", cases[index].type), cases[index].name, 2, cases[index].value);
        if (cases[index].type != NODE_INPUT) /* all parameters of two neurons */
            for (size_t each = 0; each < check_result.nodes[0].parameter_count; each++)
                if (check_result.nodes[0].parameter[each].present)
                    check_result.nodes[0].parameter[each].tensor.count =
                        check_result.nodes[0].parameter[each].tensor.size[0] = 2;
        cr_expect_eq(graph_check(&check_result, &check_messages), cases[index].status, "%s = %g", cases[index].name,
                     cases[index].value);
        finish();
    }
}

Test(check, shapes_within_a_node, .fini = finish)
{
    begin(2, 0);
    give(add_full("n", NODE_LIF), "v_leak", 4, 0);
    cr_expect_eq(graph_check(&check_result, &check_messages), -1);
    cr_expect(strstr(check_messages.messages[0].text, "(3)") && strstr(check_messages.messages[0].text, "(4)"));
    finish();
    begin(2, 0);
    give(add_full("n", NODE_LIF), "v_leak", 0, 0.5); /* a scalar among arrays */
    cr_expect_eq(graph_check(&check_result, &check_messages), 0);
    cr_expect_eq(node_value(&check_result.nodes[0], "v_leak", 2), 0.5);
}

Test(check, edges_of_ports_and_repeated_edges, .fini = finish)
{
    begin(3, 3);
    give(add("in", NODE_INPUT), "shape", 1, 3);
    give(add_full("n", NODE_IF), "v_reset", 3, 0);
    give(add("out", NODE_OUTPUT), "shape", 1, 3);
    check_result.edges[0] = (struct edge){1, 2};
    check_result.edges[1] = (struct edge){0, 1};
    check_result.edges[2] = (struct edge){1, 2};
    cr_expect_eq(graph_check(&check_result, &check_messages), 0);
    cr_expect_eq(check_result.edge_count, 3, "a repeated edge stays");
    cr_expect_eq(check_result.node_count, 3);
    cr_assert_eq(check_messages.count, 1);
    cr_expect(strstr(check_messages.messages[0].text, "(n -> out)"));
    check_result.edges[0] = (struct edge){1, 0};
    cr_expect_eq(graph_check(&check_result, &check_messages), -1, "into an Input");
    check_result.edges[0] = (struct edge){2, 1};
    cr_expect_eq(graph_check(&check_result, &check_messages), -1, "out of an Output");
}
