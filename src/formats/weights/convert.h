/* formats/weights/convert.h: any file of weights to safetensors under slim's names. */
#pragma once
#include <glib.h>

typedef struct {
    gboolean imagenet_input;    /* the network was trained on images normalized with ImageNet's mean
                                and deviation: leuko_foreign_fold_imagenet() */
    double crop_fraction;       /* 0.01 to 1, the central part of each side that the model sees;
                                0: as the network's authors evaluate (torchvision, timm: 0.874) */
    const char *const *classes; /* names in order of the outputs, for a network of one output
                                   (sigmoid): negative, positive; NULL: the file's, or 0, 1, ... */
} LeukoConvertOptions;

typedef struct {
    gboolean is_model;        /* the weights have a classifier: the result is a model */
    gboolean unnamed;         /* its classes are numbers */
    gboolean transform_input; /* torchvision's names: the input is taken to be x / 127.5 - 1 */
    gboolean cropped;         /* its preprocessing crops because the network's authors do */
    GStrv notes;              /* what was found and what was made of it, lines for a person */
} LeukoConverted;

void leuko_converted_clear(LeukoConverted *converted);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(LeukoConverted, leuko_converted_clear)

/* Convert the file `in`, weights or a model, to `out`.
 * Errors  those of leuko_foreign_slim(), leuko_foreign_model() and leuko_model_save();
 *         LEUKO_ERROR_ARGUMENT: classes that are not as many as the outputs, empty or equal;
 *         classes or a crop for weights without a classifier */
gboolean leuko_weights_convert(const char *in, const char *out, const LeukoConvertOptions *options,
                               LeukoConverted *converted, GError **error);
