/* leuko/freeze.h: write a trained model in a format that other programs read.
 *
 * The ending of the output's name chooses the format:
 *   .pb           TensorFlow GraphDef, batch norm as in tf-slim; FILE.pb.json beside it
 *   .onnx         ONNX graph, opset 13
 *   .ckpt         TensorFlow V2 checkpoint: FILE.ckpt.index, .data-00000-of-00001 and .json
 *   .safetensors  a model again, under slim's or torchvision's names
 * A .json beside the output holds what the format cannot: classes, preprocessing, threshold. Leuko
 * reads all of them back as the model that they were. Every file appears whole or not at all.
 */
#pragma once
#include <glib.h>

G_BEGIN_DECLS

typedef enum {
    LEUKO_FREEZE_GRAPHDEF,
    LEUKO_FREEZE_ONNX,
    LEUKO_FREEZE_CHECKPOINT,
    LEUKO_FREEZE_SAFETENSORS
} LeukoFreezeFormat;

/* All zero, but batch 1, are the defaults: leuko_freeze_options_default(). */
typedef struct {
    guint batch;       /* .pb: images that the input takes, 0 = any number, at most 4096 */
    gboolean half;     /* .safetensors: convolution weights as float16, about 3 digits */
    const char *names; /* .safetensors: "slim" or "torchvision"; NULL = slim */
    gboolean with_preprocessing; /* .onnx: the input takes bytes, and the graph prepares them */
    gboolean strip_provenance;   /* leave out how the model was trained; evaluation can then not
                                    recognize training images */
} LeukoFreezeOptions;
LeukoFreezeOptions leuko_freeze_options_default(void);

/* What was written. */
typedef struct {
    LeukoFreezeFormat format;
    guint n_variables;  /* constants that were variables in training; tensors of the model */
    const char *input;  /* name of the graph's input, NULL without a graph; static */
    const char *output; /* name of the graph's output (probabilities); static */
    guint side_px;      /* of the square images that the network takes */
    guint n_classes;    /* K, the columns of the output */
    gboolean pool_includes_padding; /* average pools count padding, as torchvision's do */
    /* How probabilities follow from logits: softmax(logits / temperature), and then a map of the
     * calibration. A .pb has the temperature and an .onnx both; in the other formats, and for the
     * map of a .pb, only Leuko applies them. */
    double temperature;
    gboolean has_map;
    guint64 n_bytes;  /* of FILE; of a checkpoint's data */
    const char *note; /* what is unknown about the model's classes and preprocessing, or NULL;
                         never freed */
} LeukoFreezeReport;

/* Check the output's name and the options without reading a model; *format (or NULL) is the format.
 * Errors: LEUKO_ERROR_ARGUMENT: an unknown ending, or an option that the format does not have. */
gboolean leuko_freeze_check(const char *out, const LeukoFreezeOptions *options,
                            LeukoFreezeFormat *format, GError **error);

/* Load the model at `path` (leuko_model_load()) and write it to `out`.
 * options  NULL: the defaults
 * report   out, or NULL
 * Errors   as for leuko_freeze_check() and leuko_model_load(); LEUKO_ERROR_IO; LEUKO_ERROR_ARGUMENT
 *          also if a checkpoint's prefix is an existing file; LEUKO_ERROR_UNSUPPORTED (a graph of
 *          more than 2 GiB) */
gboolean leuko_freeze(const char *path, const char *out, const LeukoFreezeOptions *options,
                      LeukoFreezeReport *report, GError **error);

G_END_DECLS
