/* The one table of commands, in the order of the work. */
#include "cli/cli.h"
#include "cli/commands.h"

const CliCommand cli_commands[] = {
    {NULL},
};
