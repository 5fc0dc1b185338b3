#include "answer/classifier.h"
#include "answer/summary.h"
#include "answer/truth.h"
#include "base/plural.h"
#include "base/progress.h"
#include "cli/classifier-options.h"
#include "cli/commands.h"
#include "cli/group-options.h"
#include "cli/option-rules.h"
#include "data/walk.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

typedef struct {
    gchar *csv, *json, *device, *watch;
    gdouble low_confidence;
    CliGroupOptions grouping;
    LeukoFolderOptions folder; /* of `grouping` */
    CliClassifierOptions run;
} Options;

static void options_clear(Options *o)
{
    g_free(o->csv);
    g_free(o->json);
    g_free(o->device);
    g_free(o->watch);
    cli_group_clear(&o->grouping);
    cli_classifier_clear(&o->run);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Options, options_clear)

/* Where answers go as they come. */
typedef struct {
    LeukoSummary *summary;
    gboolean quiet;   /* standard output holds the JSON */
    gboolean flushes; /* after each answer: a person or a program waits for it */
    guint n_files;    /* named on the command line */
} Output;

/* The answers themselves are the progress, unless they go into a file or a pipe. */
static void report(const Output *out)
{
    LeukoReporter reporter = cli_reporter();
    if (out->summary->n <= out->n_files && (out->quiet || !isatty(STDOUT_FILENO)))
        leuko_report(reporter, "classifying", out->summary->n, out->n_files, "images", NULL);
}

static gboolean on_answer(const LeukoAnswer *answer, gpointer user_data, GError **error)
{
    Output *out = user_data;
    leuko_summary_add(out->summary, answer);
    g_autofree gchar *line = leuko_answer_to_line(answer);
    if (answer->error)
        cli_note("%s", line);
    else if (!out->quiet)
        cli_print("%s", line);
    report(out);
    if (!out->flushes || fflush(stdout) == 0)
        return TRUE;
    g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_IO, "standard output: %s", g_strerror(errno));
    return FALSE;
}

static void on_watching(const char *dir, gpointer user_data)
{
    Output *out = user_data;
    out->flushes = TRUE;
    cli_note("watching %s; press Ctrl-C to stop", dir);
}

/* The images named on the command line, then those that arrive in the watched folder. */
static gboolean classify(LeukoClassifier *c, const GPtrArray *files, const LeukoTruth *truth,
                         const char *watch, Output *out, GError **error)
{
    out->summary->splits = truth->splits;
    if (files->len > 0 &&
        !leuko_classifier_classify_known(c, (const char *const *)files->pdata, truth->labels,
                                         files->len, on_answer, out, cli_cancellable(), error))
        return FALSE;
    out->summary->splits = NULL;
    return !watch || leuko_classifier_watch_folder(c, watch, on_watching, on_answer, out,
                                                   cli_cancellable(), error);
}

/* What is known of the images; options must be possible where they are given. */
static LeukoTruth *find_truth(const Options *o, const LeukoModel *model, const char *const *paths,
                              const LeukoWalk *images, GError **error)
{
    const LeukoFolderOptions *f = &o->folder;
    gboolean any = f->labels || f->labels_from_names || f->layout || f->classes;
    LeukoTruth *truth = leuko_truth_new(model, paths, images, any ? f : NULL, error);
    for (guint i = 0; truth && i < truth->notes->len; i++)
        cli_note("%s", (const char *)truth->notes->pdata[i]);
    return truth;
}

static void print_summary(const LeukoSummary *summary)
{
    g_autofree gchar *text = leuko_summary_to_text(summary);
    cli_print("%s", LEUKO_RESEARCH_ONLY);
    cli_print_lines(text); /* the last line is that of the original */
}

/* Say that `auto` chose a reduced precision. */
static void note_precision(const LeukoClassifier *c, const LeukoClassifierOptions *options)
{
    LeukoPrecision precision = leuko_classifier_precision(c);
    if (options->precision == LEUKO_PRECISION_AUTO && precision == LEUKO_BF16 &&
        leuko_classifier_precision_reason(c))
        cli_note("precision: bf16 (%s)", leuko_classifier_precision_reason(c));
}

static gboolean run(const Options *o, char **argv, const LeukoWalk *images,
                    const LeukoClassifierOptions *options, GError **error)
{
    const GPtrArray *files = images->files;
    g_autoptr(LeukoClassifier) c = cli_open_classifier(argv[1], options, error);
    if (!c)
        return cli_usage_if_argument(error);
    g_autoptr(LeukoTruth) truth =
        find_truth(o, leuko_classifier_model(c), (const char *const *)argv + 2, images, error);
    if (!truth)
        return cli_group_explain(error);
    note_precision(c, options);
    g_autoptr(LeukoSummary) summary =
        leuko_summary_new(leuko_classifier_model(c), o->csv != NULL, o->json != NULL);
    Output out = {.summary = summary, .quiet = g_strcmp0(o->json, "-") == 0, .n_files = files->len};
    if (!classify(c, files, truth, o->watch, &out, error) ||
        !leuko_summary_save(summary, o->csv, o->json, error))
        return FALSE;
    g_autofree gchar *warning = leuko_summary_warning(summary);
    if (warning)
        cli_note("WARNING: %s", warning);
    if (!out.quiet)
        print_summary(summary);
    if (summary->n_unreadable == 0)
        return TRUE;
    g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_FORMAT, "%u of %u %s could not be read",
                summary->n_unreadable, summary->n, LEUKO_PLURAL(summary->n, "image"));
    return FALSE;
}

/* The options' values as the library takes them. */
static gboolean check_options(Options *o, char **paths, LeukoClassifierOptions *out, GError **error)
{
    gboolean any_path = *paths != NULL, any_folder = FALSE;
    if (!cli_classifier_options(&o->run, out, error) ||
        !cli_group_options(&o->grouping, &o->folder, error))
        return FALSE;
    for (char **path = paths; *path; path++)
        any_folder |= g_file_test(*path, G_FILE_TEST_IS_DIR);
    static const char *const devices[] = {"cpu", "ncs", NULL};
    gboolean stick = g_strcmp0(o->device, "ncs") == 0;
    const CliExclusion cases[] = {{!any_folder,
                                   "without a folder among the images",
                                   {"labels", "labels-from-names", "layout", "classes"}},
                                  {stick, "with --device ncs", {"precision", "threads", "batch"}},
                                  {o->watch && !any_path,
                                   "with --watch alone: images are classified as they arrive",
                                   {"batch"}}};
    if (!cli_one_of("device", o->device, devices, error) ||
        !cli_exclude(cases, G_N_ELEMENTS(cases), error))
        return FALSE;
    if (!(o->low_confidence >= 0 && o->low_confidence <= 1))
        return cli_wrong_usage(error, "--low-confidence %g: must be 0 to 1", o->low_confidence);
    if (!any_path && !o->watch)
        return cli_wrong_usage(
            error, "classify: no images named; usage: leuko classify MODEL PATH... [options]");
    out->device = stick ? LEUKO_DEVICE_NCS : LEUKO_DEVICE_CPU;
    out->low_confidence = o->low_confidence;
    return TRUE;
}

gboolean cmd_classify(int argc, char **argv, GError **error)
{
    g_auto(Options) o = {.low_confidence = 0.8, .run = CLI_CLASSIFIER_DEFAULT};
    const GOptionEntry entries[] = {
        {"low-confidence", 0, 0, G_OPTION_ARG_DOUBLE, &o.low_confidence,
         "Mark answers with less confidence LOW, 0 to 1; changes no decision (default: 0.8)", "P"},
        {"csv", 0, 0, G_OPTION_ARG_FILENAME, &o.csv, "Write the answers as a CSV table", "FILE"},
        CLI_JSON_ENTRY(o.json, "the answers"),
        {"watch", 0, 0, G_OPTION_ARG_FILENAME, &o.watch,
         "Keep running and classify images as they arrive in this folder", "DIR"},
        {"device", 0, 0, G_OPTION_ARG_STRING, &o.device,
         "Where to run: cpu, or ncs for a Neural Compute Stick (default: cpu)", "NAME"},
        CLI_LABEL_ENTRIES(o.grouping),
        CLI_CLASSES_ENTRY(o.grouping),
        CLI_CLASSIFIER_ENTRIES(o.run),
        {NULL}};
    LeukoClassifierOptions options;
    if (!cli_parse("classify", entries, &argc, &argv, 1, -1, error) ||
        !check_options(&o, argv + 2, &options, error) ||
        !cli_precision_applies(argv[1], NULL, error))
        return FALSE;
    g_autoptr(LeukoWalk) images = leuko_walk_paths((const char *const *)argv + 2, error);
    if (!images || !leuko_walk_refuse(images, LEUKO_SKIP_INCOMPLETE, error))
        return FALSE;
    if (images->files->len == 0 && !o.watch) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_DATA, "%s: contains no images", argv[2]);
        return FALSE;
    }
    options.batch = MIN(options.batch, MAX(images->files->len, 1));
    return run(&o, argv, images, &options, error);
}
