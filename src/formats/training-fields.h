/* formats/training-fields.h: the digests of training images in a protobuf message, as the field
 * "leuko_training_images" of a GraphDef or an ONNX ModelProto: the bytes as they are, an item for
 * each list, empty for a list without images. Its number is not one of TensorFlow's or ONNX's, and
 * every protobuf reader skips fields that it does not know.
 */
#pragma once
#include "formats/training-list.h"
#include <protobuf-c/protobuf-c.h>

/* The items, (lists->len), borrowed from the lists; g_free. NULL if no list has images. */
ProtobufCBinaryData *leuko_training_fields(const GPtrArray *lists);
/* Give the lists the images of `n` items, which are copied. None: the lists stay without.
 * Errors: LEUKO_ERROR_FORMAT (another number of items, or of bytes). */
gboolean leuko_training_fields_attach(GPtrArray *lists, const ProtobufCBinaryData *items, gsize n,
                                      const char *name, GError **error);
