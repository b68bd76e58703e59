/* The image file: what is saved is loaded, and a damaged or foreign file is an error and never more. */
#include "hdf5_access.h"
#include "random_network.h"
#include "support.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { NETWORKS = 12 };

/* A graph to copy: the file's content is not looked at by save or load. */
static void write_graph(const char *path)
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
    image->clear_entry = (uint32_t)random_below(state, 4096);
    image->step_entry = (uint32_t)random_below(state, 4096);
    image->segment_count = 1 + random_below(state, 4);
    image->segments = arena_allocate(arena, image->segment_count, sizeof *image->segments);
    for (size_t index = 0; index < image->segment_count; index++) {
        struct image_segment *segment = &image->segments[index];
        *segment = (struct image_segment){index % 2 ? 255 : 0, 2, 100, 1 + random_below(state, 300), NULL};
        segment->words = arena_allocate(arena, segment->count, sizeof *segment->words);
        for (size_t word = 0; word < segment->count; word++)
            segment->words[word] = (uint16_t)random_next(state);
    }
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
                                                      population->graded ? places : (places + 15) / 16};
        if (population->model == MODEL_INPUT)
            continue;
        image->slices[count++] = (struct image_slice){index, 0, first, 0, 2, 10, 90, 20, true};
        if (first < places)
            image->slices[count++] = (struct image_slice){index, first, places - first, 0, 0, 30, 50, 40, false};
    }
    image->slice_count = count;
}

static void make_image(struct image *image, struct arena *arena, uint64_t seed, bool mapped)
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

static void save_image(const struct image *image, const char *path)
{
    struct diagnostics diagnostics;
    char graph[HDF5_PATH_BYTES];

    snprintf(graph, sizeof graph, "%s", temporary_path("graph.nir"));
    write_graph(graph);
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

/* NULL if the images say the same, else what differs. */
static const char *difference(const struct image *one, const struct image *two)
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

Test(image, what_is_saved_is_loaded)
{
    for (uint64_t seed = 1; seed <= NETWORKS; seed++) {
        struct arena arena = {NULL}, other = {NULL};
        struct diagnostics diagnostics;
        struct image image, loaded = {.arena = &other};
        char path[HDF5_PATH_BYTES];

        snprintf(path, sizeof path, "%s", temporary_path("same.loom"));
        make_image(&image, &arena, seed, seed % 3 != 0);
        save_image(&image, path);
        diagnostics_begin(&diagnostics, path);
        cr_assert_eq(image_load(&loaded, path, &diagnostics), 0, "%s",
                     diagnostics.count ? diagnostics.messages[0].text : "");
        cr_expect_null(difference(&image, &loaded), "seed %llu: %s differs", (unsigned long long)seed,
                       difference(&image, &loaded));
        char reason[HDF5_REASON_BYTES];
        hid_t file = hdf5_open(path, reason);
        cr_expect_eq(hdf5_kind(file, "node"), HDF5_GROUP);
        cr_expect_str_eq(hdf5_read_text(file, "version", &other, reason), "1.0.7");
        hdf5_close(file);
        diagnostics_free(&diagnostics);
        arena_free(&arena);
        arena_free(&other);
    }
}

static unsigned char *read_bytes(const char *path, size_t *count)
{
    FILE *file = fopen(path, "rb");
    cr_assert_not_null(file);
    fseek(file, 0, SEEK_END);
    *count = (size_t)ftell(file);
    rewind(file);
    unsigned char *bytes = malloc(*count);
    cr_assert_eq(fread(bytes, 1, *count, file), *count);
    fclose(file);
    return bytes;
}

static void write_bytes(const char *path, const unsigned char *bytes, size_t count)
{
    FILE *file = fopen(path, "wb");

    cr_assert_not_null(file);
    cr_assert_eq(fwrite(bytes, 1, count, file), count);
    fclose(file);
}

/* 0 refused with an error, 1 loaded and equal, 2 anything else. */
static int load_status(const char *path, const struct image *expected)
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

Test(image, damage_is_an_error_or_changes_nothing)
{
    struct arena arena = {NULL};
    struct image image;
    uint64_t state = 5;
    char path[HDF5_PATH_BYTES], damaged[HDF5_PATH_BYTES];
    size_t count, refused = 0;

    snprintf(path, sizeof path, "%s", temporary_path("whole.loom"));
    snprintf(damaged, sizeof damaged, "%s", temporary_path("damaged.loom"));
    make_image(&image, &arena, 5, true);
    save_image(&image, path);
    unsigned char *bytes = read_bytes(path, &count);
    cr_assert_eq(load_status(path, &image), 1);
    for (int trial = 0; trial < 400; trial++) {
        size_t offset = random_below(&state, count);
        unsigned char mask = (unsigned char)(1 << random_below(&state, 8));

        bytes[offset] ^= mask;
        write_bytes(damaged, bytes, count);
        bytes[offset] ^= mask;
        int status = load_status(damaged, &image);
        cr_assert_neq(status, 2, "byte %zu, mask %02x", offset, mask);
        refused += status == 0;
    }
    cr_expect_eq(refused, 400, "%zu", refused);
    for (int trial = 0; trial < 40; trial++) {
        size_t kept = random_below(&state, count);

        write_bytes(damaged, bytes, kept);
        cr_assert_eq(load_status(damaged, &image), 0, "%zu of %zu bytes", kept, count);
    }
    free(bytes);
    arena_free(&arena);
}

static void expect_refusal(const char *path, const char *words)
{
    struct arena arena = {NULL};
    struct diagnostics diagnostics;
    struct image image = {.arena = &arena};

    diagnostics_begin(&diagnostics, path);
    cr_expect_eq(image_load(&image, path, &diagnostics), -1);
    cr_assert_gt(diagnostics.count, 0);
    cr_expect_not_null(strstr(diagnostics.messages[diagnostics.count - 1].text, words), "%s",
                       diagnostics.messages[diagnostics.count - 1].text);
    diagnostics_free(&diagnostics);
    arena_free(&arena);
}

Test(image, other_files_are_told_apart)
{
    char path[HDF5_PATH_BYTES];

    snprintf(path, sizeof path, "%s", temporary_path("graph_only.nir"));
    write_graph(path);
    expect_refusal(path, "nirloom compile");
    snprintf(path, sizeof path, "%s", temporary_path("text.loom"));
    write_bytes(path, (const unsigned char *)"hello, world\n", 13);
    expect_refusal(path, "not HDF5");
    expect_refusal("/nonexistent/a.loom", "cannot be opened");
}

Test(image, failed_save_leaves_the_old_file)
{
    struct arena arena = {NULL};
    struct diagnostics diagnostics;
    struct image image;
    char path[HDF5_PATH_BYTES];
    size_t count;

    snprintf(path, sizeof path, "%s", temporary_path("old.loom"));
    write_bytes(path, (const unsigned char *)"old", 3);
    make_image(&image, &arena, 1, false);
    diagnostics_begin(&diagnostics, NULL);
    cr_expect_eq(image_save(&image, path, "/nonexistent/net.nir", &diagnostics), -1);
    cr_expect(diagnostics.failed);
    unsigned char *bytes = read_bytes(path, &count);
    cr_expect_eq(count, 3);
    cr_expect_arr_eq(bytes, "old", 3);
    free(bytes);
    diagnostics_free(&diagnostics);
    arena_free(&arena);
}

/* Changes in memory that no compiler makes: each must be refused, with valid checksums. */
static void break_image(struct image *image, int way)
{
    struct image_population *last = &image->populations[image->population_count - 1];
    struct image_projection *projection = &image->projections[0];
    struct image_slice *slice = &image->slices[image->slice_count - 1];
    struct image_buffer *buffer = &image->buffers[image->projections[0].source];

    for (size_t index = 0; index < image->projection_count; index++) { /* one with entries */
        if (linear_map_entries(&image->projections[index].map) > 1)
            projection = &image->projections[index];
    }
    buffer->used = true;
    switch (way) {
    case 0: last->gain_exponent = 8; break;
    case 1: last->scale = -1; break;
    case 2: last->scale *= 2; break;
    case 3: last->fire = !last->fire; break;
    case 4: last->limit = 40000; break;
    case 5: last->each = true, last->parameter[NEURON_LEAK][0] = 1; break;
    case 6: projection->delay = 4096; break;
    case 7: last->shape.rank = 1, last->shape.size[0] = last->size + 1; break;
    case 8: projection->source = projection->target, projection->delay = 0; break;
    case 9: projection->weight_bits = 5; break;
    case 10: projection->weight[0] = -128; break;
    case 11: projection->graded = !projection->graded; break;
    case 12: image->inputs[0].population = image->population_count - 1; break;
    case 13: image->outputs[0].population = image->population_count; break;
    case 14: image->segments[0].address = (32768 * 8) - 1, image->segments[0].space = 0; break;
    case 15: image->segments[0].space = 3; break;
    case 16: buffer->words = 0; break;
    case 17: buffer->address = 1 << 24; break;
    case 18: image->slices[0].first_neuron++; break;
    case 19: image->slice_count--; break;
    case 20: slice->core = 16; break;
    case 21: slice->neurons += 16; break;
    case 22: projection->map.target[projection->map.first[1] - 1] += 1 << 20; break;
    case 23: projection->map.pattern[0] = (int32_t)projection->map.pattern_count; break;
    case 24: image->orders[0].columns++; break;
    case 25: image->orders[0].row_stride = 0; break;
    case 26: buffer->ring_log2 = 0, image->projections[0].delay = 1; break;
    case 27: slice->state_space = 1; break;
    case 28: slice->state_address = 1 << 20; break;
    case 29: image->board[0] = 'x'; break;
    case 30: image->step_entry = 32768; break;
    case 31: image->segments[0].core = 16; break;
    default: last->current_exponent = -8; break;
    }
}

Test(image, impossible_contents_are_refused)
{
    for (int way = 0; way <= 32; way++) {
        struct arena arena = {NULL};
        struct diagnostics diagnostics;
        struct image image;
        char path[HDF5_PATH_BYTES];

        snprintf(path, sizeof path, "%s", temporary_path("impossible.loom"));
        make_image(&image, &arena, 7, true);
        break_image(&image, way);
        diagnostics_begin(&diagnostics, NULL);
        cr_expect_not(image_check(&image, &diagnostics), "way %d", way);
        cr_expect(diagnostics.failed);
        if (way != 8 && way != 13) { /* these cannot even be written */
            save_image(&image, path);
            cr_expect_eq(load_status(path, &image), 0, "way %d", way);
        }
        diagnostics_free(&diagnostics);
        arena_free(&arena);
    }
}

/* A current with all that belongs to it, which the networks above may lack: refused where it is damaged. */
Test(image, currents_are_checked)
{
    for (int way = 0; way < 5; way++) {
        struct arena arena = {NULL};
        struct diagnostics diagnostics;
        struct image image;
        struct image_population *population = NULL;
        uint64_t seed = 0;

        while (!population) {
            make_image(&image, &arena, ++seed, false);
            for (size_t index = 0; index < image.population_count; index++) {
                if (image.populations[index].current_unit)
                    population = &image.populations[index];
            }
        }
        diagnostics_begin(&diagnostics, NULL);
        switch (way) {
        case 0: population->current_unit[0] = INFINITY; break;
        case 1: population->current_parameter[CURRENT_LEAK][0] = 1; break;
        case 2: population->current_parameter[CURRENT_BIAS] = NULL; break;
        case 3: population->current_exponent = 9; break;
        default: population->model = MODEL_LIF; break;
        }
        cr_expect_not(image_check(&image, &diagnostics), "way %d", way);
        diagnostics_free(&diagnostics);
        arena_free(&arena);
    }
}
