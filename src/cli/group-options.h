/* cli/group-options.h: the options that give the images of a folder their groups and classes. */
#pragma once
#include "cli/cli.h"

typedef struct {
    gchar *group_by, *groups, *labels;
} CliGroupOptions;

/* clang-format off */
#define CLI_GROUP_BY_ENTRY(o)                                                                      \
    {"group-by", 0, 0, G_OPTION_ARG_STRING, &(o).group_by,                                         \
     "Regular expression whose first (part) in a file name is the group (patient)", "REGEX"}

#define CLI_GROUP_ENTRIES(o)                                                                       \
    CLI_GROUP_BY_ENTRY(o),                                                                         \
    {"groups", 0, 0, G_OPTION_ARG_FILENAME, &(o).groups,                                           \
     "Group of each image: columns file,group", "FILE.csv"},                                       \
    {"labels", 0, 0, G_OPTION_ARG_FILENAME, &(o).labels,                                           \
     "Class of each image, if DIR has no class folders: columns file,class", "FILE.csv"}
/* clang-format on */

/* Wrong usage if two options exclude each other or the expression is not valid. */
gboolean cli_group_options(const CliGroupOptions *o, GError **error);
/* After a folder could not be read: wrong usage if --labels does not apply to it. Returns FALSE. */
gboolean cli_group_explain(GError **error);
void cli_group_clear(CliGroupOptions *o);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(CliGroupOptions, cli_group_clear)
