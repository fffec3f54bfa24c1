package cmd

import (
	"context"
	"debug/elf"
	"net/http"
	"os"
	"path/filepath"
	"runtime/debug"
	"sync"
	"time"

	"golang.org/x/term"

	"github.com/gcpdeploy/gcpdeploy/gcp"
	"github.com/gcpdeploy/gcpdeploy/internal/config"
	"github.com/gcpdeploy/gcpdeploy/internal/engine"
	"github.com/gcpdeploy/gcpdeploy/internal/index"
	"github.com/gcpdeploy/gcpdeploy/internal/key"
	"github.com/gcpdeploy/gcpdeploy/internal/local"
	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

// Deps is the surroundings of a command. Everything is read or made lazily, so
// that a command pays for what it uses.
type Deps struct {
	Version func() string
	Lookup  func(string) (string, bool) // the environment
	Home    string
	Exe     string
	Now     func() time.Time
	Index   func(*config.Config, Wrap) engine.Index // asks package indexes; nil = none is asked
}

// Wrap adds to what a transport does.
type Wrap = func(http.RoundTripper) http.RoundTripper

// SystemDeps are the real surroundings. release is the version that the linker
// set, or "".
func SystemDeps(release string) Deps {
	home, _ := os.UserHomeDir()
	exe, _ := os.Executable()
	version := sync.OnceValue(func() string { return versionOf(release, exe) })
	return Deps{
		Version: version,
		Lookup:  os.LookupEnv,
		Home:    home,
		Exe:     exe,
		Now:     time.Now,
		Index: func(c *config.Config, wrap Wrap) engine.Index {
			return index.Client{CAFile: c.CAFile, UserAgent: "gcpdeploy/" + version(), Wrap: wrap}
		},
	}
}

// SystemStreams are the process's own streams.
func SystemStreams() ui.Streams {
	fd := int(os.Stderr.Fd())
	terminal := term.IsTerminal(fd) && os.Getenv("TERM") != "dumb"
	_, noColor := os.LookupEnv("NO_COLOR")
	return ui.Streams{
		In: os.Stdin, Out: os.Stdout, Err: os.Stderr,
		Terminal: terminal, Color: terminal && !noColor,
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

// daemon is the local emulators' process of this user.
func (d Deps) daemon() local.Daemon {
	dir, ok := d.Lookup("GCPDEPLOY_STATE_DIR")
	if !ok || dir == "" {
		base, ok := d.Lookup("XDG_STATE_HOME")
		if !ok || base == "" {
			base = filepath.Join(d.Home, ".local", "state")
		}
		dir = filepath.Join(base, "gcpdeploy")
	}
	return local.Daemon{Dir: filepath.Join(dir, "local"), Version: d.Version(), Exe: d.Exe}
}

// connect says where Google is: where the environment says, or the emulators,
// which are started if they do not run.
func (d Deps) connect(ctx context.Context, useLocal bool) (gcp.Config, error) {
	c := gcp.FromEnvironment(d.Lookup)
	if useLocal {
		s, err := d.daemon().Ensure(ctx)
		if err != nil {
			return c, err
		}
		c = localConfig(s)
	}
	c.UserAgent = "gcpdeploy/" + d.Version()
	return c, nil
}

func localConfig(s local.Status) gcp.Config {
	return gcp.Config{Endpoints: gcp.Endpoints{Base: s.URL}, TokenFile: s.TokenFile}
}
