package cmd

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/gcp/clients"
	"github.com/gcpdeploy/gcpdeploy/internal/engine"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

// buildLog prints the log of a build: what there is of it, or to its end.
func buildLog(ctx context.Context, s ui.Streams, d Deps, set *clients.Set, o LogsOptions) error {
	report := warner(s, d)
	defer report.Close()
	builds := set.Builds(report)
	build, err := buildOf(ctx, set, o.ID)
	if err != nil {
		return err
	}
	if o.ID != "" && build.Build != o.ID {
		fmt.Fprintf(s.Err, "run %s is a step of build %s, whose log this is\n", o.ID, build.Build)
	}
	var log io.Writer = s.Out
	if o.JSON {
		log = &lines{each: func(text string) error { return ui.WriteJSON(s.Out, logLine{Text: text}) }}
	}
	end := func() error { return nil }
	if o.Step != "" {
		step, err := engine.OfStep(log, build, plan.StepID(o.Step))
		if err != nil {
			return err
		}
		log, end = step, step.Close
	}
	if o.Follow {
		_, err = builds.Watch(ctx, build, log)
	} else {
		err = builds.Log(ctx, build, log)
	}
	if endErr := end(); err == nil {
		err = endErr
	}
	if l, ok := log.(*lines); ok && err == nil {
		err = l.Close()
	}
	return stopped(ctx, o.Follow, err)
}

// buildOf is the build of that ID, or the service's newest one.
func buildOf(ctx context.Context, set *clients.Set, id string) (plan.Outcome, error) {
	if id != "" {
		return set.Build(ctx, id)
	}
	last, ok, err := set.NewestDeploy(ctx)
	if err == nil && !ok {
		err = errs.New(errs.NotFound, "Run `gcpdeploy up`.", "there is no build of %s", set.Config.Service)
	}
	return last, err
}

// stopped is the error of what is followed until Ctrl-C, which is its end.
func stopped(ctx context.Context, followed bool, err error) error {
	if followed && ctx.Err() != nil {
		return nil
	}
	return err
}

// lines takes a text apart, lines however long.
type lines struct {
	each func(string) error
	rest []byte
}

// Write hands on the lines that have ended.
func (l *lines) Write(p []byte) (int, error) {
	for line := range bytes.Lines(p) {
		l.rest = append(l.rest, line...)
		if line[len(line)-1] != '\n' {
			break
		}
		if err := l.Close(); err != nil {
			return 0, err
		}
	}
	return len(p), nil
}

// Close hands on a last line without an end.
func (l *lines) Close() error {
	if len(l.rest) == 0 {
		return nil
	}
	text := strings.TrimRight(string(l.rest), "\r\n")
	l.rest = l.rest[:0]
	return l.each(text)
}
