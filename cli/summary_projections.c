/* What is chosen for each projection: widths, the nodes that it stands for, how it is kept. */
#include "summary_parts.h"

#include "cost.h"
#include "place.h"
#include "talk.h"

#include <stdlib.h>

static int largest_weight(const struct image_projection *projection)
{
    int largest = 0;

    for (size_t entry = 0; entry < linear_map_entries(&projection->map); entry++)
        largest = abs(projection->weight[entry]) > largest ? abs(projection->weight[entry]) : largest;
    return largest;
}

/* Bits that a weight takes in memory; 0 where the board is not known. */
static unsigned stored_bits(const struct image *image, const struct image_projection *projection)
{
    const struct board *board = board_find(image->board);

    return board ? place_unit_layout(board, projection).bits : 0;
}

/* The names of the nodes that a projection stands for, one after the other; NULL if memory is short. */
static bool *find_nodes(struct image_origin *origin, size_t index)
{
    bool *nodes = calloc(origin->graph.node_count + 1, sizeof *nodes);

    if (nodes)
        image_origin_nodes(origin, index, nodes);
    return nodes;
}

static void print_nodes(FILE *file, struct image_origin *origin, size_t index)
{
    bool *nodes = find_nodes(origin, index);
    const char *before = "; stands for ";

    for (size_t node = 0; nodes && node < origin->graph.node_count; node++) {
        if (!nodes[node])
            continue;
        fprintf(file, "%s%s", before, origin->graph.nodes[node].name);
        before = ", ";
    }
    free(nodes);
}

static struct json_object *describe_nodes(struct image_origin *origin, size_t index)
{
    struct json_object *list = json_object_new_array();
    bool *nodes = find_nodes(origin, index);

    for (size_t node = 0; nodes && node < origin->graph.node_count; node++)
        if (nodes[node])
            json_object_array_add(list, json_object_new_string(origin->graph.nodes[node].name));
    free(nodes);
    return list;
}

/* NULL where memory is short or the board is not known. The caller frees it. */
static struct cost_projection *lay_out(const struct image *image)
{
    struct cost *cost = cost_open(image);
    struct cost_projection *projections = calloc(image->projection_count + 1, sizeof *projections);

    if (cost && projections) {
        cost_describe(cost, projections);
    } else {
        free(projections);
        projections = NULL;
    }
    cost_close(cost);
    return projections;
}

void summary_print_projections(FILE *file, struct image_origin *origin)
{
    const struct image *image = origin->image;
    struct cost_projection *layouts = lay_out(image);

    for (size_t index = 0; index < image->projection_count; index++) {
        const struct image_projection *projection = &image->projections[index];

        fprintf(file, "  %s -> %s: %u-bit weights up to %d", image->populations[projection->source].name,
                image->populations[projection->target].name, projection->weight_bits, largest_weight(projection));
        if (stored_bits(image, projection) > projection->weight_bits)
            fprintf(file, " in %u bits", stored_bits(image, projection));
        if (projection->delay)
            fprintf(file, ", delay %zu", projection->delay);
        if (layouts)
            fprintf(file, ", %s, %.4g units an event, %llu words", layouts[index].table ? "table" : "dense",
                    layouts[index].units, (unsigned long long)layouts[index].words);
        if (layouts && layouts[index].table)
            fprintf(file, ", %llu entries", (unsigned long long)layouts[index].entries);
        print_nodes(file, origin, index);
        fputc('\n', file);
    }
    free(layouts);
}

struct json_object *summary_describe_projections(struct image_origin *origin)
{
    const struct image *image = origin->image;
    struct json_object *list = json_object_new_array();
    struct cost_projection *layouts = lay_out(image);

    for (size_t index = 0; index < image->projection_count; index++) {
        const struct image_projection *projection = &image->projections[index];
        struct json_object *entry = json_object_new_object();

        json_object_object_add(entry, "source", json_object_new_string(image->populations[projection->source].name));
        json_object_object_add(entry, "target", json_object_new_string(image->populations[projection->target].name));
        json_object_object_add(entry, "delay", json_object_new_int64((int64_t)projection->delay));
        json_object_object_add(entry, "weight_bits", json_object_new_int64(projection->weight_bits));
        json_object_object_add(entry, "stored_bits", json_object_new_int64(stored_bits(image, projection)));
        json_object_object_add(entry, "largest_weight", json_object_new_int64(largest_weight(projection)));
        json_object_object_add(entry, "graded", json_object_new_boolean(projection->graded));
        json_object_object_add(entry, "nodes", describe_nodes(origin, index));
        json_object_object_add(entry, "scale", talk_json_number(projection->scale));
        if (layouts) {
            json_object_object_add(entry, "layout", json_object_new_string(layouts[index].table ? "table" : "dense"));
            json_object_object_add(entry, "units_per_event", talk_json_number(layouts[index].units));
            json_object_object_add(entry, "weight_words", json_object_new_int64((int64_t)layouts[index].words));
            json_object_object_add(entry, "table_entries", json_object_new_int64((int64_t)layouts[index].entries));
        }
        json_object_array_add(list, entry);
    }
    free(layouts);
    return list;
}
