#!/usr/bin/env bash
# usage: train-backbone.sh FOLDER
# Trains models/backbone.safetensors again, in FOLDER (1 GB of images and runs). LEUKO_SHARED holds data/pbc_dev and
# data/pbc_more; LEUKO is the program. Takes about half an hour on two Zen 4 cores. A run that was interrupted continues
# when the script is called again.
set -euo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)
folder=${1:?usage: train-backbone.sh FOLDER}
shared=$(realpath "${LEUKO_SHARED:-$here/../shared}")
leuko=$(realpath "${LEUKO:-$here/build/src/cli/leuko}")
mkdir -p "$folder"
cd "$folder"
if [ ! -d shards ]; then
  rm -rf cells dev synthetic
  mkdir cells
  # the backbone is never trained on the remaining fifth of pbc_dev
  "$leuko" sort "$shared/data/pbc_dev" --out dev --validation 0 --test 0.2 --seed 20
  "$leuko" synth synthetic --per-class 400 --classes blast,lymphocyte,neutrophil,monocyte,eosinophil --groups 40 \
    --size 176 --seed 2020
  for class in "$shared"/data/pbc_more/*/ synthetic/*/; do
    mkdir -p "cells/$(basename "$class")"
  done
  while IFS= read -r file; do
    cp "$shared/data/pbc_dev/$file" "cells/$(dirname "$file")/dev_$(basename "$file")"
  done <"$here/models/backbone-pbc-dev.txt"
  for file in "$shared"/data/pbc_more/*/*.jpg; do
    cp "$file" "cells/$(basename "$(dirname "$file")")/more_$(basename "$file")"
  done
  for file in synthetic/*/*.jpg; do
    cp "$file" "cells/$(basename "$(dirname "$file")")/synthetic_$(basename "$file")"
  done
  "$leuko" sort cells --out shards --validation 0.04 --seed 20
fi
"$leuko" train shards --model long.safetensors --weights random --depth-multiplier 0.5 --size 139 \
  --recipe "$here/models/backbone.recipe" --until 7 --resume
"$leuko" train shards --model backbone-full.safetensors --weights long.run/best.safetensors \
  --recipe "$here/models/backbone-end.recipe" --resume
"$leuko" freeze backbone-full.safetensors --half -o backbone.safetensors
