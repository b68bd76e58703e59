/* The image file: what is saved is loaded, and a damaged or foreign file is an error and never more. */
#include "hdf5_access.h"
#include "random_network.h"
#include "support.h"

#include <criterion/criterion.h>
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

    image->board = arena_copy(arena, "sim-small");
    image->clear_entry = (uint32_t)random_below(state, 4096);
    image->step_entry = (uint32_t)random_below(state, 4096);
    image->segment_count = 1 + random_below(state, 4);
    image->segments = arena_allocate(arena, image->segment_count, sizeof *image->segments);
    for (size_t index = 0; index < image->segment_count; index++) {
        struct image_segment *segment = &image->segments[index];
        *segment = (struct image_segment){(unsigned)index, 2, 100, 1 + random_below(state, 300), NULL};
        segment->words = arena_allocate(arena, segment->count, sizeof *segment->words);
        for (size_t word = 0; word < segment->count; word++)
            segment->words[word] = (uint16_t)random_next(state);
    }
    image->input_maps = arena_allocate(arena, image->input_count, sizeof *image->input_maps);
    for (size_t input = 0; input < image->input_count; input++) {
        const struct image_population *population = &image->populations[image->inputs[input].population];
        image->input_maps[input] = (struct image_input_map){
            population->graded ? 2 : 1, (uint32_t)(64 * input), 32,
            population->graded ? population->size : (population->size + 15) / 16};
    }
    image->slices = arena_allocate(arena, 2 * image->population_count, sizeof *image->slices);
    for (size_t index = 0; index < image->population_count; index++) {
        size_t size = image->populations[index].size, half = size / 2;
        if (image->populations[index].model == MODEL_INPUT)
            continue;
        if (half)
            image->slices[count++] = (struct image_slice){index, 0, half, 0, 10, 20, true};
        image->slices[count++] = (struct image_slice){index, half, size - half, 1, 30, 40, false};
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
    SAME(gain_shift);
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
    return NULL;
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
    for (size_t index = 0; one->board && index < one->input_count; index++) {
        SAME(input_maps[index].space);
        SAME(input_maps[index].address);
        SAME(input_maps[index].parity);
        SAME(input_maps[index].words);
    }
    for (size_t index = 0; index < one->slice_count; index++) {
        SAME(slices[index].population);
        SAME(slices[index].first_neuron);
        SAME(slices[index].neurons);
        SAME(slices[index].core);
        SAME(slices[index].state_address);
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
        SAME(projections[index].weight_bits);
        SAME(projections[index].graded);
        SAME(projections[index].scale);
        if (memcmp(one->projections[index].weight, two->projections[index].weight,
                   one->populations[one->projections[index].source].size *
                       one->populations[one->projections[index].target].size) != 0)
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
    struct image_projection *projection = &image->projections[image->projection_count - 1];

    switch (way) {
    case 0: last->gain_shift = 8; break;
    case 1: last->scale = -1; break;
    case 2: last->scale *= 2; break;
    case 3: last->fire = !last->fire; break;
    case 4: last->limit = 40000; break;
    case 5: last->each = true, last->parameter[NEURON_LEAK][0] = 1; break;
    case 6: last->level = 0; break;
    case 7: last->shape.rank = 1, last->shape.size[0] = last->size + 1; break;
    case 8: projection->source = projection->target; break;
    case 9: projection->weight_bits = 5; break;
    case 10: projection->weight[0] = -128; break;
    case 11: projection->graded = !projection->graded; break;
    case 12: image->inputs[0].population = image->population_count - 1; break;
    case 13: image->outputs[0].population = image->population_count; break;
    case 14: image->segments[0].address = (1 << 24) - 1, image->segments[0].count = 2; break;
    case 15: image->segments[0].space = 3; break;
    case 16: image->input_maps[0].words++; break;
    case 17: image->input_maps[0].address = 1 << 24; break;
    case 18: image->slices[0].first_neuron++; break;
    case 19: image->slice_count--; break;
    case 20: image->slices[image->slice_count - 1].core = 255; break;
    default: image->slices[image->slice_count - 1].neurons++; break;
    }
}

Test(image, impossible_contents_are_refused)
{
    for (int way = 0; way <= 21; way++) {
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
