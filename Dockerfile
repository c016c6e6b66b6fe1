# One member of Minotaur. `docker build -t minotaur .`; docs/operations.md, "Docker", says the rest.
#
# Why three images: npm, what it needs and what builds the pages stay in the first two; the last is a bare Debian, the node
# binary, the packages that run in production, the pages, and the source, which Node.js runs as it is.
# BUILD_IMAGE needs node 24 and npm; BASE_IMAGE glibc and libstdc++ of the same age, and nothing else, no shell either.
ARG BUILD_IMAGE=node:24-bookworm-slim
ARG BASE_IMAGE=debian:bookworm-slim

FROM ${BUILD_IMAGE} AS build
WORKDIR /app
COPY package.json package-lock.json ./
# A registry of your own: `--secret id=npmrc,src=$HOME/.npmrc`; it stays out of every layer.
# What is deleted is for people and compilers: types, maps, sources that were compiled, texts.
RUN --mount=type=secret,id=npmrc,target=/root/.npmrc \
    npm ci --omit=dev --ignore-scripts --no-audit --no-fund \
 && rm -rf node_modules/zod/src node_modules/.package-lock.json \
 && find node_modules -type f \( -name '*.map' -o -name '*.ts' -o -name '*.mts' -o -name '*.cts' -o -name '*.md' -o -name '*.flow' \) -delete \
 && find node_modules -type d \( -name test -o -name tests -o -name benchmark -o -name benchmarks -o -name .github \) -prune -exec rm -rf {} + \
 && find node_modules -type d -empty -delete \
 && mkdir -m 0777 compiled \
 && cp "$(command -v node)" /node
COPY docker docker
COPY src src
RUN rm -r src/dev src/web

# The pages for browsers: what builds them stays here.
FROM ${BUILD_IMAGE} AS pages
WORKDIR /app
COPY package.json package-lock.json tsconfig.json ./
RUN --mount=type=secret,id=npmrc,target=/root/.npmrc npm ci --ignore-scripts --no-audit --no-fund
COPY src src
RUN node src/dev/web-build.ts

FROM ${BASE_IMAGE}
COPY --from=build /node /usr/local/bin/node
WORKDIR /app
COPY --from=build /app ./
COPY --from=pages /app/dist/web ./dist/web
COPY --from=build --chown=10001:10001 /app/compiled ./compiled
USER 10001:10001
ENV NODE_ENV=production \
    NODE_COMPILE_CACHE=/app/compiled \
    MINOTAUR_PORT=3000 \
    MINOTAUR_OPS_PORT=3001
# Loads every module once, by the user and the node that will run it: what was compiled is kept, and starts take half the time.
RUN ["node", "--input-type=module", "--eval", "await Promise.all(['app', 'config', 'cli/run', 'cli/nats'].map((name) => import(`/app/src/${name}.ts`)))"]
EXPOSE 3000 3001
# Exec form: SIGTERM reaches the member itself, which drains.
ENTRYPOINT ["node", "src/main.ts"]
STOPSIGNAL SIGTERM
# Healthy from the first time that it is ready, for as long as it lives: see docker/health.mjs.
HEALTHCHECK --interval=2s --timeout=5s --retries=5 --start-period=60s CMD ["node", "docker/health.mjs"]
# The same commit gives the same labels: all that changes comes from outside.
ARG VERSION=0.0.0
ARG REVISION=unknown
ARG CREATED=1970-01-01T00:00:00Z
LABEL org.opencontainers.image.title="minotaur" \
      org.opencontainers.image.description="A server for long-lived, stateful game sessions" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.created="${CREATED}"
