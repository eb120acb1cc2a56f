# One image; the command picks the process:
#   node services/api/src/main.ts | services/generation-worker/… | services/webhook-worker/… | services/simulator/…
# The same Node as in development (package.json, optionalDependencies).
FROM node:26.10.0-bookworm-slim AS install
WORKDIR /app
COPY package.json pnpm-lock.yaml pnpm-workspace.yaml LICENSE ./
COPY packages packages
COPY services services
# --no-optional: the image has its own Node.
RUN npx --yes pnpm@12.21.0 install --prod --frozen-lockfile --no-optional \
  --filter-prod "@reelay/api..." \
  --filter-prod "@reelay/generation-worker..." \
  --filter-prod "@reelay/webhook-worker..." \
  --filter-prod "@reelay/simulator..."

FROM node:26.10.0-bookworm-slim
ENV NODE_ENV=production
# Names of receivers are looked up on this pool: of the usual four threads, four dead names would take all.
ENV UV_THREADPOOL_SIZE=64
WORKDIR /app
# Owned by root: the process can read its code and not change it.
COPY --from=install /app ./
USER node
EXPOSE 3000
CMD ["node", "services/api/src/main.ts"]
