/* engine/precision-choice.h: the rule behind leuko_precision_choose() (leuko/precision.h). */
#pragma once
#include "leuko/precision.h"
#include "leuko/progress.h"

/* What the rule depends on. */
typedef struct {
    gboolean has_bf16;
    const char *isa; /* instruction set in use, for the reason */
    double speed;    /* of bf16 by the speed of fp32; 0: it could not be measured */
} LeukoPrecisionFacts;

/* bf16 if it is at least LEUKO_MIN_SPEEDUP times as fast, else fp32. out->note is NULL. */
void leuko_precision_decide(const LeukoPrecisionFacts *facts, LeukoPrecisionChoice *out);

/* Report the note, if any, and "precision: fp32 (REASON)" as lines of the log. */
void leuko_precision_choice_report(const LeukoPrecisionChoice *choice, LeukoReporter reporter,
                                   const char *phase);
