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

	"github.com/gcpdeploy/gcpdeploy/gcp/clients"
	"github.com/gcpdeploy/gcpdeploy/internal/engine"
	"github.com/gcpdeploy/gcpdeploy/internal/inventory"
	"github.com/gcpdeploy/gcpdeploy/internal/key"
	"github.com/gcpdeploy/gcpdeploy/internal/stock"
	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

// WheelsShowOptions are the options of `wheels show`.
type WheelsShowOptions struct {
	App clients.App
	Output
	Prefix string // of a key or digest; "" = the app's wheels
}

func wheelsShowCommand(s ui.Streams, d Deps, run Func[WheelsShowOptions]) *cli.Command {
	return &cli.Command{
		Name:      "show",
		Usage:     "show what is in a wheels image: that of the app, or of a key or digest that begins so",
		ArgsUsage: "[KEY]",
		Flags:     append(shared(theRepository, []string{"service"}, theWheels), jsonFlag()),
		Action: action(s, d, run, func(c *cli.Context) (WheelsShowOptions, error) {
			args, err := arguments(c, 1)
			return WheelsShowOptions{App: appOptions(c), Output: outputOptions(c), Prefix: strings.Join(args, "")}, err
		}),
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
	Layers   []layerReport       `json:"layers,omitempty"`
	Fields   []key.Field         `json:"fields,omitempty"` // that made the key
}

// layerReport is a package's layer. Size is of its bytes in the registry, Runtimes how many
// runtime images have it, and Services those that run one.
type layerReport struct {
	Package  string   `json:"package"`
	Key      string   `json:"key"`
	Size     int64    `json:"size"`
	Runtimes int      `json:"runtimes"`
	Services []string `json:"services"`
}

func reportLayers(layers []inventory.SharedLayer) (reports []layerReport) {
	for _, l := range layers {
		r := layerReport{l.Package, l.Key, l.Size, l.Images, []string{}}
		for _, u := range l.UsedBy {
			r.Services = append(r.Services, u.Service)
		}
		slices.Sort(r.Services)
		r.Services = slices.Compact(r.Services)
		reports = append(reports, r)
	}
	return reports
}

// WheelsShow prints one wheels image: the one that the prefix names, or without
// one the app's.
func WheelsShow(ctx context.Context, s ui.Streams, d Deps, o WheelsShowOptions) error {
	app, set, err := openFor(ctx, d, o.App, o.Prefix == "")
	if err != nil {
		return err
	}
	defer set.Close()
	repository := set.Stock(ui.Quiet())
	var w stock.Shown
	if o.Prefix == "" {
		w, err = repository.ShowWheelsOf(ctx, engine.KeysOf(app.App).Wheels)
	} else {
		w, err = repository.ShowWheels(ctx, o.Prefix)
	}
	if err != nil {
		return err
	}
	warnDenied(s, w.Denied)
	m := w.Manifest
	out := showReport{
		wheelsReport: reportWheels(repository, w.Wheels, w.Denied), Python: m.Python, Platform: m.Platform, Tools: m.Tools, System: m.System, Packages: m.Packages, Fields: w.Key().Fields,
		Layers: reportLayers(w.Layers),
	}
	out.Base = cmp.Or(m.Base, out.Base)
	out.Partial = out.Partial || m.Complete != nil && !*m.Complete
	count := len(m.Packages)
	out.Count = &count
	if o.JSON {
		return ui.WriteJSON(s.Out, out)
	}
	return out.print(s.Out, d.Now())
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
	if err := t.Flush(); err != nil || len(r.Layers) == 0 {
		return err
	}
	fmt.Fprintf(w, "\n%s of their own\n", ui.Count(len(r.Layers), "layer"))
	t = tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	for _, l := range r.Layers {
		fmt.Fprintf(t, "  %s\t%s\tin %s\t%s\n", l.Package, ui.Bytes(l.Size), ui.Count(l.Runtimes, "runtime"), strings.Join(l.Services, " "))
	}
	return t.Flush()
}
