# One image for every process of the product; docker-compose.yml shows which command each of them runs.
FROM python:3.13-slim

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 DATA_DIR=/data

RUN useradd --uid 10001 --create-home rollbook && install -d -o rollbook -g rollbook /data

WORKDIR /app
COPY requirements-production.lock ./
RUN pip install --no-cache-dir --require-hashes -r requirements-production.lock
COPY . .
# The parser child may write nothing, so what it reads is compiled beforehand.
RUN python -m compileall -q lms

USER rollbook
VOLUME /data
EXPOSE 8000
# Memory for the worker's heartbeat file: a slow disk must not look like a dead worker.
CMD ["gunicorn", "lms.wsgi:application", "--bind", "0.0.0.0:8000", "--worker-class", "gthread", "--workers", "2", "--threads", "8", "--no-control-socket", "--worker-tmp-dir", "/dev/shm"]
