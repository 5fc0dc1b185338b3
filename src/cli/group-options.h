/* cli/group-options.h: the options that say how a folder of images is read: its layout, and what
 * gives the images their groups and classes. */
#pragma once
#include "cli/cli.h"
#include "leuko/folder.h"

typedef struct {
    gchar *group_by, *group_by_path, *groups, *labels, *layout;
    gchar **classes;    /* as given, one rule each */
    gchar *all_classes; /* these in one text, set by cli_group_options() */
    gboolean labels_from_names;
} CliGroupOptions;

/* CLI_LABEL_ENTRIES: the options that decide which images there are; CLI_GROUP_ENTRIES: all. */

/* clang-format off */
#define CLI_LABEL_ENTRIES(o)                                                                       \
    {"labels", 0, 0, G_OPTION_ARG_FILENAME, &(o).labels,                                           \
     "Table with the class of each image: columns file, class (also label, diagnosis, ...)",       \
     "FILE.csv"},                                                                                  \
    {"labels-from-names", 0, 0, G_OPTION_ARG_NONE, &(o).labels_from_names,                         \
     "The class is the digit at the end of each name: Im001_1.jpg", NULL},                         \
    {"layout", 0, 0, G_OPTION_ARG_STRING, &(o).layout,                                             \
     "Levels of folders: class/group, split/class, fold/class, */class, class/**, flat "           \
     "(default: found out)", "LEVELS"}
#define CLI_CLASSES_ENTRY(o)                                                                       \
    {"classes", 0, 0, G_OPTION_ARG_STRING_ARRAY, &(o).classes,                                     \
     "Other names of a class in the data, such as leukemic=all,blast,1; may be repeated",          \
     "CLASS=NAMES"}
#define CLI_GROUP_ENTRIES(o)                                                                       \
    {"group-by", 0, 0, G_OPTION_ARG_STRING, &(o).group_by,                                         \
     "Regular expression whose first (part) in a file name is the group (patient)", "REGEX"},      \
    {"group-by-path", 0, 0, G_OPTION_ARG_STRING, &(o).group_by_path,                               \
     "The same in the path below DIR; it must not contain the class folder", "REGEX"},             \
    {"groups", 0, 0, G_OPTION_ARG_FILENAME, &(o).groups,                                           \
     "Table with the group of each image: columns file, group (also patient, slide, ...); "        \
     "--group-by then sees the table's group",                                                     \
     "FILE.csv"},                                                                                  \
    CLI_LABEL_ENTRIES(o),                                                                          \
    CLI_CLASSES_ENTRY(o)
/* clang-format on */

/* The options as the library takes them, borrowed. Wrong usage if two of them exclude each other,
 * or if an expression or the layout is not valid. */
gboolean cli_group_options(CliGroupOptions *o, LeukoFolderOptions *out, GError **error);
/* Add --classes to the message that a model lacks a class of the data. FALSE. */
gboolean cli_group_explain(GError **error);
void cli_group_clear(CliGroupOptions *o);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(CliGroupOptions, cli_group_clear)
