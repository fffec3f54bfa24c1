package cmd

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/gcpdeploy/gcpdeploy/gcp/clients"
	"github.com/gcpdeploy/gcpdeploy/internal/ci"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

// ReleasesOptions are the options of `releases`.
type ReleasesOptions struct {
	App clients.App
	Output
	Limit   int
	Changes bool
}

// Validate refuses impossible values.
func (o ReleasesOptions) Validate() error {
	if o.Limit < 1 {
		return errs.New(errs.Usage, "Give a number from 1 on.", "--limit must be at least 1, not %d", o.Limit)
	}
	return nil
}

func releasesCommand(s ui.Streams, d Deps, run Func[ReleasesOptions]) *cli.Command {
	return &cli.Command{
		Name:      "releases",
		Usage:     "list what was released to the service and is still there, the newest first",
		ArgsUsage: oneService,
		Flags: append(shared(theService), jsonFlag(),
			&cli.IntFlag{Name: "limit", Value: 20, Usage: "show the newest `N`"},
			&cli.BoolFlag{Name: "changes", Usage: "show what changed from each to the next: commit, packages, source, settings"}),
		Action: action(s, d, run, func(c *cli.Context) (ReleasesOptions, error) {
			app, err := namedApp(c, 1)
			return ReleasesOptions{App: app, Output: outputOptions(c), Limit: c.Int("limit"), Changes: c.Bool("changes")}, err
		}),
	}
}

// releasesReport is `releases --json`.
type releasesReport struct {
	Service  string           `json:"service"`
	Project  string           `json:"project"`
	Region   string           `json:"region"`
	Releases []revisionReport `json:"releases"`
}

type revisionReport struct {
	Revision string     `json:"revision"`
	Image    string     `json:"image"`
	Created  time.Time  `json:"created"`
	Ready    bool       `json:"ready"`
	Message  string     `json:"message,omitempty"` // why it is not ready
	Stopped  bool       `json:"stopped,omitempty"` // nothing of it runs until it gets traffic
	Percent  int        `json:"percent"`
	Tags     []string   `json:"tags,omitempty"`
	Run      string     `json:"run,omitempty"` // that released it
	Origin   *ci.Origin `json:"origin,omitempty"`
	Before   string     `json:"before,omitempty"`  // the revision that had all traffic until then
	Changes  []string   `json:"changes,omitempty"` // from the one before it in the list
}

// Releases prints the history of the service, in each of its regions.
func Releases(ctx context.Context, s ui.Streams, d Deps, o ReleasesOptions) error {
	return eachRegion(s, o.JSON, o.App, func(s ui.Streams, app clients.App) error {
		o.App = app
		return releasesOf(ctx, s, d, o)
	})
}

func releasesOf(ctx context.Context, s ui.Streams, d Deps, o ReleasesOptions) error {
	set, err := clients.Open(ctx, d, o.App)
	if err != nil {
		return err
	}
	defer set.Close()
	all, err := revisionsOf(ctx, set)
	if err != nil {
		return err
	}
	older := max(0, len(all)-o.Limit)
	c := set.Config
	out := releasesReport{set.Service().Service, c.Project, c.Region, []revisionReport{}}
	for _, r := range all[:len(all)-older] {
		out.Releases = append(out.Releases, revisionReport{
			r.Name, r.Image, r.Created, r.Ready, r.Message, r.Stopped, r.Percent, r.Tags, r.Run.ID, r.Origin, r.Before, nil,
		})
	}
	if o.Changes {
		if err := out.compare(ctx, set, all); err != nil {
			return err
		}
	}
	if o.JSON {
		return ui.WriteJSON(s.Out, out)
	}
	if len(c.Regions) > 1 {
		fmt.Fprintf(s.Out, "%s  %s, %s\n", out.Service, out.Project, out.Region)
	}
	if err := out.print(s.Out, d.Now()); err != nil {
		return err
	}
	if older > 0 {
		fmt.Fprintf(s.Err, "%d older; --limit shows more\n", older)
	}
	return nil
}

func (out releasesReport) print(w io.Writer, now time.Time) error {
	var table bytes.Buffer
	t := tabwriter.NewWriter(&table, 0, 8, 2, ' ', 0)
	fmt.Fprintln(t, "REVISION\tAGE\tIMAGE\tTRAFFIC\tSTATE\tFROM")
	for _, r := range out.Releases {
		traffic, from := "-", "-"
		if r.Percent > 0 {
			traffic = fmt.Sprintf("%d %%", r.Percent)
		}
		if len(r.Tags) > 0 {
			traffic += " " + strings.Join(r.Tags, " ")
		}
		switch {
		case r.Origin != nil:
			from = r.Origin.String()
		case r.Run != "":
			from = "run " + r.Run
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\n", r.Revision, ui.Age(now.Sub(r.Created)), shortImage(r.Image), traffic, r.state(), from)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	n := -1 // of the release that a line is of
	for line := range strings.Lines(table.String()) {
		if _, err := io.WriteString(w, line); err != nil {
			return err
		}
		if n >= 0 {
			for _, change := range out.Releases[n].Changes {
				if _, err := fmt.Fprintf(w, "    %s\n", change); err != nil {
					return err
				}
			}
		}
		n++
	}
	return nil
}

func (r revisionReport) state() string {
	switch {
	case !r.Ready:
		first, _, _ := strings.Cut(cmp.Or(r.Message, "it does not say why"), "\n")
		return "not ready: " + first
	case r.Stopped:
		return "stopped"
	}
	return "ready"
}

// shortImage is the beginning of an image's digest, or what names it where it has none.
func shortImage(ref string) string {
	if _, digest, ok := strings.Cut(ref, "@sha256:"); ok {
		return fmt.Sprintf("%.12s", digest)
	}
	return ref[strings.LastIndexByte(ref, '/')+1:]
}
