/* Inference: shapes against the data sets' index and against sizes that torch.nn's formulas give; cuts and order
 * against the index and, on random graphs, against a count of predecessors made here. */
#include "graph.h"
#include "support.h"

#include <criterion/criterion.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

static struct arena infer_arena;
static struct diagnostics infer_messages;
static struct graph infer_result;

static void release(void)
{
    diagnostics_free(&infer_messages);
    arena_free(&infer_arena);
}

static const struct node *find_node(const char *name)
{
    for (size_t index = 0; index < infer_result.node_count; index++)
        if (strcmp(infer_result.nodes[index].name, name) == 0)
            return &infer_result.nodes[index];
    return NULL;
}

static void compare_shapes(const char *net, struct json_object *shapes)
{
    json_object_object_foreach(shapes, name, sizes)
    {
        const struct node *node = find_node(name);
        cr_assert(node, "%s: no %s", net, name);
        cr_assert_eq(node->output.rank, json_object_array_length(sizes), "%s %s", net, name);
        for (size_t axis = 0; axis < node->output.rank; axis++)
            cr_expect_eq(node->output.size[axis], (size_t)json_object_get_int(json_object_array_get_idx(sizes, axis)),
                         "%s %s axis %zu", net, name, axis);
    }
}

static void compare_delayed(const char *net, struct json_object *delayed)
{
    size_t count = 0;

    for (size_t edge = 0; edge < infer_result.edge_count; edge++) {
        const char *source = infer_result.nodes[infer_result.edges[edge].source].name;
        const char *target = infer_result.nodes[infer_result.edges[edge].target].name;
        bool listed = false;
        for (size_t each = 0; each < json_object_array_length(delayed); each++) {
            struct json_object *pair = json_object_array_get_idx(delayed, each);
            listed = listed || (strcmp(json_object_get_string(json_object_array_get_idx(pair, 0)), source) == 0 &&
                                strcmp(json_object_get_string(json_object_array_get_idx(pair, 1)), target) == 0);
        }
        cr_expect_eq(infer_result.delayed[edge], listed, "%s: %s -> %s", net, source, target);
        count += infer_result.delayed[edge];
    }
    cr_expect_eq(count, json_object_array_length(delayed), "%s", net);
}

Test(infer, micro_networks)
{
    const char *index_path = shared_data("own/micro/index.json");

    if (!index_path)
        cr_skip_test("no shared data");
    struct json_object *index = json_object_from_file(index_path);
    cr_assert(index);
    json_object_object_foreach(index, net, entry)
    {
        char relative[256];
        snprintf(relative, sizeof relative, "own/micro/%s.nir", net);
        const char *path = shared_data(relative);
        cr_assert(path, "%s", relative);
        infer_result = (struct graph){.arena = &infer_arena};
        diagnostics_begin(&infer_messages, path);
        cr_assert_eq(graph_load(&infer_result, path, &infer_messages), 0, "%s", net);
        cr_expect_eq(infer_messages.count, 0, "%s", net);
        compare_shapes(net, json_object_object_get(entry, "in_shapes"));
        compare_shapes(net, json_object_object_get(entry, "out_shapes"));
        compare_delayed(net, json_object_object_get(entry, "delayed"));
        release();
    }
    json_object_put(index);
}

/* ---- single nodes ---- */

static void set(struct node *node, const char *name, size_t rank, const size_t *size, const double *data)
{
    struct parameter *parameter = (struct parameter *)(uintptr_t)node_parameter(node, name);
    struct tensor *tensor = &parameter->tensor;

    parameter->present = true;
    *tensor = (struct tensor){.rank = rank, .count = 1};
    for (size_t axis = 0; axis < rank; axis++) {
        tensor->size[axis] = size[axis];
        tensor->count *= size[axis];
    }
    tensor->data = arena_allocate(&infer_arena, tensor->count, sizeof(double));
    for (size_t index = 0; index < tensor->count; index++)
        tensor->data[index] = data ? data[index] : 1;
}

static void set_list(struct node *node, const char *name, size_t count, const double *data)
{
    set(node, name, 1, &count, data);
}

/* Input -> a node of type -> Output, with the Input's shape. */
static struct node *build(enum node_type type, size_t rank, const double *shape)
{
    static const char *const names[] = {"input", "node", "output"};
    const enum node_type types[] = {NODE_INPUT, type, NODE_OUTPUT};

    diagnostics_begin(&infer_messages, NULL);
    infer_result = (struct graph){.arena = &infer_arena, .node_count = 3, .edge_count = 2};
    infer_result.nodes = arena_allocate(&infer_arena, 3, sizeof *infer_result.nodes);
    infer_result.edges = arena_allocate(&infer_arena, 2, sizeof *infer_result.edges);
    infer_result.edges[0] = (struct edge){0, 1};
    infer_result.edges[1] = (struct edge){1, 2};
    for (size_t index = 0; index < 3; index++) {
        struct node *node = &infer_result.nodes[index];
        const struct parameter_rule *rules = node_type_rules(types[index], &node->parameter_count);
        node->type = types[index];
        node->name = arena_copy(&infer_arena, names[index]);
        for (size_t each = 0; each < node->parameter_count; each++)
            node->parameter[each].name = rules[each].name;
    }
    set_list(&infer_result.nodes[0], "shape", rank, shape);
    return &infer_result.nodes[1];
}

static int run_passes(void)
{
    return graph_check(&infer_result, &infer_messages) == 0 ? graph_infer(&infer_result, &infer_messages) : -1;
}

/* Results of torch.nn.Conv2d, SumPool (LPPool, p = 1) and AvgPool2d on such inputs. */
Test(infer, sliding_windows)
{
    static const struct {
        enum node_type type;
        double channels, height, width;
        size_t outputs, kernel[2], groups;
        double stride[2], padding[2], dilation[2];
        size_t expected[2]; /* 0: refused */
    } cases[] = {
        {NODE_CONV2D, 3, 32, 32, 8, {3, 3}, 1, {1, 1}, {1, 1}, {1, 1}, {32, 32}},
        {NODE_CONV2D, 3, 32, 32, 8, {3, 3}, 1, {2, 2}, {1, 1}, {1, 1}, {16, 16}},
        {NODE_CONV2D, 2, 34, 34, 16, {5, 5}, 1, {2, 2}, {1, 1}, {1, 1}, {16, 16}},
        {NODE_CONV2D, 2, 8, 9, 4, {3, 5}, 1, {1, 1}, {0, 0}, {1, 1}, {6, 5}},
        {NODE_CONV2D, 4, 9, 7, 6, {2, 3}, 2, {2, 3}, {0, 2}, {1, 2}, {4, 3}},
        {NODE_CONV2D, 1, 7, 7, 1, {3, 3}, 1, {1, 1}, {0, 0}, {3, 3}, {1, 1}},
        {NODE_CONV2D, 1, 6, 7, 1, {3, 3}, 1, {1, 1}, {0, 0}, {3, 3}, {0, 0}},
        {NODE_SUM_POOL_2D, 5, 7, 8, 5, {2, 2}, 1, {2, 2}, {0, 0}, {1, 1}, {3, 4}},
        {NODE_AVERAGE_POOL_2D, 5, 7, 7, 5, {3, 3}, 1, {2, 2}, {1, 1}, {1, 1}, {4, 4}},
        {NODE_AVERAGE_POOL_2D, 5, 2, 2, 5, {3, 3}, 1, {1, 1}, {0, 0}, {1, 1}, {0, 0}},
    };

    for (size_t index = 0; index < sizeof cases / sizeof cases[0]; index++) {
        const double shape[] = {cases[index].channels, cases[index].height, cases[index].width};
        struct node *node = build(cases[index].type, 3, shape);
        if (cases[index].type == NODE_CONV2D) {
            double groups = (double)cases[index].groups;
            const size_t size[] = {cases[index].outputs, (size_t)shape[0] / cases[index].groups, cases[index].kernel[0],
                                   cases[index].kernel[1]};
            set(node, "weight", 4, size, NULL);
            set(node, "groups", 0, NULL, &groups);
            set(node, "bias", 1, size, NULL);
            set_list(node, "dilation", 2, cases[index].dilation);
        } else {
            const double kernel[] = {(double)cases[index].kernel[0], (double)cases[index].kernel[1]};
            set_list(node, "kernel_size", 2, kernel);
        }
        set_list(node, "stride", 2, cases[index].stride);
        set_list(node, "padding", 2, cases[index].padding);
        cr_expect_eq(run_passes(), cases[index].expected[0] ? 0 : -1, "case %zu", index);
        if (cases[index].expected[0]) {
            cr_expect_eq(node->output.size[0], cases[index].outputs, "case %zu", index);
            cr_expect_eq(node->output.size[1], cases[index].expected[0], "case %zu", index);
            cr_expect_eq(node->output.size[2], cases[index].expected[1], "case %zu", index);
        }
        release();
    }
}

Test(infer, flatten)
{
    static const struct {
        double start, end;
        size_t rank, expected[4]; /* rank 0: refused */
    } cases[] = {
        {0, -1, 1, {120}}, {1, -1, 2, {2, 60}}, {0, 1, 3, {6, 4, 5}}, {1, 2, 3, {2, 12, 5}}, {-2, -1, 3, {2, 3, 20}},
        {2, 2, 4, {2, 3, 4, 5}}, {-4, 3, 1, {120}}, {4, -1, 0, {0}}, {2, 1, 0, {0}}, {0, 7, 0, {0}}, {-5, -1, 0, {0}},
    };
    static const double shape[] = {2, 3, 4, 5};

    for (size_t index = 0; index < sizeof cases / sizeof cases[0]; index++) {
        struct node *node = build(NODE_FLATTEN, 4, shape);
        set(node, "start_dim", 0, NULL, &cases[index].start);
        set(node, "end_dim", 0, NULL, &cases[index].end);
        cr_expect_eq(run_passes(), cases[index].rank ? 0 : -1, "%g to %g", cases[index].start, cases[index].end);
        if (cases[index].rank) {
            cr_expect_eq(node->output.rank, cases[index].rank, "%g to %g", cases[index].start, cases[index].end);
            cr_expect_arr_eq(node->output.size, cases[index].expected, cases[index].rank * sizeof(size_t));
        }
        release();
    }
}

/* (2, 3, 4) neurons with parameters of one value, one a channel, and one a row: numpy's stretching. */
Test(infer, stretched_parameters, .fini = release)
{
    static const double shape[] = {2, 3, 4}, channels[] = {10, 20}, rows[] = {1, 2, 3}, one = 7;
    static const size_t channel_size[] = {2, 1, 1}, row_size[] = {1, 3, 1};
    struct node *node = build(NODE_LI, 3, shape);

    set(node, "tau", 3, channel_size, channels);
    set(node, "r", 3, row_size, rows);
    set(node, "v_leak", 0, NULL, &one);
    cr_assert_eq(run_passes(), 0);
    for (size_t neuron = 0; neuron < 24; neuron++) {
        cr_expect_eq(node_value(node, "tau", neuron), channels[neuron / 12]);
        cr_expect_eq(node_value(node, "r", neuron), rows[neuron / 4 % 3]);
        cr_expect_eq(node_value(node, "v_leak", neuron), 7);
    }
}

/* ---- order ---- */

/* Nodes that Kahn's method can put in order, over edges that pass (delayed ones left out; or stateless ends only). */
static size_t count_ordered(bool stateless)
{
    size_t nodes = infer_result.node_count, done = 0;
    bool gone[64] = {false};

    for (bool progress = true; progress;) {
        progress = false;
        for (size_t node = 0; node < nodes; node++) {
            bool blocked = gone[node];
            for (size_t edge = 0; edge < infer_result.edge_count; edge++) {
                struct edge each = infer_result.edges[edge];
                bool counts = stateless ? !node_is_stateful(infer_result.nodes[each.source].type) &&
                                              !node_is_stateful(infer_result.nodes[each.target].type)
                                        : !infer_result.delayed[edge];
                blocked = blocked || (counts && each.target == node && !gone[each.source]);
            }
            if (!blocked) {
                gone[node] = progress = true;
                done++;
            }
        }
    }
    return done;
}

Test(infer, random_cycles)
{
    uint64_t state = 12345;
    size_t refused = 0, accepted = 0;

    for (size_t round = 0; round < 400; round++) {
        size_t nodes = 2 + random_below(&state, 12), edges = random_below(&state, 3 * nodes);
        diagnostics_begin(&infer_messages, NULL);
        infer_result = (struct graph){.arena = &infer_arena, .node_count = nodes, .edge_count = edges};
        infer_result.nodes = arena_allocate(&infer_arena, nodes, sizeof *infer_result.nodes);
        infer_result.edges = arena_allocate(&infer_arena, edges, sizeof *infer_result.edges);
        for (size_t node = 0; node < nodes; node++) {
            infer_result.nodes[node].name = arena_print(&infer_arena, "n%zu", node);
            infer_result.nodes[node].type = node == 0 ? NODE_INPUT : random_below(&state, 3) ? NODE_LIF : NODE_SCALE;
        }
        for (size_t edge = 0; edge < edges; edge++)
            infer_result.edges[edge] =
                (struct edge){random_below(&state, nodes), nodes > 1 ? 1 + random_below(&state, nodes - 1) : 0};
        bool possible = count_ordered(true) == nodes;
        int status = graph_order(&infer_result, &infer_messages);
        cr_expect_eq(status, possible ? 0 : -1, "round %zu", round);
        refused += !possible;
        accepted += possible;
        if (status == 0) {
            size_t position[64] = {0};
            cr_expect_eq(count_ordered(false), nodes, "round %zu: a cycle is left", round);
            for (size_t place = 0; place < nodes; place++)
                position[infer_result.order[place]] = place;
            for (size_t edge = 0; edge < edges; edge++) {
                struct edge each = infer_result.edges[edge];
                if (infer_result.delayed[edge])
                    cr_expect(node_is_stateful(infer_result.nodes[each.source].type),
                              "round %zu: a stateless node is cut", round);
                else
                    cr_expect_lt(position[each.source], position[each.target], "round %zu", round);
            }
        }
        release();
    }
    cr_expect_gt(refused, 20);
    cr_expect_gt(accepted, 100);
}
