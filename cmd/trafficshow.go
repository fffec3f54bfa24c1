package cmd

import (
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"slices"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/gcp/clients"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

// trafficReport is `traffic --json`, and `rollback --json`.
type trafficReport struct {
	Service string          `json:"service"`
	Project string          `json:"project"`
	Region  string          `json:"region"`
	Traffic []release.Share `json:"traffic"`
	Before  []release.Share `json:"before,omitempty"` // where it was divided anew
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
	for _, share := range now {
		if _, ok := to.Tags.Set[share.Tag]; ok {
			fmt.Fprintf(s.Err, "%sthe tag %s is of %s: %s\n", inRegion(set), share.Tag, share.Revision, share.URL)
		}
	}
	for _, v := range all {
		for _, tag := range v.Tags {
			if !slices.ContainsFunc(now, func(share release.Share) bool { return share.Tag == tag }) {
				fmt.Fprintf(s.Err, "%sthe tag %s is gone; it was of %s\n", inRegion(set), tag, v.Name)
			}
		}
	}
	has := plan.Shares(slices.DeleteFunc(now, func(share release.Share) bool { return share.Percent == 0 }))
	switch before := release.Parts(all); {
	case release.SameShares(now, before) && to.Tags.None():
		fmt.Fprintf(s.Err, "%snothing to do: the traffic of %s is so already: %s\n", inRegion(set), set.Service().Service, has)
	case release.SameShares(now, before):
		fmt.Fprintf(s.Err, "%sthe traffic of %s stays: %s\n", inRegion(set), set.Service().Service, has)
	default:
		fmt.Fprintf(s.Err, "%sthe traffic of %s: %s; before: %s\n", inRegion(set), set.Service().Service, has, cmp.Or(plan.Shares(before), "none"))
		if len(to.Shares) > 0 {
			fmt.Fprintln(s.Err, "it is pinned to that until the next `gcpdeploy up`, which gives all of it to what it releases")
		}
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
