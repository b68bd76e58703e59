/* nirloom run: every sample from the initial state through a device, outputs and probed nodes into a data file. */
#include "arguments.h"
#include "command.h"
#include "oracle.h"
#include "parallel.h"
#include "run_state.h"
#include "session.h"
#include "talk.h"
#include "trace.h"
#include "transposed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct command_form form = {
    .name = "run",
    .bit = COMMAND_BIT_RUN,
    .help =
        "nirloom run NET.loom|NET.nir -i DATA.h5 -o OUT.h5 [options]\n"
        "\n"
        "Runs every sample of DATA.h5 from the initial state and writes the spikes (or values, for readouts)\n"
        "of every Output node. A .nir takes the options of nirloom compile and is compiled first; on float it runs\n"
        "as it is, whether an array could run it or not.\n"
        "\n"
        "  -i, --input DATA.h5    samples, NIRGraphData by Input name\n"
        "  -o, --output OUT.h5    written whole or not at all\n"
        "      --device D         float, ref, sim (default), netlist (or netlist:synthesis, netlist:routed,\n"
        "                         netlist:bitstream, netlist:board: docs/netlists.md) or serial:PATH\n"
        "      --skip N           leave out the first N samples\n"
        "      --limit N          at most N samples\n"
        "      --jobs N           N samples at a time, each on a device of its own (1); --threads is the same\n"
        "      --probe NODE       write v (and, of an output, spikes) of that node as well; repeatable\n"
        "      --observables F    grid (default) or events: EventData, ValuedEventData\n"
        "      --state-in S.h5    begin with that state; one sample: --skip N --limit 1\n"
        "      --state-out S.h5   write the state after the last step; one sample\n"
        "      --trace W.fst      write all signals of the simulated array, from loading on (gtkwave, surfer)\n"
        "  -v, --verbose          the compiler's notes too\n"
        "\n"
        "Example: nirloom run net.loom -i test.h5 -o out.h5 --device ref --limit 10 --probe lif1\n"
        "Exit status: 0 done, 1 the input is at fault, 2 wrong usage, 3 the device failed.\n",
    .file = "NET.loom or NET.nir",
    .file_required = true,
    .output = "-o OUT.h5",
    .input = "-i DATA.h5",
};

struct probe {
    size_t population;
    size_t series; /* of its v, in the results */
    size_t size;
};

/* A thread's own device. */
struct run_worker {
    struct loom *loom;
    bool used; /* not in its initial state any more */
    struct loom_buffer *inputs;
    struct loom_buffer *outputs; /* output k is series k of the results */
};

struct run {
    struct session session;
    struct run_worker *workers;
    size_t worker_count;
    struct loom *loom; /* the first worker's: names, and the one that states are of */
    const char *device;
    char *opened; /* what the device is called for loom_open() */
    struct data results;
    struct probe *probes;
    size_t probe_count;
    uint64_t first_step; /* number of the sample's first step, which a state says */
};

/* Every population but Inputs has a v; what the float device has behind those of the image is no population. */
static bool can_be_probed(const struct run *run, size_t population)
{
    const struct image *image = &run->session.image;

    return population < image->population_count && image->populations[population].model != MODEL_INPUT;
}

static void no_such_probe(const struct run *run, const struct arguments *arguments, const char *name)
{
    char list[1024];
    size_t used = 0;

    list[0] = '\0';
    for (size_t index = 0; index < loom_population_count(run->loom) && used < sizeof list - 80; index++)
        if (can_be_probed(run, index))
            used += (size_t)snprintf(list + used, sizeof list - used, "%s%.64s", used ? ", " : "",
                                     loom_population(run->loom, index).name);
    talk_error("%s: /%s: no such node with a state to probe; there are %s", arguments->file, name,
               used ? list : "none");
}

static int add_probe(struct run *run, const struct arguments *arguments, const char *name)
{
    for (size_t index = 0; index < loom_population_count(run->loom); index++) {
        struct loom_port port = loom_population(run->loom, index);

        if (strcmp(port.name, name) != 0 || !can_be_probed(run, index))
            continue;
        for (size_t earlier = 0; earlier < run->probe_count; earlier++)
            if (run->probes[earlier].population == index)
                return COMMAND_DONE;
        if (!data_add(&run->results, name, "v", port.size, false)) {
            talk_error("out of memory for the membranes of %s; --limit takes fewer samples", name);
            return COMMAND_DEVICE;
        }
        run->probes[run->probe_count++] = (struct probe){index, run->results.series_count - 1, port.size};
        return COMMAND_DONE;
    }
    no_such_probe(run, arguments, name);
    return COMMAND_INPUT;
}

static int no_memory(void)
{
    talk_error("out of memory for the outputs; --limit takes fewer samples");
    return COMMAND_DEVICE;
}

/* The device, or with --trace the model that writes one. */
static int choose_device(struct run *run, const struct arguments *arguments)
{
    int status = arguments->trace ? trace_prepare(run->session.image.board) : COMMAND_DONE;

    if (status == COMMAND_DONE && asprintf(&run->opened, "%s%s%s", run->device, arguments->trace ? ":" : "",
                                           arguments->trace ? arguments->trace : "") < 0) {
        run->opened = NULL;
        status = no_memory();
    }
    return status;
}

static int open_workers(struct run *run, size_t jobs)
{
    run->worker_count = parallel_workers(jobs, run->session.data.samples);
    run->workers = calloc(run->worker_count, sizeof *run->workers);
    if (!run->workers)
        return no_memory();
    for (size_t index = 0; index < run->worker_count; index++) {
        struct run_worker *worker = &run->workers[index];
        int status = session_device(&run->session, &worker->loom, run->opened);

        if (status != COMMAND_DONE)
            return status;
        worker->inputs = calloc(loom_input_count(worker->loom) + 1, sizeof *worker->inputs);
        worker->outputs = calloc(loom_output_count(worker->loom) + 1, sizeof *worker->outputs);
        if (!worker->inputs || !worker->outputs)
            return no_memory();
    }
    run->loom = run->workers[0].loom;
    return COMMAND_DONE;
}

static void close_workers(struct run *run)
{
    for (size_t index = 0; run->workers && index < run->worker_count; index++) {
        loom_close(run->workers[index].loom);
        free(run->workers[index].inputs);
        free(run->workers[index].outputs);
    }
    free(run->workers);
}

static int prepare(struct run *run, const struct arguments *arguments)
{
    const struct data *data = &run->session.data;

    run->results.samples = data->samples;
    run->results.steps = data->steps;
    run->results.dt = data->dt > 0 ? data->dt : run->session.image.options.dt;
    run->probes = calloc(arguments->probe_count + 1, sizeof *run->probes);
    bool good = run->probes != NULL;
    for (size_t index = 0; good && index < loom_output_count(run->loom); index++) {
        struct loom_port port = loom_output(run->loom, index);

        good = data_add(&run->results, port.name, port.graded ? "values" : "spikes", port.size, !port.graded);
    }
    if (!good)
        return no_memory();
    for (size_t index = 0; index < arguments->probe_count; index++) {
        int status = add_probe(run, arguments, arguments->probes[index]);

        if (status != COMMAND_DONE)
            return status;
    }
    return COMMAND_DONE;
}

/* Moves buffer on by so many of its numbers. */
static void advance(struct loom_buffer *buffer, size_t numbers)
{
    if (buffer->spikes)
        buffer->spikes += numbers;
    if (buffer->values)
        buffer->values += numbers;
}

/* ---- states ---- */

static struct loom_port state_port(void *self, size_t index)
{
    return loom_population(((struct run *)self)->loom, index);
}

static enum loom_status get_state(void *self, size_t index, const struct loom_state *state)
{
    return loom_get_state(((struct run *)self)->loom, index, state);
}

static enum loom_status set_state(void *self, size_t index, const struct loom_state *state)
{
    return loom_set_state(((struct run *)self)->loom, index, state);
}

static int state_failed(void *self, enum loom_status status)
{
    const struct run *run = self;

    return session_failed(run->loom, status, run->device);
}

static struct state_subject make_subject(struct run *run)
{
    size_t count = loom_population_count(run->loom);

    return (struct state_subject){run, count, state_port, get_state, set_state, state_failed};
}

/* A device that was just opened is in its initial state. */
static int begin_state(struct run *run, const struct arguments *arguments)
{
    struct state_subject subject = make_subject(run);
    double dt = run->session.image.options.dt;

    return arguments->state_in ? run_state_load(&subject, arguments, dt, &run->first_step) : COMMAND_DONE;
}

static int end_state(struct run *run, const struct arguments *arguments)
{
    struct state_subject subject = make_subject(run);
    uint64_t step = run->first_step + run->results.steps;
    double dt = run->session.image.options.dt;

    return arguments->state_out ? run_state_save(&subject, arguments, dt, step) : COMMAND_DONE;
}

/* ---- running ---- */

/* Runs the next steps of a sample, row being the first one's number among all steps of all samples. */
static enum loom_status run_steps(struct run *run, struct run_worker *worker, size_t row, size_t steps)
{
    enum loom_status status;

    for (size_t index = 0; index < loom_output_count(worker->loom); index++) {
        const struct data_series *series = &run->results.series[index];

        worker->outputs[index] = (struct loom_buffer){.spikes = series->spikes, .values = series->values};
        advance(&worker->outputs[index], row * series->neurons);
    }
    status = loom_run(worker->loom, steps, worker->inputs, worker->outputs);
    for (size_t index = 0; status == LOOM_OK && index < run->probe_count; index++) {
        const struct probe *probe = &run->probes[index];

        status = loom_get_state(
            worker->loom, probe->population,
            &(struct loom_state){.v = run->results.series[probe->series].values + row * probe->size});
    }
    for (size_t index = 0; index < loom_input_count(worker->loom); index++)
        advance(&worker->inputs[index], steps * loom_input(worker->loom, index).size);
    return status;
}

/* A sample's rows of the results are its own. */
static int run_sample(void *self, size_t index, size_t sample)
{
    struct run *run = self;
    struct run_worker *worker = &run->workers[index];
    const struct data *data = &run->session.data;
    size_t at_once = run->probe_count ? 1 : data->steps; /* states can be read between calls alone */
    enum loom_status status = worker->used ? loom_reset(worker->loom) : LOOM_OK;

    worker->used = true;
    session_inputs(&run->session, worker->loom, sample, worker->inputs);
    for (size_t step = 0; status == LOOM_OK && step < data->steps; step += at_once)
        status = run_steps(run, worker, sample * data->steps + step, at_once);
    return status == LOOM_OK ? COMMAND_DONE : session_failed(worker->loom, status, run->device);
}

static int run_samples(struct run *run)
{
    return parallel_run(run->worker_count, run->session.data.samples, run->device, run_sample, run);
}

/* A probed node that fires and whose spikes an Output carries gets them under its own name too. */
static int copy_spikes(struct run *run)
{
    const struct image *image = &run->session.image;

    for (size_t index = 0; index < run->probe_count; index++) {
        const char *name = loom_population(run->loom, run->probes[index].population).name;

        for (size_t output = 0; output < image->output_count; output++) {
            const struct image_population *population = &image->populations[image->outputs[output].population];
            const struct data_series *from = data_find(&run->results, image->outputs[output].name, "spikes");

            if (strcmp(population->name, name) != 0 || !from || data_find(&run->results, name, "spikes"))
                continue;
            size_t place = (size_t)(from - run->results.series);
            size_t count = run->results.samples * run->results.steps * from->neurons;
            struct data_series *to = data_add(&run->results, name, "spikes", from->neurons, true);
            if (!to) {
                talk_error("out of memory for the spikes of %s; --limit takes fewer samples", name);
                return COMMAND_DEVICE;
            }
            memcpy(to->spikes, run->results.series[place].spikes, count);
        }
    }
    return COMMAND_DONE;
}

static int write_results(const struct run *run, const struct arguments *arguments)
{
    struct diagnostics diagnostics;

    diagnostics_begin(&diagnostics, arguments->output);
    int status = (arguments->events ? data_write_events : data_write)(&run->results, arguments->output, &diagnostics);
    talk_messages(&diagnostics, arguments->verbose);
    diagnostics_free(&diagnostics);
    if (status)
        return COMMAND_INPUT;
    fprintf(stderr, "nirloom: %s: %zu samples of %zu steps on %s\n", arguments->output, run->results.samples,
            run->results.steps, run->device);
    return COMMAND_DONE;
}

int command_run(int argc, char **argv)
{
    struct arguments arguments;
    struct run run = {0};
    int status;

    if (!arguments_parse(&arguments, argc, argv, &form, &status))
        return status;
    if ((status = transposed_take(&arguments)) != COMMAND_DONE)
        return status;
    if (strcmp(arguments.device, "float") == 0 && session_file_kind(arguments.file) != FILE_IMAGE)
        return oracle_run(&arguments);
    run.device = arguments.device;
    status = session_open(&run.session, &arguments);
    if (status == COMMAND_DONE)
        status = run_state_check(&arguments, run.session.data.samples);
    if (status == COMMAND_DONE)
        status = choose_device(&run, &arguments);
    if (status == COMMAND_DONE)
        status = open_workers(&run, arguments.jobs);
    session_forget_image(&run.session);
    if (status == COMMAND_DONE)
        status = prepare(&run, &arguments);
    if (status == COMMAND_DONE)
        status = begin_state(&run, &arguments);
    if (status == COMMAND_DONE)
        status = run_samples(&run);
    if (status == COMMAND_DONE)
        status = copy_spikes(&run);
    if (status == COMMAND_DONE)
        status = write_results(&run, &arguments);
    if (status == COMMAND_DONE)
        status = end_state(&run, &arguments);
    close_workers(&run);
    free(run.probes);
    free(run.opened);
    data_free(&run.results);
    session_close(&run.session);
    return status;
}
