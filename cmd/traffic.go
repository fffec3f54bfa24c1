package cmd

import (
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/gcpdeploy/gcpdeploy/gcp/clients"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
	"github.com/gcpdeploy/gcpdeploy/internal/suggest"
	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

// TrafficOptions are the options of `traffic`.
type TrafficOptions struct {
	App clients.App
	Output
	To      []release.Share // none = show it
	Latest  bool
	SplitBy string
}

// Validate refuses what makes no sense.
func (o TrafficOptions) Validate() error {
	switch {
	case o.Latest && len(o.To) > 0:
		return errs.New(errs.Usage, "Leave one of them out.", "--to-latest and --to-revisions exclude each other")
	case o.SplitBy != "" && len(o.To) < 2:
		return errs.New(errs.Usage, "Leave it out, or split with --to-revisions A=90,B=10.", "--split-by is for traffic that several revisions have")
	}
	return nil
}

func trafficCommand(s ui.Streams, d Deps, run Func[TrafficOptions]) *cli.Command {
	return &cli.Command{
		Name:      "traffic",
		Usage:     "show which revisions have the traffic, or divide it",
		ArgsUsage: oneService,
		Flags: append(shared(theService), jsonFlag(),
			&cli.StringSliceFlag{Name: "to-revisions", Usage: "`REVISION=PERCENT`,… that have it from now on, 100 together"},
			&cli.BoolFlag{Name: "to-latest", Usage: "give all of it to the newest revision that is ready"},
			&cli.StringFlag{Name: "split-by", Usage: "`WAY` to tell callers apart, where the target has several: ip, cookie, random"}),
		Action: action(s, d, run, func(c *cli.Context) (TrafficOptions, error) {
			app, err := namedApp(c, 1)
			if err != nil {
				return TrafficOptions{}, err
			}
			to, err := parseShares(c.StringSlice("to-revisions"))
			if err == nil && c.IsSet("to-revisions") && len(to) == 0 {
				err = errs.New(errs.Usage, sharesHint, "--to-revisions names no revision")
			}
			return TrafficOptions{App: app, Output: outputOptions(c), To: to, Latest: c.Bool("to-latest"), SplitBy: c.String("split-by")}, err
		}),
	}
}

const sharesHint = "Give --to-revisions REVISION=PERCENT,…, as in --to-revisions hello-00001-abc=90,hello-00002-def=10."

// parseShares reads "A=90,B=10", which must be all of the traffic.
func parseShares(texts []string) (shares []release.Share, err error) {
	sum := 0
	for word := range strings.SplitSeq(strings.Join(texts, ","), ",") {
		if word = strings.TrimSpace(word); word == "" {
			continue
		}
		name, percent, _ := strings.Cut(word, "=")
		n, err := strconv.Atoi(strings.TrimSuffix(percent, "%"))
		switch {
		case name == "" || err != nil:
			return nil, errs.New(errs.Usage, sharesHint, "--to-revisions: %q is no REVISION=PERCENT", word)
		case n < 1 || n > 100:
			return nil, errs.New(errs.Usage, "Leave out what gets nothing.", "--to-revisions: %s must be from 1 to 100, not %d", name, n)
		case strings.EqualFold(name, "latest"):
			return nil, errs.New(errs.Usage, "Name the revision, as `gcpdeploy releases` shows it, or give all with --to-latest.", "--to-revisions: a share of the latest, whichever that is, cannot be given")
		case slices.ContainsFunc(shares, func(s release.Share) bool { return s.Revision == name }):
			return nil, errs.New(errs.Usage, sharesHint, "--to-revisions: %s is named twice", name)
		}
		shares, sum = append(shares, release.Share{Revision: name, Percent: n}), sum+n
	}
	if len(shares) > 0 && sum != 100 {
		return nil, errs.New(errs.Usage, sharesHint, "--to-revisions: the shares are %d %% together, not 100", sum)
	}
	return shares, nil
}

// trafficReport is `traffic --json`, and `rollback --json`.
type trafficReport struct {
	Service string          `json:"service"`
	Project string          `json:"project"`
	Region  string          `json:"region"`
	Traffic []release.Share `json:"traffic"`
	Before  []release.Share `json:"before,omitempty"` // where it was divided anew
}

// Traffic shows or divides the traffic of the service, in each of its regions where no
// revision is named, which is in one of them alone.
func Traffic(ctx context.Context, s ui.Streams, d Deps, o TrafficOptions) error {
	if len(o.To) > 0 {
		o.App.EachRegion = true
		return trafficOf(ctx, s, d, o)
	}
	return eachRegion(s, o.JSON, o.App, func(s ui.Streams, app clients.App) error {
		o.App = app
		return trafficOf(ctx, s, d, o)
	})
}

func trafficOf(ctx context.Context, s ui.Streams, d Deps, o TrafficOptions) error {
	set, err := clients.Open(ctx, d, o.App)
	if err != nil {
		return err
	}
	defer set.Close()
	if err := knowsSplit(set.Kind(), o.SplitBy); err != nil {
		return err
	}
	all, err := revisionsOf(ctx, set)
	if err != nil {
		return err
	}
	if len(o.To) == 0 && !o.Latest {
		return showTraffic(s, set, all, o.JSON)
	}
	for _, share := range o.To {
		if _, err := revisionNamed(all, share.Revision); err != nil {
			return err
		}
	}
	to := release.Split{Shares: o.To, By: o.SplitBy}
	return shift(ctx, s, d, set, all, to, o.Output)
}

// inRegion begins a line about a service that is in several regions.
func inRegion(set *clients.Set) string {
	if len(set.Config.Regions) < 2 {
		return ""
	}
	return set.Config.Region + ": "
}

// knowsSplit refuses a way to split that the target does not have.
func knowsSplit(kind release.Kind, by string) error {
	switch {
	case by == "" || slices.Contains(kind.Splits, by):
		return nil
	case len(kind.Splits) == 0:
		return errs.New(errs.Usage, "Leave it out.", "--split-by: %s has one way only to tell callers apart", kind.Title)
	}
	return errs.New(errs.Usage, suggest.Hint(by, kind.Splits), "--split-by must be one of %s, not %q", strings.Join(kind.Splits, ", "), by)
}

// revisionsOf are the revisions of a service that must be there.
func revisionsOf(ctx context.Context, set *clients.Set) ([]release.Revision, error) {
	all, err := set.Target().Revisions(ctx, set.Service())
	if err == nil && len(all) == 0 {
		err = noService(set)
	}
	return all, err
}

// revisionNamed is the revision of a name, which must be ready.
func revisionNamed(all []release.Revision, name string) (release.Revision, error) {
	var names []string
	for _, r := range all {
		if names = append(names, r.Name); r.Name != name {
			continue
		}
		if !r.Ready {
			return r, errs.New(errs.Usage, "Name one that is ready, as `gcpdeploy releases` shows them.", "revision %s is not ready: %s", name, cmp.Or(r.Message, "it does not say why"))
		}
		return r, nil
	}
	return release.Revision{}, errs.New(errs.Usage, cmp.Or(suggest.Hint(name, names), "Run `gcpdeploy releases` for the list."), "there is no revision %s", name)
}

// shift divides the traffic, and says so.
func shift(ctx context.Context, s ui.Streams, d Deps, set *clients.Set, all []release.Revision, to release.Split, o Output) error {
	to.Run = release.Run{ID: "traffic-" + strings.ToLower(rand.Text())[:8], Started: d.Now()}
	report := ui.Reporter(ui.NewHuman(s, o.Verbose, d.Now)) // on Err: Out has one result
	defer report.Close()
	now, err := set.Target().Shift(ctx, set.Service(), to, report.Note)
	if errs.KindOf(err) == errs.Superseded {
		return errs.New(errs.Transient, "Look with `gcpdeploy traffic`, and run this again if it is still wanted.", "%w", err)
	}
	if err != nil {
		return err
	}
	report.Close()
	c := set.Config
	if o.JSON {
		return ui.WriteJSON(s.Out, trafficReport{set.Service().Service, c.Project, c.Region, now, release.Parts(all)})
	}
	if release.SameShares(now, release.Parts(all)) {
		fmt.Fprintf(s.Err, "%snothing to do: the traffic of %s is so already: %s\n", inRegion(set), set.Service().Service, plan.Shares(now))
		return nil
	}
	fmt.Fprintf(s.Err, "%sthe traffic of %s: %s; before: %s\n", inRegion(set), set.Service().Service, plan.Shares(now), cmp.Or(plan.Shares(release.Parts(all)), "none"))
	if len(to.Shares) > 0 {
		fmt.Fprintln(s.Err, "it is pinned to that until the next `gcpdeploy up`, which gives all of it to what it releases")
	}
	return nil
}

// showTraffic prints what has the traffic.
func showTraffic(s ui.Streams, set *clients.Set, all []release.Revision, asJSON bool) error {
	c := set.Config
	r := trafficReport{Service: set.Service().Service, Project: c.Project, Region: c.Region, Traffic: []release.Share{}}
	for _, v := range all {
		for _, tag := range v.Tags {
			r.Traffic = append(r.Traffic, release.Share{Revision: v.Name, Tag: tag})
		}
	}
	r.Traffic = append(release.Parts(all), r.Traffic...)
	if asJSON {
		return ui.WriteJSON(s.Out, r)
	}
	fmt.Fprintf(s.Out, "%s  %s, %s\n", set.Service().Service, c.Project, c.Region)
	for _, share := range r.Traffic {
		fmt.Fprintf(s.Out, "  %3d %%  %s\n", share.Percent, strings.TrimSpace(share.Revision+"  "+share.Tag))
	}
	if n := slices.IndexFunc(all, func(v release.Revision) bool { return v.Ready }); n >= 0 && all[n].Percent == 0 {
		fmt.Fprintf(s.Out, "  the newest that is ready, %s, has none: `gcpdeploy traffic --to-latest` gives it all, as `gcpdeploy up` does\n", all[n].Name)
	}
	return nil
}
