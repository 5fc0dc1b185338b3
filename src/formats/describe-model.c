#include "formats/describe-model.h"
#include "base/json.h"
#include "base/plural.h"
#include "formats/facts.h"
#include <math.h>

enum { MAX_CLASSES_LISTED = 40 };

static void describe_classes(const LeukoModel *m, json_t *facts)
{
    guint n = g_strv_length(m->classes);
    g_autofree gchar *all = g_strjoinv(", ", m->classes);
    if (n <= MAX_CLASSES_LISTED)
        leuko_facts_set(facts, "classes", "%s", all);
    else
        leuko_facts_set(facts, "classes", "%u: %s, %s, ... %s", n, m->classes[0], m->classes[1],
                        m->classes[n - 1]);
    leuko_facts_set(facts, "positive class", "%s",
                    m->positive >= 0 ? m->classes[m->positive] : "none named");
}

static void describe_provenance(json_t *provenance, json_t *facts)
{
    const char *key;
    json_t *value;
    json_object_foreach(provenance, key, value)
    {
        if (json_is_array(value)) {
            leuko_facts_set(facts, key, "%zu %s", json_array_size(value),
                            LEUKO_PLURAL(json_array_size(value), "digest"));
        } else {
            g_autofree gchar *text = json_is_string(value) ? g_strdup(json_string_value(value))
                                                           : leuko_json_to_line(value);
            leuko_facts_set(facts, key, "%s", text);
        }
    }
}

static void describe_training(const GPtrArray *lists, json_t *facts)
{
    static const char *const names[LEUKO_N_PARTS] = {"training list", "training list of the head",
                                                     "training list of the network",
                                                     "training list of the backbone"};
    for (guint i = 0; i < lists->len; i++) {
        const LeukoTrainingList *l = lists->pdata[i];
        g_autofree gchar *more = leuko_facts_has(facts, names[l->part])
                                     ? g_strdup_printf("%s, %u", names[l->part], i + 1)
                                     : g_strdup(names[l->part]);
        if (l->later)
            leuko_facts_set(facts, more, "of a later version, %u", l->version);
        else
            leuko_facts_set(facts, more, "%u %s, %u %s%s", l->n_images,
                            LEUKO_PLURAL(l->n_images, "image"), l->n_groups,
                            LEUKO_PLURAL(l->n_groups, "group"),
                            l->version == 1 ? "; recognizes the same files only" : "");
    }
}

/* How the threshold was chosen and how probabilities are calibrated. */
static void describe_decision(const LeukoModel *m, json_t *facts)
{
    const LeukoThresholdChoice *t = &m->threshold_choice;
    const LeukoProbabilityMap *c = &m->calibration;
    if (isfinite(t->low))
        leuko_facts_set(facts, "threshold interval", "%.4f to %.4f (95 %%)", t->low, t->high);
    if (t->rule.kind == LEUKO_THRESHOLD_SENSITIVITY)
        leuko_facts_set(facts, "threshold for", "sensitivity %g, lower 95 %% bound %.4f",
                        t->rule.target, t->sensitivity_bound);
    else if (t->rule.kind == LEUKO_THRESHOLD_COST)
        leuko_facts_set(facts, "threshold for", "a missed positive costs %g false alarms",
                        t->rule.miss_cost);
    else if (t->rule.kind == LEUKO_THRESHOLD_BALANCED)
        leuko_facts_set(facts, "threshold for", "balanced accuracy");
    leuko_facts_set(facts, "temperature", "%g%s", m->temperature,
                    m->temperature == 1 && !c->fitted_on ? " (uncalibrated)" : "");
    if (c->fitted_on)
        leuko_facts_set(facts, "calibration", "on %u %s of %s, isotonic regression %s", c->n_images,
                        LEUKO_PLURAL(c->n_images, "image"), c->fitted_on,
                        leuko_isotonic_name(c->isotonic));
}

/* What the model refers to a person. */
static void describe_guards(const LeukoModel *m, json_t *facts)
{
    const LeukoReferral *r = m->referral;
    for (guint k = 0; r && k < r->n_classes; k++) {
        const LeukoReferralClass *c = &r->classes[k];
        g_autofree gchar *key =
            g_strdup_printf("misses of %s%s", r->of_all ? "" : "answered ", m->classes[k]);
        if (c->promise == LEUKO_PROMISE_NONE)
            leuko_facts_set(facts, key, "no bound, too few validation images");
        else if (c->promise == LEUKO_PROMISE_AVERAGE)
            leuko_facts_set(facts, key, "at most %g on average, doubtful images are referred",
                            r->miss_bound);
        else
            leuko_facts_set(facts, key,
                            "at most %g with confidence %g, doubtful images are referred",
                            r->miss_bound, r->confidence);
    }
    if (m->typical && isfinite(m->typical->limit))
        leuko_facts_set(facts, "unlike", "refers images at a distance above %.3f",
                        exp(m->typical->limit));
}

void leuko_model_describe(const LeukoModel *m, json_t *facts)
{
    leuko_facts_set(facts, "network", "inception_v3 to %s, depth multiplier %g, side %u px%s",
                    m->spec.endpoint, m->spec.depth_multiplier, m->spec.side_px,
                    m->spec.pool_includes_padding ? ", average pools count padding" : "");
    describe_classes(m, facts);
    leuko_facts_set(facts, "preprocessing", "crop %g, %s resize to %u px%s, x / 127.5 - 1",
                    m->preprocess.crop_fraction,
                    m->preprocess.antialias ? "antialiased bilinear" : "slim's bilinear",
                    m->preprocess.side_px,
                    m->preprocess.color.is_used ? ", colors of one laboratory changed" : "");
    if (m->n_views > 1)
        leuko_facts_set(facts, "views", "%u %s of each image, logits averaged", m->n_views,
                        LEUKO_PLURAL(m->n_views, "orientation"));
    if (isfinite(m->threshold))
        leuko_facts_set(facts, "threshold", "%.4f for the positive class", m->threshold);
    describe_guards(m, facts);
    if (isfinite(m->patient_share))
        leuko_facts_set(facts, "patient", "positive from a share of %.4f of its images",
                        m->patient_share);
    describe_decision(m, facts);
    describe_provenance(m->provenance, facts);
    describe_training(m->training, facts);
}

/* List the instruction sets on which the graph passed the gate; no fact if there was no gate. */
static void describe_gates(json_t *compiled, json_t *facts)
{
    const char *here = json_string_value(json_object_get(json_object_get(compiled, "gate"), "isa"));
    g_autoptr(GString) all = g_string_new(here);
    json_t *one;
    gsize i;
    json_array_foreach(json_object_get(compiled, "gate_elsewhere"), i, one)
    {
        const char *isa = json_string_value(json_object_get(one, "isa"));
        g_string_append_printf(all, "%s%s", all->len ? ", " : "", isa ? isa : "?");
    }
    if (all->len > 0)
        leuko_facts_set(facts, "gate held on", "%s", all->str);
}

void leuko_graph_describe(const LeukoGraph *g, json_t *facts)
{
    guint n_raised = 0;
    for (guint i = 0; i < g->n_convs; i++)
        n_raised += g->convs[i].raised ? 1 : 0;
    leuko_facts_set(facts, "precision", "%s%s", leuko_precision_name(g->precision),
                    g->vnni ? ", for processors with VNNI" : ", for any processor");
    if (g->precision == LEUKO_INT8)
        leuko_facts_set(facts, "convolutions", "%u, %u of them kept in bf16", g->n_convs, n_raised);
    describe_gates(g->compiled, facts);
    g_autofree gchar *compiled = leuko_json_to_line(g->compiled);
    leuko_facts_set(facts, "compiled", "%s", compiled);
    leuko_model_describe(g->model, facts);
}
