package engine

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"golang.org/x/sync/errgroup"

	"github.com/gcpdeploy/gcpdeploy/internal/config"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
	"github.com/gcpdeploy/gcpdeploy/internal/python/closure"
	"github.com/gcpdeploy/gcpdeploy/internal/python/lockfile"
	"github.com/gcpdeploy/gcpdeploy/internal/source"
)

// home is where the source lies in the image.
const home = "/app"

// beside are the app's local packages, and all else that its wheels are made of,
// that lie outside of its folder: "../lib".
func beside(app plan.App) (names []string) {
	for _, o := range plan.Own(app) {
		names = append(names, o.Path)
	}
	for _, c := range []*closure.Closure{app.Closure, app.Tests} {
		if c != nil {
			names = append(names, c.Locals...)
		}
	}
	names = slices.DeleteFunc(names, fs.ValidPath)
	slices.Sort(names)
	return slices.Compact(names)
}

// scan reads the app's folder while the requirements are read, and then what they
// need beside it; few apps need that, and theirs is begun anew.
func scan(ctx context.Context, c *config.Config, read func() (beside []string, err error)) (*source.Tree, error) {
	var tree *source.Tree
	var also []string
	g, gctx := errgroup.WithContext(ctx)
	alone, stop := context.WithCancel(gctx)
	defer stop()
	o := source.Options{IgnoreFile: c.IgnoreFile}
	g.Go(func() (err error) {
		if tree, err = source.Scan(alone, c.Dir, o); gctx.Err() == nil && alone.Err() != nil {
			return nil
		}
		return err
	})
	g.Go(func() (err error) {
		if also, err = read(); err == nil && len(also) > 0 {
			stop()
		}
		return err
	})
	if err := g.Wait(); err != nil || len(also) == 0 {
		return tree, err
	}
	o.Also, o.Top = also, top(c)
	return source.Scan(ctx, c.Dir, o)
}

// Tree reads what is sent of an app, and nothing else of it but its requirements.
// Where those cannot be read, unread says why, and the tree is the app's folder.
func Tree(ctx context.Context, c *config.Config, lookup func(string) (string, bool)) (tree *source.Tree, unread, err error) {
	tree, err = scan(ctx, c, func() ([]string, error) {
		app := plan.App{Config: c}
		if app.Closure, _, unread = Requirements(c, lookup); unread == nil {
			unread = tests(&app, lookup)
		}
		return beside(app), nil
	})
	return tree, unread, err
}

// top is the folder of the workspace whose lock file is used, "" for none above the
// app's.
func top(c *config.Config) string {
	for _, name := range c.Requirements {
		if file, _, ok := lockfile.Split(name); ok && strings.HasPrefix(file, "../") {
			return path.Dir(file)
		}
	}
	return ""
}

// inFolder is a command that names files of the app's below home, where the app lies
// in a folder of the source.
func inFolder(command []string, folder string) []string {
	words := slices.Clone(command)
	for i, w := range words {
		if rest, ok := strings.CutPrefix(w, home+"/"); ok {
			words[i] = path.Join(home, folder, rest)
		}
	}
	return words
}

// dockerignore are the rules of the app's .dockerignore, and of those in the other
// folders that are sent, as they count from the top.
func (a *App) dockerignore() ([]byte, error) {
	if len(a.Tree.Parts) == 0 {
		return optional(filepath.Join(a.Config.Dir, ".dockerignore"))
	}
	root, _ := source.Place(a.Config.Dir, beside(a.App))
	var all []byte
	for _, part := range a.Tree.Parts {
		text, err := optional(filepath.Join(root, filepath.FromSlash(part), ".dockerignore"))
		if err != nil {
			return nil, err
		}
		for line := range strings.Lines(string(text)) {
			rule, again := strings.CutPrefix(strings.TrimSpace(line), "!")
			if rule == "" || strings.HasPrefix(rule, "#") {
				continue
			}
			if again {
				all = append(all, '!')
			}
			all = append(all, path.Join(part, rule)+"\n"...)
		}
	}
	return all, nil
}

func optional(name string) ([]byte, error) {
	data, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) {
		return nil, nil
	}
	return data, err
}
