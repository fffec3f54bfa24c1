package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/gcpdeploy/gcpdeploy/internal/docker"
)

// result is the last line of `up --json`.
type result struct {
	Type     string
	Status   string
	Revision string
	Stages   []struct {
		ID      string
		Seconds float64
	}
	Saved float64 `json:"saved_seconds"`

	ended map[string]time.Duration // by stage: how long after the program's start
}

// up deploys an app, and wants it to come to a status.
func (b *bench) up(ctx context.Context, app, want string) (ran, result, error) {
	r := result{ended: map[string]time.Duration{}}
	began := time.Now()
	p, err := b.exec(ctx, command{name: b.binary, args: []string{"up", "--local", "--json", "--source", app}, each: func(line []byte) {
		var e struct{ Type, Stage, Status string }
		if json.Unmarshal(line, &e) == nil && e.Type == "stage" && e.Status == "done" {
			r.ended[e.Stage] = time.Since(began)
		}
	}})
	if err != nil {
		return p, r, fmt.Errorf("%w%s", err, p.out[max(0, len(p.out)-shown):])
	}
	lines := bytes.Split(bytes.TrimSpace(p.out), []byte("\n"))
	if err := json.Unmarshal(lines[len(lines)-1], &r); err != nil {
		return p, r, fmt.Errorf("reading the result of up: %w", err)
	}
	if r.Type != "result" || r.Status != want {
		return p, r, fmt.Errorf("up ended as %q, want %q", r.Status, want)
	}
	return p, r, nil
}

// touch changes one line of a file.
func touch(name, comment string) error {
	data, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	mark := []byte("\n# changed by the benchmark: ")
	if i := bytes.Index(data, mark); i >= 0 {
		data = data[:i]
	}
	return os.WriteFile(name, append(data, string(mark)+comment+"\n"...), 0o644)
}

// deploys measures spectrum: its first deploy, then changes of its code, then of what it
// requires.
func (b *bench) deploys(ctx context.Context, t *table) error {
	app := filepath.Join(b.dir, "spectrum")
	if err := os.CopyFS(app, os.DirFS(filepath.Join(b.apps, "spectrum"))); err != nil {
		return err
	}
	b.say("deploying spectrum for the first time")
	first, err := b.runtimeOf(ctx, func() (ran, result, error) { return b.fresh(ctx, app, 0) })
	if err != nil {
		return err
	}
	s, err := b.shop(ctx, app)
	if err == nil && b.only != "packages" {
		err = b.warm(ctx, t, s)
	}
	if err == nil && b.only != "warm" {
		err = b.packages(ctx, t, s, first)
	}
	return err
}

// warm measures deploys of spectrum after a change of one line, and with none.
func (b *bench) warm(ctx context.Context, t *table, s *shop) error {
	rivals, err := s.rivals(ctx)
	if err != nil {
		return err
	}
	var ups, noops times
	var order []string
	stages := map[string]times{}
	others := make([]times, len(rivals))
	for i := range b.runs {
		b.say("warm deploys, run %d of %d", i+1, b.runs)
		if err := touch(filepath.Join(s.app, "wsgi.py"), fmt.Sprint("run ", i)); err != nil {
			return err
		}
		p, r, err := b.up(ctx, s.app, "released")
		if err != nil {
			return err
		}
		ups = append(ups, p.took)
		for _, s := range r.Stages {
			if _, ok := stages[s.ID]; !ok {
				order = append(order, s.ID)
			}
			stages[s.ID] = append(stages[s.ID], time.Duration(s.Seconds*float64(time.Second)))
		}
		if p, _, err = b.up(ctx, s.app, "nothing_to_do"); err != nil {
			return err
		}
		noops = append(noops, p.took)
		for j, rival := range rivals {
			took, err := rival.deploy(ctx, i)
			if err != nil {
				return err
			}
			others[j] = append(others[j], took)
		}
	}
	t.head("A. One line of spectrum changed, until it is live")
	t.row("gcpdeploy up --local", ups, "aim: near 3 s")
	for _, id := range order {
		t.row("  "+id, stages[id], "")
	}
	for j, rival := range rivals {
		t.row(rival.name, others[j], ratio(others[j], ups))
	}
	t.note("start, test and push run side by side. The others build, test and push only: no start check, no release.")
	t.head("B. Nothing changed")
	t.row("gcpdeploy up --local", noops, "aim: below 0.5 s")
	return nil
}

// dockerCommand finds a docker client, once.
func (b *bench) dockerCommand(ctx context.Context) (string, error) {
	if b.docker == "" {
		found, err := docker.Command(ctx)
		if err != nil {
			return "", err
		}
		b.docker = found
	}
	return b.docker, nil
}

var errNoBase = errors.New("GCPDEPLOY_BASE_IMAGE names no base image; scripts/docker.sh says which one to use")
