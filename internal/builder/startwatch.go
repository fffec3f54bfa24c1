package builder

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/gcpdeploy/gcpdeploy/internal/docker"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/serving"
)

// ended is the end of a container.
type ended struct {
	code int
	err  error
}

func (a *attempt) wait(ctx context.Context, id string) <-chan ended {
	c := make(chan ended, 1)
	go func() {
		code, err := a.docker.Wait(ctx, id)
		c <- ended{code, err}
	}()
	return c
}

// watchLog gives the first line of the app's output that says that its workers
// do not start.
func (a *attempt) watchLog(ctx context.Context) <-chan string {
	found := make(chan string, 2) // of stdout and stderr
	go func() {                   // ends with the app, or with ctx
		a.readLog(ctx, true, func(line string) { found <- line })
	}()
	return found
}

// failing is watchLog's line in what the app has written so far; "" for none.
func (a *attempt) failing(ctx context.Context) (line string) {
	a.readLog(ctx, false, func(l string) { line = l })
	return line
}

// readLog looks for failing workers in the app's output, once in each stream.
// What cannot be read says nothing.
func (a *attempt) readLog(ctx context.Context, follow bool, found func(string)) {
	each := func() *lines {
		done := false
		return &lines{each: func(line []byte) error {
			if text := strings.TrimSpace(string(line)); !done && serving.Failing(text) {
				done = true
				found(text)
			}
			return nil
		}}
	}
	_ = a.docker.LogStream(ctx, a.app, docker.LogOptions{Follow: follow}, each(), each())
}

// watchProbe makes and starts the probe, while the app begins, and reports its
// line as soon as it is there.
func (a *attempt) watchProbe(ctx context.Context, probe docker.Container, ready chan<- struct{}, found chan<- probed, failed chan<- error) {
	var err error
	if a.probe, err = a.docker.Create(ctx, probe); err == nil {
		err = a.docker.Start(ctx, a.probe)
	}
	if err != nil {
		failed <- fmt.Errorf("starting the probe: %w", err)
		return
	}
	var stderr bytes.Buffer
	done := false
	line := &lines{each: func(text []byte) error {
		var r probed
		if done {
			return nil
		}
		if err := json.Unmarshal(text, &r); err != nil {
			return fmt.Errorf("the probe said %.200q: %w", text, err)
		}
		switch {
		case r.Ready:
			ready <- struct{}{}
			return nil
		case r.Answered != 0 && !r.Listens:
			a.answered = time.Now()
			return nil
		}
		done = true
		found <- r
		return nil
	}}
	err = a.docker.Logs(ctx, a.probe, true, line, &stderr)
	exit := 0
	if err == nil && !done { // Docker may end the log before the container that it has only just started
		if exit, err = a.docker.Wait(ctx, a.probe); err == nil {
			stderr.Reset()
			err = a.docker.Logs(ctx, a.probe, false, line, &stderr)
		}
	}
	switch {
	case err != nil:
		failed <- fmt.Errorf("reading the probe: %w", err)
	case !done:
		failed <- errs.New(errs.Internal, "", "the probe said nothing, and ended with code %d: %.500s", exit, strings.TrimSpace(stderr.String()))
	}
}

// lines hands on what is written line by line. What is longer than anything that
// is looked for comes in pieces.
type lines struct {
	each func([]byte) error
	rest []byte
}

const longestLine = 64 << 10

func (l *lines) Write(p []byte) (int, error) {
	l.rest = append(l.rest, p...)
	for {
		line, rest, ok := bytes.Cut(l.rest, []byte("\n"))
		if !ok && len(line) < longestLine {
			l.rest = line
			return len(p), nil
		}
		if err := l.each(line); err != nil {
			return 0, err
		}
		l.rest = rest
	}
}
