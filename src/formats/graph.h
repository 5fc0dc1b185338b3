/* formats/graph.h: AML.graph, a model compiled for running: batch norm folded, weights in the numbers
 * they run in, everything in one file that is memory-mapped and checked before it is used.
 *
 * The file is safetensors (formats/safetensors.h):
 *   1. __metadata__ "format": "leuko-graph"
 *   2. __metadata__ "leuko": what a model says of itself (formats/model-json.h) and
 *        "graph": {"format": 1, "precision": "fp32"|"bf16"|"int8", "isa": "any"|"vnni",
 *                  "layers": [...], "compiled": {...}}
 *      layers: every layer of inference in order of execution,
 *        {"name", "kind", "inputs": [indices], "kernel": [h, w], "stride", "pad": [h, w],
 *         "channels", "size": [h, w]} and for a convolution "relu" and "precision"
 *      compiled: how it was made and what the gate measured; carried, not interpreted
 *   3. tensors, for each convolution L of the trunk:
 *        fp32, bf16: InceptionV3/L/weights (kh, kw, ic, oc) F32 or BF16, InceptionV3/L/biases (oc) F32
 *        int8:       InceptionV3/L/weights (oc, ic, kh, kw) I8, or F32 where the layer was raised (then
 *                    it runs in bfloat16, in float32 on a processor without it),
 *                    InceptionV3/L/scales (oc) F32 unless raised, InceptionV3/L/biases (oc) F32,
 *                    InceptionV3/L/steps (oc) F32: of each channel of its 8-bit output
 *      and of the head InceptionV3/Logits/Conv2d_1c_1x1/{weights (1, 1, C, K), biases (K)} F32
 * Layouts are those of no processor in particular; the engine makes its own when it loads.
 */
#pragma once
#include "formats/model.h"
#include "leuko/precision.h"

G_BEGIN_DECLS

enum { LEUKO_GRAPH_FORMAT = 1 };

typedef struct {
    LeukoModel *model; /* params: fp32 and bf16: of the whole network, as float32; int8: the head */
    LeukoPrecision precision;
    gboolean vnni;             /* int8: for processors with VNNI only */
    guint n_convs;             /* int8: of the trunk, in order; else 0 */
    LeukoQuantizedConv *convs; /* into `bytes` or `owned` */
    json_t *compiled;          /* object, never NULL */
    GBytes *bytes;
    GPtrArray *owned;
} LeukoGraph;

/* `model` is taken over. */
LeukoGraph *leuko_graph_new(LeukoModel *model, LeukoPrecision precision);
void leuko_graph_free(LeukoGraph *graph);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoGraph, leuko_graph_free)

/* Open and check: the layers are those of the network described, each tensor is there with its type
 * and shape and none is left over, all numbers are finite, scales positive.
 * Errors: LEUKO_ERROR_IO; LEUKO_ERROR_FORMAT and LEUKO_ERROR_DATA with file and tensor;
 * LEUKO_ERROR_UNSUPPORTED (a later format; something else than a graph of ours, named).
 * Cost: about 10 ms for int8, 60 ms for fp32 with the file in cache. */
LeukoGraph *leuko_graph_load(const char *path, GError **error);
/* The same of bytes (a reference is taken). */
LeukoGraph *leuko_graph_parse(GBytes *bytes, const char *name, GError **error);
/* Whole or absent. Float graphs: model->params must have neutral batch norm (folded).
 * Errors: LEUKO_ERROR_IO. */
gboolean leuko_graph_save(const LeukoGraph *graph, const char *path, GError **error);

/* Load `path` if it is a graph of ours: the file is identified and parsed once. *is_graph FALSE:
 * it is another file or unreadable, NULL is returned and `error` is not set. *is_graph TRUE and NULL:
 * a broken graph; errors as for leuko_graph_load(). */
LeukoGraph *leuko_graph_load_if(const char *path, gboolean *is_graph, GError **error);

G_END_DECLS
