# Node runs the TypeScript sources directly, so nothing is compiled: the first stage only installs what the program needs.
FROM node:24.21.0-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json ./
# The optional packages bring a pinned Node along; this image is that Node already.
RUN npm ci --omit=dev --omit=optional --ignore-scripts

FROM node:24.21.0-slim
ENV NODE_ENV=production
WORKDIR /app
COPY --from=dependencies /app/node_modules node_modules
COPY package.json LICENSE ./
COPY exporter/bin exporter/bin
COPY exporter/src exporter/src
COPY grafana/src grafana/src
COPY prometheus/src prometheus/src
COPY prometheus/runbooks prometheus/runbooks
COPY alertmanager/src alertmanager/src
COPY alertmanager/templates alertmanager/templates
# A named volume takes the owner of the folder it covers.
RUN mkdir /data && chown node:node /data
USER node
VOLUME /data
EXPOSE 10970
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:10970/-/ready').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "exporter/bin/plumbline"]
CMD ["serve", "--web.listen-address=0.0.0.0:10970", "--web.allow-unauthenticated", "--store=sqlite:/data/plumbline.db"]
