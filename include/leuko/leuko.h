/* leuko/leuko.h: the whole API. Each header can also be included by itself.
 *
 *   answer.h    classify images: bytes, pixels or files in, classes and decisions out
 *   model.h     a trained classifier: its classes and how it decides
 *   options.h   how a model is run: precision, threads, threshold
 *   image.h     images in memory: decode, encode
 *   dataset.h   labeled images on disk
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
#include "leuko/dataset.h"
#include "leuko/error.h"
#include "leuko/eval.h"
#include "leuko/image.h"
#include "leuko/model.h"
#include "leuko/options.h"
#include "leuko/precision.h"
#include "leuko/progress.h"
#include "leuko/sort.h"
#include "leuko/split.h"
#include "leuko/train.h"
#include "leuko/version.h"
