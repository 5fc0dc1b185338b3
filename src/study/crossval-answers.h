/* study/crossval-answers.h: what a fold of a cross-validation gives, and its file.
 *
 * The file of a fold, fold-REPEAT-FOLD.json, is a JSON object:
 *   1. "format" 1; "identity": of the cross-validation that it belongs to
 *   2. "repeat", "fold", from 1
 *   3. "n_training", "inner_folds", "strong_l2"
 *   4. "l2", "shrinkage", "threshold", "patient_share": numbers as text with 17 digits, "nan": none
 *   5. "held": indices of the held-out records; "probabilities": K texts for each, one list
 * Numbers are texts, so that a run that reads the file gives the same bytes as one that wrote it.
 */
#pragma once
#include "study/crossval-folds.h"

G_BEGIN_DECLS

typedef struct {
    guint n_training;     /* images, with augmented copies */
    guint n_held;         /* scored images */
    guint *held;          /* (n_held) records, rising */
    double *p;            /* (n_held, K) probabilities of the held-out images */
    double shrinkage;     /* of a discriminant, else NAN; both NAN: a trained network */
    double l2;            /* of a logistic head, else NAN */
    double threshold;     /* NAN: the class of the largest probability */
    double patient_share; /* NAN: not learned */
    guint inner_folds;    /* that chose the settings; 0: nothing was chosen */
    gboolean strong_l2;   /* too few groups to choose l2: the strongest */
} LeukoFoldAnswers;

void leuko_fold_answers_free(LeukoFoldAnswers *answers); /* NULL does nothing */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoFoldAnswers, leuko_fold_answers_free)

/* Write the file of a fold. Errors: LEUKO_ERROR_IO. */
gboolean leuko_fold_answers_save(const LeukoFoldAnswers *answers, const char *folder,
                                 const LeukoFold *fold, const char *identity, guint n_classes,
                                 GError **error);

/* Read it. *answers is NULL if there is no file.
 * held    (n_held) the records that the fold holds out
 * Errors: LEUKO_ERROR_DATA: the file belongs to another cross-validation; LEUKO_ERROR_FORMAT,
 * LEUKO_ERROR_IO. */
gboolean leuko_fold_answers_load(const char *folder, const LeukoFold *fold, const char *identity,
                                 const guint *held, guint n_held, guint n_classes,
                                 LeukoFoldAnswers **answers, GError **error);

/* Remove the files and folders of all folds from a run folder. Errors: LEUKO_ERROR_IO. */
gboolean leuko_fold_answers_discard(const char *folder, GError **error);
/* The folder in which the network of a fold is trained; g_free. */
gchar *leuko_fold_run_folder(const char *folder, const LeukoFold *fold);
/* Remove it with its files. Errors: LEUKO_ERROR_IO. */
gboolean leuko_fold_run_discard(const char *folder, const LeukoFold *fold, GError **error);

G_END_DECLS
