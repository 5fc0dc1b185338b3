/* data/dataset-report.h: tells what a person should know of a folder of images. */
#pragma once
#include "leuko/dataset.h"
#include "leuko/progress.h"

/* Report the layout, unless it is a plain folder per class; the notes; and the number of skipped
 * files with an example. Nothing for shards. */
void leuko_dataset_report(const LeukoDataset *dataset, LeukoReporter reporter);
