/* Every file of the shared data sets, one by one: it loads and runs on the oracle, with the warnings that it deserves,
 * or it is refused with one text. Sizes, warnings and notes are what h5dump shows and the NIR specification says of it:
 * a note for each v_reset and w_in that the file lacks, each batch axis, each input_shape to be inferred. */
#include "data.h"
#include "float.h"
#include "support.h"

#include <criterion/criterion.h>
#include <glob.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { STEPS = 5, PATH_BYTES = 4400 };

static const struct verdict {
    const char *file;
    size_t inputs, outputs, warnings, notes; /* elements of all Inputs and Outputs, number of messages */
    const char *error;                       /* what is said but for the file's name; NULL: it loads */
} verdicts[] = {
    {"foreign/nir/j0sh162_FederatedLearning-SNN__nir_model@9b7ac98.nir", 0, 0, 0, 0,
     "/node: has no type; the file was written only in part, export it again"},
    {"foreign/nir/kmheckel_spyx__braille_noDelay_bias_zero_subgraph.nir", 12, 7, 0, 2, NULL},
    {"foreign/nir/kmheckel_spyx__braille_noDelay_noBias_subtract_subgraph.nir", 12, 7, 0, 2, NULL},
    {"foreign/nir/kmheckel_spyx__scnn_mnist.nir", 2312, 10, 0, 5, NULL},
    {"foreign/nir/kmheckel_spyx__spyx_shd@8764a75.nir", 0, 0, 0, 0,
     "/LIF/tau: must be > 0, got -201.819 at neuron 0, the first of 8; give the time constant in the unit of "
     "--time-unit"},
    {"foreign/nir/mrontio_nir4s__nir4s_conv1@f75a86d.nir", 320, 160, 0, 0, NULL},
    {"foreign/nir/mrontio_nir4s__nir4s_li@3eda0f5.nir", 1, 1, 0, 0, NULL},
    {"foreign/nir/mrontio_nir4s__nir4s_lif@380303e.nir", 1, 1, 2, 0, NULL}, /* Input and Output have a time axis */
    {"foreign/nir/neuromorphs_NIRTorch__braille@ed8f57e.nir", 0, 0, 1, 0,
     "/lif2: CubaLIF takes shape (38), but /fc2 (Affine) gives (7); correct one of the two (its neurons are all alike: "
     "one number for each parameter fits any shape)"},
    {"foreign/nir/neuromorphs_NIR__Braille_snntorch@3049cfa.nir", 0, 0, 0, 0,
     "is a zip archive (a PyTorch checkpoint is one), not HDF5; export the network with nir.write()"},
    {"foreign/nir/neuromorphs_NIR__braille@82d89d4.nir", 12, 7, 0, 2, NULL},
    {"foreign/nir/neuromorphs_NIR__braille@a7c67c3.nir", 0, 0, 0, 0,
     "/edges (fc1 -> lif1): names the node 'lif1', which is not in the graph; is 'lif1.lif' meant?"},
    {"foreign/nir/neuromorphs_NIR__braille_flattened@1900430.nir", 12, 7, 2, 4, NULL}, /* scalar parameters */
    {"foreign/nir/neuromorphs_NIR__braille_noDelay_bias_zero.nir", 12, 7, 0, 2, NULL},
    {"foreign/nir/neuromorphs_NIR__braille_noDelay_bias_zero_subgraph.nir", 12, 7, 1, 2, NULL}, /* 'lif' for 'lif1' */
    {"foreign/nir/neuromorphs_NIR__braille_noDelay_noBias_subtract.nir", 12, 7, 0, 2, NULL},
    {"foreign/nir/neuromorphs_NIR__braille_subtract@3cbddd2.nir", 12, 7, 0, 2, NULL},
    {"foreign/nir/neuromorphs_NIR__cnn_sinabs.nir", 2312, 10, 0, 5, NULL},
    {"foreign/nir/neuromorphs_NIR__lif_norse.nir", 1, 1, 0, 1, NULL},
    {"foreign/nir/neuromorphs_NIR__lif_rockpool.nir", 1, 1, 0, 2, NULL},
    {"foreign/nir/neuromorphs_NIR__scnn_mnist@232ebad.nir", 2312, 10, 0, 5, NULL},
    /* Input, Output, five IF and the Flatten have a batch axis; three Conv2d have no input_shape */
    {"foreign/nir/neuromorphs_NIR__scnn_mnist@669fbfa.nir", 2312, 10, 0, 16, NULL},
    {"foreign/nir/neuromorphs_NIR__two_lif_neurons.nir", 1, 1, 0, 2, NULL},
    {"own/nir/all.nir", 128, 3, 0, 0, NULL},
    {"own/nir/bare_node.nir", 3, 3, 2, 0, NULL}, /* Input and Output added */
    {"own/nir/conv1d.nir", 40, 72, 0, 0, NULL},
    {"own/nir/conv2d_none.nir", 128, 256, 0, 0, NULL},
    {"own/nir/conv2d_none_notc.nir", 0, 0, 0, 0,
     "/node: has no type; the file was written only in part, export it again"},
    {"own/nir/conv_dil.nir", 144, 120, 1, 0, NULL}, /* the writer's inference is wrong for a kernel that is no square */
    {"own/nir/flatten_none.nir", 0, 0, 0, 0, "/node: has no type; the file was written only in part, export it again"},
    {"own/nir/noedges.nir", 1, 1, 1, 0, NULL}, /* Output added */
    {"own/nir/pool_int.nir", 128, 32, 0, 0, NULL},
    {"own/nir/scalar0d.nir", 0, 0, 0, 0, "/node: has no type; the file was written only in part, export it again"},
    {"own/nir/scalarfloat.nir", 0, 0, 0, 0, "/node: has no type; the file was written only in part, export it again"},
    {"own/nir/slashname.nir", 0, 0, 0, 0,
     "/a: has no type but holds the group 'b'; a node's name had a '/' in it: export with another name"},
};

enum { VERDICTS = sizeof verdicts / sizeof verdicts[0] };

static struct arena files_arena;
static struct graph files_graph;
static struct diagnostics files_messages;

static int load(const char *path)
{
    files_graph = (struct graph){.arena = &files_arena};
    diagnostics_begin(&files_messages, path);
    return graph_load(&files_graph, path, &files_messages);
}

static void unload(void)
{
    diagnostics_free(&files_messages);
    arena_free(&files_arena);
}

static size_t count_messages(enum severity severity)
{
    size_t count = 0;

    for (size_t index = 0; index < files_messages.count; index++)
        count += files_messages.messages[index].severity == severity;
    return count;
}

static size_t count_elements(enum node_type type)
{
    size_t count = 0;

    for (size_t index = 0; index < files_graph.node_count; index++)
        if (files_graph.nodes[index].type == type)
            count += shape_count(&files_graph.nodes[index].output);
    return count;
}

/* A few steps with ones at every Input: it opens, and what comes out of every node is finite. */
static void run_steps(const char *path)
{
    struct options options = options_default();
    struct float_network *network;

    cr_assert_eq(float_network_open(&network, &files_graph, &options, &files_messages), 0, "%s", path);
    size_t count = float_network_input_count(network);
    const double **inputs = arena_allocate(&files_arena, count, sizeof *inputs);
    for (size_t index = 0; index < count; index++) {
        size_t size = float_network_size(network, float_network_input_node(network, index));
        double *ones = arena_allocate(&files_arena, size, sizeof *ones);
        for (size_t element = 0; element < size; element++)
            ones[element] = 1;
        inputs[index] = ones;
    }
    for (size_t step = 0; step < STEPS; step++)
        float_network_step(network, inputs);
    for (size_t node = 0; node < files_graph.node_count; node++)
        for (size_t element = 0; element < float_network_size(network, node); element++)
            cr_assert(isfinite(float_network_output(network, node)[element]), "%s: %s", path,
                      files_graph.nodes[node].name);
    float_network_close(network);
}

static void check_error(const char *path, const char *error)
{
    const char *wanted = arena_print(&files_arena, "%s: %s", path, error), *got = "silence";

    for (size_t index = files_messages.count; index-- > 0;)
        if (files_messages.messages[index].severity == SEVERITY_ERROR)
            got = files_messages.messages[index].text;
    cr_expect_str_eq(got, wanted);
}

Test(files, verdicts, .timeout = 60)
{
    if (!shared_data("own"))
        cr_skip_test("no shared data");
    for (size_t index = 0; index < VERDICTS; index++) {
        const struct verdict *verdict = &verdicts[index];
        char path[PATH_BYTES];
        const char *found = shared_data(verdict->file);
        cr_assert(found, "%s is missing", verdict->file);
        snprintf(path, sizeof path, "%s", found);
        int status = load(path);
        cr_expect_eq(status, verdict->error ? -1 : 0, "%s: %s", path,
                     files_messages.count ? files_messages.messages[0].text : "silent");
        cr_expect_eq(count_messages(SEVERITY_WARNING), verdict->warnings, "%s: %zu warnings", path,
                     count_messages(SEVERITY_WARNING));
        if (verdict->error) {
            check_error(path, verdict->error);
        } else if (status == 0) {
            cr_expect_eq(count_messages(SEVERITY_NOTE), verdict->notes, "%s: %zu notes", path,
                         count_messages(SEVERITY_NOTE));
            cr_expect_eq(count_elements(NODE_INPUT), verdict->inputs, "%s", path);
            cr_expect_eq(count_elements(NODE_OUTPUT), verdict->outputs, "%s", path);
            run_steps(path);
        }
        unload();
    }
}

static void find_files(const char *pattern, glob_t *found)
{
    char whole[PATH_BYTES];
    const char *root = shared_data(".");

    cr_assert(root);
    snprintf(whole, sizeof whole, "%s/%s", root, pattern);
    cr_assert_eq(glob(whole, 0, NULL, found), 0, "%s", whole);
}

/* No file is left out of the table. */
Test(files, table_is_complete)
{
    static const char *const patterns[] = {"foreign/nir/*.nir", "own/nir/*.nir"};
    size_t count = 0;

    if (!shared_data("own"))
        cr_skip_test("no shared data");
    for (size_t pattern = 0; pattern < sizeof patterns / sizeof patterns[0]; pattern++) {
        glob_t found;
        find_files(patterns[pattern], &found);
        for (size_t index = 0; index < found.gl_pathc; index++) {
            bool listed = false;
            for (size_t each = 0; each < VERDICTS; each++)
                listed = listed || strstr(found.gl_pathv[index], verdicts[each].file);
            cr_expect(listed, "%s", found.gl_pathv[index]);
        }
        count += found.gl_pathc;
        globfree(&found);
    }
    cr_expect_eq(count, VERDICTS);
}

/* Networks made to run: they load without a warning. */
Test(files, networks_with_outputs, .timeout = 60)
{
    static const char *const patterns[] = {"own/micro/*.nir", "foreign/runs/*.nir", "own/nets/*/net.nir",
                                           "derived/nets/*/net.nir"};
    if (!shared_data("own"))
        cr_skip_test("no shared data");
    for (size_t pattern = 0; pattern < sizeof patterns / sizeof patterns[0]; pattern++) {
        glob_t found;
        find_files(patterns[pattern], &found);
        for (size_t index = 0; index < found.gl_pathc; index++) {
            const char *path = found.gl_pathv[index];
            cr_assert_eq(load(path), 0, "%s: %s", path,
                         files_messages.count ? files_messages.messages[0].text : "silent");
            cr_expect_eq(count_messages(SEVERITY_WARNING), 0, "%s", path);
            run_steps(path);
            unload();
        }
        globfree(&found);
    }
}

/* The edges of this file name 'lif' where its node is 'lif1'. Another exporter's file of the same network is sound, and
 * its outputs are known from an implementation by others. */
Test(files, repaired_edges_mean_the_same, .fini = unload)
{
    struct data input = {0}, expected = {0};
    struct options options = options_default();
    struct float_network *network;
    size_t output = 0;
    double spikes = 0;

    if (!shared_data("foreign/nir"))
        cr_skip_test("no shared data");
    cr_assert_eq(load(shared_data("foreign/nir/neuromorphs_NIR__braille_noDelay_bias_zero_subgraph.nir")), 0);
    cr_assert_eq(data_read(&input, shared_data("foreign/runs/braille_bias_zero_subgraph.h5"), 0, 0, 1e-4,
                           &files_messages), 0);
    cr_assert_eq(data_read(&expected, shared_data("foreign/runs/braille_bias_zero_subgraph.expected.h5"), 0, 0, 1e-4,
                           &files_messages), 0);
    const struct data_series *taxels = data_find(&input, "input", "spikes");
    const struct data_series *wanted = data_find(&expected, "output", "spikes");
    cr_assert(taxels && taxels->spikes && wanted && wanted->spikes);
    options.dt = 1e-4;
    cr_assert_eq(float_network_open(&network, &files_graph, &options, &files_messages), 0);
    while (files_graph.nodes[output].type != NODE_OUTPUT)
        output++;
    for (size_t step = 0; step < input.steps; step++) {
        double values[12];
        const double *pointer = values;
        for (size_t taxel = 0; taxel < 12; taxel++)
            values[taxel] = taxels->spikes[step * 12 + taxel];
        float_network_step(network, &pointer);
        for (size_t letter = 0; letter < 7; letter++) {
            double got = float_network_output(network, output)[letter];
            spikes += got;
            cr_assert_eq(got, wanted->spikes[step * 7 + letter], "step %zu, output %zu", step, letter);
        }
    }
    cr_expect_gt(spikes, 100);
    float_network_close(network);
    data_free(&input);
    data_free(&expected);
}
