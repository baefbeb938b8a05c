#!/bin/bash
# A corpus in 16 parts, then their merge.  sbatch cluster/slurm.sh
# The parts read their number from SLURM_ARRAY_TASK_ID and SLURM_ARRAY_TASK_COUNT.
#SBATCH --job-name=macbert-prepare
#SBATCH --array=0-15
#SBATCH --ntasks=1
#SBATCH --cpus-per-task=16
#SBATCH --mem=16G
#SBATCH --time=12:00:00
set -euo pipefail
CONFIG=${CONFIG:-my.toml}                # the job's config, on a file system that all nodes see
SHARDS=${SHARDS:-runs/base/shards}       # its shards.directory, seen from here

# The first part asks for the merge, which starts once all have ended well.
if [ "$SLURM_ARRAY_TASK_ID" = "$SLURM_ARRAY_TASK_MIN" ]; then
    sbatch --job-name=macbert-merge --dependency="afterok:$SLURM_ARRAY_JOB_ID" --mem=4G --wrap "macbert merge '$SHARDS'"
fi
macbert prepare "$CONFIG"
