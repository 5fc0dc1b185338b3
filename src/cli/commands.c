/* The one table of commands, in the order of the work. */
#include "cli/cli.h"
#include "cli/commands.h"

const CliCommand cli_commands[] = {
    {"augment", "IN OUT [options]",
     "make more training pictures of a folder per class: turned, shifted, blurred, ...",
     "Each picture is squashed to 299 x 299 and written again (NAME.jpg), beside it Gray-, Hist-,\n"
     "Hor-, Ver-, Gaus-, Trans-, Shear- and DEGREES-I- copies. OUT/augment.csv says what was made of\n"
     "which; `leuko sort` keeps copies on the side of their source and in training only. OUT appears\n"
     "whole or not at all, and IN is never changed.",
     "  leuko augment cells more\n"
     "  leuko augment cells more --ops reflect,rotate --rotations 8 --border 162,159,144",
     cmd_augment},
    {NULL},
};
