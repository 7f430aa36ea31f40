# One image for the listener and the gateway; docker-compose.yml says which of them a container is, and its rights.

# Not the slim image: npm raw-socket is a native addon and wants python3, make and g++.
FROM node:24-bookworm AS packages
WORKDIR /app
# node-gyp takes node's headers from the image instead of downloading them.
ENV npm_package_config_node_gyp_nodedir=/usr/local
COPY package.json package-lock.json ./
# npm goes on without raw-socket if it does not compile.
RUN npm ci --no-audit --no-fund && node -e "require('raw-socket')"

# A stage of its own, so that an edited source leaves the largest layer of the image as it is.
FROM packages AS production
RUN npm prune --omit=dev --no-audit --no-fund

FROM packages AS build
COPY nest-cli.json tsconfig.json tsconfig.build.json ./
COPY libs libs
COPY apps apps
COPY docker/entrypoint.sh docker/
# Modes by name: a checkout under a strict umask would make files that user node may not read.
RUN npx nest build \
  && npx vite build apps/console/page \
  && chmod 755 dist/apps/cli/main.js docker/entrypoint.sh \
  && chmod 644 package.json

FROM node:24-bookworm-slim
ENV NODE_ENV=production
WORKDIR /app
COPY --from=production /app/node_modules node_modules
COPY --from=build /app/package.json ./
COPY --from=build /app/docker docker
COPY --from=build /app/dist dist
# for `docker compose exec listener knockgate why IP`
RUN ln -s /app/dist/apps/cli/main.js /usr/local/bin/knockgate
USER node
ENTRYPOINT ["node", "/app/dist/apps/cli/main.js"]
CMD ["--help"]
