package run

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"os"
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

// lineWriter turns a container's timestamped output into lines of our file:
// time, stream, text.
type lineWriter struct {
	mu     *sync.Mutex
	out    io.Writer
	stream string
	rest   []byte
}

func (w *lineWriter) Write(p []byte) (int, error) {
	w.rest = append(w.rest, p...)
	for {
		line, rest, ok := bytes.Cut(w.rest, []byte("\n"))
		if !ok {
			return len(p), nil
		}
		at, text, _ := bytes.Cut(line, []byte(" "))
		w.mu.Lock()
		_, err := w.out.Write(slices.Concat(at, []byte(" "+w.stream+" "), text, []byte("\n")))
		w.mu.Unlock()
		if err != nil {
			return 0, err
		}
		w.rest = rest
	}
}

// copyLog appends a container's output to its revision's log, until it ends.
func (s *Server) copyLog(ctx context.Context, r *revision, id string, since time.Time) error {
	f, err := s.openLog(r)
	if err != nil {
		return err
	}
	defer f.Close()
	var mu sync.Mutex
	if !since.IsZero() {
		since = since.Add(time.Nanosecond) // the lines up to it are there
	}
	return s.cfg.Docker.LogStream(ctx, id, docker.LogOptions{Follow: true, Timestamps: true, Since: since},
		&lineWriter{mu: &mu, out: f, stream: "stdout"}, &lineWriter{mu: &mu, out: f, stream: "stderr"})
}

func (s *Server) openLog(r *revision) (*os.File, error) {
	path := s.logPath(r.svc, r.id())
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	return os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
}

// logLine appends one line of the emulator's own.
func (s *Server) logLine(r *revision, stream, text string) {
	f, err := s.openLog(r)
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
	var last time.Time
	for _, l := range readLog(s.logPath(r.svc, r.id())) {
		if l.Stream != "system" {
			last = l.Time
		}
	}
	return last
}

// Logs gives the log of a service by its full name, all revisions together,
// oldest line first. The logs of a deleted service stay until Purge.
func (s *Server) Logs(service string) ([]LogLine, error) {
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
		all = append(all, readLog(path)...)
	}
	slices.SortStableFunc(all, func(a, b LogLine) int { return a.Time.Compare(b.Time) })
	return all, nil
}

// readLog reads one file; lines that are cut or damaged are left out.
func readLog(path string) []LogLine {
	f, err := os.Open(path)
	if err != nil {
		return nil
	}
	defer f.Close()
	var lines []LogLine
	in := bufio.NewReader(f)
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return lines
		}
		p := strings.SplitN(strings.TrimSuffix(line, "\n"), " ", 3)
		if len(p) < 3 {
			continue
		}
		if at, err := time.Parse(time.RFC3339Nano, p[0]); err == nil {
			lines = append(lines, LogLine{Time: at, Revision: strings.TrimSuffix(filepath.Base(path), ".log"), Stream: p[1], Text: p[2]})
		}
	}
}
