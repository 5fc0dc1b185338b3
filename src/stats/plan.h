/* stats/plan.h: how many patients a study needs for a 95 % interval of a wanted width.
 *
 * Cells of one patient resemble each other. With m cells of each patient and an intraclass
 * correlation icc (the share of the variance that lies between patients), n cells are worth
 * n / (1 + (m - 1) icc) independent ones: the design effect, Kish 1965; Donner and Klar 2000.
 * Threads: no shared state; any thread.
 */
#pragma once
#include <glib.h>

G_BEGIN_DECLS

typedef enum { LEUKO_PLAN_PROPORTION, LEUKO_PLAN_AUC } LeukoPlanFigure;

typedef struct {
    LeukoPlanFigure figure;
    double expected; /* value of the figure, between 0 and 1; of an AUC from 0.5 */
    double cells;    /* of each patient, >= 1 */
    double icc;      /* 0 to 1 */
    double ratio;    /* AUC: negative patients for each positive one, > 0 */
} LeukoPlan;

/* The width of the interval that `patients` (of the figure's class; of an AUC the positive ones)
 * are expected to give: Wilson's for a proportion, the logit one with Hanley and McNeil's variance
 * (1982) for an AUC; with Student's t of patients - 1. 1 for fewer than 2 patients. */
double leuko_plan_width(const LeukoPlan *plan, guint patients);
/* The fewest patients whose interval is at most `width` wide, at least LEUKO_MIN_GROUPS; 0: more
 * than LEUKO_PLAN_MOST. */
guint leuko_plan_patients(const LeukoPlan *plan, double width);
#define LEUKO_PLAN_MOST 1000000

/* Intraclass correlation of n outcomes (0 or 1) in n_units units, by the analysis of variance
 * estimator (Donner and Koval 1980), not below 0.
 * unit  (n) 0..n_units-1; each unit has a record
 * NAN: fewer than two units, one record in each, or equal outcomes in all. */
double leuko_intraclass_correlation(guint n, const gboolean *outcome, const guint *unit,
                                    guint n_units);

G_END_DECLS
