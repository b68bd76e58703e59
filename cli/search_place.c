/* Boards beside each other, each with a placement of its own of the same integers. */
#include "search_place.h"

#include "command.h"
#include "energy_tell.h"
#include "parallel.h"
#include "predict.h"
#include "talk.h"

#include <math.h>

struct placing {
    const struct image *image;
    const struct data *data;
    struct search_trial *trials; /* (boards) */
    size_t samples;              /* to predict by */
    uint64_t budget;
    size_t *predicted;           /* (boards) samples that were; 0 where nothing fits */
};

static uint64_t memory_bytes(const struct image *image)
{
    uint64_t words = 0;

    for (size_t index = 0; index < image->segment_count; index++)
        words += image->segments[index].count;
    for (size_t index = 0; index < image->slice_count; index++)
        words += image->slices[index].neurons * (image->slices[index].current_address ? 2 : 1);
    return 2 * words;
}

/* Cycles and energy of a placed image. */
static int predict(struct placing *placing, const struct image *image, struct search_trial *trial, size_t *predicted)
{
    struct prediction prediction = {0};
    struct energy_figures energy;
    int status = predict_samples(&prediction, image, placing->data, 0, placing->samples, placing->budget);

    if (status == 0)
        status = energy_figures(&energy, image, &prediction, 0);
    if (status == 0) {
        trial->cycles = (double)prediction.cycles / (double)prediction.samples;
        trial->latency_us = trial->cycles * 1e3 / trial->board->clock_khz;
        trial->energy_uj = energy.known ? energy.uj.typical : NAN;
        *predicted = prediction.samples;
    }
    predict_free(&prediction);
    return status;
}

static int place_on_board(void *self, size_t worker, size_t index)
{
    struct placing *placing = self;
    struct search_trial *trial = &placing->trials[index];
    struct arena arena = {0};
    struct image image = *placing->image;
    struct diagnostics diagnostics;
    int status = 0;

    (void)worker;
    image.arena = &arena;
    diagnostics_begin(&diagnostics, NULL);
    trial->fits = image_place(&image, trial->board, &diagnostics) == 0;
    diagnostics_free(&diagnostics);
    if (trial->fits) {
        trial->memory = memory_bytes(&image);
        status = predict(placing, &image, trial, &placing->predicted[index]);
    }
    arena_free(&arena);
    if (status == 0)
        return COMMAND_DONE;
    talk_error("out of memory");
    return COMMAND_DEVICE;
}

int search_place(struct search *search, const struct image *image, size_t widths, const struct data *data, size_t jobs)
{
    struct placing placing = {
        .image = image,
        .data = data,
        .trials = search->trials + search->count,
        .samples = search->predicted ? search->predicted
                   : data->samples < ENERGY_SAMPLES ? data->samples
                                                    : ENERGY_SAMPLES,
        .budget = search->predicted ? UINT64_MAX : PREDICT_BUDGET,
        .predicted = arena_allocate(&search->arena, search->board_count, sizeof *placing.predicted),
    };

    if (!placing.predicted) {
        talk_error("out of memory");
        return COMMAND_DEVICE;
    }
    for (size_t index = 0; index < search->board_count; index++)
        placing.trials[index] =
            (struct search_trial){.board = search->boards[index], .widths = widths, .energy_uj = NAN};
    int status = parallel_run(parallel_workers(jobs, search->board_count), search->board_count, "boards",
                              place_on_board, &placing);
    search->count += search->board_count;
    /* the integers are the same on all boards, and so are their operations */
    for (size_t index = 0; index < search->board_count; index++)
        search->predicted = search->predicted ? search->predicted : placing.predicted[index];
    return status;
}
