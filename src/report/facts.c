#include "report/facts.h"
#include "base/json.h"
#include "base/plural.h"
#include "report/words.h"
#include <string.h>

/* The members of the document that facts come from; each may be NULL. */
typedef struct {
    json_t *document, *result, *model, *provenance, *flow;
    json_t *figures; /* with "classes" and the figures of merit */
    json_t *facts;
} Job;

static void put(const Job *j, const char *key, const char *format, ...) G_GNUC_PRINTF(3, 4);
static void put(const Job *j, const char *key, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree gchar *text = g_strdup_vprintf(format, args);
    va_end(args);
    json_object_set_new(j->facts, key, leuko_json_text(text));
}

static const char *text_of(json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

static int int_of(json_t *object, const char *key)
{
    return (int)json_integer_value(json_object_get(object, key));
}

static double real_of(json_t *object, const char *key)
{
    return json_number_value(json_object_get(object, key));
}

/* "a, b, c" of the strings of a list, or of the keys of an object. g_free. */
static gchar *join(json_t *names)
{
    GString *text = g_string_new(NULL);
    const char *key;
    json_t *value;
    gsize i;
    json_array_foreach(names, i, value)
        g_string_append_printf(text, "%s%s", text->len ? ", " : "", json_string_value(value));
    json_object_foreach(names, key, value)
        g_string_append_printf(text, "%s%s", text->len ? ", " : "", key);
    return g_string_free(text, FALSE);
}

/* --- data ----------------------------------------------------------------------------------- */

static void add_data(const Job *j)
{
    json_t *evaluated = json_object_get(j->flow, "evaluated");
    json_t *excluded = json_object_get(j->flow, "excluded");
    json_t *splits = json_object_get(j->flow, "splits"), *one;
    g_autoptr(GString) sizes = g_string_new(NULL);
    gsize i;
    json_array_foreach(splits, i, one)
        g_string_append_printf(sizes, "%s%s %d of %d %s", sizes->len ? "; " : "",
                               text_of(one, "split"), int_of(one, "images"), int_of(one, "groups"),
                               LEUKO_PLURAL((guint)int_of(one, "groups"), "group"));
    put(j, "data", "%s; evaluated: images %d, groups %d%s%s", text_of(j->result, "data"),
        int_of(evaluated, "images"), int_of(evaluated, "groups"),
        text_of(j->provenance, "dataset") ? "; SHA-256 " : "",
        text_of(j->provenance, "dataset") ? text_of(j->provenance, "dataset") : "");
    if (json_is_object(excluded))
        put(j, "eligibility",
            "files that are no images, cannot be read, or are left out by the division: %d, "
            "listed by reason under Flow of the data",
            int_of(excluded, "files"));
    put(j, "splits", "%s%sevaluated: images %d, groups %d; by class under Flow of the data",
        sizes->str, sizes->len ? "; " : "", int_of(evaluated, "images"),
        int_of(evaluated, "groups"));
    put(j, "flow", "section Flow of the data");
    put(j, "missing",
        "every image of the evaluated data has an answer; an image that cannot be read stops the "
        "evaluation");
    json_t *shared = json_object_get(j->flow, "groups_in_two_splits");
    if (json_is_integer(shared)) {
        put(j, "disjoint", "%s: %d %s in two splits; copies of an image are kept in one split",
            int_of(evaluated, "groups") > 0 ? "groups (patients, slides)" : "images",
            (int)json_integer_value(shared),
            leuko_plural((guint)json_integer_value(shared), "group is", "groups are"));
        put(j, "partitions", "%s; whole groups, divided at random by a seed", sizes->str);
    }
    g_autofree gchar *classes = join(json_object_get(j->figures, "classes"));
    put(j, "classes", "the class of the image: %s", classes);
    put(j, "imbalance",
        "no images were weighted or drawn more often for the evaluation; "
        "balanced accuracy and figures by class are reported");
}

/* --- the model ------------------------------------------------------------------------------ */

static void add_training(const Job *j, json_t *p)
{
    const char *recipe = text_of(p, "recipe"), *weights = text_of(p, "weights");
    json_t *figures = json_object_get(p, "figures");
    if (recipe)
        put(j, "development",
            "recipe %s, seed %d; images of training %d, of validation %d; the settings and figures "
            "of the training are under Model",
            recipe, int_of(p, "seed"), int_of(figures, "n_training"),
            int_of(figures, "n_validation"));
    if (weights)
        put(j, "initialization", "%s, SHA-256 %s", weights, text_of(p, "weights_digest"));
    const char *folds = text_of(figures, "folds");
    if (folds)
        put(j, "selection",
            "kind and strength of the head by %d-fold cross-validation inside training (%s)",
            int_of(figures, "n_folds"), folds);
}

static void add_model(const Job *j)
{
    json_t *m = j->model, *a = json_object_get(m, "architecture");
    json_t *pre = json_object_get(m, "preprocessing");
    if (!m)
        return;
    int side = int_of(pre, "side"), views = MAX(1, int_of(m, "views"));
    g_autofree gchar *classes = join(json_object_get(m, "classes"));
    put(j, "category", "deep learning: a convolutional network, Inception V3 cut at %s",
        text_of(a, "endpoint"));
    put(j, "model",
        "Inception V3 cut at %s, depth multiplier %g, softmax over %s; parameters SHA-256 %s",
        text_of(a, "endpoint"), real_of(a, "depth_multiplier"), classes, text_of(m, "digest"));
    put(j, "preprocessing",
        "RGB, central crop of %g of each side, %s bilinear resize to %d x %d pixels, x / 127.5 - 1",
        real_of(pre, "crop_fraction"),
        json_is_true(json_object_get(pre, "antialias")) ? "antialiased" : "plain", side, side);
    put(j, "predictors", "the pixels of the image; none were selected");
    put(j, "ensemble",
        views > 1 ? "none; logits of %d turned and mirrored views of an image are averaged"
                  : "none; %d view of each image",
        views);
    add_training(j, json_object_get(m, "provenance"));
    if (json_is_object(json_object_get(m, "typical")))
        put(j, "monitoring",
            "the model refers images unlike its calibration images, and a run whose images are "
            "unlike them as a whole is warned of");
}

static void add_decision(const Job *j)
{
    json_t *e = j->figures, *threshold = json_object_get(e, "threshold");
    json_t *selective = json_object_get(j->result, "selective");
    const char *positive = text_of(e, "positive");
    if (json_is_number(threshold) && positive)
        put(j, "threshold",
            "p(%s) >= %.3f; how it was chosen is under Model. It was fixed before the evaluation",
            positive, json_number_value(threshold));
    else if (!json_object_get(j->result, "folds"))
        put(j, "threshold", "the class of the largest probability; no threshold");
    put(j, "blind", "the model sees the pixels alone");
    put(j, "indeterminate", "%s",
        json_is_object(selective)
            ? "the model refers doubtful images to a person; section Referral counts them"
            : "the model answers every image; it refers none");
}

/* --- figures -------------------------------------------------------------------------------- */

static void add_figures(const Job *j)
{
    json_t *e = j->figures, *accuracy = json_object_get(e, "accuracy");
    json_t *mistakes = json_object_get(j->document, "mistakes");
    const char *method = text_of(accuracy, "method");
    gboolean two = json_is_object(json_object_get(e, "sensitivity"));
    put(j, "measures",
        "%sROC-AUC, accuracy, balanced accuracy, F1, MCC, Cohen's kappa, Brier "
        "score, log-loss, calibration error; ROC, precision-recall, reliability "
        "and risk-coverage diagrams",
        two ? "sensitivity, specificity, " : "");
    put(j, "methods", "95 %% intervals, the method beside each figure (accuracy: %s)%s",
        method ? method : "none",
        json_object_get(j->result, "correct") ? "; differences of paired answers with tests" : "");
    put(j, "figures", "section Figures");
    put(j, "confusion", "section Confusion matrix");
    if (json_array_size(json_object_get(e, "per_group")) > 0)
        put(j, "groups", "table by group (patient, slide)");
    if (json_is_object(mistakes))
        put(j, "mistakes", "images decided wrongly: %d; the surest are shown",
            int_of(mistakes, "n"));
    const char *split = text_of(json_object_get(j->flow, "evaluated"), "split");
    put(j, "internal", "%s%s", split ? "split: " : "all images of the data", split ? split : "");
    gsize n = json_array_size(json_object_get(j->document, "cautions"));
    if (n > 0)
        put(j, "cautions", "%zu found by the software, under Read this first", n);
}

json_t *leuko_report_facts(json_t *document)
{
    json_t *result = json_object_get(document, "result");
    json_t *figures = json_object_get(result, "figures"), *first = json_object_get(result, "first");
    Job j = {.document = document,
             .result = result,
             .model = json_object_get(document, "model"),
             .provenance = json_object_get(document, "provenance"),
             .flow = json_object_get(document, "flow"),
             .figures = first     ? first
                        : figures ? figures
                                  : result,
             .facts = json_object()};
    const char *command = text_of(j.provenance, "command");
    add_data(&j);
    add_model(&j);
    add_decision(&j);
    add_figures(&j);
    put(&j, "use", "%s", text_of(document, "notice"));
    put(&j, "software", "Leuko %s, oneDNN %s", text_of(document, "leuko"),
        text_of(j.provenance, "onednn"));
    put(&j, "code", "Leuko %s is free software (MIT)", text_of(document, "leuko"));
    put(&j, "outputs", "all figures are in report.json; `--csv` writes the answer of every image");
    put(&j, "prediction", "%s", command ? command : "a call of the library");
    if (json_is_true(json_object_get(json_object_get(document, "mistakes"), "maps")))
        put(&j, "maps", "heat maps of the worst mistakes");
    if (json_is_object(json_object_get(document, "stress")))
        put(&j, "robustness", "section Stress");
    return j.facts;
}
