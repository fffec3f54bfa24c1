package release

import (
	"slices"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

// Parts is what has traffic of revisions.
func Parts(all []Revision) (shares []Share) {
	for _, r := range all {
		if r.Percent > 0 {
			shares = append(shares, Share{Revision: r.Name, Percent: r.Percent})
		}
	}
	return shares
}

// Previous is the revision to go back to from the one that has all traffic, and why
// that one: what had it before, as far as that is known and still there; else the
// newest of the older ones that are ready, of those that are known to have served if
// there are any. all has the newest first.
func Previous(all []Revision) (to Revision, why string, err error) {
	now := slices.IndexFunc(all, func(r Revision) bool { return r.Percent == 100 })
	if now < 0 {
		return to, "", errs.New(errs.Usage, "Name one: `gcpdeploy rollback --to REVISION`; or divide it: `gcpdeploy traffic --to-revisions A=90,B=10`.",
			"no revision has all of the traffic, so it is not known what to go back from")
	}
	find := func(fits func(Revision) bool) bool {
		n := slices.IndexFunc(all, func(r Revision) bool { return r.Ready && r.Name != all[now].Name && fits(r) })
		if n >= 0 {
			to = all[n]
		}
		return n >= 0
	}
	if find(func(r Revision) bool { return r.Name == all[now].Before }) {
		return to, "served before " + all[now].Name, nil
	}
	served := map[string]bool{}
	for _, r := range all {
		served[r.Before] = true
	}
	older := map[string]bool{}
	for _, r := range all[now+1:] {
		older[r.Name] = true
	}
	switch {
	case find(func(r Revision) bool { return older[r.Name] && served[r.Name] }):
		return to, "is the newest of the older ones that served", nil
	case find(func(r Revision) bool { return older[r.Name] }):
		return to, "is the newest of the older ones that are ready", nil
	}
	return to, "", errs.New(errs.NotFound, "Run `gcpdeploy releases` to see what there is.", "there is no older revision than %s that is ready", all[now].Name)
}
