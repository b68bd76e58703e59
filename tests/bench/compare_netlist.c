/* compare-netlist NET.loom DATA.h5 SAMPLES NETLIST.so [outputs]: a network on the simulated array and on a netlist, step by
 * step: every output, every membrane, current and pending spike, and the cycles of each step must be the same. With
 * "outputs" states are left out: a board's serial line takes its time. Prints samples, steps a sample, values compared that
 * were not 0, and cycles, or what differs, with status 1. */
#include "data.h"
#include "device.h"
#include "image.h"
#include "lockstep.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct subject {
    struct image image;
    struct data data;
};

/* A step's inputs from the file. */
static void give_step(void *self, size_t sample, size_t step, const struct loom_buffer *inputs)
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

static int compare(struct subject *subject, size_t samples, const char *netlist, bool outputs_alone)
{
    char report[LOCKSTEP_REPORT_BYTES] = "";
    size_t activity = 0;
    uint64_t cycles = 0;
    struct lockstep run = {.image = &subject->image,
                           .left = device_sim_open,
                           .right = device_netlist_open,
                           .right_argument = netlist,
                           .samples = samples < subject->data.samples ? samples : subject->data.samples,
                           .steps = subject->data.steps,
                           .source = give_step,
                           .self = subject,
                           .outputs_alone = outputs_alone,
                           .cycles = &cycles};

    if (lockstep(&run, report, &activity)) {
        fprintf(stderr, "compare-netlist: %s beside sim: %s\n", netlist, report);
        return 1;
    }
    if (!activity) {
        fprintf(stderr, "compare-netlist: %s: all outputs and states are 0, which proves nothing\n", netlist);
        return 1;
    }
    printf("%zu %zu %zu %llu\n", run.samples, run.steps, activity, (unsigned long long)cycles);
    return 0;
}

static bool fits(const struct subject *subject)
{
    for (size_t input = 0; input < subject->image.input_count; input++) {
        const struct port *port = &subject->image.inputs[input];
        const struct data_series *series = data_find(&subject->data, port->name, NULL);
        const struct image_population *population = &subject->image.populations[port->population];

        if (!series || series->neurons != population->size || (population->graded ? !series->values : !series->spikes))
            return false;
    }
    return true;
}

int main(int argc, char **argv)
{
    struct diagnostics diagnostics;
    struct arena arena = {0};
    struct subject subject = {.image = {.arena = &arena}};
    size_t samples = argc == 5 || argc == 6 ? strtoul(argv[3], NULL, 10) : 0;

    if (!samples || (argc == 6 && strcmp(argv[5], "outputs") != 0)) {
        fprintf(stderr, "usage: compare-netlist NET.loom DATA.h5 SAMPLES NETLIST.so [outputs]\n");
        return 2;
    }
    diagnostics_begin(&diagnostics, argv[1]);
    int status = image_load(&subject.image, argv[1], &diagnostics);
    if (!status)
        status = data_read(&subject.data, argv[2], 0, samples, 1, &diagnostics);
    if (status)
        fprintf(stderr, "compare-netlist: %s, %s: %s\n", argv[1], argv[2],
                diagnostics.count ? diagnostics.messages[0].text : "cannot be read");
    else if (!fits(&subject))
        status = fprintf(stderr, "compare-netlist: %s: not the inputs of %s\n", argv[2], argv[1]);
    else
        status = compare(&subject, samples, argv[4], argc == 6);
    data_free(&subject.data);
    diagnostics_free(&diagnostics);
    arena_free(&arena);
    return status ? 1 : 0;
}
