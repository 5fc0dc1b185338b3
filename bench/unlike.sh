#!/usr/bin/env bash
# usage: unlike.sh LEUKO SHARED [FOLDER...]
# How far images of other laboratories, other kinds of image and noise lie from the classes of a head trained on
# SHARED/data/pbc_dev (default FOLDERs: the other data sets of SHARED). Prints for each folder the share of images that
# the model calls unlike its training images, and the area under the ROC curve of the distance against images of the test
# split. Needs python3-opencv. Takes about a minute.
set -euo pipefail
leuko=$(realpath "$1") shared=$(realpath "$2")
shift 2
[ $# -gt 0 ] || set -- "$shared"/data/{chula_cells,bcisc,cnmc_dev,fields_bccd}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
"$leuko" sort "$shared/data/pbc_dev" --out shards --validation 0.3 --test 0.2 >log 2>&1
"$leuko" train shards --model m.safetensors >log 2>&1
/usr/bin/python3 - "$shared/data/pbc_dev" <<'P'
import csv, os, shutil, sys
import cv2
import numpy as np

os.mkdir("test")
for row in csv.DictReader(open("shards/split.csv")):
    if row["split"] == "test":
        shutil.copy(os.path.join(sys.argv[1], row["file"]), "test/" + row["file"].replace("/", "_"))
rng = np.random.default_rng(1)
for kind in "noise", "flat":  # even noise; one color with a slope and little noise
    os.mkdir(kind)
    for i in range(60):
        pixels = rng.integers(0, 256, (299, 299, 3)).astype(float) if kind == "noise" else (
            rng.integers(0, 256, 3) + np.linspace(-20, 20, 299)[:, None, None] + rng.normal(0, 2, (299, 299, 3)))
        cv2.imwrite("%s/%d.png" % (kind, i), np.clip(pixels, 0, 255).astype(np.uint8))
P
for folder in test "$@" noise flat; do
  "$leuko" classify m.safetensors "$folder" --json answers.json >log 2>&1
  /usr/bin/python3 - "$folder" <<'P'
import json, os, sys

answers = json.load(open("answers.json"))
answers = answers["answers"] if isinstance(answers, dict) else answers
distance = [a["distance"] for a in answers]
if sys.argv[1] == "test":
    json.dump(distance, open("test.json", "w"))
test = json.load(open("test.json"))
unlike = sum("unlike" in (a.get("reason") or "") for a in answers) / len(answers)
area = sum((x > y) + 0.5 * (x == y) for x in distance for y in test) / len(distance) / len(test)
print("%-12s %4d images: %.3f unlike the training images, AUC %.3f" % (
    os.path.basename(sys.argv[1]), len(answers), unlike, area))
P
done
