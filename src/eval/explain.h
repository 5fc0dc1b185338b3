/* eval/explain.h: what the explanation of a data set needs of an explainer (leuko/explain.h). */
#pragma once
#include "answer/runnable.h"
#include "leuko/explain.h"

/* The network's input (3, S, S) of the last image, in [-1, 1]; borrowed. */
const float *leuko_explainer_input(const LeukoExplainer *explainer);
/* Digest of the model, as in the ledger; borrowed. Only of an explainer of a file. */
const char *leuko_explainer_digest(LeukoExplainer *explainer);
/* Place the map as on the network's input, S x S, instead of the explained image. */
void leuko_explainer_place_on_input(const LeukoExplainer *explainer, LeukoExplanation *x);
