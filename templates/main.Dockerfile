# The app's image: the runtime image, and one layer with the app.
# It inherits the user app (10001), PATH with /env/bin, and WORKDIR /app.
ARG RUNTIME
{{- if .Own}}

# The app's own packages: built offline with what the runtime image has for that.
# Only what they add to /env goes on; a compiler that one of them needs stays here.
FROM ${RUNTIME} AS own
USER 0:0
COPY . /app
RUN --mount=type=secret,id=ca,mode=0444 \
    {{json "python3" "/usr/local/lib/gcpdeploy/wheelhouse" "own" "--app" "/app" "--env" "/env" "--out" "/out" "--packages" .BuildPackages "--" .Own}}
{{end}}
FROM ${RUNTIME}
COPY --chown=10001:10001 . /app
{{- if .Own}}
COPY --from=own /out /
{{- end}}
{{- if .Folder}}
WORKDIR /app/{{.Folder}}
{{- end}}
ENV PORT={{.Port}}
EXPOSE {{.Port}}
CMD []
ENTRYPOINT {{json .Entrypoint}}
