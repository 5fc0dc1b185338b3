/* engine/speed-probe.h: measures how fast a reduced precision is on this processor, compared with
 * fp32.
 *
 * The probe runs small convolutions with the channels and kernels of Inception V3 (3x3 and 1x1),
 * one image on one thread, the fp32 algorithm being the one that the engine uses. fp32 and the
 * reduced precision take turns, and the fastest of several runs counts, in processor time of the
 * thread: other work on the machine changes the result little. Training is probed by its three
 * passes: forward, gradient of the data, gradient of the weights.
 * The ratio does not depend on the number of threads by more than the noise: every thread runs the
 * same kernels on images of its own.
 * Threads: no state; any thread. It measures, so the machine should not be overloaded.
 */
#pragma once
#include "leuko/precision.h"

typedef enum {
    LEUKO_SPEED_BF16,          /* inference in bf16 */
    LEUKO_SPEED_BF16_TRAINING, /* forward and backward in bf16 */
    LEUKO_SPEED_INT8,          /* inference in int8 */
    LEUKO_N_SPEEDS
} LeukoSpeedKind;

typedef struct {
    double ratio; /* speed by speed in fp32, 0.46: less than half as fast; 0: not possible here */
    gboolean steady; /* the two halves of the probe agree */
} LeukoSpeed;

const char *leuko_speed_name(LeukoSpeedKind kind); /* "bf16", "bf16 training", "int8" */

/* Measure. Takes 2 to 5 ms. If the halves of the probe disagree by more than a quarter, it measures
 * once more; if they still do, `steady` is FALSE and `ratio` the smaller of the two. */
LeukoSpeed leuko_speed_measure(LeukoSpeedKind kind);

/* The parts of leuko_speed_measure(). Compare a precision with fp32; int8 only without training. */
LeukoSpeed leuko_speed_compare(LeukoPrecision precision, gboolean training);
/* The result of two halves of a probe: seconds of fp32 and of the reduced precision in each. */
LeukoSpeed leuko_speed_judge(const double fp32_s[2], const double reduced_s[2]);
