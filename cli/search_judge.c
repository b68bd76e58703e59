/* Samples through a device, several at a time, each thread with a device of its own; only the outputs of a sample are
 * held, but for traces of one neuron. */
#include "search_judge.h"

#include "command.h"
#include "measure.h"
#include "parallel.h"
#include "talk.h"

#include <math.h>
#include <stdlib.h>

typedef enum loom_status open_device(struct device **device, const struct image *image, const char *argument,
                                     char *error);

/* A thread's own. */
struct judge_worker {
    struct device *device;
    struct loom_buffer *inputs;
    struct loom_buffer *outputs;
};

struct judging {
    struct judge *judge;
    const struct image *image;
    struct judge_worker *workers;
    size_t *answers;
    bool is_float;
};

static int no_memory(void)
{
    talk_error("out of memory");
    return COMMAND_DEVICE;
}

/* A trace of one neuron: kept where the device is float, else compared. */
static void compare_trace(const struct judging *judging, const struct loom_buffer *output, size_t sample)
{
    const struct judge *judge = judging->judge;
    double *trace = judge->trace + sample * judge->data->steps;
    struct judged_trace *judged = &judge->traces[sample];

    *judged = (struct judged_trace){0};
    for (size_t step = 0; step < judge->data->steps; step++) {
        double value = output->values ? output->values[step] : output->spikes[step];

        if (judging->is_float)
            trace[step] = value;
        judged->wrong += (value - trace[step]) * (value - trace[step]);
        judged->all += output->values ? trace[step] * trace[step] : fmax(value, trace[step]);
    }
}

/* Values beside the targets of a sample. */
static void compare_targets(const struct judging *judging, const struct loom_buffer *output, size_t sample)
{
    const struct data *data = judging->judge->data;
    const double *targets = data->targets + sample * data->target_width;
    struct judged_trace *judged = &judging->judge->traces[sample];

    *judged = (struct judged_trace){0};
    for (size_t index = 0; index < data->target_width; index++) {
        judged->wrong += (output->values[index] - targets[index]) * (output->values[index] - targets[index]);
        judged->all += targets[index] * targets[index];
    }
}

static int run_sample(void *self, size_t index, size_t sample)
{
    const struct judging *judging = self;
    const struct image *image = judging->image;
    const struct data *data = judging->judge->data;
    struct judge_worker *worker = &judging->workers[index];
    struct device *device = worker->device;

    for (size_t input = 0; input < image->input_count; input++) {
        const struct data_series *series = data_find(data, image->inputs[input].name, NULL);
        size_t first = sample * data->steps * series->neurons;

        worker->inputs[input] = (struct loom_buffer){.spikes = series->spikes ? series->spikes + first : NULL,
                                                     .values = series->values ? series->values + first : NULL};
    }
    if (device->operations->reset(device) != LOOM_OK ||
        device->operations->run(device, data->steps, worker->inputs, worker->outputs) != LOOM_OK) {
        talk_error("device %s: %s", device->operations->name, device->error);
        return COMMAND_INPUT;
    }
    judging->answers[sample] = measurement_predict(
        &worker->outputs[0], image->populations[image->outputs[0].population].size, data->steps);
    if (judging->judge->kind == JUDGE_TARGETS)
        compare_targets(judging, &worker->outputs[0], sample);
    if (judging->judge->kind == JUDGE_TRACE)
        compare_trace(judging, &worker->outputs[0], sample);
    return COMMAND_DONE;
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

static int open_worker(struct judge_worker *worker, const struct judging *judging, open_device *open,
                       const char *argument)
{
    char error[DEVICE_ERROR_BYTES] = "out of memory";

    worker->inputs = calloc(judging->image->input_count + 1, sizeof *worker->inputs);
    worker->outputs = calloc(judging->image->output_count + 1, sizeof *worker->outputs);
    if (worker->inputs && worker->outputs &&
        make_outputs(worker->outputs, judging->image, judging->judge->data->steps) &&
        open(&worker->device, judging->image, argument, error) == LOOM_OK)
        return COMMAND_DONE;
    talk_error("%s", error);
    return COMMAND_DEVICE;
}

static void close_worker(struct judge_worker *worker, const struct image *image)
{
    if (worker->device)
        worker->device->operations->close(worker->device);
    for (size_t index = 0; worker->outputs && index < image->output_count; index++) {
        free(worker->outputs[index].values);
        free(worker->outputs[index].spikes);
    }
    free(worker->inputs);
    free(worker->outputs);
}

static int run_all(struct judging *judging, open_device *open, const char *argument)
{
    size_t samples = judging->judge->data->samples, count = parallel_workers(judging->judge->jobs, samples);
    int status = COMMAND_DONE;

    judging->workers = calloc(count, sizeof *judging->workers);
    if (!judging->workers)
        return no_memory();
    for (size_t index = 0; index < count && status == COMMAND_DONE; index++)
        status = open_worker(&judging->workers[index], judging, open, argument);
    if (status == COMMAND_DONE)
        status = parallel_run(count, samples, judging->is_float ? "float" : "ref", run_sample, judging);
    for (size_t index = 0; index < count; index++)
        close_worker(&judging->workers[index], judging->image);
    free(judging->workers);
    return status;
}

/* The relative error, added up in the order of the samples. */
static double trace_error(const struct judge *judge)
{
    double wrong = 0, all = 0;

    for (size_t sample = 0; sample < judge->data->samples; sample++) {
        wrong += judge->traces[sample].wrong;
        all += judge->traces[sample].all;
    }
    double error = all > 0 ? wrong / all : wrong > 0;
    return judge->spikes ? error : sqrt(error);
}

static enum search_judge choose_kind(const struct data *data, const struct image_population *output)
{
    if (data->labels)
        return JUDGE_LABELS;
    if (data->targets && output->graded && data->target_width / data->steps == output->size &&
        data->target_width % data->steps == 0)
        return JUDGE_TARGETS;
    return output->size > 1 ? JUDGE_ANSWERS : JUDGE_TRACE;
}

int judge_open(struct judge *judge, const struct data *data, size_t jobs, const struct image *image, const char *path)
{
    const struct image_population *output = &image->populations[image->outputs[0].population];

    *judge = (struct judge){
        .data = data,
        .jobs = jobs,
        .kind = choose_kind(data, output),
        .answers = calloc(data->samples, sizeof *judge->answers),
        .float_answers = calloc(data->samples, sizeof *judge->float_answers),
        .spikes = !output->graded,
    };
    bool traced = judge->kind == JUDGE_TRACE || judge->kind == JUDGE_TARGETS;
    if (traced)
        judge->traces = calloc(data->samples, sizeof *judge->traces);
    if (judge->kind == JUDGE_TRACE && data->samples <= SIZE_MAX / sizeof *judge->trace / data->steps)
        judge->trace = calloc(data->samples * data->steps, sizeof *judge->trace);
    if (!judge->answers || !judge->float_answers || (traced && !judge->traces) ||
        (judge->kind == JUDGE_TRACE && !judge->trace))
        return no_memory();
    struct judging judging = {.judge = judge, .image = image, .answers = judge->float_answers, .is_float = true};
    int status = run_all(&judging, device_float_open, path);
    if (judge->kind == JUDGE_TARGETS)
        judge->float_accuracy = 1 - trace_error(judge);
    return status;
}

void judge_close(struct judge *judge)
{
    free(judge->answers);
    free(judge->float_answers);
    free(judge->trace);
    free(judge->traces);
}

int judge_reference(struct judge *judge, const struct image *image)
{
    struct judging judging = {.judge = judge, .image = image, .answers = judge->answers};

    return run_all(&judging, device_ref_open, NULL);
}

static double share_right(const struct judge *judge, const size_t *answers)
{
    const struct data *data = judge->data;
    size_t right = 0;

    for (size_t sample = 0; sample < data->samples; sample++)
        right += data->labels ? data->labels[sample] == (int64_t)answers[sample]
                              : judge->float_answers[sample] == answers[sample];
    return (double)right / (double)data->samples;
}

double judge_accuracy_of_float(const struct judge *judge)
{
    return judge->kind == JUDGE_LABELS    ? share_right(judge, judge->float_answers)
           : judge->kind == JUDGE_TARGETS ? judge->float_accuracy
                                          : 1;
}

double judge_accuracy(const struct judge *judge)
{
    if (judge->kind == JUDGE_TARGETS)
        return 1 - trace_error(judge);
    return judge->kind == JUDGE_TRACE ? fmax(0, 1 - trace_error(judge)) : share_right(judge, judge->answers);
}
