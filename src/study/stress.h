/* study/stress.h: the result of a stress test, as modules inside Leuko see it (leuko/stress.h). */
#pragma once
#include "base/json.h"
#include "data/file-table.h"
#include "eval/eval-job.h"
#include "image/perturb.h"
#include "leuko/stress.h"
#include "stats/paired.h"

G_BEGIN_DECLS

/* A condition and what was measured under it. */
typedef struct {
    const LeukoPerturbInfo *info; /* NULL: the clean images */
    LeukoPerturbation change;
    LeukoEvalResult *result;
    LeukoPaired *paired;      /* changes against the clean images; NULL of these */
    LeukoDifference referred; /* the same of the share referred; name NULL: none */
} LeukoStressRow;

typedef struct {
    LeukoStressControl shown; /* its sentence and title are those below */
    gchar *title, *sentence;
} LeukoStressControlRow;

struct LeukoStressResult {
    GPtrArray *rows;     /* of LeukoStressRow, the clean images first */
    GPtrArray *controls; /* of LeukoStressControlRow */
    GArray *limits;      /* of LeukoStressLimit */
    GPtrArray *notes;    /* of gchar *, NULL-terminated */
    gchar *figure;
    double limit, box;
    guint n_all;
    guint64 seed;
};

/* Which of the conditions and controls `only` names. */
typedef struct {
    gboolean kinds[LEUKO_N_PERTURBATIONS];
    gboolean background, permuted, laboratories;
    gboolean named; /* `only` was given: a control that cannot be run is then an error */
} LeukoStressChoice;

/* Errors: LEUKO_ERROR_ARGUMENT, an unknown name. */
gboolean leuko_stress_choose(const char *only, LeukoStressChoice *choice, GError **error);

/* What the parts of a run share; borrowed. */
typedef struct {
    const LeukoStressOptions *options;
    LeukoStressChoice choice;
    const char *model_path;
    LeukoEvalJob *eval;
    LeukoStressResult *result;
    LeukoFileTable *laboratories; /* of the images; NULL: none, or by an expression */
    LeukoReporter reporter;
    GCancellable *cancellable;
} LeukoStressRun;

/* Report a line, and keep it as a note. */
void leuko_stress_note(const LeukoStressRun *run, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* Fill result->rows and ->limits. */
gboolean leuko_stress_conditions(LeukoStressRun *run, GError **error);
/* The difference of a condition by its name; NULL: none. */
const LeukoDifference *leuko_stress_difference(const LeukoStressRow *row, const char *name);
/* Compute the changes of a row against the clean row. */
gboolean leuko_stress_compare(const LeukoEvalJob *job, const LeukoStressRow *clean,
                              LeukoStressRow *row, GError **error);
/* Fill result->limits from the rows. */
void leuko_stress_find_limits(LeukoStressResult *result);
/* Fill result->controls. */
gboolean leuko_stress_controls(LeukoStressRun *run, GError **error);

json_t *leuko_stress_result_json(const LeukoStressResult *result); /* new reference */

G_END_DECLS
