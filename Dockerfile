# One image for every process: web (the default), stream, worker, migrate.
FROM python:3.13-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
RUN python -m venv /portal/venv
WORKDIR /portal/source
COPY requirements.txt ./
RUN --mount=type=cache,target=/root/.cache/pip \
    /portal/venv/bin/pip install --require-hashes -r requirements.txt
COPY pyproject.toml ./
COPY portal portal
RUN /portal/venv/bin/pip install --no-deps --no-build-isolation .

FROM python:3.13-slim
RUN useradd --system --create-home --home-dir /var/lib/portal portal
COPY --from=build /portal/venv /portal/venv
ENV PATH=/portal/venv/bin:$PATH HOST=0.0.0.0 PORT=8000 PYTHONUNBUFFERED=1
USER portal
WORKDIR /var/lib/portal
EXPOSE 8000
HEALTHCHECK --start-period=20s CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen(f\"http://127.0.0.1:{os.environ['PORT']}/healthz\", timeout=4)"]
CMD ["portal", "serve"]
