/* Measuring a network on its samples: the chosen device beside the float oracle and the integer model. The devices
 * take turns sample by sample, so that a thread holds only one sample's outputs. */
#include "measure.h"

#include "command.h"
#include "parallel.h"
#include "talk.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static int no_memory(void)
{
    talk_error("out of memory for the outputs of a sample; --limit takes fewer samples");
    return COMMAND_DEVICE;
}

/* The place of a device's runner; one for each name. */
static size_t add_runner(struct measurement *measurement, const char *device)
{
    size_t place = 0;

    while (place < measurement->runner_count && strcmp(measurement->runners[place].device, device) != 0)
        place++;
    if (place == measurement->runner_count)
        measurement->runners[measurement->runner_count++].device = device;
    return place;
}

static int open_device(const struct measurement *measurement, struct measurement_worker *worker, size_t place)
{
    const struct data *data = &measurement->session->data;
    int status = session_device(measurement->session, &worker->looms[place], measurement->runners[place].device);

    if (status != COMMAND_DONE)
        return status;
    size_t outputs = loom_output_count(worker->looms[place]);
    worker->outputs[place] = calloc(outputs + 1, sizeof *worker->outputs[place]);
    if (!worker->outputs[place])
        return no_memory();
    for (size_t index = 0; index < outputs; index++) {
        struct loom_port port = loom_output(worker->looms[place], index);
        struct loom_buffer *buffer = &worker->outputs[place][index];

        if (port.size > SIZE_MAX / sizeof(double) / data->steps)
            return no_memory();
        if (port.graded)
            buffer->values = calloc(data->steps * port.size, sizeof *buffer->values);
        else
            buffer->spikes = calloc(data->steps * port.size, sizeof *buffer->spikes);
        if (!buffer->values && !buffer->spikes)
            return no_memory();
    }
    return COMMAND_DONE;
}

static int open_judge(const struct measurement *measurement, struct measurement_worker *worker)
{
    struct diagnostics diagnostics;

    diagnostics_begin(&diagnostics, measurement->session->path);
    worker->judge = agreement_open(&measurement->session->image, measurement->session->path, &diagnostics);
    talk_messages(&diagnostics, false);
    diagnostics_free(&diagnostics);
    return worker->judge ? COMMAND_DONE : COMMAND_INPUT;
}

static int open_worker(const struct measurement *measurement, struct measurement_worker *worker)
{
    int status = COMMAND_DONE;

    for (size_t place = 0; status == COMMAND_DONE && place < measurement->runner_count; place++)
        status = open_device(measurement, worker, place);
    if (status == COMMAND_DONE && measurement->compared)
        status = open_judge(measurement, worker);
    if (status != COMMAND_DONE)
        return status;
    worker->inputs = calloc(measurement->session->image.input_count + 1, sizeof *worker->inputs);
    return worker->inputs ? COMMAND_DONE : no_memory();
}

static int allocate(struct measurement *measurement)
{
    size_t samples = measurement->session->data.samples;
    size_t populations = measurement->session->image.population_count + 1;

    if (measurement->compared > SIZE_MAX / sizeof *measurement->parts / populations)
        return no_memory();
    measurement->workers = calloc(measurement->worker_count, sizeof *measurement->workers);
    measurement->samples = calloc(samples, sizeof *measurement->samples);
    measurement->agreements = calloc(populations, sizeof *measurement->agreements);
    measurement->parts = calloc(measurement->compared * populations + 1, sizeof *measurement->parts);
    for (size_t place = 0; place < measurement->runner_count; place++) {
        measurement->runners[place].predictions = calloc(samples, sizeof(size_t));
        if (!measurement->runners[place].predictions)
            return no_memory();
    }
    return measurement->workers && measurement->samples && measurement->agreements && measurement->parts
               ? COMMAND_DONE
               : no_memory();
}

int measurement_open(struct measurement *measurement, const struct session *session, const char *device, size_t jobs,
                     size_t compared)
{
    size_t samples = session->data.samples;

    *measurement = (struct measurement){
        .session = session,
        .equal = true,
        .worker_count = parallel_workers(jobs, samples),
        .compared = compared < samples ? compared : samples,
    };
    measurement->device = add_runner(measurement, device);
    measurement->oracle = add_runner(measurement, "float");
    measurement->reference = add_runner(measurement, "ref");
    if (session->image.output_count == 0) {
        talk_error("the network has no Output to measure; add an Output node");
        return COMMAND_INPUT;
    }
    int status = allocate(measurement);
    for (size_t index = 0; status == COMMAND_DONE && index < measurement->worker_count; index++)
        status = open_worker(measurement, &measurement->workers[index]);
    return status;
}

static void close_worker(struct measurement_worker *worker)
{
    for (size_t place = 0; place < RUNNERS_MAX; place++) {
        struct loom_buffer *outputs = worker->outputs[place];

        for (size_t index = 0; outputs && index < loom_output_count(worker->looms[place]); index++) {
            free(outputs[index].spikes);
            free(outputs[index].values);
        }
        free(outputs);
        loom_close(worker->looms[place]);
    }
    free(worker->inputs);
    agreement_close(worker->judge);
}

void measurement_close(struct measurement *measurement)
{
    for (size_t index = 0; measurement->workers && index < measurement->worker_count; index++)
        close_worker(&measurement->workers[index]);
    for (size_t place = 0; place < measurement->runner_count; place++)
        free(measurement->runners[place].predictions);
    free(measurement->workers);
    free(measurement->samples);
    free(measurement->agreements);
    free(measurement->parts);
    *measurement = (struct measurement){0};
}

size_t measurement_predict(const struct loom_buffer *output, size_t size, size_t steps)
{
    double best = -INFINITY;
    size_t prediction = 0;

    for (size_t neuron = 0; neuron < size; neuron++) {
        double sum = 0;

        for (size_t step = 0; step < steps; step++)
            sum += output->values ? output->values[step * size + neuron] : output->spikes[step * size + neuron];
        if (sum > best) {
            best = sum;
            prediction = neuron;
        }
    }
    return prediction;
}

static int run_device(struct measurement *measurement, struct measurement_worker *worker, size_t place, size_t sample)
{
    struct loom *loom = worker->looms[place];
    struct measured_sample *measured = &measurement->samples[sample];
    size_t steps = measurement->session->data.steps;

    session_inputs(measurement->session, loom, sample, worker->inputs);
    enum loom_status status = loom_reset(loom);
    if (status == LOOM_OK)
        status = loom_run(loom, steps, worker->inputs, worker->outputs[place]);
    if (status != LOOM_OK)
        return session_failed(loom, status, measurement->runners[place].device);
    measured->cycles[place] = loom_counters(loom).cycles;
    measured->synaptic_operations[place] = loom_counters(loom).synaptic_operations;
    measurement->runners[place].predictions[sample] =
        measurement_predict(&worker->outputs[place][0], loom_output(loom, 0).size, steps);
    return COMMAND_DONE;
}

static void compare_with_oracle(const struct measurement *measurement, const struct measurement_worker *worker,
                                struct measured_sample *measured)
{
    const struct loom *loom = worker->looms[measurement->device];

    for (size_t index = 0; index < loom_output_count(loom); index++) {
        const uint8_t *ours = worker->outputs[measurement->device][index].spikes;
        const uint8_t *theirs = worker->outputs[measurement->oracle][index].spikes;
        size_t count = measurement->session->data.steps * loom_output(loom, index).size;

        if (!ours || !theirs)
            continue;
        measured->has_spikes = true;
        for (size_t element = 0; element < count; element++) {
            measured->spikes_both += ours[element] && theirs[element];
            measured->spikes_either += ours[element] || theirs[element];
        }
    }
}

static bool equals_reference(const struct measurement *measurement, const struct measurement_worker *worker)
{
    const struct loom *loom = worker->looms[measurement->device];
    bool equal = true;

    for (size_t index = 0; equal && index < loom_output_count(loom); index++) {
        const struct loom_buffer *ours = &worker->outputs[measurement->device][index];
        const struct loom_buffer *theirs = &worker->outputs[measurement->reference][index];
        size_t count = measurement->session->data.steps * loom_output(loom, index).size;

        if (ours->spikes && theirs->spikes)
            equal = memcmp(ours->spikes, theirs->spikes, count) == 0;
        else if (ours->values && theirs->values)
            for (size_t element = 0; element < count; element++)
                equal = equal && ours->values[element] == theirs->values[element];
        else
            equal = false;
    }
    return equal;
}

static int run_sample(void *self, size_t index, size_t sample)
{
    struct measurement *measurement = self;
    struct measurement_worker *worker = &measurement->workers[index];
    struct measured_sample *measured = &measurement->samples[sample];
    size_t populations = measurement->session->image.population_count;
    int status = COMMAND_DONE;

    for (size_t place = 0; status == COMMAND_DONE && place < measurement->runner_count; place++)
        status = run_device(measurement, worker, place, sample);
    if (status != COMMAND_DONE)
        return status;
    compare_with_oracle(measurement, worker, measured);
    measured->equal = equals_reference(measurement, worker);
    if (sample < measurement->compared)
        agreement_sample(worker->judge, &measurement->session->data, sample,
                         measurement->parts + sample * populations);
    return COMMAND_DONE;
}

/* In the order of the samples, so that sums of doubles come out the same however many threads there were. */
static void add_up(struct measurement *measurement)
{
    size_t populations = measurement->session->image.population_count;

    for (size_t sample = 0; sample < measurement->session->data.samples; sample++) {
        const struct measured_sample *measured = &measurement->samples[sample];

        for (size_t place = 0; place < measurement->runner_count; place++) {
            measurement->runners[place].cycles += measured->cycles[place];
            measurement->runners[place].synaptic_operations += measured->synaptic_operations[place];
        }
        measurement->spikes_both += measured->spikes_both;
        measurement->spikes_either += measured->spikes_either;
        measurement->has_spikes = measurement->has_spikes || measured->has_spikes;
        measurement->equal = measurement->equal && measured->equal;
    }
    for (size_t sample = 0; sample < measurement->compared; sample++)
        agreement_add(measurement->agreements, measurement->parts + sample * populations, populations);
}

int measurement_run(struct measurement *measurement)
{
    int status = parallel_run(measurement->worker_count, measurement->session->data.samples,
                              measurement->runners[measurement->device].device, run_sample, measurement);

    if (status == COMMAND_DONE)
        add_up(measurement);
    return status;
}

double measurement_accuracy(const struct measurement *measurement, size_t runner)
{
    const struct data *data = &measurement->session->data;
    const size_t *predictions = measurement->runners[runner].predictions;
    size_t right = 0;

    if (!data->labels)
        return NAN;
    for (size_t sample = 0; sample < data->samples; sample++)
        right += data->labels[sample] == (int64_t)predictions[sample];
    return (double)right / (double)data->samples;
}

double measurement_agreement(const struct measurement *measurement)
{
    size_t samples = measurement->session->data.samples, same = 0;

    for (size_t sample = 0; sample < samples; sample++)
        same += measurement->runners[measurement->device].predictions[sample] ==
                measurement->runners[measurement->oracle].predictions[sample];
    return (double)same / (double)samples;
}

double measurement_spike_agreement(const struct measurement *measurement)
{
    if (!measurement->has_spikes)
        return NAN;
    if (measurement->spikes_either == 0)
        return 1;
    return (double)measurement->spikes_both / (double)measurement->spikes_either;
}
