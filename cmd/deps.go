package cmd

import (
	"context"
	"debug/elf"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"golang.org/x/term"

	"github.com/gcpdeploy/gcpdeploy/gcp/clients"
	"github.com/gcpdeploy/gcpdeploy/internal/config"
	"github.com/gcpdeploy/gcpdeploy/internal/engine"
	"github.com/gcpdeploy/gcpdeploy/internal/index"
	"github.com/gcpdeploy/gcpdeploy/internal/key"
	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

// SystemDeps are the real surroundings. release is the version that the linker
// set, or "".
func SystemDeps(release string) Deps {
	home, _ := os.UserHomeDir()
	exe, _ := os.Executable()
	version := sync.OnceValue(func() string { return versionOf(release, exe) })
	return Deps{
		Version:  version,
		Lookup:   os.LookupEnv,
		Names:    variables,
		Home:     home,
		Exe:      exe,
		Releases: "ghcr.io/gcpdeploy/builder",
		Now:      time.Now,
		Again:    again,
		Index: func(c *config.Config, wrap clients.Wrap) engine.Index {
			return index.Client{CAFile: c.CAFile, UserAgent: "gcpdeploy/" + version(), Wrap: wrap}
		},
	}
}

// variables are the names of those that there are.
func variables() (names []string) {
	for _, line := range os.Environ() {
		name, _, _ := strings.Cut(line, "=")
		names = append(names, name)
	}
	return names
}

// again tells of the next Ctrl-C, which would else end the program at once.
func again() (<-chan struct{}, func()) {
	signals, told := make(chan os.Signal, 1), make(chan struct{})
	signal.Notify(signals, os.Interrupt)
	done, release := context.WithCancel(context.Background())
	go func() {
		select {
		case <-signals:
			close(told)
		case <-done.Done():
		}
		signal.Stop(signals) // a third one kills
	}()
	return told, release
}

// SystemStreams are the process's own streams.
func SystemStreams() ui.Streams {
	fd := int(os.Stderr.Fd())
	terminal := term.IsTerminal(fd) && os.Getenv("TERM") != "dumb"
	shown := func(f *os.File) io.Writer {
		if term.IsTerminal(int(f.Fd())) {
			return ui.Screen(f)
		}
		return f
	}
	_, noColor := os.LookupEnv("NO_COLOR")
	return ui.Streams{
		In: os.Stdin, Out: shown(os.Stdout), Err: shown(os.Stderr),
		Terminal: terminal, Answers: terminal && term.IsTerminal(int(os.Stdin.Fd())), Color: terminal && !noColor,
		Width: func() int {
			w, _, err := term.GetSize(fd)
			if err != nil {
				return 80
			}
			return w
		},
	}
}

// versionOf names this very program: the release, or for a build of one's own
// the linker's build ID, which changes with the code. It is the tag of the
// builder image, so two programs must not share one.
func versionOf(release, exe string) string {
	if release != "" {
		return release
	}
	if id := buildID(exe); id != "" {
		return "dev-" + key.Sum([]byte(id))[:12]
	}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				return "dev-" + s.Value[:min(12, len(s.Value))]
			}
		}
	}
	return "dev"
}

func buildID(exe string) string {
	f, err := elf.Open(exe)
	if err != nil {
		return ""
	}
	defer f.Close()
	s := f.Section(".note.go.buildid")
	if s == nil {
		return ""
	}
	id, err := s.Data()
	if err != nil {
		return ""
	}
	return string(id)
}
