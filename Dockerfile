# The environment of the workflow, as `make setup` builds it from constraints.txt.
#   docker build --tag screening .
#   docker run --rm --volume "$PWD:/work" screening screening run campaign.yaml --cores 4
# For `snakemake --software-deployment-method apptainer`:
#   apptainer build screening.sif docker-daemon://screening:latest
FROM python:3.11-slim-bookworm

# `make` runs the same steps as on any other machine; git is for versions installed from it.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends make git \
    && rm -rf /var/lib/apt/lists/*

WORKDIR /opt/screening
# What decides the environment comes first: a change of the code does not install everything again.
COPY pyproject.toml constraints.txt Makefile README.md LICENSE ./
COPY screening/__init__.py screening/version.py screening/
RUN make setup PYTHON=python3 && rm -rf "$HOME/.cache"
COPY . .

ENV PATH=/opt/screening/.venv/bin:$PATH \
    OMP_NUM_THREADS=1
WORKDIR /work
CMD ["screening", "--help"]
