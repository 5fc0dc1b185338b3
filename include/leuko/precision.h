/* leuko/precision.h: the numbers that a network is stored and run in, and how a job chooses them.
 *
 * LEUKO_PRECISION_AUTO, the default of training, evaluation and classification, stands for fp32
 * unless bf16 is at least LEUKO_MIN_SPEEDUP times as fast on this processor. This is measured once
 * (some milliseconds) and cached for the processor, its instruction set in use and the version of
 * oneDNN, in $LEUKO_CACHE or in leuko/speed in the user's cache folder.
 */
#pragma once
#include <glib.h>

G_BEGIN_DECLS

typedef enum { LEUKO_FP32, LEUKO_BF16, LEUKO_INT8, LEUKO_PRECISION_AUTO } LeukoPrecision;

const char *leuko_precision_name(LeukoPrecision precision); /* "fp32", "bf16", "int8", "auto" */
/* *out of "fp32", "bf16" or "int8", the precisions of files and programs.
 * Errors: LEUKO_ERROR_ARGUMENT: another text. */
gboolean leuko_precision_parse(const char *text, LeukoPrecision *out, GError **error);

#define LEUKO_MIN_SPEEDUP 1.15

/* What the precision is for. */
typedef enum {
    LEUKO_WORK_INFERENCE,
    LEUKO_WORK_TRAINING, /* forward and backward */
} LeukoWork;

/* A precision and why it was chosen. */
typedef struct {
    LeukoPrecision precision; /* never LEUKO_PRECISION_AUTO */
    double speed;             /* of bf16 by the speed of fp32 on this processor; 0: not measured */
    gchar *reason;            /* "bf16 is 0.46 times as fast as fp32 on this processor" */
    gchar *note;              /* a line for the user about the cache of measured speeds, or NULL */
} LeukoPrecisionChoice;

void leuko_precision_choice_clear(LeukoPrecisionChoice *choice);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(LeukoPrecisionChoice, leuko_precision_choice_clear)

/* Choose the precision of a job. `asked` is taken as it is unless it is LEUKO_PRECISION_AUTO. This
 * is the one place where a precision is chosen: a job calls it once and hands the result down. A
 * job of several processes calls it in the first one (rank 0) and sends the result to the others.
 * Threads: any. Cost: nothing on a processor without bf16; else below 1 ms with the cache, and some
 * milliseconds the first time. */
void leuko_precision_choose(LeukoPrecision asked, LeukoWork work, LeukoPrecisionChoice *out);

G_END_DECLS
