#include "base/json.h"
#include "cli/cli.h"
#include "cli/command-record.h"
#include "cli/commands.h"
#include "cli/option-rules.h"
#include "cli/start-options.h"
#include "cli/threshold-option.h"
#include "cli/train-print.h"
#include "cli/tune-options.h"
#include "leuko/dataset.h"
#include "leuko/train.h"
#include "net/net.h"
#include "report/training-log.h"
#include "train/splits.h"
#include <string.h>

typedef struct {
    CliStartOptions start;
    CliTuneOptions tuning;
    gchar *model, *positive, *json, *threshold, *allow_leaks, *miss_of;
    gdouble prevalence;
    gint until, checkpoint_steps;
    gdouble miss_bound, confidence;
    gboolean resume, restart, ignore_audit;
    GPtrArray *differences; /* of gchar *: from the checkpoint, one line each */
    gchar *leaks;           /* what stands in two splits, as JSON, if the training refused it */
} Options;

static const char *const miss_of_names[] = {"answered", "all", NULL};

static void options_clear(Options *o)
{
    cli_start_clear(&o->start);
    g_free(o->model);
    g_free(o->miss_of);
    g_free(o->positive);
    g_free(o->json);
    g_free(o->threshold);
    cli_tune_clear(&o->tuning);
    g_free(o->allow_leaks);
    g_clear_pointer(&o->differences, g_ptr_array_unref);
    g_free(o->leaks);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Options, options_clear)

/* The command line for the model's provenance; g_free. */
static gchar *record_command(const GOptionEntry *entries, int argc, char **argv)
{
    g_autoptr(GStrvBuilder) builder = g_strv_builder_new();
    g_strv_builder_add_many(builder, "head", "all", "finetune", "scratch", "original", "backbone",
                            "random", "auto", "fp32", "bf16", "logistic", "discriminant", NULL);
    g_strv_builder_addv(builder, (const char **)leuko_net_endpoints());
    g_auto(GStrv) words = g_strv_builder_end(builder);
    return cli_command_record(entries, argc, argv, (const char *const *)words);
}

static gboolean check_tune(const Options *o, GError **error)
{
    const CliExclusion cases[] = {
        {!cli_tunes(&o->tuning),
         "with --tune head: the head has no epochs; use --tune ENDPOINT, --tune all or --recipe",
         {"epochs", "until", "lr", "resume", "restart", "checkpoint-steps"}},
        {cli_tunes(&o->tuning),
         "with this part: they are settings of --tune head",
         {"views", "train-views", "head"}}};
    if (!cli_exclude(cases, G_N_ELEMENTS(cases), error))
        return FALSE;
    if (o->resume && o->restart)
        return cli_wrong_usage(error, "--resume and --restart exclude each other");
    if (!cli_tune_check(&o->tuning, error) ||
        !cli_one_of("endpoint", o->start.endpoint, leuko_net_endpoints(), error))
        return FALSE;
    if (!(o->miss_bound >= 0 && o->miss_bound <= 0.5))
        return cli_wrong_usage(error, "--miss-bound %g: must be 0 to 0.5", o->miss_bound);
    if (!cli_one_of("miss-of", o->miss_of, miss_of_names, error))
        return FALSE;
    if (!(o->confidence >= 0.5 && o->confidence < 1))
        return cli_wrong_usage(error, "--confidence %g: must be at least 0.5 and below 1",
                               o->confidence);
    if (o->until < 1 && cli_is_given("until"))
        return cli_wrong_usage(error, "--until %d: must be 1 or more", o->until);
    if (o->checkpoint_steps < 1 && cli_is_given("checkpoint-steps"))
        return cli_wrong_usage(error, "--checkpoint-steps %d: must be 1 or more",
                               o->checkpoint_steps);
    return TRUE;
}

/* Keep "checkpoint: --lr 0.01; now 0.02". */
static void take_difference(const LeukoTrainDifference *d, gpointer data)
{
    static const char *const options[][2] = {{"rate", "--lr"},
                                             {"epochs", "--epochs"},
                                             {"batch", "--batch"},
                                             {"tune", "--tune"},
                                             {"seed", "--seed"},
                                             {"precision", "--precision"},
                                             {"weights", "--weights"},
                                             {"depth multiplier", "--depth-multiplier"},
                                             {"endpoint", "--endpoint"},
                                             {"size", "--size"},
                                             {"positive class", "--positive"}};
    GPtrArray *lines = data;
    const char *name = d->setting;
    for (gsize i = 0; i < G_N_ELEMENTS(options); i++)
        if (strcmp(d->setting, options[i][0]) == 0)
            name = options[i][1];
    g_ptr_array_add(lines, g_strdup_printf("checkpoint: %s %s; now %s%s%s%s", name, d->checkpoint,
                                           d->now, d->reason ? " (" : "",
                                           d->reason ? d->reason : "", d->reason ? ")" : ""));
}

/* Replace the message about a checkpoint with other settings: one setting stands in the message,
 * several on a line each before it. */
static void tell_differences(const Options *o, GError *error)
{
    const GPtrArray *lines = o->differences;
    g_autofree gchar *old = error->message;
    const char *end = g_strrstr(old, ": the checkpoint belongs"); /* behind the name of the file */
    gsize n = end ? (gsize)(end - old) : strlen(old);
    for (guint i = 0; i < lines->len && lines->len > 1; i++)
        cli_note("%s", (const char *)lines->pdata[i]);
    error->message =
        lines->len == 1
            ? g_strdup_printf("%.*s: %s; give the same, or discard the checkpoint with --restart",
                              (int)n, old, (const char *)lines->pdata[0])
            : g_strdup_printf("%.*s: these settings are not the checkpoint's; give the same, or "
                              "discard the checkpoint with --restart",
                              (int)n, old);
}

static void take_leaks(const char *json, gpointer data)
{
    ((Options *)data)->leaks = g_strdup(json);
}

/* Write which groups and images stand in two splits where --json says. */
static void save_leaks(const Options *o, const char *shards)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(json_t) leaks = leuko_json_parse(o->leaks, strlen(o->leaks), "leaks", &error);
    g_autoptr(json_t) json = leaks ? json_pack("{s:n, s:o, s:O}", "model", "shards",
                                               leuko_json_text(shards), "leaks", leaks)
                                   : NULL;
    if (!json || !leuko_json_save(json, o->json, &error))
        cli_note("%s", error->message);
}

/* Append to the message of `error` what the command line offers against it. Returns FALSE. */
static gboolean add_hint(const Options *o, const char *shards, const LeukoTuneOptions *tune,
                         GError **error)
{
    g_autoptr(GError) positive = NULL;
    g_autofree gchar *hint = NULL, *bare = g_strdup(shards);
    for (gsize n = strlen(bare); n > 1 && bare[n - 1] == '/'; n--)
        bare[n - 1] = '\0';
    if (!error || !*error)
        return FALSE;
    if (g_error_matches(*error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT) &&
        !leuko_train_check_positive(shards, o->positive, &positive) &&
        g_error_matches(positive, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT)) {
        g_clear_error(error);
        return cli_wrong_usage(error, "--positive CLASS: %s", positive->message);
    }
    if (g_str_has_prefix((*error)->message, "allowed leak"))
        return cli_usage_if_argument(error);
    if (o->leaks && o->json)
        save_leaks(o, shards);
    if (g_error_matches(*error, LEUKO_ERROR, LEUKO_ERROR_GATE))
        hint = g_strdup("; run `leuko sort` again, or allow them by name with --allow-leak; `leuko "
                        "check` lists all");
    else if (o->differences && o->differences->len > 0)
        tell_differences(o, *error);
    else if (cli_tunes(&o->tuning) && !o->resume && !o->restart &&
             g_error_matches(*error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT) &&
             leuko_train_has_checkpoint(o->model, tune))
        hint = g_strdup("; continue it with --resume, or discard it with --restart");
    else if (g_error_matches(*error, LEUKO_ERROR, LEUKO_ERROR_CANCELLED) && cli_tunes(&o->tuning) &&
             leuko_train_has_checkpoint(o->model, tune))
        hint = g_strdup("; the same command with --resume continues");
    else if (g_error_matches(*error, LEUKO_ERROR, LEUKO_ERROR_DATA) &&
             !leuko_dataset_has_split(shards, "train"))
        hint = g_strdup_printf("; write them with: leuko sort %s --out %s-shards", bare, bare);
    cli_append_hint(error, hint);
    if (cli_is_given("until") && g_str_has_prefix((*error)->message, "until epoch"))
        return cli_usage_if_argument(error);
    return cli_start_explain(error);
}

static gboolean train_head(const LeukoTrainOptions *train, const Options *o, GError **error)
{
    LeukoTrainHeadReport report;
    g_autoptr(LeukoModel) model =
        leuko_train_head(train, &report, cli_reporter(), cli_cancellable(), error);
    return model && cli_train_print_head(&report, model, o->model, o->json, error);
}

static gboolean train_network(const LeukoTrainOptions *train, const LeukoTuneOptions *tune,
                              const Options *o, GError **error)
{
    g_autoptr(LeukoTrainingLog) log = leuko_training_log_new();
    LeukoTrainEvents events = leuko_training_log_events(log);
    LeukoTrainReport report;
    g_autoptr(LeukoModel) model = leuko_train_network(train, tune, &events, &report, cli_reporter(),
                                                      cli_cancellable(), error);
    return model && cli_train_print_network(&report, model, o->model, o->json, error);
}

static gboolean run(Options *o, const char *shards, const char *command, GError **error)
{
    LeukoTrainOptions train = leuko_train_options_default();
    LeukoTuneOptions tune = leuko_tune_options_default();
    if (o->start.batch != -1 && !cli_in_range("--batch", o->start.batch, 1, 256, error))
        return FALSE;
    tune.batch = (guint)MAX(o->start.batch, 0);
    o->start.batch = cli_tunes(&o->tuning) ? 1 : MAX(o->start.batch, 1);
    if (!check_tune(o, error) ||
        !cli_start_options(&o->start, &train.start, &train.features, error))
        return FALSE;
    cli_views_take(&o->tuning, &train.features);
    train.shards = shards;
    train.model = o->model;
    train.positive = o->positive;
    train.command_line = command;
    train.ignore_audit = o->ignore_audit;
    train.allow_leaks = o->allow_leaks;
    train.refused = take_leaks;
    train.refused_data = o;
    train.head = cli_head_kind(&o->tuning);
    if (!cli_threshold_rule(o->threshold, o->prevalence, &train.threshold, error))
        return FALSE;
    train.miss_bound = o->miss_bound;
    train.miss_of_all = g_strcmp0(o->miss_of, "all") == 0;
    train.confidence = o->confidence;
    if (!cli_tunes(&o->tuning))
        return train_head(&train, o, error) || add_hint(o, shards, &tune, error);
    cli_tune_take(&o->tuning, &tune);
    tune.until_epoch = (guint)o->until;
    tune.resume = o->resume;
    tune.restart = o->restart;
    o->differences = g_ptr_array_new_with_free_func(g_free);
    tune.differs = take_difference;
    tune.differs_data = o->differences;
    tune.checkpoint_steps = (guint)o->checkpoint_steps;
    return train_network(&train, &tune, o, error) || add_hint(o, shards, &tune, error);
}

gboolean cmd_train(int argc, char **argv, GError **error)
{
    g_auto(Options) o = {.start = CLI_START_DEFAULT, .miss_bound = 0.05, .confidence = 0.9};
    const GOptionEntry entries[] = {
        {"model", 'm', 0, G_OPTION_ARG_FILENAME, &o.model, "Model file to write",
         "OUT.safetensors"},
        CLI_TUNE_ENTRIES(o.tuning),
        CLI_ENTRY("until", INT, o.until,
                  "Stop after this epoch; the learning rate follows the schedule of all epochs",
                  "N"),
        CLI_ENTRY("resume", NONE, o.resume,
                  "Continue from the last checkpoint; start if there is none", NULL),
        CLI_ENTRY("restart", NONE, o.restart,
                  "Discard the checkpoint of an earlier run of this model and start anew", NULL),
        CLI_ENTRY("checkpoint-steps", INT, o.checkpoint_steps,
                  "Also write a checkpoint every N steps (default: every 60 s)", "N"),
        CLI_ENTRY("positive", STRING, o.positive,
                  "Positive class: the one that means disease (default: guessed from the names)",
                  "CLASS"),
        CLI_ENTRY(
            "threshold-for", STRING, o.threshold,
            "Choose the decision threshold on validation for this aim: balanced (default, the "
            "largest balanced accuracy), sensitivity:S (its lower 95 % bound is at least S) or "
            "cost:C (a missed positive costs C false alarms)",
            "AIM"),
        CLI_ENTRY("prevalence", DOUBLE, o.prevalence,
                  "For cost:C, the share of positive images in practice, between 0 and 1 (default: "
                  "as in the validation split)",
                  "P"),
        CLI_ENTRY("miss-bound", DOUBLE, o.miss_bound,
                  "Share of the answered images of a class that may be answered as another class, "
                  "0 to 0.5; doubtful images are referred to keep it; 0 = refer none (default: "
                  "0.05)",
                  "P"),
        CLI_ENTRY("miss-of", STRING, o.miss_of,
                  "The images that the miss bound is a share of: answered (default), or all: those "
                  "of the class, answered or referred",
                  "IMAGES"),
        CLI_ENTRY("confidence", DOUBLE, o.confidence,
                  "Confidence with which the miss bound holds, 0.5 to below 1 (default: 0.9)", "P"),
        CLI_START_ENTRIES(o.start, "Images per step (default: the recipe's); with --tune head, "
                                   "images per thread and run (default: 1)"),
        CLI_ALLOW_LEAK_ENTRY(o.allow_leaks),
        CLI_ENTRY("ignore-audit", NONE, o.ignore_audit, "The same as --allow-leak all", NULL),
        CLI_JSON_ENTRY(o.json, "the figures"),
        {NULL}};
    g_autofree gchar *command = record_command(entries, argc, argv);
    o.start.batch = -1; /* not given */
    if (!cli_parse("train", entries, &argc, &argv, 1, 1, error))
        return FALSE;
    if (!o.model)
        return cli_wrong_usage(error, "train: --model OUT.safetensors is missing");
    return run(&o, argv[1], command, error);
}
