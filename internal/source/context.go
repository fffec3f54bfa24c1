package source

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/moby/patternmatcher"
	"github.com/moby/patternmatcher/ignorefile"
	"golang.org/x/sync/errgroup"
)

// Context reads a folder as Docker does that of a build: all but what the rules of a
// .dockerignore leave out, links as they are. What is above something that a rule
// brings back comes with it. Folders that Scan would leave out are no matter here: it
// has been asked before what goes up. Errors name the file.
func Context(ctx context.Context, dir string, ignore []byte) (*Tree, error) {
	patterns, err := ignorefile.ReadAll(bytes.NewReader(ignore))
	if err != nil {
		return nil, fmt.Errorf("reading .dockerignore: %w", err)
	}
	left, err := patternmatcher.New(patterns)
	if err != nil {
		return nil, fmt.Errorf("reading .dockerignore: %w", err)
	}
	w := &contextWalk{scanner: scanner{root: dir, work: make(chan []*item, 64)}, left: left}
	g, ctx := errgroup.WithContext(ctx)
	w.ctx = ctx
	for range runtime.GOMAXPROCS(0) {
		g.Go(func() error { return hashAll(ctx, dir, w.work) })
	}
	g.Go(func() error {
		defer close(w.work)
		if _, err := w.folder("", patternmatcher.MatchInfo{}); err != nil {
			return err
		}
		return w.flush()
	})
	if err := g.Wait(); err != nil {
		return nil, err
	}
	t := &Tree{root: dir, dirs: w.dirs}
	for _, i := range w.items {
		t.Files = append(t.Files, i.File)
	}
	slices.SortFunc(t.Files, func(a, b File) int { return strings.Compare(a.Path, b.Path) })
	slices.Sort(t.dirs)
	return t, nil
}

// contextWalk is a scanner that goes by Docker's rules.
type contextWalk struct {
	scanner
	left *patternmatcher.PatternMatcher
}

// folder reads what is in a folder; any says whether something of it is kept.
func (w *contextWalk) folder(rel string, above patternmatcher.MatchInfo) (any bool, err error) {
	if w.ctx.Err() != nil {
		return false, context.Cause(w.ctx)
	}
	entries, err := os.ReadDir(filepath.Join(w.root, filepath.FromSlash(rel)))
	if err != nil {
		return false, unreadable(rel, err)
	}
	for _, e := range entries {
		kept, err := w.one(path.Join(rel, e.Name()), e, above)
		if err != nil {
			return false, err
		}
		any = any || kept
	}
	return any, nil
}

func (w *contextWalk) one(rel string, e fs.DirEntry, above patternmatcher.MatchInfo) (kept bool, err error) {
	out, info, err := w.left.MatchesUsingParentResults(filepath.FromSlash(rel), above)
	if err != nil {
		return false, fmt.Errorf("a rule of .dockerignore: %w", err)
	}
	switch {
	case e.IsDir():
		if out && !w.left.Exclusions() {
			return false, nil
		}
		any, err := w.folder(rel, info)
		if kept = any || !out; kept {
			w.dirs = append(w.dirs, rel)
		}
		return kept, err
	case out:
		return false, nil
	case e.Type()&fs.ModeSymlink != 0:
		link, err := os.Readlink(filepath.Join(w.root, filepath.FromSlash(rel)))
		if err != nil {
			return false, unreadable(rel, err)
		}
		w.items = append(w.items, &item{File: File{Path: rel, Mode: fs.ModeSymlink | 0o777, Link: link}})
		return true, nil
	case !e.Type().IsRegular(): // no archive has one
		return false, fmt.Errorf("%s is %s, which an image cannot have from here", rel, kindName(e.Type()))
	}
	i := &item{File: File{Path: rel}}
	w.items, w.batch = append(w.items, i), append(w.batch, i)
	if len(w.batch) == batchSize {
		return true, w.flush()
	}
	return true, nil
}
