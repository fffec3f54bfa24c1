package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// made is how a deploy made a runtime image: how long that took from its start, and what it sent.
type made struct {
	runtime, serves time.Duration
	sent            int64 // bytes of the runtime over its base
	wheels          int64 // bytes of the wheels that are kept for others
}

// runtimeOf runs a deploy that makes a runtime.
func (b *bench) runtimeOf(ctx context.Context, deploy func() (ran, result, error)) (made, error) {
	before, err := b.stored()
	if err != nil {
		return made{}, err
	}
	p, r, err := deploy()
	if err != nil {
		return made{}, err
	}
	after, err := b.stored()
	m := made{runtime: toRuntime(r), serves: p.took}
	for digest, file := range after {
		switch _, there := before[digest]; {
		case there, file.in["system"]:
		case file.in["layers"], file.in["runtime"]:
			m.sent += file.size
		case file.in["wheels"]:
			m.wheels += file.size
		}
	}
	if err == nil && (m.runtime == 0 || m.sent == 0) {
		err = fmt.Errorf("the deploy made no runtime, or the registry does not lie where it is looked for: %+v", r.Stages)
	}
	return m, err
}

// packages measures what packages cost when they come or change, against a plain
// Dockerfile, whose layer of packages is another one each time.
func (b *bench) packages(ctx context.Context, t *table, s *shop, first made) error {
	t.head("C. Packages from the index: to a pushed runtime image")
	row := func(name string, ours made) {
		t.row(name, times{ours.runtime}, fmt.Sprintf("%s pushed, %.1f %% of the first; wheels %s; %.1f s until it serves",
			megabytes(ours.sent), 100*float64(ours.sent)/float64(first.sent), megabytes(ours.wheels), ours.serves.Seconds()))
	}
	rival := func(app string, ours made) error {
		b.say("the same by a plain Dockerfile")
		took, sent, err := s.pushed(ctx, app)
		if err == nil {
			t.row("  plain Dockerfile: build, push", times{took}, fmt.Sprintf("%s, %s pushed", ratio(times{took}, times{ours.runtime}), megabytes(sent)))
		}
		return err
	}
	base := s.image("packages") + "base" // Docker's layers of it, which may be packed otherwise than ours, are there before
	for _, args := range [][]string{{"tag", s.base, base}, {"push", "-q", base}} {
		if _, err := s.run(ctx, args...); err != nil {
			return err
		}
	}
	row("spectrum: first deploy", first)
	if err := rival(s.app, first); err != nil {
		return err
	}
	file := filepath.Join(s.app, "requirements.txt")
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	moved := strings.Replace(string(text), "Flask==3.1.2", "Flask==3.1.1", 1)
	if moved == string(text) {
		return fmt.Errorf("%s does not pin Flask as the benchmark takes it to", file)
	}
	second, err := b.second(s.app, strings.Replace(moved, "3.1.1", "3.1.0", 1))
	if err != nil {
		return err
	}
	if err := os.WriteFile(file, []byte(moved), 0o644); err != nil {
		return err
	}
	for _, c := range []struct{ name, app string }{{"flask moved by one version", s.app}, {"a second app with the same numpy and scipy", second}} {
		b.say("%s", c.name)
		ours, err := b.runtimeOf(ctx, func() (ran, result, error) { return b.up(ctx, c.app, "released") })
		if err != nil {
			return err
		}
		row(c.name, ours)
		if err := rival(c.app, ours); err != nil {
			return err
		}
	}
	t.note("Bytes are those of the image over its base. The plain Dockerfile's packages come from the index each time; it is not tested.")
	return nil
}

// second copies an app to be another service, with other requirements.
func (b *bench) second(app, requirements string) (string, error) {
	dir := filepath.Join(b.dir, "second")
	if err := os.CopyFS(dir, os.DirFS(app)); err != nil {
		return dir, err
	}
	settings, err := os.ReadFile(filepath.Join(app, "gcpdeploy.yaml"))
	if err != nil {
		return dir, err
	}
	for name, text := range map[string]string{"gcpdeploy.yaml": "service: second\n" + string(settings), "requirements.txt": requirements} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			return dir, err
		}
	}
	return dir, nil
}

// pushed builds a plain image of an app without a cache, and pushes it. The base is there.
func (s *shop) pushed(ctx context.Context, app string) (took time.Duration, sent int64, err error) {
	before, err := s.stored()
	if err != nil {
		return 0, 0, err
	}
	other := *s
	other.app = app
	began, tag := time.Now(), fmt.Sprint(s.image("packages"), len(before))
	if err := other.build(ctx, fmt.Sprintf(plainFile, s.base, s.pip), tag, "--no-cache"); err != nil {
		return 0, 0, err
	}
	if _, err := s.run(ctx, "push", "-q", tag); err != nil {
		return 0, 0, err
	}
	took = time.Since(began)
	after, err := s.stored()
	for digest, file := range after {
		if _, there := before[digest]; !there {
			sent += file.size
		}
	}
	return took, sent, err
}

// stored is a blob of the registry: its size, and the packages that have it.
type stored struct {
	size int64
	in   map[string]bool
}

// stored are the blobs of the emulated registry, by digest.
func (b *bench) stored() (map[string]stored, error) {
	root := filepath.Join(filepath.Dir(b.status.TokenFile), "registry", "oci", "docker", "registry", "v2")
	all := map[string]stored{}
	files, err := filepath.Glob(filepath.Join(root, "blobs", "sha256", "*", "*", "data"))
	for _, file := range files {
		info, err := os.Stat(file)
		if err != nil {
			return nil, err
		}
		all[filepath.Base(filepath.Dir(file))] = stored{info.Size(), map[string]bool{}}
	}
	links, lerr := filepath.Glob(filepath.Join(root, "repositories", project, "gcpdeploy", "*", "_layers", "sha256", "*", "link"))
	for _, link := range links {
		digest := filepath.Dir(link)
		if blob, ok := all[filepath.Base(digest)]; ok {
			blob.in[filepath.Base(filepath.Dir(filepath.Dir(filepath.Dir(digest))))] = true
		}
	}
	return all, errors.Join(err, lerr)
}

func megabytes(n int64) string { return fmt.Sprintf("%.2f MB", float64(n)/1e6) }
