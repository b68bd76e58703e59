#!/bin/sh
# Where the memories of a Verilated array's cores are: memories.sh FOLDER CLASS prints C++ for sim/model.cpp, from the names in
# the headers that verilator wrote. A lone core is part of the array's class, several have one of their own (hier_block).
#   MODEL_CORES(X)     X(number, pointer to the core's class)
#   MODEL_MEMORIES(X)  X(space, bank, member, words) of a core; word a of a space is word a / banks of bank a % banks
set -eu
folder=$1 class=$2

core_class=$(find "$folder" -name 'Vloom_core*___024root.h' | sed 's/.*\/\(Vloom_core[A-Za-z0-9_]*\)___024root.h/\1/')
echo "#include \"${class}___024root.h\""
if [ -n "$core_class" ]; then
    header="$folder/$core_class/${core_class}___024root.h" prefix="${core_class#V}__DOT__"
    echo "#include \"$core_class/$core_class.h\""
    echo "#include \"$core_class/${core_class}___024root.h\""
    echo "#define MODEL_CORE_ROOT ${core_class}___024root"
    echo '#define MODEL_CORES(X) \'
    sed -n "s/.* \(loom_array__DOT__g_core__BRA__\([0-9]*\)__KET____DOT__u_core__DOT__handle[A-Za-z0-9_]*\);.*/    X(\2, \
static_cast<$core_class *>(VL_CVT_Q_VP(array->rootp->\1))->rootp) \\\\/p" "$folder/${class}___024root.h"
else
    header="$folder/${class}___024root.h" prefix='loom_array__DOT__g_core__BRA__0__KET____DOT__u_core__DOT__'
    echo "#define MODEL_CORE_ROOT ${class}___024root"
    echo '#define MODEL_CORES(X) X(0, array->rootp)'
fi
echo
echo '#define MODEL_MEMORIES(X) \'
memories() { # space, what stands before and after the bank's number
    sed -n "s/.*VlUnpacked<SData.*, \([0-9]*\)> \($prefix$2\([0-9]*\)$3\);.*/    X($1, \3, \2, \1) \\\\/p" "$header"
}
memory() { # space, member: one bank, number 0
    sed -n "s/.*VlUnpacked<SData.*, \([0-9]*\)> \($prefix$2\);.*/    X($1, 0, \2, \1) \\\\/p" "$header"
}
memories HW_SPACE_WEIGHT u_weights__DOT__g_part__BRA__ __KET____DOT__memory
memories HW_SPACE_PROGRAM u_program__DOT__u_memory__DOT__g_part__BRA__ __KET____DOT__u_words__DOT__memory
memories HW_SPACE_STATE g_neuron__BRA__ __KET____DOT__u_neuron__DOT__u_state__DOT__memory
memory HW_SPACE_PROGRAM u_program__DOT__u_memory__DOT__memory
memory HW_SPACE_SPIKE u_spikes__DOT__memory
echo
