package cmd

import (
	"context"
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/gcpdeploy/gcpdeploy/gcp/clients"
	"github.com/gcpdeploy/gcpdeploy/internal/ci"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

// PreviewListOptions are the options of `preview list`.
type PreviewListOptions struct {
	App clients.App
	Output
}

func previewListCommand(s ui.Streams, d Deps, run Func[PreviewListOptions]) *cli.Command {
	return &cli.Command{
		Name: "list", Usage: "list the previews of the service",
		Flags: append(shared(theService), jsonFlag()),
		Action: action(s, d, run, func(c *cli.Context) (PreviewListOptions, error) {
			return PreviewListOptions{App: appOptions(c), Output: outputOptions(c)}, nil
		}),
	}
}

// previewReport is a preview of `preview list --json`.
type previewReport struct {
	Name     string     `json:"name"`
	URL      string     `json:"url"`
	Revision string     `json:"revision"`
	Service  string     `json:"service,omitempty"` // that it is
	Run      string     `json:"run,omitempty"`
	Made     time.Time  `json:"made"`
	Expires  *time.Time `json:"expires,omitempty"`
	Origin   *ci.Origin `json:"origin,omitempty"`
}

// PreviewList prints what is shown beside the service.
func PreviewList(ctx context.Context, s ui.Streams, d Deps, o PreviewListOptions) error {
	set, err := clients.Open(ctx, d, o.App)
	if err != nil {
		return err
	}
	defer set.Close()
	all, err := previews(ctx, set)
	if err != nil {
		return err
	}
	revisions, err := set.Target().Revisions(ctx, set.Service())
	if err != nil {
		return err
	}
	out := []previewReport{}
	for _, p := range all {
		r := previewReport{Name: p.Name, URL: p.URL, Revision: p.Revision, Service: p.Service, Origin: p.Origin, Run: p.Run.ID, Made: p.Run.Started}
		if !p.Expires.IsZero() {
			r.Expires = &p.Expires
		}
		if n := slices.IndexFunc(revisions, func(v release.Revision) bool { return v.Name == p.Revision }); n >= 0 && p.Service == "" {
			r.Origin = revisions[n].Origin
		}
		out = append(out, r)
	}
	if o.JSON {
		return ui.WriteJSON(s.Out, out)
	}
	return printPreviews(s.Out, out, d.Now())
}

func printPreviews(w io.Writer, all []previewReport, now time.Time) error {
	t := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	fmt.Fprintln(t, "PREVIEW\tURL\tREVISION\tAGE\tEXPIRES\tFROM")
	for _, p := range all {
		expires, from := "-", "-"
		if p.Expires != nil {
			if expires = "expired"; p.Expires.After(now) {
				expires = "in " + ui.Age(p.Expires.Sub(now))
			}
		}
		if p.Origin != nil {
			from = p.Origin.String()
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\n", p.Name, p.URL, p.Revision, ui.Age(now.Sub(p.Made)), expires, from)
	}
	return t.Flush()
}

// previews are those of a service, which must be there where it has none.
func previews(ctx context.Context, set *clients.Set) ([]release.Shown, error) {
	if !set.Kind().Previews {
		return nil, errs.New(errs.Usage, "", "%s knows no previews", set.Kind().Title)
	}
	all, err := set.Target().Previews(ctx, set.Service())
	if err == nil && len(all) == 0 { // previews that are services need no other
		_, err = stateOf(ctx, set)
	}
	return all, err
}
