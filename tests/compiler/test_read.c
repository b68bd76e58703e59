/* Reading: values, types and names as they are in files made by other writers (h5py, NIR exporters). */
#include "graph.h"
#include "support.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static struct arena read_arena;
static struct graph read_result;
static struct diagnostics read_messages;

static int load(const char *path)
{
    read_result = (struct graph){.arena = &read_arena};
    diagnostics_begin(&read_messages, path);
    return graph_load(&read_result, path, &read_messages);
}

static void unload(void)
{
    diagnostics_free(&read_messages);
    arena_free(&read_arena);
}

static const struct node *find(const char *name)
{
    for (size_t index = 0; index < read_result.node_count; index++)
        if (strcmp(read_result.nodes[index].name, name) == 0)
            return &read_result.nodes[index];
    cr_assert(0, "no node %s", name);
    return NULL;
}

/* The numbers that tests/golden/make.py puts there. */
Test(read, odd_types, .fini = unload)
{
    cr_assert_eq(load("tests/golden/odd_types.nir"), 0);
    const struct tensor *weight = &node_parameter(find("1"), "weight")->tensor;
    cr_assert_eq(weight->rank, 2);
    cr_assert_eq(weight->size[0], 2);
    cr_assert_eq(weight->size[1], 3);
    for (size_t index = 0; index < 6; index++)
        cr_expect_eq(weight->data[index], (double)index);
    cr_expect_eq(node_value(find("1"), "bias", 0), -1);
    cr_expect_eq(node_value(find("1"), "bias", 1), 2);
    cr_expect_eq(node_value(find("2"), "tau_syn", 1), 1);
    cr_expect_eq(node_value(find("2"), "tau_mem", 1), 2);
    cr_expect_eq(node_value(find("2"), "r", 1), 3);
    cr_expect_eq(node_value(find("2"), "v_leak", 1), -4);
    cr_expect_eq(node_value(find("2"), "v_threshold", 1), 5);
    cr_expect_eq(node_value(find("2"), "w_in", 1), 1, "w_in is 1 where absent");
    cr_expect_eq(node_value(find("2"), "v_reset", 1), 0, "v_reset is 0 where absent");
    cr_expect_str_eq(read_result.version, "");
    cr_expect_eq(read_result.metadata_dt, 0.25);
    cr_expect_eq(read_result.edge_count, 3);
}

/* Published weights of a file by somebody else, as h5dump prints them. */
Test(read, foreign_values, .fini = unload)
{
    const char *path = shared_data("foreign/nir/neuromorphs_NIR__lif_norse.nir");

    if (!path)
        cr_skip_test("no shared data");
    cr_assert_eq(load(path), 0);
    cr_expect_str_eq(read_result.version, "0.1.1");
    cr_expect_float_eq(node_value(find("1"), "tau", 0), 0.0025, 1e-9);
    cr_expect_float_eq(node_value(find("1"), "v_threshold", 0), 0.1, 1e-8);
}

/* The graph has just these edges, each once. */
static void expect_edges(const char *const (*edges)[2], size_t count)
{
    cr_expect_eq(read_result.edge_count, count);
    for (size_t wanted = 0; wanted < count; wanted++) {
        size_t found = 0;
        for (size_t edge = 0; edge < read_result.edge_count; edge++)
            found += strcmp(read_result.nodes[read_result.edges[edge].source].name, edges[wanted][0]) == 0 &&
                     strcmp(read_result.nodes[read_result.edges[edge].target].name, edges[wanted][1]) == 0;
        cr_expect_eq(found, 1, "%s -> %s", edges[wanted][0], edges[wanted][1]);
    }
}

/* Nested twice: path names, entries and exits gone, edges joined. */
Test(read, nested, .fini = unload)
{
    static const char *const edges[][2] = {{"input", "blk/inner/fc"},
                                           {"blk/inner/fc", "blk/inner/lif"},
                                           {"blk/inner/lif", "blk/sc"},
                                           {"blk/sc", "w"},
                                           {"w", "lif"},
                                           {"lif", "output"}};
    const char *path = shared_data("own/micro/nested_twice.nir");

    if (!path)
        cr_skip_test("no shared data");
    cr_assert_eq(load(path), 0);
    cr_expect_eq(read_result.node_count, 7);
    expect_edges(edges, 6);
}

/* A nested graph with two Inputs and two Outputs: each edge goes to the one that it names. */
Test(read, nested_ports, .fini = unload)
{
    static const char *const edges[][2] = {{"input", "a"},        {"input", "b"},         {"a", "cell/lif"},
                                           {"b", "cell/w"},       {"cell/w", "cell/lif"}, {"cell/lif", "cell/w"},
                                           {"cell/lif", "output"}, {"cell/w", "second"}};

    cr_assert_eq(load("tests/golden/nested_ports.nir"), 0);
    expect_edges(edges, 8);
}

Test(read, edges_repaired, .fini = unload)
{
    static const char *const edges[][2] = {{"input", "fc"}, {"fc", "lif1"}, {"lif1", "output"}};

    cr_assert_eq(load("tests/golden/dangling_repaired.nir"), 0);
    expect_edges(edges, 3);
}

/* Numbers in place of names, eleven nodes: 10 comes after 9, whatever the order of the names. */
Test(read, nodes_by_number, .fini = unload)
{
    cr_assert_eq(load("tests/golden/oldest.nir"), 0);
    cr_assert_eq(read_result.node_count, 11);
    for (size_t position = 0; position < 11; position++) {
        char name[8];
        snprintf(name, sizeof name, "%zu", position);
        cr_expect_str_eq(read_result.nodes[read_result.order[position]].name, name);
    }
    cr_expect_eq(find("10")->type, NODE_OUTPUT);
    cr_expect_eq(find("10")->output.size[0], 4);
}

/* Big-endian numbers in the object header, and text of fixed length with all three paddings. */
Test(read, compact_layout, .fini = unload)
{
    cr_assert_eq(load("tests/golden/compact.nir"), 0);
    for (size_t index = 0; index < 12; index++)
        cr_expect_eq(node_parameter(find("fc"), "weight")->tensor.data[index], 1);
}

Test(read, padded_text, .fini = unload)
{
    static const char *const edges[][2] = {{"input", "fc"}, {"fc", "lif"}, {"lif", "output"}};

    cr_assert_eq(load("tests/golden/padded_text.nir"), 0);
    expect_edges(edges, 3);
    cr_expect_eq(find("input")->type, NODE_INPUT);
    cr_expect_eq(find("lif")->type, NODE_LIF);
}

/* The shapes that are left when batch and time axes are gone. */
Test(read, axes_too_many, .fini = unload)
{
    static const struct {
        const char *file, *node;
        size_t rank, size[3];
    } cases[] = {
        {"batch_conv", "input", 2, {2, 20}},        {"batch_conv", "conv", 2, {4, 18}},
        {"time_conv", "input", 2, {2, 20}},         {"time_conv", "conv", 2, {4, 18}},
        {"time_alone", "input", 1, {1}},            {"batch_neurons", "lif", 1, {4}},
        {"flatten_beyond", "flat", 1, {24}},        {"flatten_then_scalars", "li", 1, {24}},
        {"bare_scalars", "node", 1, {1}},           {"flatten_batch", "flat", 1, {24}},
    };

    for (size_t index = 0; index < sizeof cases / sizeof cases[0]; index++) {
        char path[128];
        snprintf(path, sizeof path, "tests/golden/%s.nir", cases[index].file);
        cr_assert_eq(load(path), 0, "%s", path);
        const struct node *node = find(cases[index].node);
        cr_expect_eq(node->output.rank, cases[index].rank, "%s %s", path, node->name);
        cr_expect_arr_eq(node->output.size, cases[index].size, cases[index].rank * sizeof(size_t), "%s %s", path,
                         node->name);
        unload();
    }
}
