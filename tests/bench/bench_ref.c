/* The integer model beside PyTorch on the same networks and samples, in one run: prints the table of docs/figures.md.
 *
 *     bench-ref PYTHON
 *
 * Both sides take turns, so that what else the machine does meets both; figures are medians
 * over rounds of the fastest stretch. */
#include "compile.h"
#include "data.h"
#include "ref.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { ROUNDS = 3, SAMPLES = 256, STRETCH = 16, PATH_BYTES = 4096, LINE_BYTES = 8192, CLASSES_MOST = 16 };

static const double seconds_of_a_side = 0.3;
static const double least_agreement = 0.97; /* of predictions: ref has weights of 8 bits */
static const int batches[] = {16, 64, 256};
enum { BATCHES = sizeof batches / sizeof *batches };

static const struct {
    const char *name;
    const char *folder;
} networks[] = {{"MNIST feed-forward", "own/nets/a_mnist_ff"},
                {"MNIST convolutional", "own/nets/b_mnist_conv"},
                {"spoken digits, recurrent", "derived/nets/c_fsdd_rnn"}};
enum { NETWORKS = sizeof networks / sizeof *networks };

static double now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static int by_size(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;

    return (a > b) - (a < b);
}

static double median(const double *given)
{
    double sorted[ROUNDS];

    memcpy(sorted, given, sizeof sorted);
    qsort(sorted, ROUNDS, sizeof *sorted, by_size);
    return sorted[ROUNDS / 2];
}

/* ---- PyTorch, a process for each number of threads ---- */

struct torch {
    pid_t process;
    FILE *questions;
    FILE *answers;
    size_t predictions[SAMPLES];
};

static int torch_start(struct torch *torch, const char *python, const char *network, const char *samples, int threads)
{
    int down[2], up[2];
    char line[LINE_BYTES], thread_text[16], sample_text[16], second_text[16];

    if (pipe2(down, O_CLOEXEC) || pipe2(up, O_CLOEXEC)) /* or the other process keeps them open */
        return -1;
    snprintf(thread_text, sizeof thread_text, "%d", threads);
    snprintf(sample_text, sizeof sample_text, "%d", SAMPLES);
    snprintf(second_text, sizeof second_text, "%g", seconds_of_a_side);
    torch->process = fork();
    if (torch->process < 0)
        return -1;
    if (torch->process == 0) {
        dup2(down[0], STDIN_FILENO);
        dup2(up[1], STDOUT_FILENO);
        execlp(python, python, "tests/bench/torch_reference.py", network, samples, thread_text, sample_text, second_text,
               (char *)NULL);
        _exit(127);
    }
    close(down[0]);
    close(up[1]);
    torch->questions = fdopen(down[1], "w");
    torch->answers = fdopen(up[0], "r");
    if (!torch->questions || !torch->answers || !fgets(line, sizeof line, torch->answers))
        return -1;
    char *word = strtok(line, " \n");
    if (!word || strcmp(word, "ready") != 0)
        return -1;
    for (size_t sample = 0; sample < SAMPLES; sample++) {
        word = strtok(NULL, " \n");
        if (!word)
            return -1;
        torch->predictions[sample] = strtoul(word, NULL, 10);
    }
    return 0;
}

/* Samples a second; 0 if the process is gone. */
static double torch_measure(struct torch *torch, int batch)
{
    char line[LINE_BYTES];

    fflush(stdout);
    fprintf(torch->questions, "%d\n", batch);
    fflush(torch->questions);
    return fgets(line, sizeof line, torch->answers) ? strtod(line, NULL) : 0;
}

static void torch_stop(struct torch *torch)
{
    if (torch->questions)
        fclose(torch->questions);
    if (torch->answers)
        fclose(torch->answers);
    if (torch->process > 0)
        waitpid(torch->process, NULL, 0);
}

/* ---- the integer model ---- */

struct subject {
    struct arena arena;
    struct image image;
    struct data data;
    struct ref_series input;
    struct ref_series output;
    struct ref_plan *plan;
    struct ref *ref;
    size_t size; /* of the Output */
    uint64_t operations;
};

static int subject_open(struct subject *subject, const char *network, const char *samples)
{
    struct diagnostics diagnostics, sample_diagnostics;
    struct compile_request request = { .path = network, .options = options_default(), .board = board_find("sim-large"),
                                       .samples = samples };

    diagnostics_begin(&diagnostics, network);
    diagnostics_begin(&sample_diagnostics, samples);
    int status = compile_integers(&subject->image, &subject->arena, &request, &diagnostics, &sample_diagnostics);
    if (status == 0)
        status = data_read(&subject->data, samples, 0, SAMPLES, 0, &sample_diagnostics);
    diagnostics_free(&diagnostics);
    diagnostics_free(&sample_diagnostics);
    const struct data_series *series =
        status == 0 ? data_find(&subject->data, subject->image.inputs[0].name, "spikes") : NULL;
    if (!series || subject->data.samples != SAMPLES)
        return -1;
    subject->size = subject->image.populations[subject->image.outputs[0].population].size;
    subject->input.spikes = series->spikes;
    subject->output.spikes = calloc(SAMPLES * subject->data.steps, subject->size);
    subject->plan = ref_plan_open(&subject->image);
    subject->ref = subject->plan ? ref_start(subject->plan) : NULL;
    return subject->output.spikes && subject->ref && subject->size <= CLASSES_MOST ? 0 : -1;
}

static void subject_close(struct subject *subject)
{
    ref_close(subject->ref);
    ref_plan_close(subject->plan);
    free(subject->output.spikes);
    data_free(&subject->data);
    arena_free(&subject->arena);
}

/* Samples a second in the fastest stretch, as torch_reference.py measures; threads 0: one sample after the other on this
 * thread, else all of them on that many. 0 if memory is short. */
static double measure(struct subject *subject, size_t threads)
{
    double end = now() + seconds_of_a_side, best = 0;
    size_t done = 0;

    while (now() < end || done < SAMPLES) {
        size_t count = threads ? SAMPLES : STRETCH;
        uint64_t operations;
        double begin = now();

        for (size_t sample = done % SAMPLES; threads == 0 && sample < done % SAMPLES + STRETCH; sample++)
            ref_run_sample(subject->ref, sample, subject->data.steps, &subject->input, &subject->output);
        if (threads > 0) {
            if (ref_run_samples(subject->plan, SAMPLES, subject->data.steps, &subject->input, &subject->output, threads,
                                &operations))
                return 0;
            subject->operations = operations / SAMPLES;
        }
        double rate = (double)count / (now() - begin);
        best = rate > best ? rate : best;
        done += count;
    }
    return best;
}

static size_t prediction(const struct subject *subject, size_t sample)
{
    size_t counts[CLASSES_MOST] = {0}, best = 0;

    for (size_t step = sample * subject->data.steps; step < (sample + 1) * subject->data.steps; step++)
        for (size_t neuron = 0; neuron < subject->size; neuron++)
            counts[neuron] += subject->output.spikes[step * subject->size + neuron];
    for (size_t neuron = 1; neuron < subject->size; neuron++)
        best = counts[neuron] > counts[best] ? neuron : best;
    return best;
}

static double share_alike(const struct subject *subject, const struct torch *torch)
{
    size_t alike = 0;

    for (size_t sample = 0; sample < SAMPLES; sample++)
        alike += prediction(subject, sample) == torch->predictions[sample];
    return (double)alike / SAMPLES;
}

/* ---- what the machine can do ---- */

/* Additions of 16-bit numbers a second, one thread: rows of 256 bytes out of a block are added to one sum. */
__attribute__((noinline, optimize("O3")
#if defined(__x86_64__) && defined(__gnu_linux__)
               ,target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")
#endif
               )) static void add_block(int16_t *restrict sums, const int16_t *restrict rows, size_t count)
{
    for (size_t row = 0; row < count; row += 4) {
        const int16_t *four = rows + row * 128;
        for (size_t lane = 0; lane < 128; lane++)
            sums[lane] = (int16_t)(sums[lane] + four[lane] + four[lane + 128] + four[lane + 256] + four[lane + 384]);
    }
}

static double additions_a_second(size_t bytes)
{
    size_t rows = bytes / 256;
    int16_t *block = malloc(rows * 256);
    int16_t sums[128] = {0};
    double best = 0, end = now() + 0.2;

    if (block)
        memset(block, 1, rows * 256); /* or all pages are one */
    while (block && now() < end) {
        size_t repeats = 1 + (size_t)(1 << 24) / bytes;
        double begin = now();

        for (size_t repeat = 0; repeat < repeats; repeat++)
            add_block(sums, block, rows);
        double rate = (double)(repeats * rows * 128) / (now() - begin);
        best = rate > best ? rate : best;
    }
    volatile int16_t kept = sums[0];
    (void)kept;
    free(block);
    return best;
}

/* ---- the table ---- */

struct figures {
    double torch_single[ROUNDS], ref_single[ROUNDS], single_ratio[ROUNDS];
    double torch_best[ROUNDS], ref_best[ROUNDS], best_ratio[ROUNDS];
    int batch; /* and threads, of PyTorch's best */
    int threads;
};

/* Which number of threads and which batch suit PyTorch best. */
static void find_best(struct figures *figures, struct torch torches[2])
{
    double best = 0;

    for (int threads = 1; threads <= 2; threads++) {
        for (size_t batch = 0; batch < BATCHES; batch++) {
            double rate = torch_measure(&torches[threads - 1], batches[batch]);
            if (rate > best) {
                best = rate;
                figures->batch = batches[batch];
                figures->threads = threads;
            }
        }
    }
}

static int measure_round(struct figures *figures, size_t round, struct subject *subject, struct torch torches[2])
{
    figures->torch_single[round] = torch_measure(&torches[0], 1);
    figures->ref_single[round] = measure(subject, 0);
    figures->torch_best[round] = torch_measure(&torches[figures->threads - 1], figures->batch);
    figures->ref_best[round] = measure(subject, 2);
    if (figures->torch_single[round] <= 0 || figures->torch_best[round] <= 0 || figures->ref_best[round] <= 0)
        return -1;
    figures->single_ratio[round] = figures->ref_single[round] / figures->torch_single[round];
    figures->best_ratio[round] = figures->ref_best[round] / figures->torch_best[round];
    return 0;
}

static int compare(const char *name, const char *network, const char *samples, const char *python, double additions)
{
    struct subject subject = { .plan = NULL };
    struct torch torches[2] = {{0}};
    struct figures figures = { .batch = 1, .threads = 1 };
    int status = subject_open(&subject, network, samples);

    if (status)
        fprintf(stderr, "%s or %s cannot be used\n", network, samples);
    for (int threads = 1; status == 0 && threads <= 2; threads++) {
        status = torch_start(&torches[threads - 1], python, network, samples, threads);
        if (status)
            fprintf(stderr, "%s tests/bench/torch_reference.py does not run: are PyTorch and h5py there?\n", python);
    }
    if (status == 0)
        find_best(&figures, torches);
    for (size_t round = 0; status == 0 && round < ROUNDS; round++)
        status = measure_round(&figures, round, &subject, torches);
    if (status == 0) {
        double alike = share_alike(&subject, &torches[0]), rate = median(figures.ref_single);

        printf("| %s | %.0f | %.0f | %.1f | %.0f (%d, %d) | %.0f | %.1f | %.1f %% | %llu | %.0f %% |\n", name,
               median(figures.torch_single), rate, median(figures.single_ratio), median(figures.torch_best), figures.threads,
               figures.batch, median(figures.ref_best), median(figures.best_ratio), 100 * alike,
               (unsigned long long)subject.operations, 100 * rate * (double)subject.operations / additions);
        if (alike < least_agreement) {
            fprintf(stderr, "%s: only %.1f %% of the predictions are the same\n", name, 100 * alike);
            status = -1;
        }
    }
    for (int index = 0; index < 2; index++)
        torch_stop(&torches[index]);
    subject_close(&subject);
    return status;
}

int main(int argc, char **argv)
{
    const char *data = getenv("NIRLOOM_DATA") ? getenv("NIRLOOM_DATA") : "../shared/data";
    double near = additions_a_second(32 << 10), far = additions_a_second(256 << 10), memory = additions_a_second(64 << 20);
    int status = 0;

    signal(SIGPIPE, SIG_IGN);
    if (argc != 2) {
        fprintf(stderr, "usage: bench-ref PYTHON\n");
        return 2;
    }
    printf("| network | PyTorch, batch 1, 1 thread (samples/s) | ref | times | PyTorch at its best (threads, batch) | ref, 2 threads "
           "| times | same predictions | additions a sample | ref, 1 thread: of the additions that the machine can do |\n"
           "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n");
    for (size_t index = 0; status == 0 && index < NETWORKS; index++) {
        char network[PATH_BYTES], samples[PATH_BYTES];

        snprintf(network, sizeof network, "%s/%s/net.nir", data, networks[index].folder);
        snprintf(samples, sizeof samples, "%s/%s/test.h5", data, networks[index].folder);
        status = compare(networks[index].name, network, samples, argv[1], near);
        fflush(stdout);
    }
    printf("\nThe machine, one thread: %.0f, %.0f and %.0f thousand million additions of 16 bits a second with weights in 32 kB, "
           "256 kB and 64 MB, that is %.0f, %.0f and %.0f GB/s.\n",
           near * 1e-9, far * 1e-9, memory * 1e-9, 2e-9 * near, 2e-9 * far, 2e-9 * memory);
    return status ? 1 : 0;
}
