package main

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// The Dockerfiles of the other ways. Each gets its packages from the same index
// and its test runner from the same prepared volume, so that what differs is how
// the app's packages come into the image.
const (
	// wheel.docker of the recipe: wheels of all requirements, line by line.
	wheelFile = `FROM %s
USER 0:0
WORKDIR /app
COPY requirements.txt /app/
RUN --mount=type=secret,id=ca,mode=0444 %spython3 -m venv /env && \
    while read -r line; do /env/bin/pip wheel -q -w /wheelhouse -f /wheelhouse "$line" || exit 1; done </app/requirements.txt
`
	// main.docker of the recipe.
	recipeFile = `FROM %s
WORKDIR /app
ADD requirements.txt /app/
RUN while read -r line; do /env/bin/pip install -q --no-index -f /wheelhouse "$line" || exit 1; done </app/requirements.txt
ADD . /app
EXPOSE 8080
CMD []
ENTRYPOINT ["/env/bin/python", "/app/wsgi.py"]
`
	plainFile = `FROM %s
USER 0:0
WORKDIR /app
COPY requirements.txt /app/
RUN --mount=type=secret,id=ca,mode=0444 %spython3 -m venv /env && /env/bin/pip install -q --no-cache-dir -r requirements.txt
COPY . /app
EXPOSE 8080
ENTRYPOINT ["/env/bin/python", "/app/wsgi.py"]
`
	testerFile = `FROM %s AS tests
USER 0:0
WORKDIR /app
COPY requirements-dev.txt /app/
RUN --mount=type=secret,id=ca,mode=0444 %sgrep -v '^-r' requirements-dev.txt >only.txt && \
    python3 -m pip install -q --target /testenv -r only.txt
FROM scratch
COPY --from=tests /testenv /testenv
VOLUME /testenv
CMD ["none"]
`
)

// rival is another way to build, test and push the app.
type rival struct {
	name   string
	deploy func(ctx context.Context, run int) (time.Duration, error)
}

// shop is what the rivals share.
type shop struct {
	*bench
	app    string   // folder
	base   string   // image
	config string   // of docker, with the registry's token
	secret []string // docker build's arguments for the CA
	pip    string   // variables of pip, for the shell
	tester string   // container whose volume has the test runner
}

// shop prepares docker for the other ways.
func (b *bench) shop(ctx context.Context, app string) (*shop, error) {
	base := cmp.Or(os.Getenv("GCPDEPLOY_BASE_IMAGE"), os.Getenv("GCPDEPLOY_TEST_BASE_IMAGE"))
	if base == "" {
		return nil, errNoBase
	}
	s := &shop{bench: b, app: app, base: base, config: filepath.Join(b.dir, "docker")}
	if _, err := b.dockerCommand(ctx); err != nil {
		return nil, err
	}
	if ca := os.Getenv("SSL_CERT_FILE"); ca != "" {
		s.secret, s.pip = []string{"--secret", "id=ca,src=" + ca}, "export PIP_CERT=/run/secrets/ca; "
	}
	return s, s.login()
}

// rivals prepares the other ways, up to what their warm deploys start from.
func (s *shop) rivals(ctx context.Context) ([]rival, error) {
	b, base := s.bench, s.base
	b.say("preparing the 2015 recipe and the plain Dockerfile")
	tester, wheels := b.image("tester"), b.image("recipe-wheels")
	if err := s.build(ctx, fmt.Sprintf(testerFile, base, s.pip), tester); err != nil {
		return nil, err
	}
	created, err := s.run(ctx, "create", tester)
	if err != nil {
		return nil, err
	}
	s.tester = strings.TrimSpace(string(created.out))
	b.clean = append(b.clean, func(ctx context.Context) error {
		_, err := s.run(ctx, "rm", "-f", "-v", s.tester)
		return err
	})
	if err := s.build(ctx, fmt.Sprintf(wheelFile, base, s.pip), wheels); err != nil {
		return nil, err
	}
	recipe, plain := fmt.Sprintf(recipeFile, wheels), fmt.Sprintf(plainFile, base, s.pip)
	list := []rival{
		{"(a) 2015 recipe: wheels image, offline install", s.way(recipe, "recipe", "--no-cache")},
		{"(b) plain Dockerfile, no layer cache", s.way(plain, "plain", "--no-cache")},
		{"(c) plain Dockerfile, all its layers cached here", s.way(plain, "cached")},
	}
	for _, r := range list { // bases and unchanged layers are in the registry afterwards
		if _, err := r.deploy(ctx, -1); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// image is a name in the emulators' registry; purging them removes it.
func (b *bench) image(name string) string {
	return b.host() + "/" + project + "/gcpdeploy/bench-" + name + ":v"
}

// login gives docker the registry's token, in a folder of its own.
func (s *shop) login() error {
	token, err := s.token()
	if err != nil {
		return err
	}
	auth := base64.StdEncoding.EncodeToString([]byte("oauth2accesstoken:" + token))
	data, err := json.Marshal(map[string]any{"auths": map[string]any{s.host(): map[string]string{"auth": auth}}})
	if err != nil {
		return err
	}
	if err := os.MkdirAll(s.config, 0o700); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(s.config, "config.json"), data, 0o600)
}

// run runs docker.
func (s *shop) run(ctx context.Context, args ...string) (ran, error) {
	return s.exec(ctx, command{name: s.docker, args: args, env: []string{"DOCKER_BUILDKIT=1", "DOCKER_CONFIG=" + s.config}})
}

// build builds an image of the app's folder.
func (s *shop) build(ctx context.Context, dockerfile, tag string, flags ...string) error {
	file := filepath.Join(s.config, "Dockerfile")
	if err := os.WriteFile(file, []byte(dockerfile), 0o600); err != nil {
		return err
	}
	args := append([]string{"build", "-q", "-f", file, "-t", tag}, s.secret...)
	_, err := s.run(ctx, append(append(args, flags...), s.app)...)
	return err
}

// way makes a deploy of build, test and push.
func (s *shop) way(dockerfile, name string, flags ...string) func(context.Context, int) (time.Duration, error) {
	return func(ctx context.Context, run int) (time.Duration, error) {
		began := time.Now()
		tag := s.image(name) + fmt.Sprint(run+1)
		if err := s.build(ctx, dockerfile, tag, flags...); err != nil {
			return 0, err
		}
		test := []string{
			"run", "--rm", "--volumes-from", s.tester, "-e", "PYTHONPATH=/testenv",
			"--entrypoint", "/env/bin/python", tag, "-m", "pytest", "-q",
		}
		if _, err := s.exec(ctx, command{name: s.docker, args: test, env: []string{"DOCKER_CONFIG=" + s.config}}); err != nil {
			return 0, err
		}
		_, err := s.run(ctx, "push", "-q", tag)
		return time.Since(began), err
	}
}
