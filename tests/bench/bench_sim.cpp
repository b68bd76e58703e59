// How fast simulated arrays run: `sim` through the link, with a trace, and against a bare clock loop on the same RTL with
// the same inputs. Prints a row of docs/figures.md, in millions of array cycles a second.
//
//     bench-sim NET.loom DATA.h5 SAMPLES [WAVE.fst]
//
// For an image of MODEL_BOARD a recording session runs the samples once and keeps what the array's inputs were in every
// cycle. The bare loop sets these and evaluates, and nothing else. Times are those of the processor for this process, so
// that what else the machine does counts little; rounds take turns, the fastest counts. Status 1 if `sim` has less than
// 0.8 of the bare loop's speed, or does not run.
#include MODEL_HEADER

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <memory>
#include <vector>

extern "C" {
#include "data.h"
#include "device.h"
#include "device_array.h"
#include "image.h"
#include "transport_sim.h"
}

namespace {

constexpr int rounds = 5;
constexpr double least_share = 0.8; // of the bare loop's speed

double now()
{
    timespec time;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

struct Cycle {
    uint8_t valid;
    uint8_t byte;
    uint8_t ready;
};

// What the recorded array was given in each cycle since its reset.
std::vector<Cycle> recorded;

std::unique_ptr<MODEL_CLASS> reset_array(VerilatedContext *context)
{
    context->randReset(2);
    context->randSeed(1);
    auto array = std::make_unique<MODEL_CLASS>(context);
    array->i_byte_valid = 0;
    array->i_byte = 0;
    array->i_byte_ready = 0;
    array->rst = 1;
    for (int cycle = 0; cycle < 4; cycle++) {
        array->clk = 0;
        array->eval();
        array->clk = 1;
        array->eval();
    }
    array->rst = 0;
    return array;
}

struct Recorder {
    VerilatedContext context;
    std::unique_ptr<MODEL_CLASS> array;
};

void *recorder_open()
{
    auto *recorder = new Recorder;
    recorder->array = reset_array(&recorder->context);
    recorded.clear();
    return recorder;
}

void recorder_close(void *self)
{
    delete static_cast<Recorder *>(self);
}

uint64_t recorder_run(void *self, uint64_t cycles, const uint8_t *in, size_t in_count, size_t *taken, uint8_t *out,
                      size_t capacity, size_t stop_at, size_t *got)
{
    MODEL_CLASS *array = static_cast<Recorder *>(self)->array.get();
    uint64_t cycle = 0;

    *taken = *got = 0;
    for (; cycle < cycles && !(*taken == in_count && *got >= stop_at); cycle++) {
        bool offers = *taken < in_count;
        Cycle inputs = {offers, offers ? in[*taken] : static_cast<uint8_t>(0), *got < capacity};
        recorded.push_back(inputs);
        array->i_byte_valid = inputs.valid;
        array->i_byte = inputs.byte;
        array->i_byte_ready = inputs.ready;
        array->clk = 0;
        array->eval();
        bool takes = array->i_byte_valid && array->o_byte_ready, gives = array->o_byte_valid && array->i_byte_ready;
        if (gives)
            out[(*got)++] = array->o_byte;
        *taken += takes;
        array->clk = 1;
        array->eval();
    }
    return cycle;
}

// Seconds for all recorded cycles; *bytes is what came out, so that nothing is left out.
double bare_loop(size_t *bytes)
{
    VerilatedContext context;
    auto array = reset_array(&context);
    double start = now();

    *bytes = 0;
    for (const Cycle &inputs : recorded) {
        array->i_byte_valid = inputs.valid;
        array->i_byte = inputs.byte;
        array->i_byte_ready = inputs.ready;
        array->clk = 0;
        array->eval();
        *bytes += array->o_byte_valid && array->i_byte_ready;
        array->clk = 1;
        array->eval();
    }
    return now() - start;
}

// Any model, with its cycles counted.
const model_operations *counted_model;
uint64_t counted_cycles;

void *counted_open()
{
    counted_cycles = 0;
    return counted_model->open();
}

void counted_close(void *self)
{
    counted_model->close(self);
}

uint64_t counted_run(void *self, uint64_t cycles, const uint8_t *in, size_t in_count, size_t *taken, uint8_t *out,
                     size_t capacity, size_t stop_at, size_t *got)
{
    uint64_t ran = counted_model->run(self, cycles, in, in_count, taken, out, capacity, stop_at, got);
    counted_cycles += ran;
    return ran;
}

int counted_trace(void *self, const char *path)
{
    return counted_model->trace(self, path);
}

struct Work {
    image picture;
    data samples;
    std::vector<loom_buffer> inputs;
    std::vector<loom_buffer> outputs;
};

// Loading and all samples through the link. Seconds, or a negative number after a fault.
double through_link(Work *work, const model_operations *operations, const char *trace)
{
    char error[DEVICE_ERROR_BYTES];
    transport bytes;
    device *array = nullptr;
    double start = now();

    if (transport_sim_open(&bytes, operations, trace, false) != LOOM_OK ||
        device_array_open(&array, &work->picture, "sim", bytes, error) != LOOM_OK)
        return -1;
    for (size_t sample = 0; sample < work->samples.samples; sample++) {
        for (size_t index = 0; index < work->picture.input_count; index++) {
            const data_series *series = data_find(&work->samples, work->picture.inputs[index].name, nullptr);
            size_t first = sample * work->samples.steps * series->neurons;
            work->inputs[index].spikes = series->spikes ? series->spikes + first : nullptr;
            work->inputs[index].values = series->values ? series->values + first : nullptr;
        }
        if (array->operations->reset(array) != LOOM_OK ||
            array->operations->run(array, work->samples.steps, work->inputs.data(), work->outputs.data()) != LOOM_OK)
            return -1;
    }
    array->operations->close(array);
    return now() - start;
}

// Millions of cycles a second of a model through the link, the fastest of several rounds; 0 after a fault.
double link_speed(Work *work, const model_operations *model, const char *trace, int turns)
{
    const model_operations counted = {model->board, counted_open, counted_close, counted_run, counted_trace, nullptr};
    double best = 0;

    counted_model = model;
    for (int round = 0; round < turns; round++) {
        double seconds = through_link(work, &counted, trace);
        if (seconds < 0)
            return 0;
        best = std::max(best, 1e-6 * static_cast<double>(counted_cycles) / seconds);
    }
    return best;
}

bool open_work(Work *work, arena *memory, const char *image_path, const char *data_path, size_t limit)
{
    diagnostics messages;

    diagnostics_begin(&messages, image_path);
    work->picture = image();
    work->picture.arena = memory;
    if (image_load(&work->picture, image_path, &messages) ||
        data_read(&work->samples, data_path, 0, limit, 1e-4, &messages))
        return false;
    work->inputs.resize(work->picture.input_count);
    for (size_t index = 0; index < work->picture.output_count; index++) {
        const image_population *population = &work->picture.populations[work->picture.outputs[index].population];
        size_t count = work->samples.steps * population->size;
        loom_buffer buffer = {nullptr, nullptr};
        if (population->graded)
            buffer.values = static_cast<double *>(calloc(count, sizeof(double)));
        else
            buffer.spikes = static_cast<uint8_t *>(calloc(count, 1));
        work->outputs.push_back(buffer);
    }
    return true;
}

} // namespace

int main(int argc, char **argv)
{
    const model_operations recorder = {MODEL_BOARD, recorder_open, recorder_close, recorder_run, nullptr, nullptr};
    Work work = Work();
    arena memory = arena();
    char error[MODEL_ERROR_BYTES];
    double link = 0, bare = 0, traced = 0;

    if (argc < 4 || argc > 5 || !open_work(&work, &memory, argv[1], argv[2], strtoul(argv[3], nullptr, 10))) {
        fprintf(stderr, "usage: bench-sim NET.loom DATA.h5 SAMPLES [WAVE.fst]\n");
        return 2;
    }
    const char *board = work.picture.board;
    const model_operations *model = sim_model_find(board, error);
    const model_operations *tracing = model && argc == 5 ? sim_model_find_traced(board, error) : nullptr;
    bool compared = strcmp(board, MODEL_BOARD) == 0;
    if (!model || (argc == 5 && !tracing) || (compared && through_link(&work, &recorder, nullptr) < 0)) {
        fprintf(stderr, "bench-sim: %s\n", model && !(argc == 5 && !tracing) ? "the samples do not run" : error);
        return 1;
    }
    for (int round = 0; round < rounds; round++) {
        size_t bytes;
        link = std::max(link, link_speed(&work, model, nullptr, 1));
        if (compared)
            bare = std::max(bare, 1e-6 * static_cast<double>(recorded.size()) / bare_loop(&bytes));
    }
    if (tracing)
        traced = link_speed(&work, tracing, argv[4], 1);
    printf("| %s | %.2f |", board, link);
    if (compared)
        printf(" %.2f | %.0f %% |", bare, 100 * link / bare);
    else
        printf(" - | - |");
    if (tracing)
        printf(" %.2f |\n", traced);
    else
        printf(" - |\n");
    return link > 0 && (!compared || link >= least_share * bare) && (!tracing || traced > 0) ? 0 : 1;
}
