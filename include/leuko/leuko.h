/* leuko/leuko.h: the whole API. Each header can also be included by itself.
 *
 *   answer.h    classify images: bytes, pixels or files in, classes and decisions out
 *   check.h     inspect a folder of images: counts, sizes, unreadable files, duplicates
 *   sort.h      split labeled images by group and write them as shards
 *   train.h     train a classifier on shards (not in the edge build)
 *   eval.h      evaluate a model on labeled images
 *   report.h    write a result as one page, and as JSON
 *   report-study.h  the same of cross-validations and comparisons (not in the edge build)
 *   compare.h   compare two models on the same images (not in the edge build)
 *   adapt.h     adapt a model to another laboratory (not in the edge build)
 *   crossval.h  cross-validate the training recipe (not in the edge build)
 *   run.h       from a folder of images to a model, in one call (not in the edge build)
 *   plan-study.h  how many patients a study needs (not in the edge build)
 *   stress.h    figures of a model on changed images, and controls (not in the edge build)
 *   freeze.h    write a model in a format that other programs read
 *   compile.h   compile a model to a graph that is ready to run, and check its answers (gate.h)
 *   verify.h    compare the answers of two models
 *   threshold-rule.h  how training chooses a decision threshold
 *   dataset.h   labeled images on disk
 *   model.h     a trained classifier: its classes and how it decides
 *   image.h     images in memory: decode, encode
 *   options.h   how a model is run: precision, threads, threshold
 *   progress.h  how a long job reports its progress
 *   error.h     the one error domain
 *   version.h   the version of headers and library
 *
 * The library prints nothing and ends no process; every failure is a GError of domain LEUKO_ERROR.
 * Research use only, not for diagnosis.
 */
#pragma once
#include "leuko/answer.h"
#include "leuko/check.h"
#include "leuko/compile.h"
#include "leuko/dataset.h"
#include "leuko/error.h"
#include "leuko/eval.h"
#include "leuko/folder.h"
#include "leuko/freeze.h"
#include "leuko/gate.h"
#include "leuko/image.h"
#include "leuko/model.h"
#include "leuko/options.h"
#include "leuko/precision.h"
#include "leuko/progress.h"
#include "leuko/report.h"
#include "leuko/sort.h"
#include "leuko/split.h"
#include "leuko/threshold-rule.h"
#include "leuko/verify.h"
#include "leuko/version.h"
#if __has_include("leuko/train.h") /* not in the edge build */
#include "leuko/adapt.h"
#include "leuko/compare.h"
#include "leuko/crossval.h"
#include "leuko/explain-set.h"
#include "leuko/explain.h"
#include "leuko/explanation.h"
#include "leuko/plan-study.h"
#include "leuko/report-study.h"
#include "leuko/run.h"
#include "leuko/stress.h"
#include "leuko/train.h"
#endif
