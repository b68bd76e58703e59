/* Networks of data sets as subjects of lockstep tests (subject.h). */
#include "subject.h"

#include "compile.h"

#include <criterion/criterion.h>
#include <string.h>

static void assert_no_error(const struct diagnostics *diagnostics, int status)
{
    const char *text = "no message";

    for (size_t index = 0; index < diagnostics->count; index++) {
        if (diagnostics->messages[index].severity == SEVERITY_ERROR)
            text = diagnostics->messages[index].text;
    }
    cr_assert_eq(status, 0, "%s", text);
}

static bool is_too_small(const struct diagnostics *diagnostics)
{
    for (size_t index = 0; index < diagnostics->count; index++) {
        if (strstr(diagnostics->messages[index].text, "does not fit"))
            return true;
    }
    return false;
}

bool subject_fits(struct subject *subject, const char *network, const char *samples, const char *board,
                  unsigned weight_bits, size_t sample_limit)
{
    struct diagnostics diagnostics, sample_diagnostics;
    struct compile_request request = {
        .path = network, .options = options_default(), .board = board_find(board), .samples = samples
    };

    memset(subject, 0, sizeof *subject);
    request.options.weight_bits = weight_bits;
    diagnostics_begin(&diagnostics, network);
    diagnostics_begin(&sample_diagnostics, samples);
    int status = compile_network(&subject->image, &subject->arena, &request, &diagnostics, &sample_diagnostics);
    bool fits = status == 0 || !is_too_small(&diagnostics);
    if (fits) {
        assert_no_error(sample_diagnostics.failed ? &sample_diagnostics : &diagnostics, status);
        status = data_read(&subject->data, samples, 0, sample_limit, 0, &sample_diagnostics);
        assert_no_error(&sample_diagnostics, status);
    }
    diagnostics_free(&diagnostics);
    diagnostics_free(&sample_diagnostics);
    return fits;
}

void subject_open(struct subject *subject, const char *network, const char *samples, const char *board,
                  unsigned weight_bits, size_t sample_limit)
{
    cr_assert(subject_fits(subject, network, samples, board, weight_bits, sample_limit), "%s does not fit %s", network,
              board);
}

void subject_close(struct subject *subject)
{
    data_free(&subject->data);
    arena_free(&subject->arena);
}

void subject_step(void *self, size_t sample, size_t step, const struct loom_buffer *inputs)
{
    const struct subject *subject = self;

    for (size_t input = 0; input < subject->image.input_count; input++) {
        const struct data_series *series = data_find(&subject->data, subject->image.inputs[input].name, NULL);
        size_t offset = (sample * subject->data.steps + step) * series->neurons;
        if (inputs[input].spikes)
            memcpy(inputs[input].spikes, series->spikes + offset, series->neurons);
        else
            memcpy(inputs[input].values, series->values + offset, series->neurons * sizeof(double));
    }
}
