/* Verilated arrays behind a C interface: a clock, bytes in and bytes out. model.cpp is compiled once for every
 * array, into a shared object (build/models/ID.so) with the symbol model, and model_sources, the identity of the Verilog
 * that it was made from (sources.h); `make model BOARD=NAME` builds it. */
#ifndef NIRLOOM_MODEL_H
#define NIRLOOM_MODEL_H

#include <signal.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct model_operations {
    const char *board;
    void *(*open)(void); /* after reset; NULL if memory is short */
    void (*close)(void *model);
    /* Runs at most cycles clock cycles, offering in_count bytes and taking what comes; stops early when all bytes
     * are taken and stop_at bytes or more came out. *taken and *got are bytes moved; at most capacity come out.
     * Returns the cycles run. */
    uint64_t (*run)(void *model, uint64_t cycles, const uint8_t *in, size_t in_count, size_t *taken, uint8_t *out,
                    size_t capacity, size_t stop_at, size_t *got);
    /* From now on writes all signals to that file (FST), half a clock cycle a time unit of a nanosecond; it is complete
     * when the model is closed. 0, or -1 if the file cannot be written. NULL in a model without traces. */
    int (*trace)(void *model, const char *path);
    /* Puts words into a core's memory (HW_SPACE_...) as if they had been written over the link: for images that would take
     * hours that way. No step may be under way. 0, or -1 where there is no such core, space or address. NULL where memories
     * cannot be reached, as in a netlist. */
    int (*store)(void *model, unsigned core, unsigned space, uint32_t address, const uint16_t *words, size_t count);
};

enum { MODEL_ERROR_BYTES = 512 };

/* The array of that board, loaded from the folder models beside the program or from NIRLOOM_HOME/build/models; it stays
 * loaded. NULL with a sentence in error (MODEL_ERROR_BYTES) that names the command which builds it: where it is missing
 * or damaged, or was made from other Verilog than that of the project it lies in. */
const struct model_operations *sim_model_find(const char *board, char *error);

/* The same array, slower and with traces. */
const struct model_operations *sim_model_find_traced(const char *board, char *error);

/* A board top with its serial port: levels of the two lines, a clock cycle a call. */
struct board_model_operations {
    const char *board;
    void *(*open)(void);
    void (*close)(void *model);
    int (*cycle)(void *model, int line_in); /* level of the line out */
};

/* As sim_model_find(), for the symbol board_model. */
const struct board_model_operations *sim_board_find(const char *board, char *error);

/* Runs the board top of that name with its serial line on file_descriptor (a pseudo terminal's master), in real bits,
 * until *stop is set or the descriptor fails. 0, or -1 with a sentence in error (MODEL_ERROR_BYTES). */
int sim_board_run(const char *board, int file_descriptor, volatile sig_atomic_t *stop, char *error);

#ifdef __cplusplus
}
#endif

#endif
