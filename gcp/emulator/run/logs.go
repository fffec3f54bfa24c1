package run

import (
	"context"
	"errors"
	"io"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gcpdeploy/gcpdeploy/internal/docker"
)

// LogLine is one line of a service's log.
type LogLine struct {
	Time     time.Time
	Revision string // short name
	Stream   string // stdout, stderr, or system for the emulator's own
	Text     string
}

func (s *Server) logPath(svc *service, revision string) string {
	return filepath.Join(s.cfg.Dir, "logs", svc.loc.project, svc.loc.location, svc.id, revision+".log")
}

// copyLog appends a container's output to its revision's log, until it ends.
func (s *Server) copyLog(ctx context.Context, r *revision, id string, since time.Time) error {
	f, err := openLog(s.logPath(r.svc, r.id()), maxLog)
	if err != nil {
		return err
	}
	defer f.Close()
	var mu sync.Mutex
	if !since.IsZero() {
		since = since.Add(time.Nanosecond) // the lines up to it are there
	}
	stdout, stderr := &lineWriter{mu: &mu, out: f, stream: "stdout"}, &lineWriter{mu: &mu, out: f, stream: "stderr"}
	err = s.cfg.Docker.LogStream(ctx, id, docker.LogOptions{Follow: true, Timestamps: true, Since: since}, stdout, stderr)
	return errors.Join(err, stdout.end(), stderr.end())
}

// logLine appends one line of the emulator's own.
func (s *Server) logLine(r *revision, stream, text string) {
	f, err := openLog(s.logPath(r.svc, r.id()), maxLog)
	if err == nil {
		_, err = io.WriteString(f, s.cfg.Now().UTC().Format(time.RFC3339Nano)+" "+stream+" "+strings.ReplaceAll(text, "\n", " ")+"\n")
		_ = f.Close()
	}
	if err != nil {
		s.cfg.Log.Warn("writing a log", "revision", r.id(), "error", err)
	}
}

// lastLogTime is the time of the last line that was copied from a container.
func (s *Server) lastLogTime(r *revision) time.Time {
	for _, n := range []int{100, math.MaxInt} { // of ours there are few
		for _, l := range slices.Backward(readTail(s.logPath(r.svc, r.id()), n)) {
			if l.Stream != "system" {
				return l.Time
			}
		}
	}
	return time.Time{}
}

// Logged gives the full names of a project's services that have a log.
func (s *Server) Logged(project string) (names []string, err error) {
	dirs, err := filepath.Glob(filepath.Join(s.cfg.Dir, "logs", project, "*", "*"))
	for _, d := range dirs {
		location, service := filepath.Split(d)
		names = append(names, "projects/"+project+"/locations/"+filepath.Base(location)+"/services/"+service)
	}
	return names, err
}

// Logs gives the newest lines of a service by its full name, at most limit, all
// revisions together, oldest line first. The logs of a deleted service stay until
// Purge.
func (s *Server) Logs(service string, limit int) ([]LogLine, error) {
	l, id, err := parseService(service)
	if err != nil {
		return nil, err
	}
	files, err := filepath.Glob(filepath.Join(s.cfg.Dir, "logs", l.project, l.location, id, "*.log"))
	if err != nil {
		return nil, err
	}
	var all []LogLine
	for _, path := range files {
		all = append(all, readTail(path, limit)...)
	}
	slices.SortStableFunc(all, func(a, b LogLine) int { return a.Time.Compare(b.Time) })
	return all[max(0, len(all)-limit):], nil
}
