# One image for all three processes of the Procfile; web is the default.
#   docker build -t hookline .
#   docker run --read-only --env-file production.env -p 8000:8000 hookline
#   docker run --read-only --env-file production.env --no-healthcheck hookline python -m workers
FROM python:3.13-slim AS build
WORKDIR /build
RUN python -m venv /venv
COPY requirements.lock ./
RUN /venv/bin/pip install --no-cache-dir --require-hashes --no-deps --requirement requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY webhooks webhooks
COPY workers workers
RUN /venv/bin/pip install --no-cache-dir --no-build-isolation --no-deps .

FROM python:3.13-slim
COPY --from=build /venv /venv
RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin hookline
# Your hookline.toml and the modules of your handlers go here.
WORKDIR /app
USER 10001
# Celery's pool wants a directory for temporary files; /dev/shm is one on a read-only file system too.
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 TMPDIR=/dev/shm HOOKLINE_WEB_HOST=0.0.0.0
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s CMD ["python", "-m", "webhooks.healthcheck"]
CMD ["gunicorn", "-c", "python:webhooks.server", "webhooks.wsgi:app"]
