package container

import (
	"context"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/frame"
	"github.com/gcpdeploy/gcpdeploy/internal/docker"
)

// System is the stream of lines that are the emulator's own.
const System = "system"

// Line is one line of a log.
type Line struct {
	Time     time.Time
	Revision string // short name
	Stream   string // stdout, stderr, Requests or System
	Text     string
}

// Log is a file with what the containers of a revision wrote, named after it.
type Log string

// Newest gives the newest lines of all logs in a folder together, at most limit, the
// oldest first.
func Newest(dir string, limit int) (all []Line) {
	files, _ := os.ReadDir(dir) // what is not there has none
	for _, f := range files {
		if filepath.Ext(f.Name()) == ".log" {
			all = append(all, readTail(filepath.Join(dir, f.Name()), limit)...)
		}
	}
	slices.SortStableFunc(all, func(a, b Line) int { return a.Time.Compare(b.Time) })
	return all[max(0, len(all)-limit):]
}

// Tail gives the newest lines, at most n, the oldest first.
func (l Log) Tail(n int) []Line { return readTail(string(l), n) }

// Add appends one line of the emulator's own.
func (l Log) Add(at time.Time, text string) error { return l.add(at, System, text) }

func (l Log) add(at time.Time, stream, text string) error {
	f, err := openLog(string(l), maxLog)
	if err != nil {
		return err
	}
	_, err = io.WriteString(f, at.UTC().Format(time.RFC3339Nano)+" "+stream+" "+strings.ReplaceAll(text, "\n", " ")+"\n")
	return errors.Join(err, f.Close())
}

// Remove removes the log; it may be none.
func (l Log) Remove() {
	for _, path := range []string{string(l), string(l) + rotated} {
		_ = os.Remove(path)
	}
}

// copy appends a container's output until it ends; since is the time of the last
// line of it that is there.
func (l Log) copy(ctx context.Context, from frame.Containers, id string, since time.Time) error {
	f, err := openLog(string(l), maxLog)
	if err != nil {
		return err
	}
	defer f.Close()
	var mu sync.Mutex
	if !since.IsZero() {
		since = since.Add(time.Nanosecond)
	}
	stdout, stderr := &lineWriter{mu: &mu, out: f, stream: "stdout"}, &lineWriter{mu: &mu, out: f, stream: "stderr"}
	err = from.LogStream(ctx, id, docker.LogOptions{Follow: true, Timestamps: true, Since: since}, stdout, stderr)
	return errors.Join(err, stdout.end(), stderr.end())
}

// last is the time of the last line that was copied from a container.
func (l Log) last() time.Time {
	for _, n := range []int{100, math.MaxInt} { // of ours there are few
		for _, line := range slices.Backward(l.Tail(n)) {
			if line.Stream != System && line.Stream != Requests {
				return line.Time
			}
		}
	}
	return time.Time{}
}
