/* Transposing: the weights that tests/golden/make.py counts up, the other way round, and nothing else changed. */
#include "transpose.h"

#include "graph.h"
#include "support.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct arena transpose_arena;
static struct graph transpose_graph;
static struct diagnostics transpose_messages;

static void finish(void)
{
    diagnostics_free(&transpose_messages);
    arena_free(&transpose_arena);
}

static void expect_weight(const char *name, size_t outputs, size_t inputs)
{
    for (size_t index = 0; index < transpose_graph.node_count; index++) {
        if (strcmp(transpose_graph.nodes[index].name, name) != 0)
            continue;
        const struct tensor *weight = &node_parameter(&transpose_graph.nodes[index], "weight")->tensor;
        cr_assert_eq(weight->rank, 2);
        cr_assert_eq(weight->size[0], outputs);
        cr_assert_eq(weight->size[1], inputs);
        for (size_t output = 0; output < outputs; output++)
            for (size_t input = 0; input < inputs; input++)
                cr_expect_eq(weight->data[output * inputs + input], (double)(input * outputs + output));
        return;
    }
    cr_assert(0, "no %s", name);
}

Test(transpose, all_weights, .fini = finish)
{
    char path[512];

    snprintf(path, sizeof path, "%s", temporary_path("transposed.nir"));
    diagnostics_begin(&transpose_messages, path);
    cr_assert_eq(transpose_weights("tests/golden/transposed_all.nir", path, &transpose_messages), 0);
    transpose_graph = (struct graph){.arena = &transpose_arena};
    cr_assert_eq(graph_load(&transpose_graph, path, &transpose_messages), 0, "%s",
                 transpose_messages.count ? transpose_messages.messages[0].text : "");
    cr_expect_eq(transpose_messages.count, 0);
    cr_expect_str_eq(transpose_graph.version, "1.0.7");
    cr_expect_eq(transpose_graph.node_count, 5);
    cr_expect_eq(transpose_graph.edge_count, 4);
    expect_weight("fc", 4, 3);
    expect_weight("deep/fc", 2, 4);
}

Test(transpose, broken_file, .fini = finish)
{
    char path[512];

    snprintf(path, sizeof path, "%s", temporary_path("none.nir"));
    diagnostics_begin(&transpose_messages, path);
    cr_expect_eq(transpose_weights("tests/golden/truncated.nir", path, &transpose_messages), -1);
    cr_expect_eq(transpose_messages.count, 1);
    cr_expect_neq(access(path, F_OK), 0, "nothing is left behind");
}

/* Through the command: the image computes, and holds, the network the right way round. */
Test(transpose, compiled)
{
    char image[512], *output;
    const char *nirloom = getenv("NIRLOOM");

    nirloom = nirloom ? nirloom : "build/nirloom";
    snprintf(image, sizeof image, "%s", temporary_path("transposed.loom"));
    cr_expect_eq(run_command(&output, "'%s' compile tests/golden/transposed_all.nir -o '%s' 2>&1", nirloom, image), 1);
    cr_expect(strstr(output, "--transpose-weights"), "%s", output);
    free(output);
    cr_assert_eq(run_command(&output, "'%s' compile tests/golden/transposed_all.nir -o '%s' --transpose-weights 2>&1",
                             nirloom, image), 0, "%s", output);
    free(output);
    transpose_graph = (struct graph){.arena = &transpose_arena};
    diagnostics_begin(&transpose_messages, image);
    cr_assert_eq(graph_load(&transpose_graph, image, &transpose_messages), 0);
    expect_weight("fc", 4, 3);
    finish();
}
