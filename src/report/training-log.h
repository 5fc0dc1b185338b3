/* report/training-log.h: the files that tell how a training goes: train.jsonl (report/run-log.h) and
 * TensorBoard's events (report/events.h), written into the run folder as the events of a training
 * come in.
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

/* Events that write to `log`, which must outlive the training. A file that cannot be written stops the
 * training: LEUKO_ERROR_IO; LEUKO_ERROR_FORMAT for a train.jsonl that is not such a log. */
LeukoTrainEvents leuko_training_log_events(LeukoTrainingLog *log);
