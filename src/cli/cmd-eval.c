#include "base/csv.h"
#include "base/digest.h"
#include "base/durable.h"
#include "base/json.h"
#include "cli/classifier-options.h"
#include "cli/commands.h"
#include "cli/eval-print.h"
#include "cli/group-options.h"
#include "data/sort.h"
#include <math.h>
#include <string.h>

typedef struct {
    const char *model_path, *dir;
    gchar *split, *positive, *json_path, *csv_path;
    gdouble prevalence;
    CliGroupOptions grouping;
    CliClassifierOptions run;
} Options;

static void options_clear(Options *o)
{
    g_free(o->split);
    g_free(o->positive);
    g_free(o->json_path);
    g_free(o->csv_path);
    cli_group_clear(&o->grouping);
    cli_classifier_clear(&o->run);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Options, options_clear)

/* What is evaluated: labels in the model's order of classes. */
typedef struct {
    LeukoDataset *dataset;
    guint n;
    gint *labels;
    const char **groups;
    double *probabilities; /* (n, K) */
} Sample;

static void sample_clear(Sample *s)
{
    leuko_dataset_unref(s->dataset);
    g_free(s->labels);
    g_free(s->groups);
    g_free(s->probabilities);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Sample, sample_clear)

/* Shards: the split asked for, else test, else validation, said aloud; or a folder per class. */
static LeukoDataset *open_dataset(Options *o, GError **error)
{
    static const char *const order[] = {"test", "validation"};
    gboolean shards = leuko_dataset_has_split(o->dir, "train");
    for (guint i = 0; i < G_N_ELEMENTS(order); i++) {
        gboolean there = leuko_dataset_has_split(o->dir, order[i]);
        shards |= there;
        if (there && o->grouping.group_by)
            break;
        if (!o->split && there) {
            o->split = g_strdup(order[i]);
            cli_note("evaluating the %s part%s", order[i],
                     i == 0
                         ? ""
                         : ": there is no test part, and choices may have been made on this one");
        }
    }
    if (shards && o->grouping.group_by) {
        cli_wrong_usage(error, "--group-by: %s holds shards, which carry their groups", o->dir);
        return NULL;
    }
    if (shards)
        return leuko_dataset_open_shards(o->dir, o->split ? o->split : "test", error);
    if (o->split) {
        cli_wrong_usage(error, "--split %s: %s holds no shards that `leuko sort` wrote", o->split,
                        o->dir);
        return NULL;
    }
    return leuko_dataset_open_folder(o->dir, o->grouping.group_by, error);
}

/* Classes are matched by name. */
static gboolean fill_sample(Sample *s, const LeukoModel *m, const char *dir, GError **error)
{
    const gchar *const *classes = leuko_dataset_classes(s->dataset);
    s->n = leuko_dataset_n_records(s->dataset);
    s->labels = g_new(gint, s->n);
    s->groups = g_new(const char *, s->n);
    s->probabilities = g_new(double, (gsize)s->n * m->spec.n_classes);
    for (guint k = 0; classes[k]; k++)
        if (leuko_model_find_class(m, classes[k]) < 0) {
            g_autofree gchar *theirs = g_strjoinv(", ", (GStrv)classes),
                             *ours = g_strjoinv(", ", m->classes);
            g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_DATA,
                        "%s: its classes are %s, the model's are %s; \"%s\" is not among them", dir,
                        theirs, ours, classes[k]);
            return FALSE;
        }
    for (guint i = 0; i < s->n; i++) {
        const LeukoRecord *r = leuko_dataset_record(s->dataset, i);
        s->labels[i] = leuko_model_find_class(m, classes[r->label]);
        s->groups[i] = r->group;
    }
    return TRUE;
}

/* Has the model trained on any of this? Its provenance holds digests of groups and of images. */
static gboolean warn_of_overlap(const Sample *s, const LeukoModel *m, GError **error)
{
    g_autoptr(LeukoDigestSet) groups =
        leuko_digest_set_from_json(json_object_get(m->provenance, LEUKO_PROVENANCE_GROUPS));
    g_autoptr(LeukoDigestSet) images =
        leuko_digest_set_from_json(json_object_get(m->provenance, LEUKO_PROVENANCE_IMAGES));
    g_autoptr(GHashTable) known = g_hash_table_new(g_str_hash, g_str_equal);
    guint n_images = 0;
    for (guint i = 0; i < s->n; i++) {
        g_autofree gchar *group = *s->groups[i] ? leuko_group_digest(s->groups[i]) : NULL;
        if (group && leuko_digest_set_has(groups, group))
            g_hash_table_add(known, (gpointer)s->groups[i]);
        if (leuko_digest_set_size(images) == 0)
            continue;
        g_autoptr(GBytes) bytes = leuko_dataset_read(s->dataset, i, error);
        if (!bytes)
            return FALSE;
        g_autofree gchar *digest =
            leuko_image_digest(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
        n_images += leuko_digest_set_has(images, digest) ? 1 : 0;
    }
    if (g_hash_table_size(known) > 0)
        cli_note(
            "WARNING: the model was trained on %u of these groups (by name); its figures here are "
            "not results",
            g_hash_table_size(known));
    if (n_images > 0)
        cli_note(
            "WARNING: the model was trained on %u of these %u images; its figures here are not "
            "results",
            n_images, s->n);
    return TRUE;
}

static gboolean write_csv(const char *path, const Sample *s, const LeukoModel *m, double threshold,
                          gint positive, GError **error)
{
    g_autoptr(GString) rows = g_string_new("file,group,truth,decided");
    for (guint k = 0; k < m->spec.n_classes; k++) {
        g_autofree gchar *name = g_strdup_printf("p(%s)", m->classes[k]);
        leuko_csv_append(rows, name);
    }
    leuko_csv_end_row(rows);
    for (guint i = 0; i < s->n; i++) {
        const double *p = s->probabilities + (gsize)i * m->spec.n_classes;
        gint decided = leuko_decide(p, m->spec.n_classes, positive, threshold);
        leuko_csv_append(rows, leuko_dataset_record(s->dataset, i)->file);
        leuko_csv_append(rows, s->groups[i]);
        leuko_csv_append(rows, m->classes[s->labels[i]]);
        leuko_csv_append(rows, m->classes[decided]);
        for (guint k = 0; k < m->spec.n_classes; k++) {
            gchar number[32];
            leuko_csv_append(rows, g_ascii_formatd(number, sizeof number, "%.6f", p[k]));
        }
        leuko_csv_end_row(rows);
    }
    return leuko_durable_set_contents(path, rows->str, rows->len, error);
}

static gboolean choose_positive(const Options *o, const LeukoModel *m, gint *positive,
                                GError **error)
{
    *positive = m->positive;
    if (!o->positive)
        return TRUE;
    *positive = leuko_model_find_class(m, o->positive);
    if (*positive >= 0)
        return TRUE;
    g_autofree gchar *names = g_strjoinv(", ", m->classes);
    return cli_wrong_usage(error, "--positive %s: the classes are %s", o->positive, names);
}

static gboolean note_opening(const Options *o, LeukoClassifier *c, GError **error)
{
    if (g_strcmp0(o->split, "test") != 0)
        return TRUE;
    return leuko_ledger_append(o->dir, leuko_classifier_digest(c), "leuko eval", error);
}

static gboolean report(const Options *o, const Sample *s, LeukoClassifier *c, gint positive,
                       GError **error)
{
    const LeukoModel *m = leuko_classifier_model(c);
    /* the model's threshold belongs to its own positive class */
    double threshold = leuko_classifier_threshold(c);
    if (positive != m->positive && o->run.threshold < 0)
        threshold = isfinite(threshold) ? 1 - threshold : threshold;
    LeukoEvalInput in = {.n = s->n,
                         .n_classes = m->spec.n_classes,
                         .classes = (const char *const *)m->classes,
                         .labels = s->labels,
                         .probabilities = s->probabilities,
                         .groups = leuko_dataset_has_groups(s->dataset) ? s->groups : NULL,
                         .positive = positive,
                         .threshold = threshold,
                         .prevalence = o->prevalence >= 0 ? o->prevalence : (double)NAN};
    g_autoptr(LeukoEvaluation) e = leuko_evaluate(&in, error);
    if (!e)
        return FALSE;
    if (o->csv_path && !write_csv(o->csv_path, s, m, threshold, positive, error))
        return FALSE;
    if (!o->json_path || strcmp(o->json_path, "-") != 0)
        cli_print_evaluation(e, o->model_path, o->dir, o->split);
    if (!o->json_path)
        return TRUE;
    g_autoptr(json_t) json = leuko_evaluation_to_json(e);
    json_object_set_new(json, "model", leuko_json_text(o->model_path));
    json_object_set_new(json, "data", leuko_json_text(o->dir));
    json_object_set_new(json, "split", o->split ? json_string(o->split) : json_null());
    json_object_set_new(json, "notice", json_string(CLI_RESEARCH_ONLY));
    return leuko_json_save(json, o->json_path, error);
}

gboolean cmd_eval(int argc, char **argv, GError **error)
{
    g_auto(Options) o = {.prevalence = -1, .run = CLI_CLASSIFIER_DEFAULT};
    const GOptionEntry entries[] = {
        {"split", 0, 0, G_OPTION_ARG_STRING, &o.split,
         "train, validation or test (default: test if there is one, else validation)", "NAME"},
        {"positive", 0, 0, G_OPTION_ARG_STRING, &o.positive,
         "The positive class (default: the model's)", "CLASS"},
        {"prevalence", 0, 0, G_OPTION_ARG_DOUBLE, &o.prevalence,
         "Also predictive values where this share is positive", "P"},
        CLI_GROUP_BY_ENTRY(o.grouping),
        {"json", 0, 0, G_OPTION_ARG_FILENAME, &o.json_path,
         "Write all figures as JSON (- is stdout)", "FILE"},
        {"csv", 0, 0, G_OPTION_ARG_FILENAME, &o.csv_path, "Write every image's probabilities",
         "FILE"},
        CLI_CLASSIFIER_ENTRIES(o.run),
        {NULL}};
    LeukoClassifierOptions options;
    if (!cli_parse("eval", entries, &argc, &argv, 2, 2, error) ||
        !cli_group_options(&o.grouping, error) || !cli_classifier_options(&o.run, &options, error))
        return FALSE;
    if (o.prevalence != -1 && !(o.prevalence > 0 && o.prevalence < 1))
        return cli_wrong_usage(error, "--prevalence %g: must be between 0 and 1", o.prevalence);
    o.model_path = argv[1];
    o.dir = argv[2];
    g_autoptr(LeukoClassifier) c = cli_open_classifier(o.model_path, &options, error);
    if (!c)
        return FALSE;
    const LeukoModel *m = leuko_classifier_model(c);
    g_auto(Sample) s = {0};
    gint positive = -1;
    if (!choose_positive(&o, m, &positive, error) || !(s.dataset = open_dataset(&o, error)) ||
        !fill_sample(&s, m, o.dir, error) || !warn_of_overlap(&s, m, error) ||
        !note_opening(&o, c, error) ||
        !leuko_classifier_run_dataset(c, s.dataset, s.probabilities, cli_cancellable(),
                                      cli_reporter(), error))
        return FALSE;
    return report(&o, &s, c, positive, error);
}
