#include "eval/explain-set.h"
#include "base/csv.h"
#include "base/error.h"
#include "base/json.h"
#include "base/plural.h"
#include "base/progress.h"
#include "base/stage.h"
#include "data/dataset-image.h"
#include "eval/dataset-choice.h"
#include "eval/explain-doubt.h"
#include "eval/explain-figure.h"
#include "eval/explain-sheet.h"
#include "eval/explain.h"
#include "eval/labels.h"
#include "eval/opening.h"
#include <math.h>
#include <string.h>

/* What remains of each image. */
typedef struct {
    guint record;
    gint truth, decision;
    double confidence, margin, ratio;
    gboolean has_cell, peak_inside;
} Seen;

/* The sums over the images of one true class. */
typedef struct {
    guint n;
    double *map;   /* (rows, columns) */
    double *input; /* (3, S, S) */
} Sums;

struct LeukoExplainSet {
    gchar *model, *data, *endpoint;
    const char *split;
    gboolean is_exact;
    GStrv classes;
    guint n;
    Seen *seen; /* (n) */
};

typedef struct {
    LeukoExplainer *explainer;
    LeukoDataset *dataset;
    gint *labels;
    Sums *sums; /* (K) */
    guint n_classes, rows, columns;
    LeukoStage *stage;
    const LeukoExplainSetOptions *options;
    GCancellable *cancellable;
    LeukoReporter reporter;
    LeukoExplainSet *set;
} Job;

static void job_clear(Job *j)
{
    for (guint k = 0; j->sums && k < j->n_classes; k++) {
        g_free(j->sums[k].map);
        g_free(j->sums[k].input);
    }
    g_free(j->sums);
    g_free(j->labels);
    leuko_explainer_free(j->explainer);
    leuko_dataset_unref(j->dataset);
    leuko_stage_free(j->stage);
    leuko_explain_set_free(j->set);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Job, job_clear)

LeukoExplainSetOptions leuko_explain_set_options_default(void)
{
    return (LeukoExplainSetOptions){
        .explain = leuko_explain_options_default(), .alpha = LEUKO_EXPLAIN_ALPHA, .n_sheet = 12};
}

/* --- reading ---------------------------------------------------------------------------------- */

static gboolean check(const LeukoExplainSetOptions *o, GError **error)
{
    if (o->n_sheet < 1 || o->n_sheet > LEUKO_EXPLAIN_MAX_SHEET)
        return leuko_fail(LEUKO_ERROR_ARGUMENT, error, "%u images on a sheet: must be 1 to %d",
                          o->n_sheet, LEUKO_EXPLAIN_MAX_SHEET);
    if (!(o->alpha >= 0 && o->alpha <= 1))
        return leuko_fail(LEUKO_ERROR_ARGUMENT, error, "opacity %g: must be 0 to 1", o->alpha);
    return TRUE;
}

static gboolean open_data(Job *j, const char *data_path, GError **error)
{
    static const char *const order[] = {"validation", "test", NULL};
    const LeukoModel *model = leuko_explainer_model(j->explainer);
    const LeukoDatasetChoice choice = {j->options->split, j->options->folder, order};
    const char *digest = leuko_explainer_digest(j->explainer), *models[] = {digest, NULL};
    LeukoLedgerUse use;
    j->dataset = leuko_eval_open_dataset(data_path, &choice, &j->set->split, j->reporter, error);
    j->labels = j->dataset ? leuko_eval_match_labels(j->dataset, model, error) : NULL;
    if (!j->labels)
        return FALSE;
    if (j->set->split && !j->options->split)
        leuko_report_line(j->reporter, "explaining", "explaining the %s split", j->set->split);
    const LeukoOpening opening = {.dataset = j->dataset,
                                  .split = j->set->split,
                                  .models = models,
                                  .command = j->options->command ? j->options->command
                                                                 : "leuko_explain_set_run",
                                  .phase = "explaining"};
    return leuko_opening_record(&opening, &use, j->reporter, error);
}

/* How near an answer is to another one: 0 at the border, 1 where it is certain. */
static double margin_of(const LeukoAnswer *a, gint positive, double threshold)
{
    if (a->n_classes == 2 && positive >= 0 && !isnan(threshold)) {
        double p = a->probabilities[positive];
        return p >= threshold ? (p - threshold) / (1 - threshold) : (threshold - p) / threshold;
    }
    double second = 0;
    for (guint k = 0; k < a->n_classes; k++)
        if ((gint)k != a->decision)
            second = MAX(second, a->probabilities[k]);
    return a->probabilities[a->decision] - second;
}

static void add_to_mean(Job *j, const LeukoExplanation *x, Sums *s)
{
    gsize side = leuko_explainer_model(j->explainer)->spec.side_px;
    gsize n_map = (gsize)x->rows * x->columns, n_input = LEUKO_CHANNELS * side * side;
    const float *input = leuko_explainer_input(j->explainer);
    if (!s->map) {
        s->map = g_new0(double, n_map);
        s->input = g_new0(double, n_input);
    }
    for (gsize i = 0; i < n_map; i++)
        s->map[i] += (double)x->map[i];
    for (gsize i = 0; i < n_input; i++)
        s->input[i] += (double)input[i];
    s->n++;
    j->rows = x->rows;
    j->columns = x->columns;
}

static LeukoExplanation *explain_record(Job *j, guint record, gint class_index, LeukoImage **image,
                                        GError **error)
{
    if (leuko_is_cancelled(j->cancellable, error))
        return NULL;
    *image = leuko_dataset_decode(j->dataset, record, NULL, error);
    return *image ? leuko_explainer_explain(j->explainer, *image,
                                            leuko_dataset_record(j->dataset, record)->file,
                                            class_index, error)
                  : NULL;
}

static gboolean see_record(Job *j, guint record, GError **error)
{
    const LeukoModel *model = leuko_explainer_model(j->explainer);
    g_autoptr(LeukoImage) image = NULL;
    g_autoptr(LeukoExplanation) x = explain_record(j, record, j->labels[record], &image, error);
    if (!x)
        return FALSE;
    double given = j->options->explain.threshold;
    j->set->seen[record] = (Seen){
        .record = record,
        .truth = j->labels[record],
        .decision = x->answer->decision,
        .confidence = x->answer->confidence,
        .margin = margin_of(x->answer, model->positive, isnan(given) ? model->threshold : given),
        .ratio = x->ratio,
        .has_cell = x->has_cell,
        .peak_inside = x->peak_inside};
    add_to_mean(j, x, &j->sums[j->labels[record]]);
    return TRUE;
}

static gboolean see_all(Job *j, GError **error)
{
    LeukoExplainSet *set = j->set;
    set->n = leuko_dataset_n_records(j->dataset);
    set->seen = g_new0(Seen, set->n);
    j->sums = g_new0(Sums, j->n_classes);
    for (guint i = 0; i < set->n; i++) {
        if (!see_record(j, i, error))
            return FALSE;
        leuko_report(j->reporter, "explaining", i + 1, set->n, "images", NULL);
    }
    return TRUE;
}

/* --- writing ---------------------------------------------------------------------------------- */

static gboolean write_png(const Job *j, const char *name, const LeukoImage *image, GError **error)
{
    g_autofree gchar *path = g_build_filename(leuko_stage_path(j->stage), name, NULL);
    g_autoptr(GBytes) png = leuko_image_encode(image, "png", 0, error);
    return png &&
           leuko_stage_write(path, g_bytes_get_data(png, NULL), g_bytes_get_size(png), error);
}

static LeukoImage *mean_image(const Sums *s, guint side, GError **error)
{
    LeukoImage *image = leuko_image_new(side, side, error);
    gsize plane = (gsize)side * side;
    for (gsize i = 0; image && i < plane; i++)
        for (guint c = 0; c < LEUKO_CHANNELS; c++)
            image->pixels[i * LEUKO_CHANNELS + c] =
                (guint8)((s->input[c * plane + i] / s->n + 1) * 127.5 + 0.5);
    return image;
}

static gboolean write_mean(Job *j, guint class_index, GError **error)
{
    const Sums *s = &j->sums[class_index];
    const char *name = j->set->classes[class_index];
    LeukoAnswer answer = {.classes = (const gchar *const *)j->set->classes};
    LeukoExplanation x = {
        .answer = &answer, .explained = (gint)class_index, .rows = j->rows, .columns = j->columns};
    LeukoExplainClass figures;
    g_autofree float *map = g_new(float, (gsize)j->rows * j->columns);
    for (gsize i = 0; i < (gsize)j->rows * j->columns; i++)
        map[i] = (float)(s->map[i] / s->n);
    x.map = map;
    leuko_explainer_place_on_input(j->explainer, &x);
    leuko_explain_set_class(j->set, (gint)class_index, &figures);
    g_autoptr(LeukoImage) image = mean_image(s, x.width, error);
    g_autofree gchar *headline = g_strdup_printf("Mean evidence for %s", name);
    g_autofree gchar *count =
        g_strdup_printf("%u %s of %s", s->n, LEUKO_PLURAL(s->n, "image"), name);
    g_autofree gchar *heat =
        g_strdup_printf("heat inside the cell %.1f times outside (median); peak inside in %u of %u",
                        figures.ratio, figures.n_peaks_in, figures.n_cells);
    const char *lines[] = {count, figures.n_cells ? heat : "no cell was found", NULL};
    g_autoptr(LeukoImage) page =
        image ? explain_figure(&x, image, j->options->alpha, headline, lines, error) : NULL;
    g_autofree gchar *file = g_strdup_printf("mean-%s.png", name);
    g_strdelimit(file, "/", '_');
    return page && write_png(j, file, page, error);
}

static int by_confidence(const void *a, const void *b)
{
    const Seen *x = *(Seen *const *)a, *y = *(Seen *const *)b;
    return x->confidence != y->confidence ? (x->confidence < y->confidence ? 1 : -1)
                                          : (x->record > y->record) - (x->record < y->record);
}

static int by_margin(const void *a, const void *b)
{
    const Seen *x = *(Seen *const *)a, *y = *(Seen *const *)b;
    return x->margin != y->margin ? (x->margin > y->margin ? 1 : -1)
                                  : (x->record > y->record) - (x->record < y->record);
}

static gboolean write_sheet(Job *j, const char *file, const char *title, const char *note,
                            const GPtrArray *chosen, GError **error)
{
    g_autoptr(GPtrArray) tiles = g_ptr_array_new_with_free_func((GDestroyNotify)leuko_image_free);
    for (guint i = 0; i < MIN(chosen->len, j->options->n_sheet); i++) {
        const Seen *seen = chosen->pdata[i];
        g_autoptr(LeukoImage) image = NULL;
        g_autoptr(LeukoExplanation) x =
            explain_record(j, seen->record, LEUKO_EXPLAIN_ANSWER, &image, error);
        LeukoImage *tile =
            x ? explain_tile(x, image, j->set->classes[seen->truth], j->options->alpha, error)
              : NULL;
        if (!tile)
            return FALSE;
        g_ptr_array_add(tiles, tile);
    }
    g_autoptr(LeukoImage) page = explain_sheet(tiles, title, note, error);
    return page && write_png(j, file, page, error);
}

static gboolean write_sheets(Job *j, GError **error)
{
    g_autoptr(GPtrArray) wrong = g_ptr_array_new(), all = g_ptr_array_new();
    for (guint i = 0; i < j->set->n; i++) {
        Seen *seen = &j->set->seen[i];
        g_ptr_array_add(all, seen);
        if (seen->decision != seen->truth)
            g_ptr_array_add(wrong, seen);
    }
    g_ptr_array_sort(wrong, by_confidence);
    g_ptr_array_sort(all, by_margin);
    g_autofree gchar *count = g_strdup_printf(
        "wrong answers: %u of %u; the most confident ones first", wrong->len, j->set->n);
    return write_sheet(j, "mistakes.png", "Worst mistakes", count, wrong, error) &&
           write_sheet(j, "doubtful.png", "Most doubtful answers",
                       "right or wrong, those nearest to another class first", all, error);
}

static gboolean write_table(Job *j, GError **error)
{
    static const char *const columns[] = {"file",        "truth", "answer",
                                          "probability", "ratio", "peak_inside"};
    g_autoptr(GString) csv = g_string_new(NULL);
    for (guint i = 0; i < G_N_ELEMENTS(columns); i++)
        leuko_csv_append(csv, columns[i]);
    leuko_csv_end_row(csv);
    for (guint i = 0; i < j->set->n; i++) {
        const Seen *s = &j->set->seen[i];
        g_autofree gchar *probability = g_strdup_printf("%.6f", s->confidence);
        g_autofree gchar *ratio =
            isnan(s->ratio) ? g_strdup("") : g_strdup_printf("%.4g", s->ratio);
        leuko_csv_append(csv, leuko_dataset_record(j->dataset, i)->file);
        leuko_csv_append(csv, j->set->classes[s->truth]);
        leuko_csv_append(csv, j->set->classes[s->decision]);
        leuko_csv_append(csv, probability);
        leuko_csv_append(csv, ratio);
        leuko_csv_append(csv, !s->has_cell ? "" : s->peak_inside ? "yes" : "no");
        leuko_csv_end_row(csv);
    }
    g_autofree gchar *path = g_build_filename(leuko_stage_path(j->stage), "explain.csv", NULL);
    return leuko_stage_write(path, csv->str, csv->len, error);
}

static gboolean write_all(Job *j, GError **error)
{
    for (guint k = 0; k < j->n_classes; k++)
        if (j->sums[k].n > 0 && !write_mean(j, k, error))
            return FALSE;
    return write_sheets(j, error) && write_table(j, error) && leuko_stage_commit(j->stage, error);
}

/* leuko_explain_doubt() of all maps. */
static gchar *doubt_of(const LeukoExplainSet *set)
{
    g_autofree double *ratios = g_new(double, MAX(set->n, 1));
    for (guint i = 0; i < set->n; i++)
        ratios[i] = set->seen[i].ratio;
    return leuko_explain_doubt(ratios, set->n);
}

/* Say so if the maps of all images do not show where the evidence lies. */
static void report_doubt(const Job *j)
{
    g_autofree gchar *doubt = doubt_of(j->set);
    if (doubt)
        leuko_report_line(j->reporter, "explaining", "%s", doubt);
}

/* --- the job ---------------------------------------------------------------------------------- */

LeukoExplainSet *leuko_explain_set_run(const char *model_path, const char *data_path,
                                       const char *out, const LeukoExplainSetOptions *options,
                                       GCancellable *cancellable, LeukoReporter reporter,
                                       GError **error)
{
    const LeukoExplainSetOptions standard = leuko_explain_set_options_default();
    g_auto(Job) j = {.options = options ? options : &standard,
                     .cancellable = cancellable,
                     .reporter = reporter,
                     .set = g_new0(LeukoExplainSet, 1)};
    if (!check(j.options, error) || !(j.stage = leuko_stage_new(out, error)) ||
        !(j.explainer = leuko_explainer_open(model_path, &j.options->explain, error)))
        return NULL;
    if (leuko_explainer_caution(j.explainer))
        leuko_report_line(reporter, "explaining", "%s", leuko_explainer_caution(j.explainer));
    const LeukoModel *model = leuko_explainer_model(j.explainer);
    j.n_classes = model->spec.n_classes;
    j.set->model = g_strdup(model_path);
    j.set->data = g_strdup(data_path);
    j.set->endpoint = g_strdup(leuko_explainer_endpoint(j.explainer));
    j.set->is_exact = leuko_explainer_is_exact(j.explainer);
    j.set->classes = g_strdupv(model->classes);
    if (!open_data(&j, data_path, error) || !see_all(&j, error) || !write_all(&j, error))
        return NULL;
    report_doubt(&j);
    return g_steal_pointer(&j.set);
}

void leuko_explain_set_free(LeukoExplainSet *set)
{
    if (!set)
        return;
    g_free(set->model);
    g_free(set->data);
    g_free(set->endpoint);
    g_strfreev(set->classes);
    g_free(set->seen);
    g_free(set);
}

/* --- the result ------------------------------------------------------------------------------- */

guint leuko_explain_set_n_images(const LeukoExplainSet *set) { return set->n; }
guint leuko_explain_set_n_classes(const LeukoExplainSet *set)
{
    return g_strv_length(set->classes);
}
const char *leuko_explain_set_class_name(const LeukoExplainSet *set, guint index)
{
    return set->classes[index];
}
gboolean leuko_explain_set_is_exact(const LeukoExplainSet *set) { return set->is_exact; }
const char *leuko_explain_set_endpoint(const LeukoExplainSet *set) { return set->endpoint; }
const char *leuko_explain_set_split(const LeukoExplainSet *set) { return set->split; }

void leuko_explain_set_class(const LeukoExplainSet *set, gint index, LeukoExplainClass *out)
{
    g_autoptr(GArray) ratios = g_array_new(FALSE, FALSE, sizeof(double));
    *out = (LeukoExplainClass){0};
    for (guint i = 0; i < set->n; i++) {
        const Seen *s = &set->seen[i];
        if (index >= 0 && s->truth != index)
            continue;
        out->n++;
        out->n_wrong += s->decision != s->truth;
        out->n_cells += s->has_cell ? 1 : 0;
        out->n_peaks_in += s->peak_inside ? 1 : 0;
        g_array_append_val(ratios, s->ratio);
    }
    out->ratio = leuko_explain_median((const double *)(gpointer)ratios->data, ratios->len);
}

static json_t *class_json(const LeukoExplainSet *set, gint index)
{
    LeukoExplainClass c;
    leuko_explain_set_class(set, index, &c);
    json_t *json = json_object();
    json_object_set_new(json, "images", json_integer(c.n));
    json_object_set_new(json, "wrong", json_integer(c.n_wrong));
    json_object_set_new(json, "cells", json_integer(c.n_cells));
    json_object_set_new(json, "ratio", leuko_json_real_or_null(c.ratio));
    json_object_set_new(json, "peak_inside", json_integer(c.n_peaks_in));
    return json;
}

json_t *leuko_explain_set_json(const LeukoExplainSet *set)
{
    json_t *json = json_object();
    json_t *classes = json_object();
    for (guint k = 0; set->classes[k]; k++)
        json_object_set_new(classes, set->classes[k], class_json(set, (gint)k));
    json_object_set_new(json, "model", leuko_json_text(set->model));
    json_object_set_new(json, "data", leuko_json_text(set->data));
    json_object_set_new(json, "split", set->split ? json_string(set->split) : json_null());
    json_object_set_new(json, "endpoint", json_string(set->endpoint));
    json_object_set_new(json, "method",
                        json_string(set->is_exact ? "class activation" : "gradient-weighted"));
    json_object_set_new(json, "images", json_integer(set->n));
    json_object_set_new(json, "classes", classes);
    json_object_set_new(json, "all", class_json(set, -1));
    g_autofree gchar *doubt = doubt_of(set);
    json_object_set_new(json, "doubt", doubt ? json_string(doubt) : json_null());
    json_object_set_new(json, "notice", json_string(LEUKO_RESEARCH_ONLY));
    return json;
}

gchar *leuko_explain_set_to_json(const LeukoExplainSet *set)
{
    g_autoptr(json_t) json = leuko_explain_set_json(set);
    return leuko_json_to_line(json);
}
