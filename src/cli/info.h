/* cli/info.h: what `leuko info` tells, key by key; one teller per kind of file. */
#pragma once
#include "formats/model.h"
#include "formats/sniff.h"

void info_tell(const char *key, const char *format, ...) G_GNUC_PRINTF(2, 3);
gboolean info_has(const char *key);
/* A message without the file's name, which stands above it. */
const char *info_behind_path(const char *message, const char *path);
void info_tell_model(const LeukoModel *model);

/* Weights of anybody: how many, and unless a model says it itself, under whose names, complete to where, and what may
 * be done with them. A content that is not read is told as such; broken files are errors. */
gboolean info_weights(const char *path, gboolean is_model, GError **error);
gboolean info_torch(const char *path, LeukoFileKind kind, GError **error);
gboolean info_checkpoint(const char *path, GError **error);
gboolean info_onnx(const char *path, GError **error);
gboolean info_tfrecord(const char *path, GError **error);
gboolean info_archive(const char *path, GError **error);
gboolean info_headers(const char *path, LeukoFileKind kind, GError **error);
