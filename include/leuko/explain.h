/* leuko/explain.h: where in an image a model sees its class: heat maps and overlays.
 *
 *     g_autoptr(GError) error = NULL;
 *     g_autoptr(LeukoExplainer) e = leuko_explainer_open("cells.safetensors", NULL, &error);
 *     g_autoptr(LeukoImage) image = e ? leuko_image_load("cell.jpg", &error) : NULL;
 *     g_autoptr(LeukoExplanation) x =
 *         image ? leuko_explainer_explain(e, image, "cell", LEUKO_EXPLAIN_ANSWER, &error) : NULL;
 *     g_autoptr(LeukoImage) overlay = x ? leuko_explanation_overlay(x, image, 0.6, &error) : NULL;
 *
 * A map explains the score of a class: its logit minus the mean of the other classes' logits. With
 * two classes, the score is the log odds before calibration. A vector that is added to the weights
 * of all classes changes no probability, and it does not change the score either.
 *
 * - Class activation map (of the last endpoint; Zhou et al. 2016, arXiv 1512.04150): the logits are
 *   linear in the average-pooled endpoint, so the score is exactly the mean of the map. Each
 *   position has the score that the classifier gives to the features of this position alone.
 * - Gradient-weighted map (of an earlier endpoint; Grad-CAM, Selvaraju et al. 2017,
 *   arXiv 1610.02391): the endpoint's channels, weighted by the mean gradient of the score. Finer,
 *   but its values do not add up to the score. The method's ReLU is left to the reader of the map,
 *   who also sees what speaks against the class.
 * - A model with several views (orientations) answers by their mean. Its map is the mean of the
 *   views' maps, each turned back.
 *
 * A map says where the evidence is, not whether it is right. Research use only, not for diagnosis.
 * Shapes: an image has H x W pixels; a map has rows x columns positions.
 * Threads: one thread at a time per explainer; explanations are constant.
 */
#pragma once
#include "leuko/explanation.h"

G_BEGIN_DECLS

#define LEUKO_EXPLAIN_ANSWER (-1) /* the class that the model answers */

/* Start from leuko_explain_options_default(); later versions may add members. */
typedef struct {
    const char *endpoint; /* "Mixed_6e", ...; NULL: the model's last */
    guint n_views;        /* 1, 2, 4 or 8; 0: the model's */
    guint n_threads;      /* 0: one per processor */
    double threshold;     /* of the answer; NAN: the model's */
} LeukoExplainOptions;
LeukoExplainOptions leuko_explain_options_default(void);

typedef struct LeukoExplainer LeukoExplainer;

/* path     a model (.safetensors, .pb, .onnx) or a compiled graph. Models run in fp32, a compiled
 *          graph in its own precision
 * options  copied; NULL: the default
 * Errors: those of leuko_classifier_open(); LEUKO_ERROR_ARGUMENT: an option is out of its range, or
 * the model has no such endpoint; LEUKO_ERROR_UNSUPPORTED: an earlier endpoint of an int8 graph,
 * which has no gradients.
 * Cost: that of leuko_classifier_open(); with an earlier endpoint also the memory to train the
 * layers after it with one image. */
LeukoExplainer *leuko_explainer_open(const char *path, const LeukoExplainOptions *options,
                                     GError **error);
/* The same for a model in memory, which is borrowed and must outlive the explainer. */
LeukoExplainer *leuko_explainer_new(const LeukoModel *model, const LeukoExplainOptions *options,
                                    GError **error);
void leuko_explainer_free(LeukoExplainer *explainer); /* NULL does nothing */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoExplainer, leuko_explainer_free)

const LeukoModel *leuko_explainer_model(const LeukoExplainer *explainer); /* borrowed */
/* The endpoint that the maps are made of, "Mixed_7a"; borrowed. */
const char *leuko_explainer_endpoint(const LeukoExplainer *explainer);
/* TRUE: class activation maps, which are exact; FALSE: gradient-weighted maps. */
gboolean leuko_explainer_is_exact(const LeukoExplainer *explainer);
/* Why the maps may say little about the place: a grid of fewer than 5 x 5 positions, each of which
 * sees most of the image. One line, owned by the explainer; NULL: there is no reason. */
const char *leuko_explainer_caution(const LeukoExplainer *explainer);

/* Explain one image. The explainer must outlive the explanation, which borrows the classes' names.
 * name         becomes answer->file
 * class_index  0..K-1, or LEUKO_EXPLAIN_ANSWER
 * Errors: LEUKO_ERROR_ARGUMENT (no such class), LEUKO_ERROR_DATA (the network's outputs are not
 * finite numbers), LEUKO_ERROR_MEMORY.
 * Cost: one run of the network for each view; with an earlier endpoint also a forward and backward
 * pass of the layers after it. */
LeukoExplanation *leuko_explainer_explain(LeukoExplainer *explainer, const LeukoImage *image,
                                          const char *name, gint class_index, GError **error);

G_END_DECLS
