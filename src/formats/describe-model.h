/* formats/describe-model.h: facts (formats/facts.h) about a model and a compiled graph. */
#pragma once
#include "formats/graph.h"
#include "formats/model.h"

/* Network, classes, preprocessing, threshold, temperature and provenance. */
void leuko_model_describe(const LeukoModel *model, json_t *facts);
/* Precision, raised convolutions, gate and compilation, then the facts about the model. */
void leuko_graph_describe(const LeukoGraph *graph, json_t *facts);
