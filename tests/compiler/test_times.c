/* Delays and time constants against the step: what is told, and of which node. Steps by hand: value / dt, in the unit
 * of the file. */
#include "times.h"

#include <criterion/criterion.h>
#include <string.h>

static struct arena times_arena;
static struct diagnostics times_messages;
static struct options times_options;

static void finish(void)
{
    diagnostics_free(&times_messages);
    arena_free(&times_arena);
}

/* Checks a graph of one node, of which the named parameter has these values. */
static void check(enum node_type type, const char *name, size_t count, double *values, double dt)
{
    struct node node = {.name = arena_copy(&times_arena, "n"), .type = type};
    struct graph graph = {.arena = &times_arena, .nodes = &node, .node_count = 1};
    const struct parameter_rule *rules = node_type_rules(type, &node.parameter_count);

    diagnostics_free(&times_messages);
    diagnostics_begin(&times_messages, NULL);
    for (size_t index = 0; index < node.parameter_count; index++) {
        node.parameter[index].name = rules[index].name;
        if (strcmp(rules[index].name, name) == 0)
            node.parameter[index].tensor = (struct tensor){.rank = 1, .size = {count}, .count = count, .data = values};
    }
    graph_check_times(&graph, dt, &times_options, &times_messages);
}

static void expect_warning(const char *text)
{
    cr_assert_eq(times_messages.count, text ? 1 : 0, "%s", times_messages.count ? times_messages.messages[0].text : "");
    if (!text)
        return;
    cr_expect_eq(times_messages.messages[0].severity, SEVERITY_WARNING);
    cr_expect_str_eq(times_messages.messages[0].text, text);
}

Test(times, delays, .fini = finish)
{
    double whole[] = {0, 1e-3, 0.0325}, part[] = {1e-3, 0.0026}, rounded[] = {(double)0.003f};

    times_options = options_default();
    check(NODE_DELAY, "delay", 3, whole, 5e-4);
    expect_warning(NULL);
    check(NODE_DELAY, "delay", 1, rounded, 1e-3);
    expect_warning(NULL);
    check(NODE_DELAY, "delay", 2, part, 1e-3);
    expect_warning("/n/delay: is 0.0026 at neuron 1, which is 2.6 steps of dt 0.001 s; it is rounded to 3");
    times_options.time_unit = 1e-3; /* 0.0026 ms are 2.6 steps of 1 us */
    check(NODE_DELAY, "delay", 2, part, 1e-6);
    expect_warning("/n/delay: is 0.0026 at neuron 1, which is 2.6 steps of dt 1e-06 s; it is rounded to 3");
    times_options.time_unit = 0; /* in steps, whatever dt */
    double steps[] = {3, 2.5};
    check(NODE_DELAY, "delay", 1, steps, 1e-3);
    expect_warning(NULL);
    check(NODE_DELAY, "delay", 2, steps, 1e-3);
    expect_warning("/n/delay: is 2.5 at neuron 1, which is 2.5 steps of dt 0.001 s; it is rounded to 3");
}

Test(times, time_constants, .fini = finish)
{
    double tau[] = {2e-3, 4e-4}, equal[] = {(double)1e-4f};
    static const char overshoots[] =
        "/n/tau_syn: is 0.0004 at neuron 1, less than a step of dt 0.001 s: with Euler the neuron overshoots; give a "
        "smaller --dt, the right --time-unit, or --integrator exp";

    times_options = options_default();
    check(NODE_LIF, "tau", 2, tau, 1e-4);
    expect_warning(NULL);
    check(NODE_LIF, "tau", 1, equal, 1e-4);
    expect_warning(NULL);
    check(NODE_CUBA_LIF, "tau_syn", 2, tau, 1e-3);
    expect_warning(overshoots);
    times_options.integrator = INTEGRATOR_EXP;
    check(NODE_CUBA_LIF, "tau_syn", 2, tau, 1e-3);
    expect_warning(NULL);
}

Test(times, units, .fini = finish)
{
    double steps[] = {20, 2.25}, mixed[] = {20, 0.02};
    static const char text[] = "has no time constant below 2.25 s; if the file counts in milliseconds or steps, give "
                               "--time-unit ms or step";

    times_options = options_default();
    check(NODE_LI, "tau", 2, steps, 1e-4);
    expect_warning(text);
    check(NODE_LI, "tau", 2, mixed, 1e-4);
    expect_warning(NULL);
    times_options.time_unit = 0;
    check(NODE_LI, "tau", 2, steps, 1e-4);
    expect_warning(NULL);
    times_options.time_unit = 1e-3;
    check(NODE_LI, "tau", 2, steps, 1e-4);
    expect_warning(NULL);
}
