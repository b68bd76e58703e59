/* What the logs and reports of the flow say: warnings, clock, resources, critical path. */
#ifndef NIRLOOM_FIGURES_H
#define NIRLOOM_FIGURES_H

#include <json-c/json.h>
#include <stdbool.h>

/* Prints the log's warnings that are not known to be harmless, and its errors, on stderr; true if there was none. */
bool figures_check_log(const char *path);

/* Cells of a yosys netlist (write_json) by type, added to cells as name: number. False after saying why. */
bool figures_count_cells(struct json_object *cells, const char *path);

/* Adds a nextpnr report's use of the part to used and available, as name: number. */
bool figures_utilization(struct json_object *used, struct json_object *available, const char *path);

/* A nextpnr report's lowest clock in MHz; NAN after saying why. */
double figures_clock(const char *path);

/* A nextpnr report's slowest path between registers: "START -> END, 20.8 ns (9.1 logic, 11.7 routing)". The caller's
 * to free; NULL if there is none. */
char *figures_critical_path(const char *path);

/* MHz from the log of icetime -t; NAN where it has none. */
double figures_icetime(const char *path);

#endif
