# The builder image: this program and CA roots. The context is the folder bin.
FROM golang:1.26 AS roots

FROM scratch
COPY --from=roots /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY gcpdeploy /gcpdeploy
ENTRYPOINT ["/gcpdeploy"]
