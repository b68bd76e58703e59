/* Samples through a device, one after the other; only the outputs of one are ever held, but for traces of one
 * neuron. */
#include "search_judge.h"

#include "measure.h"

#include "command.h"

#include <math.h>
#include <stdlib.h>

int judge_choose(struct judge *judge, const struct image *image)
{
    const struct data *data = judge->data;

    judge->kind = data->labels ? JUDGE_LABELS : JUDGE_ANSWERS;
    if (data->labels || image->populations[image->outputs[0].population].size > 1)
        return COMMAND_DONE;
    judge->kind = JUDGE_TRACE;
    judge->trace = data->samples <= SIZE_MAX / sizeof *judge->trace / data->steps
                       ? calloc(data->samples * data->steps, sizeof *judge->trace)
                       : NULL;
    if (judge->trace)
        return COMMAND_DONE;
    talk_error("out of memory");
    return COMMAND_DEVICE;
}

void judge_free(struct judge *judge)
{
    free(judge->answers);
    free(judge->float_answers);
    free(judge->trace);
}

/* A trace of one neuron: kept where the device is float, else compared. */
static void compare_trace(struct judge *judge, const struct loom_buffer *output, size_t sample, bool is_float)
{
    double *trace = judge->trace + sample * judge->data->steps;

    judge->spikes = output->spikes != NULL;
    for (size_t step = 0; step < judge->data->steps; step++) {
        double value = output->values ? output->values[step] : output->spikes[step];

        if (is_float)
            trace[step] = value;
        judge->wrong += (value - trace[step]) * (value - trace[step]);
        judge->all += output->values ? trace[step] * trace[step] : fmax(value, trace[step]);
    }
}

static bool make_outputs(struct loom_buffer *outputs, const struct image *image, size_t steps)
{
    for (size_t index = 0; index < image->output_count; index++) {
        const struct image_population *from = &image->populations[image->outputs[index].population];

        if (from->size > SIZE_MAX / sizeof(double) / steps)
            return false;
        outputs[index].values = from->graded ? calloc(steps * from->size, sizeof(double)) : NULL;
        outputs[index].spikes = from->graded ? NULL : calloc(steps * from->size, 1);
        if (!outputs[index].values && !outputs[index].spikes)
            return false;
    }
    return true;
}

static int run_samples(struct judge *judge, const struct image *image, struct device *device,
                       struct loom_buffer *inputs, struct loom_buffer *outputs, size_t *answers)
{
    const struct data *data = judge->data;
    size_t size = image->populations[image->outputs[0].population].size;

    judge->wrong = judge->all = 0;
    for (size_t sample = 0; sample < data->samples; sample++) {
        for (size_t input = 0; input < image->input_count; input++) {
            const struct data_series *series = data_find(data, image->inputs[input].name, NULL);
            size_t first = sample * data->steps * series->neurons;

            inputs[input] = (struct loom_buffer){.spikes = series->spikes ? series->spikes + first : NULL,
                                                 .values = series->values ? series->values + first : NULL};
        }
        if (device->operations->reset(device) != LOOM_OK ||
            device->operations->run(device, data->steps, inputs, outputs) != LOOM_OK) {
            talk_error("device %s: %s", device->operations->name, device->error);
            return COMMAND_INPUT;
        }
        answers[sample] = measurement_predict(&outputs[0], size, data->steps);
        if (judge->trace)
            compare_trace(judge, &outputs[0], sample, answers == judge->float_answers);
        progress_show(&judge->progress, ++judge->done);
    }
    return COMMAND_DONE;
}

int judge_answer(struct judge *judge, const struct image *image, open_device *open, const char *argument,
                 size_t *answers)
{
    struct loom_buffer *inputs = calloc(image->input_count + 1, sizeof *inputs);
    struct loom_buffer *outputs = calloc(image->output_count + 1, sizeof *outputs);
    char error[DEVICE_ERROR_BYTES] = "out of memory";
    struct device *device = NULL;
    int status = COMMAND_DEVICE;

    if (!inputs || !outputs || !make_outputs(outputs, image, judge->data->steps) ||
        open(&device, image, argument, error) != LOOM_OK)
        talk_error("%s", error);
    else
        status = run_samples(judge, image, device, inputs, outputs, answers);
    if (device)
        device->operations->close(device);
    for (size_t index = 0; outputs && index < image->output_count; index++) {
        free(outputs[index].values);
        free(outputs[index].spikes);
    }
    free(inputs);
    free(outputs);
    return status;
}

/* Share of the labels; where there are none of what float answers; of a trace 1 less its relative error. */
double judge_accuracy(const struct judge *judge, const size_t *answers)
{
    const struct data *data = judge->data;
    size_t right = 0;

    if (judge->trace) {
        double error = judge->all > 0 ? judge->wrong / judge->all : judge->wrong > 0;
        return fmax(0, 1 - (judge->spikes ? error : sqrt(error)));
    }
    for (size_t sample = 0; sample < data->samples; sample++)
        right += data->labels ? data->labels[sample] == (int64_t)answers[sample]
                              : judge->float_answers[sample] == answers[sample];
    return (double)right / (double)data->samples;
}
