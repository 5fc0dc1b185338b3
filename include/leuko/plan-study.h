/* leuko/plan-study.h: how many patients a study needs for a 95 % interval of a wanted width.
 *
 *     LeukoPlanStudyOptions o = leuko_plan_study_options_default();
 *     o.expected = 0.95;
 *     g_autoptr(LeukoStudyPlan) plan = leuko_plan_study(&o, &error);
 *     for (guint c = 0; plan && c < plan->n_cells; c++)
 *         printf("%g cells each: %u patients\n", plan->cells[c], plan->patients[c]);
 *
 * Cells of one patient resemble each other: their intraclass correlation (ICC) is the share of the
 * variance that lies between patients. It comes from a pilot, or a table over several is made.
 * Source of the formulas: stats/plan.h.
 */
#pragma once
#include <glib.h>

G_BEGIN_DECLS

/* Start from leuko_plan_study_options_default(); later versions may add members. */
typedef struct {
    const char *figure;  /* "sensitivity", "specificity", "accuracy" or "auc" */
    double expected;     /* value of the figure, between 0 and 1; an AUC from 0.5; NAN: the pilot's,
                           without a pilot 0.9 */
    double width;        /* of the whole interval, between 0 and 1 */
    double ratio;        /* AUC: negative patients for each positive one */
    const double *cells; /* (n_cells) cells of each patient, each >= 1; NULL: several */
    guint n_cells;
    const double *icc; /* (n_icc), each 0 to 1; NULL: the pilot's, without a pilot several */
    guint n_icc;
    const char *pilot;       /* table of answers as leuko_eval_result_to_csv() writes it, or NULL */
    const char *pilot_class; /* sensitivity, specificity, AUC: the class of the pilot whose images
                                count */
} LeukoPlanStudyOptions;

/* Sensitivity 0.9 with an interval of width 0.1, no pilot. */
LeukoPlanStudyOptions leuko_plan_study_options_default(void);

typedef struct {
    gchar *figure;
    double expected, width, ratio;
    guint n_cells, n_icc;
    double *cells, *icc; /* (n_cells), (n_icc) */
    guint *patients;     /* (n_icc, n_cells); of the figure's class, of an AUC the positive
                                        ones; 0: more than a million */
    guint pilot_images, pilot_groups; /* 0: no pilot */
    double pilot_value;               /* of the figure; NAN for an AUC */
    double pilot_icc;                 /* NAN: not estimable */
} LeukoStudyPlan;

/* Returns a new plan, free with leuko_study_plan_free(); NULL on an error.
 * Errors: LEUKO_ERROR_ARGUMENT: a value out of its range, a class that the pilot lacks, or a pilot
 * that does not allow an estimate; LEUKO_ERROR_FORMAT and LEUKO_ERROR_IO of the pilot's file. */
LeukoStudyPlan *leuko_plan_study(const LeukoPlanStudyOptions *options, GError **error);
void leuko_study_plan_free(LeukoStudyPlan *plan); /* NULL does nothing */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoStudyPlan, leuko_study_plan_free)

/* The plan as a JSON object, g_free. */
gchar *leuko_study_plan_to_json(const LeukoStudyPlan *plan);

G_END_DECLS
