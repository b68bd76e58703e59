/* nirloom eval: accuracy, agreement with the float oracle and the integer model, cycles and latency. */
#include "agreement_tell.h"
#include "arguments.h"
#include "command.h"
#include "energy_tell.h"
#include "measure.h"
#include "session.h"
#include "talk.h"
#include "transposed.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static const struct command_form form = {
    .name = "eval",
    .bit = COMMAND_BIT_EVAL,
    .help =
        "nirloom eval NET.loom|NET.nir -i DATA.h5 [options]\n"
        "\n"
        "Runs the samples on a device, on the float oracle and on ref, and compares: accuracy (with labels),\n"
        "agreement, in all and of every population, equality with ref, cycles, latency, synaptic operations, and an\n"
        "estimate of energy. A .nir is compiled first and then takes the options of nirloom compile.\n"
        "\n"
        "  -i, --input DATA.h5    samples, NIRGraphData by Input name, with labels or without\n"
        "      --device D         float, ref, sim (default), netlist (or netlist:synthesis, netlist:routed,\n"
        "                         netlist:bitstream, netlist:board: docs/netlists.md) or serial:PATH\n"
        "      --skip N           leave out the first N samples\n"
        "      --limit N          at most N samples\n"
        "      --jobs N           N samples at a time, each on a device of its own (1); --threads is the same\n"
        "      --float-samples N  compare the first N samples with float, population by population (100)\n"
        "      --json             one object on standard output (docs/json.md)\n"
        "  -v, --verbose          the compiler's notes too\n"
        "\n"
        "Example: nirloom eval net.loom -i test.h5 --device sim --limit 100 --json\n"
        "Exit status: 0 done, 1 the input is at fault, 2 wrong usage, 3 the device failed.\n",
    .file = "NET.loom or NET.nir",
    .file_required = true,
    .input = "-i DATA.h5",
};

/* The figures of an evaluation; NAN: there is none. */
struct figures {
    const char *device;
    const char *board;
    size_t samples;
    size_t steps;
    double accuracy;
    double float_accuracy;
    double agreement;
    double spike_agreement;
    bool compared; /* equal_to_ref means something */
    bool equal_to_ref;
    double cycles;
    double synops;
    double synops_per_cycle;
    double latency_us;
    struct energy_figures energy;
};

static struct figures derive(const struct measurement *measurement, const struct energy_figures *energy)
{
    const struct session *session = measurement->session;
    const struct runner *device = &measurement->runners[measurement->device];
    const struct board *board = board_find(session->image.board);
    bool is_float = measurement->device == measurement->oracle;
    bool is_reference = measurement->device == measurement->reference;
    struct figures figures = {
        .device = device->device,
        .board = session->image.board,
        .samples = session->data.samples,
        .steps = session->data.samples * session->data.steps,
        .accuracy = measurement_accuracy(measurement, measurement->device),
        .float_accuracy = measurement_accuracy(measurement, measurement->oracle),
        .agreement = measurement_agreement(measurement),
        .spike_agreement = measurement_spike_agreement(measurement),
        .compared = !is_float && !is_reference,
        .equal_to_ref = measurement->equal,
        .cycles = device->cycles ? (double)device->cycles : NAN,
        .synops = (double)measurement->runners[measurement->reference].synaptic_operations,
    };

    figures.synops_per_cycle = figures.synops / figures.cycles;
    figures.latency_us = board && board->clock_khz
                             ? figures.cycles / (double)figures.samples * 1000.0 / board->clock_khz
                             : NAN;
    figures.energy = *energy;
    return figures;
}

static struct json_object *describe(const struct measurement *measurement, const struct figures *figures)
{
    const struct runner *device = &measurement->runners[measurement->device];
    struct json_object *object = json_object_new_object();
    struct json_object *predictions = json_object_new_array();

    for (size_t sample = 0; sample < figures->samples; sample++)
        json_object_array_add(predictions, json_object_new_int64((int64_t)device->predictions[sample]));
    json_object_object_add(object, "device", json_object_new_string(figures->device));
    json_object_object_add(object, "board", json_object_new_string(figures->board));
    json_object_object_add(object, "samples", json_object_new_int64((int64_t)figures->samples));
    json_object_object_add(object, "steps", json_object_new_int64((int64_t)figures->steps));
    json_object_object_add(object, "accuracy", talk_json_number(figures->accuracy));
    json_object_object_add(object, "float_accuracy", talk_json_number(figures->float_accuracy));
    json_object_object_add(object, "agreement", talk_json_number(figures->agreement));
    json_object_object_add(object, "spike_agreement", talk_json_number(figures->spike_agreement));
    json_object_object_add(object, "equal_to_ref",
                           figures->compared ? json_object_new_boolean(figures->equal_to_ref) : NULL);
    json_object_object_add(object, "cycles",
                           device->cycles ? json_object_new_int64((int64_t)device->cycles) : NULL);
    json_object_object_add(object, "synops", json_object_new_int64((int64_t)figures->synops));
    json_object_object_add(object, "synops_per_cycle", talk_json_number(figures->synops_per_cycle));
    json_object_object_add(object, "latency_us", talk_json_number(figures->latency_us));
    energy_json(object, &figures->energy);
    json_object_object_add(object, "predictions", predictions);
    agreement_json(object, &measurement->session->image, measurement->agreements, measurement->compared);
    return object;
}

static void print_figure(const char *label, double value, const char *unit)
{
    if (isfinite(value))
        printf("%-28s %.6g%s\n", label, value, unit);
    else
        printf("%-28s -\n", label);
}

enum { PREDICTIONS_SHOWN = 20 };

/* The first predictions, beside their labels where there are any. */
static void print_predictions(const struct measurement *measurement)
{
    const struct runner *device = &measurement->runners[measurement->device];
    const struct data *data = &measurement->session->data;
    size_t shown = data->samples < PREDICTIONS_SHOWN ? data->samples : PREDICTIONS_SHOWN;

    printf("%-28s", "predictions");
    for (size_t sample = 0; sample < shown; sample++)
        printf(" %zu", device->predictions[sample]);
    printf("%s\n", shown < data->samples ? " ..." : "");
    if (!data->labels)
        return;
    printf("%-28s", "labels");
    for (size_t sample = 0; sample < shown; sample++)
        printf(" %lld", (long long)data->labels[sample]);
    printf("%s\n", shown < data->samples ? " ..." : "");
}

static void print_table(const struct measurement *measurement, const struct figures *figures)
{
    double samples = (double)figures->samples, steps = (double)figures->steps;

    printf("%-28s %s\n", "device", figures->device);
    printf("%-28s %s\n", "board", figures->board);
    print_predictions(measurement);
    print_figure("samples", samples, "");
    print_figure("steps a sample", steps / samples, "");
    print_figure("accuracy", 100 * figures->accuracy, " %");
    print_figure("accuracy of float", 100 * figures->float_accuracy, " %");
    print_figure("same prediction as float", 100 * figures->agreement, " %");
    print_figure("output spikes as in float", 100 * figures->spike_agreement, " %");
    printf("%-28s %s\n", "equal to ref", !figures->compared ? "-" : figures->equal_to_ref ? "yes" : "NO");
    print_figure("cycles a sample", figures->cycles / samples, "");
    print_figure("cycles a step", figures->cycles / steps, "");
    print_figure("latency a sample", figures->latency_us, " us");
    print_figure("synaptic operations a sample", figures->synops / samples, "");
    print_figure("synaptic operations a cycle", figures->synops_per_cycle, "");
    printf("%-28s %s", "energy", figures->energy.known ? "" : "-\n");
    energy_print(stdout, &figures->energy);
    agreement_print(stdout, &measurement->session->image, measurement->agreements, measurement->compared);
}

/* Tells what was measured. A command status. */
static int tell(const struct measurement *measurement, bool json)
{
    const struct session *session = measurement->session;
    struct energy_figures energy;
    double cycles = (double)measurement->runners[measurement->device].cycles / (double)session->data.samples;

    if (energy_of_samples(&energy, &session->image, &session->data, cycles) != 0) {
        talk_error("out of memory for the energy estimate");
        return COMMAND_DEVICE;
    }
    struct figures figures = derive(measurement, &energy);
    if (json)
        return talk_json(describe(measurement, &figures));
    print_table(measurement, &figures);
    return COMMAND_DONE;
}

int command_eval(int argc, char **argv)
{
    struct arguments arguments;
    struct session session;
    struct measurement measurement = {0};
    int status;

    if (!arguments_parse(&arguments, argc, argv, &form, &status))
        return status;
    if ((status = transposed_take(&arguments)) != COMMAND_DONE)
        return status;
    status = session_open(&session, &arguments);
    if (status == COMMAND_DONE)
        status = measurement_open(&measurement, &session, arguments.device, arguments.jobs,
                                  arguments.float_samples_given ? arguments.float_samples : AGREEMENT_SAMPLES);
    session_forget_image(&session);
    if (status == COMMAND_DONE)
        status = measurement_run(&measurement);
    if (status == COMMAND_DONE)
        status = tell(&measurement, arguments.json);
    measurement_close(&measurement);
    session_close(&session);
    return status;
}
