/* engine/program-options.h: options of a program. */
#pragma once
#include "leuko/precision.h"

typedef struct {
    LeukoPrecision precision;
    guint batch; /* N, 1 to 256: the maximum number of images per run; smaller runs are allowed */
    guint n_threads; /* 0: all processors that this process may use. The images of a run are divided
                        among the threads; if N < n_threads, several threads work on each image */
} LeukoProgramOptions;
