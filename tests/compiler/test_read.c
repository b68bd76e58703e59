/* Reading: values, types and names as they are in files made by other writers (h5py, NIR exporters). */
#include "graph.h"
#include "support.h"

#include <criterion/criterion.h>
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
    cr_assert_eq(read_result.edge_count, 6);
    for (size_t wanted = 0; wanted < 6; wanted++) {
        size_t found = 0;
        for (size_t edge = 0; edge < 6; edge++)
            found += strcmp(read_result.nodes[read_result.edges[edge].source].name, edges[wanted][0]) == 0 &&
                     strcmp(read_result.nodes[read_result.edges[edge].target].name, edges[wanted][1]) == 0;
        cr_expect_eq(found, 1, "%s -> %s", edges[wanted][0], edges[wanted][1]);
    }
}
