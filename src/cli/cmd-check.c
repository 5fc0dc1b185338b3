#include "base/plural.h"
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/group-options.h"
#include "cli/option-rules.h"
#include "leuko/check.h"
#include <string.h>

enum { EXAMPLES = 3 }; /* files of an oddity, unless --all */
enum { SHOWN = 10 };   /* findings of each kind, unless --all */

/* How the folder was read, and what became of each of its files. */
static void print_files(const LeukoCheckReport *r, guint shown)
{
    cli_print("%s", r->layout);
    cli_print("%u %s: %u %s, %u skipped%s%s%s", r->n_files, LEUKO_PLURAL(r->n_files, "file"),
              r->n_images, LEUKO_PLURAL(r->n_images, "image"), r->n_skipped,
              r->n_skipped ? " (" : "", r->skipped_by, r->n_skipped ? ")" : "");
    for (guint i = 0; i < MIN(r->n_skipped, shown); i++)
        cli_print("skipped: %s, %s", r->skipped[i].file, r->skipped[i].reason);
    if (r->n_skipped > shown)
        cli_print("... and %u more skipped (--all lists them)", r->n_skipped - shown);
}

/* "299 px", or "176 to 363 px, median 360". */
static gchar *describe_sides(const LeukoCheckClass *k)
{
    if (k->n_readable == 0)
        return g_strdup("none readable");
    if (k->side_min == k->side_max)
        return g_strdup_printf("%u px", k->side_min);
    return g_strdup_printf("%u to %u px, median %u", k->side_min, k->side_max, k->side_median);
}

static void print_classes(const LeukoCheckReport *r)
{
    gsize width = 5;
    for (guint k = 0; k < r->n_classes; k++)
        width = MAX(width, strlen(r->classes[k].name));
    cli_print("%s%-*s  %8s  %8s  %-12s shorter side%s", cli_bold(), (int)width, "class", "images",
              r->has_copies ? "copies" : "groups", "formats", cli_plain());
    for (guint i = 0; i < MAX(r->n_classes, 1); i++) {
        const LeukoCheckClass *k = &r->classes[i];
        g_autofree gchar *formats = g_strjoinv(" ", (gchar **)k->formats);
        g_autofree gchar *sides = describe_sides(k);
        g_autofree gchar *third = r->has_copies   ? g_strdup_printf("%u", k->n_copies)
                                  : r->has_groups ? g_strdup_printf("%u", k->n_groups)
                                                  : g_strdup("unknown");
        cli_print("%-*s  %8u  %8s  %-12s %s", (int)width, *k->name ? k->name : "none", k->n_images,
                  third, formats, sides);
    }
}

/* "look the same: a, b, c"; of a large cluster the first files. */
static void print_cluster(const LeukoCheckCluster *cluster, guint shown)
{
    guint n = MIN(cluster->n_files, shown);
    g_autoptr(GString) files = g_string_new(cluster->files[0]);
    for (guint i = 1; i < n; i++)
        g_string_append_printf(files, ", %s", cluster->files[i]);
    if (n < cluster->n_files)
        g_string_append_printf(files, " and %u more", cluster->n_files - n);
    cli_print("%s%s: %s", cluster->same_bytes ? "identical content" : "look the same",
              cluster->across_classes ? ", different classes" : "", files->str);
}

/* "nearly black: 12 images: a.png, b.png, ... (--all lists them)" */
static void print_oddity(const LeukoCheckOddity *o, guint shown)
{
    guint n = shown == G_MAXUINT ? o->n_files : MIN(o->n_files, EXAMPLES);
    g_autoptr(GString) files = g_string_new(NULL);
    for (guint i = 0; i < n; i++)
        g_string_append_printf(files, "%s%s", i ? ", " : "", o->files[i]);
    cli_print("%s: %u %s: %s%s", o->what, o->n_files, LEUKO_PLURAL(o->n_files, "image"), files->str,
              n < o->n_files ? ", ... (--all lists them)" : "");
}

/* What was compared between the splits, and what is in two of them. */
static void print_leaks(const LeukoCheckReport *r, guint shown)
{
    if (!r->has_splits) {
        cli_print("splits: none are given, so that only duplicates were looked for");
        return;
    }
    for (guint i = 0; i < MIN(r->n_leaks, shown); i++)
        cli_print("in two splits: %s", r->leaks[i]);
    if (r->n_leaks > shown)
        cli_print("... and %u more in two splits (--all lists them)", r->n_leaks - shown);
    cli_print("splits: %u %s compared by content, appearance (also mirrored, turned and shifted), "
              "source%s; %u in two splits",
              r->n_images - r->n_unreadable, LEUKO_PLURAL(r->n_images - r->n_unreadable, "image"),
              r->has_groups ? " and group" : "; no groups are known", r->n_leaks);
}

static void print_findings(const LeukoCheckReport *r, guint shown)
{
    for (guint i = 0; i < MIN(r->n_unreadable, shown); i++)
        cli_print("unreadable: %s", r->unreadable[i].reason);
    if (r->n_unreadable > shown)
        cli_print("... and %u more unreadable (--all lists them)", r->n_unreadable - shown);
    for (guint i = 0; i < MIN(r->n_clusters, shown); i++)
        print_cluster(&r->clusters[i], shown);
    if (r->n_clusters > shown)
        cli_print("... and %u more %s (--all lists them)", r->n_clusters - shown,
                  LEUKO_PLURAL(r->n_clusters - shown, "cluster"));
    for (guint i = 0; i < r->n_oddities; i++)
        print_oddity(&r->oddities[i], shown);
    cli_print("%u %s: %u unreadable, %" G_GUINT64_FORMAT " %s with identical content, "
              "%" G_GUINT64_FORMAT
              " %s the same (re-encoded, resized, mirrored, rotated or shifted)",
              r->n_images, LEUKO_PLURAL(r->n_images, "image"), r->n_unreadable, r->n_same_bytes,
              LEUKO_PLURAL(r->n_same_bytes, "pair"), r->n_same_image,
              leuko_plural(r->n_same_image, "pair that looks", "pairs that look"));
    if (r->n_clusters > 0)
        cli_print("The pairs form %u %s with %u %s beyond the first of each; %u %s different "
                  "classes",
                  r->n_clusters, LEUKO_PLURAL(r->n_clusters, "cluster"), r->n_duplicates,
                  LEUKO_PLURAL(r->n_duplicates, "image"), r->n_across_classes,
                  leuko_plural(r->n_across_classes, "cluster has", "clusters have"));
}

gboolean cmd_check(int argc, char **argv, GError **error)
{
    gboolean audit = FALSE, all = FALSE;
    g_autofree gchar *json = NULL, *allow = NULL;
    g_auto(CliGroupOptions) grouping = {0};
    gint threads = 0;
    const GOptionEntry entries[] = {{"audit", 0, 0, G_OPTION_ARG_NONE, &audit,
                                     "Exit with status 3 if any image is unreadable, duplicated or "
                                     "odd, or if a group or an image "
                                     "is in two splits",
                                     NULL},
                                    {"all", 0, 0, G_OPTION_ARG_NONE, &all,
                                     "List all findings (default: the first 10 of each kind)",
                                     NULL},
                                    CLI_ALLOW_LEAK_ENTRY(allow),
                                    CLI_GROUP_ENTRIES(grouping),
                                    CLI_JSON_ENTRY(json, "the findings"),
                                    CLI_THREADS_ENTRY(threads),
                                    {NULL}};
    LeukoCheckOptions options = leuko_check_options_default();
    if (!cli_parse("check", entries, &argc, &argv, 1, 1, error) ||
        !cli_group_options(&grouping, &options.folder, error))
        return FALSE;
    const CliExclusion cases[] = {
        {g_strcmp0(json, "-") == 0, "with --json -, which lists all findings", {"all"}}};
    if (!cli_exclude(cases, G_N_ELEMENTS(cases), error))
        return FALSE;
    options.allow_leaks = allow;
    options.n_threads = cli_threads(threads);
    options.cancellable = cli_cancellable();
    options.reporter = cli_reporter();
    g_autoptr(LeukoCheckReport) report = leuko_check_folder(argv[1], &options, error);
    if (!report)
        return error && g_str_has_prefix((*error)->message, "allowed leak")
                   ? cli_usage_if_argument(error)
                   : FALSE;
    if (!json || strcmp(json, "-") != 0) {
        print_files(report, all ? G_MAXUINT : SHOWN);
        print_classes(report);
        if (report->groups)
            cli_print("%s", report->groups);
        print_findings(report, all ? G_MAXUINT : SHOWN);
        print_leaks(report, all ? G_MAXUINT : SHOWN);
    }
    if (json && !leuko_check_report_save(report, json, error))
        return FALSE;
    if (audit && !report->passes) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_GATE,
                    "%s: the audit failed: unreadable, duplicated or odd images%s", argv[1],
                    report->n_leaks > 0 ? ", or groups or images in two splits" : "");
        return FALSE;
    }
    return TRUE;
}
