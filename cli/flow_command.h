/* What the flow runs for a board: yosys's script and nextpnr's command line, and the files that they read. */
#ifndef NIRLOOM_FLOW_COMMAND_H
#define NIRLOOM_FLOW_COMMAND_H

#include "hardware.h"

#include <glob.h>
#include <stdbool.h>

/* printf into fresh memory; NULL, told, if there is none. */
char *flow_text(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The project's folder: NIRLOOM_HOME, else the one above that of the executable. The caller's to free; NULL, told, if
 * memory is short. */
char *flow_home(void);

/* icetime's and nextpnr's name of the board's device; NULL if the flow does not reach the part. */
const char *flow_device(const struct board *board);

/* Finds home's rtl/loom_*.v, sorted; globfree(found) in any case. False, told, if they or build/hardware.vh are not
 * there. */
bool flow_sources(glob_t *found, const char *home);

/* yosys's script, the caller's to free; NULL, told, if the sources are not there or memory is short. It names files
 * under named_home, where they are or not: the script of two homes is the same text with the same name. */
char *flow_script(const struct board *board, const char *home, const char *named_home, const char *folder);

/* nextpnr's arguments, NULL-terminated, for flow_free_command(); NULL, told, if memory is short. */
char **flow_route_command(const struct board *board, const char *home, const char *folder, unsigned seed);
void flow_free_command(char **arguments);

#endif
