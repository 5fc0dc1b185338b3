/* hdf5/keras.h: read the tensors of a Keras HDF5 file and answer them one by one (hdf5/answer.h).
 * Any error ends the process with a refusal, unless libhdf5 crashes first.
 *
 * Legacy (Keras 1 and 2, and model.save("x.h5") of Keras 3), in the root or in its group
 * "model_weights":
 *   1. attribute layer_names: the layers, a group each
 *   2. per group, attribute weight_names: the data sets' paths in it ("conv2d_1/kernel:0")
 *      Lists that are too long for one attribute are weight_names0, weight_names1, ...
 * Keras 3's (and tf-keras's) .weights.h5: groups "layers/LAYER", nested as the models are, each
 * with "vars/0", "vars/1", ... LAYER is the class's name in snake case, numbered. What stands for
 * "vars/N" is told from that: convolutions and dense layers kernel, bias; batch norm gamma, beta
 * (either may be missing), moving_mean, moving_variance. Others stay "vars/N". bfloat16 is opaque,
 * 2 bytes, with an attribute dtype that says so.
 * Source: Keras legacy/saving/legacy_h5_format.py, saving/saving_lib.py.
 *
 * Not followed: soft and external links, external storage, virtual data sets. Compression: deflate,
 * shuffle, Fletcher's checksum. Groups to MAX_DEPTH, MAX_LINKS in all; values as
 * leuko_keras_max_values().
 */
#pragma once
#include <stdint.h>

void keras_prepare(void); /* initialize libhdf5 before the limits are set */
void keras_answer(void *file, uint64_t n_bytes);
