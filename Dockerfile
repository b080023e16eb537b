# Two stages: the first installs, the second runs. Nothing is fetched at run time; the network files come with the
# packages and are checked by their SHA-256 at the end of the build.
FROM python:3.13-slim-trixie AS build
WORKDIR /app
RUN python -m venv /venv
COPY requirements.lock requirements-build.lock ./
RUN /venv/bin/pip install --no-cache-dir --no-deps --require-hashes -r requirements-build.lock \
 && /venv/bin/pip install --no-cache-dir --no-deps --require-hashes --no-build-isolation -r requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY models models
COPY enrollment enrollment
COPY service service
RUN /venv/bin/pip install --no-cache-dir --no-deps --no-build-isolation . \
 && /venv/bin/python -c "from models.weights import ALL; [file.locate() for file in ALL]"

FROM python:3.13-slim-trixie
RUN useradd --system --uid 10001 --home-dir /data hadir && install -d -o hadir -g hadir /data
COPY --from=build /venv /venv
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    HADIR_DATA_DIR=/data \
    HADIR_HOST=0.0.0.0
USER hadir
WORKDIR /data
VOLUME /data
EXPOSE 8000
HEALTHCHECK --start-period=30s CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/health/ready', timeout=3)"]
ENTRYPOINT ["hadir"]
CMD ["serve"]
