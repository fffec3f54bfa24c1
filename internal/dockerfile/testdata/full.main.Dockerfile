# The app's image: the runtime image, and one layer with the app.
# It inherits the user app (10001), PATH with /env/bin, and WORKDIR /app.
ARG RUNTIME

# The app's own packages: built offline with what the runtime image has for that.
# Only what they add to /env goes on; a compiler that one of them needs stays here.
FROM ${RUNTIME} AS own
USER 0:0
COPY . /app
RUN --mount=type=secret,id=ca,mode=0444 \
    ["python3","/usr/local/lib/gcpdeploy/wheelhouse","own","--app","/app","--env","/env","--out","/out","--packages","gfortran","libopenblas-dev","g++-12","--","-e /app","-e '/app/libs/my lib'","/app/libs/x ; python_version < \"3.13\""]

FROM ${RUNTIME}
COPY --chown=10001:10001 . /app
COPY --from=own /out /
ENV PORT=9000
EXPOSE 9000
CMD []
ENTRYPOINT ["sh","-c","exec gunicorn \"shop.wsgi\" --bind 0.0.0.0:$PORT && echo '<&>' \\"]
