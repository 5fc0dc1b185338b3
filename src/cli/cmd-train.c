#include "base/json.h"
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/start-options.h"
#include "cli/train-tune.h"
#include "config.h"
#include "data/sort.h"
#include "formats/model-file.h"
#include "train/train.h"
#include <math.h>
#include <string.h>

/* A folder per class cannot be divided fairly here: say how it is done. */
static gboolean require_shards(const char *dir, GError **error)
{
    g_autoptr(GError) why = NULL;
    if (leuko_dataset_has_split(dir, "train"))
        return TRUE;
    if (!g_file_test(dir, G_FILE_TEST_IS_DIR)) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_IO, "%s: no such folder", dir);
        return FALSE;
    }
    g_autoptr(LeukoDataset) folder = leuko_dataset_open_folder(dir, NULL, &why);
    g_autofree gchar *bare = g_strdup(dir);
    for (gsize n = strlen(bare); n > 1 && bare[n - 1] == '/'; n--)
        bare[n - 1] = '\0';
    g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_DATA,
                folder ? "%s: a folder per class; divide it first: leuko sort %s --out %s-shards"
                       : "%s: holds no training shards; `leuko sort` writes them from a folder per "
                         "class: leuko sort CELLS --out %s",
                dir, bare, bare);
    return FALSE;
}

static gboolean audit(const char *dir, gboolean ignore, GError **error)
{
    g_autofree gchar *table = g_build_filename(dir, "split.csv", NULL);
    g_autoptr(GError) why = NULL;
    if (!g_file_test(table, G_FILE_TEST_EXISTS)) {
        cli_note("%s: has no split.csv, so it cannot be seen whether an image stands in two parts",
                 dir);
        return TRUE;
    }
    if (leuko_sort_audit(dir, &why))
        return TRUE;
    if (!g_error_matches(why, LEUKO_ERROR, LEUKO_ERROR_DATA)) {
        g_propagate_error(error, g_steal_pointer(&why));
        return FALSE;
    }
    if (ignore) {
        cli_note("%s; trained all the same, as --ignore-audit says", why->message);
        return TRUE;
    }
    g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_GATE,
                "%s; sort anew, or train all the same with --ignore-audit", why->message);
    return FALSE;
}

static gboolean find_positive(const LeukoDataset *d, const char *asked, gint *positive,
                              GError **error)
{
    const gchar *const *classes = leuko_dataset_classes(d);
    g_autofree gchar *names = g_strjoinv(", ", (GStrv)classes);
    *positive = -1;
    if (asked) {
        for (gint k = 0; classes[k]; k++)
            if (strcmp(classes[k], asked) == 0)
                *positive = k;
        return *positive >= 0
                   ? TRUE
                   : cli_wrong_usage(error, "--positive %s: the classes are %s", asked, names);
    }
    if (leuko_dataset_n_classes(d) != 2)
        return TRUE;
    *positive = leuko_guess_positive(classes);
    if (*positive < 0)
        return cli_wrong_usage(error,
                               "which class is the positive one? --positive %s or --positive %s",
                               classes[0], classes[1]);
    cli_note("the positive class is \"%s\" (--positive names another)", classes[*positive]);
    return TRUE;
}

/* The options that sort noted, for the model's memory. */
static void add_split(json_t *provenance, const char *dir)
{
    g_autofree gchar *path = g_build_filename(dir, "sort.json", NULL);
    json_t *sort = leuko_json_load(path, NULL);
    if (!sort)
        return;
    json_t *seed = json_object_get(sort, "seed");
    if (seed)
        json_object_set(provenance, "split_seed", seed);
    json_object_set_new(provenance, "split", sort);
}

static gchar *join_command(int argc, char **argv)
{
    GString *line = g_string_new("leuko");
    for (int i = 0; i < argc; i++) {
        g_autofree gchar *quoted = g_shell_quote(argv[i]);
        gboolean plain = strspn(argv[i], "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                         "0123456789_-./=,:+") == strlen(argv[i]);
        g_string_append_printf(line, " %s", plain && *argv[i] ? argv[i] : quoted);
    }
    return g_string_free(line, FALSE);
}

void cli_train_print_end(const LeukoModel *m, guint n_validation, const char *out)
{
    if (m->positive >= 0 && isfinite(m->threshold))
        cli_print("positive class %s, threshold %.4f (%s)", m->classes[m->positive], m->threshold,
                  n_validation > 0 ? "largest balanced accuracy on validation" : "no validation");
    cli_print("%s  %s", out, CLI_RESEARCH_ONLY);
}

static void print_report(const LeukoTrainHeadReport *r, const LeukoModel *m, const char *out)
{
    static const char *const held[] = {"held-out groups", "half held-out groups",
                                       "held-out images"};
    cli_print("features: %u of %u images computed in %.1f s (%.1f images/s), %u from the cache",
              r->n_computed, r->n_training + r->n_validation, r->feature_seconds,
              r->n_computed > 0 ? r->n_computed / r->feature_seconds : 0.0, r->n_cached);
    cli_print("head: %u features, %u classes, prior %.3g, %.1f s", r->n_features, m->spec.n_classes,
              r->l2, r->head_seconds);
    cli_print("%-34s %6s  %8s", "part", "n", "accuracy");
    cli_print("%-34s %6u  %8.4f  (seen: no measure of worth)", "training", r->n_training,
              r->training_accuracy);
    g_autofree gchar *inside = g_strdup_printf("%s inside training", held[r->folds]);
    cli_print("%-34s %6u  %8.4f", inside, r->n_training, r->held_out_accuracy);
    if (r->n_validation > 0)
        cli_print("%-34s %6u  %8.4f  log-loss %.4f", "validation", r->n_validation,
                  r->validation_accuracy, r->validation_loss);
    cli_train_print_end(m, r->n_validation, out);
}

static json_t *report_json(const LeukoTrainHeadReport *r, const LeukoModel *m, const char *out)
{
    g_autoptr(json_t) figures = json_deep_copy(json_object_get(m->provenance, "figures"));
    json_object_set_new(figures, "model", leuko_json_text(out));
    json_object_set_new(figures, "features_cached", json_integer(r->n_cached));
    json_object_set_new(figures, "features_computed", json_integer(r->n_computed));
    json_object_set_new(figures, "feature_seconds", json_real(r->feature_seconds));
    json_object_set_new(figures, "head_seconds", json_real(r->head_seconds));
    json_object_set_new(figures, "threshold", leuko_json_real_or_null(m->threshold));
    return json_incref(figures);
}

static void warn_of_folds(const LeukoTrainHeadReport *r)
{
    if (r->folds == LEUKO_FOLDS_HALF)
        cli_note(
            "a class has fewer than two groups in the training part: how much groups differ "
            "cannot be seen, so the prior is the strong one, and the held-out figures flatter");
    if (r->folds == LEUKO_FOLDS_UNGROUPED)
        cli_note("no groups are known in the training part: the prior is chosen by images, and the "
                 "held-out figures flatter if a patient has several");
}

gboolean cli_train_open(const char *dir, const char *asked, LeukoDataset **training,
                        LeukoDataset **validation, gint *positive, GError **error)
{
    *training = leuko_dataset_open_shards(dir, "train", error);
    if (!*training || !find_positive(*training, asked, positive, error))
        return FALSE;
    if (leuko_dataset_has_split(dir, "validation"))
        *validation = leuko_dataset_open_shards(dir, "validation", error);
    return *validation || !leuko_dataset_has_split(dir, "validation");
}

void cli_train_add_provenance(json_t *provenance, const char *dir, const char *command)
{
    json_object_set_new(provenance, "command_line", leuko_json_text(command));
    json_object_set_new(provenance, "version", json_string(LEUKO_VERSION));
    add_split(provenance, dir);
}

static gboolean train_head(const char *dir, const char *out, const char *json_path,
                           const char *positive, const char *command,
                           const CliStartOptions *options, GError **error)
{
    LeukoStartOptions start_options;
    LeukoTrainHeadOptions o = leuko_train_head_options_default();
    if (!cli_start_options(options, &start_options, &o.features, error))
        return FALSE;
    o.seed = start_options.seed;
    g_autoptr(LeukoDataset) training = NULL, validation = NULL;
    if (!cli_train_open(dir, positive, &training, &validation, &o.positive, error))
        return FALSE;
    g_autoptr(LeukoStart) start = leuko_start_new(&start_options, cli_reporter(), error);
    if (!start)
        return FALSE;
    LeukoTrainHeadReport report;
    g_autoptr(LeukoModel) model = leuko_train_head(training, validation, start, &o, &report,
                                                   cli_reporter(), cli_cancellable(), error);
    if (!model)
        return FALSE;
    cli_train_add_provenance(model->provenance, dir, command);
    if (!leuko_model_save(model, out, error))
        return FALSE;
    warn_of_folds(&report);
    if (json_path) {
        g_autoptr(json_t) json = report_json(&report, model, out);
        if (!leuko_json_save(json, json_path, error))
            return FALSE;
    }
    if (!json_path || strcmp(json_path, "-") != 0)
        print_report(&report, model, out);
    return TRUE;
}

/* --batch means images a thread runs at once for the head, the step's images for the rest. -1: not
 * given. */
static gboolean take_batch(CliStartOptions *start, guint *batch, GError **error)
{
    if (start->batch != -1 && !cli_in_range("--batch", start->batch, 1, 256, error))
        return FALSE;
    *batch = (guint)MAX(start->batch, 0);
    start->batch = MAX(start->batch, 1);
    return TRUE;
}

gboolean cmd_train(int argc, char **argv, GError **error)
{
    g_auto(CliStartOptions) start = CLI_START_DEFAULT;
    g_auto(CliTuneOptions) tune = {0};
    g_autofree gchar *model = NULL, *positive = NULL, *json = NULL;
    g_autofree gchar *command = join_command(argc, argv);
    gboolean ignore_audit = FALSE;
    const GOptionEntry entries[] = {
        {"model", 'm', 0, G_OPTION_ARG_FILENAME, &model, "Model file to write", "OUT.safetensors"},
        CLI_TUNE_ENTRIES(tune),
        {"positive", 0, 0, G_OPTION_ARG_STRING, &positive,
         "The class that means illness (default: guessed from the names)", "CLASS"},
        CLI_START_ENTRIES(start),
        {"ignore-audit", 0, 0, G_OPTION_ARG_NONE, &ignore_audit,
         "Train although images or groups stand in two parts", NULL},
        {"json", 0, 0, G_OPTION_ARG_FILENAME, &json, "Write the figures as JSON (-: to stdout)",
         "FILE"},
        {NULL}};
    CliTuneJob job = {0};
    start.batch = -1;
    if (!cli_parse("train", entries, &argc, &argv, 1, 1, error))
        return FALSE;
    if (!model)
        return cli_wrong_usage(error, "train: --model OUT.safetensors says where the model goes");
    if (!cli_tunes(&tune) && (tune.epochs != 0 || tune.until != 0 || tune.rate != 0 ||
                              tune.resume || tune.checkpoint_steps != 0))
        return cli_wrong_usage(
            error, "--epochs, --until, --lr, --resume and --checkpoint-steps belong to --tune "
                   "ENDPOINT or all; the head is fitted in one go");
    if (!take_batch(&start, &job.batch, error) || !cli_check_tune(&tune, error) ||
        !require_shards(argv[1], error) || !audit(argv[1], ignore_audit, error))
        return FALSE;
    if (!cli_tunes(&tune))
        return train_head(argv[1], model, json, positive, command, &start, error);
    job.dir = argv[1];
    job.model = model;
    job.json = json;
    job.positive = positive;
    job.command = command;
    return cli_train_tune(&job, &tune, &start, error);
}
