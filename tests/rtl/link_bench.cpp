// Runs runtime/link.c against the Verilated loom_link with two stand-in cores behind it, over a line that loses and
// damages bytes. Prints one line a scenario and exits 0 if all went well; LINK_SEED chooses other random numbers.
#include "Vlink_bench.h"

extern "C" {
#include "hardware.h"
#include "link.h"
#include "support.h"
}

#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <vector>

static const int CORES = 2, SPACES = 3, WORDS = 1024;

struct bench {
    VerilatedContext context;
    Vlink_bench design{&context};
    std::deque<uint8_t> to_array, to_host;
    uint64_t random = 1;
    unsigned damage = 0; // chance of a byte to be changed or lost, in 1/10000, each way
    unsigned stall = 0;  // chance of a cycle without transfer, in 1/100, each way
    uint64_t cycles = 0, hits = 0;

    void pass(std::deque<uint8_t> &line, uint8_t byte)
    {
        size_t chance = random_below(&random, 10000);
        if (chance < damage) {
            hits++;
            if (chance & 1)
                return;
            byte ^= (uint8_t)(1 + random_below(&random, 255));
        }
        line.push_back(byte);
    }

    void cycle()
    {
        design.i_byte_valid = !to_array.empty() && random_below(&random, 100) >= stall;
        design.i_byte = to_array.empty() ? 0 : to_array.front();
        design.i_byte_ready = random_below(&random, 100) >= stall;
        design.clk = 0;
        design.eval();
        bool taken = design.i_byte_valid && design.o_byte_ready;
        bool given = design.o_byte_valid && design.i_byte_ready;
        uint8_t byte = design.o_byte;
        design.clk = 1;
        design.eval();
        if (taken)
            to_array.pop_front();
        if (given)
            pass(to_host, byte);
        cycles++;
    }

    void reset()
    {
        design.rst = 1;
        cycle();
        cycle();
        design.rst = 0;
    }
};

static enum loom_status bench_send(void *self, const uint8_t *bytes, size_t count)
{
    struct bench *bench = (struct bench *)self;
    for (size_t index = 0; index < count; index++)
        bench->pass(bench->to_array, bytes[index]);
    return LOOM_OK;
}

// Time is what the array does: a call that finds nothing is some 2,000 cycles long.
static enum loom_status bench_receive(void *self, uint8_t *bytes, size_t capacity, size_t *count, unsigned)
{
    struct bench *bench = (struct bench *)self;
    *count = 0;
    for (int cycle = 0; cycle < 2000 && bench->to_host.empty(); cycle++)
        bench->cycle();
    while (*count < capacity && !bench->to_host.empty()) {
        bytes[(*count)++] = bench->to_host.front();
        bench->to_host.pop_front();
    }
    return LOOM_OK;
}

static void bench_close(void *)
{
}

__attribute__((format(printf, 2, 3)))
static void must(bool condition, const char *format, ...)
{
    if (condition)
        return;
    va_list arguments;
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    printf("\n");
    exit(1);
}

static void expect_message(struct link *link, unsigned kind, unsigned core, uint32_t address, unsigned data)
{
    struct link_message message;
    must(!link_receive(link, &message), "%s", link_error(link));
    must(message.kind == kind && message.address == address && message.data == data
         && (kind == HW_KIND_END || message.core == core),
         "message %u core %u address %u data %x instead of %u, %u, %u, %x", message.kind, message.core,
         message.address, message.data, kind, core, address, data);
}

static void identity(struct link *link)
{
    const uint16_t expected[9] = { 0x4E4C, HW_VERSION, 2, 4, 5, 6, 7, 8, 9 };
    uint16_t words[9];
    must(!link_read(link, 0, HW_SPACE_CONTROL, 0, words, 9), "%s", link_error(link));
    for (int index = 0; index < 9; index++)
        must(words[index] == expected[index], "control word %d is %u", index, words[index]);
}

static uint32_t cycle_count(struct link *link)
{
    uint16_t words[2];
    must(!link_read(link, 0, HW_SPACE_CONTROL, HW_CONTROL_CYCLES_LOW, words, 2), "%s", link_error(link));
    return words[0] | (uint32_t)words[1] << 16;
}

// One step with outputs of every core, mixed as the ring mixes them, in order for each core, END last.
static void step(struct link *link, uint16_t number, unsigned outputs)
{
    unsigned seen[CORES] = {}, parity = number & 1;
    for (unsigned count = 0; count < CORES * outputs; count++) {
        struct link_message message;
        must(!link_receive(link, &message), "%s", link_error(link));
        must(message.kind == HW_KIND_OUTPUT && message.core < CORES, "message of kind %u", message.kind);
        unsigned index = seen[message.core]++;
        must(message.address == index && message.data == (message.core << 12 | parity << 8 | (index & 0xFF)),
             "step %u core %u: output %u has address %u, data %x", number, message.core, index, message.address,
             message.data);
    }
    expect_message(link, HW_KIND_END, 0, 0, (unsigned)number + 1);
}

static void traffic(struct bench *bench, struct link *link, int turns)
{
    static uint16_t copy[CORES][SPACES][WORDS];
    uint64_t state = bench->random;
    uint16_t steps = 0;
    for (unsigned core = 0; core < CORES; core++)
        for (unsigned space = 0; space < SPACES; space++) {
            must(!link_fill(link, core, space, 0, (uint16_t)(core + space), WORDS), "%s", link_error(link));
            for (int word = 0; word < WORDS; word++)
                copy[core][space][word] = (uint16_t)(core + space);
        }
    for (int turn = 0; turn < turns; turn++) {
        unsigned space = (unsigned)random_below(&state, SPACES);
        unsigned core = (unsigned)random_below(&state, CORES + 1);
        bool all = core == CORES;
        unsigned destination = all ? HW_BROADCAST : core;
        size_t count = 1 + random_below(&state, 200);
        uint32_t address = (uint32_t)random_below(&state, WORDS - 200);
        std::vector<uint16_t> words(count);
        for (size_t index = 0; index < count; index++)
            words[index] = (uint16_t)random_next(&state);
        switch (random_below(&state, 5)) {
        case 0: // two steps at once, with the next input in between
            for (unsigned ahead = 0; ahead < 2; ahead++) {
                must(!link_step(link, (uint32_t)(count / 4), (steps + ahead) & 1u), "%s", link_error(link));
                must(!link_write(link, HW_BROADCAST, HW_SPACE_SPIKE, address, words.data(), count), "%s",
                     link_error(link));
            }
            must(!link_flush(link), "%s", link_error(link));
            for (unsigned ahead = 0; ahead < 2; ahead++)
                step(link, steps++, (unsigned)(count / 4));
            space = HW_SPACE_SPIKE;
            all = true;
            break;
        case 1:
            core = all ? 0 : core;
            must(!link_read(link, core, space, address, words.data(), count), "%s", link_error(link));
            for (size_t index = 0; index < count; index++)
                must(words[index] == copy[core][space][address + index], 
                     "turn %d: core %u space %u word %zu is %x, not %x", turn, core, space, address + index,
                     words[index], copy[core][space][address + index]);
            continue;
        case 2:
            must(!link_fill(link, destination, space, address, words[0], count), "%s", link_error(link));
            for (size_t index = 0; index < count; index++)
                words[index] = words[0];
            break;
        default:
            must(!link_write(link, destination, space, address, words.data(), count), "%s", link_error(link));
            break;
        }
        for (unsigned one = 0; one < CORES; one++)
            for (size_t index = 0; (all || one == core) && index < count; index++)
                copy[one][space][address + index] = words[index];
    }
    for (unsigned core = 0; core < CORES; core++)
        for (unsigned space = 0; space < SPACES; space++) {
            uint16_t words[WORDS];
            must(!link_read(link, core, space, 0, words, WORDS), "%s", link_error(link));
            for (int word = 0; word < WORDS; word++)
                must(words[word] == copy[core][space][word], "core %u space %u word %d", core, space, word);
        }
}

static void scenario(const char *name, unsigned damage, unsigned stall, int turns)
{
    struct bench *bench = new struct bench;
    const char *seed = getenv("LINK_SEED");
    bench->random = seed ? strtoull(seed, NULL, 0) : 1;
    bench->reset();
    struct transport transport = { bench, bench_send, bench_receive, bench_close };
    struct link *link;
    must(!link_open(&link, transport, 5000, damage ? 2 : 1000), "no memory");
    bench->damage = damage;
    bench->stall = stall;
    must(!link_synchronise(link), "%s", link_error(link));
    identity(link);
    must(cycle_count(link) == 0, "cycles were counted before any step");
    traffic(bench, link, turns);
    must(cycle_count(link) > 0, "no cycles were counted");
    uint16_t word = 0;
    must(!link_write(link, 0, HW_SPACE_CONTROL, HW_CONTROL_CLEAR, &word, 1), "%s", link_error(link));
    must(cycle_count(link) == 0, "the counter was not cleared");

    // Synchronising amid two steps: nothing of them may come through, and the count begins anew.
    must(!link_step(link, 500, 0) && !link_step(link, 500, 1) && !link_flush(link), "%s", link_error(link));
    for (int cycle = 0; cycle < 1500; cycle++)
        bench->cycle();
    must(!link_synchronise(link), "%s", link_error(link));
    identity(link);
    must(!link_step(link, 3, 0) && !link_flush(link), "%s", link_error(link));
    step(link, 0, 3);

    // More steps at once than may be under way, and writes that must wait: the link holds them back.
    for (unsigned ahead = 1; ahead <= 4; ahead++)
        must(!link_step(link, 20, ahead & 1) && !link_write(link, 1, HW_SPACE_STATE, ahead, &word, 1), "%s",
             link_error(link));
    must(!link_flush(link), "%s", link_error(link));
    for (uint16_t ahead = 1; ahead <= 4; ahead++)
        step(link, ahead, 20);

    // A READ of a core that is not there is no answer but does no harm.
    must(!link_write(link, 7, HW_SPACE_STATE, 5, &word, 1), "%s", link_error(link));
    identity(link);
    printf("%s: %llu cycles, %llu bytes hit, %llu frames repeated\n", name, (unsigned long long)bench->cycles,
           (unsigned long long)bench->hits, (unsigned long long)link_statistics(link).frames_repeated);
    link_close(link);
    delete bench;
}

int main()
{
    scenario("good line", 0, 0, 300);
    scenario("good line with pauses", 0, 60, 100);
    scenario("bad line", 15, 10, 150);
    scenario("very bad line", 60, 0, 60);
    return 0;
}
