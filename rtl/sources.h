/* Which Verilog it is: what is simulated says from which sources it was made, and is refused where they are others now. */
#ifndef NIRLOOM_SOURCES_H
#define NIRLOOM_SOURCES_H

enum { SOURCES_BYTES = 17 };

/* An identity, 16 hexadecimal digits, of names and contents of home/rtl/loom_*.v and home/build/hardware.vh (FNV-1a of 64
 * bits: against mistakes, not against intent). 0, or -1 and an empty string if one is not there or cannot be read. */
int sources_identity(char identity[SOURCES_BYTES], const char *home);

#endif
