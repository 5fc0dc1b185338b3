/* report/training-log.h: write the events of a training to its run folder: train.jsonl
 * (report/run-log.h) and TensorBoard's event files (report/events.h).
 *
 *   LeukoTrainingLog *log = leuko_training_log_new();
 *   LeukoTrainEvents events = leuko_training_log_events(log);
 *
 * Threads: one object, one thread at a time.
 */
#pragma once
#include "leuko/train-types.h"

typedef struct LeukoTrainingLog LeukoTrainingLog;

LeukoTrainingLog *leuko_training_log_new(void);
void leuko_training_log_free(LeukoTrainingLog *log); /* NULL does nothing */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoTrainingLog, leuko_training_log_free)

/* The functions that write to `log`, which must outlive the training. They fail, and so stop the
 * training, with LEUKO_ERROR_IO, or LEUKO_ERROR_FORMAT for a train.jsonl that is not such a log. */
LeukoTrainEvents leuko_training_log_events(LeukoTrainingLog *log);
