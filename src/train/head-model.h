/* train/head-model.h: makes a model from the layers up to an endpoint and a fitted head. */
#pragma once
#include "formats/model.h"
#include "train/head.h"
#include "train/start.h"

/* The head of a model, as leuko_head_fold() wrote it; leuko_head_free(). */
LeukoHead *leuko_head_model_head(const LeukoModel *model);

/* Copies the parameters of the layers up to the endpoint from `start`.
 * classes   K names, NULL-terminated
 * positive  index of the positive class, or -1
 * Errors    LEUKO_ERROR_DATA   a parameter is missing or has the wrong shape */
LeukoModel *leuko_head_model_new(const LeukoStart *start, const LeukoHead *head,
                                 const gchar *const *classes, gint positive, GError **error);
