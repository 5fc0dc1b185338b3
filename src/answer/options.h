/* answer/options.h: the ranges of the options of a classifier. */
#pragma once
#include "leuko/options.h"

G_BEGIN_DECLS

/* Errors: LEUKO_ERROR_ARGUMENT (a value is out of the range given in leuko/options.h). */
gboolean leuko_classifier_options_check(const LeukoClassifierOptions *options, GError **error);

G_END_DECLS
