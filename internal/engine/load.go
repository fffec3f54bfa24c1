package engine

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/gcpdeploy/gcpdeploy/internal/config"
	"github.com/gcpdeploy/gcpdeploy/internal/credential"
	"github.com/gcpdeploy/gcpdeploy/internal/detect"
	"github.com/gcpdeploy/gcpdeploy/internal/dockerfile"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/key"
	"github.com/gcpdeploy/gcpdeploy/internal/lockfile"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
	"github.com/gcpdeploy/gcpdeploy/internal/requirements"
	"github.com/gcpdeploy/gcpdeploy/internal/source"
	"github.com/gcpdeploy/gcpdeploy/templates"
)

// App is an application as it lies on the disk, loaded and valid.
type App struct {
	Inputs plan.Inputs
	Tree   *source.Tree

	logins credential.Sources
}

// Load reads the configuration, detects what it leaves open, reads the
// requirements and the source, and renders the templates. It reads files only;
// where Google is (Inputs.Repository, Env) is for the caller to fill in.
func Load(ctx context.Context, from config.Input) (*App, error) {
	c, err := config.Load(from)
	if err != nil {
		return nil, err
	}
	app := &App{}
	g, gctx := errgroup.WithContext(ctx)
	g.Go(func() (err error) {
		app.Tree, err = source.Scan(gctx, c.Dir, source.Options{IgnoreFile: c.IgnoreFile})
		return err
	})
	in := &app.Inputs
	in.Release = release.Of(c)
	g.Go(func() error { return prepare(c, in, from.Lookup) })
	if err := g.Wait(); err != nil {
		return nil, err
	}
	in.Config, in.Platform = c, "linux/amd64"
	if err := app.credentials(from); err != nil {
		return nil, err
	}
	in.Source = plan.Source{Hash: app.Tree.Hash(), Files: len(app.Tree.Files), Bytes: app.Tree.Size()}
	in.Notes = slices.Concat(c.Notes, in.Notes, app.Tree.Notes)
	if in.Ignore, err = optional(filepath.Join(c.Dir, ".dockerignore")); err != nil {
		return nil, err
	}
	if err := app.hashLocals(ctx); err != nil {
		return nil, err
	}
	in.CA = c.CAFile != ""
	return app, nil
}

func optional(name string) ([]byte, error) {
	data, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return data, err
}

// prepare detects what the configuration leaves open, reads the requirements
// and renders the templates.
func prepare(c *config.Config, in *plan.Inputs, lookup func(string) (string, bool)) error {
	dir := os.DirFS(c.Dir)
	if err := Requirements(c, in, lookup); err != nil {
		return err
	}
	if c.Missing("system_packages.build") || c.Missing("system_packages.runtime") {
		f, err := detect.SystemPackages(dir)
		if err != nil {
			return err
		}
		c.Adopt(config.Detected{SystemPackages: f.Value, From: map[string]string{"system_packages.build": f.From, "system_packages.runtime": f.From}})
	}
	if c.Missing("entrypoint") {
		f, err := detect.Entrypoint(dir, in.Closure.Has)
		if err != nil {
			return err
		}
		in.Notes = append(in.Notes, f.Notes...)
		c.Adopt(config.Detected{Entrypoint: f.Value, From: map[string]string{"entrypoint": f.From}})
	}
	if err := tests(c, in, lookup); err != nil {
		return err
	}
	return render(c, in)
}

// Requirements finds Python and the requirement files, and reads the closure.
func Requirements(c *config.Config, in *plan.Inputs, lookup func(string) (string, bool)) (err error) {
	dir := os.DirFS(c.Dir)
	locks, err := lockfile.Find(c.Dir)
	if err != nil {
		return err
	}
	if c.Missing("python") {
		f, err := detect.Python(dir, locks...)
		if err != nil {
			return err
		}
		in.Notes = append(in.Notes, f.Notes...)
		c.Adopt(config.Detected{Python: f.Value, From: map[string]string{"python": f.From}})
	}
	var beside []string
	detected := c.Missing("requirements")
	if detected {
		f, err := detect.Requirements(dir, locks...)
		if err != nil {
			return err
		}
		in.Notes, beside = append(in.Notes, f.Notes...), f.Beside
		c.Adopt(config.Detected{Requirements: f.Value, From: map[string]string{"requirements": f.From}})
	}
	r := reader{c: c, lookup: lookup}
	if in.Closure, err = r.closure(c.Requirements, nil); err != nil {
		return err
	}
	if err := r.upToDate(detected, beside); err != nil {
		return err
	}
	for _, other := range beside {
		if err := r.agree(in.Closure, other); err != nil {
			return err
		}
	}
	in.Notes = append(in.Notes, r.notes...)
	warn(in, in.Closure)
	return nil
}

// warn notes a closure's warnings. Test requirements often include the app's.
func warn(in *plan.Inputs, cl *requirements.Closure) {
	for _, w := range cl.Warnings {
		if note := fmt.Sprintf("%s:%d: %s", w.File, w.Line, w.Message); !slices.Contains(in.Notes, note) {
			in.Notes = append(in.Notes, note)
		}
	}
}

func tests(c *config.Config, in *plan.Inputs, lookup func(string) (string, bool)) (err error) {
	if c.Test.Off {
		c.Test.Command = nil // that of the file, with --no-test
		return nil
	}
	var extra []detect.Located
	if c.Missing("test.command") {
		f, err := detect.Test(os.DirFS(c.Dir), in.Closure.Has, lockedGroup(c))
		if err != nil {
			return err
		}
		in.Notes = append(in.Notes, f.Notes...)
		extra = f.Value.Extra
		d := config.Detected{TestCommand: f.Value.Command, From: map[string]string{"test.command": f.From}}
		if c.Missing("test.requirements") {
			d.TestRequirements = f.Value.Requirements
			d.From["test.requirements"] = f.From
		}
		c.Adopt(d)
	}
	if len(c.Test.Command) == 0 {
		return nil
	}
	r := reader{c: c, lookup: lookup}
	in.Tests, err = r.closure(c.Test.Requirements, extra)
	in.Notes = append(in.Notes, r.notes...)
	if err == nil {
		warn(in, in.Tests)
	}
	return err
}

// render fills the templates: the user's own where there are some.
func render(c *config.Config, in *plan.Inputs) (err error) {
	folder := dockerfile.Layers{templates.FS}
	if c.Templates != "" {
		folder = dockerfile.Layers{dockerfile.Folder(c.Templates), templates.FS}
	}
	var own []string
	for _, o := range plan.Own(*in) {
		own = append(own, o.Install("/app"))
	}
	data := dockerfile.Data{
		BaseImage: c.BaseImage, Python: c.Python, Port: in.Release.Port, Entrypoint: c.Entrypoint,
		BuildPackages: c.SystemPackages.Build, RuntimePackages: c.SystemPackages.Runtime,
		Own: own,
	}
	if in.Wheel, err = dockerfile.Render(folder, templates.Wheel, data); err != nil {
		return err
	}
	if in.Main, err = dockerfile.Render(folder, templates.Main, data); err != nil {
		return err
	}
	if len(own) > 0 && !bytes.Contains(in.Main, []byte("gcpdeploy/wheelhouse")) {
		in.Notes = append(in.Notes, fmt.Sprintf("%s does not use .Own: the app's own packages (%s) are not installed", templates.Main, strings.Join(own, ", ")))
	}
	in.Program, err = dockerfile.Program(folder, templates.Program)
	return err
}

// hashLocals hashes what the wheels are made of in the app's own tree.
func (a *App) hashLocals(ctx context.Context) error {
	a.Inputs.Locals = map[string]string{}
	for _, name := range a.locals() {
		var sums []string
		err := a.eachUnder(name, func(f source.File) error {
			sums = append(sums, fmt.Sprintf("%q %v %q %x", f.Path, f.Mode.Perm()&0o100 != 0, f.Link, f.Sum))
			return nil
		})
		if err != nil {
			return err
		}
		if len(sums) == 0 {
			return notSent(name)
		}
		a.Inputs.Locals[name] = key.Sum([]byte(strings.Join(sums, "\n")))
	}
	for _, o := range plan.Own(a.Inputs) {
		sent := false
		if err := a.eachUnder(o.Path, func(source.File) error { sent = true; return nil }); err != nil {
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
	names := slices.Clone(a.Inputs.Closure.Locals)
	if a.Inputs.Tests != nil {
		names = append(names, a.Inputs.Tests.Locals...)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func (a *App) eachUnder(name string, do func(source.File) error) error {
	for _, f := range a.Tree.Files {
		if name == "." || f.Path == name || strings.HasPrefix(f.Path, name+"/") {
			if err := do(f); err != nil {
				return err
			}
		}
	}
	return nil
}

// Source is the archive for a plan: the tree and the files of ours.
func (a *App) Source(p plan.Plan) (Source, error) {
	extra := plan.Files(a.Inputs, p)
	if c := a.Inputs.Config; a.Inputs.CA && p.NeedsCA() {
		ca, err := os.ReadFile(c.CAFile)
		if err != nil {
			return Source{}, errs.New(errs.Usage, "Set ca_file to a bundle of certificates in PEM form.", "reading the CA bundle (%s): %w", c.Origin["ca_file"], err)
		}
		extra[plan.Dir+"/ca.pem"] = ca
	}
	if p.BuildsWheels() {
		for _, name := range a.locals() {
			err := a.eachUnder(name, func(f source.File) error {
				if f.Mode&fs.ModeSymlink != 0 || f.Mode.IsDir() {
					return nil
				}
				data, err := a.Tree.Read(f)
				extra[path.Join(plan.Dir, "wheels/src", f.Path)] = data
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
