/* train/schedule.h: the learning rate at each step of a training run. */
#pragma once
#include <glib.h>

typedef enum { LEUKO_CONSTANT, LEUKO_STAIRCASE, LEUKO_COSINE } LeukoScheduleKind;

/* Learning rate at step s (from 0):
 *   CONSTANT   rate
 *   STAIRCASE  rate factor^floor(s / every)
 *   COSINE     half a cosine from rate to rate last_share, from the end of the warm-up to n_steps
 * While s < warm_up, the rate is multiplied by (s + 1) / warm_up. */
typedef struct {
    LeukoScheduleKind kind;
    double rate, factor, last_share;
    guint64 n_steps, warm_up, every; /* in steps; every >= 1 for STAIRCASE */
} LeukoSchedule;

double leuko_schedule_rate(const LeukoSchedule *schedule, guint64 step);
