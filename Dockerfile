# One image with every executable: `docker build -t betting-engine .`, and the command says which one
# runs. Swift's runtime is linked in; the libraries of scripts/packages-run.txt are all it loads.

FROM swift:6.3.1-bookworm AS build
WORKDIR /src
# The packages first: they change less often than the sources.
COPY scripts/install-packages scripts/packages-build.txt scripts/
RUN scripts/install-packages && rm -rf /var/lib/apt/lists/*
COPY . .
# Not stripped: profiles take the names of functions from the symbol table.
RUN mkdir /engine \
    && for program in api-server backend stats-aggregator betctl load-simulator worker; do \
        scripts/swift build -c release --static-swift-stdlib --product "$program" \
            && cp ".build/release/$program" /engine/ || exit 1; \
    done \
    && scripts/vendor-dashboard \
    && cp -R dashboard /engine/dashboard

FROM debian:bookworm-slim
COPY scripts/packages-run.txt /tmp/packages.txt
RUN apt-get -q update \
    && sed 's/#.*//' /tmp/packages.txt \
        | DEBIAN_FRONTEND=noninteractive xargs apt-get -q install --yes --no-install-recommends \
    && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/log/* /tmp/packages.txt
COPY --from=build /engine /opt/betting-engine
ENV PATH=/opt/betting-engine:/usr/local/bin:/usr/bin:/bin
# The dashboard's files are found here.
WORKDIR /opt/betting-engine
# A number, so that Kubernetes sees that it is not root. Nothing is written anywhere.
USER 10001:10001
EXPOSE 8080 8081 8082 8090 6060
HEALTHCHECK --interval=10s --timeout=3s --start-period=15s CMD ["bash", "-c", \
    "exec 3<>/dev/tcp/127.0.0.1/${HTTP_PORT:-8081} && printf 'GET /livez HTTP/1.1\\r\\nHost: localhost\\r\\nConnection: close\\r\\n\\r\\n' >&3 && read -r _ status _ <&3 && [[ $status == 200 ]]"]
CMD ["backend"]

ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="betting-engine" \
    org.opencontainers.image.description="Backend, stats-aggregator, api-server, worker, betctl and load-simulator of a real-time betting engine" \
    org.opencontainers.image.licenses="MIT" \
    org.opencontainers.image.version="${VERSION}" \
    org.opencontainers.image.revision="${REVISION}"
