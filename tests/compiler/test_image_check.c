/* Images that no compiler makes are refused, in memory and from files whose checksums are right. */
#include "hardware.h"
#include "hdf5_access.h"
#include "image_subject.h"
#include "support.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>

/* Programs without END, or with an operation that a core cannot carry out. */
static void break_program(struct image *image, int way)
{
    struct image_segment *segment = image->segments;
    uint16_t *operation;

    while (segment->space != HW_SPACE_PROGRAM)
        segment++;
    operation = segment->words + image->clear_entry * HW_OPERATION_WORDS; /* an UPDATE of one group */
    cr_assert_eq(operation[0] & 7, HW_OPERATION_UPDATE);
    switch (way) {
    case 0:                                                        /* all that follows is the same */
        for (size_t word = 0; word < segment->count; word++)
            segment->words[word] = word % HW_OPERATION_WORDS == 0 ? HW_OPERATION_UPDATE : word % HW_OPERATION_WORDS == 3;
        break;
    case 1: operation[3] = 0; break;                               /* COUNT */
    case 2: operation[5] = 0xFFFF; break;                          /* STRIDE: the first state */
    case 3: operation[6] = 0xFFFF; break;                          /* TARGET: accumulators */
    case 4: operation[0] |= 15u << HW_FLAG_GAIN; break;
    case 5: operation[0] |= 1u << HW_FLAG_REST; break;
    case 6: operation[4] = 0xFFFC; break;                          /* WEIGHT: parameters */
    case 7: operation[0] = 5; break;
    default: operation[0] = HW_OPERATION_ACCUMULATE, operation[2] = 0xFFFF; break; /* SOURCE */
    }
}

Test(image_check, impossible_programs_are_refused)
{
    for (int way = 0; way < 9; way++) {
        struct arena arena = {NULL};
        struct diagnostics diagnostics;
        struct image image;

        make_image(&image, &arena, 7, true);
        diagnostics_begin(&diagnostics, NULL);
        cr_assert(image_check(&image, &diagnostics));
        break_program(&image, way);
        cr_expect_not(image_check(&image, &diagnostics), "way %d", way);
        cr_expect(diagnostics.failed);
        diagnostics_free(&diagnostics);
        arena_free(&arena);
    }
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
    case 9: projection->weight_bits = 9; break;
    case 10: projection->weight[0] = INT16_MIN; break;
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

Test(image_check, impossible_contents_are_refused)
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
Test(image_check, currents_are_checked)
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
