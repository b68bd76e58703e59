/* Images of random networks, files of them, and what differs between two (image_subject.h). */
#include "image_subject.h"

#include "hardware.h"
#include "hdf5_access.h"
#include "random_network.h"
#include "support.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

void image_subject_write(const char *path)
{
    char temporary[HDF5_PATH_BYTES], reason[HDF5_REASON_BYTES];
    hid_t file = hdf5_create(path, temporary, reason);
    hid_t node = hdf5_create_group(file, "node", reason);

    cr_assert_geq(node, 0);
    cr_assert_eq(hdf5_write_text(node, "type", "NIRGraph", reason), 0);
    cr_assert_eq(hdf5_write_text(file, "version", "1.0.7", reason), 0);
    hdf5_close(node);
    cr_assert_eq(hdf5_commit(file, temporary, path, reason), 0);
}

/* A mapping that image_check() accepts, with invented addresses. */
static void invent_mapping(struct image *image, uint64_t *state)
{
    struct arena *arena = image->arena;
    size_t count = 0;

    image->board = arena_copy(arena, "sim-large");
    image->clear_entry = (uint32_t)random_below(state, 1023);
    image->step_entry = (uint32_t)random_below(state, 1024);
    image->stage_count = 1 + random_below(state, 2);
    image->stage_operations = (uint32_t)random_below(state, 64);
    image->segment_count = 1 + random_below(state, 4);
    image->segments = arena_allocate(arena, image->segment_count + 1, sizeof *image->segments);
    for (size_t index = 0; index < image->segment_count; index++) {
        struct image_segment *segment = &image->segments[index];
        *segment = (struct image_segment){index % 2 ? HW_BROADCAST : 0, 2, 100, 1 + random_below(state, 300), NULL};
        segment->words = arena_allocate(arena, segment->count, sizeof *segment->words);
        for (size_t word = 0; word < segment->count; word++)
            segment->words[word] = (uint16_t)random_next(state);
    }
    /* programs of END alone, but for an UPDATE of one group before the END of the one that clears */
    struct image_segment *program = &image->segments[image->segment_count++];
    *program = (struct image_segment){HW_BROADCAST, HW_SPACE_PROGRAM, 0, (size_t)1024 * HW_OPERATION_WORDS, NULL};
    program->words = arena_allocate(arena, program->count, sizeof *program->words);
    program->words[image->clear_entry * HW_OPERATION_WORDS] = HW_OPERATION_UPDATE;
    program->words[image->clear_entry * HW_OPERATION_WORDS + 3] = 1;
    image->orders = arena_allocate(arena, image->population_count, sizeof *image->orders);
    image->buffers = arena_allocate(arena, image->population_count, sizeof *image->buffers);
    image->slices = arena_allocate(arena, 2 * image->population_count, sizeof *image->slices);
    for (size_t index = 0; index < image->population_count; index++) {
        const struct image_population *population = &image->populations[index];
        size_t size = population->size, rows = size % 4 ? 1 : 4, pad = random_below(state, 5);
        struct image_order order = {1, size / rows, rows, size / rows + pad};
        size_t places = order.rows * order.row_stride, first = places > 16 ? 16 : places;

        image->orders[index] = order;
        image->buffers[index] = (struct image_buffer){image_history(image, index) > 0 || random_below(state, 2),
                                                      population->graded ? 2 : 1, (uint32_t)random_below(state, 64), 3,
                                                      population->graded ? places : (places + 15) / 16,
                                                      image->stage_count - 1};
        if (population->model == MODEL_INPUT)
            continue;
        image->slices[count++] = (struct image_slice){index, 0, first, 0, 2, 10, 90, 20, true};
        if (first < places)
            image->slices[count++] = (struct image_slice){index, first, places - first, 0, 0, 30, 50, 40, false};
    }
    image->slice_count = count;
}

void make_image(struct image *image, struct arena *arena, uint64_t seed, bool mapped)
{
    struct diagnostics diagnostics;
    struct network network;
    struct input_range inputs[RANDOM_INPUTS_MAX];
    uint64_t state = seed;

    diagnostics_begin(&diagnostics, NULL);
    *image = (struct image){.arena = arena};
    cr_assert_eq(random_network(&network, inputs, arena, seed), 0);
    cr_assert_eq(image_quantize(image, &network, inputs, NULL, &diagnostics), 0);
    if (mapped)
        invent_mapping(image, &state);
    cr_assert(image_check(image, &diagnostics), "%s",
              diagnostics.count ? diagnostics.messages[diagnostics.count - 1].text : "");
    diagnostics_free(&diagnostics);
}

void save_image(const struct image *image, const char *path)
{
    struct diagnostics diagnostics;
    char graph[HDF5_PATH_BYTES];

    snprintf(graph, sizeof graph, "%s", temporary_path("graph.nir"));
    image_subject_write(graph);
    diagnostics_begin(&diagnostics, NULL);
    cr_assert_eq(image_save(image, path, graph, &diagnostics), 0, "%s",
                 diagnostics.count ? diagnostics.messages[0].text : "");
    diagnostics_free(&diagnostics);
}

#define SAME(member)                                                                                                   \
    if (one->member != two->member)                                                                                    \
    return #member

static const char *population_difference(const struct image_population *one, const struct image_population *two)
{
    SAME(node);
    SAME(model);
    SAME(size);
    SAME(level);
    SAME(graded);
    SAME(fire);
    SAME(subtract);
    SAME(each);
    SAME(current_each);
    SAME(current_old);
    SAME(gain_exponent);
    SAME(current_exponent);
    SAME(scale);
    SAME(limit);
    SAME(shape.rank);
    if (strcmp(one->name, two->name) != 0)
        return "name";
    for (size_t axis = 0; axis < one->shape.rank; axis++)
        SAME(shape.size[axis]);
    for (size_t kind = 0; kind < NEURON_PARAMETERS && one->model != MODEL_INPUT; kind++) {
        if (memcmp(one->parameter[kind], two->parameter[kind], one->size * sizeof(int16_t)) != 0)
            return "parameter";
    }
    if (!one->current_unit != !two->current_unit)
        return "current_unit";
    if (!one->current_unit)
        return NULL;
    for (size_t kind = 0; kind < CURRENT_PARAMETERS; kind++) {
        if (memcmp(one->current_parameter[kind], two->current_parameter[kind], one->size * sizeof(int16_t)) != 0)
            return "current_parameter";
    }
    return memcmp(one->current_unit, two->current_unit, one->size * sizeof(double)) ? "current_unit" : NULL;
}

static const char *map_difference(const struct linear_map *one, const struct linear_map *two)
{
    SAME(sources);
    SAME(targets);
    SAME(pattern_count);
    if (memcmp(one->pattern, two->pattern, one->sources * sizeof *one->pattern) != 0)
        return "pattern";
    if (memcmp(one->offset, two->offset, one->sources * sizeof *one->offset) != 0)
        return "offset";
    if (memcmp(one->first, two->first, (one->pattern_count + 1) * sizeof *one->first) != 0)
        return "first";
    return memcmp(one->target, two->target, linear_map_entries(one) * sizeof *one->target) ? "target" : NULL;
}

static const char *mapping_difference(const struct image *one, const struct image *two)
{
    SAME(segment_count);
    SAME(slice_count);
    SAME(clear_entry);
    SAME(step_entry);
    SAME(stage_count);
    SAME(stage_operations);
    for (size_t index = 0; index < one->segment_count; index++) {
        SAME(segments[index].core);
        SAME(segments[index].space);
        SAME(segments[index].address);
        SAME(segments[index].count);
        if (memcmp(one->segments[index].words, two->segments[index].words,
                   one->segments[index].count * sizeof(uint16_t)) != 0)
            return "words";
    }
    for (size_t index = 0; one->board && index < one->population_count; index++) {
        SAME(orders[index].channels);
        SAME(orders[index].columns);
        SAME(orders[index].rows);
        SAME(orders[index].row_stride);
        SAME(buffers[index].used);
        SAME(buffers[index].space);
        SAME(buffers[index].address);
        SAME(buffers[index].ring_log2);
        SAME(buffers[index].words);
        SAME(buffers[index].lag);
    }
    for (size_t index = 0; index < one->slice_count; index++) {
        SAME(slices[index].population);
        SAME(slices[index].first_neuron);
        SAME(slices[index].neurons);
        SAME(slices[index].core);
        SAME(slices[index].state_space);
        SAME(slices[index].state_address);
        SAME(slices[index].current_address);
        SAME(slices[index].output_address);
        SAME(slices[index].output);
    }
    return NULL;
}

const char *difference(const struct image *one, const struct image *two)
{
    const char *found = NULL;

    SAME(population_count);
    SAME(projection_count);
    SAME(input_count);
    SAME(output_count);
    SAME(options.dt);
    SAME(options.time_unit);
    SAME(options.compare);
    SAME(options.weight_bits);
    if (strcmp(one->board ? one->board : "", two->board ? two->board : "") != 0)
        return "board";
    for (size_t index = 0; !found && index < one->population_count; index++)
        found = population_difference(&one->populations[index], &two->populations[index]);
    if (found)
        return found;
    for (size_t index = 0; index < one->projection_count; index++) {
        SAME(projections[index].source);
        SAME(projections[index].target);
        SAME(projections[index].delay);
        SAME(projections[index].weight_bits);
        SAME(projections[index].graded);
        SAME(projections[index].scale);
        found = map_difference(&one->projections[index].map, &two->projections[index].map);
        if (found)
            return found;
        if (memcmp(one->projections[index].weight, two->projections[index].weight,
                   linear_map_entries(&one->projections[index].map) * sizeof(int16_t)) != 0)
            return "weight";
    }
    for (size_t index = 0; index < one->input_count; index++) {
        SAME(inputs[index].population);
        if (strcmp(one->inputs[index].name, two->inputs[index].name) != 0)
            return "input";
    }
    for (size_t index = 0; index < one->output_count; index++) {
        SAME(outputs[index].population);
        if (strcmp(one->outputs[index].name, two->outputs[index].name) != 0)
            return "output";
    }
    return mapping_difference(one, two);
}

int load_status(const char *path, const struct image *expected)
{
    struct arena arena = {NULL};
    struct diagnostics diagnostics;
    struct image loaded = {.arena = &arena};
    int result = 2;

    diagnostics_begin(&diagnostics, path);
    if (image_load(&loaded, path, &diagnostics) == -1)
        result = diagnostics.failed && diagnostics.count > 0 ? 0 : 2;
    else
        result = difference(expected, &loaded) ? 2 : 1;
    diagnostics_free(&diagnostics);
    arena_free(&arena);
    return result;
}
