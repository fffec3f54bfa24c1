package source

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"golang.org/x/sync/errgroup"
)

// scanner is one walk. One goroutine reads the folders, the others hash what it
// finds.
type scanner struct {
	ctx   context.Context
	root  string
	rules *rules
	parts []string // what of root goes up; none = all
	work  chan []*item
	batch []*item

	items    []*item
	dirs     []string
	skipped  []string // paths left out by builtin
	venvs    []string // virtual environments that go up
	gits     []string // .git that goes up
	warned   []string
	disputes disputes
}

// item is a file on its way to be hashed.
type item struct {
	File
	secret string // what in it looks like a credential, "" for nothing
}

// batchSize keeps the channel cheap: one handing over for so many files.
const batchSize = 64

func (s *scanner) run() error {
	g, ctx := errgroup.WithContext(s.ctx)
	s.ctx, s.work = ctx, make(chan []*item, 64)
	for range runtime.GOMAXPROCS(0) {
		g.Go(func() error { return hashAll(ctx, s.root, s.work) })
	}
	g.Go(func() error {
		defer close(s.work)
		if err := s.all(); err != nil {
			return err
		}
		return s.flush()
	})
	if err := g.Wait(); err != nil {
		return err
	}
	slices.SortFunc(s.items, func(a, b *item) int { return strings.Compare(a.Path, b.Path) })
	slices.Sort(s.dirs)
	return nil
}

// dir reads one folder that goes up, unless builtin leaves it out. git is by
// which rule git would not have come here.
func (s *scanner) dir(names []string, git gitOut) error {
	if s.ctx.Err() != nil {
		return context.Cause(s.ctx)
	}
	rel := strings.Join(names, "/")
	entries, err := os.ReadDir(filepath.Join(s.root, filepath.FromSlash(rel)))
	if err != nil {
		return unreadable(rel, err)
	}
	if rel != "" {
		if slices.ContainsFunc(entries, func(e fs.DirEntry) bool { return e.Name() == venvMark }) {
			if s.rules.none {
				s.skipped = append(s.skipped, rel)
				return nil
			}
			s.venvs = append(s.venvs, rel)
		}
		s.dirs = append(s.dirs, rel)
	}
	before := len(s.items) + len(s.dirs)
	for _, e := range entries {
		if err := s.entry(append(names[:len(names):len(names)], e.Name()), e, git); err != nil {
			return err
		}
	}
	if path.Base(rel) == "__pycache__" && len(entries) > 0 && before == len(s.items)+len(s.dirs) {
		// What Python left behind, emptied by a rule like *.pyc. Running the
		// app must not change its hash.
		s.dirs = s.dirs[:len(s.dirs)-1]
	}
	return nil
}

func (s *scanner) entry(names []string, e fs.DirEntry, git gitOut) error {
	rel := strings.Join(names, "/")
	kind, link := e.Type(), ""
	isDir, broken := kind.IsDir(), false
	if kind&fs.ModeSymlink != 0 {
		var err error
		if link, err = os.Readlink(filepath.Join(s.root, filepath.FromSlash(rel))); err != nil {
			return unreadable(rel, err)
		}
		to, err := os.Stat(filepath.Join(s.root, filepath.FromSlash(rel)))
		broken = err != nil
		isDir = err == nil && to.IsDir()
	}
	if leftover(e.Name()) {
		return nil
	}
	if s.rules.none && builtin(e.Name()) != "" {
		s.skipped = append(s.skipped, rel)
		return nil
	}
	decider := s.rules.decide(names, isDir)
	if slices.Contains(s.parts, rel) {
		decider = nil // it is needed, whatever a rule above says of the whole of it
	}
	out := decider != nil && !decider.negated
	git = s.disputes.compare(s.rules, names, isDir, decider, git)
	if out {
		return nil
	}
	if rel == Reserved {
		return errs.New(errs.Usage, "Rename it, or leave it out with a line `/"+Reserved+"` in "+s.rules.home()+".",
			"the app has a %s of its own: that name is reserved for what gcpdeploy adds to the archive", Reserved)
	}
	if e.Name() == ".git" {
		s.gits = append(s.gits, rel)
	}
	switch {
	case broken:
		s.warn("%s is a symbolic link to %s, which does not exist: it is not sent", rel, link)
	case link != "":
		if leaves(rel, link) || !s.holds(path.Join(path.Dir(rel), filepath.ToSlash(link))) {
			s.warn("%s is a symbolic link to %s, outside the app's folder: it is sent as a link and will point to nothing", rel, link)
		}
		s.items = append(s.items, &item{File: File{Path: rel, Mode: fs.ModeSymlink | 0o777, Link: link}})
	case isDir:
		return s.dir(names, git)
	case kind.IsRegular():
		i := &item{File: File{Path: rel}}
		s.items = append(s.items, i)
		s.batch = append(s.batch, i)
		if len(s.batch) == batchSize {
			return s.flush()
		}
	default:
		s.warn("%s is %s: it is not sent", rel, kindName(kind))
	}
	return nil
}

func (s *scanner) flush() error {
	if len(s.batch) == 0 {
		return nil
	}
	select {
	case s.work <- s.batch:
		s.batch = make([]*item, 0, batchSize)
		return nil
	case <-s.ctx.Done():
		return context.Cause(s.ctx)
	}
}

func (s *scanner) warn(format string, args ...any) {
	s.warned = append(s.warned, fmt.Sprintf(format, args...))
}

// leaves says whether a link at rel points out of the tree, as it will stand in
// the build's workspace: an absolute target always does.
func leaves(rel, link string) bool {
	link = filepath.ToSlash(link)
	to := path.Join(path.Dir(rel), link)
	return path.IsAbs(link) || to == ".." || strings.HasPrefix(to, "../")
}

func kindName(m fs.FileMode) string {
	switch {
	case m&fs.ModeSocket != 0:
		return "a socket"
	case m&fs.ModeNamedPipe != 0:
		return "a named pipe"
	case m&fs.ModeDevice != 0:
		return "a device"
	}
	return "no regular file"
}

// unreadable turns a failed look at rel into an error that names it.
func unreadable(rel string, err error) error {
	if rel == "" {
		rel = "the app's folder"
	}
	switch {
	case errors.Is(err, fs.ErrPermission):
		return errs.New(errs.Usage, "Make it readable, or leave it out in "+ignoreName+".", "reading %s: %w", rel, cause(err))
	case errors.Is(err, fs.ErrNotExist) && rel != "the app's folder":
		return changed(rel)
	case errors.Is(err, fs.ErrNotExist):
		return errs.New(errs.Usage, "Name the app's folder.", "reading %s: %w", rel, err)
	}
	return fmt.Errorf("reading %s: %w", rel, err)
}

func changed(rel string) error {
	return errs.New(errs.Transient, "Run the command again once nothing writes to the app's folder.", "%s changed while it was read", rel)
}
