# The app's image: the runtime image, and one layer with the app.
# It inherits the user app (10001), PATH with /env/bin, and WORKDIR /app.
ARG RUNTIME
FROM ${RUNTIME}
COPY --chown=10001:10001 . /app
ENV PORT=9000
EXPOSE 9000
CMD []
ENTRYPOINT ["sh","-c","exec gunicorn \"shop.wsgi\" --bind 0.0.0.0:$PORT && echo '<&>' \\"]
