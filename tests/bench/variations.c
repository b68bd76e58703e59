/* What quantisation costs networks and samples that differ a little from those at hand: prints the table of
 * docs/figures.md.
 *
 *   variations [NAME]...   networks of tests/trained_networks.c; all
 *
 * Each case is a trained network of the shared data, or the same with other thresholds or weights, calibrated with 100
 * samples of its set and counted on the others. */
#include "calibrate.h"
#include "data.h"
#include "float.h"
#include "image.h"
#include "network.h"
#include "ref.h"
#include "support.h"
#include "trained_networks.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATH_BYTES = 4400, JUDGEMENTS_MAX = 2, UNIFORMS = 12 };

static const double noise = 0.05; /* of a weight, standard deviation */

/* With the set as it is and turned by one and two thirds, so that other samples calibrate: thresholds of the file, 0.9
 * and 1.1 times theirs, and five draws of noise on the weights. */
enum { TURNS = 3, THRESHOLDS = 3, DRAWS = 5, VARIATIONS = TURNS * (THRESHOLDS + DRAWS) };

static const double thresholds[THRESHOLDS] = {1, 0.9, 1.1};

struct variation {
    size_t turned;     /* thirds of the samples that are moved behind the others */
    double thresholds; /* times those of the file */
    uint64_t seed;     /* of noise on the weights; 0: none */
};

static struct variation variation_of(size_t index)
{
    struct variation variation = {.turned = index % TURNS, .thresholds = 1};

    if (index / TURNS < THRESHOLDS)
        variation.thresholds = thresholds[index / TURNS];
    else
        variation.seed = index;
    return variation;
}

/* A network in one of its cases. */
struct subject {
    struct arena arena;
    struct graph graph;
    struct network network;
    struct data data; /* the first CALIBRATION_SAMPLES calibrate */
    struct diagnostics diagnostics;
    size_t outputs; /* neurons of the Output */
};

/* What is counted of a case. */
struct judged {
    double right[JUDGEMENTS_MAX]; /* per cent */
    double unlike;                /* answers other than float's, per cent */
};

static double normal(uint64_t *state)
{
    double sum = -UNIFORMS / 2;

    for (int draw = 0; draw < UNIFORMS; draw++)
        sum += random_unit(state);
    return sum;
}

static void vary(struct graph *graph, const struct variation *variation)
{
    uint64_t state = variation->seed;

    for (size_t index = 0; index < graph->node_count; index++)
        for (size_t each = 0; each < graph->nodes[index].parameter_count; each++) {
            struct parameter *parameter = &graph->nodes[index].parameter[each];
            bool threshold = strcmp(parameter->name, "v_threshold") == 0 || strcmp(parameter->name, "threshold") == 0;
            bool weight = strcmp(parameter->name, "weight") == 0 && variation->seed;

            for (size_t at = 0; at < parameter->tensor.count && (threshold || weight); at++)
                parameter->tensor.data[at] *= threshold ? variation->thresholds : 1 + noise * normal(&state);
        }
}

/* 0, or -1 with an error in the diagnostics. */
static int subject_open(struct subject *subject, const struct trained_network *trained,
                        const struct variation *variation)
{
    char network[PATH_BYTES], samples[PATH_BYTES];
    struct options options = options_default();

    *subject = (struct subject){0};
    subject->graph.arena = subject->network.arena = &subject->arena;
    snprintf(network, sizeof network, "%s/net.nir", trained->folder);
    snprintf(samples, sizeof samples, "%s/test.h5", trained->folder);
    diagnostics_begin(&subject->diagnostics, trained->folder);
    if (graph_load(&subject->graph, shared_data(network), &subject->diagnostics) ||
        data_read(&subject->data, shared_data(samples), 0, 0, 1e-4, &subject->diagnostics))
        return -1;
    vary(&subject->graph, variation);
    options.dt = subject->graph.metadata_dt > 0 ? subject->graph.metadata_dt : subject->data.dt;
    if (network_lower(&subject->network, &subject->graph, &options, &subject->diagnostics))
        return -1;
    if (subject->network.input_count != 1 || subject->network.output_count != 1 ||
        subject->data.samples <= CALIBRATION_SAMPLES || subject->data.series_count != 1 ||
        !subject->data.series->spikes ||
        !(trained->beats ? subject->data.target_width == subject->data.steps : subject->data.labels != NULL))
        return diagnostics_error(&subject->diagnostics, "", "is not one Input of spikes, one Output, and answers");
    subject->outputs = subject->network.populations[subject->network.outputs[0].population].size;
    if (trained_turn(&subject->data, subject->data.samples / 3 * variation->turned))
        return diagnostics_error(&subject->diagnostics, "", "out of memory");
    return 0;
}

static void subject_close(struct subject *subject)
{
    data_free(&subject->data);
    diagnostics_free(&subject->diagnostics);
    arena_free(&subject->arena);
}

static size_t counted(const struct subject *subject)
{
    return subject->data.samples - CALIBRATION_SAMPLES;
}

/* What the float oracle puts out, (counted, steps, outputs). */
static int run_float(struct subject *subject, double *outputs)
{
    const struct data_series *series = subject->data.series;
    size_t node = subject->network.populations[subject->network.outputs[0].population].node;
    double *step = arena_allocate(&subject->arena, series->neurons, sizeof *step);
    const double *const inputs[] = {step};
    struct float_network *network;

    if (!step || float_network_open(&network, &subject->graph, &subject->network.options, &subject->diagnostics))
        return -1;
    for (size_t row = 0; row < counted(subject) * subject->data.steps; row++) {
        const uint8_t *spikes = series->spikes + (CALIBRATION_SAMPLES * subject->data.steps + row) * series->neurons;

        for (size_t neuron = 0; neuron < series->neurons; neuron++)
            step[neuron] = spikes[neuron];
        if (row % subject->data.steps == 0)
            float_network_reset(network);
        float_network_step(network, inputs);
        memcpy(outputs + row * subject->outputs, float_network_output(network, node),
               subject->outputs * sizeof *outputs);
    }
    float_network_close(network);
    return 0;
}

static int run_image(const struct subject *subject, const struct image *image, double *outputs)
{
    const struct data_series *series = subject->data.series;
    const struct image_population *output = &image->populations[image->outputs[0].population];
    size_t steps = subject->data.steps, count = counted(subject) * steps * subject->outputs;
    struct ref_series inputs = {.spikes = series->spikes + CALIBRATION_SAMPLES * steps * series->neurons}, put = {0};
    struct ref_plan *plan = ref_plan_open(image);
    uint64_t operations;
    int status = -1;

    if (output->graded)
        put.values = calloc(count, sizeof *put.values);
    else
        put.spikes = calloc(count, sizeof *put.spikes);
    if (plan && (put.values || put.spikes))
        status = ref_run_samples(plan, counted(subject), steps, &inputs, &put, 1, &operations);
    for (size_t at = 0; status == 0 && at < count; at++)
        outputs[at] = put.values ? put.values[at] * output->scale : put.spikes[at];
    free(put.values);
    free(put.spikes);
    ref_plan_close(plan);
    return status;
}

/* The same of the integer network, with weights of so many bits. */
static int run_ref(struct subject *subject, unsigned bits, double *outputs)
{
    struct arena arena = {NULL};
    struct network network = subject->network;
    struct image image = {.arena = &arena};
    struct calibration calibration = {0};
    struct data first = subject->data;
    struct input_range range;

    network.arena = &arena;
    first.samples = CALIBRATION_SAMPLES;
    calibrate_inputs(&range, &first, network.inputs, network.input_count);
    network.options.weight_bits = bits;
    int status = network_lower(&network, &subject->graph, &network.options, &subject->diagnostics) ||
                 calibrate_states(&calibration, &subject->graph, &network, &first, &subject->diagnostics) ||
                 image_quantize(&image, &network, &range, &calibration, &subject->diagnostics) ||
                 run_image(subject, &image, outputs);
    arena_free(&arena);
    return status ? -1 : 0;
}

/* The neuron that puts out most, the lowest on ties. */
static size_t answer(const struct subject *subject, const double *outputs, size_t sample)
{
    size_t best = 0, steps = subject->data.steps;
    double most = -INFINITY;

    for (size_t neuron = 0; neuron < subject->outputs; neuron++) {
        double sum = 0;

        for (size_t step = 0; step < steps; step++)
            sum += outputs[(sample * steps + step) * subject->outputs + neuron];
        if (sum > most) {
            most = sum;
            best = neuron;
        }
    }
    return best;
}

static void judge_classes(const struct subject *subject, const double *real, const double *ours, struct judged *judged)
{
    size_t right = 0, unlike = 0;

    for (size_t sample = 0; sample < counted(subject); sample++) {
        size_t class = answer(subject, ours, sample);

        right += (int64_t)class == subject->data.labels[CALIBRATION_SAMPLES + sample];
        unlike += class != answer(subject, real, sample);
    }
    judged->right[0] = 100 * (double)right / (double)counted(subject);
    judged->unlike = 100 * (double)unlike / (double)counted(subject);
}

/* unlike: of the beats that either finds, those that the other does not. 0, or -1 if memory is short. */
static int judge_beats(const struct subject *subject, const double *real, const double *ours, struct judged *judged)
{
    size_t windows = counted(subject), steps = subject->data.steps, blind = 0;
    const double *targets = subject->data.targets + CALIBRATION_SAMPLES * steps;
    struct trained_beats beats = trained_find_beats(targets, ours, windows, steps);
    double *found = calloc(windows * steps, sizeof *found);

    if (!found)
        return -1;
    for (size_t window = 0; window < windows; window++)
        for (size_t step = 0; step < steps; step++)
            found[window * steps + step] = trained_is_found(real + window * steps, step, &blind);
    struct trained_beats alike = trained_find_beats(found, ours, windows, steps);
    free(found);
    *judged = (struct judged){{beats.sensitivity, beats.precision},
                              100 * (1 - 1 / (100 / alike.sensitivity + 100 / alike.precision - 1))};
    return 0;
}

/* real: what float puts out. */
static int judge(const struct subject *subject, bool beats, const double *real, const double *ours,
                 struct judged *judged)
{
    if (beats)
        return judge_beats(subject, real, ours, judged);
    judge_classes(subject, real, ours, judged);
    return 0;
}

static int measure(const struct trained_network *trained, const struct variation *variation, struct judged *oracle,
                   struct judged *ours)
{
    struct subject subject;
    int status = subject_open(&subject, trained, variation);

    if (status == 0) {
        size_t count = counted(&subject) * subject.data.steps * subject.outputs;
        double *real = calloc(count, sizeof *real), *output = calloc(count, sizeof *output);
        status = real && output ? run_float(&subject, real) : -1;
        if (status == 0)
            status = judge(&subject, trained->beats, real, real, oracle);
        for (size_t bar = 0; status == 0 && bar < TRAINED_BARS; bar++) {
            status = run_ref(&subject, trained->bars[bar].bits, output);
            if (status == 0)
                status = judge(&subject, trained->beats, real, output, &ours[bar]);
        }
        free(real);
        free(output);
    }
    for (size_t index = 0; status && index < subject.diagnostics.count; index++)
        fprintf(stderr, "%s\n", subject.diagnostics.messages[index].text);
    subject_close(&subject);
    return status;
}

/* ours: (VARIATIONS, TRAINED_BARS). */
static void print_row(const char *name, const struct trained_bar *bar, size_t which, const struct judged *oracle,
                      const struct judged *ours, size_t judgement)
{
    double right = 0, lost = 0, most = -INFINITY, unlike = 0;
    size_t beyond = 0;

    for (size_t index = 0; index < VARIATIONS; index++) {
        const struct judged *judged = &ours[index * TRAINED_BARS + which];
        double points = oracle[index].right[judgement] - judged->right[judgement];

        right += oracle[index].right[judgement] / VARIATIONS;
        lost += points / VARIATIONS;
        most = fmax(most, points);
        unlike += judged->unlike / VARIATIONS;
        beyond += points > bar->points + 1e-9;
    }
    printf("| %s | %u | %.1f | %.2f | %.1f | ", name, bar->bits, right, lost, most);
    if (bar->points > 0)
        printf("%g | %zu of %d | %.1f |\n", bar->points, beyond, VARIATIONS, unlike);
    else
        printf("- | - | %.1f |\n", unlike);
}

static int print_network(const struct trained_network *trained)
{
    struct judged oracle[VARIATIONS], ours[VARIATIONS * TRAINED_BARS];
    static const char *const judgements[] = {", sensitivity", ", precision"};
    char name[64], network[PATH_BYTES];

    snprintf(network, sizeof network, "%s/net.nir", trained->folder);
    if (!shared_data(network)) {
        fprintf(stderr, "%s is not here\n", network);
        return -1;
    }
    for (size_t index = 0; index < VARIATIONS; index++) {
        struct variation variation = variation_of(index);

        if (measure(trained, &variation, &oracle[index], &ours[index * TRAINED_BARS])) {
            fprintf(stderr, "%s cannot be measured\n", trained->folder);
            return -1;
        }
    }
    for (size_t judgement = 0; judgement < (trained->beats ? JUDGEMENTS_MAX : 1); judgement++)
        for (size_t bar = 0; bar < TRAINED_BARS; bar++) {
            snprintf(name, sizeof name, "%s%s", trained->name, trained->beats ? judgements[judgement] : "");
            print_row(name, &trained->bars[bar], bar, oracle, ours, judgement);
        }
    fflush(stdout);
    return 0;
}

int main(int argc, char **argv)
{
    int status = 0;

    printf("| network | bits | float, right %% | points lost, mean | most | bar | beyond it | "
           "answers unlike float %% |\n"
           "| --- | --- | --- | --- | --- | --- | --- | --- |\n");
    for (size_t index = 0; status == 0 && index < trained_network_count; index++) {
        bool wanted = argc == 1;

        for (int each = 1; each < argc; each++)
            wanted |= strcmp(argv[each], trained_networks[index].name) == 0;
        if (wanted)
            status = print_network(&trained_networks[index]);
    }
    return status ? 1 : 0;
}
