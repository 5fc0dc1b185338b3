/* formats/describe-folder.h: describe a folder: shards, images, or the folder of a training run. */
#pragma once
#include <glib.h>
#include <jansson.h>

/* Replace "kind" and add the facts (formats/facts.h) of the folder.
 *   shards  labels; for each split its shards, images by class, groups, sizes; split.csv
 *   images  images, by class where folders or names give classes; skipped files
 *   run     checkpoint, network, model, log
 * Errors  LEUKO_ERROR_DATA: none of these; LEUKO_ERROR_IO; those of shards and tables */
gboolean leuko_folder_describe(const char *path, json_t *facts, GError **error);
