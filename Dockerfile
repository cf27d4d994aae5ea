# rcwh in a container, for schedulers: not root, and nothing but /data is ever written. No credentials are baked in:
# docs/fleet.md says how they come in.
#
#   docker build -t rcwh .
#   docker run --rm --read-only --volume rcwh:/data --env-file rcwh.env rcwh renew -q
# By digest, so that nobody can put another image under the tag. For a newer one: --build-arg NODE=node:22-alpine@sha256:…
ARG NODE=node:22-alpine@sha256:8094c002d08262dba12645a3b4a15cd6cd627d30bc782f53229a2ec13ee22a00

FROM ${NODE} AS build
WORKDIR /source
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY tsconfig.json tsdown.config.ts ./
COPY bin bin
COPY scripts scripts
COPY src src
RUN npm run build

FROM ${NODE}
COPY --from=build /source/package.json /opt/rcwh/
COPY --from=build /source/bin /opt/rcwh/bin
COPY --from=build /source/dist /opt/rcwh/dist
# A directory of rcwh's own below the volume, whose mode is the orchestrator's affair.
ENV NODE_ENV=production RCWH_CONFIG_DIR=/data/rcwh
RUN mkdir /data && chown 1000:1000 /data
VOLUME /data
# By number, so that Kubernetes can tell that it is not root.
USER 1000:1000
# `--` ends what Node reads as its own flags: it obeys NODE_OPTIONS in a file that --env-file names.
ENTRYPOINT ["node", "--", "/opt/rcwh/bin/rcwh.js"]
