#include "base/error.h"
#include "base/plural.h"
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/group-options.h"
#include "cli/option-rules.h"
#include "data/augment-folder.h"
#include <stdio.h>
#include <string.h>

static const struct {
    const char *name;
    guint ops;
} op_names[] = {{"gray", LEUKO_AUGMENT_GRAY},           {"hist", LEUKO_AUGMENT_HIST},
                {"reflect", LEUKO_AUGMENT_FLIP},        {"blur", LEUKO_AUGMENT_BLUR},
                {"translate", LEUKO_AUGMENT_TRANSLATE}, {"shear", LEUKO_AUGMENT_SHEARED},
                {"rotate", LEUKO_AUGMENT_ROTATE},       {"all", LEUKO_AUGMENT_ALL}};

static gboolean parse_ops(const char *list, guint *ops, GError **error)
{
    g_auto(GStrv) listed = g_strsplit(list, ",", -1);
    const char *names[G_N_ELEMENTS(op_names) + 1] = {NULL};
    for (gsize i = 0; i < G_N_ELEMENTS(op_names); i++)
        names[i] = op_names[i].name;
    *ops = 0;
    for (char **name = listed; *name; name++) {
        guint found = 0;
        for (gsize i = 0; i < G_N_ELEMENTS(op_names); i++)
            if (strcmp(g_strstrip(*name), op_names[i].name) == 0)
                found = op_names[i].ops;
        if (!cli_one_of("ops", *name, names, error))
            return FALSE;
        *ops |= found;
    }
    return *ops ? TRUE : cli_wrong_usage(error, "--ops: the list is empty");
}

static gboolean parse_border(const char *text, LeukoAugmentOptions *options, GError **error)
{
    guint rgb[3];
    int end = 0;
    if (sscanf(text, "%3u,%3u,%3u%n", &rgb[0], &rgb[1], &rgb[2], &end) != 3 || text[end] ||
        rgb[0] > 255 || rgb[1] > 255 || rgb[2] > 255)
        return cli_wrong_usage(error, "--border %s: must be R,G,B, each value 0 to 255", text);
    for (int i = 0; i < 3; i++)
        options->border[i] = (guint8)rgb[i];
    options->has_border = TRUE;
    return TRUE;
}

gboolean cmd_augment(int argc, char **argv, GError **error)
{
    LeukoAugmentOptions options = leuko_augment_options_default();
    g_autofree gchar *ops = NULL, *border = NULL;
    gint rotations = (gint)options.n_rotations, size = (gint)options.side_px, threads = 0;
    gint quality = options.quality;
    gint64 seed = (gint64)options.seed;
    g_auto(CliGroupOptions) grouping = {0};
    const GOptionEntry entries[] = {
        {"ops", 0, 0, G_OPTION_ARG_STRING, &ops,
         "Any of gray,hist,reflect,blur,translate,shear,rotate (default: all)", "LIST"},
        {"rotations", 0, 0, G_OPTION_ARG_INT, &rotations,
         "Rotations per image, 1 to 360, each by another angle (default: 20)", "N"},
        {"seed", 0, 0, G_OPTION_ARG_INT64, &seed, "Seed of the random angles (default: 50)", "S"},
        {"size", 0, 0, G_OPTION_ARG_INT, &size,
         "Side of the written images, 16 to 4096 px (default: 299)", "PX"},
        {"border", 0, 0, G_OPTION_ARG_STRING, &border,
         "Color around warped images, values 0 to 255 (default: their background)", "R,G,B"},
        {"quality", 0, 0, G_OPTION_ARG_INT, &quality,
         "Quality of the JPEG files, 1 to 100 (default: 95)", "Q"},
        {"skip-unreadable", 0, 0, G_OPTION_ARG_NONE, &options.skip_unreadable,
         "Skip unreadable images (each is listed) instead of stopping", NULL},
        CLI_LABEL_ENTRIES(grouping),
        CLI_THREADS_ENTRY(threads),
        {NULL}};
    if (!cli_parse("augment", entries, &argc, &argv, 2, 2, error) ||
        !cli_group_options(&grouping, &options.folder, error) ||
        (ops && !parse_ops(ops, &options.ops, error)) ||
        (border && !parse_border(border, &options, error)) ||
        !cli_in_range("--rotations", rotations, 1, LEUKO_AUGMENT_MAX_ROTATIONS, error) ||
        !cli_in_range("--size", size, 16, 4096, error) ||
        !cli_in_range("--quality", quality, 1, 100, error) ||
        !cli_in_range("--threads", threads, 0, 1024, error))
        return FALSE;
    const guint warps = LEUKO_AUGMENT_ROTATE | LEUKO_AUGMENT_TRANSLATE | LEUKO_AUGMENT_SHEARED;
    const CliExclusion cases[] = {
        {!(options.ops & LEUKO_AUGMENT_ROTATE), "without rotate in --ops", {"rotations", "seed"}},
        {!(options.ops & warps), "without rotate, translate or shear in --ops", {"border"}}};
    if (!cli_exclude(cases, G_N_ELEMENTS(cases), error))
        return FALSE;
    options.n_rotations = (guint)rotations;
    options.side_px = (guint)size;
    options.quality = quality;
    options.seed = (guint64)seed;
    options.n_threads = cli_threads(threads);

    LeukoAugmentResult result;
    gint64 start_us = g_get_monotonic_time();
    if (!leuko_augment_folder(argv[1], argv[2], &options, cli_reporter(), cli_cancellable(),
                              &result, error))
        return FALSE;
    double seconds = (double)(g_get_monotonic_time() - start_us) / 1e6;
    if (result.n_skipped > 0)
        cli_note("%u unreadable %s skipped", result.n_skipped,
                 leuko_plural(result.n_skipped, "image was", "images were"));
    g_autofree gchar *shown = leuko_one_line(argv[2]);
    cli_print("%s: %u %s made from %u %s (%.1f s, %.0f files/s)", shown, result.n_files,
              LEUKO_PLURAL(result.n_files, "file"), result.n_images,
              LEUKO_PLURAL(result.n_images, "image"), seconds, result.n_files / seconds);
    return TRUE;
}
