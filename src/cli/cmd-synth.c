#include "base/error.h"
#include "base/plural.h"
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/option-rules.h"
#include "smear/synth-folder.h"
#include <string.h>

static gboolean parse_classes(const char *list, LeukoSynthOptions *o, GError **error)
{
    const char *kinds[LEUKO_SYNTH_N_KINDS + 1] = {NULL};
    for (gint k = 0; k < LEUKO_SYNTH_N_KINDS; k++)
        kinds[k] = leuko_synth_kind_name((LeukoSynthKind)k);
    g_auto(GStrv) names = g_strsplit(list, ",", -1);
    o->n_kinds = 0;
    for (guint i = 0; names[i]; i++) {
        if (!cli_one_of("classes", g_strstrip(names[i]), kinds, error))
            return FALSE;
        gint kind = leuko_synth_kind_parse(names[i]);
        for (guint k = 0; k < o->n_kinds; k++)
            if (o->kinds[k] == (LeukoSynthKind)kind)
                return cli_wrong_usage(error, "--classes: \"%s\" is given twice", names[i]);
        o->kinds[o->n_kinds++] = (LeukoSynthKind)kind;
    }
    return TRUE;
}

gboolean cmd_synth(int argc, char **argv, GError **error)
{
    LeukoSynthOptions o = leuko_synth_options_default();
    g_autofree gchar *classes = NULL;
    gint per_class = (gint)o.per_class, groups = (gint)o.n_groups, size = (gint)o.size_px;
    gint fields = 0, threads = 0;
    gint64 seed = (gint64)o.seed;
    const GOptionEntry entries[] = {
        {"per-class", 0, 0, G_OPTION_ARG_INT, &per_class,
         "Images per class, 0 to 1000000 (default: 200)", "N"},
        {"classes", 0, 0, G_OPTION_ARG_STRING, &classes,
         "Any of blast,lymphocyte,neutrophil,monocyte,eosinophil (default: the first two)", "LIST"},
        {"size", 0, 0, G_OPTION_ARG_INT, &size, "Side of the images, 75 to 2048 px (default: 299)",
         "PX"},
        {"groups", 0, 0, G_OPTION_ARG_INT, &groups,
         "Groups (patients), 1 to 99; each has images of all classes (default: 10)", "N"},
        {"fields", 0, 0, G_OPTION_ARG_INT, &fields,
         "Also write N photographs of whole fields with ground truth (default: 0)", "N"},
        {"seed", 0, 0, G_OPTION_ARG_INT64, &seed, "Seed of all random numbers (default: 7)", "S"},
        CLI_THREADS_ENTRY(threads),
        {NULL}};
    if (!cli_parse("synth", entries, &argc, &argv, 1, 1, error) ||
        (classes && !parse_classes(classes, &o, error)) ||
        !cli_in_range("--per-class", per_class, 0, 1000000, error) ||
        !cli_in_range("--size", size, 75, 2048, error) ||
        !cli_in_range("--groups", groups, 1, 99, error) ||
        !cli_in_range("--fields", fields, 0, 100000, error) ||
        !cli_in_range("--threads", threads, 0, 1024, error))
        return FALSE;
    if (per_class == 0 && fields == 0)
        return cli_wrong_usage(error, "--per-class 0: nothing to draw; use --fields");
    const CliExclusion cases[] = {
        {per_class == 0, "with --per-class 0: fields have a fixed size", {"size"}}};
    if (!cli_exclude(cases, G_N_ELEMENTS(cases), error))
        return FALSE;
    o.per_class = (guint)per_class;
    o.n_groups = (guint)groups;
    o.size_px = (guint)size;
    o.n_fields = (guint)fields;
    o.seed = (guint64)seed;
    o.n_threads = cli_threads(threads);
    if (!leuko_synth_folder(argv[1], &o, cli_reporter(), cli_cancellable(), error))
        return FALSE;
    g_autofree gchar *shown = leuko_one_line(argv[1]);
    cli_print("%s: %u %s of %u %s in %u %s", shown, o.per_class * o.n_kinds,
              LEUKO_PLURAL(o.per_class * o.n_kinds, "image"), o.n_kinds,
              leuko_plural(o.n_kinds, "class", "classes"), o.n_groups,
              LEUKO_PLURAL(o.n_groups, "group"));
    if (o.n_fields > 0)
        cli_print("%s/fields: %u %s of fields with ground truth", shown, o.n_fields,
                  LEUKO_PLURAL(o.n_fields, "photograph"));
    cli_print("Results on synthetic images say nothing about patients.");
    return TRUE;
}
