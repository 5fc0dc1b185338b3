#include "base/csv.h"
#include "base/durable.h"
#include "base/json.h"
#include "base/file-names.h"
#include "cli/classifier-options.h"
#include "cli/commands.h"
#include "cli/watch.h"
#include "data/naming.h"
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { MAX_DEPTH = 32 }; /* of folders in folders */

/* The walk of the original: every image's answer, whether it is right where the truth is known, and
 * LOW beside answers of little confidence. */
typedef struct {
    const LeukoModel *model;
    gdouble low_confidence;
    gboolean quiet; /* stdout is taken by JSON */
    guint n, n_unreadable, n_known, n_correct, n_low, n_low_correct, n_low_known, n_refer;
    guint *n_decided; /* (K) */
    GString *csv;     /* NULL: not asked for */
    json_t *json;     /* NULL: not asked for */
} Walk;

/* The class that the folder names, or 1/0 at the end of the name as ALL-IDB has it; -1 unknown. */
static gint truth_of(const LeukoModel *m, const char *path)
{
    g_autofree gchar *folder = g_path_get_dirname(path), *name = g_path_get_basename(folder);
    gint named = leuko_model_find_class(m, name);
    if (named >= 0)
        return named;
    gint truth = leuko_naming_truth(path);
    if (truth < 0 || m->spec.n_classes != 2)
        return -1;
    gint digit = leuko_model_find_class(m, truth == 1 ? "1" : "0");
    if (digit >= 0)
        return digit;
    return m->positive < 0 ? -1 : truth == 1 ? m->positive : 1 - m->positive;
}

/* The model's band of the positive class's probability in which a person shall look. */
static gboolean is_referred(const LeukoModel *m, const LeukoAnswer *a)
{
    if (a->error || m->positive < 0 || !isfinite(m->refer_low))
        return FALSE;
    double p = a->probabilities[m->positive];
    return p >= m->refer_low && p <= m->refer_high;
}

static void add_csv(Walk *w, const LeukoAnswer *a, gint truth, double confidence, gboolean low)
{
    gchar number[32];
    leuko_csv_append(w->csv, a->path);
    leuko_csv_append(w->csv, truth >= 0 ? w->model->classes[truth] : "");
    leuko_csv_append(w->csv, a->error ? "" : w->model->classes[a->decided]);
    leuko_csv_append(w->csv,
                     a->error ? "" : g_ascii_formatd(number, sizeof number, "%.6f", confidence));
    leuko_csv_append(w->csv, is_referred(w->model, a) ? "refer" : low ? "low" : "");
    leuko_csv_append(w->csv, a->error ? a->error->message : "");
    for (guint k = 0; k < w->model->spec.n_classes; k++)
        leuko_csv_append(
            w->csv,
            a->error ? "" : g_ascii_formatd(number, sizeof number, "%.6f", a->probabilities[k]));
    leuko_csv_end_row(w->csv);
}

static void add_json(Walk *w, const LeukoAnswer *a, gint truth, double confidence, gboolean low)
{
    json_t *one = json_pack("{s:o}", "file", leuko_json_text(a->path));
    if (a->error) {
        json_object_set_new(one, "error", leuko_json_text(a->error->message));
    } else {
        json_t *probabilities = json_object();
        for (guint k = 0; k < w->model->spec.n_classes; k++)
            json_object_set_new(probabilities, w->model->classes[k],
                                json_real(a->probabilities[k]));
        json_object_set_new(one, "class", json_string(w->model->classes[a->decided]));
        json_object_set_new(one, "truth",
                            truth >= 0 ? json_string(w->model->classes[truth]) : json_null());
        json_object_set_new(one, "confidence", json_real(confidence));
        json_object_set_new(one, "low", json_boolean(low));
        json_object_set_new(one, "refer", json_boolean(is_referred(w->model, a)));
        json_object_set_new(one, "probabilities", probabilities);
        json_object_set_new(one, "seconds", json_real(a->seconds));
    }
    json_array_append_new(w->json, one);
}

static gboolean answer(const LeukoAnswer *a, gpointer user_data, GError **error)
{
    (void)error;
    Walk *w = user_data;
    gint truth = truth_of(w->model, a->path);
    double confidence = a->error ? 0 : a->probabilities[a->decided];
    gboolean low = !a->error && confidence < w->low_confidence,
             right = truth >= 0 && truth == a->decided;
    if (w->csv)
        add_csv(w, a, truth, confidence, low);
    if (w->json)
        add_json(w, a, truth, confidence, low);
    w->n++;
    if (a->error) {
        w->n_unreadable++;
        cli_note("%s", a->error->message);
        return TRUE;
    }
    w->n_decided[a->decided]++;
    w->n_known += truth >= 0 ? 1 : 0;
    w->n_correct += right ? 1 : 0;
    w->n_low += low ? 1 : 0;
    w->n_refer += is_referred(w->model, a) ? 1 : 0;
    w->n_low_known += low && truth >= 0 ? 1 : 0;
    w->n_low_correct += low && right ? 1 : 0;
    g_autofree gchar *shown = leuko_one_line(a->path);
    if (!w->quiet)
        cli_print("%s: %s%s, confidence %.3f%s, %.3f s", shown, w->model->classes[a->decided],
                  truth < 0 ? ""
                  : right   ? " (correct)"
                            : " (incorrect)",
                  confidence,
                  is_referred(w->model, a) ? " REFER"
                  : low                    ? " LOW"
                                           : "",
                  a->seconds);
    return TRUE;
}

/* A file is itself; a folder, all images below it, in order of names. */
static gboolean collect(const char *path, GPtrArray *files, guint depth, GError **error)
{
    if (!g_file_test(path, G_FILE_TEST_IS_DIR)) {
        g_ptr_array_add(files, g_strdup(path));
        return TRUE;
    }
    if (depth == MAX_DEPTH) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_IO, "%s: folders lie deeper than %d levels",
                    path, MAX_DEPTH);
        return FALSE;
    }
    g_autoptr(GPtrArray) names = leuko_list_names(path, error);
    if (!names)
        return FALSE;
    for (guint i = 0; i < names->len; i++) {
        g_autofree gchar *child = g_build_filename(path, names->pdata[i], NULL);
        gboolean folder = g_file_test(child, G_FILE_TEST_IS_DIR);
        if ((folder || leuko_image_has_supported_name(names->pdata[i])) &&
            !collect(child, files, depth + 1, error))
            return FALSE;
    }
    return TRUE;
}

static void print_summary(const Walk *w)
{
    guint read = w->n - w->n_unreadable;
    cli_print("%s", CLI_RESEARCH_ONLY); /* before it: the last line is the original's */
    if (w->n_refer > 0)
        cli_print(
            "%u of %u lie in the model's band from %g to %g, in which a person shall decide: REFER",
            w->n_refer, read, w->model->refer_low, w->model->refer_high);
    if (w->n_known == read && read > 0) {
        cli_print("Testing ended. %u correct, %u incorrect, %u low confidence: (%u correct, %u "
                  "incorrect)",
                  w->n_correct, w->n_known - w->n_correct, w->n_low, w->n_low_correct,
                  w->n_low_known - w->n_low_correct);
    } else {
        GString *counts = g_string_new(NULL);
        for (guint k = 0; k < w->model->spec.n_classes; k++)
            g_string_append_printf(counts, "%s%u %s", k ? ", " : "", w->n_decided[k],
                                   w->model->classes[k]);
        cli_print("Classifying ended. %u images: %s, %u low confidence", read, counts->str,
                  w->n_low);
        g_string_free(counts, TRUE);
    }
}

static gboolean write_files(const Walk *w, const char *csv, const char *json, GError **error)
{
    if (csv && !leuko_durable_set_contents(csv, w->csv->str, w->csv->len, error))
        return FALSE;
    if (!json)
        return TRUE;
    g_autoptr(json_t) all =
        json_pack("{s:i, s:i, s:i, s:i, s:i, s:O, s:s}", "images", (int)w->n, "unreadable",
                  (int)w->n_unreadable, "known", (int)w->n_known, "correct", (int)w->n_correct,
                  "low", (int)w->n_low, "answers", w->json, "notice", CLI_RESEARCH_ONLY);
    return leuko_json_save(all, json, error);
}

static void start_walk(Walk *w, const LeukoModel *m, gboolean csv, gboolean json)
{
    w->model = m;
    w->n_decided = g_new0(guint, m->spec.n_classes);
    w->json = json ? json_array() : NULL;
    if (!csv)
        return;
    w->csv = g_string_new("file,truth,class,confidence,mark,error");
    for (guint k = 0; k < m->spec.n_classes; k++) {
        g_autofree gchar *name = g_strdup_printf("p(%s)", m->classes[k]);
        leuko_csv_append(w->csv, name);
    }
    leuko_csv_end_row(w->csv);
}

static void walk_clear(Walk *w)
{
    g_free(w->n_decided);
    json_decref(w->json);
    if (w->csv)
        g_string_free(w->csv, TRUE);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Walk, walk_clear)

typedef struct {
    LeukoClassifier *classifier;
    Walk *walk;
} Arrivals;

static gboolean answer_arrival(const char *path, gpointer user_data, GError **error)
{
    Arrivals *a = user_data;
    /* an image once begun is answered: the signal ends the watch between images */
    gboolean ok = leuko_classifier_walk(a->classifier, &path, 1, answer, a->walk, NULL, error);
    if (ok && fflush(stdout) != 0) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_IO, "standard output: %s", g_strerror(errno));
        return FALSE;
    }
    return ok;
}

static void tell_watching(const char *dir) { cli_note("watching %s; Ctrl-C ends it", dir); }

/* The images named on the command line, or those that arrive in the watched folder. */
static gboolean answer_all(LeukoClassifier *c, Walk *w, const GPtrArray *files, const char *watch,
                           GError **error)
{
    if (files->len > 0 && !leuko_classifier_walk(c, (const char *const *)files->pdata, files->len,
                                                 answer, w, cli_cancellable(), error))
        return FALSE;
    Arrivals arrivals = {c, w};
    return !watch || cli_watch_folder(watch, tell_watching, answer_arrival, &arrivals, error);
}

static gboolean collect_all(char **paths, GPtrArray *files, gboolean may_be_none, GError **error)
{
    for (guint i = 0; paths[i]; i++)
        if (!collect(paths[i], files, 0, error))
            return FALSE;
    if (files->len > 0 || may_be_none)
        return TRUE;
    g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_DATA, "%s: no images there", paths[0]);
    return FALSE;
}

gboolean cmd_classify(int argc, char **argv, GError **error)
{
    g_auto(CliClassifierOptions) run = CLI_CLASSIFIER_DEFAULT;
    g_auto(Walk) w = {.low_confidence = 0.8};
    g_autofree gchar *csv = NULL, *json = NULL, *device = NULL, *watch = NULL;
    const GOptionEntry entries[] = {
        {"low-confidence", 0, 0, G_OPTION_ARG_DOUBLE, &w.low_confidence,
         "Mark answers below this confidence LOW; changes no decision (default: 0.8)", "P"},
        {"csv", 0, 0, G_OPTION_ARG_FILENAME, &csv, "Write the answers as a table", "FILE"},
        {"json", 0, 0, G_OPTION_ARG_FILENAME, &json, "Write the answers as JSON (- is stdout)",
         "FILE"},
        {"watch", 0, 0, G_OPTION_ARG_FILENAME, &watch,
         "Then answer images as they arrive in this folder", "DIR"},
        {"device", 0, 0, G_OPTION_ARG_STRING, &device,
         "cpu, or ncs: a Neural Compute Stick (default: cpu)", "NAME"},
        CLI_CLASSIFIER_ENTRIES(run),
        {NULL}};
    LeukoClassifierOptions options;
    if (!cli_parse("classify", entries, &argc, &argv, 1, -1, error) ||
        !cli_classifier_options(&run, &options, error))
        return FALSE;
    gboolean stick = g_strcmp0(device, "ncs") == 0;
    if (device && !stick && strcmp(device, "cpu") != 0)
        return cli_wrong_usage(error, "--device %s: must be cpu or ncs", device);
    if (stick && run.precision)
        return cli_wrong_usage(error, "--precision %s: a stick has its own", run.precision);
    if (!(w.low_confidence >= 0 && w.low_confidence <= 1))
        return cli_wrong_usage(error, "--low-confidence %g: must be 0 to 1", w.low_confidence);
    if (argc < 3 && !watch)
        return cli_wrong_usage(
            error, "classify: no images named; usage: leuko classify MODEL PATH... [options]");
    g_autoptr(GPtrArray) files = g_ptr_array_new_with_free_func(g_free);
    if (!collect_all(argv + 2, files, watch != NULL, error))
        return FALSE;
    options.batch = MIN(options.batch, MAX(files->len, 1));
    g_autoptr(LeukoClassifier) c = cli_open_classifier(argv[1], stick, &options, error);
    if (!c)
        return FALSE;
    start_walk(&w, leuko_classifier_model(c), csv != NULL, json != NULL);
    w.quiet = json && strcmp(json, "-") == 0;
    if (!answer_all(c, &w, files, watch, error) || !write_files(&w, csv, json, error))
        return FALSE;
    if (!w.quiet)
        print_summary(&w);
    if (w.n_unreadable == 0)
        return TRUE;
    g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_FORMAT, "%u of %u images could not be read",
                w.n_unreadable, w.n);
    return FALSE;
}
