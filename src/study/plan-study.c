#include "study/plan-study.h"
#include "base/csv.h"
#include "base/error.h"
#include "base/json.h"
#include "base/plural.h"
#include "leuko/error.h"
#include "stats/plan.h"
#include <math.h>
#include <string.h>

static const double DEFAULT_EXPECTED = 0.9;
static const double SOME_CELLS[] = {1, 10, 20, 50, 100, 200};
static const double SOME_ICC[] = {0.01, 0.05, 0.1, 0.2, 0.5};

LeukoPlanStudyOptions leuko_plan_study_options_default(void)
{
    return (LeukoPlanStudyOptions){
        .figure = "sensitivity", .expected = NAN, .width = 0.1, .ratio = 1};
}

static gboolean check_numbers(const LeukoPlanStudyOptions *o, GError **error)
{
    double least = strcmp(o->figure, "auc") == 0 ? 0.5 : 0;
    if (!isnan(o->expected) && !(o->expected > least && o->expected < 1))
        return leuko_fail(LEUKO_ERROR_ARGUMENT, error, "expected %s %g: must be between %g and 1",
                          o->figure, o->expected, least);
    if (!(o->width > 0 && o->width < 1))
        return leuko_fail(LEUKO_ERROR_ARGUMENT, error, "width %g: must be between 0 and 1",
                          o->width);
    if (!(o->ratio >= 0.01 && o->ratio <= 100))
        return leuko_fail(LEUKO_ERROR_ARGUMENT, error, "ratio %g: must be 0.01 to 100", o->ratio);
    for (guint i = 0; i < o->n_cells; i++)
        if (!(o->cells[i] >= 1 && o->cells[i] <= 1e6))
            return leuko_fail(LEUKO_ERROR_ARGUMENT, error,
                              "%g cells of each patient: must be 1 to 1000000", o->cells[i]);
    for (guint i = 0; i < o->n_icc; i++)
        if (!(o->icc[i] >= 0 && o->icc[i] <= 1))
            return leuko_fail(LEUKO_ERROR_ARGUMENT, error, "ICC %g: must be 0 to 1", o->icc[i]);
    return TRUE;
}

static gboolean check_options(const LeukoPlanStudyOptions *o, GError **error)
{
    static const char *const figures[] = {"sensitivity", "specificity", "accuracy", "auc", NULL};
    if (!g_strv_contains(figures, o->figure))
        return leuko_fail(LEUKO_ERROR_ARGUMENT, error,
                          "figure \"%s\": must be sensitivity, specificity, accuracy or auc",
                          o->figure);
    gboolean one_class = strcmp(o->figure, "accuracy") != 0;
    if (o->pilot && one_class && !o->pilot_class)
        return leuko_fail(LEUKO_ERROR_ARGUMENT, error,
                          "%s of a pilot needs the class whose images count", o->figure);
    if (o->pilot_class && !(o->pilot && one_class))
        return leuko_fail(LEUKO_ERROR_ARGUMENT, error,
                          "class \"%s\" needs a pilot, and a figure other than accuracy",
                          o->pilot_class);
    return check_numbers(o, error);
}

/* --- the pilot ------------------------------------------------------------------------------ */

typedef struct {
    gint group, truth, decided; /* columns */
    guint n, n_groups;
    gboolean *outcome; /* (n) decided as the truth */
    guint *unit;       /* (n) */
} Pilot;

static void pilot_clear(Pilot *p)
{
    g_free(p->outcome);
    g_free(p->unit);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Pilot, pilot_clear)

static gboolean find_columns(Pilot *p, const LeukoCsv *csv, const char *path, GError **error)
{
    p->group = leuko_csv_column(csv, "group", error);
    p->truth = p->group < 0 ? -1 : leuko_csv_column(csv, "truth", error);
    p->decided = p->truth < 0 ? -1 : leuko_csv_column(csv, "decided", error);
    if (p->decided < 0)
        g_prefix_error(error, "%s: ", path);
    return p->decided >= 0;
}

/* class: only its images, NULL: all. */
static gboolean read_rows(Pilot *p, const LeukoCsv *csv, const char *path, const char *class,
                          GError **error)
{
    g_autoptr(GHashTable) units = g_hash_table_new(g_str_hash, g_str_equal);
    guint n_rows = leuko_csv_n_rows(csv);
    p->outcome = g_new(gboolean, MAX(n_rows, 1));
    p->unit = g_new(guint, MAX(n_rows, 1));
    for (guint r = 0; r < n_rows; r++) {
        const char *truth = leuko_csv_get(csv, r, p->truth);
        const char *group = leuko_csv_get(csv, r, p->group);
        if (class && strcmp(truth, class) != 0)
            continue;
        if (!*group)
            return leuko_fail(LEUKO_ERROR_ARGUMENT, error,
                              "%s:%u: the image has no group: the correlation within patients "
                              "cannot be estimated",
                              path, leuko_csv_line(csv, r));
        gpointer known;
        if (!g_hash_table_lookup_extended(units, group, NULL, &known)) {
            known = GUINT_TO_POINTER(p->n_groups++);
            g_hash_table_insert(units, (gpointer)group, known);
        }
        p->outcome[p->n] = strcmp(truth, leuko_csv_get(csv, r, p->decided)) == 0;
        p->unit[p->n++] = GPOINTER_TO_UINT(known);
    }
    if (p->n == 0)
        return leuko_fail(LEUKO_ERROR_ARGUMENT, error, "%s: has no image%s%s%s", path,
                          class ? " of class \"" : "", class ? class : "", class ? "\"" : "");
    return TRUE;
}

static gboolean use_pilot(LeukoStudyPlan *plan, const LeukoPlanStudyOptions *o, GError **error)
{
    g_autoptr(LeukoCsv) csv = leuko_csv_load(o->pilot, error);
    g_auto(Pilot) p = {0};
    if (!csv || !find_columns(&p, csv, o->pilot, error) ||
        !read_rows(&p, csv, o->pilot, o->pilot_class, error))
        return FALSE;
    guint hits = 0;
    for (guint i = 0; i < p.n; i++)
        hits += p.outcome[i] ? 1 : 0;
    plan->pilot_images = p.n;
    plan->pilot_groups = p.n_groups;
    plan->pilot_icc = leuko_intraclass_correlation(p.n, p.outcome, p.unit, p.n_groups);
    if (strcmp(o->figure, "auc") != 0)
        plan->pilot_value = (double)hits / p.n;
    if (isnan(plan->pilot_icc) && !o->icc)
        return leuko_fail(
            LEUKO_ERROR_ARGUMENT, error,
            "%s: the answers do not show how alike the cells of a patient are (%u of %u "
            "correct, %u %s); state the ICC",
            o->pilot, hits, p.n, p.n_groups, LEUKO_PLURAL(p.n_groups, "patient"));
    if (isnan(o->expected) && plan->pilot_value > 0 && plan->pilot_value < 1)
        plan->expected = plan->pilot_value;
    else if (isnan(o->expected))
        return leuko_fail(LEUKO_ERROR_ARGUMENT, error,
                          "%s: does not give a value to expect of the %s; state it", o->pilot,
                          o->figure);
    return TRUE;
}

/* --- the plan ------------------------------------------------------------------------------- */

static void fill_table(LeukoStudyPlan *plan)
{
    plan->patients = g_new(guint, (gsize)plan->n_icc * plan->n_cells);
    for (guint i = 0; i < plan->n_icc; i++)
        for (guint c = 0; c < plan->n_cells; c++) {
            const LeukoPlan one = {strcmp(plan->figure, "auc") == 0 ? LEUKO_PLAN_AUC
                                                                    : LEUKO_PLAN_PROPORTION,
                                   plan->expected, plan->cells[c], plan->icc[i], plan->ratio};
            plan->patients[i * plan->n_cells + c] = leuko_plan_patients(&one, plan->width);
        }
}

static double *copy_of(const double *values, guint n, guint *out_n)
{
    *out_n = n;
    return g_memdup2(values, sizeof *values * n);
}

LeukoStudyPlan *leuko_plan_study(const LeukoPlanStudyOptions *o, GError **error)
{
    if (!check_options(o, error))
        return NULL;
    g_autoptr(LeukoStudyPlan) plan = g_new0(LeukoStudyPlan, 1);
    plan->figure = g_strdup(o->figure);
    plan->expected = isnan(o->expected) ? DEFAULT_EXPECTED : o->expected;
    plan->width = o->width;
    plan->ratio = o->ratio;
    plan->pilot_value = plan->pilot_icc = NAN;
    if (o->pilot && !use_pilot(plan, o, error))
        return NULL;
    plan->cells = o->cells ? copy_of(o->cells, o->n_cells, &plan->n_cells)
                           : copy_of(SOME_CELLS, G_N_ELEMENTS(SOME_CELLS), &plan->n_cells);
    plan->icc = o->icc     ? copy_of(o->icc, o->n_icc, &plan->n_icc)
                : o->pilot ? copy_of(&plan->pilot_icc, 1, &plan->n_icc)
                           : copy_of(SOME_ICC, G_N_ELEMENTS(SOME_ICC), &plan->n_icc);
    fill_table(plan);
    return g_steal_pointer(&plan);
}

void leuko_study_plan_free(LeukoStudyPlan *plan)
{
    if (!plan)
        return;
    g_free(plan->figure);
    g_free(plan->cells);
    g_free(plan->icc);
    g_free(plan->patients);
    g_free(plan);
}

static json_t *pilot_json(const LeukoStudyPlan *plan)
{
    if (!plan->pilot_images)
        return json_null();
    return json_pack("{s:i, s:i, s:o, s:o}", "images", (int)plan->pilot_images, "groups",
                     (int)plan->pilot_groups, "value", leuko_json_real_or_null(plan->pilot_value),
                     "icc", leuko_json_real_or_null(plan->pilot_icc));
}

/* {"figure", "expected", "width", "ratio" (AUC), "pilot": {"images", "groups", "value", "icc"} or
 * null, "table": [{"icc", "cells", "patients"}], null for more than a million}. */
json_t *leuko_study_plan_json(const LeukoStudyPlan *plan)
{
    json_t *rows = json_array();
    for (guint i = 0; i < plan->n_icc; i++)
        for (guint c = 0; c < plan->n_cells; c++) {
            guint patients = plan->patients[i * plan->n_cells + c];
            json_array_append_new(rows, json_pack("{s:f, s:f, s:o}", "icc", plan->icc[i], "cells",
                                                  plan->cells[c], "patients",
                                                  patients ? json_integer(patients) : json_null()));
        }
    json_t *o = json_pack("{s:s, s:f, s:f}", "figure", plan->figure, "expected", plan->expected,
                          "width", plan->width);
    if (strcmp(plan->figure, "auc") == 0)
        json_object_set_new(o, "ratio", json_real(plan->ratio));
    json_object_set_new(o, "pilot", pilot_json(plan));
    json_object_set_new(o, "table", rows);
    return o;
}

gchar *leuko_study_plan_to_json(const LeukoStudyPlan *plan)
{
    g_autoptr(json_t) json = leuko_study_plan_json(plan);
    return leuko_json_to_line(json);
}
