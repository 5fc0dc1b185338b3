/* study/crossval-repeat.h: the held-out answers of one repeat of a cross-validation. */
#pragma once
#include "study/crossval.h"

G_BEGIN_DECLS

/* By scored image. An image that several pairs hold out has the mean of its answers, and the
 * decision of most. */
typedef struct {
    guint n;
    guint *records;      /* (n) of the data set, rising */
    gint *labels;        /* (n) */
    const char **groups; /* (n), borrowed */
    double *p;           /* (n, K) */
    gint *decisions;     /* (n) */
    double *shares;      /* (n) of positive images, from which the group is positive */
} LeukoRepeatAnswers;

/* repeat: from 0. Release with leuko_repeat_answers_clear(). */
void leuko_repeat_answers_init(LeukoRepeatAnswers *answers, const LeukoCrossvalResult *result,
                               guint repeat);
void leuko_repeat_answers_clear(LeukoRepeatAnswers *answers);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(LeukoRepeatAnswers, leuko_repeat_answers_clear)

/* The input of leuko_evaluate(); it borrows from the answers. */
LeukoEvalInput leuko_repeat_input(const LeukoCrossvalResult *result,
                                  const LeukoRepeatAnswers *answers);

G_END_DECLS
