package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// folders and perFolder make the large tree.
const (
	folders   = 100
	perFolder = 100
)

// hello copies the smallest app; data adds 10,000 small files to it.
func (b *bench) hello(name string, data bool) (string, error) {
	app := filepath.Join(b.dir, name)
	if err := os.CopyFS(app, os.DirFS(filepath.Join(b.apps, "hello"))); err != nil || !data {
		return app, err
	}
	for i := range folders {
		dir := filepath.Join(app, "data", fmt.Sprintf("part-%03d", i))
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return app, err
		}
		for j := range perFolder {
			text := fmt.Sprintf("record %d of part %d\n", j, i)
			if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("record-%03d.txt", j)), []byte(text), 0o644); err != nil {
				return app, err
			}
		}
	}
	return app, nil
}

// submitter sends a tree, and gives the process that did.
type submitter func(ctx context.Context, app string) (ran, error)

// submitting measures the time from the start of the program until Cloud Build
// has the build.
func (b *bench) submitting(ctx context.Context, t *table) error {
	gcloud, skipped := b.gcloud()
	t.head("D. From the start of the program until the build is submitted")
	for _, tree := range []struct {
		dir, name string
		data      bool
	}{{"small", "3 files", false}, {"large", fmt.Sprintf("%d files", folders*perFolder), true}} {
		app, err := b.hello(tree.dir, tree.data)
		if err != nil {
			return err
		}
		b.say("submitting %s", tree.name)
		up := func(ctx context.Context, app string) (ran, error) {
			p, _, err := b.up(ctx, app, "released")
			return p, err
		}
		if _, err := up(ctx, app); err != nil { // from here on all keys are hits
			return err
		}
		var ours, theirs, ourCPU, theirCPU times
		measure := func(run submitter, into, cpu *times, mark string) error {
			if err := touch(filepath.Join(app, "wsgi.py"), mark); err != nil {
				return err
			}
			p, err := run(ctx, app)
			if err != nil {
				return err
			}
			made, err := b.submitted(ctx, p.began)
			if err != nil {
				return err
			}
			*into, *cpu = append(*into, made.CreateTime.Sub(p.began)), append(*cpu, p.cpu)
			return nil
		}
		if gcloud != nil { // once unmeasured: it compiles and caches
			if err := measure(gcloud, &times{}, &times{}, "first"); err != nil {
				return err
			}
		}
		for i := range b.runs {
			if err := measure(up, &ours, &ourCPU, fmt.Sprint("ours ", i)); err != nil {
				return err
			}
			if gcloud != nil {
				if err := measure(gcloud, &theirs, &theirCPU, fmt.Sprint("theirs ", i)); err != nil {
					return err
				}
			}
		}
		t.row("gcpdeploy up --local, "+tree.name, ours, cpuOf(ourCPU))
		const name = "gcloud builds submit --async, "
		if gcloud == nil {
			t.skip(name+tree.name, skipped)
			continue
		}
		t.row(name+tree.name, theirs, ratio(theirs, ours)+" (aim: 5 x), "+cpuOf(theirCPU))
	}
	t.note("Content changes before each run, so every run uploads. The CPU time is that of the whole process.")
	return nil
}

func cpuOf(t times) string {
	return fmt.Sprintf("%.2f s of CPU", t.median().Seconds())
}

// gcloud makes the submitter of gcloud, pointed at the emulators; nil and why
// when there is none.
func (b *bench) gcloud() (submitter, string) {
	name, err := exec.LookPath("gcloud")
	if err != nil {
		return nil, "gcloud is not installed"
	}
	config := filepath.Join(b.dir, "build.yaml")
	// A build that does nothing: only its submission is measured.
	text := "steps:\n- {name: gcr.io/cloud-builders/docker, args: [version]}\n"
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		return nil, err.Error()
	}
	env := []string{
		"CLOUDSDK_API_ENDPOINT_OVERRIDES_CLOUDBUILD=" + b.status.URL,
		"CLOUDSDK_API_ENDPOINT_OVERRIDES_STORAGE=" + b.status.URL,
		"CLOUDSDK_AUTH_ACCESS_TOKEN_FILE=" + b.status.TokenFile,
		"CLOUDSDK_CONFIG=" + filepath.Join(b.dir, "gcloud"),
		"CLOUDSDK_CORE_PROJECT=" + project,
		"CLOUDSDK_CORE_DISABLE_PROMPTS=1",
		"CLOUDSDK_CORE_DISABLE_USAGE_REPORTING=1",
		"CLOUDSDK_COMPONENT_MANAGER_DISABLE_UPDATE_CHECK=1",
		"NO_PROXY=127.0.0.1", "no_proxy=127.0.0.1",
	}
	return func(ctx context.Context, app string) (ran, error) {
		ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
		defer cancel()
		return b.exec(ctx, command{name: name, env: env, args: []string{
			"builds", "submit", "--async", "--quiet", "--region", region, "--config", config, app,
		}})
	}, ""
}
