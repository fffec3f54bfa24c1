package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/gcpdeploy/gcpdeploy/internal/plan"
)

// twelve are small C extensions; together they take a minute or two to build.
var twelve = []string{
	"markupsafe==3.0.3", "regex==2025.9.18", "ujson==5.11.0", "wrapt==1.17.3", "msgpack==1.1.1", "frozenlist==1.7.0",
	"multidict==6.6.4", "simplejson==3.20.1", "psutil==7.1.0", "greenlet==3.2.4", "zstandard==0.25.0", "bitarray==3.7.1",
}

// scientific takes minutes: numpy and scipy from source.
const scientific = "--no-binary=numpy,scipy\nnumpy==1.26.4\nscipy==1.11.4\nflask==3.0.3\ngunicorn==22.0.0\n"

// buildPackages are what an image needs for scientific, as the recipe's readers
// had to find out; this program knows them.
const buildPackages = "build-essential gfortran libopenblas-dev pkg-config python3-dev"

// onePipFile builds all wheels in one call of pip.
const onePipFile = `FROM %s
USER 0:0
WORKDIR /work
COPY requirements.txt .
RUN --mount=type=secret,id=ca,mode=0444 %spython3 -m pip wheel -q --no-cache-dir -w /wheelhouse -r requirements.txt
`

// loopFile is the recipe's loop, with the option that its reader would add.
const loopFile = `FROM %s
USER 0:0
WORKDIR /app
COPY requirements.txt /app/
RUN --mount=type=secret,id=ca,mode=0444 %spython3 -m venv /env && grep -v '^-' requirements.txt | \
    while read -r line; do /env/bin/pip wheel -q --no-cache-dir --no-binary numpy,scipy -w /wheelhouse -f /wheelhouse "$line" || exit 1; done
`

// compilersFile is a base with compilers, which neither way is timed for.
const compilersFile = `FROM %s
USER 0:0
RUN --mount=type=secret,id=ca,mode=0444 apt-get -q update && \
    apt-get install -q -y --no-install-recommends %s && rm -rf /var/lib/apt/lists/*
`

// wheels measures builds of wheels from source against pip alone. It may take an
// hour. Both ways start from the same base, which has the compilers already.
func (b *bench) wheels(ctx context.Context, t *table) error {
	s, err := b.shop(ctx, b.dir)
	if err != nil {
		return err
	}
	compilers := "gcpdeploy-bench-" + filepath.Base(b.dir) + ":compilers"
	b.say("making a base image with compilers")
	if err := s.build(ctx, fmt.Sprintf(compilersFile, s.base, buildPackages), strings.ToLower(compilers)); err != nil {
		return err
	}
	compilers = strings.ToLower(compilers)
	b.clean = append(b.clean, func(ctx context.Context) error {
		_, err := s.run(ctx, "rmi", "-f", compilers)
		return err
	})
	b.env = append(b.env, "GCPDEPLOY_BASE_IMAGE="+compilers)

	t.head("E. Twelve small C extensions from source, to their wheels")
	names := ""
	for _, p := range twelve {
		name, _, _ := strings.Cut(p, "==")
		names += "," + name
	}
	small := filepath.Join(b.dir, "twelve")
	if err := wheelsApp(small, "--no-binary="+names[1:]+"\n"+strings.Join(twelve, "\n")+"\n"); err != nil {
		return err
	}
	var pips, ours times
	for i := range b.runs {
		b.say("twelve small C extensions, run %d of %d", i+1, b.runs)
		took, err := s.timed(ctx, small, fmt.Sprintf(onePipFile, compilers, s.pip), "one-pip")
		if err != nil {
			return err
		}
		pips = append(pips, took)
		_, r, err := b.fresh(ctx, small, i)
		if err != nil {
			return err
		}
		ours = append(ours, r.stage(plan.StepWheels))
	}
	t.row("gcpdeploy: side by side", ours, "")
	t.row("one call of pip wheel", pips, ratio(pips, ours)+" (aim: 1.6 x on 2 cores)")
	return b.scientific(ctx, t, s, compilers)
}

// scientific measures numpy and scipy from source, then one changed pin, then a
// changed comment.
func (b *bench) scientific(ctx context.Context, t *table, s *shop, compilers string) error {
	app := filepath.Join(b.dir, "scientific")
	if err := os.CopyFS(app, os.DirFS(filepath.Join(b.apps, "spectrum"))); err != nil {
		return err
	}
	write := func(text string) error {
		return os.WriteFile(filepath.Join(app, "requirements.txt"), []byte(text), 0o644)
	}
	if err := write(scientific); err != nil {
		return err
	}
	t.head("F. numpy and scipy from source, flask and gunicorn")
	b.say("numpy and scipy from source: gcpdeploy")
	p, r, err := b.fresh(ctx, app, 0)
	if err != nil {
		return err
	}
	cold := times{r.stage(plan.StepWheels)}
	t.row("gcpdeploy: wheels", cold, fmt.Sprintf("%.0f s until it serves, tested", p.took.Seconds()))
	b.say("numpy and scipy from source: the recipe's loop")
	took, err := s.timed(ctx, app, fmt.Sprintf(loopFile, compilers, s.pip), "loop")
	if err != nil {
		return err
	}
	t.row("the 2015 recipe's loop: wheels", times{took}, ratio(times{took}, cold))
	b.say("a second app with the same numpy and scipy")
	second, err := b.second(app, strings.Replace(scientific, "flask==3.0.3", "flask==3.0.1", 1))
	if err != nil {
		return err
	}
	other, r, err := b.up(ctx, second, "released")
	if err != nil {
		return err
	}
	t.row("a second app with the same two: to a pushed runtime", times{toRuntime(r)}, fmt.Sprintf("%.0f s until it serves", other.took.Seconds()))
	b.say("flask moved to 3.0.2")
	if err := write(strings.Replace(scientific, "flask==3.0.3", "flask==3.0.2", 1)); err != nil {
		return err
	}
	p, r, err = b.up(ctx, app, "released")
	if err != nil {
		return err
	}
	runtime := toRuntime(r)
	t.row("one pin moved: to a pushed runtime image", times{runtime}, fmt.Sprintf("aim: 20 s; %.0f s until it serves", p.took.Seconds()))
	if err := write("# a comment\n" + strings.Replace(scientific, "flask==3.0.3", "flask==3.0.2", 1)); err != nil {
		return err
	}
	if p, r, err = b.up(ctx, app, "released"); err != nil {
		return err
	}
	if r.stage(plan.StepWheels)+r.stage(plan.StepRuntime) > 0 {
		return fmt.Errorf("a comment built wheels or a runtime: %+v", r.Stages)
	}
	t.row("a comment changed: until it serves", times{p.took}, "no wheels, no runtime")
	return nil
}

// toRuntime is how long a deploy took to a pushed runtime image.
func toRuntime(r result) time.Duration { return r.ended[string(plan.StepRuntime)] }

// wheelsApp is an app of nothing but requirements.
func wheelsApp(dir, requirements string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for name, text := range map[string]string{
		"requirements.txt": requirements,
		"gcpdeploy.yaml":   "entrypoint: python wsgi.py\ntest: false\n",
		"wsgi.py": `import os
from wsgiref.simple_server import make_server
make_server("", int(os.environ["PORT"]), lambda env, start: (start("200 OK", []), [b"hello"])[1]).serve_forever()
`,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// fresh deploys an app as if its wheels had never been built: under a key of its
// own, and with a build environment that no wheel was built with.
func (b *bench) fresh(ctx context.Context, app string, run int) (ran, result, error) {
	file := filepath.Join(app, "gcpdeploy.yaml")
	text, err := os.ReadFile(file)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return ran{}, result{}, err
	}
	before, _, _ := strings.Cut(string(text), "wheels:")
	unique := fmt.Sprintf("wheels: {build_env: {GCPDEPLOY_BENCH: %q}}\n", fmt.Sprintf("%s-%d", filepath.Base(b.dir), run))
	if err := os.WriteFile(file, []byte(before+unique), 0o644); err != nil {
		return ran{}, result{}, err
	}
	return b.up(ctx, app, "released")
}

// timed builds an image without a cache.
func (s *shop) timed(ctx context.Context, app, dockerfile, name string) (time.Duration, error) {
	other := *s
	other.app = app
	began := time.Now()
	err := other.build(ctx, dockerfile, s.image(name), "--no-cache")
	return time.Since(began), err
}

// stage is how long a stage took; 0 when there was none.
func (r result) stage(id plan.StepID) time.Duration {
	for _, s := range r.Stages {
		if s.ID == string(id) {
			return time.Duration(s.Seconds * float64(time.Second))
		}
	}
	return 0
}
