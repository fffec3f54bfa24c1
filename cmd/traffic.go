package cmd

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/gcpdeploy/gcpdeploy/gcp/clients"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
	"github.com/gcpdeploy/gcpdeploy/internal/suggest"
	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

// TrafficOptions are the options of `traffic`.
type TrafficOptions struct {
	App clients.App
	Output
	To      []release.Share // none = where Tags changes nothing, show it
	Latest  bool
	ByTag   bool // To has tags, and less than 100 % leaves the rest to others
	Tags    release.Retag
	SplitBy string
}

// Validate refuses what makes no sense.
func (o TrafficOptions) Validate() error {
	switch {
	case o.Latest && len(o.To) > 0:
		return errs.New(errs.Usage, "Leave one of them out.", "--to-latest and --%s exclude each other", o.by())
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
			&cli.StringSliceFlag{Name: "to-tags", Usage: "`TAG=PERCENT`,… that the revisions with these tags have from now on; the others share the rest as before"},
			&cli.StringSliceFlag{Name: "set-tags", Usage: "`TAG=REVISION`,… that there are from now on; LATEST is the newest that is ready, whichever that is"},
			&cli.StringSliceFlag{Name: "update-tags", Usage: "`TAG=REVISION`,… to give, or to move"},
			&cli.StringSliceFlag{Name: "remove-tags", Usage: "`TAG`,… to take away"},
			&cli.BoolFlag{Name: "clear-tags", Usage: "take all tags away but those of previews"},
			&cli.StringFlag{Name: "split-by", Usage: "`WAY` to tell callers apart, where the target has several: ip, cookie, random"}),
		Action: action(s, d, run, func(c *cli.Context) (TrafficOptions, error) {
			app, err := namedApp(c, 1)
			o := TrafficOptions{App: app, Output: outputOptions(c), Latest: c.Bool("to-latest"), SplitBy: c.String("split-by")}
			if err != nil {
				return o, err
			}
			if o.Tags, err = parseRetag(c); err != nil {
				return o, err
			}
			o.ByTag = c.IsSet("to-tags")
			if o.ByTag && c.IsSet("to-revisions") {
				return o, errs.New(errs.Usage, "Leave one of them out.", "--to-revisions and --to-tags exclude each other")
			}
			o.To, err = parseShares(o.by(), c.StringSlice(o.by()))
			if err == nil && c.IsSet(o.by()) && len(o.To) == 0 {
				err = errs.New(errs.Usage, sharesHint(o.by()), "--%s names nothing", o.by())
			}
			return o, err
		}),
	}
}

// by is the flag of To.
func (o TrafficOptions) by() string {
	if o.ByTag {
		return "to-tags"
	}
	return "to-revisions"
}

// Traffic shows or divides the traffic of the service, in each of its regions where no
// revision is named, which is in one of them alone.
func Traffic(ctx context.Context, s ui.Streams, d Deps, o TrafficOptions) error {
	named := slices.ContainsFunc(slices.Collect(maps.Values(o.Tags.Set)), func(revision string) bool { return revision != release.Latest })
	if named || len(o.To) > 0 && !o.ByTag {
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
	keep := len(o.To) == 0 && !o.Latest
	if keep && o.Tags.None() {
		return showTraffic(s, set, all, o.JSON)
	}
	if err := o.names(set, all); err != nil {
		return err
	}
	to := release.Split{Shares: o.To, By: o.SplitBy, Tags: o.Tags, Keep: keep, Rest: o.ByTag}
	return shift(ctx, s, d, set, all, to, o.Output)
}

// names refuses revisions that are not there or not ready, and tags that cannot be.
func (o TrafficOptions) names(set *clients.Set, all []release.Revision) error {
	kind := set.Kind()
	if kind.Tag == nil && (o.ByTag || !o.Tags.None()) {
		return errs.New(errs.Usage, "Divide the traffic by --to-revisions.", "%s knows no tags", kind.Title)
	}
	for _, share := range o.To {
		if o.ByTag {
			continue // which of the tags there are is seen where they change
		}
		if _, err := revisionNamed(all, share.Revision); err != nil {
			return err
		}
	}
	for _, tag := range slices.Sorted(maps.Keys(o.Tags.Set)) {
		if err := kind.Tag(set.Service().Service, tag); err != nil {
			return err
		}
		if revision := o.Tags.Set[tag]; revision != release.Latest {
			if _, err := revisionNamed(all, revision); err != nil {
				return err
			}
		}
	}
	return nil
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
