FROM python:3.11-slim

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /portal
COPY requirements.lock ./
RUN pip install --no-cache-dir --require-hashes --requirement requirements.lock
COPY settings.py pyproject.toml ./
COPY alembic ./alembic
COPY api ./api
COPY catalog ./catalog
COPY models ./models
COPY services ./services
COPY web ./web
RUN useradd --system --uid 10001 portal && install -d -o portal -m 0700 /data
USER portal
EXPOSE 8000
CMD ["python", "-m", "api.commands", "serve"]
