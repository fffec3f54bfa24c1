# The app's image: the runtime image, and one layer with the app.
# It inherits the user app (10001), PATH with /env/bin, and WORKDIR /app.
ARG RUNTIME
FROM ${RUNTIME}
COPY --chown=10001:10001 . /app
ENV PORT=8080
EXPOSE 8080
CMD []
ENTRYPOINT ["/env/bin/python","/app/wsgi.py"]
