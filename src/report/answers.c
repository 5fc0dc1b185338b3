#include "report/answers.h"
#include "base/error.h"
#include "base/json.h"
#include "data/dataset-image.h"
#include "image/preprocess.h"
#include "stats/curves.h"
#include <math.h>
#include <stdlib.h>

enum { PICTURE_PX = 192, PICTURE_QUALITY = 88 };
static const double thinning = 0.002;

/* --- curves --------------------------------------------------------------------------------- */

/* [[x, y, threshold or null]]. Takes the points over. */
static json_t *points_json(GArray *points)
{
    json_t *list = json_array();
    leuko_curve_thin(points, thinning);
    for (guint i = 0; i < points->len; i++) {
        const LeukoCurvePoint *p = &g_array_index(points, LeukoCurvePoint, i);
        json_array_append_new(
            list, json_pack("[f, f, o]", p->x, p->y, leuko_json_real_or_null(p->threshold)));
    }
    g_array_unref(points);
    return list;
}

typedef GArray *(*CurveFunc)(const double *scores, const gboolean *positive, guint n);

/* The curve of class k against the rest. */
static json_t *class_curve(const LeukoReportAnswers *a, guint k, const char *name, CurveFunc curve)
{
    g_autofree double *scores = g_new(double, MAX(a->n, 1));
    g_autofree gboolean *positive = g_new(gboolean, MAX(a->n, 1));
    for (guint i = 0; i < a->n; i++) {
        scores[i] = a->probabilities[(gsize)i * a->n_classes + k];
        positive[i] = a->labels[i] == (gint)k;
    }
    return json_pack("{s:o, s:o, s:o}", "name", leuko_json_text(name), "class",
                     leuko_json_text(a->classes[k]), "points",
                     points_json(curve(scores, positive, a->n)));
}

static json_t *class_curves(const LeukoReportAnswers *a, guint n_answers, CurveFunc curve)
{
    json_t *list = json_array();
    if (a->n_classes == 2 && a->positive >= 0)
        for (guint i = 0; i < n_answers; i++)
            json_array_append_new(list, class_curve(&a[i], (guint)a[i].positive, a[i].name, curve));
    else
        for (guint k = 0; k < a->n_classes; k++)
            json_array_append_new(list, class_curve(a, k, a->classes[k], curve));
    return list;
}

static json_t *risk_curve(const LeukoReportAnswers *a)
{
    g_autofree gboolean *correct = g_new(gboolean, MAX(a->n, 1));
    g_autofree double *confidence =
        leuko_decision_confidence(a->probabilities, a->n, a->n_classes, a->positive, a->threshold);
    for (guint i = 0; i < a->n; i++)
        correct[i] = a->labels[i] == a->decisions[i];
    return json_pack("{s:o, s:o}", "name", leuko_json_text(a->name), "points",
                     points_json(leuko_risk_coverage_points(confidence, correct, a->n)));
}

json_t *leuko_report_curves_json(const LeukoReportAnswers *answers, guint n_answers)
{
    json_t *risk = json_array();
    for (guint i = 0; i < n_answers; i++)
        json_array_append_new(risk, risk_curve(&answers[i]));
    return json_pack("{s:o, s:o, s:o}", "roc", class_curves(answers, n_answers, leuko_roc_points),
                     "precision_recall",
                     class_curves(answers, n_answers, leuko_precision_recall_points),
                     "risk_coverage", risk);
}

/* --- mistakes ------------------------------------------------------------------------------- */

typedef struct {
    double excess; /* of the probability of the decision over that of the truth */
    guint index;
} Mistake;

static int surest_first(const void *a, const void *b)
{
    const Mistake *x = a, *y = b;
    if (x->excess != y->excess)
        return x->excess < y->excess ? 1 : -1;
    return x->index < y->index ? -1 : x->index > y->index;
}

static guint record_of(const LeukoReportAnswers *a, guint i)
{
    return a->records ? a->records[i] : i;
}

static json_t *mistake_json(const LeukoReportAnswers *a, guint i)
{
    const double *p = a->probabilities + (gsize)i * a->n_classes;
    guint truth = (guint)a->labels[i], decided = (guint)a->decisions[i], record = record_of(a, i);
    return json_pack("{s:o, s:o, s:o, s:o, s:f, s:f, s:i}", "file",
                     leuko_json_text(leuko_dataset_record(a->dataset, record)->file), "group",
                     leuko_json_text(a->groups ? a->groups[i] : ""), "truth",
                     leuko_json_text(a->classes[truth]), "decided",
                     leuko_json_text(a->classes[decided]), "p_truth", p[truth], "p_decided",
                     p[decided], "record", (int)record);
}

json_t *leuko_report_mistakes_json(const LeukoReportAnswers *a, const gboolean *among, guint most)
{
    g_autoptr(GArray) mistakes = g_array_new(FALSE, FALSE, sizeof(Mistake));
    for (guint i = 0; i < a->n; i++) {
        const double *p = a->probabilities + (gsize)i * a->n_classes;
        const Mistake m = {p[a->decisions[i]] - p[a->labels[i]], i};
        if (a->decisions[i] != a->labels[i] && (!among || among[i]))
            g_array_append_val(mistakes, m);
    }
    if (mistakes->len > 0)
        qsort(mistakes->data, mistakes->len, sizeof(Mistake), surest_first);
    json_t *images = json_array();
    for (guint i = 0; i < MIN(mistakes->len, most); i++)
        json_array_append_new(images, mistake_json(a, g_array_index(mistakes, Mistake, i).index));
    return json_pack("{s:i, s:o}", "n", (int)mistakes->len, "images", images);
}

gchar *leuko_report_image_uri(const LeukoImage *image)
{
    double scale = MIN(1.0, (double)PICTURE_PX / MAX(image->width, image->height));
    g_autoptr(LeukoImage) small =
        leuko_image_resize(image, (guint)MAX(1, image->width * scale + 0.5),
                           (guint)MAX(1, image->height * scale + 0.5), NULL);
    g_autoptr(GBytes) jpeg =
        small ? leuko_image_encode(small, "jpeg", PICTURE_QUALITY, NULL) : NULL;
    if (!jpeg)
        return NULL;
    gsize n_bytes;
    gconstpointer bytes = g_bytes_get_data(jpeg, &n_bytes);
    g_autofree gchar *text = g_base64_encode(bytes, n_bytes);
    return g_strconcat("data:image/jpeg;base64,", text, NULL);
}

void leuko_report_add_pictures(json_t *mistakes, const LeukoDataset *dataset)
{
    gsize i;
    json_t *one;
    json_array_foreach(json_object_get(mistakes, "images"), i, one)
    {
        guint record = (guint)json_integer_value(json_object_get(one, "record"));
        g_autoptr(LeukoImage) image = leuko_dataset_decode(dataset, record, NULL, NULL);
        g_autofree gchar *uri = image ? leuko_report_image_uri(image) : NULL;
        if (uri)
            json_object_set_new(one, "picture", json_string(uri));
    }
}

/* --- counts --------------------------------------------------------------------------------- */

static void count_one(json_t *counts, const char *class)
{
    g_autofree gchar *name = leuko_valid_text(class);
    json_object_set_new(counts, name,
                        json_integer(json_integer_value(json_object_get(counts, name)) + 1));
}

json_t *leuko_report_decisions_json(const LeukoReportAnswers *a)
{
    json_t *list = json_array();
    for (guint k = 0; k < a->n_classes; k++) {
        json_t *truth = json_object();
        guint n = 0;
        for (guint i = 0; i < a->n; i++)
            if (a->decisions[i] == (gint)k) {
                count_one(truth, a->classes[a->labels[i]]);
                n++;
            }
        json_array_append_new(list, json_pack("{s:o, s:i, s:o}", "decision",
                                              leuko_json_text(a->classes[k]), "images", (int)n,
                                              "truth", truth));
    }
    return list;
}

json_t *leuko_report_class_counts_json(const LeukoReportAnswers *a)
{
    json_t *counts = json_object();
    for (guint k = 0; k < a->n_classes; k++) {
        g_autofree gchar *name = leuko_valid_text(a->classes[k]);
        json_object_set_new(counts, name, json_integer(0));
    }
    for (guint i = 0; i < a->n; i++)
        count_one(counts, a->classes[a->labels[i]]);
    return counts;
}
