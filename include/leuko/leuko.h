/* leuko/leuko.h: everything a program needs that asks a model.
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
