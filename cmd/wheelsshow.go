package cmd

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/gcpdeploy/gcpdeploy/internal/engine"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/inventory"
	"github.com/gcpdeploy/gcpdeploy/internal/key"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

func wheelsShowCommand(s ui.Streams, d Deps) *cli.Command {
	return &cli.Command{
		Name:      "show",
		Usage:     "show what is in a wheels image: that of the app, or of a key or digest that begins so",
		ArgsUsage: "[KEY]",
		Flags:     appFlags(),
		Action: func(c *cli.Context) error {
			args, asJSON, err := arguments(c, 1)
			if err != nil {
				return err
			}
			prefix := ""
			if len(args) > 0 {
				prefix = args[0]
			}
			return WheelsShow(c.Context, s, d, appOptions(c), prefix, asJSON)
		},
	}
}

// showReport is `wheels show --json`.
type showReport struct {
	wheelsReport
	Python   string              `json:"python,omitempty"`
	Platform string              `json:"platform,omitempty"`
	Tools    map[string]string   `json:"tools,omitempty"`
	System   []string            `json:"system,omitempty"`
	Packages []inventory.Package `json:"packages"`
	Fields   []key.Field         `json:"fields,omitempty"` // that made the key
}

// WheelsShow prints one wheels image: the one that prefix names, or without one
// the app's.
func WheelsShow(ctx context.Context, s ui.Streams, d Deps, o AppOptions, prefix string, asJSON bool) error {
	r, prefix, mine, err := openFor(ctx, d, o, prefix)
	if err != nil {
		return err
	}
	defer r.Close()
	st, err := r.stockOfWheels(ctx, s)
	if err != nil {
		return err
	}
	image, _, err := st.Find(prefix, plan.Wheels)
	if err != nil && mine {
		return errs.New(errs.NotFound, "Run `gcpdeploy up`.", "the wheels of this app (%s) are not in %s", key.Short(prefix), r.images.Repository())
	}
	if err != nil {
		return err
	}
	all := st.Wheels()
	n := slices.IndexFunc(all, func(w inventory.Wheels) bool { return w.Digest == image.Digest })
	w := inventory.Wheels{Image: image} // without a key nobody uses it
	if n >= 0 {
		w = all[n]
	}
	m, err := r.manifest(ctx, w.Digest)
	if err != nil {
		return err
	}
	out := showReport{
		wheelsReport: r.report(w), Python: m.Python, Platform: m.Platform, Tools: m.Tools, System: m.System, Packages: m.Packages, Fields: w.Key().Fields,
	}
	out.Base = cmp.Or(m.Base, out.Base)
	out.Partial = out.Partial || m.Complete != nil && !*m.Complete
	count := len(m.Packages)
	out.Count = &count
	if asJSON {
		return ui.WriteJSON(s.Out, out)
	}
	return out.print(s.Out, d.Now())
}

// openFor opens the repository for a prefix, or for the app's own key.
func openFor(ctx context.Context, d Deps, o AppOptions, prefix string) (r *repository, full string, mine bool, err error) {
	if prefix != "" {
		r, err = openRepository(ctx, d, o)
		return r, prefix, false, err
	}
	app, err := engine.Load(ctx, o.input(d))
	if err != nil {
		return nil, "", true, err
	}
	r, err = repositoryOf(ctx, d, o, app.Config)
	return r, plan.KeysOf(app.App, "").Wheels.Hash, true, err
}

func (r showReport) print(w io.Writer, now time.Time) error {
	t := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	row := func(name string, values ...string) {
		for _, v := range values {
			if v != "" {
				fmt.Fprintf(t, "%s\t%s\n", name, v)
				name = ""
			}
		}
	}
	row("key", r.Keys...)
	row("content", r.Content...)
	row("image", r.Image)
	row("uploaded", ui.Age(now.Sub(r.Uploaded))+" ago")
	row("size", ui.Bytes(r.Size))
	if r.Partial {
		row("partial", "the finished wheels of a build that failed; no deploy uses them")
	}
	row("python", r.Python)
	row("platform", r.Platform)
	row("base", r.Base)
	row("system", strings.Join(r.System, " "))
	var tools []string
	for _, name := range slices.Sorted(maps.Keys(r.Tools)) {
		tools = append(tools, name+" "+r.Tools[name])
	}
	row("tools", strings.Join(tools, ", "))
	row("used by", r.services("no revision"))
	if err := t.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(w, "\n%s\n", ui.Count(len(r.Packages), "package"))
	t = tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	for _, p := range r.Packages {
		line := fmt.Sprintf("  %s\t%s\tsha256 %s\t%s", p.Name, p.Version, key.Short(p.SHA256), p.File)
		if p.BuildKey != "" {
			line += "\tbuild key " + key.Short(p.BuildKey)
		}
		fmt.Fprintln(t, line)
	}
	return t.Flush()
}
