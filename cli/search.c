/* The integers of a network do not depend on the board: each width is quantised and judged once, then placed on every
 * board. */
#include "search.h"

#include "calibrate.h"
#include "command.h"
#include "compile.h"
#include "predict.h"
#include "search_judge.h"

#include <math.h>
#include <stdlib.h>

enum { PREDICTED_SAMPLES = 20 };

static const unsigned widths[] = {8, 4};

enum { WIDTHS = sizeof widths / sizeof widths[0] };

static uint64_t memory_bytes(const struct image *image)
{
    uint64_t words = 0;

    for (size_t index = 0; index < image->segment_count; index++)
        words += image->segments[index].count;
    for (size_t index = 0; index < image->slice_count; index++)
        words += image->slices[index].neurons * (image->slices[index].current_address ? 2 : 1);
    return 2 * words;
}

/* Places the integers of a width on a board. False if memory is short. */
static bool try_board(struct search_trial *trial, const struct image *integers, const struct judge *judge)
{
    struct image image = *integers;
    struct diagnostics diagnostics;
    struct prediction prediction = {0};
    bool good = true;

    diagnostics_begin(&diagnostics, NULL);
    trial->fits = image_place(&image, trial->board, &diagnostics) == 0;
    diagnostics_free(&diagnostics);
    if (trial->fits) {
        size_t samples = judge->data->samples < PREDICTED_SAMPLES ? judge->data->samples : PREDICTED_SAMPLES;
        good = predict_samples(&prediction, &image, judge->data, 0, samples, PREDICT_BUDGET) == 0;
        trial->memory = memory_bytes(&image);
        if (good) {
            trial->cycles = (double)prediction.cycles / (double)prediction.samples;
            trial->latency_us = trial->cycles * 1e3 / trial->board->clock_khz;
        }
        predict_free(&prediction);
    }
    return good;
}

static bool fits_anywhere(const struct search *search, size_t from)
{
    for (size_t index = from; index < search->count; index++) {
        if (search->trials[index].fits)
            return true;
    }
    return false;
}

/* Scales were chosen for spikes or for values by the first samples: those to judge by must be of that kind too. */
static int check_kinds(const struct image *image, const struct data *data, struct diagnostics *diagnostics)
{
    for (size_t index = 0; index < image->input_count; index++) {
        const struct data_series *series = data_find(data, image->inputs[index].name, NULL);
        bool graded = image->populations[image->inputs[index].population].graded;

        if (graded != (series->values != NULL))
            return diagnostics_error(diagnostics, image->inputs[index].name,
                                     "has %s in the first %d samples and %s in those behind; both must be of one kind",
                                     graded ? "values" : "spikes", CALIBRATION_SAMPLES, graded ? "spikes" : "values");
    }
    return 0;
}

/* All boards with the weights of one width, and what ref makes of the samples. */
static int try_width(struct search *search, const struct arguments *arguments, unsigned weight_bits,
                     struct judge *judge)
{
    struct compile_request request = {.path = arguments->network,
                                      .options = arguments->options,
                                      .board = arguments->board,
                                      .samples = arguments->calibrate,
                                      .calibrate = true};
    struct diagnostics diagnostics, sample_diagnostics;
    struct arena arena = {0};
    struct image image;
    size_t from = search->count;

    request.options.weight_bits = weight_bits;
    diagnostics_begin(&diagnostics, arguments->file);
    diagnostics_begin(&sample_diagnostics, request.samples);
    int status = compile_integers(&image, &arena, &request, &diagnostics, &sample_diagnostics) ? COMMAND_INPUT
                                                                                               : COMMAND_DONE;
    if (status == COMMAND_DONE && image.output_count == 0) {
        diagnostics_error(&diagnostics, "", "no Output to judge by; add an Output node");
        status = COMMAND_INPUT;
    }
    if (status == COMMAND_DONE && check_kinds(&image, judge->data, &sample_diagnostics))
        status = COMMAND_INPUT;
    if (status != COMMAND_DONE) {
        talk_messages(&diagnostics, false);
        talk_messages(&sample_diagnostics, false);
    }
    for (unsigned index = 0; status == COMMAND_DONE && board_at(index); index++) {
        if ((!arguments->board_auto && board_at(index) != arguments->board) || search->count == SEARCH_TRIALS_MAX)
            continue;
        struct search_trial *trial = &search->trials[search->count++];
        *trial = (struct search_trial){.board = board_at(index), .weight_bits = weight_bits};
        if (!try_board(trial, &image, judge)) {
            talk_error("out of memory");
            status = COMMAND_DEVICE;
        }
    }
    if (status == COMMAND_DONE && from == 0)
        status = judge_choose(judge, &image);
    if (status == COMMAND_DONE && from == 0)
        status = judge_answer(judge, &image, device_float_open, arguments->network, judge->float_answers);
    if (status == COMMAND_DONE && fits_anywhere(search, from))
        status = judge_answer(judge, &image, device_ref_open, NULL, judge->answers);
    search->float_accuracy = judge->kind == JUDGE_LABELS ? judge_accuracy(judge, judge->float_answers) : 1;
    for (size_t index = from; index < search->count; index++) {
        search->trials[index].accuracy = judge_accuracy(judge, judge->answers);
        search->trials[index].loss = 100 * (search->float_accuracy - search->trials[index].accuracy);
    }
    diagnostics_free(&sample_diagnostics);
    diagnostics_free(&diagnostics);
    arena_free(&arena);
    return status;
}

static bool dominates(const struct search_trial *a, const struct search_trial *b)
{
    bool as_good = a->accuracy >= b->accuracy && a->latency_us <= b->latency_us && a->memory <= b->memory;

    return as_good && (a->accuracy > b->accuracy || a->latency_us < b->latency_us || a->memory < b->memory);
}

/* Memory bits of a board, what its size is told by where lanes are the same. */
static uint64_t board_bits(const struct board *board)
{
    uint64_t core = (uint64_t)board->weight_words * board->word_bits + (uint64_t)board->state_rows * board->slots * 16 +
                    (uint64_t)board->accumulator_rows * board->lanes * 16 + (uint64_t)board->spike_words * 16 +
                    (uint64_t)board->operations * HW_OPERATION_WORDS * 16;

    return core * board->cores;
}

/* A smaller array, then less of its memory, then fewer cycles. */
static bool cheaper(const struct search_trial *a, const struct search_trial *b)
{
    unsigned lanes_a = a->board->cores * a->board->lanes, lanes_b = b->board->cores * b->board->lanes;

    if (lanes_a != lanes_b)
        return lanes_a < lanes_b;
    if (board_bits(a->board) != board_bits(b->board))
        return board_bits(a->board) < board_bits(b->board);
    return a->memory != b->memory ? a->memory < b->memory : a->cycles < b->cycles;
}

static void choose(struct search *search)
{
    const double rounding = 1e-9;
    bool any = false;

    for (size_t index = 0; index < search->count; index++) {
        struct search_trial *trial = &search->trials[index];
        const struct search_trial *chosen = &search->trials[search->chosen];
        bool meets = trial->loss <= search->max_loss + rounding;

        if (!trial->fits)
            continue;
        trial->pareto = true;
        for (size_t other = 0; other < search->count; other++)
            trial->pareto &= !(search->trials[other].fits && dominates(&search->trials[other], trial));
        bool loses_less = trial->loss < chosen->loss;
        bool loses_as_much = trial->loss <= chosen->loss && !loses_less;
        bool better = meets != search->met ? meets
                      : meets              ? cheaper(trial, chosen)
                                           : loses_less || (loses_as_much && cheaper(trial, chosen));
        if (!any || better) {
            search->chosen = index;
            search->met = meets;
        }
        any = true;
    }
}

static int conclude(struct search *search, const struct arguments *arguments)
{
    if (!fits_anywhere(search, 0)) {
        talk_error("%s: fits none of the %zu combinations of board and width that were tried; --board auto tries all "
                   "boards",
                   arguments->file, search->count);
        return COMMAND_INPUT;
    }
    choose(search);
    if (search->met)
        return COMMAND_DONE;
    const struct search_trial *best = &search->trials[search->chosen];
    search_print(stderr, search);
    talk_error("%s: nothing loses at most %g points; the best, %u-bit weights on %s, loses %.3g; --max-loss %.3g takes "
               "it",
               arguments->file, search->max_loss, best->weight_bits, best->board->name, best->loss,
               ceil(best->loss * 100) / 100);
    return COMMAND_INPUT;
}

static int read_samples(struct search *search, const struct arguments *arguments, struct data *data)
{
    struct diagnostics diagnostics;
    size_t limit = arguments->limit ? arguments->limit : SEARCH_SAMPLES;

    diagnostics_begin(&diagnostics, arguments->calibrate);
    int status = data_read(data, arguments->calibrate, CALIBRATION_SAMPLES, limit, 1e-4, &diagnostics);
    if (status || data->samples == 0 || data->steps == 0)
        status = diagnostics_error(&diagnostics, "", "the first %d samples choose scales, those behind judge widths: "
                                   "--bits auto needs a file with more; --weight-bits does without",
                                   CALIBRATION_SAMPLES);
    talk_messages(&diagnostics, false);
    diagnostics_free(&diagnostics);
    search->samples = data->samples;
    search->first = CALIBRATION_SAMPLES;
    return status ? COMMAND_INPUT : COMMAND_DONE;
}

int search_run(struct search *search, const struct arguments *arguments)
{
    struct data data = {0};
    struct judge judge = {.data = &data};

    *search = (struct search){.max_loss = arguments->max_loss};
    int status = read_samples(search, arguments, &data);
    judge.answers = calloc(data.samples + 1, sizeof *judge.answers);
    judge.float_answers = calloc(data.samples + 1, sizeof *judge.float_answers);
    if (status == COMMAND_DONE && (!judge.answers || !judge.float_answers)) {
        talk_error("out of memory");
        status = COMMAND_DEVICE;
    }
    progress_begin(&judge.progress, "widths", (WIDTHS + 1) * data.samples);
    for (size_t index = 0; index < WIDTHS && status == COMMAND_DONE; index++)
        status = try_width(search, arguments, widths[index], &judge);
    progress_end(&judge.progress);
    search->judge = judge.kind;
    judge_free(&judge);
    data_free(&data);
    return status == COMMAND_DONE ? conclude(search, arguments) : status;
}

