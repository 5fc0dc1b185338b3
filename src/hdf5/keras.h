/* hdf5/keras.h: read the tensors of a Keras HDF5 file and answer them one by one (hdf5/answer.h).
 * An error ends the process with a refusal.
 *
 * Legacy layout (Keras 1 and 2, and model.save("x.h5") of Keras 3), in the root group or in its
 * group "model_weights":
 *   1. attribute "layer_names": a list of the layers; each is a group
 *   2. in each group, attribute "weight_names": a list of the data sets' paths in the group
 *      ("conv2d_1/kernel:0")
 *   3. a list that is too long for one attribute is split: weight_names0, weight_names1, ...
 * Layout of .weights.h5 (Keras 3, tf-keras):
 *   1. groups "layers/LAYER"; a model inside a model is a LAYER that contains "layers" again.
 *      LAYER is the name of the layer's class in snake case with a number ("conv2d_12")
 *   2. in each, data sets "vars/0", "vars/1", ... The class gives their names. Convolution and
 *      dense: kernel, bias. Batch norm: gamma, beta (either may be missing), moving_mean,
 *      moving_variance. In other layers the name stays "vars/N"
 *   3. bfloat16 is an opaque type of 2 bytes with the attribute dtype = "bfloat16"
 * Source: Keras legacy/saving/legacy_h5_format.py, saving/saving_lib.py.
 *
 * Refused: soft and external links, external storage, virtual data sets, compression other than
 * deflate (with or without shuffle and Fletcher's checksum).
 * Limits: 16 nested groups, 65536 links, 65536 tensors, leuko_keras_max_values() values.
 */
#pragma once
#include <stdint.h>

/* Initialize libhdf5; call it before the process limits its memory and system calls. */
void keras_prepare(void);
/* Read the file (n_bytes in memory, which libhdf5 may not change) and write the answer. */
void keras_answer(void *file, uint64_t n_bytes);
