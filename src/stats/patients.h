/* stats/patients.h: figures of patients (groups) instead of images.
 *
 * A patient whose images have one class has that class. It is decided positive if the share of its
 * images that are decided positive is at least `share`. Patients are independent, so that Wilson's
 * and DeLong's intervals hold (stats/metrics.h, no groups).
 * Threads: no shared state; any thread.
 */
#pragma once
#include "stats/metrics.h"
#include "stats/units.h"

G_BEGIN_DECLS

/* The patients of an evaluation with two classes, one of them positive. */
typedef struct {
    guint n;         /* patients with images of one class */
    gint *labels;    /* (n) their class */
    double *shares;  /* (n) share of their images that are decided positive */
    double *limits;  /* (n) share from which each is positive: `share`, or that of its fold */
    guint n_mixed;   /* patients with images of both classes: without a class of their own */
    guint n_outside; /* images without a group */
} LeukoPatients;

/* units  leuko_units_new(input); free what *out holds with leuko_patients_clear() */
void leuko_patients_count(const LeukoEvalInput *input, const LeukoUnits *units, double share,
                          LeukoPatients *out);
void leuko_patients_clear(LeukoPatients *patients);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(LeukoPatients, leuko_patients_clear)

typedef struct {
    double share;     /* of positive images, from which a patient is positive */
    gboolean learned; /* on validation; FALSE: the default, a half */
    guint n;          /* patients with images of one class */
    guint n_mixed;    /* patients with images of both classes: without a class of their own */
    guint n_outside;  /* images without a group */
    LeukoEvaluation *figures; /* of the n patients, their share as probability; NULL: n is 0 */
} LeukoPatientFigures;

/* share  NAN: not learned
 * Returns NULL unless there are two classes, one of them positive, and groups; free with
 * leuko_patient_figures_free(). `input` must be one that leuko_evaluate() accepts. */
LeukoPatientFigures *leuko_evaluate_patients(const LeukoEvalInput *input, double share);
void leuko_patient_figures_free(LeukoPatientFigures *figures); /* NULL does nothing */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoPatientFigures, leuko_patient_figures_free)

/* {"share", "learned", "patients", "mixed", "images_outside", "figures": leuko_evaluation_to_json()
 * or null}; a new reference. */
json_t *leuko_patient_figures_to_json(const LeukoPatientFigures *figures);

G_END_DECLS
