/* Measuring a network on its samples: the chosen device beside the float oracle and the integer model. The devices
 * take turns sample by sample, so that only one sample's outputs are ever held. */
#include "measure.h"

#include "command.h"
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

static int open_runner(struct measurement *measurement, size_t *place, const char *device)
{
    const struct data *data = &measurement->session->data;

    for (size_t index = 0; index < measurement->runner_count; index++) {
        if (strcmp(measurement->runners[index].device, device) == 0) {
            *place = index;
            return COMMAND_DONE;
        }
    }
    *place = measurement->runner_count++;
    struct runner *runner = &measurement->runners[*place];
    runner->device = device;
    int status = session_device(measurement->session, &runner->loom, device);
    if (status != COMMAND_DONE)
        return status;
    size_t outputs = loom_output_count(runner->loom);
    runner->outputs = calloc(outputs + 1, sizeof *runner->outputs);
    runner->predictions = calloc(data->samples, sizeof *runner->predictions);
    if (!runner->outputs || !runner->predictions)
        return no_memory();
    for (size_t index = 0; index < outputs; index++) {
        struct loom_port port = loom_output(runner->loom, index);
        struct loom_buffer *buffer = &runner->outputs[index];

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

int measurement_open(struct measurement *measurement, const struct session *session, const char *device)
{
    *measurement = (struct measurement){.session = session, .equal = true};
    int status = open_runner(measurement, &measurement->device, device);

    if (status == COMMAND_DONE)
        status = open_runner(measurement, &measurement->oracle, "float");
    if (status == COMMAND_DONE)
        status = open_runner(measurement, &measurement->reference, "ref");
    if (status != COMMAND_DONE)
        return status;
    if (loom_output_count(measurement->runners[measurement->device].loom) == 0) {
        talk_error("the network has no Output to measure; add an Output node");
        return COMMAND_INPUT;
    }
    measurement->inputs =
        calloc(loom_input_count(measurement->runners[measurement->device].loom) + 1, sizeof *measurement->inputs);
    return measurement->inputs ? COMMAND_DONE : no_memory();
}

void measurement_close(struct measurement *measurement)
{
    for (size_t place = 0; place < measurement->runner_count; place++) {
        struct runner *runner = &measurement->runners[place];

        if (runner->outputs) {
            for (size_t index = 0; index < loom_output_count(runner->loom); index++) {
                free(runner->outputs[index].spikes);
                free(runner->outputs[index].values);
            }
        }
        free(runner->outputs);
        free(runner->predictions);
        loom_close(runner->loom);
    }
    free(measurement->inputs);
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

static int run_sample(struct measurement *measurement, struct runner *runner, size_t sample)
{
    size_t steps = measurement->session->data.steps;

    session_inputs(measurement->session, runner->loom, sample, measurement->inputs);
    enum loom_status status = loom_reset(runner->loom);
    if (status == LOOM_OK)
        status = loom_run(runner->loom, steps, measurement->inputs, runner->outputs);
    if (status != LOOM_OK)
        return session_failed(runner->loom, status, runner->device);
    struct loom_counters counters = loom_counters(runner->loom);
    runner->cycles += counters.cycles;
    runner->synaptic_operations += counters.synaptic_operations;
    runner->predictions[sample] =
        measurement_predict(&runner->outputs[0], loom_output(runner->loom, 0).size, steps);
    return COMMAND_DONE;
}

static void compare_with_oracle(struct measurement *measurement)
{
    const struct runner *device = &measurement->runners[measurement->device];
    const struct runner *oracle = &measurement->runners[measurement->oracle];

    for (size_t index = 0; index < loom_output_count(device->loom); index++) {
        const uint8_t *ours = device->outputs[index].spikes, *theirs = oracle->outputs[index].spikes;
        size_t count = measurement->session->data.steps * loom_output(device->loom, index).size;

        if (!ours || !theirs)
            continue;
        measurement->has_spikes = true;
        for (size_t element = 0; element < count; element++) {
            measurement->spikes_both += ours[element] && theirs[element];
            measurement->spikes_either += ours[element] || theirs[element];
        }
    }
}

static void compare_with_reference(struct measurement *measurement)
{
    const struct runner *device = &measurement->runners[measurement->device];
    const struct runner *reference = &measurement->runners[measurement->reference];

    for (size_t index = 0; index < loom_output_count(device->loom); index++) {
        const struct loom_buffer *ours = &device->outputs[index], *theirs = &reference->outputs[index];
        size_t count = measurement->session->data.steps * loom_output(device->loom, index).size;

        if (ours->spikes && theirs->spikes)
            measurement->equal = measurement->equal && memcmp(ours->spikes, theirs->spikes, count) == 0;
        else if (ours->values && theirs->values)
            for (size_t element = 0; element < count; element++)
                measurement->equal = measurement->equal && ours->values[element] == theirs->values[element];
        else
            measurement->equal = false;
    }
}

int measurement_run(struct measurement *measurement)
{
    const struct data *data = &measurement->session->data;
    struct progress progress;
    int status = COMMAND_DONE;

    progress_begin(&progress, measurement->runners[measurement->device].device, data->samples);
    for (size_t sample = 0; status == COMMAND_DONE && sample < data->samples; sample++) {
        for (size_t place = 0; status == COMMAND_DONE && place < measurement->runner_count; place++)
            status = run_sample(measurement, &measurement->runners[place], sample);
        if (status == COMMAND_DONE) {
            compare_with_oracle(measurement);
            compare_with_reference(measurement);
        }
        progress_show(&progress, sample + 1);
    }
    progress_end(&progress);
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
