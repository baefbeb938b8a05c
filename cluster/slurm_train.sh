#!/bin/bash
# Training on two nodes with eight GPUs each.  sbatch cluster/slurm_train.sh
# srun starts one process per GPU. They meet at the first node of the step, at a port that follows from the job's number.
#SBATCH --job-name=macbert-pretrain
#SBATCH --nodes=2
#SBATCH --ntasks-per-node=8
#SBATCH --gpus-per-node=8
#SBATCH --cpus-per-task=8
#SBATCH --time=48:00:00
#SBATCH --requeue
#SBATCH --signal=TERM@120                # two minutes before the end the ranks save and stop
set -euo pipefail
CONFIG=${CONFIG:-my.toml}                # the job's config, on a file system that all nodes see
DEVICES=${DEVICES:-tch:all}              # the devices of each node
srun --kill-on-bad-exit=1 macbert pretrain "$CONFIG" --devices "$DEVICES" --resume
