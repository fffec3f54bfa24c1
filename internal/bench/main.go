// Command bench measures what a warm deploy costs on this machine, against what
// people would do without this program: the recipe of 2015, a plain Dockerfile,
// and gcloud's own client. All rows come from one run, taken in turns, so that
// whatever else the machine does falls on all of them alike. It knows the
// program from outside only: its commands, its JSON and the emulators' API.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"
)

// options are the flags.
type options struct {
	runs   int
	binary string
	only   string
	apps   string
}

func main() {
	log.SetFlags(0)
	var o options
	flag.IntVar(&o.runs, "n", 3, "`runs` of each row")
	flag.StringVar(&o.binary, "bin", "", "gcpdeploy `binary` to measure; the default is to build one")
	flag.StringVar(&o.only, "only", "", "measure only `warm` deploys, only what `packages` cost, only `submit`ting, or only builds of `wheels`, which may take an hour")
	flag.StringVar(&o.apps, "apps", "testdata/apps", "`folder` of the sample apps")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal kills
	if err := run(ctx, o, os.Stdout); err != nil {
		log.Fatalln("error:", err)
	}
}

// run measures everything and prints the table. What it started is gone afterwards.
func run(ctx context.Context, o options, out io.Writer) (err error) {
	if o.runs < 1 {
		return errors.New("-n must be at least 1")
	}
	dir, err := os.MkdirTemp("", "gcpdeploy-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	b, err := start(ctx, o, dir)
	if b != nil {
		defer func() { err = errors.Join(err, b.close(ctx)) }()
	}
	if err != nil {
		return err
	}
	t := &table{out: out}
	if o.only == "wheels" {
		return b.wheels(ctx, t)
	}
	if o.only != "submit" {
		if err := b.deploys(ctx, t); err != nil {
			return err
		}
	}
	if o.only != "warm" && o.only != "packages" {
		if err := b.submitting(ctx, t); err != nil {
			return err
		}
	}
	return nil
}

// bench is the program under test, with emulators of its own.
type bench struct {
	options
	dir      string
	env      []string // of every process
	docker   string   // command that can do BuildKit builds
	status   status
	progress io.Writer
	clean    []func(context.Context) error
}

// start builds the program and starts its emulators.
func start(ctx context.Context, o options, dir string) (*bench, error) {
	b := &bench{options: o, dir: dir, progress: os.Stderr}
	b.env = append(os.Environ(), "GCPDEPLOY_STATE_DIR="+filepath.Join(dir, "state"))
	var err error
	if b.apps, err = filepath.Abs(o.apps); err != nil {
		return nil, err
	}
	if o.binary == "" {
		b.binary = filepath.Join(dir, "gcpdeploy")
		c := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", b.binary, "./cmd/gcpdeploy")
		c.Env = append(os.Environ(), "CGO_ENABLED=0")
		if text, err := c.CombinedOutput(); err != nil {
			return nil, fmt.Errorf("building the program: %w\n%s", err, text)
		}
	} else if b.binary, err = filepath.Abs(o.binary); err != nil {
		return nil, err
	}
	b.clean = append(b.clean, func(ctx context.Context) error {
		_, err := b.exec(ctx, command{name: b.binary, args: []string{"local", "stop", "--purge"}})
		return err
	})
	if err := b.local(ctx); err != nil {
		return b, err
	}
	return b, nil
}

// close removes what was made, last things first, also after a signal.
func (b *bench) close(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Minute)
	defer cancel()
	var err error
	for i := len(b.clean) - 1; i >= 0; i-- {
		err = errors.Join(err, b.clean[i](ctx))
	}
	return err
}

func (b *bench) say(format string, args ...any) { fmt.Fprintf(b.progress, format+"\n", args...) }
