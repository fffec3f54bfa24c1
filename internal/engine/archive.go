package engine

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/key"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
	"github.com/gcpdeploy/gcpdeploy/internal/python/closure"
	"github.com/gcpdeploy/gcpdeploy/internal/source"
)

// hashLocals hashes what the wheels are made of in the app's own tree.
func (a *App) hashLocals(ctx context.Context) error {
	a.Locals = map[string]string{}
	for _, name := range a.locals() {
		var sums []string
		err := a.eachUnder(name, func(f source.File, rel string) error {
			sums = append(sums, fmt.Sprintf("%q %v %q %x", rel, f.Mode.Perm()&0o100 != 0, f.Link, f.Sum))
			return nil
		})
		if err != nil {
			return err
		}
		if len(sums) == 0 {
			return notSent(name)
		}
		a.Locals[name] = key.Sum([]byte(strings.Join(sums, "\n")))
	}
	for _, o := range plan.Own(a.App) {
		sent := false
		if err := a.eachUnder(o.Path, func(source.File, string) error { sent = true; return nil }); err != nil {
			return err
		}
		if !sent {
			return notSent(o.Path)
		}
	}
	return ctx.Err()
}

func notSent(name string) error {
	return errs.New(errs.Usage, "Run `gcpdeploy files --why "+name+"`.", "the requirements name %s, which is not among the files that are sent", name)
}

func (a *App) locals() []string {
	names := slices.Clone(a.Closure.Locals)
	if a.Tests != nil {
		names = append(names, a.Tests.Locals...)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// eachUnder gives the files that are sent of a folder, or a file, that is named
// relative to the app, each with its path as seen from there, too.
func (a *App) eachUnder(name string, do func(f source.File, rel string) error) error {
	at := path.Join(a.Folder, name)
	for _, f := range a.Tree.Files {
		rest, ok := f.Path, at == "."
		if !ok {
			rest, ok = strings.CutPrefix(f.Path+"/", at+"/")
		}
		if ok {
			if err := do(f, path.Join(name, rest)); err != nil {
				return err
			}
		}
	}
	return nil
}

// Archive is what a plan's build starts from: the tree and the files of ours.
func (a *App) Archive(p plan.Plan) (Source, error) {
	extra := plan.Files(a.App, p)
	if c := a.Config; a.CA && p.NeedsCA() {
		ca, err := os.ReadFile(c.CAFile)
		if err != nil {
			return Source{}, errs.New(errs.Usage, "Set ca_file to a bundle of certificates in PEM form.", "reading the CA bundle (%s): %w", c.Origin["ca_file"], err)
		}
		extra[plan.Dir+"/ca.pem"] = ca
	}
	if p.BuildsWheels() {
		for _, name := range a.locals() {
			err := a.eachUnder(name, func(f source.File, rel string) error {
				if f.Mode&fs.ModeSymlink != 0 || f.Mode.IsDir() {
					return nil
				}
				data, err := a.Tree.Read(f)
				extra[path.Join(plan.Dir, "wheels", closure.BuildPath(rel))] = data
				return err
			})
			if err != nil {
				return Source{}, fmt.Errorf("reading a local requirement: %w", err)
			}
		}
	}
	return Source{
		Object: source.ObjectName(a.Tree, extra), Bytes: a.Tree.Size(), Files: len(a.Tree.Files),
		Write:  func(ctx context.Context, w io.Writer) error { return a.Tree.WriteArchive(ctx, w, extra) },
		Logins: a.logins.Collect,
	}, nil
}
