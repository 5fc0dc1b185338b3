/* cli/group-options.h: the options that say which group and class an image of a folder has. */
#pragma once
#include "cli/cli.h"

typedef struct {
    gchar *group_by, *groups, *labels;
} CliGroupOptions;

#define CLI_GROUP_BY_ENTRY(o)                                                                      \
    {                                                                                              \
        "group-by", 0, 0, G_OPTION_ARG_STRING, &(o).group_by,                                      \
            "Group (patient) of an image: the (part) of its name that matches", "REGEX"            \
    }

#define CLI_GROUP_ENTRIES(o)                                                                       \
    CLI_GROUP_BY_ENTRY(o), {"groups",    0,                                                        \
                            0,           G_OPTION_ARG_FILENAME,                                    \
                            &(o).groups, "Group of each image: columns file,group",                \
                            "FILE.csv"},                                                           \
    {                                                                                              \
        "labels", 0, 0, G_OPTION_ARG_FILENAME, &(o).labels,                                        \
            "Class of each image of a flat folder: columns file,class", "FILE.csv"                 \
    }

/* Wrong usage where they contradict each other or the expression is none. */
gboolean cli_group_options(const CliGroupOptions *o, GError **error);
void cli_group_clear(CliGroupOptions *o);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(CliGroupOptions, cli_group_clear)
