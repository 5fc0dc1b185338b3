/* leuko/leuko.h: what a program needs that asks a model: images, sessions, decisions.
 *
 * Training, data sets and the making of graphs have headers of their own beside this one.
 * The library prints nothing and ends no process; every failure is a GError of domain LEUKO_ERROR.
 * Research use only, not for diagnosis.
 */
#pragma once
#include "leuko/classifier.h"
#include "leuko/error.h"
#include "leuko/graph.h"
#include "leuko/image.h"
#include "leuko/metrics.h"
#include "leuko/model.h"
#include "leuko/preprocess.h"
#include "leuko/session.h"
