/* recover: the Verilog of a bitstream.
 *
 * Reads what iceunpack makes of an iCE40 bitstream and writes the circuit that the bits configure: every lookup table,
 * carry, flip-flop, block RAM with its contents, multiplier and single-port memory, and the wires between them, from
 * the switches that are on. Nothing of the design's source, netlist or placement is read; the .pcf gives names to pins.
 * SB_RAM40_4K, SB_MAC16 and SB_SPRAM256KA are left to a library of cells, such as yosys's. */
#include "design.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char usage[] =
    "recover -d DATABASE -p PACKAGE -c PINS.pcf [-n MODULE] [-o OUT.v] BITSTREAM.asc\n"
    "\n"
    "  -d DATABASE   chip database of the part, such as /usr/share/fpga-icestorm/chipdb/chipdb-5k.txt\n"
    "  -p PACKAGE    such as sg48\n"
    "  -c PINS.pcf   names the ports\n"
    "  -n MODULE     name of the module (chip)\n"
    "  -o OUT.v      the Verilog (standard output)\n"
    "\n"
    "Exit status: 0 done, 1 the input is at fault or uses what is not supported, 2 wrong usage.\n";

struct settings {
    const char *database, *package, *pins, *module, *output, *bitstream;
};

static void visit(struct design *design, struct ports *ports)
{
    ports_visit(design, ports);
    clocks_visit(design, ports);
    hard_visit(design);
    memory_visit(design);
    logic_visit(design);
}

static void write_module(struct design *design, struct ports *ports, const struct settings *settings, FILE *file)
{
    visit(design, ports);
    fprintf(file, "// Recovered from the bitstream %s.\n", settings->bitstream);
    ports_declare(ports, settings->module, file);
    for (int32_t net = 0; net < design->chip->net_count; net++) {
        if (design->drivers[net] == WIRE)
            fprintf(file, "    wire n%d;\n", net);
        else if (design->drivers[net] == REGISTER)
            fprintf(file, "    reg  n%d = 1'b0;\n", net); /* configuration leaves every flip-flop 0 */
    }
    design->file = file;
    visit(design, ports);
    fprintf(file, "endmodule\n");
}

static void run(const struct settings *settings)
{
    struct chip chip;
    struct configuration configuration;
    struct design design;
    struct ports ports;
    FILE *file = stdout;

    chip_read(&chip, settings->database, settings->package);
    ports_read(&ports, &chip, settings->pins);
    configuration_read(&configuration, &chip, settings->bitstream);
    design_open(&design, &chip, &configuration);
    if (settings->output && !(file = fopen(settings->output, "w")))
        fail("%s: %s", settings->output, strerror(errno));
    write_module(&design, &ports, settings, file);
    if (ferror(file) || fclose(file) != 0)
        fail("%s: cannot be written", settings->output ? settings->output : "standard output");
    free(ports.list);
    design_close(&design);
    configuration_free(&configuration);
    chip_free(&chip);
}

int main(int count, char **arguments)
{
    struct settings settings = { .module = "chip" };
    int option;

    while ((option = getopt(count, arguments, "d:p:c:n:o:h")) != -1) {
        switch (option) {
        case 'd': settings.database = optarg; break;
        case 'p': settings.package = optarg; break;
        case 'c': settings.pins = optarg; break;
        case 'n': settings.module = optarg; break;
        case 'o': settings.output = optarg; break;
        case 'h': fputs(usage, stdout); return 0;
        default: fputs(usage, stderr); return 2;
        }
    }
    if (!settings.database || !settings.package || !settings.pins || optind + 1 != count) {
        fputs(usage, stderr);
        return 2;
    }
    settings.bitstream = arguments[optind];
    run(&settings);
    return 0;
}
