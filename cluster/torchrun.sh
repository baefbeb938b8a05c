#!/bin/bash
# Training on several machines by torchrun. Run this on every machine; the first is MASTER_ADDR.
# If a rank fails, torchrun ends the others and starts all again, at most three times; they go on from the newest checkpoint.
set -euo pipefail
CONFIG=${CONFIG:-my.toml}                # the job's config, on a file system that all machines see
DEVICES=${DEVICES:-tch:all}              # the devices of each machine
PER_MACHINE=${PER_MACHINE:-8}            # how many devices that is
torchrun --nnodes "${NNODES:-2}" --nproc-per-node "$PER_MACHINE" --rdzv-backend c10d \
    --rdzv-endpoint "${MASTER_ADDR:?the first machine}:${MASTER_PORT:-29400}" --rdzv-id "${JOB:-macbert}" --max-restarts 3 \
    --no-python macbert pretrain "$CONFIG" --devices "$DEVICES" --resume
