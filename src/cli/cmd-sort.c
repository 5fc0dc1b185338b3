#include "base/plural.h"
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/group-options.h"
#include "leuko/sort.h"
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Print the original program's line ">> Converting image 347/348 shard 1": rewritten in place on a
 * terminal, once per split elsewhere, beside the usual progress. */
static void show_converting(const LeukoProgress *p, gpointer user_data)
{
    static gint64 last_us;
    LeukoReporter *usual = user_data;
    if (p->is_line || strcmp(p->phase, "reading") == 0) {
        usual->func(p, usual->user_data);
        return;
    }
    gboolean terminal = isatty(STDOUT_FILENO);
    if (terminal)
        cli_progress_clear();
    else
        usual->func(p, usual->user_data);
    gboolean last = p->done == p->total;
    gint64 now_us = g_get_monotonic_time();
    if (!last && (!terminal || now_us - last_us < 50000))
        return;
    last_us = now_us;
    printf("%s>> Converting image %" G_GUINT64_FORMAT "/%" G_GUINT64_FORMAT " %s%s",
           terminal ? "\r" : "", p->done, p->total, p->note, terminal && !last ? "" : "\n");
    fflush(stdout);
}

static void print_table(const LeukoSortResult *r)
{
    static const char *const names[LEUKO_N_SPLITS] = {"training", "validation", "test"};
    gsize width = 5;
    for (guint k = 0; k < r->n_classes; k++)
        width = MAX(width, strlen(r->classes[k]));
    cli_print("%s%-*s  %10s %10s %10s%s", cli_bold(), (int)width, "class", names[0], names[1],
              names[2], cli_plain());
    for (guint k = 0; k < r->n_classes; k++)
        cli_print("%-*s  %10u %10u %10u", (int)width, r->classes[k], r->counts[k],
                  r->counts[r->n_classes + k], r->counts[2 * r->n_classes + k]);
    if (r->has_groups)
        cli_print("%-*s  %10u %10u %10u", (int)width, "groups", r->n_groups[0], r->n_groups[1],
                  r->n_groups[2]);
}

/* How the folder was read, and what became of each of its files. */
static void print_files(const LeukoSortResult *r)
{
    guint n_images = r->n_files - r->n_skipped;
    cli_print("%s", r->layout);
    cli_print("%u %s: %u %s, %u skipped%s%s%s", r->n_files, LEUKO_PLURAL(r->n_files, "file"),
              n_images, LEUKO_PLURAL(n_images, "image"), r->n_skipped, r->n_skipped ? " (" : "",
              r->skipped, r->n_skipped ? ")" : "");
    if (r->n_unreadable > 0)
        cli_print("%u unreadable %s left out", r->n_unreadable,
                  leuko_plural(r->n_unreadable, "image was", "images were"));
    if (r->split_kept)
        cli_print("the splits are those of the folders; %s",
                  r->has_leaks ? "groups or images are in two of them, as allowed"
                               : "no group and no image is in two of them");
}

static void print_result(const LeukoSortResult *r, const char *out)
{
    guint n_originals = 0, n_images = 0;
    for (guint i = 0; i < LEUKO_N_SPLITS * r->n_classes; i++) {
        n_originals += r->originals[i];
        n_images += r->counts[i];
    }
    print_files(r);
    print_table(r);
    if (r->groups)
        cli_print("%s", r->groups);
    for (guint i = 0; r->shares[i]; i++)
        cli_note("%s", r->shares[i]);
    if (n_images > n_originals)
        cli_print(
            "%u of the training images %s; %u %s of validation and "
            "test images %s left out",
            n_images - n_originals,
            leuko_plural(n_images - n_originals, "is an augmented copy", "are augmented copies"),
            r->n_copies_left_out, leuko_plural(r->n_copies_left_out, "copy", "copies"),
            leuko_plural(r->n_copies_left_out, "was", "were"));
    if (r->n_duplicates > 0)
        cli_print("%u %s of duplicate images; each cluster was kept in one split", r->n_duplicates,
                  LEUKO_PLURAL(r->n_duplicates, "cluster"));
    if (r->n_conflicts > 0)
        cli_print("%u %s in two classes", r->n_conflicts,
                  leuko_plural(r->n_conflicts, "image was left out because it is",
                               "images were left out because they are"));
    if (!r->has_groups)
        cli_note("no groups are known: cells of one patient may be in several splits, and figures "
                 "will be optimistic; use --group-by or --groups if you can");
    cli_print("Shards, Labels.txt, Classes.txt, split.csv and excluded.csv are in %s", out);
}

/* Wrong usage where the values exclude each other or are out of range. */
static gboolean are_options_sound(const LeukoSortOptions *o, const char *out, gint shards,
                                  GError **error)
{
    if (!out)
        return cli_wrong_usage(error, "sort: --out DIR is missing: the folder for the shards");
    if (!cli_in_range("--shards", shards, 1, 99999, error))
        return FALSE;
    if (!(o->validation >= 0 && o->test >= 0 &&
          (o->validation + o->test < 1 || (o->test == 1 && o->validation == 0))))
        return cli_wrong_usage(error,
                               "--validation %g and --test %g must leave something to train on "
                               "(--test 1 alone makes a test split only)",
                               o->validation, o->test);
    if (o->test_groups && o->test > 0)
        return cli_wrong_usage(error, "--test and --test-groups exclude each other");
    return TRUE;
}

/* Name the option that helps where the library stopped. FALSE. */
static gboolean advise(const LeukoSortResult *r, const LeukoSortOptions *o, GError *why,
                       GError **error)
{
    gboolean is_usage = why->domain == LEUKO_ERROR && why->code == LEUKO_ERROR_ARGUMENT;
    gboolean is_gate = why->domain == LEUKO_ERROR && why->code == LEUKO_ERROR_GATE;
    gboolean is_data = why->domain == LEUKO_ERROR && why->code == LEUKO_ERROR_DATA;
    const char *advice = "";
    if (is_gate)
        advice = " (--resplit); --allow-leak allows them by name, and `leuko check` lists all";
    else if (r->n_files == 0 || !(is_usage || is_data))
        is_usage = FALSE; /* the images were not read */
    else if (is_data && r->n_unreadable > 0 && !o->skip_unreadable)
        advice = "; --skip-unreadable leaves them out";
    else if (is_usage && o->resplit && !r->is_divided)
        advice = " (--resplit)";
    else if (r->is_divided && !o->resplit)
        advice = " (--resplit)";
    else if (is_usage && o->test_groups && !r->has_groups)
        advice = "; --test-groups needs --group-by or --groups";
    if (is_usage)
        return cli_wrong_usage(error, "%s%s", why->message, advice);
    g_set_error(error, why->domain, why->code, "%s%s", why->message, advice);
    return FALSE;
}

gboolean cmd_sort(int argc, char **argv, GError **error)
{
    LeukoSortOptions o = leuko_sort_options_default();
    g_autofree gchar *out = NULL, *test_groups = NULL, *prefix = NULL, *allow = NULL;
    g_auto(CliGroupOptions) grouping = {0};
    gint shards = (gint)o.n_shards, threads = 0;
    gdouble validation = -1;
    gint64 seed = (gint64)o.seed;
    const GOptionEntry entries[] = {
        {"out", 'o', 0, G_OPTION_ARG_FILENAME, &out, "Folder to write; must not exist or be empty",
         "DIR"},
        {"validation", 0, 0, G_OPTION_ARG_DOUBLE, &validation,
         "Share of each class for the validation split, 0 to below 1 (default: 0.3)", "F"},
        {"test", 0, 0, G_OPTION_ARG_DOUBLE, &o.test,
         "Share of each class for the test split, 0 to 1; 1: a test split only (default: 0)", "F"},
        {"test-groups", 0, 0, G_OPTION_ARG_STRING, &test_groups,
         "Groups that form the test split, separated by commas", "A,B"},
        CLI_GROUP_ENTRIES(grouping),
        {"resplit", 0, 0, G_OPTION_ARG_NONE, &o.resplit,
         "Ignore the splits that the folders give and divide the images again (default: keep them)",
         NULL},
        CLI_ALLOW_LEAK_ENTRY(allow),
        {"skip-unreadable", 0, 0, G_OPTION_ARG_NONE, &o.skip_unreadable,
         "Leave unreadable images out (each is listed) instead of stopping", NULL},
        {"shards", 0, 0, G_OPTION_ARG_INT, &shards, "Shard files per split (default: 10)", "N"},
        {"prefix", 0, 0, G_OPTION_ARG_STRING, &prefix,
         "First part of the shard names (default: AML)", "NAME"},
        {"seed", 0, 0, G_OPTION_ARG_INT64, &seed, "Seed of the random division (default: 50)", "S"},
        CLI_THREADS_ENTRY(threads),
        {NULL}};
    if (!cli_parse("sort", entries, &argc, &argv, 1, 1, error) ||
        !cli_group_options(&grouping, &o.folder, error))
        return FALSE;
    o.test_groups = test_groups;
    o.allow_leaks = allow;
    if (validation != -1)
        o.validation = validation;
    else if (o.test == 1)
        o.validation = 0;
    if (!are_options_sound(&o, out, shards, error))
        return FALSE;
    LeukoReporter usual = cli_reporter();
    o.prefix = prefix ? prefix : o.prefix;
    o.n_shards = (guint)shards;
    o.seed = (guint64)seed;
    o.n_threads = cli_threads(threads);
    o.cancellable = cli_cancellable();
    o.reporter = (LeukoReporter){show_converting, &usual};
    g_auto(LeukoSortResult) result = {0};
    g_autoptr(GError) why = NULL;
    if (!leuko_sort(argv[1], out, &o, &result, &why))
        return advise(&result, &o, why, error);
    print_result(&result, out);
    return TRUE;
}
