/* formats/graph.h: AML.graph, a model compiled for inference: batch norm folded, weights in the
 * numeric types they run in, all in one file that is checked before use.
 *
 * The file is safetensors (formats/safetensors.h):
 *   1. __metadata__ "format": "leuko-graph"
 *   2. __metadata__ "leuko": the model's description (formats/model-json.h) and
 *        "graph": {"format": 1, "precision": "fp32"|"bf16"|"int8", "isa": "any"|"vnni",
 *                  "layers": [...], "compiled": {...}}
 *      layers: every layer of inference in order of execution,
 *        {"name", "kind", "inputs": [indices], "kernel": [h, w], "stride", "pad": [h, w],
 *         "channels", "size": [h, w]} and for a convolution "relu" and "precision"
 *      compiled: how the graph was compiled and the results of its gate; not interpreted
 *   3. tensors, for each convolution L of the trunk:
 *        fp32, bf16: InceptionV3/L/weights (kh, kw, ic, oc) F32 or BF16,
 *                    InceptionV3/L/biases (oc) F32
 *        int8:       InceptionV3/L/weights (oc, ic, kh, kw) I8, or F32 where the layer was raised
 *                    (it then runs in bf16, or in fp32 on a processor without bf16),
 *                    InceptionV3/L/scales (oc) F32 unless raised, InceptionV3/L/biases (oc) F32,
 *                    InceptionV3/L/steps (oc) F32: the step of each channel of the 8-bit output
 *      those of the training images (formats/training-list.h),
 *      and of the head InceptionV3/Logits/Conv2d_1c_1x1/{weights (1, 1, C, K), biases (K)} F32
 * The layouts do not depend on the processor; the engine converts them when it loads.
 */
#pragma once
#include "base/durable.h"
#include "formats/model.h"
#include "leuko/precision.h"

enum { LEUKO_GRAPH_FORMAT = 1 };

/* bf16 and fp32 graphs hold float32 parameters of the whole network; int8 graphs hold those of the
 * head, and `convs`. */
typedef struct {
    LeukoModel *model;
    LeukoPrecision precision;
    gboolean vnni;             /* int8: for processors with VNNI only */
    guint n_convs;             /* int8: convolutions of the trunk, in order; else 0 */
    LeukoQuantizedConv *convs; /* into `bytes` or `owned` */
    json_t *compiled;          /* object, never NULL */
    GBytes *bytes;
    GPtrArray *owned;
} LeukoGraph;

/* Takes ownership of `model`. */
LeukoGraph *leuko_graph_new(LeukoModel *model, LeukoPrecision precision);
void leuko_graph_free(LeukoGraph *graph);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoGraph, leuko_graph_free)

/* Open and check: the layers must be those of the described network. Each tensor must exist with
 * its type and shape, and there may be no other tensor. All values must be finite, and all scales
 * positive.
 * Errors: LEUKO_ERROR_IO; LEUKO_ERROR_FORMAT and LEUKO_ERROR_DATA with file and tensor;
 * LEUKO_ERROR_UNSUPPORTED (a later format, or another kind of file, named).
 * Cost: about 10 ms for int8, 60 ms for fp32 with the file in the page cache. */
LeukoGraph *leuko_graph_load(const char *path, GError **error);
/* The same over bytes (takes a reference); `name` is the file's in the messages. */
LeukoGraph *leuko_graph_parse(GBytes *bytes, const char *name, GError **error);
/* TRUE if the file says that it is a compiled graph, damaged or not; only its header is read. */
gboolean leuko_graph_is_graph(const char *path);
/* Load `path` if it is a compiled graph; the file is identified and parsed once.
 * is_graph  out: FALSE for another or an unreadable file; NULL is returned, `error` is not set
 * Errors    those of leuko_graph_load(), with *is_graph TRUE: a damaged graph */
LeukoGraph *leuko_graph_load_if(const char *path, gboolean *is_graph, GError **error);

/* Write the graph; the file appears whole or not at all. fp32, bf16: model->params must have
 * neutral batch norm (folded). Errors: LEUKO_ERROR_IO. */
gboolean leuko_graph_save(const LeukoGraph *graph, const char *path, GError **error);
/* The same, but the file gets its name only when the caller calls leuko_durable_commit(). */
LeukoDurable *leuko_graph_begin(const LeukoGraph *graph, const char *path, GError **error);
